"""The same evaluation as tables, JSON, Parquet, HTML and in the store."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from genecaller.cases import Case
from genecaller.errors import UsageError
from genecaller.evaluation import Evaluation, Listed, evaluate
from genecaller.evaluation.metrics import METRICS
from genecaller.evaluation.records import as_json, write_parquet
from genecaller.evaluation.report.html import render_html
from genecaller.evaluation.report.tables import p_value, render
from genecaller.evaluation.to_store import keep
from genecaller.rankers import make_ranker
from genecaller.ranking import RankedGene, Ranking, Weights
from genecaller.store import open_store
from genecaller.store.provenance import Provenance
from ontology.files import plainly_named
from ontology.knowledge import Knowledge

HOSTILE = "<script>alert(1)</script>[bold]"


@pytest.fixture
def evaluation(cases: list[Case], tiny_knowledge: Knowledge) -> Evaluation:
    genes = (RankedGene(1, "TSC1", 0.8, None, ""),)
    listed = Listed(HOSTILE, {case.id: Ranking(case.id, "x", None, "k", genes) for case in cases})
    return evaluate(
        cases,
        [make_ranker("sum", tiny_knowledge)],
        tiny_knowledge,
        ["as-published", "unseen-publication"],
        listed=[listed],
        resamples=100,
        seed=11,
    )


def test_json_has_one_object_a_ranker_and_stratum(evaluation: Evaluation) -> None:
    records = json.loads(as_json(evaluation))
    keys = [(record["ranker"], record["stratum"]) for record in records]
    assert len(keys) == len(set(keys)) == 2 * 4
    for record in records:
        assert {"n", "genes", "knowledge", "model", "adapter", "seed"} <= record.keys()
        assert record["seed"] == 11
        for metric in METRICS:
            for mean in ("micro", "macro"):
                one = record[metric][mean]
                assert 0 <= one["value"] <= 1
                assert one["low"] is None or one["low"] <= one["value"] <= one["high"]


def test_parquet_reads_back(evaluation: Evaluation, tmp_path: Path) -> None:
    figures, cases, comparisons = write_parquet(evaluation, tmp_path / "it's")
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(
            "SELECT top1.micro.value, model FROM read_parquet(?) WHERE ranker = 'sum' "
            "AND stratum = 'as-published'",
            [str(figures)],
        ).fetchall()
        ranks = connection.execute(
            "SELECT count(*), count(rank), typeof(any_value(model)) FROM read_parquet(?)",
            [str(cases)],
        ).fetchone()
        assert connection.execute("SELECT count(*) FROM read_parquet(?)", [str(comparisons)])
    (row,) = [r for r in evaluation.rows if (r.ranker, r.stratum) == ("sum", "as-published")]
    assert found == [(row.figures.micro["top1"].value, None)]
    assert ranks is not None
    assert ranks[0] == 2 * len(evaluation.solved)
    assert ranks[2] == "VARCHAR"


def test_a_folder_that_cannot_be_written_is_said(evaluation: Evaluation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_parquet(evaluation, tmp_path / "file" / "below")


class Balanced(HTMLParser):
    """Checks that every element is closed in order, and gathers what a page could fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [str(v) for name, v in attrs if name in ("src", "href", "xlink:href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_html_is_whole_escaped_and_fetches_nothing(evaluation: Evaluation) -> None:
    page = render_html(evaluation)
    parser = Balanced()
    parser.feed(page)
    assert parser.open == []
    assert parser.fetched == []
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "url(" not in page
    assert "prefers-color-scheme:dark" in page
    assert "2025-01-16" in page
    assert page.count("<svg") >= 6
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)


def test_tables_show_n_and_survive_names_that_look_like_markup(evaluation: Evaluation) -> None:
    console = Console(width=160, file=StringIO())
    for part in render(evaluation, finer=True):
        console.print(part)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert HOSTILE in text
    assert "as-published: 6 cases of 4 genes" in text
    assert "seed 11" in text
    assert "Leakage: 1 of 7 cases (14.3%)" in text
    assert "1 cases name no gene" in text


def test_small_probabilities_are_not_written_as_nothing() -> None:
    assert p_value(0.0) == "<0.0001"
    assert p_value(0.0213) == "0.0213"


def test_everything_is_kept_in_the_store(evaluation: Evaluation, tmp_path: Path) -> None:
    with open_store(tmp_path / "store.duckdb") as store:
        run = store.start_run("evaluate", Provenance(knowledge=evaluation.knowledge, seed=11))
        number = keep(
            evaluation,
            store,
            run_id=run,
            title="tiny",
            cases_source="tests",
            imported_from={HOSTILE: "results.tsv"},
        )
        rankers = {one.ranker: one for one in store.read_rankers(number)}
        assert rankers[HOSTILE].imported_from == "results.tsv"
        assert rankers["sum"].ms_per_case is not None
        (top1,) = store.read_figures(
            number, ranker="sum", stratum="as-published", averaging="macro", metric="top1"
        )
        (row,) = [r for r in evaluation.rows if (r.ranker, r.stratum) == ("sum", "as-published")]
        assert (top1.n, top1.value) == (4, row.figures.macro["top1"].value)
        assert top1.low == row.figures.macro["top1"].low
        assert len(store.read_ranks(number, ranker="sum", protocol="unseen-publication")) == 2
        truths = {truth.case_id: truth.strata for truth in store.read_truths(number)}
        assert "unseen-publication" in truths["unseen"]
        assert "unseen-publication" not in truths["cited"]
        assert store.read_comparisons(number)


@pytest.fixture
def seen(cases: list[Case], tiny_knowledge: Knowledge) -> Evaluation:
    """One list by the full weights, which were trained on TSC1 and TBX1, and one held out."""
    genes = (RankedGene(1, "TSC1", 0.8, None, ""),)

    def listed(name: str, weights: Weights | None) -> Listed:
        made = {c.id: Ranking(c.id, "default", None, "k", genes, (), weights) for c in cases}
        return Listed(name, made)

    return evaluate(
        cases,
        [make_ranker("sum", tiny_knowledge)],
        tiny_knowledge,
        ["as-published", "unseen-publication"],
        listed=[listed("mine", "full"), listed("honest", "held-out"), listed("plain", None)],
        resamples=50,
    )


def test_figures_on_training_genes_are_marked_wherever_they_are_shown(
    seen: Evaluation, tmp_path: Path
) -> None:
    (warning,) = seen.warnings
    assert warning.startswith(
        "mine \N{DAGGER}: 3 of the 7 cases are of genes that the weights which ranked them were "
        "trained on, so its figures are too good; score the cases with --weights held-out"
    )
    console = Console(width=160, file=StringIO())
    for part in render(seen, finer=True):
        console.print(part)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\N{BOX DRAWINGS LIGHT VERTICAL} mine \N{DAGGER} " in text
    assert "sum against mine \N{DAGGER}" in text
    assert "honest \N{DAGGER}" not in text
    assert "plain \N{DAGGER}" not in text
    assert "WARNING: mine" in text
    page = render_html(seen)
    assert "<td>mine \N{DAGGER}</td>" in page
    assert "<li class='warning'>WARNING: mine" in page
    assert "sum against mine \N{DAGGER} <span" in page
    found = {(r["ranker"], r["stratum"]): r for r in json.loads(as_json(seen))}
    assert {key: r["trained_on"] for key, r in found.items() if r["trained_on"]} == {
        ("mine", "all"): 3,
        ("mine", "as-published"): 3,
        ("mine", "unseen-publication"): 1,
    }
    assert found["mine", "all"]["warning"] == warning
    assert found["honest", "all"]["warning"] is None
    _, cases, _ = write_parquet(seen, tmp_path / "p*[1]")
    with plainly_named(cases) as plain, duckdb.connect(":memory:") as connection:
        rows = connection.execute(
            "SELECT case_id FROM read_parquet(?) WHERE ranker = 'mine' AND trained_on"
            " ORDER BY case_id",
            [str(plain)],
        ).fetchall()
    assert rows == [("cited",), ("inheritance-only",), ("unseen",)]


def test_remarks_on_the_input_stand_with_the_notes(
    cases: list[Case], tiny_knowledge: Knowledge
) -> None:
    ranker = make_ranker("sum", tiny_knowledge)
    found = evaluate(cases, [ranker], tiny_knowledge, resamples=50, remarks=["x matched by name"])
    assert found.notes[-1] == "x matched by name"
    assert found.warnings == ()
