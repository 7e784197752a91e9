"""Ties by brute force, and every way in which an answer can miss."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.evaluation.truth_rank import Standing, standing_in_list, standing_in_scores
from genecaller.rankers.base import GeneScores
from genecaller.ranking import RankedGene, Ranking

SYMBOLS = tuple("ABCDEFGH")


def in_scores(values: list[float], gene: int | None) -> Standing:
    scores = GeneScores(np.asarray(values, np.float64), np.zeros(len(values), np.int32))
    return standing_in_scores(scores, gene, SYMBOLS)


def listed(*genes: tuple[int, str, float | None], problems: tuple[str, ...] = ()) -> Ranking:
    ranked = tuple(RankedGene(rank, symbol, score, None, "") for rank, symbol, score in genes)
    return Ranking("case", "ranker", None, "k", ranked, problems)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.data())
def test_mean_rank_is_the_mean_over_all_orders_that_the_scores_allow(
    values: list[int], data: st.DataObject
) -> None:
    gene = data.draw(st.integers(0, len(values) - 1))
    allowed = [
        order.index(gene) + 1
        for order in permutations(range(len(values)))
        if all(values[a] >= values[b] for a, b in pairwise(order))
    ]
    found = in_scores([float(value) for value in values], gene)
    assert found.rank("mean") == pytest.approx(np.mean(allowed))
    assert found.rank("best") == min(allowed)
    assert found.rank("worst") == max(allowed)


def test_a_gene_without_a_score_or_unknown_is_unranked_and_not_last() -> None:
    assert in_scores([1.0, -np.inf, 0.5], 1) == Standing("unranked", first="A")
    assert in_scores([1.0, 0.5], None) == Standing("unranked", first="A")
    assert in_scores([np.nan, 0.5], 1) == Standing("ranked", 1, 1, "B")
    assert in_scores([-np.inf, -np.inf], 0).status == "unparsed"
    assert in_scores([-np.inf, -np.inf], 0).rank() is None


def test_an_untied_list_keeps_its_ranks() -> None:
    ranking = listed((1, "A", None), (2, "B", None), (3, "C", None))
    assert standing_in_list(ranking, "C") == Standing("ranked", 3, 3, "A")
    assert standing_in_list(ranking, "Z") == Standing("unranked", first="A")


@pytest.mark.parametrize("ranks", [(1, 2, 2, 4), (1, 3, 3, 4), (1, 2, 2, 3), (1, 2, 3, 4)])
def test_ties_are_the_same_however_a_tool_numbers_them(ranks: tuple[int, ...]) -> None:
    """First place, last place, next place, or broken by name with the scores beside."""
    scores = (9.0, 5.0, 5.0, 1.0)
    ranking = listed(*zip(ranks, "ABCD", scores, strict=True))
    assert standing_in_list(ranking, "C") == Standing("ranked", 2, 3, "A")
    assert standing_in_list(ranking, "C").rank() == 2.5
    assert standing_in_list(ranking, "D").rank() == 4


def test_ranks_beyond_the_place_in_a_filtered_list_are_kept() -> None:
    ranking = listed((2, "B", 0.9), (12, "L", 0.3))
    assert standing_in_list(ranking, "L").rank() == 12
    assert standing_in_list(ranking, "B").rank() == 2


def test_an_empty_answer_with_problems_is_unparsed_without_is_unranked() -> None:
    assert standing_in_list(listed(problems=("no gene in it",)), "A").status == "unparsed"
    assert standing_in_list(listed(), "A").status == "unranked"
