"""Reports in plain words become cases."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from genecaller.cases import Case
from genecaller.cases.read import read_cases
from genecaller.cases.readers.text import (
    case_from_text,
    cases_from_text,
    most_specific,
    patients_in,
    separate_patients,
)
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


SIBLINGS = (
    "Family with scoliosis.\n\nPatient 1 is a 4-year-old girl with seizures. She had no ataxia.\n\n"
    "Patient 2 is her 7-year-old brother. He had hypotonia but no seizures.\n"
)


def test_every_patient_is_told_and_nothing_is_lost(knowledge: Knowledge) -> None:
    first, second = cases_from_text(SIBLINGS, knowledge, "s")
    assert [(c.id, c.sex, c.age) for c in (first, second)] == [
        ("s#1", "female", "P4Y"), ("s#2", "male", "P7Y"),
    ]  # fmt: skip
    assert [t.label for t in first.terms] == ["Seizure"]
    assert [t.label for t in first.excluded_terms] == ["Ataxia"]
    assert [t.label for t in second.terms] == ["Hypotonia"]
    assert [t.label for t in second.excluded_terms] == ["Seizure"]
    for case in (first, second):
        assert "the report describes 2 patients; read as a case each" in case.problems
        assert any("before the first patient" in p and "Scoliosis" in p for p in case.problems)


def test_patients_keep_their_places_in_the_report(knowledge: Knowledge) -> None:
    opening, first, second = patients_in(SIBLINGS, knowledge, "s")
    assert (opening.case_id, [m.label for m in opening.mentions]) == (None, ["Scoliosis"])
    assert (first.case_id, first.name) == ("s#1", "Patient 1")
    for patient in (opening, first, second):
        for mention in patient.mentions:
            assert SIBLINGS[mention.start : mention.end] == mention.text


def test_a_record_s_text_is_split_like_a_report(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    records = [{"id": "a", "text": SIBLINGS, "gene": "TSC2"}, {"id": "b", "text": "He has ataxia."}]
    path.write_text("\n".join(json.dumps(r) for r in records), encoding="utf-8")
    cases = [case for case in read_cases(path, knowledge) if isinstance(case, Case)]
    assert [(c.id, [t.label for t in c.terms]) for c in cases] == [
        ("a#1", ["Seizure"]), ("a#2", ["Hypotonia"]), ("b", ["Ataxia"]),
    ]  # fmt: skip
    assert {c.solution.gene for c in cases[:2] if c.solution} == {"TSC2"}
    assert "the report describes 2 patients; read as a case each" in cases[0].problems


def test_a_text_without_patients_comes_back_as_it_was(knowledge: Knowledge) -> None:
    case = case_from_text(REPORT, knowledge, "c")
    assert separate_patients(case, knowledge) == (case,)
    stated = replace(case, text=SIBLINGS)
    assert separate_patients(stated, knowledge) == (stated,)


def test_ids_in_a_text_are_told_when_they_cannot_be_read(knowledge: Knowledge) -> None:
    case = case_from_text("HP:0001250, HP:9999999, HP:12, HP:0000006.", knowledge, "c")
    assert case.hpo_ids == ("HP:0001250",)
    told = " / ".join(case.problems)
    assert "HP:9999999 is not in HPO 2025-01-16; left out" in told
    assert "'HP:12' is neither an HPO id" in told
    assert "HP:0000006 (Autosomal dominant inheritance) is no phenotypic abnormality" in told


def test_contradictions_are_told(knowledge: Knowledge) -> None:
    case = case_from_text("No ataxia in 2010. Ataxia in 2020. Seizures: no. Febrile seizures.",
                          knowledge, "c")  # fmt: skip
    told = " / ".join(case.problems)
    assert "stated both as present and as excluded, counted as present: Ataxia" in told
    assert "a narrower finding is present; left out: Seizure" in told


def test_a_relative_s_onset_is_not_the_patient_s(knowledge: Knowledge) -> None:
    text = "Her brother had seizures at 3 years. She has seizures."
    (term,) = case_from_text(text, knowledge, "c").terms
    assert (term.label, term.onset) == ("Seizure", None)


def test_a_report_that_is_not_english_says_so(knowledge: Knowledge) -> None:
    text = "Der Patient wurde mit einer Ataxie und Krampfanfällen in die Klinik aufgenommen."
    assert any("German" in p for p in case_from_text(text, knowledge, "d").problems)


def test_an_empty_report(knowledge: Knowledge) -> None:
    case = case_from_text("", knowledge, "e")
    assert case.terms == ()
    assert case.problems == ("no HPO term was recognised in the text",)


def test_implied_terms_are_left_out(knowledge: Knowledge) -> None:
    assert most_specific(["HP:0001250", "HP:0007359"], knowledge) == ["HP:0007359"]
