"""A Bayesian network over the ontology: BOQA, with frequencies.

Every term has a true state, given by the disease, and an observed one. Observing a term means
observing its ancestors, so only a term whose parents are all observed can be missed. A true
term is missed with `FALSE_NEGATIVE`, a false one reported with `FALSE_POSITIVE`.
"""

from __future__ import annotations

import numpy as np

from genecaller.rankers.methods.phrank import closed_terms
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.disease_profiles import Floats
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
        (observed, gain_if_observed),
        (missable(profiles.hpo, observed), gain_if_missed),
    ):
        at, _ = profiles.columns(terms)
        gained = gain(profiles.column_frequency[at])
        total += np.bincount(profiles.column_disease[at], gained, len(profiles))
    return total.astype(np.float32)


def missable(hpo: Hpo, observed: IndexArray) -> IndexArray:
    """The terms not observed whose parents all are, ascending."""
    seen = np.zeros(len(hpo), dtype=np.bool_)
    seen[observed] = True
    below = np.concatenate([hpo.children(t) for t in observed.tolist()] or [observed])
    seen_parents = np.bincount(below, minlength=len(hpo))
    all_seen = (seen_parents == np.diff(hpo.parent_start)) & (seen_parents > 0)
    return np.flatnonzero(all_seen & ~seen).astype(np.int32)


def gain_if_observed(shown: Floats) -> Floats:
    """Shape of `shown`, nats: what observing a term adds for a disease showing it this often."""
    return _gain(shown, 1 - FALSE_NEGATIVE, FALSE_POSITIVE)


def gain_if_missed(shown: Floats) -> Floats:
    """Shape of `shown`, nats: what not observing a term costs (below zero)."""
    return _gain(shown, FALSE_NEGATIVE, 1 - FALSE_POSITIVE)


def _gain(shows: Floats, if_true: float, if_false: float) -> Floats:
    return np.asarray(
        np.log((shows * if_true + (1 - shows) * if_false) / if_false), dtype=np.float32
    )
