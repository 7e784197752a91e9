"""Who the patient is, how many there are, and in which language."""

from __future__ import annotations

import pytest

from ontology.recognise.language import foreign_language
from ontology.recognise.patient import Patient, describe_patient
from ontology.recognise.patients import split_patients

PATIENTS = [
    ("An 8-year-old girl", Patient("female", "P8Y", None)),
    ("A 3 months old male infant of first cousins", Patient("male", "P3M", True)),
    ("51-year-old woman", Patient("female", "P51Y", None)),
    ("The boy, aged 2.5 years, of non-consanguineous parents", Patient("male", "P2Y6M", False)),
    ("a two-week-old boy", Patient("male", "P2W", None)),
    ("He was seen. His mother said he slept.", Patient("male", None, None)),
    ("The 14-year-old son of consanguineous parents", Patient("male", "P14Y", True)),
    ("Age: P0.5Y. Seizures.", Patient(None, "P6M", None)),
    ("Age at last encounter: P3Y2M; ataxia", Patient(None, "P3Y2M", None)),
    ("The P2Y receptor and P2Y12; age P2Y-like", Patient(None, "P2Y", None)),
    ("aged 1.99 years", Patient(None, "P2Y", None)),
    ("Nothing is known.", Patient(None, None, None)),
    ("", Patient(None, None, None)),
]


@pytest.mark.parametrize(("text", "expected"), PATIENTS, ids=[t for t, _ in PATIENTS])
def test_patient(text: str, expected: Patient) -> None:
    assert describe_patient(text) == expected


def test_two_numbered_patients_are_told_apart() -> None:
    text = "We report two boys.\nPatient 1: seizures.\nPatient 2 had ataxia. Patient 1 improved."
    first, second = split_patients(text)
    assert first.name == "Patient 1"
    assert first.text(text) == "Patient 1: seizures.\n\nPatient 1 improved."
    assert second.text(text).strip() == "Patient 2 had ataxia."


@pytest.mark.parametrize(
    "text", ["", "The patient has ataxia.", "Patient 1: ataxia.", "In case 2 weeks pass, call."]
)
def test_one_patient_is_not_split(text: str) -> None:
    assert split_patients(text) == ()


LANGUAGES = [
    ("The patient was seen in the clinic with seizures and ataxia and he is well today.", None),
    ("Der Patient wurde mit einer Ataxie und Krampfanfällen in die Klinik aufgenommen.", "German"),
    ("La patiente a été vue avec une ataxie et des crises dans le service de pédiatrie.", "French"),
    ("El paciente fue visto con una ataxia y no tiene crisis en la clínica de su ciudad.",
     "Spanish"),
    ("Пациент с атаксией и судорогами", "Russian or another Cyrillic language"),
    ("患者は発作と失調がある", "Chinese"),
    ("HP:0001250 seizures ataxia", None),
    ("", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "language"), LANGUAGES)
def test_language(text: str, language: str | None) -> None:
    assert foreign_language(text) == language
