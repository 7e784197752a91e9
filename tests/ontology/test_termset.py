"""The quality of a set of terms."""

from __future__ import annotations

from ontology.knowledge import Knowledge
from ontology.termset import check_terms

SEIZURE, FOCAL, NERVOUS = "HP:0001250", "HP:0007359", "HP:0000707"
GOOD = ["HP:0000175", "HP:0001156", "HP:0000545", "HP:0001643", "HP:0000028"]


def test_empty(knowledge: Knowledge) -> None:
    assert check_terms(knowledge, []).quality == "empty"
    assert check_terms(knowledge, ["HP:9999999"]).quality == "empty"


def test_good(knowledge: Knowledge) -> None:
    terms = ["HP:0002664", "HP:0100750", "HP:0009601", "HP:0000612", "HP:0000636", "HP:0010535"]
    report = check_terms(knowledge, terms)
    assert report.quality in ("good", "fair")
    assert report.redundant == ()


def test_an_ancestor_is_redundant(knowledge: Knowledge) -> None:
    report = check_terms(knowledge, [SEIZURE, FOCAL, *GOOD])
    assert report.redundant == ((SEIZURE, FOCAL),)
    assert any("implied" in message for message in report.messages)


def test_a_term_against_its_excluded_ancestor(knowledge: Knowledge) -> None:
    report = check_terms(knowledge, [FOCAL, *GOOD], [SEIZURE])
    assert report.quality == "contradictory"
    assert report.contradictory == ((FOCAL, SEIZURE),)


def test_a_term_with_an_excluded_descendant_is_no_contradiction(knowledge: Knowledge) -> None:
    assert check_terms(knowledge, [SEIZURE], [FOCAL]).contradictory == ()


def test_few_and_general(knowledge: Knowledge) -> None:
    assert check_terms(knowledge, [NERVOUS]).quality == "too general"
    assert check_terms(knowledge, [FOCAL]).quality in ("too few", "too general")
