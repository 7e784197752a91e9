"""The journal survives being cut anywhere."""

from __future__ import annotations

from pathlib import Path

from training.runlog.journal import Journal, row_of


def test_entries_come_back_in_order_and_by_kind(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run")
    journal.write("round", round=1, reward=0.5)
    journal.write("evaluation", round=1, top1=0.25, text="x")
    journal.write("round", round=2, reward=0.75)
    assert [e["reward"] for e in journal.entries("round")] == [0.5, 0.75]
    assert len(list(journal.entries())) == 3
    assert row_of(next(journal.entries("evaluation"))) == {"top1": 0.25}


def test_a_journal_cut_at_any_byte_loses_at_most_its_last_entry(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for i in range(3):
        journal.write("round", round=i, reward=i / 10)
    whole = journal.path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last, len(whole)):
        journal.path.write_bytes(whole[:cut])
        journal.write("round", round=9, reward=0.9)
        rounds = [e["round"] for e in journal.entries("round")]
        assert rounds in ([0, 1, 9], [0, 1, 2, 9])


def test_a_resumed_run_replaces_what_it_lost(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number, reward in ((1, 0.1), (2, 0.2), (3, 0.3)):
        journal.write("round", round=number, reward=reward)
    journal.write("event", state="paused")
    journal.forget_after(2)
    journal.write("round", round=3, reward=0.4)
    assert [e["reward"] for e in journal.rounds("round")] == [0.1, 0.2, 0.4]
    assert [e["round"] for e in journal.rounds("round")] == [1, 2, 3]
    journal.forget_after(1)
    assert [e["round"] for e in journal.rounds("round")] == [1]
    before = len(list(journal.entries()))
    Journal(tmp_path / "new").forget_after(0)
    assert not (tmp_path / "new").exists()
    assert len(list(journal.entries())) == before


def test_the_state_keeps_what_was_said_before(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.state() == {"state": "queued"}
    journal.set_state("running", stage="warmup")
    journal.set_state("paused")
    assert journal.state() == {"state": "paused", "stage": "warmup"}
