"""What to look for next, each with the answer one click away."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.draft import add
from app.questions import Question
from app.render.plain import plain
from app.state import desk
from genecaller.cases import CaseTerm
from ontology.recognise import Status

_ANSWERS: tuple[tuple[str, Status], ...] = (("Yes", "present"), ("No", "excluded"))
_MEANS = {"present": "present", "excluded": "looked for and absent"}


def question_list(asked: Sequence[Question], start: int) -> None:
    """The questions that would tell the leading candidates apart; an answer is a finding."""
    if not asked:
        return
    st.markdown("**Look for next** :small[:gray[what would tell these apart]]")
    for question in asked:
        with st.container(border=True, gap="xxsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                st.markdown(
                    f"{plain(question.label)}?",
                    help=plain(question.definition) if question.definition else None,
                    width="stretch",
                )
                for word, status in _ANSWERS:
                    st.button(
                        word,
                        key=f"{status}-{question.hpo_id}-{start}",
                        on_click=_answer,
                        args=(question, status),
                        type="tertiary",
                        help=f"{plain(question.label)}: {_MEANS[status]} (becomes a finding)",
                    )
            st.caption(_words(question))


def _words(question: Question) -> str:
    shown = ", ".join(
        f"*{plain(symbol)}*" + (f" {plain(stated)}" if stated else "")
        for symbol, stated in question.shown_by[:4]
    )
    rest = ", ".join(f"*{plain(symbol)}*" for symbol in question.not_by[:4])
    parts = [f"for {shown}"] if shown else []
    parts += [f"not known of {rest}"] if rest else []
    return "; ".join(parts)


def _answer(question: Question, status: Status) -> None:
    here = desk()
    if here.draft is not None:
        here.edit(add(here.draft, [CaseTerm(question.hpo_id, question.label)], status))
