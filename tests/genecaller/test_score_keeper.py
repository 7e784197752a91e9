"""Keeping scores: what was ranked before a stop is in the store, and the run says so."""

from __future__ import annotations

from pathlib import Path

from genecaller.cases import Case
from genecaller.ranking import RankedGene, Ranking
from genecaller.score_keeper import Keeper
from genecaller.store import Provenance, open_store

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
