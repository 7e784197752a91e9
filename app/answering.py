"""The language model's answer to one case, written by a thread that outlives a page's redrawing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from app.ranked_case import Row
from genecaller.cases import Case
from genecaller.errors import GenecallerError
from genecaller.llm.candidates import CANDIDATES, Weighed, weighed
from genecaller.llm.prompt import Prompt, build_prompt

if TYPE_CHECKING:
    from genecaller.graders.grounded import Citation
    from genecaller.llm import LanguageModel
    from genecaller.pipeline.sources import ModelAnswer, ModelSource

LONGEST_ANSWER = 160
"""Tokens; after these the answer is cut off."""

Load = Callable[[Callable[[str], None]], "tuple[LanguageModel, ModelSource]"]
"""Gives the model; is told whom to tell what it is doing meanwhile."""
State = Literal["waiting", "loading", "writing", "done", "stopped", "failed"]
_turn = threading.Lock()
"""One answer at a time: two would share the processor and both take twice as long."""


@dataclass
class Answering:
    """One answer as it comes; the thread writes it, the page reads it.

    `case` is what was asked about, so that the page can tell whether it was edited since; `step`
    says what is being done before the first word. `said` is the finished answer, `seen` whether
    the page has shown and kept it, `citations` the phenotypes that it cites. `left_out` names the
    findings that were switched off when it was asked: then it is a what-if, and never stored.
    `kept` says that the store has it.
    """

    case: Case
    prompt: Prompt
    offered: tuple[Weighed, ...]
    state: State = "waiting"
    step: str = ""
    text: str = ""
    said: ModelAnswer | None = None
    source: ModelSource | None = None
    problem: str | None = None
    seen: bool = False
    citations: tuple[Citation, ...] = ()
    left_out: tuple[str, ...] = ()
    kept: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether more may come."""
        return self.state in ("waiting", "loading", "writing")

    @property
    def ranks(self) -> dict[str, int] | None:
        """Each gene of the answer with its rank, from 1; None before there is an answer."""
        if self.said is None:
            return None
        return {gene.symbol: gene.rank for gene in self.said.ranking.genes}

    def tell(self, step: str) -> None:
        """Keep what the thread is doing now, for the page to show."""
        self.step = step

    def stop(self) -> None:
        """Ask the thread to end; what is written so far stays."""
        self._stop.set()


def ask(case: Case, rows: Sequence[Row], load: Load, left_out: tuple[str, ...] = ()) -> Answering:
    """Ask the model to rank a case's leading genes; returns at once, the answer follows.

    `load` gives the model and may take a while the first time; it runs in the thread.
    """
    offered = tuple(weighed(row.symbol, row.evidence) for row in rows[:CANDIDATES])
    candidates = [one.candidate for one in offered]
    prompt = build_prompt(case.without_solution(), "hybrid" if offered else "open", candidates)
    asked = Answering(case, prompt, offered, left_out=left_out)
    thread = threading.Thread(target=_work, args=(asked, load), daemon=True, name="answering")
    thread.start()
    return asked


def same_question(one: Case, other: Case) -> bool:
    """Whether the model would be asked the same of both: findings, sex, age and onset."""
    return _asked(one) == _asked(other)


def _asked(case: Case) -> tuple[object, ...]:
    return (case.hpo_ids, case.excluded_hpo_ids, case.sex, case.age, case.onset)


def _work(asked: Answering, load: Load) -> None:
    with _turn:
        if asked._stop.is_set():
            asked.state = "stopped"
            return
        try:
            asked.state = "loading"
            model, asked.source = load(asked.tell)
            _write(asked, model, asked.source)
            asked.state = "stopped" if asked._stop.is_set() else "done"
        except GenecallerError as error:
            asked.problem = str(error)
            asked.state = "failed"
        finally:
            if asked.running:
                # An error nobody foresaw: the thread's own traceback goes to the log.
                asked.problem = "something went wrong that the log of the app tells more about"
                asked.state = "failed"


def _write(asked: Answering, model: LanguageModel, source: ModelSource) -> None:
    asked.state = "writing"
    began = time.monotonic()
    streamed = model.stream(
        asked.prompt, max_new_tokens=LONGEST_ANSWER, symbols=source.held_to(asked.offered)
    )
    with closing(streamed) as pieces:  # type: ignore[type-var]
        for piece in pieces:
            asked.text += piece
            if asked._stop.is_set():
                break
    tokens = model.count_tokens(asked.text)
    asked.said = source.read(
        asked.case,
        asked.offered,
        asked.text,
        prompt_tokens=model.count_tokens(model.render(asked.prompt)),
        answer_tokens=tokens,
        finished=not asked._stop.is_set() and tokens < LONGEST_ANSWER,
        seconds=time.monotonic() - began,
    )
