"""Overlap of the two closed term sets, each shared term weighted by what it adds: Phrank.

A shared term counts for its information given its parents, so that a chain of ancestors adds up
to the information of its lowest term and nothing counts twice. This form compares with diseases.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from genecaller.rankers.matching import Matcher, column_sums
from genecaller.rankers.profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import Query
from ontology.hpo import IndexArray

NAME = "overlap"
PAPER = (
    "Jagadeesh KA et al. Phrank measures phenotype sets similarity to greatly improve Mendelian "
    "diagnostic disease prioritization. Genet Med 2019;21:464-470"
)


def score_diseases(matcher: Matcher, query: Query) -> Floats:
    """Shape (m,): the marginal information of all shared terms, nats."""
    terms = closed_terms(matcher.profiles, query)
    return column_sums(matcher.profiles, terms, marginal_weights(matcher, terms))


def closed_terms(profiles: DiseaseProfiles, query: Query) -> IndexArray:
    """The present terms and everything they imply, ascending."""
    closed = [profiles.hpo.ancestors(t) for t in query.present.tolist()]
    return np.unique(np.concatenate(closed)) if closed else query.present


def marginal_weights(matcher: Matcher, terms: IndexArray) -> Floats:
    """Shape (n_terms_given,), nats: the marginal information of each."""
    each = [matcher.vector(marginal_information, t) for t in terms.tolist()]
    return np.concatenate(each) if each else np.zeros(0, dtype=np.float32)


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
