"""Two rankers on the same cases: who wins where, and whether that is more than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genecaller.evaluation.metrics import (
    CONFIDENCE,
    DEPTH,
    METRICS,
    RESAMPLES,
    Estimate,
    Floats,
    estimates,
    per_case,
)


@dataclass(frozen=True, slots=True)
class Won:
    """One case on which the two rankers differ; a rank is None where the gene was missed."""

    case_id: str
    gene: str
    rank_a: float | None
    rank_b: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ranker a against ranker b on the same n cases.

    `difference_micro` and `difference_macro`: a minus b by metric, with the interval of a paired
    bootstrap (both rankers on the same draws of genes). `only_a`, `only_b` and `mcnemar_p` by
    top-k metric: cases that only one has within k, and the two-sided exact McNemar test on them
    (McNemar 1947). `a_ahead` and `b_ahead` list the cases where one puts the gene higher;
    `sign_p` is the exact sign test on their numbers, equal ranks left out.
    The tests take cases as independent, which cases of one gene are not: where test and
    interval disagree, believe the interval.
    """

    a: str
    b: str
    n: int
    difference_micro: dict[str, Estimate]
    difference_macro: dict[str, Estimate]
    only_a: dict[str, int]
    only_b: dict[str, int]
    mcnemar_p: dict[str, float]
    a_ahead: tuple[Won, ...]
    b_ahead: tuple[Won, ...]
    sign_p: float


def compare(
    a: str,
    ranks_a: Floats,
    b: str,
    ranks_b: Floats,
    case_ids: Sequence[str],
    genes: Sequence[str],
    *,
    seed: int,
    depth: int = DEPTH,
    resamples: int = RESAMPLES,
    confidence: float = CONFIDENCE,
) -> Comparison:
    """Compare ranks (n,) of the same cases, NaN for a miss; cases listed by size of the lead."""
    values_a, values_b = per_case(ranks_a, depth), per_case(ranks_b, depth)
    micro: list[Estimate] = []
    macro: list[Estimate] = []
    if len(values_a):
        _, group = np.unique(np.asarray(genes, dtype=np.str_), return_inverse=True)
        micro, macro = estimates(values_a - values_b, group, seed, resamples, confidence)
    hits = {
        metric: (values_a[:, i] > values_b[:, i], values_b[:, i] > values_a[:, i])
        for i, metric in enumerate(METRICS)
        if metric != "mrr"
    }
    only_a = {metric: int(first.sum()) for metric, (first, _) in hits.items()}
    only_b = {metric: int(second.sum()) for metric, (_, second) in hits.items()}
    lead = 1.0 / np.nan_to_num(ranks_a, nan=np.inf) - 1.0 / np.nan_to_num(ranks_b, nan=np.inf)
    a_ahead = _won(np.flatnonzero(lead > 0), lead, ranks_a, ranks_b, case_ids, genes)
    b_ahead = _won(np.flatnonzero(lead < 0), lead, ranks_a, ranks_b, case_ids, genes)
    return Comparison(
        a=a,
        b=b,
        n=len(ranks_a),
        difference_micro=dict(zip(METRICS, micro, strict=False)),
        difference_macro=dict(zip(METRICS, macro, strict=False)),
        only_a=only_a,
        only_b=only_b,
        mcnemar_p={metric: sign_test(only_a[metric], only_b[metric]) for metric in hits},
        a_ahead=a_ahead,
        b_ahead=b_ahead,
        sign_p=sign_test(len(a_ahead), len(b_ahead)),
    )


def sign_test(wins: int, losses: int) -> float:
    """Two-sided exact probability of a split at least this uneven under a fair coin.

    This is McNemar's exact test when wins and losses are the discordant pairs. 1.0 without any.
    """
    from scipy.stats import binomtest

    n = wins + losses
    return float(binomtest(wins, n).pvalue) if n else 1.0


def _won(
    rows: NDArray[np.intp],
    lead: Floats,
    ranks_a: Floats,
    ranks_b: Floats,
    case_ids: Sequence[str],
    genes: Sequence[str],
) -> tuple[Won, ...]:
    order = sorted(rows.tolist(), key=lambda row: (-abs(lead[row]), case_ids[row]))
    return tuple(
        Won(case_ids[row], genes[row], _or_none(ranks_a[row]), _or_none(ranks_b[row]))
        for row in order
    )


def _or_none(rank: float) -> float | None:
    return None if math.isnan(rank) else float(rank)
