"""Rank cases by anything that ranks: a classical ranker, or the language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING

from genecaller.cases import Case
from genecaller.llm.candidates import CANDIDATES, Weighed, weigh_candidates
from genecaller.llm.prompt import PROMPT_VERSION, Candidate, Form, build_prompt
from genecaller.pipeline.source import (
    ClassicalSource,
    Particular,
    Source,
    no_finding,
    ranker_for,
    weights_used,
)
from genecaller.ranking import RankedGene, Ranking, Weights
from genecaller.store.provenance import Provenance

if TYPE_CHECKING:
    from genecaller.llm import Decoding, LanguageModel
    from genecaller.llm.answer import Answer
    from genecaller.rankers.base import Ranker
    from genecaller.store import Store
    from ontology.knowledge import Knowledge

__all__ = [
    "MODEL",
    "ClassicalSource",
    "ModelAnswer",
    "ModelChoice",
    "ModelSource",
    "Particular",
    "Source",
    "open_model",
    "open_sources",
]

MODEL = "model"
"""The `--ranker` name of the language model; every other name is a classical ranker's."""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What the language model said of one case, and the ranking read from it.

    `seconds` is the case's share of its batch's wall time; `answer_tokens` counts what was
    generated, `finished` is False where the answer was cut off at its length.
    """

    ranking: Ranking
    answer: Answer
    text: str
    prompt_tokens: int
    answer_tokens: int
    finished: bool
    seconds: float


class ModelSource:
    """The language model, with the candidates of a classical ranker (hybrid) or without (open)."""

    name = MODEL

    def __init__(
        self,
        model: LanguageModel,
        form: Form,
        ranker: Ranker,
        knowledge: Knowledge,
        *,
        top: int,
        candidates: int = CANDIDATES,
        decoding: Decoding = "held",
        held_out: bool = False,
    ) -> None:
        self.model = model.name
        self.form = form
        self.decoding = decoding
        self.knowledge_stamp = knowledge.stamp
        base, _, adapter = model.name.partition("+")
        # answers to one prompt that were made differently must not pass for the same
        asked = f"{PROMPT_VERSION}-{form}" + ("" if decoding == "greedy" else f"-{decoding}")
        self.provenance = Provenance(knowledge.stamp, asked, base, adapter or None)
        self.top = top
        self._model = model
        self._ranker = ranker
        self._knowledge = knowledge
        self._candidates = candidates
        self._held_out = held_out

    def refusal(self, case: Case) -> str | None:
        """Why a case cannot be asked about: neither a finding to offer candidates by, nor text."""
        if self.form == "open" and case.text:
            return None
        return no_finding(case, self._knowledge)

    def weights_for(self, case: Case, *, judged: bool = False) -> Weights | None:
        """Which weights order the candidates of a case; None where it is asked without."""
        if self.form == "open":
            return None
        return weights_used(self._ranker, case, judged or self._held_out)

    def rank(self, cases: Sequence[Case], *, judged: bool = False) -> list[Ranking]:
        """The genes of every answer; an answer that does not parse gives an empty ranking."""
        return [
            replace(answer.ranking, weights=self.weights_for(case, judged=judged))
            for case, answer in zip(cases, self.answer(cases, judged=judged), strict=True)
        ]

    def answer(self, cases: Sequence[Case], *, judged: bool = False) -> list[ModelAnswer]:
        """Ask the model about every case, in batches.

        Where the answers will be `judged` by the cases' solutions, the candidates come from what
        never saw a case's gene, as in every evaluation of a trained ranker.
        """
        from genecaller.llm import decode
        from ontology.genes import gene_names

        asked = [self._ask(case, judged) for case in cases]
        prompts = [
            # the case itself: its text is masked by what its solution names
            build_prompt(case, self._form(offered), _candidates(offered))
            for case, offered in zip(cases, asked, strict=True)
        ]
        symbols = [[one.candidate.symbol for one in offered] or None for offered in asked]
        known = self._knowledge.annotations.gene_symbols
        begun = perf_counter()
        decoded = decode(self._model, prompts, gene_names(), self.decoding, symbols, known)
        seconds = (perf_counter() - begun) / max(1, len(cases))
        return [
            self._said(
                case,
                offered,
                one.answer,
                one.text,
                prompt_tokens=self._model.count_tokens(self._model.render(prompt)),
                answer_tokens=one.n_tokens,
                finished=one.finished,
                seconds=seconds,
            )
            for case, offered, prompt, one in zip(cases, asked, prompts, decoded, strict=True)
        ]

    def held_to(self, offered: Sequence[Weighed]) -> list[str] | None:
        """The only symbols that an answer about these candidates can name; None: it is free."""
        if self.decoding == "greedy":
            return None
        named = [one.candidate.symbol for one in offered]
        return named or list(self._knowledge.annotations.gene_symbols)

    def _ask(self, case: Case, judged: bool) -> list[Weighed]:
        if self.form == "open":
            return []
        ranker = ranker_for(self._ranker, case, judged or self._held_out)
        return weigh_candidates(ranker, case.without_solution(), self._knowledge, self._candidates)

    def _form(self, offered: Sequence[Weighed]) -> Form:
        return "hybrid" if offered else "open"

    def read(
        self,
        case: Case,
        offered: Sequence[Weighed],
        text: str,
        *,
        prompt_tokens: int,
        answer_tokens: int,
        finished: bool,
        seconds: float,
    ) -> ModelAnswer:
        """Parse one answer into a ranking; what is wrong with it becomes its problems."""
        from genecaller.llm.answer import parse_answer
        from ontology.genes import gene_names

        symbols = [one.candidate.symbol for one in offered]
        return self._said(
            case,
            offered,
            parse_answer(text, gene_names(), candidates=symbols or None),
            text,
            prompt_tokens=prompt_tokens,
            answer_tokens=answer_tokens,
            finished=finished,
            seconds=seconds,
        )

    def _said(
        self,
        case: Case,
        offered: Sequence[Weighed],
        answer: Answer,
        text: str,
        *,
        prompt_tokens: int,
        answer_tokens: int,
        finished: bool,
        seconds: float,
    ) -> ModelAnswer:
        diseases = {
            one.candidate.symbol: one.evidence.disease_id for one in offered if one.evidence
        }
        genes = tuple(
            RankedGene(rank, gene.symbol, None, diseases.get(gene.symbol), gene.explanation)
            for rank, gene in enumerate(answer.genes[: self.top], 1)
        )
        problems = (*case.problems, *(str(problem) for problem in answer.problems))
        if not finished:
            problems += (f"the answer was cut off after {answer_tokens} tokens",)
        ranking = Ranking(case.id, self.name, self.model, self.knowledge_stamp, genes, problems)
        return ModelAnswer(ranking, answer, text, prompt_tokens, answer_tokens, finished, seconds)


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which language model stands behind `--ranker model`.

    `source` is "default", a folder or a Hugging Face id; `adapter` is "promoted", "none" or a
    folder; `decoding` is how it answers: freely, held to real genes, or by vote.
    """

    source: str = "default"
    adapter: str = "promoted"
    form: Form = "hybrid"
    decoding: Decoding = "held"


def open_sources(
    names: Sequence[str],
    knowledge: Knowledge,
    choice: ModelChoice,
    top: int,
    store: Store,
    progress: Callable[[str], None] = lambda step: None,
    *,
    held_out: bool = False,
) -> list[Source]:
    """Load what every name stands for, each once, in the order given.

    `held_out` ranks solved cases by weights that never saw their genes. Raises UsageError for an
    unknown name and ModelError where the model cannot be loaded.
    """
    from genecaller.rankers import make_ranker

    sources: list[Source] = []
    for name in dict.fromkeys(names):
        if name == MODEL:
            sources.append(open_model(knowledge, choice, top, store, progress, held_out=held_out))
        else:
            ranker = make_ranker(name, knowledge)
            sources.append(ClassicalSource(ranker, knowledge, top, held_out=held_out))
    return sources


def open_model(
    knowledge: Knowledge,
    choice: ModelChoice,
    top: int,
    store: Store,
    progress: Callable[[str], None] = lambda step: None,
    *,
    held_out: bool = False,
) -> ModelSource:
    """Load the language model with its adapter; about a second once it is prepared."""
    from genecaller.llm import load_model
    from genecaller.rankers import make_ranker

    model = load_model(choice.source, _adapter(choice, store), progress=progress)
    return ModelSource(
        model,
        choice.form,
        make_ranker("default", knowledge),
        knowledge,
        top=top,
        decoding=choice.decoding,
        held_out=held_out,
    )


def _adapter(choice: ModelChoice, store: Store) -> str | None:
    """The adapter's folder; the promoted or shipped one belongs to the default model only."""
    if choice.adapter == "none":
        return None
    if choice.adapter != "promoted":
        return choice.adapter
    from genecaller.llm.active_adapter import adapter_in_use

    used = adapter_in_use(store, choice.source)
    return str(used.checked_path()) if used else None


def _candidates(offered: Sequence[Weighed]) -> list[Candidate]:
    return [one.candidate for one in offered]
