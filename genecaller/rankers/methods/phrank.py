"""Overlap of the two closed term sets, each shared term weighted by what it adds: Phrank.

A shared term counts for its information given its parents, so that a chain of ancestors adds up
to the information of its lowest term and nothing counts twice. This form compares with diseases.
"""

from __future__ import annotations

from math import log

import numpy as np

from genecaller.rankers.methods.term_similarity import Matcher, column_sums
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats
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
    known = matcher.marginal_information
    for term in terms[np.isnan(known[terms])].tolist():
        known[term] = marginal_information(matcher.profiles, term)
    return known[terms]


def marginal_information(profiles: DiseaseProfiles, term: int) -> float:
    """Nats: -ln of the share that shows the term among those with all its parents."""
    at = profiles.column(term)
    carriers = at.stop - at.start
    parents = profiles.hpo.parents(term)
    with_parents = showing_all(profiles, parents) if len(parents) else 0
    if carriers == 0 or with_parents == 0:
        return 0.0
    return log(with_parents / carriers)


def showing_all(profiles: DiseaseProfiles, terms: IndexArray) -> int:
    """How many diseases show every one of the terms, of which there is at least one."""
    if len(terms) == 1:
        at = profiles.column(int(terms[0]))
        return int(at.stop - at.start)
    at_all, _ = profiles.columns(terms)
    shown = np.bincount(profiles.column_disease[at_all], minlength=len(profiles))
    return int(np.count_nonzero(shown == len(terms)))
