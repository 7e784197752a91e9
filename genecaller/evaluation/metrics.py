"""Accuracy from the ranks of the right genes: top-k, mean reciprocal rank, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

METRICS = ("top1", "top3", "top5", "top10", "topmax", "mrr")
DEPTH = 50
"""`topmax` is the share of cases whose gene is within this many genes: a list's usual length."""
RESAMPLES = 2000
CONFIDENCE = 0.95

Floats = NDArray[np.float64]
Resampled = Literal["genes", "cases", "nothing"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure between 0 and 1 with its percentile bootstrap interval (Efron 1979).

    `low` and `high` are None where nothing can be resampled. `resampled` says what was drawn:
    "genes" keeps all cases of a gene together, because they are alike; "cases" only where all
    cases have one gene.
    """

    value: float
    low: float | None
    high: float | None
    resampled: Resampled


@dataclass(frozen=True, slots=True)
class Figures:
    """The metrics of one ranker on one set of cases.

    `micro` is the mean over cases, `macro` the mean over genes of each gene's mean; both by
    metric name, empty where `n` is 0. `genes` is the number of different right genes.
    """

    n: int
    genes: int
    micro: dict[str, Estimate]
    macro: dict[str, Estimate]


def per_case(ranks: Floats, depth: int = DEPTH) -> Floats:
    """Shape (n, 6): what each case adds to each of METRICS; NaN ranks are misses and add 0."""
    found = np.isfinite(ranks)
    safe = np.where(found, ranks, np.inf)
    columns = [safe <= k for k in (1, 3, 5, 10, depth)]
    return np.stack([*columns, 1.0 / safe], axis=1).astype(np.float64)


def figures(
    ranks: Floats,
    genes: Sequence[str],
    *,
    seed: int,
    depth: int = DEPTH,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Figures:
    """All metrics with intervals; `ranks` (n,) has NaN for a miss, `genes` the right gene of each.

    A miss stays in every denominator. The same seed and genes give the same draws, so that two
    rankers on the same cases are resampled alike.
    """
    values = per_case(ranks, depth)
    symbols, group = np.unique(np.asarray(genes, dtype=np.str_), return_inverse=True)
    if not len(values):
        return Figures(0, 0, {}, {})
    micro, macro = estimates(values, group, seed, resamples, confidence)
    return Figures(
        n=len(values),
        genes=len(symbols),
        micro=dict(zip(METRICS, micro, strict=True)),
        macro=dict(zip(METRICS, macro, strict=True)),
    )


def estimates(
    values: Floats, group: NDArray[np.intp], seed: int, resamples: int, confidence: float
) -> tuple[list[Estimate], list[Estimate]]:
    """Micro and macro means of each column of `values` (n, m), rows clustered by `group` (n,).

    Genes are drawn with replacement, as often as there are genes; for a single gene the micro
    mean's interval comes from its cases, and the macro mean has none.
    """
    size = np.bincount(group).astype(np.float64)
    total = np.stack([np.bincount(group, column) for column in values.T], axis=1)
    mean = total / size[:, None]
    point_micro, point_macro = total.sum(axis=0) / size.sum(), mean.mean(axis=0)
    n_genes = len(size)
    if n_genes > 1:
        drawn = draws(seed, n_genes, resamples)
        micro_draws = (drawn @ total) / (drawn @ size)[:, None]
        macro_draws = (drawn @ mean) / n_genes
        return (
            _intervals(point_micro, micro_draws, confidence, "genes"),
            _intervals(point_macro, macro_draws, confidence, "genes"),
        )
    nothing = [Estimate(float(value), None, None, "nothing") for value in point_macro]
    if len(values) == 1:
        return nothing, nothing
    drawn = draws(seed, len(values), resamples)
    return _intervals(point_micro, drawn @ values / len(values), confidence, "cases"), nothing


@lru_cache(maxsize=4)
def draws(seed: int, n: int, resamples: int) -> Floats:
    """Shape (resamples, n): how often each of n units is drawn, n times with replacement.

    The same arguments give the same draws, which is what pairs two rankers on the same cases.
    """
    chosen = np.random.default_rng(seed).integers(0, n, size=(resamples, n))
    chosen += np.arange(resamples)[:, None] * n
    return np.bincount(chosen.ravel(), minlength=resamples * n).reshape(resamples, n).astype(float)


def _intervals(
    points: Floats, drawn: Floats, confidence: float, resampled: Resampled
) -> list[Estimate]:
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(drawn, (tail, 1.0 - tail), axis=0)
    return [
        Estimate(float(point), float(a), float(b), resampled)
        for point, a, b in zip(points, low, high, strict=True)
    ]
