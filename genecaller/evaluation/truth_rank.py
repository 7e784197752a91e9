"""Where the right gene stands in one ranker's answer to one case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from genecaller.graders.gene_rank import gene_numbers, place_in_list, place_in_scores
from genecaller.rankers.base import GeneScores
from genecaller.ranking import Ranking

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
    place = None
    if gene is not None:
        genes = gene_numbers(tuple(symbols))
        place = place_in_scores(score, gene, genes.number[: len(score)] if genes.repeats else None)
    if place is None:
        return Standing("unranked" if first is not None else "unparsed", first=first)
    return Standing("ranked", place.best, place.worst, first)


def standing_in_list(ranking: Ranking, gene: str) -> Standing:
    """Where the gene stands in a list of genes, however the list was made.

    A list without scores keeps the ranks it was written with. A tie that the end of the list cuts
    through counts only the genes that are listed.
    """
    if not ranking.genes:
        return Standing("unparsed" if ranking.problems else "unranked")
    ordered = sorted(ranking.genes, key=lambda item: item.rank)
    first = ordered[0].symbol or None
    place = place_in_list(
        [item.symbol for item in ordered],
        gene,
        [item.rank for item in ordered],
        [item.score for item in ordered],
    )
    if place is None:
        return Standing("unranked", first=first)
    return Standing("ranked", place.best, place.worst, first)
