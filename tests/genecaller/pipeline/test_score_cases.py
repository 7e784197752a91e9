"""Scoring many cases: every case once, whatever happens in between."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.cases import Case, CaseTerm, Solution
from genecaller.errors import CaseError, UsageError
from genecaller.pipeline.results_table import COLUMNS, marked, unmarked
from genecaller.pipeline.results_writer import MOST_UNWRITTEN
from genecaller.pipeline.score_cases import BATCH, score_cases
from genecaller.pipeline.sources import ClassicalSource
from genecaller.rankers import make_ranker
from genecaller.ranking import Ranking
from ontology.knowledge import Knowledge
from tests.genecaller.alphabet import Alphabet, cases, ids


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        score_cases(cases(3 * BATCH), [Alphabet(stop_after=BATCH)], out)
    assert len(ids(out)) == BATCH
    with out.open("a") as file:
        file.write('{"case_id": "case 64", "ranker": "alph')  # the line that a kill cut off
    second = Alphabet()
    summary = score_cases(cases(3 * BATCH), [second], out)
    assert (summary.written, summary.already_done) == (2 * BATCH, BATCH)
    assert second.ranked[0] == f"case {BATCH}"
    assert ids(out) == [f"case {i}" for i in range(3 * BATCH)]


def test_failures_are_listed_and_the_others_written(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    broken = CaseError("is empty", source="b.json")
    summary = score_cases([*cases(5), broken], [Alphabet(bad=frozenset({"case 3"}))], out)
    assert ids(out) == ["case 0", "case 1", "case 2", "case 4"]
    assert summary.failures == ["b.json: is empty", "case 3, alphabet: cannot be ranked"]


def test_the_same_id_twice_is_kept_apart_also_on_resuming(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    twice = [Case("same"), Case("same")]
    for expected in (2, 0):
        assert score_cases(twice, [Alphabet()], out).written == expected
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [r["case_id"] for r in records] == ["same", "same#2"]
    assert "comes 2 times" in records[1]["problems"][0]


def test_tables_hold_one_row_a_gene(tmp_path: Path) -> None:
    inputs: list[Case | CaseError] = [Case("=cmd"), Case("empty", problems=("no term", "odd"))]
    score_cases(inputs, [Alphabet()], tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["case_id"], r["rank"], r["symbol"]) for r in rows] == [
        ("'=cmd", "1", "TSC2"),
        ("'=cmd", "2", "TSC1"),
        ("empty", "", ""),
    ]
    assert rows[0]["explanation"] == "'=explains 3 of 4"
    assert rows[1]["score"] == "-0.5"
    assert rows[1]["explanation"] == 'a "quoted", text'
    assert rows[2]["problems"] == "no term; odd"
    assert not (tmp_path / "out.csv.partial.jsonl").exists()

    score_cases(inputs, [Alphabet()], tmp_path / "out.parquet")
    table = duckdb.sql(f"SELECT case_id, rank, explanation FROM '{tmp_path}/out.parquet'")
    assert table.fetchall()[0] == ("=cmd", 1, "=explains 3 of 4")


@pytest.mark.parametrize(
    ("content", "message"),
    [("not json\n", "line 1: not a line of scores"), ('{"case_id": "a"}\n', "line 1")],
)
def test_another_file_is_not_overwritten(tmp_path: Path, content: str, message: str) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text(content)
    with pytest.raises(UsageError, match=message):
        score_cases(cases(1), [Alphabet()], out)
    assert out.read_text() == content
    score_cases(cases(1), [Alphabet()], out, overwrite=True)
    assert ids(out) == ["case 0"]


def test_scores_of_another_release_are_not_continued(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    score_cases(cases(1), [Alphabet()], out)
    newer = Alphabet()
    newer.knowledge_stamp = "2026-01-01/s1"
    with pytest.raises(UsageError, match=r"now it is model None, knowledge 2026-01-01/s1"):
        score_cases(cases(2), [newer], out)


def test_answers_to_another_prompt_or_decoding_are_not_continued(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    score_cases(cases(1), [Alphabet(asked="3-hybrid-held")], out)
    with pytest.raises(
        UsageError, match=r"prompt 3-hybrid-held, now it is .* prompt 3-hybrid-vote"
    ):
        score_cases(cases(2), [Alphabet(asked="3-hybrid-vote")], out)
    assert score_cases(cases(2), [Alphabet(asked="3-hybrid-held")], out).already_done == 1
    # a line of a classical ranker names no prompt
    score_cases(cases(1), [Alphabet()], tmp_path / "classical.jsonl")
    assert "prompt" not in json.loads((tmp_path / "classical.jsonl").read_text())


def test_what_stands_in_the_output_was_kept_before(tmp_path: Path) -> None:
    """So that a process may be killed at any moment: see also the order of the two writings."""
    out = tmp_path / "out.jsonl"
    kept: list[str] = []

    def keep(batch: Sequence[Case], rankings: Sequence[Ranking]) -> None:
        assert ids(out) == kept
        kept.extend(ranking.case_id for ranking in rankings)

    with pytest.raises(KeyboardInterrupt):
        score_cases(
            cases(2 * MOST_UNWRITTEN),
            [Alphabet(stop_after=MOST_UNWRITTEN + BATCH)],
            out,
            keep=keep,
        )
    assert len(kept) == MOST_UNWRITTEN + BATCH
    assert ids(out) == kept


def test_a_kill_between_keeping_and_writing_only_repeats_cases(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"

    class Killed(BaseException):
        pass

    def keep(batch: Sequence[Case], rankings: Sequence[Ranking]) -> None:
        raise Killed

    with pytest.raises(Killed):
        score_cases(cases(3), [Alphabet()], out, keep=keep)
    assert ids(out) == []
    kept: list[str] = []
    score_cases(cases(3), [Alphabet()], out, keep=lambda batch, _: kept.extend(c.id for c in batch))
    assert ids(out) == kept == ["case 0", "case 1", "case 2"]


def test_outputs_that_cannot_be_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.jsonl"):
        score_cases(cases(1), [Alphabet()], tmp_path / "out.xlsx")
    with pytest.raises(UsageError, match="cannot be written"):
        score_cases(cases(1), [Alphabet()], tmp_path / "missing" / "out.jsonl")
    done = tmp_path / "done.csv"
    done.write_text("mine\n")
    with pytest.raises(UsageError, match="exists already"):
        score_cases(cases(1), [Alphabet()], done)


def test_ids_of_two_sources_never_become_one(tmp_path: Path) -> None:
    """The second file's a would be a#2, which the first one holds."""
    out = tmp_path / "out.jsonl"
    inputs: list[Case | CaseError] = [
        Case("a", source="one.csv, line 2"),
        Case("a#2", source="one.csv, line 3"),
        Case("a", source="two.csv, line 2"),
        Case("a#2", source="two.csv, line 3"),
    ]
    for expected in (4, 0):
        summary = score_cases(inputs, [Alphabet()], out)
        assert summary.written == expected
        assert len(summary.notes) == 2
    assert summary.notes[0] == (
        "two.csv, line 2: the id 'a' comes 3 times in this input; told apart as 'a#3'"
    )
    assert ids(out) == ["a", "a#2", "a#3", "a#2#2"]


@given(st.lists(st.sampled_from(["a", "a#2", "a#2#2", "a#3", "b"]), max_size=12))
def test_every_case_keeps_a_name_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    out = tmp_path_factory.mktemp("names") / "out.jsonl"
    summary = score_cases([Case(name) for name in names], [Alphabet()], out)
    assert len(set(ids(out))) == summary.written == len(names)


def test_a_case_without_a_finding_fails_with_its_reason(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    out = tmp_path / "out.jsonl"
    source = ClassicalSource(make_ranker("sum", tiny_knowledge), tiny_knowledge, 5)
    tubers = (CaseTerm("HP:0009717", "Cortical tubers"),)
    inputs: list[Case | CaseError] = [
        Case("good", tubers),
        Case("bare", problems=("'HP:9' is unknown",), source="b.csv, line 3"),
        Case("only absent", excluded_terms=tubers),
        Case("inheritance", (CaseTerm("HP:0000006", "Autosomal dominant inheritance"),)),
    ]
    summary = score_cases(inputs, [source], out)
    assert ids(out) == ["good"]
    assert (summary.written, len(summary.failures)) == (1, 3)
    assert summary.failures[0] == (
        "bare (b.csv, line 3), sum: has no present HPO term that can be ranked by: "
        "give it the patient's findings; its reader noted: 'HP:9' is unknown"
    )
    assert "1 absent ones alone do not tell genes apart" in summary.failures[1]
    again = score_cases(inputs, [source], out)
    assert (again.written, again.already_done, len(again.failures)) == (0, 1, 3)


def test_an_id_that_is_no_text_fails_alone(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    summary = score_cases([Case("caf\udce9"), Case("b")], [Alphabet()], out)
    assert ids(out) == ["b"]
    assert summary.failures == ["'caf\\udce9': its id is no text; rename its file or it"]


def test_weights_are_written_and_held_to(tmp_path: Path, knowledge: Knowledge) -> None:
    """A ranker that was trained says which weights ranked; one that was not says nothing."""
    terms = tuple(CaseTerm(i, "") for i in ("HP:0009717", "HP:0009716", "HP:0001250"))
    some: list[Case | CaseError] = [
        Case("solved", terms, solution=Solution("TSC1")),
        Case("unsolved", terms),
    ]

    def sources(held_out: bool) -> list[ClassicalSource]:
        return [
            ClassicalSource(make_ranker(name, knowledge), knowledge, 5, held_out=held_out)
            for name in ("default", "sum")
        ]

    found = {}
    for held_out in (False, True):
        out = tmp_path / f"{held_out}.jsonl"
        score_cases(some, sources(held_out), out)
        for line in out.read_text().splitlines():
            record = json.loads(line)
            found[held_out, record["case_id"], record["ranker"]] = record
    weights = {key: record["weights"] for key, record in found.items()}
    assert weights == {
        (False, "solved", "default"): "full",
        (False, "unsolved", "default"): "full",
        (True, "solved", "default"): "held-out",
        (True, "unsolved", "default"): "full",
        **{(h, case, "sum"): None for h in (False, True) for case in ("solved", "unsolved")},
    }
    genes = {key: record["genes"] for key, record in found.items()}
    assert genes[True, "solved", "default"] != genes[False, "solved", "default"]
    assert genes[True, "unsolved", "default"] == genes[False, "unsolved", "default"]
    with pytest.raises(UsageError, match="with weights full, now they are held-out"):
        score_cases(some, sources(True), tmp_path / "False.jsonl")


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_a_marked_cell_is_marked_once_and_unmarked_exactly(text: str) -> None:
    assert unmarked(marked(text)) == text
    assert marked(text).lstrip(" '")[:1] not in tuple("=+@-") or marked(text).startswith("'")


def test_formulas_behind_blanks_are_text() -> None:
    assert [marked(cell) for cell in (" =1+1", "\u00a0@x", "＝1", "'=1", "it's", "'quoted'")] == [
        "' =1+1",
        "'\u00a0@x",
        "'＝1",
        "''=1",
        "it's",
        "'quoted'",
    ]


def test_the_columns_of_a_table_are_those_of_its_lines(tmp_path: Path) -> None:
    score_cases(cases(1), [Alphabet(top=5)], tmp_path / "out.csv")
    score_cases(cases(1), [Alphabet(top=5)], tmp_path / "out.parquet")
    with (tmp_path / "out.csv").open(newline="") as file:
        (first, *_) = list(csv.DictReader(file))
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(f"SELECT * FROM '{tmp_path}/out.parquet'")
        assert tuple(column[0] for column in found.description) == tuple(first) == COLUMNS
        row = dict(zip(COLUMNS, found.fetchall()[0], strict=True))
    assert (row["top"], row["rank"], row["score"]) == (5, 1, 0.75)
    assert (first["top"], first["rank"], first["score"]) == ("5", "1", "0.75")
    assert row["findings"] == first["findings"]
