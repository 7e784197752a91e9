"""All methods' scores of one query at once, sharing what they have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers import bayes, enrichment
from genecaller.rankers.likelihood import absence
from genecaller.rankers.matching import (
    EVERY_TERM,
    Matcher,
    best_match,
    log_likelihood_ratio,
    row_sums,
    shared_content,
)
from genecaller.rankers.overlap import closed_terms, marginal_weights
from genecaller.rankers.profiles import DiseaseProfiles, Floats
from genecaller.rankers.query import Query

VIEWS = (
    "likelihood",
    "best_match",
    "coverage",
    "sum",
    "backward",
    "hypergeometric",
    "bayes",
    "overlap",
    "shared_share",
    "cosine",
    "absence",
    "shown",
)
"""Names of the rows of `Views.disease`."""


@dataclass(frozen=True, slots=True)
class Views:
    """`disease` (n_views, m): one row for each name of `VIEWS`.

    `ratio`, `match`, `shown` (n_present, m): log likelihood ratio, best-match information
    content and frequency of each present term; `excluded` (n_excluded, m): frequency of each
    excluded one; `content` (n_terms,): what each term shares with the patient's best.
    """

    disease: Floats
    ratio: Floats
    match: Floats
    shown: Floats
    excluded: Floats
    content: Floats


def shown_frequency(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape (m,): how often each disease shows the term or something below it, 0 if never."""
    at = profiles.column(term)
    shown = np.zeros(len(profiles), dtype=np.float32)
    shown[profiles.column_disease[at]] = profiles.column_frequency[at]
    return shown


def views_of(matcher: Matcher, query: Query) -> Views:
    """Score the query by every method; it must have a present term."""
    profiles = matcher.profiles
    present, excluded = query.present.tolist(), query.excluded.tolist()
    ratio = np.stack([matcher.vector(log_likelihood_ratio, t) for t in present])
    match = np.stack([matcher.vector(best_match, t) for t in present])
    shown = np.stack([matcher.vector(shown_frequency, t) for t in present])
    absent = [shown_frequency(profiles, t) for t in excluded]  # seldom asked for twice
    content = shared_content(profiles, query.present)
    of_row = content[profiles.row_term]
    coverage = row_sums(profiles, of_row * profiles.row_frequency) / profiles.row_weight
    backward = row_sums(profiles, of_row) / np.maximum(np.diff(profiles.row_start), 1)
    likelihood, forward = ratio.mean(axis=0), match.mean(axis=0)
    overlap, shared, cosine = _set_views(matcher, query)
    disease = np.stack(
        [
            likelihood,
            forward,
            coverage,
            likelihood + forward + coverage,
            backward,
            enrichment.score_diseases(matcher, query),
            bayes.score_diseases(matcher, query),
            overlap,
            shared,
            cosine,
            absence(matcher, query.excluded),
            shown.mean(axis=0),
        ]
    ).astype(np.float32)
    disease[:, ~profiles.is_annotated] = -np.inf
    hidden = np.zeros((0, len(profiles)), dtype=np.float32)
    return Views(disease, ratio, match, shown, np.stack(absent) if absent else hidden, content)


def _set_views(matcher: Matcher, query: Query) -> tuple[NDArray[np.generic], ...]:
    """Phrank's overlap, simGIC's share of information (Pesquita 2008), and a weighted cosine."""
    profiles = matcher.profiles
    terms = closed_terms(profiles, query)
    worth = profiles.information_content[terms]
    total = matcher.vector(total_information, EVERY_TERM)
    own = matcher.vector(vector_length, EVERY_TERM)
    at, size = profiles.columns(terms)
    carriers, squared = profiles.column_disease[at], np.repeat(worth**2, size)
    m = len(profiles)
    marginal = np.repeat(marginal_weights(matcher, terms), size)
    overlap = np.bincount(carriers, marginal, m)
    shared = np.bincount(carriers, np.repeat(worth, size), m)
    product = np.bincount(carriers, profiles.column_frequency[at] * squared, m)
    share = shared / np.maximum(total + worth.sum() - shared, 1e-6)
    cosine = product / np.maximum(own * np.sqrt((worth**2).sum()), 1e-6)
    return overlap, share, cosine


def total_information(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape (m,), nats: the information of everything each disease shows."""
    return _column_totals(profiles, profiles.information_content[_column_terms(profiles)])


def vector_length(profiles: DiseaseProfiles, term: int) -> Floats:
    """Shape (m,): the length of each disease as a vector of information times frequency."""
    worth = profiles.information_content[_column_terms(profiles)] * profiles.column_frequency
    return np.sqrt(_column_totals(profiles, worth * worth))


def _column_terms(profiles: DiseaseProfiles) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(profiles.hpo)), np.diff(profiles.column_start))


def _column_totals(profiles: DiseaseProfiles, value: Floats) -> Floats:
    total = np.bincount(profiles.column_disease, value, len(profiles))
    return total.astype(np.float32)
