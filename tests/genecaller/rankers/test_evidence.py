from collections.abc import Callable

import pytest

from genecaller.rankers.evidence import Evidence, TermMatch, explain, weigh, weigh_all
from ontology.knowledge import Knowledge
from tests.genecaller.rankers.conftest import (
    CORTICAL_TUBERS,
    GLOBAL_DELAY,
    HYPERTELORISM,
    INTELLECTUAL_DISABILITY,
    NEURODEVELOPMENTAL_DELAY,
    SEIZURE,
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
        "Tuberous sclerosis complex explains 2 of 3 findings: Cortical tubers (89%), Global "
        "developmental delay (broader: Neurodevelopmental delay, 55%); unexplained: "
        "Hypertelorism. Typical but not reported: Subependymal nodules (89%), "
        "Intellectual disability (55%); against: Seizure (89%) is excluded in the patient."
    )


def test_the_explanation_of_nothing(weighed: Weigh) -> None:
    assert explain(weighed("ORPHA:805")).endswith("there is no finding to explain.")
    assert "none of the 1 findings" in explain(weighed("OMIM:613720", HYPERTELORISM))


def test_long_lists_are_cut(weighed: Weigh) -> None:
    text = explain(weighed("OMIM:214800", CORTICAL_TUBERS), longest=1)
    assert " more" in text
