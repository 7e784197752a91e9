from collections.abc import Callable

import pytest

from genecaller.rankers.explain.evidence import Evidence, TermMatch, TypicalTerm, weigh, weigh_all
from genecaller.rankers.explain.explanation import explain
from genecaller.rankers.profiles.cache import open_profiles
from genecaller.rankers.profiles.leave_publication_out import without_publication
from ontology.knowledge import Knowledge
from tests.genecaller.rankers.conftest import (
    CLEFT_PALATE,
    CORTICAL_TUBERS,
    GLOBAL_DELAY,
    HEARING_IMPAIRMENT,
    HYPERTELORISM,
    INTELLECTUAL_DISABILITY,
    NEURODEVELOPMENTAL_DELAY,
    SEIZURE,
    SENSORINEURAL,
    MakeCase,
)

Weigh = Callable[..., Evidence]


@pytest.fixture
def weighed(tiny_knowledge: Knowledge, make_case: MakeCase) -> Weigh:
    def of(disease_id: str, *present: str, excluded: tuple[str, ...] = ()) -> Evidence:
        case = make_case(*present, excluded=excluded)
        return weigh(tiny_knowledge, case, tiny_knowledge.annotations.disease_index[disease_id])

    return of


def by_id(evidence: Evidence) -> dict[str, TermMatch]:
    return {match.hpo_id: match for match in evidence.matches}


def test_every_kind_of_match(weighed: Weigh) -> None:
    evidence = weighed("ORPHA:805", CORTICAL_TUBERS, GLOBAL_DELAY, HYPERTELORISM)
    found = by_id(evidence)
    assert found[CORTICAL_TUBERS].kind == "exact"
    assert found[CORTICAL_TUBERS].frequency == pytest.approx(0.895)
    assert found[GLOBAL_DELAY].kind == "broader"
    assert found[GLOBAL_DELAY].disease_hpo_id == NEURODEVELOPMENTAL_DELAY
    assert found[HYPERTELORISM] == TermMatch(
        HYPERTELORISM, "Hypertelorism", "unexplained", None, None, None
    )
    assert [m.hpo_id for m in evidence.explained] == [GLOBAL_DELAY, CORTICAL_TUBERS]


def test_a_broad_finding_is_explained_by_a_narrower_annotation(weighed: Weigh) -> None:
    match = by_id(weighed("OMIM:613720", NEURODEVELOPMENTAL_DELAY))[NEURODEVELOPMENTAL_DELAY]
    assert (match.kind, match.disease_hpo_id, match.frequency) == ("narrower", GLOBAL_DELAY, 1.0)


def test_typical_terms_that_are_missing_come_most_frequent_first(weighed: Weigh) -> None:
    missing = weighed("OMIM:613254", CORTICAL_TUBERS).missing
    assert [t.label for t in missing][:2] == ["Hearing impairment", "Seizure"]
    assert all(t.frequency >= 0.5 for t in missing)
    assert CORTICAL_TUBERS not in {t.hpo_id for t in missing}
    shares = [t.frequency for t in missing]
    assert shares == sorted(shares, reverse=True)


def test_what_is_excluded_speaks_against(weighed: Weigh) -> None:
    evidence = weighed("OMIM:613720", SEIZURE, excluded=(NEURODEVELOPMENTAL_DELAY,))
    assert [(c.kind, c.hpo_id, c.disease_hpo_id) for c in evidence.against] == [
        ("excluded", NEURODEVELOPMENTAL_DELAY, GLOBAL_DELAY)
    ]


def test_a_not_annotation_speaks_against(weighed: Weigh) -> None:
    (contradiction,) = weighed("ORPHA:101046", INTELLECTUAL_DISABILITY).against
    assert contradiction.kind == "not"
    assert contradiction.hpo_id == INTELLECTUAL_DISABILITY


def test_many_diseases_at_once_are_weighed_alike(
    tiny_knowledge: Knowledge, make_case: MakeCase
) -> None:
    case = make_case(SEIZURE, GLOBAL_DELAY, excluded=(HYPERTELORISM,))
    everything = range(len(tiny_knowledge.annotations.disease_ids))
    at_once = weigh_all(tiny_knowledge, case, list(everything))
    assert at_once == tuple(weigh(tiny_knowledge, case, d) for d in everything)


def test_the_explanation_says_what_counts(weighed: Weigh) -> None:
    text = explain(
        weighed("ORPHA:805", CORTICAL_TUBERS, GLOBAL_DELAY, HYPERTELORISM, excluded=(SEIZURE,))
    )
    assert text == (
        "Tuberous sclerosis complex explains 2 of 3 findings: Cortical tubers (very frequent), "
        "Global developmental delay (broader: Neurodevelopmental delay, frequent); unexplained: "
        "Hypertelorism. Typical but not reported: Subependymal nodules (very frequent), "
        "Intellectual disability (frequent); against: Seizure (very frequent) is excluded in the "
        "patient."
    )
    assert explain(weighed("OMIM:613254", CORTICAL_TUBERS, excluded=(SEIZURE,))) == (
        "Tuberous sclerosis-2 explains 1 of 1 findings: Cortical tubers (60 of 67). Typical but "
        "not reported: Hearing impairment (1 of 1), Subependymal nodules (133 of 143), "
        "Intellectual disability (72 of 97); against: Seizure (129 of 130) is excluded in the "
        "patient."
    )


def test_a_frequency_is_shown_as_its_source_states_it(weighed: Weigh) -> None:
    by_class = by_id(weighed("ORPHA:805", CORTICAL_TUBERS))[CORTICAL_TUBERS]
    assert (by_class.frequency, by_class.stated) == (pytest.approx(0.895), "very frequent")
    counted = by_id(weighed("OMIM:613254", CORTICAL_TUBERS))[CORTICAL_TUBERS]
    assert (counted.frequency, counted.stated) == (pytest.approx(60 / 67), "60 of 67")
    unstated = by_id(weighed("OMIM:117550", SEIZURE))[SEIZURE]
    assert (unstated.frequency, unstated.stated) == (None, None)
    assert TypicalTerm(INTELLECTUAL_DISABILITY, "Intellectual disability", 72 / 97, "72 of 97") in [
        TypicalTerm(t.hpo_id, t.label, pytest.approx(t.frequency), t.stated)  # type: ignore[arg-type]
        for t in weighed("OMIM:613254", CORTICAL_TUBERS).missing
    ]
    (against,) = weighed("ORPHA:805", CORTICAL_TUBERS, excluded=(SEIZURE,)).against
    assert against.stated == "very frequent"


def test_a_publication_left_out_is_left_out_of_the_counts_shown(
    tiny_knowledge: Knowledge, make_case: MakeCase
) -> None:
    case = make_case(SEIZURE)
    disease = tiny_knowledge.annotations.disease_index["OMIM:613254"]
    view = without_publication(open_profiles(tiny_knowledge), "PMID:29196670")
    assert view is not None
    (whole,), (less,) = (
        weigh_all(tiny_knowledge, case, [disease]),
        weigh_all(tiny_knowledge, case, [disease], view),
    )
    assert by_id(whole)[SEIZURE].stated == "129 of 130"
    assert by_id(less)[SEIZURE].stated is None


def test_an_absent_finding_counts_once_however_many_terms_lie_below_it(weighed: Weigh) -> None:
    (hearing,) = weighed("OMIM:163950", SEIZURE, excluded=(HEARING_IMPAIRMENT,)).against
    assert (hearing.hpo_id, hearing.disease_hpo_id) == (HEARING_IMPAIRMENT, HEARING_IMPAIRMENT)
    assert (hearing.stated, hearing.also) == ("2 of 17", ("Sensorineural hearing impairment",))
    heart = "HP:0030680"
    evidence = weighed("ORPHA:567", SEIZURE, excluded=(heart, CLEFT_PALATE))
    assert [(c.hpo_id, c.disease_hpo_id) for c in evidence.against] == [
        (CLEFT_PALATE, CLEFT_PALATE),
        (heart, heart),  # of three very frequent terms the finding itself
    ]
    assert set(evidence.against[1].also) == {"Atrial septal defect", "Tetralogy of Fallot"}
    text = explain(evidence)
    assert text.count("is excluded in the patient") == 2


def test_an_absent_finding_names_the_narrower_term_it_speaks_against(weighed: Weigh) -> None:
    evidence = weighed("OMIM:146255", SEIZURE, excluded=(HEARING_IMPAIRMENT,))
    (against,) = evidence.against
    assert (against.hpo_id, against.disease_hpo_id) == (HEARING_IMPAIRMENT, SENSORINEURAL)
    assert explain(evidence).endswith(
        "against: Hearing impairment (as Sensorineural hearing impairment, 176 of 182) is "
        "excluded in the patient."
    )


def test_the_explanation_of_nothing(weighed: Weigh) -> None:
    assert explain(weighed("ORPHA:805")).endswith("there is no finding to explain.")
    assert "none of the 1 findings" in explain(weighed("OMIM:613720", HYPERTELORISM))


def test_long_lists_are_cut(weighed: Weigh) -> None:
    text = explain(weighed("OMIM:214800", CORTICAL_TUBERS), longest=1)
    assert " more" in text
