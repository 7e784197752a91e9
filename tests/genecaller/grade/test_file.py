import json
from pathlib import Path

import pytest

from genecaller.errors import UsageError
from genecaller.grade import grade_file, make_grader
from genecaller.grade.file import histogram


def write(path: Path, lines: list[object]) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts))
    return path


def test_every_form_of_line_is_graded_and_broken_ones_are_counted(tmp_path: Path) -> None:
    path = write(
        tmp_path / "answers.jsonl",
        [
            {"case_id": "a", "gene": "TSC2", "output_text": "1. TSC2 - x"},
            {"item": {"gene": "TSC2", "id": 7}, "sample": {"output_text": "1. TSC1\n2. TSC2"}},
            "",
            {"gene": "TSC2", "messages": [{"role": "assistant", "content": "1. MTOR"}]},
            {"output_text": "1. TSC2"},
            {"gene": "TSC2"},
            "[1, 2]",
            "{broken",
        ],
    )
    done: list[int] = []
    report = grade_file(path, make_grader({"type": "gene_rank", "name": "r"}), done.append)
    assert (report.n, report.failed, len(done)) == (7, 4, 7)
    assert report.mean == pytest.approx(1.7 / 3)
    assert report.mean_with_failures == pytest.approx(1.7 / 7)
    assert [(r.line, r.case_id, r.grade and r.grade.score) for r in report.rows] == [
        (1, "a", 1.0),
        (2, "7", 0.7),
        (4, None, 0.0),
        (5, None, None),
        (6, None, None),
        (7, None, None),
        (8, None, None),
    ]
    assert len(report.problems) == 4
    assert report.problems[0] == f"{path}, line 5: the item has no item.gene"
    assert json.loads(json.dumps(report.as_record()))["n"] == 7


def test_parts_are_averaged(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        [{"output_text": "<think>x</think>\n1. TSC2 - x"}, {"output_text": "1. TSC2 - x"}],
    )
    report = grade_file(path, make_grader({"type": "format"}))
    assert report.parts == {"list": 1.0, "thoughts": 0.5}
    assert [bin_.count for bin_ in report.histogram] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 1]


def test_a_histogram_holds_every_score_whatever_its_range() -> None:
    assert [b.count for b in histogram([0.0, 0.05, 0.1, 1.0])] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    wide = histogram([-2.5, 0.0, 7.0])
    assert (wide[0].low, wide[-1].high, sum(b.count for b in wide)) == (-3.0, 7.0, 3)
    assert sum(b.count for b in histogram([])) == 0


def test_a_file_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    grader = make_grader({"type": "format"})
    with pytest.raises(UsageError, match="cannot be read"):
        grade_file(tmp_path / "none.jsonl", grader)
    with pytest.raises(UsageError, match="holds no answers"):
        grade_file(write(tmp_path / "e.jsonl", [""]), grader)
