"""Keeping scores: what was ranked before a stop is in the store, and the run says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genecaller.cases import Case
from genecaller.pipeline.ranking_keeper import Keeper
from genecaller.ranking import RankedGene, Ranking
from genecaller.store import Provenance, Store, open_store

STAMP = "2025-01-16/s1"


def test_what_was_ranked_before_a_stop_is_kept(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.duckdb")
    keeper = Keeper(store, Provenance(STAMP), {"top": 1})
    gene = RankedGene(1, "TSC2", 0.5, None, "")
    keeper.keep([Case("a")], [Ranking("a", "sum", None, STAMP, (gene,))])
    keeper.stop()
    (run,) = store.list_runs()
    assert (run.kind, run.status) == ("score", "cancelled")
    (stored,) = store.rankings_of_run(run.run_id)
    assert stored.ranking.genes == (gene,)


def test_a_store_that_fails_is_heard_of_at_the_end_alone(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.duckdb")
    keeper = Keeper(store, Provenance("another release"), {})
    keeper.keep([Case("a")], [Ranking("a", "sum", None, STAMP, ())])
    keeper.stop()
    assert keeper.failed is not None
    assert "another release" in str(keeper.failed)


def ranked(store: Store) -> list[tuple[str, int]]:
    """Every ranking of the store: its case and the version of it that was ranked."""
    return sorted(
        (one.ranking.case_id, one.case_version)
        for run in store.list_runs()
        for one in store.rankings_of_run(run.run_id)
    )


def rank(*names: str) -> list[Ranking]:
    return [Ranking(name, "sum", None, STAMP, ()) for name in names]


def test_what_is_ranked_once_more_after_a_kill_is_kept_once(tmp_path: Path) -> None:
    """The first keeper kept a and b, and was killed before they were written."""
    store = open_store(tmp_path / "store.duckdb")
    arguments = {"top": 1, "rankers": ("sum",), "output": str(tmp_path / "out.jsonl")}
    Keeper(store, Provenance(STAMP), arguments).keep([Case("a"), Case("b")], rank("a", "b"))
    second = Keeper(store, Provenance(STAMP), arguments)
    second.keep([Case("a")], rank("a"))
    second.keep([Case("b"), Case("c")], rank("b", "c"))
    second.finish(0)
    (run,) = store.list_runs()
    assert run.status == "succeeded"
    assert ranked(store) == [("a", 1), ("b", 1), ("c", 1)]


def test_a_run_killed_after_its_last_line_is_ended(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.duckdb")
    arguments = {"output": "out.jsonl"}
    Keeper(store, Provenance(STAMP), arguments).keep([Case("a")], rank("a"))
    Keeper(store, Provenance(STAMP), arguments).finish(2)
    (run,) = store.list_runs()
    assert (run.status, run.message) == ("succeeded", "2 cases failed")


@pytest.mark.parametrize(
    ("arguments", "made_with", "anew"),
    [
        ({"output": "other.jsonl"}, Provenance(STAMP), False),
        ({"output": "out.jsonl", "top": 2}, Provenance(STAMP), False),
        ({"output": "out.jsonl"}, Provenance(STAMP, model="m"), False),
        ({"output": "out.jsonl"}, Provenance(STAMP), True),
    ],
)
def test_another_piece_of_work_is_a_run_of_its_own(
    tmp_path: Path, arguments: dict[str, Any], made_with: Provenance, anew: bool
) -> None:
    store = open_store(tmp_path / "store.duckdb")
    first = Keeper(store, Provenance(STAMP), {"output": "out.jsonl"})
    first.keep([Case("a")], rank("a"))
    first.stop()
    second = Keeper(store, made_with, arguments, anew=anew)
    second.keep([Case("a")], rank("a"))
    second.finish(0)
    assert [run.status for run in store.list_runs()] == ["succeeded", "cancelled"]
    assert ranked(store) == [("a", 1), ("a", 1)]


def test_a_finished_run_is_not_taken_up(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.duckdb")
    for _ in range(2):
        keeper = Keeper(store, Provenance(STAMP), {"output": "out.jsonl"})
        keeper.keep([Case("a")], rank("a"))
        keeper.finish(0)
    assert len(store.list_runs()) == 2


def test_a_case_corrected_meanwhile_keeps_both_rankings(tmp_path: Path) -> None:
    """The store holds the two contents of one id apart; the run ranked both."""
    store = open_store(tmp_path / "store.duckdb")
    arguments = {"output": "out.jsonl"}
    Keeper(store, Provenance(STAMP), arguments).keep([Case("a"), Case("b")], rank("a", "b"))
    second = Keeper(store, Provenance(STAMP), arguments)
    second.keep([Case("a", age="P3Y"), Case("b"), Case("c")], rank("a", "b", "c"))
    second.finish(0)
    assert ranked(store) == [("a", 1), ("a (2)", 1), ("b", 1), ("c", 1)]
    assert [run.status for run in store.list_runs()] == ["succeeded"]
