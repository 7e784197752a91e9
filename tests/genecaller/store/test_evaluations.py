from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from genecaller.errors import StoreError
from genecaller.store import (
    CaseRank,
    Comparison,
    CurvePoint,
    Duel,
    EvaluatedRanker,
    Figure,
    Store,
    Truth,
)

RANKERS = [
    EvaluatedRanker("default", "2025-01-16/s1", ms_per_case=2.5),
    EvaluatedRanker("tuned", "2025-01-16/s1", "hybrid-2", "smol", "a1"),
    EvaluatedRanker("Exomiser", None, imported_from="exomiser.tsv"),
]
TRUTHS = [
    Truth("a", "TSC2", "PMID:1", ("as-published", "unseen-publication"), 1),
    Truth("b", "FBN1"),
    Truth("c", "DMD"),
]
RANKS = [
    CaseRank("default", "as-published", "a", "ranked", 1.5, 0.6, "TSC1", 1, 2),
    CaseRank("default", "as-published", "b", "ranked", 10),
    CaseRank("default", "as-published", "c", "unranked", None),
    CaseRank("tuned", "as-published", "a", "ranked", 1.5),
    CaseRank("tuned", "as-published", "b", "ranked", 1),
    CaseRank("tuned", "as-published", "c", "unparsed", None),
    CaseRank("Exomiser", "as-published", "a", "failed", None),
    CaseRank("Exomiser", "leave-publication-out", "b", "ranked", 3),
]
FIGURES = [
    Figure("default", "as-published", "all", "micro", "top1", 3, 1 / 3, 0.1, 0.6),
    Figure("default", "as-published", "all", "macro", "top1", 2, 0.5),
    Figure("tuned", "as-published", "unseen", "micro", "mrr", 0, None),
    Figure(
        "tuned", "as-published", "1 to 3", "micro", "top1", 2, 0.5, None, None,
        "number of terms", "all",
    ),
]  # fmt: skip
COMPARISONS = [
    Comparison("default", "tuned", "as-published", "all", "mrr", 3, 0, 1, -0.3, -0.5, -0.1, 0.04),
    Comparison("default", "tuned", "as-published", "all", "mrr", 3, 0, 1, -0.2, averaging="macro"),
]
CURVES = [
    CurvePoint("reliability", "default", "as-published", 0.1, 0.12, 0.05, 0.2, 50, "all"),
    CurvePoint("noise terms", "default", "as-published", 5, 0.3),
]


@pytest.fixture
def evaluation_id(store: Store, run_id: int) -> int:
    return save(store, run_id)


def save(store: Store, run_id: int, **other: Iterable[Any]) -> int:
    parts: dict[str, Any] = {
        "rankers": RANKERS,
        "truths": TRUTHS,
        "ranks": RANKS,
        "figures": FIGURES,
        "comparisons": COMPARISONS,
        "curves": CURVES,
    }
    return store.save_evaluation(
        run_id=run_id, title="t", cases_source="x.zip", settings={"seed": 3}, **(parts | other)
    )


def test_an_evaluation_comes_back_as_it_was(store: Store, evaluation_id: int, run_id: int) -> None:
    head = store.read_evaluation(evaluation_id)
    assert (head.title, head.cases_source, head.n_cases, head.run_id) == ("t", "x.zip", 3, run_id)
    assert head.settings == {"seed": 3}
    assert store.read_rankers(evaluation_id) == RANKERS
    assert store.read_truths(evaluation_id) == TRUTHS
    assert store.read_ranks(evaluation_id) == RANKS
    assert store.read_figures(evaluation_id, grouping=None) == FIGURES
    assert store.read_comparisons(evaluation_id) == COMPARISONS
    assert store.read_curves(evaluation_id) == CURVES


def test_the_parts_can_be_narrowed(store: Store, evaluation_id: int) -> None:
    assert store.read_figures(evaluation_id) == FIGURES[:3]
    assert store.read_figures(evaluation_id, ranker="default", averaging="macro") == [FIGURES[1]]
    assert store.read_figures(evaluation_id, metric="mrr", stratum="unseen") == [FIGURES[2]]
    assert store.read_figures(evaluation_id, protocol="leave-publication-out") == []
    assert store.read_figures(evaluation_id, grouping="number of terms") == [FIGURES[3]]
    assert store.read_ranks(evaluation_id, ranker="Exomiser", protocol="as-published") == [RANKS[6]]
    assert store.read_curves(evaluation_id, curve="noise terms") == [CURVES[1]]


def test_a_duel_lists_the_cases_that_differ(store: Store, evaluation_id: int) -> None:
    # The tie on a and the two misses on c are no win for anyone.
    assert store.duels(evaluation_id, "tuned", "default", "as-published") == [
        Duel("b", "FBN1", "ranked", 1, "ranked", 10)
    ]
    against = store.duels(evaluation_id, "default", "Exomiser", "as-published")
    assert against == [Duel("a", "TSC2", "ranked", 1.5, "failed", None)]
    assert store.duels(evaluation_id, "default", "nobody", "as-published") == []


def test_evaluations_are_kept_apart_and_listed_newest_first(store: Store, run_id: int) -> None:
    first, second = save(store, run_id), save(store, run_id, curves=())
    assert [each.evaluation_id for each in store.list_evaluations()] == [second, first]
    assert store.read_curves(second) == []
    assert len(store.read_curves(first)) == 2


def test_what_does_not_fit_together_is_refused_whole(store: Store, run_id: int) -> None:
    with pytest.raises(StoreError, match=r"results of 'tuned', which is not among its rankers"):
        save(store, run_id, rankers=[RANKERS[0], RANKERS[2]])
    with pytest.raises(StoreError, match="ranks case 'c' without its right gene"):
        save(store, run_id, truths=TRUTHS[:2])
    inconsistent = CaseRank("default", "as-published", "a", "unranked", 1)
    with pytest.raises(StoreError, match=r"CHECK constraint failed .*evaluation_cases"):
        save(store, run_id, ranks=[inconsistent])
    with pytest.raises(StoreError, match="no run 9"):
        save(store, 9)
    assert store.list_evaluations() == []
    with pytest.raises(StoreError, match="no evaluation 4"):
        store.read_evaluation(4)
