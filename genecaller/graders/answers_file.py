"""A grader over a file of answers: every row's grade, the mean, the histogram, the problems."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genecaller.errors import UsageError
from genecaller.graders.json_lines import Records, Unreadable, json_records, unwritable
from genecaller.graders.outcome import Grade, Grader, Item
from genecaller.graders.specification import shown
from genecaller.graders.threshold import Threshold

BINS = 10
LONGEST = 1 << 30
"""Bytes: more is no file of answers that fits into memory beside its grades."""
_OUTPUT_KEYS = ("output_text", "answer", "output", "completion")


@dataclass(frozen=True, slots=True)
class Bin:
    """How many scores lie in [low, high); the last bin holds its upper edge too."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class GradedRow:
    """One answer of the file with its grade; `grade` is None where it cannot be read.

    `line` is the line's number, or the entry's in a file that is one JSON array.
    """

    line: int
    case_id: str | None
    grade: Grade | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class GradeReport:
    """A whole file's grades.

    `n` counts all lines that hold something; `failed` those that the grader failed on or that
    cannot be read. `mean` is over the scored rows, `mean_with_failures` counts the failed as 0
    (both None without any row). `parts` are the means of each part, over the rows that have it;
    `passed` is how many scores reached the grader's `pass_threshold` (None: it has none).
    `counted_in` says what a row's number counts: "line", or "entry" of an array.
    """

    source: str
    grader: str
    n: int
    failed: int
    mean: float | None
    mean_with_failures: float | None
    parts: Mapping[str, float]
    histogram: tuple[Bin, ...]
    rows: tuple[GradedRow, ...]
    passed: int | None = None
    pass_threshold: float | None = None
    counted_in: str = "line"

    @property
    def share_passed(self) -> float | None:
        """The share of all rows that passed: one that could not be graded did not."""
        return None if self.passed is None else self.passed / self.n

    def place(self, row: GradedRow) -> str:
        """Where a row stands: the file and its line, or its place in the array."""
        return f"{self.source}, {self.counted_in} {row.line}"

    @property
    def problems(self) -> tuple[str, ...]:
        """Every problem with the file and the line it stands in."""
        return tuple(f"{self.place(r)}: {r.problem}" for r in self.rows if r.problem)

    def as_record(self) -> dict[str, Any]:
        """The report as one JSON object, its rows included."""
        return {
            "source": self.source,
            "grader": self.grader,
            "n": self.n,
            "failed": self.failed,
            "mean": self.mean,
            "mean_with_failures": self.mean_with_failures,
            "parts": dict(self.parts),
            "passed": self.passed,
            "pass_threshold": self.pass_threshold,
            "share_passed": self.share_passed,
            "histogram": [[one.low, one.high, one.count] for one in self.histogram],
            "rows": [
                {
                    "line": row.line,
                    "case_id": row.case_id,
                    "score": row.grade.score if row.grade else None,
                    "parts": dict(row.grade.parts) if row.grade else {},
                    "problem": row.problem,
                }
                for row in self.rows
            ],
        }


def grade_file(
    answers: Path, grader: Grader, advance: Callable[[int], None] = lambda n: None
) -> GradeReport:
    """Grade every line of a JSONL file of answers.

    A line is an object with the answer under "output_text" (or "answer", "output", "completion",
    or in "sample", or as the last message of the role assistant) and the item under "item", or
    else in its other keys. The objects may also stand in one JSON array. A byte order mark and
    any kind of line end are read. A line that cannot be read is a failed row, not the end.
    `advance` is told every line done. Raises UsageError where the file cannot be read, holds
    nothing, or is larger than `LONGEST`.
    """
    rows: list[GradedRow] = []
    counted_in, numbered = _contents(answers)
    for number, content in numbered:
        rows.append(_grade_one(number, content, grader))
        advance(1)
    if not rows:
        raise UsageError(f"{answers} holds no answers")
    scores = [row.grade.score for row in rows if row.grade and row.grade.score is not None]
    named: dict[str, list[float]] = {}
    for row in rows:
        for name, score in row.grade.parts.items() if row.grade else ():
            named.setdefault(name, []).append(score)
    threshold = grader.pass_threshold if isinstance(grader, Threshold) else None
    return GradeReport(
        source=str(answers),
        grader=grader.name,
        n=len(rows),
        failed=len(rows) - len(scores),
        mean=sum(scores) / len(scores) if scores else None,
        mean_with_failures=sum(scores) / len(rows),
        parts={name: sum(values) / len(values) for name, values in named.items()},
        histogram=histogram(scores),
        rows=tuple(rows),
        passed=None if threshold is None else sum(score >= threshold for score in scores),
        pass_threshold=threshold,
        counted_in=counted_in,
    )


def histogram(scores: list[float], bins: int = BINS) -> tuple[Bin, ...]:
    """Scores in equal bins from 0 to 1, or as far beyond as the scores lie."""
    low = min(0.0, math.floor(min(scores, default=0.0)))
    high = max(1.0, math.ceil(max(scores, default=1.0)))
    counts = [0] * bins
    for score in scores:
        counts[min(bins - 1, int((score - low) / (high - low) * bins))] += 1
    width = (high - low) / bins
    return tuple(
        Bin(round(low + i * width, 9), round(low + (i + 1) * width, 9), count)
        for i, count in enumerate(counts)
    )


def _contents(path: Path) -> Records:
    try:
        if path.is_file() and path.stat().st_size > LONGEST:
            raise UsageError(f"{path} has more than {LONGEST >> 20} MB; grade it in parts")
        return json_records(path.read_bytes(), path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error


def _grade_one(number: int, record: Any, grader: Grader) -> GradedRow:
    if isinstance(record, Unreadable):
        return GradedRow(number, None, None, str(record))
    if not isinstance(record, dict):
        kind = type(record).__name__
        return GradedRow(number, None, None, f"expected an object, got {kind} {shown(record)}")
    problem = unwritable(record)
    if problem is not None:
        return GradedRow(number, None, None, problem)
    output, item = _output_of(record), _item_of(record)
    name = item.get("case_id", item.get("id"))
    case_id = None if name is None else str(name)
    if output is None:
        expected = ", ".join(_OUTPUT_KEYS)
        return GradedRow(number, case_id, None, f"no answer under any of {expected}")
    grade = grader.grade(output, item)
    return GradedRow(number, case_id, grade, grade.problem)


def _output_of(record: Mapping[str, Any]) -> str | None:
    sample = record.get("sample")
    for table in (sample, record) if isinstance(sample, Mapping) else (record,):
        for key in _OUTPUT_KEYS:
            if isinstance(table.get(key), str):
                return str(table[key])
    messages = record.get("messages")
    if isinstance(messages, list) and messages and isinstance(messages[-1], Mapping):
        last = messages[-1]
        if last.get("role") == "assistant" and isinstance(last.get("content"), str):
            return str(last["content"])
    return None


def _item_of(record: Mapping[str, Any]) -> Item:
    item = record.get("item")
    if isinstance(item, Mapping):
        return item
    return {key: value for key, value in record.items() if key not in ("sample", "output_text")}
