"""What a grader says of one answer, and what every grader looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Protocol, TypeVar

Item = Mapping[str, Any]
"""One row of a data set: everything beside the answer that a grader may look at."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A score, the scores of its parts by name, and what went wrong.

    `score` is None where the grader itself failed (its code, its formula, a key that the item
    lacks): that is never a silent 0. An answer that cannot be used (no JSON, no list) is the
    answer's fault: it scores 0 and `problem` says why.
    """

    score: float | None
    parts: Mapping[str, float] = field(default_factory=dict)
    problem: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the grader failed, as against the answer."""
        return self.score is None


class Grader(Protocol):
    """Grades one answer after another; never raises for what an answer or an item holds."""

    @property
    def name(self) -> str: ...

    def grade(self, output_text: str, item: Item) -> Grade:
        """The grade of one answer to one item."""
        ...


_Grader = TypeVar("_Grader")


class ItemProblem(Exception):
    """An item lacks what a grader needs; becomes a grade without a score."""


class AnswerProblem(Exception):
    """An answer lacks what a grader needs; becomes a grade of 0 with the problem recorded."""


def told_apart(
    grade: Callable[[_Grader, str, Item], Grade],
) -> Callable[[_Grader, str, Item], Grade]:
    """Turn the two problems that a `grade` method meets into the grades that they stand for."""

    @wraps(grade)
    def guarded(self: _Grader, output_text: str, item: Item) -> Grade:
        try:
            return grade(self, output_text, item)
        except ItemProblem as problem:
            return Grade(None, problem=str(problem))
        except AnswerProblem as problem:
            return Grade(0.0, problem=str(problem))

    return guarded
