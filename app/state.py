"""What a process shares and what a session keeps to itself.

Knowledge, recogniser and rankers are loaded once a process; the case being edited lives in the
session, so two people at a time never see each other's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st

from app.draft import Draft
from genecaller.rankers import RANKERS, make_ranker
from genecaller.rankers.base import Ranker
from ontology.knowledge import Knowledge, open_knowledge

HISTORY = 50
"""How many edits of a case can be undone."""


@st.cache_resource(show_spinner="Loading the HPO knowledge (the first time it is compiled)…")
def knowledge() -> Knowledge:
    """The HPO release in use, with its recogniser warmed up."""
    from ontology.recognise import recogniser_for

    loaded = open_knowledge()
    recogniser_for(loaded)
    return loaded


@st.cache_resource(show_spinner=False)
def ranker(name: str) -> Ranker:
    """A classical ranker by its name."""
    return make_ranker(name, knowledge())


def ranker_names() -> tuple[str, ...]:
    """The rankers that are shown beside the default one: all but its alias and the prior."""
    return tuple(name for name in RANKERS if name not in ("default", "prior"))


@dataclass
class Desk:
    """One session's work: the draft with its history."""

    draft: Draft | None = None
    past: tuple[Draft, ...] = ()
    start: int = 0

    def open(self, draft: Draft) -> None:
        """Begin with another case."""
        self.draft, self.past = draft, ()
        self.start += 1

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
        self.draft, self.past = None, ()
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
