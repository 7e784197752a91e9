"""What is taken away reads back, runs nothing in a spreadsheet, and names what it was made with."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from app.exports import as_json, as_phenopacket, as_text_cell, as_tsv
from app.ranked import RankedCase, rank_case
from app.report import printable_report
from genecaller.cases import Case, CaseTerm
from genecaller.cases.read import read_cases
from genecaller.rankers import make_ranker
from genecaller.store import Provenance
from ontology.knowledge import Knowledge

NOW = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def ranked(knowledge: Knowledge) -> RankedCase:
    case = Case(
        '=HYPERLINK("http://evil")<script>',
        (CaseTerm("HP:0009717", "Cortical tubers"), CaseTerm("HP:0001250", "Seizure")),
        (CaseTerm("HP:0000175", "Cleft palate"),),
        sex="female",
        age="P3Y",
    )
    others = {"resnik": make_ranker("resnik", knowledge)}
    return rank_case(case, knowledge, make_ranker("default", knowledge), others)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_formula_becomes_text(cell: str) -> None:
    assert as_text_cell(cell) == "'" + cell


def test_a_number_stays_a_number() -> None:
    assert as_text_cell(-1.5) == "-1.5"
    assert as_text_cell(None) == ""


def test_the_table_has_a_line_a_gene_and_no_formula(ranked: RankedCase) -> None:
    rows = list(csv.DictReader(io.StringIO(as_tsv(ranked, {"TSC2": 1})), delimiter="\t"))
    assert len(rows) == len(ranked.rows)
    assert rows[0]["case_id"].startswith("'=")
    assert {row["gene"]: row["model_rank"] for row in rows}["TSC2"] == "1"
    assert rows[0]["resnik"].isdigit()


def test_the_json_holds_case_genes_evidence_and_provenance(
    ranked: RankedCase, knowledge: Knowledge
) -> None:
    record = json.loads(as_json(ranked, Provenance(knowledge.stamp), NOW))
    assert record["provenance"]["knowledge"] == knowledge.stamp
    assert record["genes"][0]["rank"] == 1
    assert {m["hpo_id"] for m in record["genes"][0]["explained"]} == {"HP:0009717", "HP:0001250"}
    assert "research use only" in record["notice"]


def test_the_phenopacket_reads_back(
    ranked: RankedCase, knowledge: Knowledge, tmp_path: Path
) -> None:
    path = tmp_path / "case.json"
    path.write_text(as_phenopacket(ranked, knowledge, NOW))
    (case,) = read_cases(path, knowledge)
    assert isinstance(case, Case)
    assert case.hpo_ids == ranked.case.hpo_ids
    assert case.excluded_hpo_ids == ranked.case.excluded_hpo_ids


def test_the_printed_report_is_escaped_and_whole(ranked: RankedCase, knowledge: Knowledge) -> None:
    html = printable_report(ranked, Provenance(knowledge.stamp), NOW, "female, 3 years")
    assert "<script>" not in html
    assert "http://" not in html.replace("http://evil", "")
    assert knowledge.stamp in html
    assert "For research use only" in html
    assert "Cortical tubers" in html
