"""A grader with a score from which an answer passes: OpenAI's `pass_threshold`, for any grader."""

from __future__ import annotations

from dataclasses import dataclass, replace

from genecaller.graders.outcome import Grade, Grader, Item

PASSED = "passed"
"""The part that says whether an answer passed, 1 or 0; its mean is the share passed."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The grades of `grader`, each with the part "passed": 1 from `pass_threshold` on, else 0.

    The score stays what it is. A grade without a score neither passes nor fails.
    """

    grader: Grader
    pass_threshold: float

    @property
    def name(self) -> str:
        """The grader's own name."""
        return self.grader.name

    def grade(self, output_text: str, item: Item) -> Grade:
        """The grader's grade, and whether it passed."""
        grade = self.grader.grade(output_text, item)
        if grade.score is None:
            return grade
        passed = float(grade.score >= self.pass_threshold)
        return replace(grade, parts={**grade.parts, PASSED: passed})
