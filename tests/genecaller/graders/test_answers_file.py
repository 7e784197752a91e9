import json
from pathlib import Path

import pytest

from genecaller.errors import UsageError
from genecaller.graders import grade_file, make_grader
from genecaller.graders.answers_file import histogram


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


ANSWERS = [
    {"gene": "TSC2", "output_text": "TSC2"},
    {"gene": "TSC2", "output_text": "TSC2\u2028, \u0085and so on"},
    {"gene": "FBN1", "output_text": "TSC2"},
]
PASS = {
    "type": "text_similarity", "name": "sim", "input": "{{sample.output_text}}",
    "reference": "{{item.gene}}", "pass_threshold": 0.8, "evaluation_metric": "fuzzy_match",
}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "counted_in"),
    [
        ("\n".join(json.dumps(one, ensure_ascii=False) for one in ANSWERS), "line"),
        ("\ufeff" + "\r\n".join(map(json.dumps, ANSWERS)) + "\r\n", "line"),
        ("\ufeff" + json.dumps(ANSWERS), "entry"),
        (json.dumps(ANSWERS, indent=2).replace("\n", "\r\n"), "entry"),
    ],
)
def test_lines_and_arrays_of_any_kind_are_the_same_answers(
    content: str, counted_in: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content.encode())
    report = grade_file(path, make_grader(PASS))
    assert (report.n, report.failed, report.counted_in) == (3, 0, counted_in)
    assert [row.line for row in report.rows] == [1, 2, 3]
    assert report.rows[0].grade is not None
    assert report.rows[0].grade.score == 1.0
    assert [row.grade and row.grade.parts for row in report.rows] == [
        {"passed": 1.0}, {"passed": 0.0}, {"passed": 0.0}
    ]  # fmt: skip
    assert (report.passed, report.pass_threshold, report.share_passed) == (1, 0.8, 1 / 3)


def test_one_object_over_several_lines_is_one_answer(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ANSWERS[0], indent=2))
    assert grade_file(path, make_grader(PASS)).mean == 1.0


def test_what_is_no_answer_is_one_told_row_or_one_told_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    good = json.dumps(ANSWERS[0]).encode()
    path.write_bytes(
        b"\n".join([good, b'{"output_text": "caf\xe9"}', b'{"output_text": "\\ud800"}',
                    b"[" * 5000, b'{"output_text": ' + b"9" * 5000 + b"}", good])
    )  # fmt: skip
    report = grade_file(path, make_grader(PASS))
    assert [row.grade is not None for row in report.rows] == [True, *[False] * 4, True]
    assert "line 2: not UTF-8 (byte 21 of the line)" in report.problems[0]
    assert "surrogates" in report.problems[1]
    json.dumps(report.as_record(), ensure_ascii=False).encode()
    path.write_bytes(b'[\n{"gene": "TSC2", "output_text": "x"},\n')
    with pytest.raises(UsageError, match="begins as a JSON array but is none"):
        grade_file(path, make_grader(PASS))
    path.write_bytes("[]".encode("utf-16"))
    with pytest.raises(UsageError, match="UTF-16"):
        grade_file(path, make_grader(PASS))


def test_an_answer_that_could_not_be_graded_has_not_passed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [ANSWERS[0], {"output_text": "x"}])
    report = grade_file(path, make_grader(PASS))
    assert (report.n, report.failed, report.passed, report.share_passed) == (2, 1, 1, 0.5)
    assert report.parts == {"passed": 1.0}


def test_scores_of_any_size_have_a_mean_and_a_histogram(tmp_path: Path) -> None:
    grader = make_grader({"type": "multi", "graders": {"a": PASS}, "calculate_output": "a * 1e15"})
    report = grade_file(write(tmp_path / "a.jsonl", list(ANSWERS)), grader)
    assert report.mean is not None
    assert sum(bin_.count for bin_ in report.histogram) == 3
    assert "a.passed" in report.parts
    beyond = {"type": "multi", "graders": {"a": PASS}, "calculate_output": "a * 1e15 * 10"}
    failed = grade_file(tmp_path / "a.jsonl", make_grader(beyond))
    assert failed.rows[0].grade is not None
    assert failed.rows[0].grade.score is None
