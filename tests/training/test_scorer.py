"""A run's reward function: what it keeps of a round, and what each line of an answer earns."""

from __future__ import annotations

from typing import Any

import pytest

from genecaller.graders import Grade
from training.data.dataset import Item
from training.loop.callbacks import Scorer
from training.ppo.reward import task_of

ITEM: dict[str, Any] = {
    "messages": [{"role": "user", "content": "Which gene?"}],
    "gene": "FBN1",
    "candidates": ["TGFBR2", "FBN1", "SMAD3"],
}
GRADER = {
    "type": "multi",
    "calculate_output": "0.5 * first + 0.3 * rank + 0.2 * form",
    "graders": {
        "first": {"type": "top_k", "k": 1},
        "rank": {"type": "gene_rank"},
        "form": {"type": "format", "fewest": 2},
    },
}
ANSWERS = [
    "<think>Aorta.</think>\n1. FBN1 - aorta\n2. SMAD3 - aorta",
    "<think>Aorta.</think>\n1. SMAD3 - aorta\n2. FBN1 - aorta\n3. SMAD3 - aorta",
    "no list at all",
    "",
]


def scorer() -> Scorer:
    return Scorer([ITEM], task_of(GRADER, [ITEM]).grade, kept_a_round=2)


def test_the_lines_of_an_answer_earn_its_score() -> None:
    made = scorer()
    rows = [0] * len(ANSWERS)
    earned = made.by_line(rows, ANSWERS)
    assert [len(lines) for lines in earned] == [3, 4, 1, 1]
    assert [sum(lines) for lines in earned] == pytest.approx(made(rows, ANSWERS))
    thought, first, second = earned[0]
    assert thought == pytest.approx(0.2 * 0.5)
    assert first == pytest.approx(0.5 + 0.3 + 0.2 * 0.25)
    assert second == pytest.approx(0.2 * 0.25)
    # The right gene comes second; naming a gene again costs.
    assert earned[1][2] == pytest.approx(0.3 * 0.7 + 0.2 * 0.25)
    assert earned[1][3] < 0


def test_only_whole_answers_count_in_what_is_kept_of_a_round() -> None:
    made = scorer()
    made.by_line([0, 0], ANSWERS[:2])
    made([0, 0], ANSWERS[:2])
    means, kept = made.flush()
    assert [answer["text"] for answer in kept] == ANSWERS[:2]
    assert means["part/first"] == 0.5
    assert means["grader_failures"] == 0.0


def test_answers_that_could_not_be_graded_are_counted_with_the_first_reason() -> None:
    def grade(answer: str, item: Item) -> Grade:
        return Grade(1.0) if answer == "good" else Grade(None, problem=f"no grade for {answer}")

    scorer = Scorer([{"x": 1}], grade, kept_a_round=4)
    assert scorer([0, 0, 0], ["good", "bad", "worse"]) == [1.0, None, None]
    assert scorer.first_reason() == "no grade for bad"
    means, _ = scorer.flush()
    assert means["grader_failures"] == 2.0
    assert scorer.failed == "2 of 3 answers: no grade for bad"
    assert scorer([0], ["good"]) == [1.0]
    assert scorer.first_reason() is None
