"""A grader made of graders: their scores, joined by a formula; nested as deep as one likes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from genecaller.graders.formula import Formula
from genecaller.graders.outcome import Grade, Grader, Item


@dataclass(frozen=True, slots=True)
class Multi:
    """Several graders by key and a formula over the keys.

    `parts` of its grades holds every score by key, those of nested graders as "outer.inner". It
    fails where a grader that the formula uses fails; one that it does not use is only watched.
    """

    name: str
    graders: Mapping[str, Grader]
    formula: Formula

    def grade(self, output_text: str, item: Item) -> Grade:
        """The formula's value over the scores of all graders."""
        scores: dict[str, float] = {}
        parts: dict[str, float] = {}
        problems: list[str] = []
        failed = False
        for key, grader in self.graders.items():
            grade = grader.grade(output_text, item)
            parts.update({f"{key}.{name}": score for name, score in grade.parts.items()})
            if grade.problem:
                problems.append(f"{key}: {grade.problem}")
            if grade.score is None:
                failed = failed or key in self.formula.names
            else:
                scores[key] = parts[key] = grade.score
        problem = "; ".join(problems) or None
        if failed:
            return Grade(None, parts, problem)
        try:
            return Grade(self.formula.value(scores), parts, problem)
        except (ArithmeticError, ValueError) as error:
            said = f"{self.formula.text[:100]} has no value: {error}"
            return Grade(None, parts, f"{problem}; {said}" if problem else said)
