"""Everybody who asks where the right gene stands gets the same answer, whatever the list holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.cases import Case, Solution
from genecaller.evaluation import perturbations as robustness
from genecaller.evaluation.truth_rank import standing_in_list, standing_in_scores
from genecaller.graders import rank_of_truth
from genecaller.graders.gene_rank import Place, place_in_list, place_in_scores
from genecaller.rankers.base import GeneScores
from genecaller.ranking import RankedGene, Ranking
from ontology.knowledge import Knowledge
from training.ppo.reward import measure_genes
from training.workflows.reranker_fit import Example, held_out_figures

# Names as written, the right gene as written, its rank. MLL2 is what KMT2D was called before.
LISTS: list[tuple[list[Any], str, int | None]] = [
    (["TSC1", "TSC2"], "TSC2", 2),
    (["TSC1", "TSC1", "MTOR", "TSC2"], "TSC2", 3),
    (["TSC2", "TSC1", "TSC2"], "TSC2", 1),
    (["MLL2", "KMT2D", "TSC2"], "TSC2", 2),
    (["TSC1", "MLL2"], "KMT2D", 2),
    (["TSC1", "KMT2D"], "MLL2", 2),
    (["tsc1", "TsC2"], "tsc2", 2),
    ([" TSC1 ", "TSC2"], "TSC2", 2),
    (["NOTAGENE", "NotAGene", "TSC2"], "TSC2", 2),
    (["TSC1", "NOTAGENE"], "notagene", 2),
    (["TSC1"], "TSC2", None),
    ([], "TSC2", None),
    (["", "", "TSC2"], "TSC2", 3),
    ([None, 7, "TSC2"], "TSC2", 3),
    (["TSC1", ""], "", None),
]


@dataclass(frozen=True)
class Scores:
    """A ranker that gives the knowledge's genes these scores."""

    values: tuple[float, ...]
    name: str = "fixed"
    paper: str = "none"

    def score(self, case: Case) -> GeneScores:
        return GeneScores(np.asarray(self.values), np.zeros(len(self.values), np.int32))


def by_list(names: list[Any], gene: str) -> float | None:
    genes = tuple(RankedGene(i, name, None, None, "") for i, name in enumerate(names, 1))
    return standing_in_list(Ranking("c", "r", None, "k", genes), gene).rank()


def by_scored_list(names: list[Any], gene: str, values: list[float]) -> float | None:
    genes = tuple(
        RankedGene(i, name, value, None, "")
        for i, (name, value) in enumerate(zip(names, values, strict=True), 1)
    )
    return standing_in_list(Ranking("c", "r", None, "k", genes), gene).rank()


def by_scores(names: list[Any], gene: str, values: list[float]) -> float | None:
    scores = GeneScores(np.asarray(values), np.zeros(len(values), np.int32))
    right = robustness.gene_numbers(tuple(names)).of.get(robustness.same_gene(gene) or "")
    return standing_in_scores(scores, right, names).rank() if names else None


def by_robustness(
    names: list[Any], gene: str, values: list[float], knowledge: Knowledge
) -> float | None:
    odd = replace(knowledge, annotations=replace(knowledge.annotations, gene_symbols=tuple(names)))
    case = Case("c", solution=Solution(gene))
    rank = robustness._rank(Scores(tuple(values)), case, odd)
    return None if rank == float("inf") else rank


@pytest.mark.parametrize(("names", "gene", "rank"), LISTS)
def test_lists_and_scores_agree(
    names: list[Any], gene: str, rank: int | None, tiny_knowledge: Knowledge
) -> None:
    falling = [float(-i) for i in range(len(names))]
    assert rank_of_truth(names, gene) == rank
    assert by_list(names, gene) == rank
    assert by_scored_list(names, gene, falling) == rank
    assert by_scores(names, gene, falling) == rank
    assert by_robustness(names, gene, falling, tiny_knowledge) == rank


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([3.0, 2.0, 2.0, 1.0], 2.5),
        ([2.0, 2.0, 2.0, 2.0], 2.5),
        ([3.0, 1.0, 3.0, 1.0], 3.5),
        ([1.0, 9.0, 0.5, 0.5], 1.0),
        ([3.0, float("-inf"), 2.0, 1.0], None),
        ([3.0, float("nan"), 2.0, 1.0], None),
    ],
)
def test_ties_take_the_mean_rank_everywhere(
    values: list[float], mean: float | None, tiny_knowledge: Knowledge
) -> None:
    """The second gene is the right one; it is asked for under its former name."""
    names = ["TSC1", "KMT2D", "MTOR", "NSD1"]
    assert by_scores(names, "MLL2", values) == mean
    assert by_robustness(names, "MLL2", values, tiny_knowledge) == mean
    example = Example("c", "KMT2D", "PMID:1", True, np.zeros((4, 1), np.float32), 1)
    reached = held_out_figures([example], [np.asarray(values, np.float32)])
    shares = reached["unseen publication"]["over cases"]
    assert [shares[f"top{k}"] for k in (1, 3, 5)] == [
        float(mean is not None and mean <= k) for k in (1, 3, 5)
    ]
    if mean is not None:
        order = sorted(range(4), key=lambda i: (-values[i], names[i]))
        listed = by_scored_list([names[i] for i in order], "MLL2", [values[i] for i in order])
        assert listed == mean


def test_a_gene_of_two_rows_stands_where_its_better_one_does() -> None:
    genes = np.asarray([0, 1, 0, 3])
    assert place_in_scores(np.asarray([1.0, 2.0, 3.0, 0.0]), 0, genes) == Place(1, 1)
    assert place_in_scores(np.asarray([1.0, 2.0, 3.0, 0.0]), 3, genes) == Place(3, 3)


def test_a_filtered_list_keeps_its_ranks_also_where_a_gene_repeats() -> None:
    assert place_in_list(["TSC1", "TSC1", "TSC2"], "TSC2", [1, 2, 3]) == Place(2, 2)
    assert place_in_list(["TSC1", "TSC1", "TSC2"], "TSC2", [4, 5, 12]) == Place(11, 11)


def test_the_reward_counts_as_the_graders_do() -> None:
    answer = "1. TSC1 - tubers\n2. TSC1 - again\n3. MLL2 - facies"
    for gene in ("KMT2D", "MLL2", "kmt2d"):
        assert measure_genes(answer, {"gene": gene})["mrr"] == 1 / 2
    assert rank_of_truth(["TSC1", "TSC1", "MLL2"], "KMT2D") == 2


@given(st.lists(st.sampled_from(["TSC1", "TSC2", "MLL2", "KMT2D", "mtor", "odd"]), max_size=8))
def test_no_list_is_counted_in_two_ways(names: list[str]) -> None:
    falling = [float(-i) for i in range(len(names))]
    for gene in ("TSC2", "KMT2D", "MLL2", "MTOR", "ODD"):
        rank = rank_of_truth(names, gene)
        assert by_list(names, gene) == by_scored_list(names, gene, falling) == rank
        assert by_scores(names, gene, falling) == rank
