"""Mentions as JSON lines, in colour, as a phenopacket."""

from __future__ import annotations

import json

import pytest

from genecaller.cases.mention_output import as_json_lines, as_phenopacket, as_phenopackets, coloured
from genecaller.cases.readers.text import cases_from_text
from genecaller.errors import UsageError
from ontology.knowledge import Knowledge
from ontology.recognise import recogniser_for

TEXT = "Short, broad thumbs but no seizures. Her father has gout."


def test_json_lines_have_the_contract_s_fields(knowledge: Knowledge) -> None:
    lines = list(as_json_lines(recogniser_for(knowledge).recognise(TEXT)))
    records = [json.loads(line) for line in lines]
    assert [r["status"] for r in records] == ["present", "present", "excluded", "family"]
    for record in records:
        assert {"start", "end", "text", "hpo_id", "label", "status"} <= set(record)
        assert TEXT[record["start"] : record["end"]] == record["text"]


def test_json_lines_say_what_they_are_and_hold_no_line_end(knowledge: Knowledge) -> None:
    text = "seizures \u2028\u2029\x85 hearing\u2028impairment"
    lines = list(as_json_lines(recogniser_for(knowledge).recognise(text), "c#2"))
    assert len("\n".join(lines).splitlines()) == len(lines) == 2
    records = [json.loads(line) for line in lines]
    assert {(r["kind"], r["case_id"]) for r in records} == {("mention", "c#2")}
    assert [text[r["start"] : r["end"]] for r in records] == [r["text"] for r in records]


def test_each_patient_has_a_phenopacket(knowledge: Knowledge) -> None:
    text = "Patient 1 has ataxia.\nPatient 2 has no ataxia; seizures are suspected."
    packets = json.loads(as_phenopackets(cases_from_text(text, knowledge, "x"), knowledge))
    features = [
        [(f["type"]["label"], f.get("excluded", False)) for f in p["phenotypicFeatures"]]
        for p in packets
    ]
    assert [p["id"] for p in packets] == ["x#1", "x#2"]
    assert features == [[("Ataxia", False)], [("Ataxia", True)]]
    with pytest.raises(UsageError, match="2 patients"):
        as_phenopacket(text, knowledge, "x")


def test_suspected_and_relatives_findings_are_in_no_phenopacket(knowledge: Knowledge) -> None:
    text = "Possible ataxia. Her mother has scoliosis. Seizures: unknown. Hypotonia."
    packet = as_phenopacket(text, knowledge, "x")
    assert [f["type"]["label"] for f in packet["phenotypicFeatures"]] == ["Hypotonia"]


def test_the_coloured_view_holds_the_whole_text_and_every_term(knowledge: Knowledge) -> None:
    plain = coloured(TEXT, recogniser_for(knowledge).recognise(TEXT)).plain
    for label in ("Short thumb", "Broad thumb", "Seizure", "Gout"):
        assert label in plain
    for word in TEXT.split():
        assert word.strip(".,") in plain


def test_a_phenopacket_of_a_text(knowledge: Knowledge) -> None:
    packet = as_phenopacket(TEXT, knowledge, "x")
    features = {f["type"]["label"]: f.get("excluded", False) for f in packet["phenotypicFeatures"]}
    assert features == {"Short thumb": False, "Broad thumb": False, "Seizure": True}
