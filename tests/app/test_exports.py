"""What is taken away reads back, runs nothing in a spreadsheet, and names what it was made with."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from app import draft as edits
from app.cells import as_text_cell
from app.counting import counted
from app.draft import case_of, draft_of_case, switched_off, whole
from app.exports import Export, as_json, as_phenopacket, as_tsv, export_of
from app.ranked_case import RankedCase, rank_case
from app.report import printable_report
from genecaller.cases import Case, CaseTerm
from genecaller.cases.read import read_cases
from genecaller.rankers import make_ranker
from genecaller.store import Provenance
from ontology.knowledge import Knowledge
from tests.app.test_answering import Typist, asked, wait

NOW = "2026-01-01T00:00:00Z"
CASE = Case(
    '=HYPERLINK("http://evil")<script>',
    (CaseTerm("HP:0009717", "Cortical tubers"), CaseTerm("HP:0001250", "Seizure")),
    (CaseTerm("HP:0000175", "Cleft palate"),),
    sex="female",
    age="P3Y",
)


def rank_by_all(case: Case, knowledge: Knowledge) -> RankedCase:
    others = {"resnik": make_ranker("resnik", knowledge)}
    return rank_case(case, knowledge, make_ranker("default", knowledge), others)


@pytest.fixture(scope="module")
def ranked(knowledge: Knowledge) -> RankedCase:
    return rank_by_all(CASE, knowledge)


@pytest.fixture(scope="module")
def export(ranked: RankedCase, knowledge: Knowledge) -> Export:
    return export_of(ranked, patient="female, 3 years")


@pytest.mark.parametrize(
    "cell",
    [
        *("=1+1", "+1", "-1+1", "@SUM(A1)", "＝1", "\t=1", "\r=1", "  =1", "\n-1", "\u00a0=1"),
        *("\ufeff=1", "\u200b+1", "\u2003@A1"),
    ],
)
def test_a_formula_becomes_text_whatever_blanks_stand_before_it(cell: str) -> None:
    assert as_text_cell(cell) == "'" + " ".join(cell.split())


def test_a_number_stays_a_number() -> None:
    assert as_text_cell(-1.5) == "-1.5"
    assert as_text_cell(None) == ""
    assert as_text_cell("a -1") == "a -1"


def read_tsv(export: Export) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_tsv(export)), delimiter="\t"))


def test_the_table_has_a_line_a_gene_and_no_formula(export: Export) -> None:
    rows = read_tsv(export)
    assert len(rows) == len(export.ranked.rows)
    assert rows[0]["case_id"].startswith("'=")
    assert rows[0]["resnik"].isdigit()
    assert rows[0]["model_rank"] == rows[0]["note"] == ""
    assert rows[0]["knowledge"] == export.provenance.knowledge


def test_a_case_whose_name_begins_with_a_blank_is_text_too(
    ranked: RankedCase, export: Export
) -> None:
    named = replace(ranked, case=replace(CASE, id=" \t=cmd()"))
    assert read_tsv(replace(export, ranked=named))[0]["case_id"] == "'=cmd()"


def test_the_json_holds_case_genes_evidence_and_provenance(
    export: Export, knowledge: Knowledge
) -> None:
    record = json.loads(as_json(export, NOW))
    assert record["provenance"]["knowledge"] == knowledge.stamp
    assert record["genes"][0]["rank"] == 1
    assert {m["hpo_id"] for m in record["genes"][0]["explained"]} == {"HP:0009717", "HP:0001250"}
    assert "research use only" in record["notice"]
    assert record["model_answer"] is None
    assert record["notes"] == []


def test_frequencies_are_told_as_their_sources_state_them(export: Export) -> None:
    row = next(row for row in export.ranked.rows if row.symbol == "TSC2")
    (tubers,) = (m for m in row.evidence.matches if m.hpo_id == "HP:0009717")
    assert tubers.stated is not None
    record = json.loads(as_json(export, NOW))
    (told,) = (gene for gene in record["genes"] if gene["symbol"] == "TSC2")
    assert {m["hpo_id"]: m["stated"] for m in told["explained"]}["HP:0009717"] == tubers.stated
    assert f"Cortical tubers ({tubers.stated})" in printable_report(export, NOW)


def test_the_phenopacket_reads_back(export: Export, knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(as_phenopacket(export, knowledge, NOW))
    (case,) = read_cases(path, knowledge)
    assert isinstance(case, Case)
    assert case.hpo_ids == CASE.hpo_ids
    assert case.excluded_hpo_ids == CASE.excluded_hpo_ids
    assert "updates" not in json.loads(path.read_text())["metaData"]


def test_the_printed_report_is_escaped_and_whole(export: Export, knowledge: Knowledge) -> None:
    html = printable_report(export, NOW)
    assert "<script>" not in html
    assert "http://" not in html.replace("http://evil", "")
    assert knowledge.stamp in html
    assert "For research use only" in html
    assert "Cortical tubers" in html
    assert "female, 3 years" in html


def test_a_what_if_is_never_taken_away_and_every_file_says_that_one_was_on(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    draft = edits.switch(draft_of_case(CASE, knowledge), "HP:0009717")
    draft = edits.switch(draft, "HP:0000175")
    off = switched_off(draft)
    assert off == ("Cortical tubers", "no Cleft palate")
    of_record = rank_by_all(case_of(whole(draft), knowledge), knowledge)
    assert of_record.case == CASE
    export = export_of(of_record, off=off, findings=counted(whole(draft), knowledge))
    told = "without: Cortical tubers, no Cleft palate"
    record = json.loads(as_json(export, NOW))
    assert told in record["notes"][0]
    assert [term["hpo_id"] for term in record["case"]["terms"]] == list(CASE.hpo_ids)
    assert [term["hpo_id"] for term in record["case"]["excluded_terms"]] == ["HP:0000175"]
    assert all(finding["counts"] for finding in record["findings"])
    assert {told in row["note"] for row in read_tsv(export)} == {True}
    html = printable_report(export, NOW)
    assert told in html
    assert "Cortical tubers (" in html
    path = tmp_path / "packet.json"
    path.write_text(as_phenopacket(export, knowledge, NOW))
    assert told in json.loads(path.read_text())["metaData"]["updates"][0]["comment"]
    (read,) = read_cases(path, knowledge)
    assert isinstance(read, Case)
    assert (read.hpo_ids, read.excluded_hpo_ids) == (CASE.hpo_ids, CASE.excluded_hpo_ids)


ANSWER = ["<think>hm</think>", "1. TSC2 - cortical tubers & cleft palate", "\n2. TSC1 - tubers"]


def test_the_models_answer_its_rank_and_provenance_are_in_every_file(knowledge: Knowledge) -> None:
    done = wait(asked(knowledge, Typist(ANSWER)))
    ranked = rank_by_all(done.case, knowledge)
    export = export_of(ranked, asked=done)
    record = json.loads(as_json(export, NOW))
    assert record["provenance"]["model"] == "typist"
    assert record["provenance"]["prompt_version"].endswith("-hybrid-held")
    assert record["model_answer"]["text"] == "".join(ANSWER)
    assert [g["symbol"] for g in record["model_answer"]["genes"]] == ["TSC2", "TSC1"]
    ranks = {g["symbol"]: g["model_rank"] for g in record["genes"]}
    assert (ranks["TSC2"], ranks["TSC1"]) == (1, 2)
    assert set(ranks.values()) == {1, 2, None}
    rows = {row["gene"]: row for row in read_tsv(export)}
    assert (rows["TSC2"]["model_rank"], rows["TSC1"]["model_rank"]) == ("1", "2")
    assert rows["TSC2"]["model_explanation"] == "cortical tubers & cleft palate"
    assert {row["model"] for row in rows.values()} == {"typist"}
    html = printable_report(export, NOW)
    assert "<td>cortical tubers &amp; cleft palate</td>" in html
    assert "model typist, adapter none" in html
    assert record["notes"] == []


def test_an_answer_before_an_edit_says_so_and_one_to_a_what_if_is_left_out(
    knowledge: Knowledge,
) -> None:
    done = wait(asked(knowledge, Typist(ANSWER)))
    more = replace(done.case, terms=(*done.case.terms, CaseTerm("HP:0001250", "Seizure")))
    export = export_of(rank_by_all(more, knowledge), asked=done)
    assert export.model_ranks == {"TSC2": 1, "TSC1": 2}
    assert "asked about Cortical tubers as present and nothing as absent" in export.notes[0]
    done.left_out = ("Seizure",)
    export = export_of(rank_by_all(more, knowledge), asked=done)
    assert export.model_ranks is None
    assert "to a what-if, without: Seizure. It is not in this file" in export.notes[0]
    assert export.provenance == Provenance(knowledge.stamp)


def test_an_answer_in_the_making_is_told(knowledge: Knowledge) -> None:
    writing = asked(knowledge, Typist(["word "] * 3000, pause=0.01))
    try:
        export = export_of(rank_by_all(writing.case, knowledge), asked=writing)
        assert export.notes == ("The language model had not answered yet.",)
    finally:
        writing.stop()
        wait(writing)


def test_findings_that_do_not_count_are_in_the_files_with_the_reason(knowledge: Knowledge) -> None:
    draft = edits.add(draft_of_case(CASE, knowledge), [CaseTerm("HP:0000508", "Ptosis")], "family")
    ranked = rank_by_all(case_of(draft, knowledge), knowledge)
    export = export_of(ranked, findings=counted(draft, knowledge))
    found = json.loads(as_json(export, NOW))["findings"]
    assert [f for f in found if not f["counts"]] == [
        {
            "hpo_id": "HP:0000508",
            "label": "Ptosis",
            "status": "family",
            "counts": False,
            "why": "a relative's, not the patient's",
        }
    ]
    html = printable_report(export, NOW)
    assert "Listed, not counted:" in html
    assert "(a relative&#x27;s, not the patient&#x27;s)" in html
