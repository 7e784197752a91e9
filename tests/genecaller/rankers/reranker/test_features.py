import numpy as np
import pytest

from genecaller.rankers.age import onset_of, years
from genecaller.rankers.methods import likelihood
from genecaller.rankers.methods.all_gene_scores import whole_of
from genecaller.rankers.methods.gene_ranker import genes_from_diseases
from genecaller.rankers.methods.term_similarity import Matcher, log_likelihood_ratio
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.disease_metadata import facts_of
from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles
from genecaller.rankers.query import query_of
from genecaller.rankers.registry import METHODS
from genecaller.rankers.reranker.candidate_scores import VIEWS, views_of
from genecaller.rankers.reranker.features import FEATURES, candidates_of
from ontology.knowledge import Knowledge
from tests.genecaller.rankers.conftest import (
    CORTICAL_TUBERS,
    GLOBAL_DELAY,
    HYPERTELORISM,
    SEIZURE,
    SENSORINEURAL,
    MakeCase,
)


def test_every_feature_of_every_candidate_is_filled(
    knowledge: Knowledge, make_case: MakeCase
) -> None:
    profiles = open_profiles(knowledge)
    case = make_case(CORTICAL_TUBERS, SEIZURE, excluded=(HYPERTELORISM,), sex="male", onset="P1Y")
    query = query_of(case, knowledge.hpo)
    found = candidates_of(Matcher(profiles), facts_of(profiles), case, query)
    assert found.matrix.shape == (len(found.gene), len(FEATURES))
    assert len(np.unique(found.gene)) == len(found.gene)
    unknown = {FEATURES[i] for i in np.flatnonzero(np.isnan(found.matrix).any(axis=0))}
    assert unknown <= {
        "gene second sum below first",
        "onset before disease's",
        "onset after disease's",
    }
    by_name = dict(zip(FEATURES, found.matrix.T, strict=True))
    assert set(by_name["query terms"]) == {2.0}
    symbols = [knowledge.annotations.gene_symbols[g] for g in found.gene.tolist()]
    best = symbols[int(np.argmax(by_name["gene sum"]))]
    assert best in {"IFNG", "TSC1", "TSC2"}  # IFNG modifies the same disease
    assert by_name["gene sum below best"].max() == 0


def test_features_are_those_of_the_chosen_disease(
    profiles: DiseaseProfiles, matcher: Matcher, make_case: MakeCase
) -> None:
    case = make_case(CORTICAL_TUBERS, GLOBAL_DELAY)
    query = query_of(case, profiles.hpo)
    found = candidates_of(matcher, facts_of(profiles), case, query)
    by_name = dict(zip(FEATURES, found.matrix.T, strict=True))
    ratios = np.stack([log_likelihood_ratio(matcher, t) for t in query.present.tolist()])
    own = ratios[:, found.disease]
    assert by_name["ratio min"] == pytest.approx(own.min(axis=0))
    assert by_name["ratio max"] == pytest.approx(own.max(axis=0))
    assert by_name["disease likelihood"] == pytest.approx(own.mean(axis=0))
    whole = whole_of(matcher, query)
    views = views_of(matcher, query, whole, np.arange(len(profiles)))
    shown = views.shown[:, found.disease] > 0
    assert by_name["terms shown share"] == pytest.approx(shown.mean(axis=0))
    chosen = genes_from_diseases(profiles, whole.sum)
    assert found.disease.tolist() == profiles.local[chosen.disease[found.gene]].tolist()


def test_a_gene_with_one_disease_has_no_second(
    profiles: DiseaseProfiles, matcher: Matcher, make_case: MakeCase
) -> None:
    case = make_case(CORTICAL_TUBERS, SEIZURE)
    found = candidates_of(matcher, facts_of(profiles), case, query_of(case, profiles.hpo))
    second = found.matrix[:, FEATURES.index("gene second sum below first")]
    symbols = [profiles.annotations.gene_symbols[g] for g in found.gene.tolist()]
    assert np.isnan(second[symbols.index("KCNQ2")])
    assert second[symbols.index("TSC1")] >= 0


def test_facts(profiles: DiseaseProfiles) -> None:
    facts = facts_of(profiles)
    at = profiles.local[profiles.annotations.disease_index["OMIM:613720"]]
    assert facts.inheritance[at] == 1  # dominant
    assert (facts.first_onset[at], facts.last_onset[at]) == (
        pytest.approx(0.04),
        pytest.approx(0.5),
    )
    assert facts.n_terms[at] == 3
    orpha = profiles.local[profiles.annotations.disease_index["ORPHA:805"]]
    assert np.isnan(facts.first_onset[orpha])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("P2Y6M", 2.5),
        ("P1W", 1 / 52.18),
        ("P0D", 0.0),
        ("HP:0003593", 0.5),
        ("HP:0000118", None),
        ("P", None),
        ("soon", None),
        (None, None),
    ],
)
def test_ages(written: str | None, expected: float | None, profiles: DiseaseProfiles) -> None:
    found = years(written, profiles.hpo)
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_age_at_the_report_only_bounds_the_onset(
    profiles: DiseaseProfiles, make_case: MakeCase
) -> None:
    assert onset_of(make_case(SEIZURE, age="P3Y"), profiles.hpo) == (3.0, False)
    assert onset_of(make_case(SEIZURE, age="P3Y", onset="P1Y"), profiles.hpo) == (1.0, True)
    assert onset_of(make_case(SEIZURE), profiles.hpo) == (None, False)


WITHOUT_OTHERS = ("hypergeometric", "bayes", "overlap")


def test_a_close_up_says_of_each_disease_what_the_methods_say_of_all(
    knowledge: Knowledge, make_case: MakeCase
) -> None:
    matcher = Matcher(open_profiles(knowledge))
    profiles = matcher.profiles
    case = make_case(
        CORTICAL_TUBERS, SEIZURE, GLOBAL_DELAY, excluded=(HYPERTELORISM, SENSORINEURAL)
    )
    query = query_of(case, knowledge.hpo)
    some = np.flatnonzero(profiles.is_annotated)[::7]
    whole = whole_of(matcher, query)
    views = dict(zip(VIEWS, views_of(matcher, query, whole, some).disease, strict=True))
    for name in WITHOUT_OTHERS:
        expected = METHODS[name][1](matcher, query)[some]
        assert views[name] == pytest.approx(expected, rel=1e-5, abs=1e-6), name
    resnik = METHODS["resnik"][1](matcher, query)[some]
    assert (views["best_match"] + views["backward"]) / 2 == pytest.approx(resnik, rel=1e-5)
    assert views["absence"] == pytest.approx(
        likelihood.absence(profiles, query.excluded)[some], rel=1e-4, abs=1e-5
    )
    assert views["sum"] == pytest.approx(METHODS["sum"][1](matcher, query)[some], rel=1e-6)
