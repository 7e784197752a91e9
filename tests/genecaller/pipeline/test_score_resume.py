"""Going on with an output: what is finished, what was made otherwise, and what is not ours."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from genecaller.cases import Case, CaseTerm
from genecaller.errors import CaseError, UsageError
from genecaller.pipeline.score_cases import score_cases
from tests.genecaller.alphabet import Alphabet, cases, ids, table, whole


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_finished_table_is_found_finished(tmp_path: Path, form: str) -> None:
    """As where the process was killed after the table was in place and before it ended."""
    out = tmp_path / f"out.{form}"
    some: list[Case | CaseError] = [*cases(3), Case("=odd\nid"), Case("empty"), Case("bad")]
    bad = frozenset({"bad"})
    first = score_cases(some, [Alphabet(bad=bad, top=7)], out)
    before = out.read_bytes()
    again = score_cases(some, [Alphabet(bad=bad, top=7)], out)
    assert (first.written, again.written, again.already_done) == (5, 0, 5)
    assert again.failures == first.failures == ["bad, alphabet: cannot be ranked"]
    with pytest.raises(UsageError, match=r"exists already and is whole.*not 'more' by alphabet"):
        score_cases([*some, Case("more")], [Alphabet(bad=bad, top=7)], out)
    with pytest.raises(UsageError, match=r"--top 7, .*now it is .*--top 8"):
        score_cases(some, [Alphabet(bad=bad, top=8)], out)
    assert out.read_bytes() == before
    assert os.listdir(tmp_path) == [out.name]


def test_a_table_killed_before_its_lines_were_removed_is_made_again(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    lines = tmp_path / "lines.jsonl"
    score_cases(cases(3), [Alphabet()], lines)
    lines.rename(tmp_path / "out.csv.partial.jsonl")
    out.write_text("an older table")
    assert score_cases(cases(3), [Alphabet()], out).already_done == 3
    assert table(out) == whole(3)
    assert os.listdir(tmp_path) == ["out.csv"]


def test_another_setting_is_refused_with_both_values(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    score_cases(cases(1), [Alphabet(top=10)], out)
    before = out.read_bytes()
    for sources, message in (
        ([Alphabet(top=50)], r"--top 10, .*now it is .*--top 50"),
        ([Alphabet(top=10, name="other")], r"made by ranker alphabet, now it is other"),
        ([Alphabet(top=10), Alphabet(top=10, name="b")], "rankers alphabet, .*alphabet and b"),
    ):
        with pytest.raises(UsageError, match=message):
            score_cases(cases(2), sources, out)
    assert out.read_bytes() == before
    both = [Alphabet(top=10), Alphabet(top=10, name="b")]
    score_cases(cases(1), both, tmp_path / "both.jsonl")
    with pytest.raises(
        UsageError, match=r"rankers alphabet and b, .*now it is .*rankers alphabet,"
    ):
        score_cases(cases(1), [Alphabet(top=10)], tmp_path / "both.jsonl")
    assert score_cases(cases(1), both, tmp_path / "both.jsonl").already_done == 1


def test_lines_of_an_earlier_version_are_continued(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    score_cases(cases(1), [Alphabet(top=10)], out)
    record = json.loads(out.read_text())
    for key in ("top", "weights", "findings"):
        del record[key]
    out.write_text(json.dumps(record) + "\n")
    assert score_cases(cases(2), [Alphabet(top=10)], out).already_done == 1
    assert ids(out) == ["case 0", "case 1"]


def test_a_file_that_is_not_ours_is_never_cut(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text('{"mine": "without a line end"}')
    with pytest.raises(UsageError, match="line 1: not a line of scores"):
        score_cases(cases(1), [Alphabet()], out)
    assert out.read_text() == '{"mine": "without a line end"}'


def test_another_patient_of_the_same_id_is_not_taken_for_done(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    score_cases([Case("a", (CaseTerm("HP:0001250", "Seizure"),))], [Alphabet()], out)
    inputs: list[Case | CaseError] = [
        Case("a", (CaseTerm("HP:0000252", "Microcephaly"),), source="two.csv"),
        Case("b"),
    ]
    before = out.read_text()
    summary = score_cases(inputs, [Alphabet()], out)
    (failure,) = summary.failures
    assert failure.startswith(f"a (two.csv): stands in {out} already, ranked by other findings")
    assert (summary.written, summary.already_done) == (1, 0)
    assert out.read_text().startswith(before)
    assert ids(out) == ["a", "b"]
