"""The files that the page offers hold what it shows, though they are made outside its session."""

from __future__ import annotations

import csv
import io
import json
import re
import threading
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from app import draft as edits
from app.draft import draft_of_case
from genecaller.cases import CaseTerm
from ontology.knowledge import Knowledge
from tests.app.test_answering import TUBERS, Typist, asked, wait

Files = dict[str, Callable[[], str]]


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Files:
    """What makes each file that the page offers, as it was handed to Streamlit."""
    files: Files = {}

    def button(label: str, data: Callable[[], str], **_: Any) -> bool:
        files[label] = data
        return False

    monkeypatch.setattr(st, "download_button", button)
    return files


def outside_the_session(make: Callable[[], str]) -> str:
    """A file made as Streamlit makes it: in a thread that knows no session."""
    made: list[str] = []
    thread = threading.Thread(target=lambda: made.append(make()))
    thread.start()
    thread.join()
    return made[0]


def table_of(app: AppTest) -> list[dict[str, str]]:
    """The genes as the page shows them."""
    html = "".join(element.proto.body for element in app.get("html"))
    rows = []
    for line in re.findall(r"<details.*?</summary>", html, re.DOTALL):
        cells = {
            "rank": r'gc-rank">(\d+)',
            "gene": r'gc-gene">([^<]+)',
            "disease": r'gc-disease">([^<]+)',
            "confidence": r"Confidence </i>(\d+%)",
            "words": r'gc-words">([^<]+)',
            "model": r"Model </i>([^<]+)",
        }
        found = {name: re.search(form, line) for name, form in cells.items()}
        rows.append({name: unescape(m[1]) if m else "" for name, m in found.items()})
    return rows


def test_every_file_holds_what_the_page_shows(
    app: AppTest, knowledge: Knowledge, offered: Files
) -> None:
    desk = app.session_state["desk"]
    desk.open(draft_of_case(TUBERS, knowledge))
    desk.asked = wait(asked(knowledge, Typist(["1. TSC1 - tubers & more", "\n2. TSC2 - tubers"])))
    app.run()
    assert not app.exception
    shown = table_of(app)
    assert len(shown) == 10
    assert {row["gene"]: row["model"] for row in shown}["TSC1"] == "1"

    files = {name: outside_the_session(make) for name, make in offered.items()}
    assert set(files) == {"Report", "Phenopacket", "TSV", "JSON"}

    lines = list(csv.DictReader(io.StringIO(files["TSV"]), delimiter="\t"))[:10]
    record = json.loads(files["JSON"])
    for row, line, gene in zip(shown, lines, record["genes"][:10], strict=True):
        assert (line["rank"], line["gene"], line["disease"]) == (
            row["rank"],
            row["gene"],
            row["disease"],
        )
        assert (str(gene["rank"]), gene["symbol"]) == (row["rank"], row["gene"])
        assert (
            f"{float(line['confidence']):.0%}" == f"{gene['confidence']:.0%}" == row["confidence"]
        )
        assert row["words"].startswith(f"explains {line['explains']} of {line['findings']}")
        assert (line["model_rank"] or "–") == str(gene["model_rank"] or "–") == row["model"]
    assert record["model_answer"]["text"] == "1. TSC1 - tubers & more\n2. TSC2 - tubers"
    assert record["provenance"]["model"] == "typist"
    assert record["provenance"]["knowledge"] == knowledge.stamp
    for row in shown:
        assert f"<i>{row['gene']}</i>" in files["Report"]
    assert "tubers &amp; more" in files["Report"]
    assert "model typist" in files["Report"]
    packet = json.loads(files["Phenopacket"])
    assert [f["type"]["id"] for f in packet["phenotypicFeatures"]] == ["HP:0009717"]


def test_the_files_of_a_what_if_hold_the_whole_case(
    app: AppTest, knowledge: Knowledge, offered: Files
) -> None:
    desk = app.session_state["desk"]
    draft = edits.add(draft_of_case(TUBERS, knowledge), [CaseTerm("HP:0001250", "Seizure")])
    desk.open(edits.switch(draft, "HP:0009717"))
    app.run()
    assert not app.exception
    files = {name: outside_the_session(make) for name, make in offered.items()}
    record = json.loads(files["JSON"])
    assert record["genes"][0]["symbol"] in ("TSC1", "TSC2")
    assert table_of(app)[0]["gene"] not in ("TSC1", "TSC2")
    assert {t["hpo_id"] for t in record["case"]["terms"]} == {"HP:0009717", "HP:0001250"}
    for made in files.values():
        assert "without: Cortical tubers" in made
