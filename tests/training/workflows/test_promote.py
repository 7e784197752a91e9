"""Promotion wants a difference beyond chance against what is the default now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genecaller.errors import UsageError
from genecaller.graders import Grade
from genecaller.store.provenance import Provenance
from genecaller.store.store import Store, open_store
from training.loop.validate import Validated, judge
from training.workflows.compare import difference
from training.workflows.promote import promote, verdict

ITEMS = [{"gene": f"G{i}"} for i in range(60)]


def won(worse: str, low: float) -> dict[str, Any]:
    found = {"value": low + 0.05, "low": low, "high": low + 0.1, "beyond_chance": low > 0}
    return {"worse": worse, "measure": "top1", "n": 60, "wins": 9, "losses": 1, **found}


def on_test(*differences: dict[str, Any], accuracy: str = "top1") -> dict[str, Any]:
    """Figures with a comparison on test items; on validation items everything is won."""
    return {
        "accuracy": accuracy,
        "differences": [won("base", 0.5), won("promoted", 0.5)],
        "test": {"n": 60, "decoding": "held", "differences": list(differences)},
    }


def registered(store: Store, folder: Path, name: str, **figures: Any) -> int:
    (folder / name).mkdir()
    run_id = store.start_run("train", Provenance(None))
    return store.register_adapter(
        run_id=run_id,
        name=name,
        path=str(folder / name),
        fingerprint=name,
        base_model="m",
        data="d",
        figures=figures,
    )


def test_each_promotion_is_measured_against_the_default_of_the_day(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.duckdb")
    chance = registered(store, tmp_path, "chance", **on_test(won("base", -0.01)))
    first = registered(store, tmp_path, "first", **on_test(won("base", 0.02)))
    stale = registered(store, tmp_path, "stale", **on_test(won("base", 0.2)))
    worse = registered(
        store, tmp_path, "worse", **on_test(won("base", 0.2), won("promoted", -0.1)),
        promoted="first",
    )  # fmt: skip
    better = registered(
        store, tmp_path, "better", **on_test(won("promoted", 0.01)), promoted="first"
    )
    with pytest.raises(UsageError, match=r"top1 .* against base on 60 test items, 9 won"):
        promote(chance, store=store)
    assert "against base" in promote(first, store=store)
    with pytest.raises(UsageError, match="was not compared with adapter"):
        promote(stale, store=store)
    with pytest.raises(UsageError, match="against promoted"):
        promote(worse, store=store)
    promote(better, store=store)
    assert [p.forced for p in store.list_promotions()] == [False, False]
    (tmp_path / "worse").rmdir()
    with pytest.raises(UsageError, match="is gone"):
        promote(worse, force=True, store=store)


def test_the_verdict_needs_the_measure_and_the_rival() -> None:
    assert verdict(on_test(won("base", 0.01)), "base")[0]
    assert not verdict(on_test(won("base", 0.01), accuracy="reward"), "base")[0]
    assert "never compared with promoted" in verdict(on_test(won("base", 0.01)), "promoted")[1]


def test_what_was_won_on_validation_items_alone_promotes_nothing() -> None:
    figures = {"accuracy": "top1", "differences": [won("base", 0.5)], "test": None}
    good, reason = verdict(figures, "base")
    assert not good
    assert "no figures on a test part" in reason
    assert not verdict({k: v for k, v in figures.items() if k != "test"}, "base")[0]


def judged(right: set[int]) -> Validated:
    """A contender that is right on some items."""

    def grade(answer: str, item: Any) -> Grade:
        return Grade(float(answer == "yes"), {})

    answers = ["yes" if i in right else "no" for i in range(60)]
    return judge(answers, ITEMS, grade, lambda a, i: {"top1": float(a == "yes")}, 0.0)


def test_differences_are_paired() -> None:
    low, high = judged(set(range(20))), judged(set(range(35)))
    found = difference("b", high, "a", low, "top1", ITEMS)
    assert (found.n, found.wins, found.losses, found.value) == (60, 15, 0, 0.25)
    assert found.beyond_chance
    assert found.p == pytest.approx(2 * 0.5**15)
    turned = difference("a", low, "b", high, "reward", ITEMS)
    assert turned.value == -0.25
    assert not turned.beyond_chance
    same = difference("a", low, "a again", low, "top1", ITEMS)
    assert (same.value, same.p, same.beyond_chance) == (0.0, 1.0, False)


def test_a_failed_grader_counts_as_nothing_but_is_told() -> None:
    def failing(answer: str, item: Any) -> Grade:
        return Grade(None, {}, "timed out") if item["gene"] == "G0" else Grade(1.0, {})

    result = judge(["x"] * 60, ITEMS, failing, lambda a, i: {}, 0.0)
    assert result.figures["reward"].value == pytest.approx(59 / 60)
    assert result.figures["grader_failures"].value == pytest.approx(1 / 60)
