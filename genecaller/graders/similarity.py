"""The graders that compare texts: string_check and text_similarity, as OpenAI named them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from genecaller.graders.meteor import meteor
from genecaller.graders.ngrams import bleu, gleu, rouge_l, rouge_n, tokens_of, words_of
from genecaller.graders.outcome import Grade, Item, told_apart
from genecaller.graders.template import Template

Operation = Literal["eq", "ne", "like", "ilike"]
Metric = Literal[
    "fuzzy_match",
    "bleu",
    "gleu",
    "meteor",
    "rouge_1",
    "rouge_2",
    "rouge_3",
    "rouge_4",
    "rouge_5",
    "rouge_l",
]
METRICS: tuple[Metric, ...] = get_args(Metric)
_MOST_TOKENS = 4000


def fuzzy_match(candidate: str, reference: str) -> float:
    """The share of characters two texts have in common: rapidfuzz's ratio, 0 to 1."""
    from rapidfuzz import fuzz

    return float(fuzz.ratio(candidate, reference)) / 100


def _over_tokens(measure: Callable[[list[str], list[str]], float]) -> Callable[[str, str], float]:
    return lambda candidate, reference: measure(
        tokens_of(candidate)[:_MOST_TOKENS], tokens_of(reference)[:_MOST_TOKENS]
    )


def _rouge(n: int) -> Callable[[str, str], float]:
    return lambda candidate, reference: rouge_n(words_of(candidate), words_of(reference), n)


_MEASURES: dict[str, Callable[[str, str], float]] = {
    "fuzzy_match": fuzzy_match,
    "bleu": _over_tokens(bleu),
    "gleu": _over_tokens(gleu),
    "meteor": _over_tokens(meteor),
    **{f"rouge_{n}": _rouge(n) for n in range(1, 6)},
    "rouge_l": lambda candidate, reference: rouge_l(
        words_of(candidate)[:_MOST_TOKENS], words_of(reference)[:_MOST_TOKENS]
    ),
}


def similarity(candidate: str, reference: str, metric: Metric) -> float:
    """How alike two texts are by one metric, 0 to 1; texts that are the same are 1 by any.

    A text too short for an order of n-grams would otherwise not even equal itself.
    """
    if candidate.strip() == reference.strip():
        return 1.0
    return min(1.0, max(0.0, _MEASURES[metric](candidate, reference)))


@dataclass(frozen=True, slots=True)
class StringCheck:
    """1 or 0: the input equals the reference (eq), does not (ne), or contains it (like, ilike).

    "ilike" pays no heed to case. Texts are compared as they stand, spaces included.
    """

    name: str
    input: Template
    reference: Template
    operation: Operation

    @told_apart
    def grade(self, output_text: str, item: Item) -> Grade:
        """1 where the check holds, else 0."""
        written = self.input.render(output_text, item)
        wanted = self.reference.render(output_text, item)
        match self.operation:
            case "eq":
                holds = written == wanted
            case "ne":
                holds = written != wanted
            case "like":
                holds = wanted in written
            case "ilike":
                holds = wanted.casefold() in written.casefold()
        return Grade(float(holds))


@dataclass(frozen=True, slots=True)
class TextSimilarity:
    """How alike input and reference are, 0 to 1, by one of `METRICS`."""

    name: str
    input: Template
    reference: Template
    evaluation_metric: Metric

    @told_apart
    def grade(self, output_text: str, item: Item) -> Grade:
        """The metric between the two rendered texts."""
        written = self.input.render(output_text, item)
        wanted = self.reference.render(output_text, item)
        return Grade(similarity(written, wanted, self.evaluation_metric))
