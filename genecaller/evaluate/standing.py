"""Where the right gene stands in one ranker's answer to one case."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from genecaller.rankers.base import GeneScores
from genecaller.ranking import RankedGene, Ranking

Status = Literal["ranked", "unranked", "unparsed", "failed"]
STATUSES: tuple[Status, ...] = ("ranked", "unranked", "unparsed", "failed")
Ties = Literal["mean", "worst", "best"]


@dataclass(frozen=True, slots=True)
class Standing:
    """The place of the right gene: `best` and `worst` bound it where genes are tied.

    Ranks count from 1 and are None unless `status` is "ranked". The other three are all misses:
    "unranked" (an answer without the gene), "unparsed" (an answer without any gene), "failed"
    (no answer). `first` is the gene that the answer puts first, `confidence` the probability that
    it states for that gene, None where it states none.
    """

    status: Status
    best: int | None = None
    worst: int | None = None
    first: str | None = None
    confidence: float | None = None

    def rank(self, ties: Ties = "mean") -> float | None:
        """The rank with ties resolved; the mean of best and worst may end in one half."""
        if self.best is None or self.worst is None:
            return None
        if ties == "mean":
            return (self.best + self.worst) / 2
        return float(self.worst if ties == "worst" else self.best)


FAILED = Standing("failed")


def standing_in_scores(scores: GeneScores, gene: int | None, symbols: Sequence[str]) -> Standing:
    """Where gene index `gene` stands among all genes; None is a gene the knowledge lacks.

    Every gene with the same score is tied with it. A score that is not finite ranks nothing.
    """
    score = scores.score
    usable = np.where(np.isfinite(score), score, -np.inf)
    first = symbols[int(np.argmax(usable))] if np.isfinite(usable).any() else None
    if gene is None or not math.isfinite(score[gene]):
        return Standing("unranked" if first is not None else "unparsed", first=first)
    above = int(np.count_nonzero(usable > score[gene]))
    equal = int(np.count_nonzero(usable == score[gene]))
    return Standing("ranked", above + 1, above + equal, first)


def standing_in_list(ranking: Ranking, gene: str) -> Standing:
    """Where the symbol `gene` stands in a list of genes, however the list was made.

    Genes are tied where they share a rank, or have equal scores on neighbouring ranks; a list
    without scores keeps the ranks it was written with. A tie that the end of the list cuts
    through counts only the genes that are listed.
    """
    genes = ranking.genes
    if not genes:
        return Standing("unparsed" if ranking.problems else "unranked")
    ordered = sorted(genes, key=lambda item: item.rank)
    first = ordered[0].symbol
    at = next((i for i, item in enumerate(ordered) if item.symbol == gene), None)
    if at is None:
        return Standing("unranked", first=first)
    start, stop = at, at + 1
    while start > 0 and _tied(ordered[start - 1], ordered[at]):
        start -= 1
    while stop < len(ordered) and _tied(ordered[stop], ordered[at]):
        stop += 1
    # Tools number ties by the first, the last or the next free place: the position is sure. Only
    # a list that leaves genes out (a filtered export) has ranks beyond it, and then those count.
    written = ordered[start].rank
    best = written if written > stop else start + 1
    return Standing("ranked", best, best + (stop - start) - 1, first)


def _tied(a: RankedGene, b: RankedGene) -> bool:
    return a.rank == b.rank or (a.score is not None and a.score == b.score)
