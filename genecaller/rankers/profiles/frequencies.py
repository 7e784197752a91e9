"""How often each disease shows each annotated term: counts pooled over publications and shrunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ontology.annotations import Annotations
from ontology.frequency import frequency_words
from ontology.hpo import IndexArray

PHENOTYPE = "P"
PRIOR_MEAN = 0.6
"""The mean share among the counted annotations of the 2025-01-16 release (n = 89,578 rows)."""
PRIOR_WEIGHT = 2.0
"""How many patients the prior counts for (a beta-binomial posterior mean)."""
UNSTATED = PRIOR_MEAN


def pooled_frequencies(
    annotations: Annotations, rows: IndexArray
) -> tuple[IndexArray, IndexArray, NDArray[np.float32], NDArray[np.float32]]:
    """One entry for each pair of disease and term among the phenotype rows given, NOT left out.

    Returns (disease, term, frequency, stated), each of shape (n_pairs,), sorted by disease and
    term. Where sources count patients the counts are added up, and `frequency` is the posterior
    mean under a beta prior, so that "1/1" does not mean certainty; a class or percentage stands
    as it is; several such are averaged. `stated` is the unshrunk share, NaN where no source
    says one (`frequency` is then the prior's mean).
    """
    keep = rows[(annotations.aspect[rows] == PHENOTYPE) & ~annotations.negated[rows]]
    disease, term = annotations.disease[keep], annotations.term[keep]
    key = disease.astype(np.int64) * (int(annotations.term.max(initial=0)) + 1) + term
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    n = len(first)
    counted = annotations.denominator[keep] > 0
    numerator = np.bincount(group[counted], annotations.numerator[keep][counted], n)
    denominator = np.bincount(group[counted], annotations.denominator[keep][counted], n)
    share = annotations.frequency[keep].astype(np.float64)
    said = ~counted & ~np.isnan(share)
    said_n = np.bincount(group[said], minlength=n)
    said_sum = np.bincount(group[said], share[said], n)
    stated = np.full(n, np.nan)
    np.divide(said_sum, said_n, out=stated, where=said_n > 0)
    np.divide(np.minimum(numerator, denominator), denominator, out=stated, where=denominator > 0)
    shrunk = (np.minimum(numerator, denominator) + PRIOR_WEIGHT * PRIOR_MEAN) / (
        denominator + PRIOR_WEIGHT
    )
    frequency = np.where(denominator > 0, shrunk, np.where(np.isnan(stated), UNSTATED, stated))
    return (
        disease[first],
        term[first],
        np.asarray(frequency, dtype=np.float32),
        np.asarray(stated, dtype=np.float32),
    )


def stated_frequencies(
    annotations: Annotations, disease: int, left_out: IndexArray
) -> dict[int, str]:
    """What the sources state of each of a disease's terms, in words; terms without are absent.

    `left_out` are annotation rows to do without, ascending. The words are those of the pooled
    counts, where sources count: they agree with `stated` of `pooled_frequencies`.
    """
    at = annotations.rows_of(disease)
    counts = (annotations.aspect[at] == PHENOTYPE) & ~annotations.negated[at]
    if len(left_out):
        first, last = np.searchsorted(left_out, (at.start, at.stop))
        counts[left_out[first:last] - at.start] = False
    columns = (
        annotations.term,
        annotations.numerator,
        annotations.denominator,
        annotations.frequency,
        annotations.frequency_class,
    )
    by_term: dict[int, list[tuple[int, int, float, int]]] = {}
    for term, *stated in zip(*(column[at][counts].tolist() for column in columns), strict=True):
        by_term.setdefault(term, []).append((*stated,))
    words = {term: frequency_words(stated) for term, stated in by_term.items()}
    return {term: said for term, said in words.items() if said is not None}
