"""Where the right gene stands in a ranked list or among scores, and how good that is.

The one definition of the right gene's rank: graders, rewards, robustness, the reranker's figures
and evaluations all ask here. A gene is the same gene under any name that HGNC gives it, in any
case. A gene that comes twice takes one place, its best; what follows moves up. Genes that are
tied share their places, of which the mean counts unless something else is asked. What names no
gene (blank, or not text) keeps its place and is never right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ontology.genes import same_gene

SECOND = 0.7
DECAY = 0.7

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Place:
    """The ranks, from 1, that the right gene may take: several where it is tied with others."""

    best: int
    worst: int

    @property
    def mean(self) -> float:
        """The mean rank, which may end in one half."""
        return (self.best + self.worst) / 2


def place_in_scores(scores: NDArray[Any], right: int, genes: Numbers | None = None) -> Place | None:
    """Where row `right` stands among scores (n,), higher is better; None where it has no score.

    `genes` (n,) numbers the gene of every row, where a gene may have several rows. A score that
    is not finite gives its row no place.
    """
    score = np.where(np.isfinite(scores), scores, -np.inf)
    if genes is not None:
        best = np.full(int(genes.max(initial=-1)) + 1, -np.inf)
        np.maximum.at(best, genes, score)
        score, right = best, int(genes[right])
    if not np.isfinite(score[right]):
        return None
    above = int(np.count_nonzero(score > score[right]))
    equal = int(np.count_nonzero(score == score[right]))
    return Place(above + 1, above + equal)


def place_in_list(
    names: Sequence[object],
    gene: str,
    ranks: Sequence[float] | None = None,
    scores: Sequence[float | None] | None = None,
) -> Place | None:
    """Where `gene` stands in a list in rank order; None where it is absent.

    Neighbours are tied that share a rank, or have equal scores. Tools number ties by the first,
    the last or the next free place, so the position counts and not the rank as written; only a
    list that leaves genes out (a filtered export) has ranks beyond it, and then those count.
    """
    genes = _numbered(names)
    right = genes.of.get(same_gene(gene) or "")
    if right is None:
        return None
    kept = sorted(set(genes.number.tolist()))  # where each gene stands first
    group = [0] * len(kept)
    for i, (before, at) in enumerate(pairwise(kept), 1):
        tied = (ranks is not None and ranks[before] == ranks[at]) or (
            scores is not None and scores[at] is not None and scores[before] == scores[at]
        )
        group[i] = group[i - 1] + (not tied)
    at = kept.index(right)
    place = place_in_scores(-np.asarray(group, dtype=np.float64), at)
    if place is None or ranks is None:
        return place
    start = place.best - 1
    written = int(ranks[kept[start]]) - (kept[start] - start)  # less what only repeats a gene
    beyond = written - place.best if written > place.worst else 0
    return Place(place.best + beyond, place.worst + beyond)


@dataclass(frozen=True, slots=True)
class GeneNumbers:
    """Names of genes as numbers: `number` (n,) is the first row of the same gene.

    `of` has the number by the gene's common name; `repeats` says that rows outnumber genes.
    """

    number: Numbers
    of: dict[str, int]
    repeats: bool


@lru_cache(maxsize=8)
def gene_numbers(symbols: tuple[str, ...]) -> GeneNumbers:
    """Number the genes of a knowledge, once."""
    return _numbered(symbols)


def _numbered(names: Sequence[object]) -> GeneNumbers:
    of: dict[str, int] = {}
    number = np.empty(len(names), dtype=np.int64)
    for at, name in enumerate(names):
        gene = same_gene(name)
        number[at] = at if gene is None else of.setdefault(gene, at)
    return GeneNumbers(number, of, len(of) < len(names))


def gene_rank_score(rank: float | None, *, second: float = SECOND, decay: float = DECAY) -> float:
    """The gene-rank grader: 1 at rank 1, `second` at rank 2, `second * decay**(rank - 2)` below.

    0 where the right gene is absent (`rank` None); a mean rank between two places scores between
    them. Only 1 and 0.7 were announced for the closed
    product's grader; the geometric decay towards 0 below rank 2 is this project's choice, and a
    parameter. ValueError for a rank below 1.
    """
    if rank is None:
        return 0.0
    if rank < 1:
        raise ValueError(f"a rank counts from 1, got {rank}")
    return 1.0 if rank == 1 else second * decay ** (rank - 2)


def rank_of_truth(symbols: Iterable[str], gene: str) -> int | None:
    """Where `gene` stands in a list without ties, from 1; None where it is absent."""
    place = place_in_list(list(symbols), gene)
    return None if place is None else place.best


def top_k(rank: int | None, k: int) -> float:
    """1 where the right gene is among the first `k`, else 0."""
    return 1.0 if rank is not None and rank <= k else 0.0


def top_max(rank: int | None) -> float:
    """1 where the right gene is anywhere in the list, else 0."""
    return 1.0 if rank is not None else 0.0


def reciprocal_rank(rank: int | None) -> float:
    """1 / rank, 0 where the right gene is absent; its mean over cases is the MRR."""
    return 1.0 / rank if rank is not None else 0.0


def ranks_of_truth(answers: Iterable[Sequence[str]], genes: Iterable[str]) -> list[int | None]:
    """`rank_of_truth` for many answers, in order."""
    return [rank_of_truth(symbols, gene) for symbols, gene in zip(answers, genes, strict=True)]
