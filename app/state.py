"""What a process shares and what a session keeps to itself.

Knowledge, recogniser and rankers are loaded once a process; the case being edited lives in the
session, so two people at a time never see each other's.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import streamlit as st

from app.answering import Answering
from app.draft import Draft, draft_of_stored, whole
from genecaller.errors import UsageError
from genecaller.graders.grounded import Grounding
from genecaller.llm import LanguageModel, load_model
from genecaller.llm.active_adapter import adapter_in_use
from genecaller.pipeline.sources import ModelSource
from genecaller.rankers import RANKERS, make_ranker
from genecaller.rankers.base import Ranker
from genecaller.store import SavedCase, Store, StoredCase, open_store
from ontology.knowledge import Knowledge, open_knowledge
from ontology.recognise import recogniser_for
from ontology.search import TermSearch

UNBIDDEN = "GENECALLER_MODEL_UNBIDDEN"
"""Set to 0, the environment variable keeps the model silent until a person asks it."""
TOP = 50
"""Genes of a ranking that are kept and exported."""
SHOWN = 10
"""Genes that the table shows until more are asked for."""
HISTORY = 50
"""How many edits of a case can be undone."""


@st.cache_resource(show_spinner="Loading the HPO knowledge (the first time it is compiled)…")
def knowledge() -> Knowledge:
    """The HPO release in use, with its recogniser warmed up."""
    loaded = open_knowledge()
    recogniser_for(loaded)
    return loaded


@st.cache_resource(show_spinner=False)
def term_search() -> TermSearch:
    """The search over names and synonyms of all terms."""
    return TermSearch(knowledge())


@st.cache_resource(show_spinner=False)
def ranker(name: str) -> Ranker:
    """A classical ranker by its name."""
    return make_ranker(name, knowledge())


@st.cache_resource(show_spinner=False)
def other_rankers() -> dict[str, Ranker]:
    """The rankers that are shown beside the default one, by name: all but its own and the prior.

    One that cannot be loaded (its weights are not installed) is left out.
    """
    found: dict[str, Ranker] = {}
    for name in RANKERS:
        with contextlib.suppress(UsageError):
            if ranker(name).paper != ranker("default").paper and name != "prior":
                found[name] = ranker(name)
    return found


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The store in use; it opens its file for each operation only."""
    return open_store()


@st.cache_resource(show_spinner=False)
def grounding() -> Grounding:
    """Says of every phenotype that an answer cites whether case and disease have it."""
    return Grounding(knowledge(), recogniser_for(knowledge()))


_loading = threading.Lock()
_models: dict[str, tuple[LanguageModel, ModelSource]] = {}


def language_model(progress: Callable[[str], None]) -> tuple[LanguageModel, ModelSource]:
    """The default model with the adapter in use, loaded once; may be called by any thread.

    `progress` is told what it waits for: the first time ever the weights are dequantised.
    """
    used = adapter_in_use(store())
    path = str(used.checked_path()) if used else None
    with _loading:
        if (path or "") not in _models:
            _models.clear()
            model = load_model(adapter=path, progress=progress)
            source = ModelSource(model, "hybrid", ranker("default"), knowledge(), top=TOP)
            _models[path or ""] = (model, source)
        return _models[path or ""]


@dataclass(frozen=True, slots=True)
class Record:
    """What the store holds of the case on the desk.

    `draft` is the whole draft as it was stored, `saved` its version (None: storing failed),
    `latest` the number of the case's latest version.
    """

    draft: Draft
    saved: SavedCase | None
    latest: int


@dataclass
class Desk:
    """One session's work: the draft with its history.

    `start` changes whenever the inputs on the screen must be drawn anew. `asked` is the language
    model's answer, `record` what is stored of the case, `same_patient_as` the stored case of
    which a person said that this is the same patient. `person` is who works here, for the record
    of corrections.
    """

    draft: Draft | None = None
    past: tuple[Draft, ...] = ()
    start: int = 0
    notes: tuple[str, ...] = ()
    asked: Answering | None = None
    asks_unbidden: bool = field(default_factory=lambda: os.environ.get(UNBIDDEN) != "0")
    record: Record | None = None
    same_patient_as: str | None = None
    person: str = ""
    shown: int = SHOWN
    asks_term_of: int | None = None

    def say(self, note: str) -> None:
        """Leave a note that is shown once, at the next drawing of the page."""
        self.notes = (*self.notes, note)

    def hear(self) -> tuple[str, ...]:
        """The notes left since the last time."""
        notes, self.notes = self.notes, ()
        return notes

    def open(self, draft: Draft, *, same_patient_as: str | None = None) -> None:
        """Begin with a case that is not stored: of its own, unless a person says otherwise."""
        self._leave()
        self.draft = draft
        self.same_patient_as = same_patient_as

    def open_stored(self, stored: StoredCase, latest: int) -> None:
        """Begin with a version of a stored case."""
        self._leave()
        self.draft = draft_of_stored(stored)
        self.record = Record(
            self.draft,
            SavedCase(stored.case.id, stored.version, False, stored.given_id),
            latest,
        )

    def keep_as(self, saved: SavedCase, latest: int) -> None:
        """The draft is stored as this: it goes by the name that the store gave it."""
        if self.draft is None:
            return
        self.draft = replace(self.draft, case_id=saved.case_id)
        self.past = tuple(replace(before, case_id=saved.case_id) for before in self.past)
        self.record = Record(whole(self.draft), saved, latest)

    def edit(self, draft: Draft) -> None:
        """Replace the draft, keeping the one before."""
        if self.draft is not None and draft != self.draft:
            self.past = (*self.past[-HISTORY + 1 :], self.draft)
        self.draft = draft

    def undo(self) -> None:
        """Go back one edit."""
        if self.past:
            self.draft, self.past = self.past[-1], self.past[:-1]
            self.start += 1

    def close(self) -> None:
        """Put the case away."""
        self._leave()

    def _leave(self) -> None:
        if self.asked is not None:
            self.asked.stop()
        self.draft, self.past, self.asked, self.record = None, (), None, None
        self.same_patient_as = None
        self.shown = SHOWN
        self.start += 1


def desk() -> Desk:
    """This session's desk."""
    if "desk" not in st.session_state:
        st.session_state["desk"] = Desk()
    found: Desk = st.session_state["desk"]
    return found


def new_case_id(prefix: str = "case") -> str:
    """An id for a case that brings none; random, as a counter would collide between people."""
    return f"{prefix}-{secrets.token_hex(4)}"
