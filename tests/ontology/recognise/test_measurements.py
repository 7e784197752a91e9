"""Findings read from numbers."""

from __future__ import annotations

import pytest

from ontology.knowledge import Knowledge
from ontology.recognise import recogniser_for

VALUES = [
    ("Her height was 98 cm (-3.2 SD).", "Short stature", "present"),
    ("Height below the 3rd centile.", "Short stature", "present"),
    ("OFC 46 cm (<3rd percentile)", "Microcephaly", "present"),
    ("head circumference was 3 SD below the mean", "Microcephaly", "present"),
    ("head circumference >98th centile", "Macrocephaly", "present"),
    ("head circumference z-score +3.1", "Macrocephaly", "present"),
    ("Birth weight was 1900 g (2nd centile).", "Small for gestational age", "present"),
    (
        "At birth length was 44 cm (<3rd percentile).",
        "Birth length less than 3rd percentile",
        "present",
    ),
    ("height at the 50th centile", "Short stature", "excluded"),
    ("Serum calcium was 1.62 mmol/L (2.2-2.6).", "Hypocalcemia", "present"),
    ("calcium 2.4 mmol/l (normal range: 2.2 - 2.6 mmol/l)", "Hypocalcemia", "excluded"),
    ("PTH 3 pg/mL (reference 15-65)", "Decreased circulating parathyroid hormone level", "present"),
    ("CK 12,500 U/L (N < 200)", "Elevated circulating creatine kinase concentration", "present"),
    ("hemoglobin of 7.2 g/dl", "Anemia", "present"),
    ("platelet count was 45,000/µL", "Thrombocytopenia", "present"),
    ("platelet count 60 000/µL", "Thrombocytopenia", "present"),
    ("total leucocyte count of 2000 cells/µL", "Leukopenia", "present"),
    ("a reticulocyte count of 20.4%", "Reticulocytosis", "present"),
    ("ESR of 53 mm in the first hour", "Elevated erythrocyte sedimentation rate", "present"),
    ("LVEF 25%", "Reduced left ventricular ejection fraction", "present"),
    ("BP was 165/100 mmHg", "Hypertension", "present"),
    ("temperature 39.2 °C", "Fever", "present"),
    ("His IQ was 45.", "Intellectual disability, moderate", "present"),
    ("BMI 34.2 kg/m2", "Obesity", "present"),
    ("He walked at 30 months.", "Delayed ability to walk", "present"),
]


@pytest.mark.parametrize(("text", "label", "status"), VALUES, ids=[t for t, _, _ in VALUES])
def test_value(knowledge: Knowledge, text: str, label: str, status: str) -> None:
    found = recogniser_for(knowledge).recognise(text)
    assert (label, status) in {(m.label, m.status) for m in found}


@pytest.mark.parametrize(
    "text",
    [
        "Height 120 cm.",
        "calcium 2.3 mmol/l",
        "ionized calcium 1.2 mmol/l",
        "calcium 1.2",
        "hemoglobin 12.1 g/dl",
        "height at the 5th centile",
        "BP 110/70",
        "temperature 36.8 °C",
        "IQ of 101",
        "He walked at 12 months.",
        "born at 40 weeks",
        "calcium 12 (3-4)",
    ],
)
def test_no_finding_without_a_reference_or_beyond_none(knowledge: Knowledge, text: str) -> None:
    found = recogniser_for(knowledge).recognise(text)
    assert [m.label for m in found if m.status == "present"] in ([], ["Hypercalcemia"])


def test_spans_are_true(knowledge: Knowledge) -> None:
    text = "At 6 years, height was 98 cm (-3.2 SD), weight 15 kg."
    (mention,) = recogniser_for(knowledge).recognise(text)
    assert text[mention.start : mention.end] == mention.text
    assert mention.text.startswith("height was 98 cm")
    assert mention.rule == "measurement"
