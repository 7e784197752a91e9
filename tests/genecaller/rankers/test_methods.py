"""Each method against values worked out by hand on the tiny knowledge."""

from collections.abc import Callable
from math import comb, log

import numpy as np
import pytest

from genecaller.cases import Case
from genecaller.rankers.methods import boqa as bayes
from genecaller.rankers.methods import combined as summed
from genecaller.rankers.methods import enrichment, likelihood, prior, resnik
from genecaller.rankers.methods import phrank as overlap
from genecaller.rankers.methods.term_similarity import (
    NOISE,
    STEP_BACK,
    Matcher,
    best_match,
    log_likelihood_ratio,
    of_rows,
    reverse_coverage,
    shared_content,
)
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.query import query_of
from ontology.knowledge import Knowledge
from tests.genecaller.rankers.conftest import (
    CORTICAL_TUBERS,
    GLOBAL_DELAY,
    HEARING_IMPAIRMENT,
    INTELLECTUAL_DISABILITY,
    NEURODEVELOPMENTAL_DELAY,
    SEIZURE,
    SENSORINEURAL,
    SUBEPENDYMAL_NODULES,
    MakeCase,
)

At = Callable[[str], int]
METHODS = (summed, resnik, likelihood, overlap, enrichment, bayes)


def test_best_match_is_the_information_of_the_most_specific_shared_term(
    matcher: Matcher, at: At
) -> None:
    hpo = matcher.profiles.hpo
    tubers = best_match(matcher, hpo.index[CORTICAL_TUBERS])
    assert tubers[at("OMIM:613254")] == pytest.approx(log(12 / 3))
    sensorineural = best_match(matcher, hpo.index[SENSORINEURAL])
    # TSC2's disease has only Hearing impairment, which 5 of 12 diseases show at or below
    assert sensorineural[at("OMIM:613254")] == pytest.approx(log(12 / 5))


def test_likelihood_ratio_of_an_exact_match(matcher: Matcher, at: At) -> None:
    profiles = matcher.profiles
    shown = {"OMIM:613254": 61.2 / 69, "OMIM:191100": 5.2 / 7, "ORPHA:805": 0.895}
    background = (sum(shown.values()) + 0.5) / (11 + 1)  # ORPHA:101046 has no annotation left
    ratio = log_likelihood_ratio(matcher, profiles.hpo.index[CORTICAL_TUBERS])
    for disease, frequency in shown.items():
        expected = log((1 - NOISE) * frequency / background + NOISE)
        assert ratio[at(disease)] == pytest.approx(expected, rel=1e-5)


def test_likelihood_ratio_falls_back_to_a_broader_term(matcher: Matcher, at: At) -> None:
    profiles = matcher.profiles
    hpo = profiles.hpo
    ratio = log_likelihood_ratio(matcher, hpo.index[GLOBAL_DELAY])
    broader = {
        t: 0.545 / profiles.background[t]
        for t in hpo.ancestors(hpo.index[NEURODEVELOPMENTAL_DELAY]).tolist()
    }
    expected = log((1 - NOISE) * STEP_BACK * max(broader.values()) + NOISE)
    assert ratio[at("ORPHA:805")] == pytest.approx(expected, rel=1e-4)


def test_reverse_coverage_of_a_perfect_patient_is_the_diseases_own_information(
    matcher: Matcher, at: At
) -> None:
    profiles = matcher.profiles
    row = profiles.row(at("ORPHA:805"))
    terms, frequency = profiles.row_term[row], profiles.row_frequency[row]
    own = np.average(profiles.information_content[terms], weights=frequency)
    covered = reverse_coverage(matcher, terms)
    assert covered[at("ORPHA:805")] == pytest.approx(float(own), rel=1e-5)
    assert reverse_coverage(matcher, terms[:0])[at("ORPHA:805")] == 0


def test_absence_speaks_against_what_is_frequent(matcher: Matcher, at: At) -> None:
    profiles = matcher.profiles
    term = profiles.hpo.index[SEIZURE]
    ratio = likelihood.absence(profiles, np.asarray([term], dtype=np.int32))
    frequency = (129 + 1.2) / (130 + 2)
    expected = log(((1 - NOISE) * (1 - frequency) + NOISE) / (1 - profiles.background[term]))
    assert ratio[at("OMIM:613254")] == pytest.approx(expected, rel=1e-5)
    assert ratio[at("OMIM:613254")] < 0 < ratio[at("OMIM:214800")]


def test_a_not_annotation_rules_out(matcher: Matcher, at: At, make_case: MakeCase) -> None:
    query = query_of(make_case(INTELLECTUAL_DISABILITY), matcher.profiles.hpo)
    penalty = likelihood.refutation(matcher.profiles, query)
    assert penalty[at("ORPHA:101046")] == pytest.approx(log(NOISE))
    assert np.count_nonzero(penalty) == 1


def test_marginal_information_is_that_beyond_the_parents(matcher: Matcher) -> None:
    profiles = matcher.profiles
    term = profiles.hpo.index[GLOBAL_DELAY]  # 5 of the 6 with Neurodevelopmental delay
    assert overlap.marginal_information(profiles, term) == pytest.approx(log(6 / 5))
    root = profiles.hpo.index["HP:0000118"]
    assert overlap.marginal_information(profiles, root) == pytest.approx(0, abs=0.1)


def test_the_hypergeometric_tail() -> None:
    surprise = enrichment.tail_surprise(np.asarray([0, 1, 2]), np.asarray([3, 3, 3]), 2, 10)
    at_least_one = 1 - comb(7, 2) / comb(10, 2)
    both = comb(3, 2) / comb(10, 2)
    assert surprise == pytest.approx([0, -log(at_least_one), -log(both)])


def test_bayes_rewards_what_is_seen_and_charges_what_could_have_been(
    matcher: Matcher, at: At, make_case: MakeCase
) -> None:
    profiles = matcher.profiles
    hpo = profiles.hpo
    query = query_of(make_case(HEARING_IMPAIRMENT), hpo)
    observed = overlap.closed_terms(profiles, query)
    missed = bayes.missable(hpo, observed)
    assert not set(missed.tolist()) & set(observed.tolist())
    # Sensorineural has a second parent that is not observed, so it cannot be said to be missed
    assert hpo.index[SENSORINEURAL] not in missed.tolist()
    scores = bayes.score_diseases(matcher, query)
    assert scores[at("OMIM:613254")] > 0 > scores[at("OMIM:191100")] - scores[at("OMIM:613254")]


@pytest.mark.parametrize("module", METHODS)
def test_every_method_finds_tuberous_sclerosis(
    module: object, matcher: Matcher, at: At, make_case: MakeCase
) -> None:
    case = make_case(CORTICAL_TUBERS, SUBEPENDYMAL_NODULES)
    query = query_of(case, matcher.profiles.hpo)
    scores = module.score_diseases(matcher, query)  # type: ignore[attr-defined]
    best = {at("OMIM:613254"), at("OMIM:191100"), at("ORPHA:805")}
    assert set(np.argsort(-scores)[:3].tolist()) == best
    assert scores.shape == (len(matcher.profiles),)


@pytest.mark.parametrize("module", METHODS)
def test_every_method_gives_the_same_without_kept_vectors(
    module: object, matcher: Matcher, make_case: MakeCase
) -> None:
    case = make_case(SEIZURE, GLOBAL_DELAY, excluded=(SENSORINEURAL,))
    query = query_of(case, matcher.profiles.hpo)
    first = module.score_diseases(matcher, query)  # type: ignore[attr-defined]
    again = module.score_diseases(matcher, query)  # type: ignore[attr-defined]
    fresh = module.score_diseases(Matcher(matcher.profiles), query)  # type: ignore[attr-defined]
    assert np.array_equal(first, again)
    assert np.array_equal(first, fresh)


def test_the_prior_sees_no_patient(matcher: Matcher, make_case: MakeCase) -> None:
    hpo = matcher.profiles.hpo
    one = prior.score_diseases(matcher, query_of(make_case(SEIZURE), hpo))
    other = prior.score_diseases(matcher, query_of(make_case(SENSORINEURAL), hpo))
    assert np.array_equal(one, other)
    assert one.max() > one.min()


def test_a_query_counts_nothing_twice(matcher: Matcher, make_case: MakeCase) -> None:
    hpo = matcher.profiles.hpo
    case: Case = make_case(
        GLOBAL_DELAY,
        NEURODEVELOPMENTAL_DELAY,
        "HP:0000006",  # an inheritance, no finding
        "HP:9999999",  # not in the ontology
        excluded=(NEURODEVELOPMENTAL_DELAY, HEARING_IMPAIRMENT, SENSORINEURAL),
        sex="male",
    )
    query = query_of(case, hpo)
    assert query.present.tolist() == [hpo.index[GLOBAL_DELAY]]
    assert query.excluded.tolist() == [hpo.index[HEARING_IMPAIRMENT]]
    assert query.sex == 2


def test_the_vectors_of_a_term_are_those_of_their_definition(knowledge: Knowledge) -> None:
    """On the real release, where most of what is above a term is common and computed once."""
    profiles = open_profiles(knowledge)
    matcher, content, hpo = Matcher(profiles), profiles.information_content, knowledge.hpo
    for term in np.random.default_rng(0).choice(np.unique(profiles.row_term), 25).tolist():
        shared = np.zeros(len(profiles), dtype=np.float32)
        ratio = np.zeros(len(profiles), dtype=np.float32)
        covered = np.zeros(len(hpo), dtype=np.float32)
        for above in hpo.ancestors(term).tolist():
            column = profiles.column(above)
            carriers, share = profiles.column_disease[column], profiles.column_frequency[column]
            weight = (1.0 if above == term else STEP_BACK) / profiles.background[above]
            shared[carriers] = np.maximum(shared[carriers], content[above])
            ratio[carriers] = np.maximum(ratio[carriers], share * weight)
            below = hpo.descendants(above)
            covered[below] = np.maximum(covered[below], content[above])
        assert np.array_equal(best_match(matcher, term), shared)
        expected = np.log((1 - NOISE) * ratio + NOISE)
        assert log_likelihood_ratio(matcher, term) == pytest.approx(expected, rel=1e-6)
        rows = of_rows(profiles, shared_content(matcher, np.asarray([term], dtype=np.int32)))
        assert np.array_equal(rows, covered[profiles.row_term])
