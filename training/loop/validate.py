"""Validation of a model under training: greedy answers, graded and measured, with intervals."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genecaller.graders import Grade
from training.data.dataset import Item, prompt_of

GradeAnswer = Callable[[str, Item], Grade]
Measure = Callable[[str, Item], Mapping[str, float]]
"""What else is measured of an answer, independent of the reward: 0 or 1, or any number."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A mean over items with its bootstrap interval (items of one gene drawn together)."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Validated:
    """One model on one validation set.

    `answers`, `grades` and `measures` are in the order of the items; `figures` by name: "reward",
    each part, each measure, "grader_failures", "answer_words". An item whose grader failed counts
    as 0 in the reward: it stays in the denominator.
    """

    answers: tuple[str, ...]
    grades: tuple[Grade, ...]
    measures: tuple[Mapping[str, float], ...]
    figures: Mapping[str, Figure]
    seconds: float

    @property
    def n(self) -> int:
        """How many items were answered."""
        return len(self.answers)

    def as_entry(self) -> dict[str, float | None]:
        """Flat numbers for the journal: each figure with `_low` and `_high`, and n."""
        entry: dict[str, float | None] = {"n": float(self.n), "seconds": self.seconds}
        for name, figure in self.figures.items():
            entry[name] = figure.value
            entry[f"{name}_low"], entry[f"{name}_high"] = figure.low, figure.high
        return entry


def validate(
    model: Any,
    tokenizer: Any,
    items: Sequence[Item],
    grade: GradeAnswer,
    measure: Measure,
    max_new_tokens: int,
    batch: int = 32,
    seed: int = 0,
) -> Validated:
    """Ask a model every item greedily and grade what it says; changes neither model nor seed."""
    started = time.monotonic()
    answers = answer_greedily(model, tokenizer, items, max_new_tokens, batch)
    return judge(answers, items, grade, measure, time.monotonic() - started, seed)


def answer_greedily(
    model: Any, tokenizer: Any, items: Sequence[Item], max_new_tokens: int, batch: int
) -> list[str]:
    """The model's greedy answer to each item, in order, as the rest of the project asks it."""
    from genecaller.llm import LanguageModel

    was_training = model.training
    model.eval()
    try:
        asked = LanguageModel(name="under training", model=model, tokenizer=tokenizer)
        return asked.generate(
            [prompt_of(item) for item in items], max_new_tokens=max_new_tokens, batch_size=batch
        )
    finally:
        model.train(was_training)


def judge(
    answers: Sequence[str],
    items: Sequence[Item],
    grade: GradeAnswer,
    measure: Measure,
    seconds: float,
    seed: int = 0,
) -> Validated:
    """Grade and measure answers that were made before, in the order of the items."""
    grades = [grade(answer, item) for answer, item in zip(answers, items, strict=True)]
    measures = [dict(measure(answer, item)) for answer, item in zip(answers, items, strict=True)]
    columns: dict[str, list[float]] = {
        "reward": [graded.score if graded.score is not None else 0.0 for graded in grades],
        "grader_failures": [float(graded.score is None) for graded in grades],
        "answer_words": [float(len(answer.split())) for answer in answers],
    }
    for name in sorted({name for graded in grades for name in graded.parts}):
        columns[f"part/{name}"] = [float(graded.parts.get(name, 0.0)) for graded in grades]
    for name in sorted({name for measured in measures for name in measured}):
        columns[name] = [float(measured.get(name, 0.0)) for measured in measures]
    return Validated(
        answers=tuple(answers),
        grades=tuple(grades),
        measures=tuple(measures),
        figures=_figures(columns, items, seed),
        seconds=round(seconds, 3),
    )


def _figures(
    columns: Mapping[str, list[float]], items: Sequence[Item], seed: int
) -> dict[str, Figure]:
    from genecaller.evaluation.metrics import estimates

    if not items:
        return {}
    names = list(columns)
    values = np.stack([np.asarray(columns[name], np.float64) for name in names], axis=1)
    keys = [str(item.get("gene") or i) for i, item in enumerate(items)]
    _, group = np.unique(np.asarray(keys), return_inverse=True)
    micro, _ = estimates(values, group, seed, 1000, 0.95)
    return {
        name: Figure(estimate.value, estimate.low, estimate.high)
        for name, estimate in zip(names, micro, strict=True)
    }
