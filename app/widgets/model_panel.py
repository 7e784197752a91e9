"""The language model beside the rankers: its answer as it is written, then its list."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.answering import Answering, ask
from app.keeping import keep_answer
from app.ranked import RankedCase, Row
from app.render.answer import answer_problems, model_list, written
from app.render.plain import plain
from app.state import desk, grounding, language_model, store
from genecaller.cases import Case
from genecaller.errors import StoreError

_SAID = {
    "waiting": "waits for another answer to end",
    "loading": "is being loaded",
    "writing": "is writing",
    "stopped": "was stopped",
}


def ask_first(ranked: RankedCase) -> None:
    """Ask the model about a case that it has not been asked about yet, unbidden."""
    here = desk()
    if here.asked is None and ranked.case.terms and here.asks_unbidden:
        here.asked = _ask(ranked.case, ranked.rows)


def model_panel(ranked: RankedCase) -> None:
    """Show the model's answer to this case as it comes."""
    here = desk()
    st.markdown("**Language model** :small[:gray[reads the findings and the first five genes]]")
    asked = here.asked
    if asked is None:
        if not ranked.case.terms:
            st.caption("It is asked once the case has a finding.")
        else:
            st.button("Ask the model", on_click=_ask_again, args=(ranked,), key="ask")
        return
    st.fragment(_panel, run_every=0.5 if asked.running else None)(asked)
    if not asked.running and not _same(asked.case, ranked.case):
        st.caption("The case was edited since.")
        st.button("Ask again", on_click=_ask_again, args=(ranked,), key="ask-again")


def _panel(asked: Answering) -> None:
    """The part that is drawn anew while the answer is being written."""
    if asked.running:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"The model {_doing(asked)}…", width="stretch")
            st.button("Stop", on_click=asked.stop, type="tertiary", key="stop-model")
        st.html(written(asked))
        return
    if not asked.seen:
        # The answer has just ended: keep it, and draw the page anew for the table's column.
        asked.seen = True
        if asked.said is not None:
            case = asked.case
            asked.citations = grounding().citations(
                asked.said.answer, case.hpo_ids, case.excluded_hpo_ids
            )
        if asked.state == "done":
            _keep(asked)
        st.rerun()
    if asked.state == "failed":
        st.warning(f"The model did not answer: {plain(asked.problem)}")
        return
    if asked.state == "stopped":
        st.caption("It was stopped before its end.")
    if thoughts := written(asked):
        st.html(thoughts)
    if asked.said and asked.said.answer.genes:
        st.html(model_list(asked))
    elif asked.state == "done":
        st.caption("Its answer names no gene.")
    if problems := answer_problems(asked):
        with st.expander("What is wrong with its answer"):
            st.html(problems)
    if asked.said:
        st.caption(plain(f"{asked.said.ranking.model}, {asked.said.seconds:.0f} s"))


def _doing(asked: Answering) -> str:
    """What the model is at; the first time ever, the weights are dequantised."""
    step = f": {plain(asked.step)}" if asked.state == "loading" and asked.step else ""
    return _SAID[asked.state] + step


def _ask(case: Case, rows: Sequence[Row]) -> Answering:
    return ask(case, rows, language_model)


def _ask_again(ranked: RankedCase) -> None:
    desk().asked = _ask(ranked.case, ranked.rows)


def _same(one: Case, other: Case) -> bool:
    return (one.hpo_ids, one.excluded_hpo_ids, one.sex, one.age, one.onset) == (
        other.hpo_ids,
        other.excluded_hpo_ids,
        other.sex,
        other.age,
        other.onset,
    )


def _keep(asked: Answering) -> None:
    try:
        keep_answer(store(), asked)
    except StoreError as error:
        desk().say(f"The model's answer was not stored: {error}")
