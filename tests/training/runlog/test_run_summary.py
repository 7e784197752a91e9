"""A run drawn in characters says what the stored figures say."""

from __future__ import annotations

from pathlib import Path

from genecaller.store.events import Event
from genecaller.store.provenance import Provenance
from genecaller.store.store import open_store
from genecaller.store.training import Metric
from training.runlog.run_summary import draw, show_run


def test_a_curve_puts_each_value_at_its_height() -> None:
    points = [Metric(0, "x", 0.0), Metric(5, "x", 1.0), Metric(10, "x", 0.5)]
    lines = draw(points, "reward", width=30, height=5).splitlines()
    assert lines[0] == "reward: 0.000 at 0, 0.500 at 10"
    rows = [line[9:] for line in lines[1:6]]
    assert [row.find("o") for row in rows] == [10, -1, 20, -1, 0]
    assert lines[1].startswith("  1.000 |")
    assert lines[5].startswith("  0.000 |")


def test_intervals_and_flat_curves() -> None:
    points = [Metric(0, "x", 0.5, 0.25, 0.75, 40), Metric(1, "x", 0.5, 0.5, 0.5, 40)]
    text = draw(points, "top1", width=30, height=5)
    assert "0.500 (0.250 to 0.750), n=40 at 0" in text
    assert [line[9:10] for line in text.splitlines()[1:6]] == ["|", "|", "o", "|", "|"]
    assert "o" in draw([Metric(0, "x", 0.3), Metric(1, "x", 0.3)], "flat")


def test_a_run_is_shown_with_curves_and_warnings(tmp_path: Path) -> None:
    store = open_store(tmp_path / "s.duckdb")
    run_id = store.start_run("train", Provenance("k/s1", model="m", seed=3), title="mine", total=9)
    store.save_metrics(
        run_id,
        [Metric(i, "validation/top1", i / 10, i / 10 - 0.05, i / 10 + 0.05, 50) for i in (1, 2)],
    )
    store.add_events(run_id, [Event("kl-runs-away", "KL is 2", level="warning")])
    store.report_progress(run_id, 2, 9)
    text = show_run(store, run_id)
    assert text.startswith(f"Run {run_id}: mine (running)\nmodel m, knowledge k/s1, seed 3, code ")
    assert "2 of 9 rounds" in text
    assert "validation/top1: 0.100 (0.050 to 0.150), n=50 at 1" in text
    assert "! KL is 2" in text
