"""What the reranker sees of each candidate gene: scores, evidence and facts, as one row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genecaller.cases import Case
from genecaller.rankers.age import onset_of
from genecaller.rankers.methods.all_gene_scores import whole_of
from genecaller.rankers.methods.term_similarity import Matcher
from genecaller.rankers.profiles.disease_metadata import DiseaseFacts
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, Floats, runs
from genecaller.rankers.profiles.gene_disease_links import Places
from genecaller.rankers.query import Query
from genecaller.rankers.reranker.candidate_scores import VIEWS, Views, views_of

NOMINATED = {"sum": 100, "hypergeometric": 50, "cosine": 50}
"""How many genes each view nominates; the union are the candidates."""
TYPICAL = 0.5
EXCLUDED_PRIOR = 3

FEATURES: tuple[str, ...] = (
    *(f"gene {view}" for view in VIEWS),
    *(f"gene {view} below best" for view in VIEWS),
    *(f"disease {view}" for view in VIEWS),
    "union likelihood",
    "union best_match",
    "union shown",
    "union match information share",
    "union likelihood below best",
    "ratio min",
    "ratio second min",
    "ratio max",
    "ratio sd",
    "ratio median",
    "ratio above zero",
    "ratio below zero",
    "terms shown share",
    "terms shown information share",
    "match share mean",
    "match share min",
    "match information share",
    "terms well matched share",
    "terms half matched share",
    "typical terms",
    "typical matched share",
    "missing mass",
    "missing share",
    "excluded occasional share",
    "excluded typical share",
    "excluded max frequency",
    "disease terms",
    "disease closed terms",
    "gene second sum below first",
    "dominant",
    "recessive",
    "x-linked",
    "x-linked recessive",
    "mitochondrial",
    "x-linked in male",
    "x-linked in female",
    "onset before disease's",
    "onset after disease's",
    "onset known",
    "query terms",
    "query excluded",
    "query information",
    "query information mean",
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The nominated genes of a case: gene and chosen disease (local), each (c,), and `FEATURES`.

    `matrix` has shape (c, len(FEATURES)), float32, NaN where a fact is unknown.
    `sum_of_disease` (m,) is the plain sum of every disease, -inf without annotations,
    `sum_of_gene` that of every gene of `profiles.links`.
    """

    gene: Places
    disease: Places
    matrix: Floats
    sum_of_disease: Floats
    sum_of_gene: Floats


def candidates_of(matcher: Matcher, facts: DiseaseFacts, case: Case, query: Query) -> Candidates:
    """Nominate candidate genes for a query with at least one term, and describe each."""
    profiles, links = matcher.profiles, matcher.profiles.links
    whole = whole_of(matcher, query)
    by_gene = {
        "sum": links.largest(whole.sum),
        "hypergeometric": links.largest(whole.hypergeometric),
        "cosine": links.largest(whole.cosine),
    }
    chosen = _nominate(by_gene)
    diseases, pairs, offset = links.diseases_of(chosen)
    views = views_of(matcher, query, whole, diseases)
    at, second = _best_disease(views.disease[VIEWS.index("sum")][pairs], pairs, offset)
    disease = diseases[at]
    gene_views = np.maximum.reduceat(views.disease[:, pairs], offset, axis=1)
    columns = [
        *gene_views,
        *(gene_views - gene_views.max(axis=1, keepdims=True)),
        *views.disease[:, at],
        *_union(profiles, views, query, pairs, offset),
        *_terms(profiles, views, query, at),
        *_rows(profiles, whole.content, disease),
        *_excluded(views, at),
        facts.n_terms[disease],
        facts.n_closed[disease],
        gene_views[VIEWS.index("sum")] - second,
        *_demographics(profiles, facts, case, query, disease),
        *_of_query(profiles, query, len(chosen)),
    ]
    matrix = np.asarray(columns, dtype=np.float32).T.copy()
    return Candidates(links.gene[chosen], disease, matrix, whole.sum, by_gene["sum"])


def _nominate(by_gene: dict[str, Floats]) -> Places:
    nominated: list[NDArray[np.int64]] = []
    for view, n in NOMINATED.items():
        score = by_gene[view]
        first = np.argpartition(-score, n)[:n] if len(score) > n else np.arange(len(score))
        nominated.append(first[np.isfinite(score[first])])
    return np.unique(np.concatenate(nominated))


def _best_disease(score: Floats, pairs: Places, offset: Places) -> tuple[Places, Floats]:
    """The first disease with a gene's largest score, and the largest score among its others."""
    group = np.zeros(len(pairs), dtype=np.int64)
    group[offset[1:]] = 1
    group = np.cumsum(group)
    winners = np.flatnonzero(score == np.maximum.reduceat(score, offset)[group])
    _, first = np.unique(group[winners], return_index=True)
    rest = score.copy()
    rest[winners[first]] = -np.inf
    second = np.maximum.reduceat(rest, offset)
    return pairs[winners[first]], np.where(np.isfinite(second), second, np.nan).astype(np.float32)


def _union(
    profiles: DiseaseProfiles, views: Views, query: Query, pairs: Places, offset: Places
) -> list[NDArray[np.floating]]:
    """The gene's diseases read as one: for each of the patient's terms the best of them."""
    ratio = np.maximum.reduceat(views.ratio[:, pairs], offset, axis=1).mean(axis=0)
    match = np.maximum.reduceat(views.match[:, pairs], offset, axis=1)
    shown = np.maximum.reduceat(views.shown[:, pairs], offset, axis=1).mean(axis=0)
    worth = max(float(profiles.information_content[query.present].sum()), 1e-6)
    return [ratio, match.mean(axis=0), shown, match.sum(axis=0) / worth, ratio - ratio.max()]


def _terms(
    profiles: DiseaseProfiles, views: Views, query: Query, at: Places
) -> list[NDArray[np.floating]]:
    """How the patient's terms, one by one, meet the chosen disease."""
    ratio = np.sort(views.ratio[:, at], axis=0)
    n = len(ratio)
    worth = profiles.information_content[query.present][:, None]
    total = max(float(worth.sum()), 1e-6)
    hit = views.shown[:, at] > 0
    match = views.match[:, at]
    share = match / np.maximum(worth, 1e-6)
    return [
        ratio[0],
        ratio[min(1, n - 1)],
        ratio[-1],
        ratio.std(axis=0),
        (ratio[(n - 1) // 2] + ratio[n // 2]) / 2,
        np.maximum(ratio, 0).mean(axis=0),
        np.minimum(ratio, 0).mean(axis=0),
        hit.mean(axis=0),
        (hit * worth).sum(axis=0) / total,
        share.mean(axis=0),
        share.min(axis=0),
        match.sum(axis=0) / total,
        (share >= 0.8).mean(axis=0),
        (share >= 0.5).mean(axis=0),
    ]


def _rows(
    profiles: DiseaseProfiles, content: Floats, disease: Places
) -> list[NDArray[np.floating]]:
    """The disease's own terms: how many are typical, and what of them the patient lacks."""
    at, size = runs(profiles.row_start, disease)
    offset = np.cumsum(size) - size
    term, frequency = profiles.row_term[at], profiles.row_frequency[at]
    worth = np.maximum(profiles.information_content[term], 1e-6)
    lacking = 1 - np.minimum(content[profiles.row_place[at]] / worth, 1)
    typical = frequency >= TYPICAL

    def total(value: NDArray[np.generic]) -> Floats:
        return np.asarray(np.add.reduceat(value.astype(np.float32), offset), dtype=np.float32)

    n_typical, mass = total(typical), total(frequency * worth)
    missing = total(frequency * worth * lacking)
    return [
        n_typical,
        total(typical & (lacking < 0.2)) / np.maximum(n_typical, 1),
        missing,
        missing / np.maximum(mass, 1e-6),
    ]


def _excluded(views: Views, at: Places) -> list[NDArray[np.floating]]:
    """What was looked for and absent: occasional findings of the disease, and typical ones.

    Shares are of all excluded terms and `EXCLUDED_PRIOR` more, so that one says little.
    """
    if len(views.excluded) == 0:
        nothing = np.zeros(len(at), dtype=np.float32)
        return [nothing, nothing, nothing]
    shown = views.excluded[:, at]
    n = len(shown) + EXCLUDED_PRIOR
    occasional = (shown > 0) & (shown < TYPICAL)
    return [
        occasional.sum(axis=0) / n,
        (shown >= TYPICAL).sum(axis=0) / n,
        shown.max(axis=0),
    ]


def _demographics(
    profiles: DiseaseProfiles, facts: DiseaseFacts, case: Case, query: Query, disease: Places
) -> list[NDArray[np.floating]]:
    bits = facts.inheritance[disease]
    flags = [((bits & bit) > 0).astype(np.float32) for bit in (1, 2, 4, 8, 16)]
    age, is_onset = onset_of(case, profiles.hpo)
    unknown = np.full(len(disease), np.nan, dtype=np.float32)
    before = after = unknown
    if age is not None:
        before = _log_age(facts.first_onset[disease]) - _log_age(np.float32(age))
        if is_onset:
            after = _log_age(np.float32(age)) - _log_age(facts.last_onset[disease])
    return [
        *flags,
        flags[2] * (query.sex == 2),
        flags[2] * (query.sex == 1),
        before,
        after,
        np.full(len(disease), is_onset, dtype=np.float32),
    ]


def _log_age(years: Floats | np.float32) -> Floats:
    return np.asarray(np.log(np.maximum(years, -0.5) + 1.0), dtype=np.float32)


def _of_query(profiles: DiseaseProfiles, query: Query, n: int) -> list[NDArray[np.floating]]:
    worth = profiles.information_content[query.present]
    values = (len(query.present), len(query.excluded), worth.sum(), worth.mean())
    return [np.full(n, value, dtype=np.float32) for value in values]
