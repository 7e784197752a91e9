"""The ways to have a prompt answered: greedily, held to real genes, or by vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from genecaller.llm.answer import Answer, parse_answer
from genecaller.llm.decoding.vote import vote
from genecaller.llm.language_model import LanguageModel
from ontology.genes import GeneNames

if TYPE_CHECKING:
    from genecaller.llm.prompt import Prompt

Decoding = Literal["greedy", "held", "vote"]
VOTES = 5
VOTE_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class Decoded:
    """What came of one prompt; of a vote, `text` holds every answer and `n_tokens` their sum."""

    answer: Answer
    text: str
    n_tokens: int
    finished: bool


def decode(
    model: LanguageModel,
    prompts: Sequence[Prompt],
    names: GeneNames,
    decoding: Decoding,
    offered: Sequence[Sequence[str] | None],
    known: Sequence[str],
    *,
    seed: int = 0,
) -> list[Decoded]:
    """Answer prompts and parse the answers, in the prompts' order.

    "greedy" is the fast default, and free. "held" is greedy too, but can only write the form and,
    in it, the genes `offered` to that prompt (None: any of `known`). "vote" samples `VOTES` such
    answers at `VOTE_TEMPERATURE` and fuses their rankings. Raises ModelError.
    """
    symbols = None if decoding == "greedy" else [genes or known for genes in offered]
    several = decoding == "vote"
    rows = model.complete(
        prompts,
        num_samples=VOTES if several else 1,
        temperature=VOTE_TEMPERATURE if several else 0.0,
        seed=seed,
        symbols=symbols,
    )
    decoded = []
    for row, genes in zip(rows, offered, strict=True):
        answers = [parse_answer(one.text, names, candidates=genes) for one in row]
        decoded.append(
            Decoded(
                answer=vote(answers).answer if several else answers[0],
                text="\n\n".join(one.text for one in row),
                n_tokens=sum(one.n_tokens for one in row),
                finished=all(one.finished for one in row),
            )
        )
    return decoded
