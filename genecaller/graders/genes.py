"""Graders of gene lists: the rank of the right gene, the form of the answer, its length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from genecaller.graders.gene_rank import (
    DECAY,
    SECOND,
    gene_rank_score,
    rank_of_truth,
    reciprocal_rank,
    top_k,
    top_max,
)
from genecaller.graders.outcome import Grade, Item, told_apart
from genecaller.graders.template import Template
from genecaller.llm.answer import Answer, parse_answer
from ontology.genes import gene_names

RankScore = Literal["gene_rank", "top_k", "top_max", "reciprocal_rank"]


@lru_cache(maxsize=64)
def _parse(text: str, candidates: tuple[str, ...] | None) -> Answer:
    # several graders of one formula read the same answer
    return parse_answer(text, gene_names(), candidates=candidates)


def parsed(template: Template, output_text: str, item: Item) -> Answer:
    """The answer that a template picks out, read as a list of genes.

    The item's "candidates", where it has some, settle ambiguous names. Raises ItemProblem and
    AnswerProblem as the template does.
    """
    offered = item.get("candidates")
    known = tuple(map(str, offered)) if isinstance(offered, Sequence) and offered else None
    return _parse(template.render(output_text, item), known)


def problems_of(answer: Answer) -> str | None:
    """What is wrong with an answer, in one line."""
    return "; ".join(map(str, answer.problems)) or None


@dataclass(frozen=True, slots=True)
class GeneRank:
    """Scores by where the right gene stands in the answer's list.

    `score` is "gene_rank" (1, `second`, then times `decay` a rank; only 1 and 0.7 were announced
    for the grader this is modelled on), "top_k" (1 within the first `k`), "top_max" (1 anywhere)
    or "reciprocal_rank". Aliases count as their gene.
    """

    name: str
    input: Template
    reference: Template
    score: RankScore
    second: float = SECOND
    decay: float = DECAY
    k: int = 1

    @told_apart
    def grade(self, output_text: str, item: Item) -> Grade:
        """The score of the right gene's rank; 0 where it is not listed."""
        gene = self.reference.render(output_text, item)
        answer = parsed(self.input, output_text, item)
        if not gene.strip():
            return Grade(None, problem="the item names no right gene")
        rank = rank_of_truth(answer.symbols, gene)
        return Grade(self._score(rank), problem=problems_of(answer))

    def _score(self, rank: int | None) -> float:
        match self.score:
            case "gene_rank":
                return gene_rank_score(rank, second=self.second, decay=self.decay)
            case "top_k":
                return top_k(rank, self.k)
            case "top_max":
                return top_max(rank)
            case "reciprocal_rank":
                return reciprocal_rank(rank)


@dataclass(frozen=True, slots=True)
class Format:
    """Whether an answer keeps the form: thoughts in `<think>…</think>`, then a list of real genes.

    A half for the thoughts (where `thoughts` asks for them) and a half for the list: real genes,
    each once, each with a reason (where `reasons`), `fewest` to `most` of them (None: no bound).
    The list's half is the share of its entries that are right, so that every repair pays.
    """

    name: str
    input: Template
    thoughts: bool = True
    reasons: bool = True
    fewest: int = 1
    most: int | None = None

    @told_apart
    def grade(self, output_text: str, item: Item) -> Grade:
        """The share of the form that is kept; parts "thoughts" and "list"."""
        answer = parsed(self.input, output_text, item)
        parts = {"list": self._list(answer)}
        if self.thoughts:
            unclosed = any(problem.kind == "unclosed_think" for problem in answer.problems)
            parts["thoughts"] = float(bool(answer.thoughts) and not unclosed)
        return Grade(sum(parts.values()) / len(parts), parts, problems_of(answer))

    def _list(self, answer: Answer) -> float:
        kept = answer.genes[: self.most] if self.most is not None else answer.genes
        right = sum(bool(gene.explanation) or not self.reasons for gene in kept)
        faults = sum(int(p.detail) if p.kind == "more" else 1 for p in answer.problems)
        faults += len(answer.genes) - len(kept)
        entries = max(len(kept) + faults, self.fewest)
        return right / entries if entries else 0.0


@dataclass(frozen=True, slots=True)
class Length:
    """1 for a text of at most `most` units, falling straight to 0 at `zero_at`.

    Fewer than `least` units score their share of it. Units are words or characters.
    """

    name: str
    input: Template
    most: int
    zero_at: int
    least: int = 0
    unit: Literal["words", "characters"] = "words"

    @told_apart
    def grade(self, output_text: str, item: Item) -> Grade:
        """How well the text keeps to its length; part "length" is its length in units."""
        text = self.input.render(output_text, item)
        length = len(text.split()) if self.unit == "words" else len(text)
        parts: dict[str, Any] = {"length": float(length)}
        if length < self.least:
            return Grade(length / self.least, parts)
        over = (length - self.most) / (self.zero_at - self.most)
        return Grade(min(1.0, max(0.0, 1.0 - over)), parts)
