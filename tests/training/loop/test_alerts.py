"""Each warning speaks on the history that deserves it, and on no healthy one."""

from __future__ import annotations

import pytest

from training.loop import alerts as watch


def history(n: int = 30, **series: list[float]) -> list[dict[str, float]]:
    rows = [
        {
            "round": float(i),
            "reward": 0.2 + 0.01 * i,
            "reward_std": 0.2,
            "kl": 0.05 + 0.002 * i,
            "explained_variance": 0.5,
            "completions/min_length": 4.0,
            "completions/max_length": 20.0,
            "completions/clipped_ratio": 0.05,
        }
        for i in range(1, n + 1)
    ]
    for name, values in series.items():
        key = name.replace("__", "/")
        for row, value in zip(rows[-len(values) :], values, strict=True):
            row[key] = value
    return rows


HEALTHY = [
    {"round": 0.0, "n": 200.0, "top1": 0.20, "reward": 0.3, "parse_failures": 0.01},
    {"round": 10.0, "n": 200.0, "top1": 0.26, "reward": 0.35, "parse_failures": 0.02},
    {"round": 20.0, "n": 200.0, "top1": 0.25, "reward": 0.36, "parse_failures": 0.01},
]


def names(found: list[watch.Word]) -> list[str]:
    return [word.name for word in found]


def test_a_healthy_run_and_an_empty_one_give_no_word() -> None:
    assert watch.words(history(), HEALTHY) == []
    assert watch.words([], []) == []


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ({"kl": [0.2] * 5 + [0.4] * 2 + [0.9, 1.2, 1.5]}, "kl-runs-away"),
        ({"completions__min_length": [9.0] * 3, "completions__max_length": [9.0] * 3},
         "same-length"),
        ({"completions__clipped_ratio": [0.6, 0.7, 0.9]}, "cut-off"),
        ({"reward_std": [0.0] * 3}, "same-reward"),
        ({"explained_variance": [-0.4] * 10}, "critic-no-help"),
    ],
)  # fmt: skip
def test_words_about_training(series: dict[str, list[float]], expected: str) -> None:
    assert names(watch.words(history(**series), HEALTHY)) == [expected]


def test_reward_rises_while_top1_falls() -> None:
    hacked = [*HEALTHY, {"round": 30.0, "n": 200.0, "top1": 0.12, "parse_failures": 0.0}]
    assert names(watch.words(history(30), hacked)) == ["reward-without-accuracy"]
    within_chance = [*HEALTHY, {"round": 30.0, "n": 200.0, "top1": 0.24, "parse_failures": 0.0}]
    assert watch.words(history(30), within_chance) == []


def test_answers_stop_parsing() -> None:
    broken = [*HEALTHY, {"round": 30.0, "n": 200.0, "top1": 0.27, "parse_failures": 0.3}]
    assert names(watch.words(history(), broken)) == ["stops-parsing"]


def test_best_rounds_and_the_early_stop() -> None:
    rows = [{"round": float(i), "top1": v} for i, v in enumerate([0.1, 0.3, 0.2, 0.3, 0.25])]
    assert watch.best_rounds(rows, "top1", 3) == [1, 3, 4]
    assert watch.best_rounds(rows, "nothing", 3) == []
    assert watch.should_stop(rows, "top1", 3)
    assert not watch.should_stop(rows, "top1", 4)
    assert not watch.should_stop(rows, "top1", None)
    falling = [{"round": float(i), "parse_failures": v} for i, v in enumerate([0.3, 0.2, 0.1])]
    assert watch.best_rounds(falling, "parse_failures", 1) == [2]
    assert not watch.should_stop(falling, "parse_failures", 1)
