"""A Bayesian network over the ontology: BOQA, with frequencies.

Every term has a true state, given by the disease, and an observed one. Observing a term means
observing its ancestors, so only a term whose parents are all observed can be missed. A true
term is missed with `FALSE_NEGATIVE`, a false one reported with `FALSE_POSITIVE`.
"""

from __future__ import annotations

import numpy as np

from genecaller.rankers.matching import EVERY_TERM, Matcher
from genecaller.rankers.overlap import closed_terms
from genecaller.rankers.profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import Query
from ontology.hpo import Hpo, IndexArray

NAME = "bayes"
PAPER = (
    "Bauer S et al. Bayesian ontology querying for accurate and noise-tolerant semantic "
    "searches. Bioinformatics 2012;28:2502-2508 (BOQA)"
)
FALSE_POSITIVE = 0.001
FALSE_NEGATIVE = 0.1
"""The paper's starting values."""


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """Shape (m,): log likelihood of the observed states less that of an empty disease, nats."""
    profiles = matcher.profiles
    observed = closed_terms(profiles, query)
    total = np.zeros(len(profiles))
    for terms, gain in (
        (observed, matcher.vector(gain_if_observed, EVERY_TERM)),
        (missable(profiles.hpo, observed), matcher.vector(gain_if_missed, EVERY_TERM)),
    ):
        at, _ = profiles.columns(terms)
        total += np.bincount(profiles.column_disease[at], gain[at], len(profiles))
    return total.astype(np.float32)


def missable(hpo: Hpo, observed: IndexArray) -> IndexArray:
    """The terms not observed whose parents all are, ascending."""
    seen = np.zeros(len(hpo), dtype=np.bool_)
    seen[observed] = True
    has_parents = np.diff(hpo.parent_start) > 0
    all_seen = np.zeros(len(hpo), dtype=np.bool_)
    all_seen[has_parents] = np.logical_and.reduceat(
        seen[hpo.parent_index], hpo.parent_start[:-1][has_parents]
    )
    return np.flatnonzero(all_seen & ~seen).astype(np.int32)


def gain_if_observed(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape of `column_frequency`, nats: what observing a term adds for a disease showing it."""
    return _gain(profiles.column_frequency, 1 - FALSE_NEGATIVE, FALSE_POSITIVE)


def gain_if_missed(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape of `column_frequency`, nats: what not observing a term costs (below zero)."""
    return _gain(profiles.column_frequency, FALSE_NEGATIVE, 1 - FALSE_POSITIVE)


def _gain(shows: Floats, if_true: float, if_false: float) -> Floats:
    return np.asarray(
        np.log((shows * if_true + (1 - shows) * if_false) / if_false), dtype=np.float32
    )
