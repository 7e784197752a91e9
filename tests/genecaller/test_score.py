"""Scoring many cases: every case once, whatever happens in between."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from genecaller.cases import Case
from genecaller.errors import CaseError, GenecallerError, UsageError
from genecaller.ranking import RankedGene, Ranking
from genecaller.score import BATCH, score_cases
from genecaller.score_writer import MOST_UNWRITTEN
from genecaller.store.provenance import Provenance


class Alphabet:
    """A source that is quick and knows its answer; `bad` cases fail as a real one would."""

    name = "alphabet"
    model = None
    knowledge_stamp = "2025-01-16/s1"

    def __init__(
        self,
        stop_after: int | None = None,
        bad: frozenset[str] = frozenset(),
        asked: str | None = None,
    ) -> None:
        self.ranked: list[str] = []
        self.provenance = Provenance(self.knowledge_stamp, asked)
        self.stop_after = stop_after
        self.bad = bad

    def rank(self, cases: Sequence[Case]) -> list[Ranking]:
        if self.stop_after is not None and len(self.ranked) >= self.stop_after:
            raise KeyboardInterrupt
        if any(case.id in self.bad for case in cases):
            raise GenecallerError("cannot be ranked")
        self.ranked += [case.id for case in cases]
        return [self._ranking(case) for case in cases]

    def _ranking(self, case: Case) -> Ranking:
        genes = (
            ()
            if case.id == "empty"
            else (
                RankedGene(1, "TSC2", 0.75, "OMIM:613254", "=explains 3 of 4"),
                RankedGene(2, "TSC1", -0.5, None, 'a "quoted", text'),
            )
        )
        return Ranking(case.id, self.name, None, self.knowledge_stamp, genes, case.problems)


def cases(n: int) -> list[Case | CaseError]:
    return [Case(f"case {i}") for i in range(n)]


def ids(path: Path) -> list[str]:
    return [json.loads(line)["case_id"] for line in path.read_text().splitlines()]


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
