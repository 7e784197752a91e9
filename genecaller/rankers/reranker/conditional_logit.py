"""A conditional logit over candidates: what is one step of each piece of evidence worth?

Few weights, learned from which candidate was right in solved cases. On genes that were never seen
it beat boosted trees (LightGBM's lambdarank) over the same features: see `benchmarks/reranker.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.profiles.disease_profiles import Floats
from genecaller.rankers.reranker.features import FEATURES

COUNTS = (
    "typical terms",
    "missing mass",
    "disease terms",
    "disease closed terms",
)
"""Features that are read on a logarithmic scale."""
WITH_QUERY_SIZE = (
    "gene sum",
    "gene likelihood",
    "gene best_match",
    "gene coverage",
    "gene cosine",
    "union likelihood",
    "gene overlap",
    "gene hypergeometric",
    "missing share",
    "typical matched share",
    "disease terms",
    "gene shared_share",
    "gene absence",
    "gene shown",
    "ratio min",
)
"""Features whose worth may depend on how many terms the patient has."""
PLAIN = tuple(f for f in FEATURES if not f.startswith("query "))
EXPANDED: tuple[str, ...] = (
    *PLAIN,
    *(f"{name} x query terms" for name in WITH_QUERY_SIZE),
)
"""Names of the columns that `expand` makes."""
MOST = 5.0
"""Standardised values are cut here, so that no odd case can run away."""

_PLAIN_AT = [FEATURES.index(name) for name in PLAIN]
_COUNTS_AT = [PLAIN.index(name) for name in COUNTS]
_SIZED_AT = [PLAIN.index(name) for name in WITH_QUERY_SIZE]
_QUERY_TERMS_AT = FEATURES.index("query terms")


@dataclass(frozen=True, slots=True)
class Standard:
    """Mean and spread of the plain features over the training candidates, each (len(PLAIN),)."""

    mean: Floats
    spread: Floats


@dataclass(frozen=True, slots=True)
class ConditionalLogit:
    """One weight for each of `EXPANDED`, on features standardised by `standard`."""

    standard: Standard
    weight: Floats

    def predict(self, matrix: Floats) -> Floats:
        """Scores (n,) of one case's candidates (n, len(FEATURES)); only differences count."""
        return np.asarray(expand(matrix, self.standard) @ self.weight, dtype=np.float32)


def raw_columns(matrix: Floats) -> Floats:
    """Shape (n, len(PLAIN)): what `Standard` is taken over; NaN where unknown."""
    plain = matrix[:, _PLAIN_AT].astype(np.float32)
    plain[:, _COUNTS_AT] = np.log1p(np.maximum(plain[:, _COUNTS_AT], 0))
    return plain


def standard_of(raw: Floats) -> Standard:
    """Mean and spread of each raw column, unknown values left out."""
    known = ~np.isnan(raw)
    n = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, raw, 0).sum(axis=0, dtype=np.float64) / n
    square = np.where(known, raw - mean, 0) ** 2
    spread = np.maximum(np.sqrt(square.sum(axis=0, dtype=np.float64) / n), 1e-6)
    return Standard(mean.astype(np.float32), spread.astype(np.float32))


def expand(matrix: Floats, standard: Standard) -> Floats:
    """Shape (n, len(EXPANDED)): one case's candidates, unknown values at the mean, 0."""
    values = (raw_columns(matrix) - standard.mean) / standard.spread
    np.minimum(np.maximum(values, -MOST, out=values), MOST, out=values)
    values[np.isnan(values)] = 0
    size = ((np.log(np.maximum(matrix[:, _QUERY_TERMS_AT], 1)) - 1.9) / 0.7)[:, None]
    by_size = values[:, _SIZED_AT] * size
    return np.asarray(np.concatenate([values, by_size], axis=1), dtype=np.float32)


def choice_loss(
    weight: NDArray[np.float64],
    expanded: Floats,
    sizes: NDArray[np.int64],
    right: NDArray[np.int64],
    worth: NDArray[np.float64],
    ridge: float,
) -> tuple[float, NDArray[np.float64]]:
    """Penalised negative log likelihood of the right candidates, and its gradient.

    `expanded` (n, k) stacks the cases' candidates, `sizes` (m,) says how many each has, `right`
    (m,) the row of each right one, `worth` (m,) each case's weight, adding up to 1.
    """
    start = np.cumsum(sizes) - sizes
    scores = (expanded @ weight.astype(np.float32)).astype(np.float64)
    top = np.maximum.reduceat(scores, start)
    share = np.exp(scores - np.repeat(top, sizes))
    total = np.add.reduceat(share, start)
    loss = float((worth * (np.log(total) + top - scores[right])).sum())
    share /= np.repeat(total, sizes)
    share[right] -= 1
    pull = (share * np.repeat(worth, sizes)).astype(np.float32)
    gradient = (pull @ expanded).astype(np.float64)
    return loss + ridge * float(weight @ weight) / 2, gradient + ridge * weight
