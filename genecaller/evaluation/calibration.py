"""Whether a stated probability is met: reliability bins, Brier score, calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genecaller.evaluation.truth_rank import Standing
from ontology.genes import same_gene

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases whose first gene got a probability in [low, high): mean stated, share right.

    `right_low` and `right_high` are the 95% Wilson (1927) score interval of that share.
    """

    low: float
    high: float
    n: int
    stated: float
    right: float
    right_low: float
    right_high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Calibration of the probability stated for the first gene, over the n cases that have one.

    `brier` is the mean squared difference between probability and outcome (Brier 1950),
    `error` the expected calibration error: the mean gap between stated and right over the bins,
    weighted by their cases. Empty bins are left out.
    """

    n: int
    brier: float
    error: float
    bins: tuple[Bin, ...]


def reliability(standings: Sequence[Standing], genes: Sequence[str]) -> Reliability | None:
    """Judge the probabilities stated for cases with these right genes; None where none is."""
    stated: list[float] = []
    right: list[bool] = []
    for standing, gene in zip(standings, genes, strict=True):
        if standing.confidence is not None:
            stated.append(standing.confidence)
            right.append(same_gene(standing.first) == same_gene(gene))
    if not stated:
        return None
    probability = np.asarray(stated)
    outcome = np.asarray(right, dtype=np.float64)
    place = np.clip((probability * BINS).astype(np.int64), 0, BINS - 1)
    bins = []
    for i in range(BINS):
        inside = place == i
        if not inside.any():
            continue
        n, right_of_n = int(inside.sum()), int(outcome[inside].sum())
        share = right_of_n / n
        low, high = wilson(right_of_n, n)
        mean = float(probability[inside].mean())
        bins.append(Bin(i / BINS, (i + 1) / BINS, n, mean, share, low, high))
    return Reliability(
        n=len(stated),
        brier=float(np.mean((probability - outcome) ** 2)),
        error=sum(b.n * abs(b.stated - b.right) for b in bins) / len(stated),
        bins=tuple(bins),
    )


def wilson(right: int, n: int) -> tuple[float, float]:
    """The 95% score interval of a share, `right` of n (Wilson 1927)."""
    from scipy.stats import binomtest

    found = binomtest(right, n).proportion_ci(0.95, "wilson")
    return float(found.low), float(found.high)
