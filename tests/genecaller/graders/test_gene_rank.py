import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.graders import (
    gene_rank_score,
    rank_of_truth,
    ranks_of_truth,
    reciprocal_rank,
    top_k,
    top_max,
)


def test_the_gold_answer_scores_one_everywhere() -> None:
    rank = rank_of_truth(["TSC2"], "TSC2")
    scores = [gene_rank_score(rank), top_k(rank, 1), top_max(rank), reciprocal_rank(rank)]
    assert scores == [1, 1, 1, 1]


def test_an_absent_gene_scores_zero_everywhere() -> None:
    rank = rank_of_truth(["TSC1"], "TSC2")
    assert rank is None
    assert [gene_rank_score(rank), top_k(rank, 5), top_max(rank), reciprocal_rank(rank)] == [0] * 4


def test_the_announced_scores_and_the_decay_below() -> None:
    assert gene_rank_score(1) == 1.0
    assert gene_rank_score(2) == 0.7
    assert gene_rank_score(3) == pytest.approx(0.49)
    assert gene_rank_score(3, decay=0.5) == pytest.approx(0.35)
    assert gene_rank_score(2, second=0.5, decay=0.1) == 0.5


@given(st.integers(1, 2000))
def test_a_lower_rank_never_scores_more(rank: int) -> None:
    assert 0 <= gene_rank_score(rank + 1) <= gene_rank_score(rank) <= 1


def test_ranks_count_from_one() -> None:
    with pytest.raises(ValueError, match="counts from 1"):
        gene_rank_score(0)


@pytest.mark.parametrize(
    ("symbols", "gene", "rank"),
    [
        (["MLL2", "TSC2"], "KMT2D", 1),
        (["KMT2D"], "MLL2", 1),
        (["tsc2"], "TSC2", 1),
        (["TSC1", "TSC1", "MTOR", "TSC2"], "TSC2", 3),
        (["MLL2", "KMT2D", "TSC2"], "TSC2", 2),
        (["NOTAGENE", "TSC2"], "TSC2", 2),
        ([], "TSC2", None),
        (["NOTAGENE"], "notagene", 1),
    ],
)
def test_the_rank_goes_through_hgnc(symbols: list[str], gene: str, rank: int | None) -> None:
    assert rank_of_truth(symbols, gene) == rank


def test_top_k_has_its_edge_at_k() -> None:
    assert (top_k(5, 5), top_k(6, 5), top_max(6), reciprocal_rank(4)) == (1, 0, 1, 0.25)


def test_many_answers_keep_their_order_and_must_match_their_genes() -> None:
    assert ranks_of_truth([["TSC2"], []], ["TSC2", "TSC1"]) == [1, None]
    with pytest.raises(ValueError, match="zip"):
        ranks_of_truth([["TSC2"]], [])
