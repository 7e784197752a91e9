"""Overlap of the two closed term sets, each shared term weighted by what it adds: Phrank.

A shared term counts for its information given its parents, so that a chain of ancestors adds up
to the information of its lowest term and nothing counts twice. This form compares with diseases.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from genecaller.rankers.matching import Matcher
from genecaller.rankers.profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import Query

NAME = "overlap"
PAPER = (
    "Jagadeesh KA et al. Phrank measures phenotype sets similarity to greatly improve Mendelian "
    "diagnostic disease prioritization. Genet Med 2019;21:464-470"
)


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """Shape (m,): the marginal information of all shared terms, nats."""
    profiles = matcher.profiles
    total = np.zeros(len(profiles), dtype=np.float32)
    for term in closed_terms(profiles, query):
        weight = float(matcher.vector(marginal_information, term)[0])
        if weight > 0:
            total[profiles.column_disease[profiles.column(term)]] += np.float32(weight)
    return total


def closed_terms(profiles: DiseaseProfiles, query: Query) -> list[int]:
    """The present terms and everything they imply, ascending."""
    closed = {a for t in query.present.tolist() for a in profiles.hpo.ancestors(t).tolist()}
    return sorted(closed)


def marginal_information(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape (1,), nats: -ln of the share that shows the term among those with all its parents."""
    parents = profiles.hpo.parents(term).tolist()
    if not parents:
        return np.zeros(1, dtype=np.float32)
    with_parents = reduce(
        np.intersect1d, [profiles.column_disease[profiles.column(p)] for p in parents]
    )
    carriers = int(np.diff(profiles.column_start)[term])
    if carriers == 0 or len(with_parents) == 0:
        return np.zeros(1, dtype=np.float32)
    return np.asarray([np.log(len(with_parents) / carriers)], dtype=np.float32)
