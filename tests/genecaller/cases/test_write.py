"""What is written reads back as it was."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.cases import Case, CaseTerm, Publication, Solution
from genecaller.cases.read import read_cases
from genecaller.cases.readers.phenopacket import read_phenopacket
from genecaller.cases.readers.record import read_record
from genecaller.cases.write import as_record, write_jsonl, write_phenopacket
from genecaller.errors import UsageError
from ontology.genes import gene_names
from ontology.knowledge import Knowledge

words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
    lambda text: text == text.strip()
)
ages = st.sampled_from([None, "P51Y", "P10Y3M", "P2W", "HP:0003577"])


@st.composite
def cases(draw: st.DrawFn, knowledge: Knowledge) -> Case:
    hpo = knowledge.hpo
    chosen = draw(st.lists(st.sampled_from(hpo.ids), unique=True, max_size=8))
    n_present = draw(st.integers(0, len(chosen)))
    severity = st.sampled_from([None, "HP:0012828"])
    terms = tuple(CaseTerm(i, hpo.name(i), None, draw(ages), draw(severity)) for i in chosen)
    disease_id = draw(st.sampled_from([None, "OMIM:613254", "ORPHA:805"]))
    solution = Solution(
        draw(st.sampled_from(["NOGENE1", *sorted(gene_names().hgnc_ids)[:200]])),
        disease_id,
        draw(words) if disease_id else None,
    )
    paper = Publication(f"PMID:{draw(st.integers(1, 10**8))}", draw(st.none() | words))
    return Case(
        id=draw(words),
        terms=terms[:n_present],
        excluded_terms=terms[n_present:],
        sex=draw(st.sampled_from([None, "female", "male", "other"])),
        age=draw(ages),
        onset=draw(ages),
        text=draw(st.none() | words),
        publication=draw(st.sampled_from([None, paper])),
        solution=draw(st.sampled_from([None, solution])),
    )


@given(data=st.data())
def test_a_phenopacket_reads_back(data: st.DataObject, tiny_knowledge: Knowledge) -> None:
    case = data.draw(cases(tiny_knowledge))
    packet = json.loads(json.dumps(write_phenopacket(case, tiny_knowledge)))
    back = read_phenopacket(packet, tiny_knowledge, case_id="other", source="x")
    solution = case.solution
    if solution and not solution.disease_id:
        solution = replace(solution, disease_id="MONDO:0000001", disease_label="disease")
    assert replace(back, problems=(), source=None) == replace(case, text=None, solution=solution)


@given(data=st.data())
def test_a_record_reads_back(data: st.DataObject, tiny_knowledge: Knowledge) -> None:
    case = data.draw(cases(tiny_knowledge))
    record = json.loads(json.dumps(as_record(case)))
    back = read_record(record, tiny_knowledge, case_id="other", source="x")
    if case.solution and case.solution.gene == "NOGENE1":
        assert sum("not known to HGNC" in problem for problem in back.problems) == 1
    assert replace(back, problems=(), source=None) == case
    again = read_record(as_record(back), tiny_knowledge, case_id="other", source="x")
    assert again == back  # with the problems of the first reading, and no new ones


def test_a_file_of_records_reads_back(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    term = CaseTerm("HP:0001250", "Seizure", recorded_id="HP:0001303")
    solution = Solution("KMT2D", recorded_gene="MLL2")
    first = Case("ü 1", (term,), text="line one\nline two", solution=solution, problems=("a",))
    path = tmp_path / "cases.jsonl"
    assert write_jsonl([first, Case("2")], path) == 2
    back = [replace(case, source=None) for case in read_cases(path, tiny_knowledge)]  # type: ignore[type-var]
    assert back[0] == replace(first, problems=(*first.problems, *back[0].problems[1:]))
    assert back[0].problems[1] == (
        "terms[0]: HP:0001303 (Seizure) is an old id, read as HP:0001250 (Seizure)"
    )
    assert back[1].problems == ("no phenotypic feature is stated as present",)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("old")

    def broken() -> Any:
        yield Case("1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_jsonl(broken(), path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["cases.jsonl"]
    with pytest.raises(UsageError, match="cannot be written"):
        write_jsonl([], tmp_path / "missing" / "cases.jsonl")


def test_a_phenopacket_says_what_the_schema_requires(tiny_knowledge: Knowledge) -> None:
    case = Case("1", (CaseTerm("HP:0001250", "Seizure"),), solution=Solution("TSC2"))
    packet = write_phenopacket(case, tiny_knowledge, created="2026-01-01T00:00:00Z")
    meta = packet["metaData"]
    assert meta["created"] == "2026-01-01T00:00:00Z"
    assert meta["createdBy"]
    assert meta["phenopacketSchemaVersion"] == "2.0.2"
    assert [r["namespacePrefix"] for r in meta["resources"]] == ["HP"]
    assert meta["resources"][0]["version"] == "2025-01-16"
    (genomic,) = packet["interpretations"][0]["diagnosis"]["genomicInterpretations"]
    assert genomic["gene"] == {"valueId": "HGNC:12363", "symbol": "TSC2"}
