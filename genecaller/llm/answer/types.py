"""What an answer parses to: thoughts, genes in order, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ProblemKind = Literal[
    "empty",
    "unclosed_think",
    "echo",
    "cut_off",
    "no_list",
    "prose",
    "no_gene",
    "unknown_gene",
    "ambiguous_gene",
    "duplicate",
    "not_a_candidate",
    "unusable_answers",
    "more",
]
_SENTENCES: dict[ProblemKind, str] = {
    "empty": "the answer is empty",
    "unclosed_think": "the thoughts are never closed by </think>",
    "echo": "the answer repeats the prompt",
    "cut_off": "the answer is cut off: {}",
    "no_list": "the answer holds no list of genes",
    "prose": "the genes stand in prose, not in a list",
    "no_gene": "a list entry names no gene: {}",
    "unknown_gene": "no such gene: {}",
    "ambiguous_gene": "this name belongs to several genes: {}",
    "duplicate": "listed more than once: {}",
    "not_a_candidate": "not among the candidates offered: {}",
    "unusable_answers": "{} sampled answers name no gene",
    "more": "and {} more problems",
}
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an answer; `detail` is what it is about, cut to 80 characters."""

    kind: ProblemKind
    detail: str = ""

    def __str__(self) -> str:
        return _SENTENCES[self.kind].format(self.detail)


@dataclass(frozen=True, slots=True)
class AnsweredGene:
    """One gene of an answer: HGNC symbol, the name as written, the words that explain it."""

    symbol: str
    written: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed answer: `genes` in the answer's order, each once; an empty one is a miss."""

    thoughts: str | None
    genes: tuple[AnsweredGene, ...]
    problems: tuple[Problem, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """The HGNC symbols in the answer's order."""
        return tuple(gene.symbol for gene in self.genes)

    @property
    def is_well_formed(self) -> bool:
        """Whether it has a list of genes in the form asked for, every one real and named once."""
        return bool(self.genes) and not self.problems


def bounded(problems: list[Problem]) -> tuple[Problem, ...]:
    """The different problems of a list, the first of them, and a count of the rest."""
    problems = list(dict.fromkeys(problems))
    if len(problems) <= MOST_PROBLEMS:
        return tuple(problems)
    rest = Problem("more", str(len(problems) - MOST_PROBLEMS))
    return (*problems[:MOST_PROBLEMS], rest)
