"""The launchers' door: exit codes and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.__main__ import ends_of, main
from training.runlog.journal import Journal
from training.runlog.progress_display import plain_progress


def test_unusable_recipes_exit_with_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.toml").write_text("[policy]\nround = 3\n")
    assert main([str(tmp_path / "bad.toml"), "--no-store"]) == 2
    assert "did you mean 'rounds'?" in capsys.readouterr().err
    store = str(tmp_path / "s.duckdb")
    assert main(["smoke", "--adopt", "--output", str(tmp_path), "--store", store]) == 2
    assert "holds no finished run" in capsys.readouterr().err


def test_the_rise_is_read_from_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number, reward in enumerate([0.1, 0.3, 0.9, 0.5, 0.7], start=1):
        journal.write("round", round=number, reward=reward)
    assert ends_of(tmp_path) == pytest.approx((0.2, 0.6))


def test_progress_in_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with plain_progress() as told:
        told({"kind": "warmup", "step": 3, "of": 9, "loss": 1.25})
        told({"kind": "round", "round": 2, "of": 4, "reward": 0.5, "kl": 0.01,
              "round_seconds": 30.0, "tokens_per_second": 99.6})  # fmt: skip
        told({"kind": "evaluation", "round": 2, "n": 40.0, "reward": 0.5, "reward_low": 0.4,
              "reward_high": 0.6, "top1": None})  # fmt: skip
        told({"kind": "event", "saved": 2})
    assert capsys.readouterr().out.splitlines() == [
        "warm-up 3/9: loss 1.250",
        "round 2/4: reward 0.500, KL 0.01, 100 tokens/s, 1.0 min left",
        "validation after round 2, n=40: reward 0.500 (0.400 to 0.600)",
    ]
