"""Reports in plain words become cases."""

from __future__ import annotations

from genecaller.report import case_from_text, cases_from_text, most_specific
from ontology.knowledge import Knowledge

REPORT = (
    "An 8-year-old girl of consanguineous parents has myoclonic seizures, seizures and "
    "hypertelorism but no ataxia. Scoliosis is suspected. Her brother has cataract."
)


def test_a_report_becomes_a_case(knowledge: Knowledge) -> None:
    case = case_from_text(REPORT, knowledge, "c1")
    assert (case.id, case.sex, case.age) == ("c1", "female", "P8Y")
    assert [t.label for t in case.terms] == ["Myoclonic seizure", "Hypertelorism"]
    assert [t.label for t in case.excluded_terms] == ["Ataxia"]
    assert case.text == REPORT
    told = " ".join(case.problems)
    assert "Scoliosis" in told
    assert "Cataract" in told
    assert "consanguineous" in told


def test_present_wins_over_excluded(knowledge: Knowledge) -> None:
    case = case_from_text("No ataxia at 2 years. At 9 years she had ataxia.", knowledge, "c")
    assert [t.label for t in case.terms] == ["Ataxia"]
    assert case.excluded_terms == ()


def test_several_patients_are_named_and_can_be_split(knowledge: Knowledge) -> None:
    text = "Patient 1: a boy with ataxia.\nPatient 2: a girl with cataract."
    assert any("2 patients" in p for p in case_from_text(text, knowledge, "r").problems)
    first, second = cases_from_text(text, knowledge, "r")
    assert (first.id, [t.label for t in first.terms], first.sex) == ("r#1", ["Ataxia"], "male")
    assert (second.id, [t.label for t in second.terms], second.sex) == (
        "r#2", ["Cataract"], "female",
    )  # fmt: skip


def test_a_report_that_is_not_english_says_so(knowledge: Knowledge) -> None:
    text = "Der Patient wurde mit einer Ataxie und Krampfanfällen in die Klinik aufgenommen."
    assert any("German" in p for p in case_from_text(text, knowledge, "d").problems)


def test_an_empty_report(knowledge: Knowledge) -> None:
    case = case_from_text("", knowledge, "e")
    assert case.terms == ()
    assert case.problems == ("no HPO term was recognised in the text",)


def test_implied_terms_are_left_out(knowledge: Knowledge) -> None:
    assert most_specific(["HP:0001250", "HP:0007359"], knowledge) == ["HP:0007359"]
