"""All methods' scores of one query, sharing what they have in common.

Three of them choose the candidates and are worked out for every disease; the others only for the
diseases of the candidates, with the same result.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genecaller.rankers.methods import enrichment
from genecaller.rankers.methods.phrank import closed_terms
from genecaller.rankers.methods.term_similarity import (
    EVERY_TERM,
    Matcher,
    best_match,
    coverage_of,
    log_likelihood_ratio,
    shared_content,
)
from genecaller.rankers.profiles.disease_profiles import Floats
from genecaller.rankers.query import Query
from ontology.hpo import IndexArray


@dataclass(frozen=True, slots=True)
class Whole:
    """What is known of every disease, each (m,): the sum with its parts, and two more scores.

    `sum`, `hypergeometric` and `cosine` are -inf for a disease without annotations. `closed` are
    the query's terms with all they imply, `content` is what `shared_content` gives.
    """

    likelihood: Floats
    best_match: Floats
    coverage: Floats
    sum: Floats
    hypergeometric: Floats
    cosine: Floats
    closed: IndexArray
    content: Floats


def whole_of(matcher: Matcher, query: Query) -> Whole:
    """Score every disease; the query must have a present term."""
    profiles = matcher.profiles
    content = shared_content(matcher, query.present)
    likelihood = matcher.mean(log_likelihood_ratio, query.present)
    forward = matcher.mean(best_match, query.present)
    coverage = coverage_of(profiles, content)
    closed = closed_terms(profiles, query)
    total = likelihood + forward + coverage
    surprise = enrichment.score_diseases(matcher, query)
    cosine = cosine_with(matcher, closed)
    for scores in (total, surprise, cosine):
        scores[profiles.without_annotations] = -np.inf
    return Whole(likelihood, forward, coverage, total, surprise, cosine, closed, content)


def cosine_with(matcher: Matcher, terms: IndexArray) -> Floats:
    """Shape (m,): the cosine of a closed set and each disease, weighted by information.

    A disease's vector is information times frequency.
    """
    profiles = matcher.profiles
    worth = profiles.information_content[terms]
    is_wide = profiles.is_wide[terms]
    at, size = profiles.columns(terms[~is_wide])
    narrow = profiles.column_frequency[at] * np.repeat((worth * worth)[~is_wide], size)
    product = np.zeros(len(profiles))
    product += np.bincount(profiles.column_disease[at], narrow, len(profiles))
    for term in terms[is_wide].tolist():
        product += matcher.squares(term)
    own = matcher.wide(vector_length, EVERY_TERM)
    cosine = product / np.maximum(own * np.sqrt((worth**2).sum()), 1e-6)
    return np.asarray(cosine, dtype=np.float32)


def vector_length(matcher: Matcher, term: int) -> Floats:
    """Shape (m,): the length of each disease as a vector of information times frequency."""
    profiles = matcher.profiles
    worth = profiles.of_columns(profiles.information_content) * profiles.column_frequency
    return np.sqrt(profiles.sum_columns(worth * worth))


def total_information(matcher: Matcher, term: int) -> Floats:
    """Shape (m,), nats: the information of everything each disease shows."""
    profiles = matcher.profiles
    return profiles.sum_columns(profiles.of_columns(profiles.information_content))
