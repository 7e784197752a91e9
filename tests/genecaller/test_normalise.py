"""Mentions as JSON lines, in colour, as a phenopacket."""

from __future__ import annotations

import json

from genecaller.normalise import as_json_lines, as_phenopacket, coloured
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
