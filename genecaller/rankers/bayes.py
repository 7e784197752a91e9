"""A Bayesian network over the ontology: BOQA, with frequencies.

Every term has a true state, given by the disease, and an observed one. Observing a term means
observing its ancestors, so only a term whose parents are all observed can be missed. A true
term is missed with `FALSE_NEGATIVE`, a false one reported with `FALSE_POSITIVE`.
"""

from __future__ import annotations

import numpy as np

from genecaller.rankers.matching import Matcher
from genecaller.rankers.overlap import closed_terms
from genecaller.rankers.profiles import Floats
from genecaller.rankers.query import Query
from ontology.hpo import Hpo

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
    total = np.zeros(len(profiles), dtype=np.float32)
    for term in observed:
        at = profiles.column(term)
        shows = profiles.column_frequency[at]
        total[profiles.column_disease[at]] += _gain(shows, 1 - FALSE_NEGATIVE, FALSE_POSITIVE)
    for term in missable(profiles.hpo, observed):
        at = profiles.column(term)
        shows = profiles.column_frequency[at]
        total[profiles.column_disease[at]] += _gain(shows, FALSE_NEGATIVE, 1 - FALSE_POSITIVE)
    return total


def missable(hpo: Hpo, observed: list[int]) -> list[int]:
    """The terms not observed whose parents all are, ascending."""
    seen = set(observed)
    children = {c for t in observed for c in hpo.children(t).tolist()} - seen
    return sorted(c for c in children if all(p in seen for p in hpo.parents(c).tolist()))


def _gain(shows: Floats, if_true: float, if_false: float) -> Floats:
    return np.asarray(
        np.log((shows * if_true + (1 - shows) * if_false) / if_false), dtype=np.float32
    )
