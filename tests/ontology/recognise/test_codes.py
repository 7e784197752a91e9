"""HPO ids in running text, and what a general word means."""

from __future__ import annotations

import pytest

from ontology.knowledge import Knowledge
from ontology.recognise import recogniser_for

CODED = [
    ("Codes: HP:0001250, HP:0009717; HP_0001251.",
     [("HP:0001250", "present"), ("HP:0009717", "present"), ("HP:0001251", "present")]),
    ("Not present: HP:0000252.", [("HP:0000252", "excluded")]),
    ("Absent features:\n- HP:0000252\n- hp:0001250",
     [("HP:0000252", "excluded"), ("HP:0001250", "excluded")]),
    ("HP:0001250 was not seen.", [("HP:0001250", "excluded")]),
    ("No HP:0001250, but HP:0001251.", [("HP:0001250", "excluded"), ("HP:0001251", "present")]),
    ("HP:0001250: no", [("HP:0001250", "excluded")]),
    ("Suspected: HP:0001250", [("HP:0001250", "uncertain")]),
    ("Her mother has HP:0001251.", [("HP:0001251", "family")]),
    ("She has seizures (HP:0001250).", [("HP:0001250", "present")]),
    ("Seizure HP:0001250, Ataxia [HP:0001251]",
     [("HP:0001250", "present"), ("HP:0001251", "present")]),
    ("HP:0001250 Seizure\nHP:0001251 - Ataxia",
     [("HP:0001250", "present"), ("HP:0001251", "present")]),
    ("Febrile convulsions (HP:0001250)", [("HP:0001250", "present")]),
    ("http://purl.obolibrary.org/obo/HP_0001250", [("HP:0001250", "present")]),
    ("HP:9999999 and XHP:0001250 and HP:00012501", []),
    ("HP:0000006", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CODED, ids=[t[:40] for t, _ in CODED])
def test_ids_are_terms(knowledge: Knowledge, text: str, expected: list[tuple[str, str]]) -> None:
    found = recogniser_for(knowledge).recognise(text)
    assert [(m.hpo_id, m.status) for m in found] == expected
    assert all(m.text == text[m.start : m.end] for m in found)


def test_an_id_and_its_label_are_one_span(knowledge: Knowledge) -> None:
    (mention,) = recogniser_for(knowledge).recognise("She has no seizures (HP:0001250) at all.")
    assert (mention.text, mention.status) == ("seizures (HP:0001250)", "excluded")


GENERAL = [
    ("a kidney tumor", "Renal neoplasm"),
    ("a tumour of the kidney", "Renal neoplasm"),
    ("kidney cancer", "Renal neoplasm"),
    ("a gastric tumor", "Neoplasm of the stomach"),
    ("gastric cancer", "Stomach cancer"),
    ("a pituitary tumor", "Neoplasm of the anterior pituitary"),
    ("a parathyroid tumor", "Neoplasm of the parathyroid gland"),
    ("an adrenal neoplasm", "Neoplasm of the adrenal gland"),
    ("dyslipidemia", "Abnormal circulating lipid concentration"),
    ("he is hirsute", "Hirsutism"),
    ("renal cell carcinoma", "Renal cell carcinoma"),
    ("a pituitary adenoma", "Pituitary adenoma"),
]


@pytest.mark.parametrize(("text", "label"), GENERAL)
def test_a_general_word_is_the_general_term(knowledge: Knowledge, text: str, label: str) -> None:
    assert [m.label for m in recogniser_for(knowledge).recognise(f"There is {text}.")] == [label]


@pytest.mark.parametrize(
    "text", ["Seizures absent.", "Absence of seizures.", "She lacks seizures.", "Seizures: absent"]
)
def test_no_seizures_are_no_absence_seizures(knowledge: Knowledge, text: str) -> None:
    found = recogniser_for(knowledge).recognise(text)
    assert [(m.label, m.status) for m in found] == [("Seizure", "excluded")]
