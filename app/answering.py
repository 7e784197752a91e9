"""The language model's answer to one case, written by a thread that outlives a page's redrawing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal, Protocol

from app.ranked import Row
from genecaller.answer import Answer, parse_answer
from genecaller.cases import Case
from genecaller.errors import GenecallerError
from genecaller.prompt import Candidate, Prompt, build_prompt, evidence_words, short_disease
from genecaller.ranking import RankedGene, Ranking
from ontology.genes import gene_names

CANDIDATES = 10
RANKER = "model"

State = Literal["waiting", "loading", "writing", "done", "stopped", "failed"]
_turn = threading.Lock()
"""One answer at a time: two would share the processor and both take twice as long."""


class Writer(Protocol):
    """The part of a language model that is used here."""

    @property
    def name(self) -> str: ...
    def stream(self, prompt: Prompt, *, max_new_tokens: int = ...) -> object: ...


@dataclass
class Answering:
    """One answer as it comes; the thread writes it, the page reads it.

    `case` is what was asked about, so that the page can tell whether it was edited since.
    """

    case: Case
    prompt: Prompt
    candidates: tuple[str, ...]
    state: State = "waiting"
    text: str = ""
    model: str | None = None
    answer: Answer | None = None
    problem: str | None = None
    seconds: float | None = None
    kept: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.state in ("waiting", "loading", "writing")

    @property
    def ranks(self) -> dict[str, int]:
        """Each gene of the answer with its rank, from 1."""
        symbols = self.answer.symbols if self.answer else ()
        return {symbol: place for place, symbol in enumerate(symbols, 1)}

    def stop(self) -> None:
        """Ask the thread to end; what is written so far stays."""
        self._stop.set()

    def ranking(self, knowledge_stamp: str) -> Ranking:
        """The answer as a ranking, for the store."""
        answer = self.answer or Answer(None, (), ())
        genes = tuple(
            RankedGene(place, gene.symbol, None, None, gene.explanation)
            for place, gene in enumerate(answer.genes, 1)
        )
        problems = tuple(str(problem) for problem in answer.problems)
        return Ranking(self.case.id, RANKER, self.model, knowledge_stamp, genes, problems)


def ask(
    case: Case, rows: Sequence[Row], load: Callable[[], Writer], *, start: bool = True
) -> Answering:
    """Ask the model to rank a case's leading genes; returns at once, the answer follows.

    `load` gives the model and may take a while the first time; it runs in the thread.
    """
    leading = {row.symbol: row for row in rows[:CANDIDATES]}
    offered = [
        Candidate(row.symbol, short_disease(row.disease_name), evidence_words(row.evidence))
        for row in leading.values()
    ]
    prompt = build_prompt(case.without_solution(), "hybrid" if offered else "open", offered)
    asked = Answering(case, prompt, tuple(leading))
    if start:
        thread = threading.Thread(target=_work, args=(asked, load), daemon=True, name="answering")
        thread.start()
    return asked


def _work(asked: Answering, load: Callable[[], Writer]) -> None:
    with _turn:
        if asked._stop.is_set():
            asked.state = "stopped"
            return
        try:
            asked.state = "loading"
            model = load()
            asked.model = model.name
            began = time.monotonic()
            asked.state = "writing"
            with closing(model.stream(asked.prompt)) as pieces:  # type: ignore[type-var]
                for piece in pieces:  # type: ignore[attr-defined]
                    asked.text += piece
                    if asked._stop.is_set():
                        break
            asked.seconds = time.monotonic() - began
            asked.answer = parse_answer(
                asked.text, gene_names(), candidates=asked.candidates or None
            )
            asked.state = "stopped" if asked._stop.is_set() else "done"
        except GenecallerError as error:
            asked.problem = str(error)
            asked.state = "failed"
        finally:
            if asked.running:
                # An error nobody foresaw: the thread's own traceback goes to the log.
                asked.problem = "something went wrong that the log of the app tells more about"
                asked.state = "failed"
