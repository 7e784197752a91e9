"""All methods' scores of a few diseases of one query: what the reranker sees of its candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.methods.all_gene_scores import Whole, total_information
from genecaller.rankers.methods.boqa import gain_if_missed, gain_if_observed, missable
from genecaller.rankers.methods.likelihood import expected_spared, log_spared
from genecaller.rankers.methods.phrank import marginal_weights
from genecaller.rankers.methods.term_similarity import (
    EVERY_TERM,
    Matcher,
    best_match,
    log_likelihood_ratio,
)
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats, runs
from genecaller.rankers.profiles.gene_disease_links import Places
from genecaller.rankers.profiles.term_frequency_table import Shown, shown_by
from genecaller.rankers.query import Query
from ontology.hpo import IndexArray

Doubles = NDArray[np.float64]

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
    """The diseases asked for (n,) by every method: `disease` (n_views, n), a row for each name.

    `ratio`, `match`, `shown` (n_present, n): log likelihood ratio, best-match information
    content and frequency of each present term; `excluded` (n_excluded, n): frequency of each
    excluded one, 0 where a disease does not show it.
    """

    disease: Floats
    ratio: Floats
    match: Floats
    shown: Floats
    excluded: Floats


def views_of(matcher: Matcher, query: Query, whole: Whole, diseases: Places) -> Views:
    """Score some diseases, ascending, by every method; the query must have a present term."""
    profiles = matcher.profiles
    present = query.present.tolist()
    ratio = np.stack([matcher.vector(log_likelihood_ratio, t)[diseases] for t in present])
    match = np.stack([matcher.vector(best_match, t)[diseases] for t in present])
    closed, n_closed, n_excluded = whole.closed, len(whole.closed), len(query.excluded)
    terms = np.concatenate([closed, query.excluded, missable(profiles.hpo, closed)])
    seen = shown_by(matcher.wide_columns, diseases, terms)
    observed = seen.part(0, n_closed).table(n_closed)
    missed = seen.part(n_closed + n_excluded, len(terms))
    shown = _or_never(observed[np.searchsorted(closed, query.present)])
    excluded = _or_never(seen.part(n_closed, n_closed + n_excluded).table(n_excluded))
    overlap, shared_share = _shared(matcher, closed, ~np.isnan(observed), diseases)
    rows = (
        whole.likelihood[diseases],
        whole.best_match[diseases],
        whole.coverage[diseases],
        whole.sum[diseases],
        _backward(profiles, whole.content, diseases),
        whole.hypergeometric[diseases],
        _bayes(observed, missed),
        overlap,
        shared_share,
        whole.cosine[diseases],
        log_spared(excluded).sum(axis=0, dtype=np.float64)
        - expected_spared(profiles, query.excluded),
        shown.mean(axis=0),
    )
    disease = np.empty((len(VIEWS), len(diseases)), dtype=np.float32)
    for row, scores in zip(disease, rows, strict=True):
        row[:] = scores
    disease[:, ~profiles.is_annotated[diseases]] = -np.inf
    return Views(disease, ratio, match, shown, excluded)


def _or_never(frequency: Floats) -> Floats:
    return np.where(np.isnan(frequency), np.float32(0), frequency)


def _backward(profiles: DiseaseProfiles, content: Floats, diseases: Places) -> Floats:
    """The mean over each disease's terms of what it shares with the patient's best."""
    at, size = runs(profiles.row_start, diseases)
    total = np.zeros(len(diseases), dtype=np.float32)
    some = np.flatnonzero(size)
    if len(some):
        begin = (np.cumsum(size) - size)[some]
        total[some] = np.add.reduceat(content[profiles.row_place[at]], begin, dtype=np.float32)
    return np.asarray(total / np.maximum(size, 1), dtype=np.float32)


def _bayes(observed: Floats, missed: Shown) -> Doubles:
    """`bayes.score_diseases`, from the frequencies of what is observed and what is missed."""
    gained = np.concatenate([gain_if_observed(observed), gain_if_missed(missed.wide)])
    rare = np.bincount(missed.place, gain_if_missed(missed.narrow), missed.n)
    return np.asarray(_or_never(gained).sum(axis=0, dtype=np.float64) + rare)


def _shared(
    matcher: Matcher, closed: IndexArray, is_shown: NDArray[np.bool_], diseases: Places
) -> tuple[Doubles, Doubles]:
    """Phrank's overlap and simGIC's share of information (Pesquita 2008), by what is shown."""
    worth = matcher.profiles.information_content[closed]
    marginal = marginal_weights(matcher, closed)
    overlap = (is_shown * marginal[:, None]).sum(axis=0, dtype=np.float64)
    shared = (is_shown * worth[:, None]).sum(axis=0, dtype=np.float64)
    total = matcher.wide(total_information, EVERY_TERM)[diseases]
    return overlap, shared / np.maximum(total + worth.sum() - shared, 1e-6)
