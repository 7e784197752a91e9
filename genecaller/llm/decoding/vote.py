"""Several sampled answers to one case made into one, by fusing their rankings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genecaller.llm.answer import Answer, AnsweredGene, Problem, parse_answer
from genecaller.llm.language_model import MAX_NEW_TOKENS, LanguageModel
from ontology.genes import GeneNames

if TYPE_CHECKING:
    from genecaller.llm.prompt import Prompt

RRF_K = 60.0


@dataclass(frozen=True, slots=True)
class Voted:
    """The fused answer, the share of the answers that name each of its genes, and all of them.

    `support` is in the order of `answer.genes`.
    """

    answer: Answer
    support: tuple[float, ...]
    answers: tuple[Answer, ...]


def vote(answers: Sequence[Answer], *, k: float = RRF_K) -> Voted:
    """Fuse answers by reciprocal rank: a gene gets 1 / (k + rank) from each that names it.

    Cormack, Clarke and Buettcher, SIGIR 2009; k = 60 as there. Of equal genes the one ranked
    best anywhere comes first, then by symbol. The explanation and the thoughts are those of the
    first answer that ranks the gene (or the winner) best. Answers without genes are counted in
    the problems, and in the denominator of the support. ValueError for no answers.
    """
    if not answers:
        raise ValueError("no answers to vote over")
    scores: dict[str, float] = {}
    best: dict[str, tuple[int, int, AnsweredGene]] = {}
    named: dict[str, int] = {}
    for number, answer in enumerate(answers):
        for rank, gene in enumerate(answer.genes, 1):
            scores[gene.symbol] = scores.get(gene.symbol, 0.0) + 1 / (k + rank)
            named[gene.symbol] = named.get(gene.symbol, 0) + 1
            if gene.symbol not in best or rank < best[gene.symbol][0]:
                best[gene.symbol] = (rank, number, gene)
    # rounded, so that the order in which floats were added decides nothing
    order = sorted(scores, key=lambda s: (-round(scores[s], 12), best[s][0], s))
    problems: list[Problem] = []
    unusable = sum(not answer.genes for answer in answers)
    if unusable:
        problems.append(Problem("unusable_answers", f"{unusable} of {len(answers)}"))
    spoken = answers[best[order[0]][1] if order else 0]
    fused = Answer(spoken.thoughts, tuple(best[s][2] for s in order), tuple(problems))
    support = tuple(named[symbol] / len(answers) for symbol in order)
    return Voted(fused, support, tuple(answers))


def answer_by_vote(
    model: LanguageModel,
    prompts: Sequence[Prompt],
    names: GeneNames,
    *,
    num_samples: int = 5,
    temperature: float = 0.7,
    seed: int = 0,
    max_new_tokens: int = MAX_NEW_TOKENS,
    batch_size: int = 16,
    symbols: Sequence[Sequence[str] | None] | None = None,
) -> list[Voted]:
    """Sample `num_samples` answers to each prompt and fuse them, in the prompts' order.

    `symbols` are each prompt's allowed genes: answers are then held to the form and to them.
    """
    rows = model.complete(
        prompts,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        num_samples=num_samples,
        seed=seed,
        batch_size=batch_size,
        symbols=symbols,
    )
    offered = symbols or [None] * len(prompts)
    return [
        vote([parse_answer(one.text, names, candidates=known) for one in row])
        for row, known in zip(rows, offered, strict=True)
    ]
