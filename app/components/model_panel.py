"""The language model beside the rankers: its answer as it is written, then its list."""

from __future__ import annotations

import streamlit as st

from app.answering import Answering, ask, same_question
from app.draft import case_of, switched_off
from app.persistence import keep_answer
from app.ranked_case import RankedCase
from app.render.answer import answer_problems, model_list, written
from app.render.plain import plain
from app.state import desk, grounding, knowledge, language_model, store
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
        _ask(ranked)


def model_panel(ranked: RankedCase) -> None:
    """Show the model's answer to this case as it comes."""
    here = desk()
    st.markdown("**Language model** :small[:gray[reads the findings and the first five genes]]")
    asked = here.asked
    if asked is None:
        if not ranked.case.terms:
            st.caption("It is asked once the case has a finding.")
        else:
            st.button("Ask the model", on_click=_ask, args=(ranked,), key="ask")
        return
    st.fragment(_panel, run_every=0.5 if asked.running else None)(asked)
    if asked.left_out:
        st.caption(f"A what-if, asked without {plain(', '.join(asked.left_out))}: not stored.")
    if not asked.running and not same_question(asked.case, ranked.case):
        rest = "" if asked.kept or asked.left_out else " It is not stored."
        st.caption(f"It answered before the findings were changed to these.{rest}")
        st.button("Ask again", on_click=_ask, args=(ranked,), key="ask-again")


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
        keep_answered()
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


def _ask(ranked: RankedCase) -> None:
    here = desk()
    left_out = switched_off(here.draft) if here.draft else ()
    here.asked = ask(ranked.case, ranked.rows, language_model, left_out)


def keep_answered() -> None:
    """Store a finished answer once, where what it was asked about is stored."""
    here = desk()
    asked, record = here.asked, here.record
    if asked is None or asked.state != "done" or asked.kept or asked.left_out:
        return
    if record is None or record.saved is None:
        return
    if not same_question(asked.case, case_of(record.draft, knowledge())):
        return
    try:
        keep_answer(store(), asked, record.saved)
        asked.kept = True
    except StoreError as error:
        here.say(f"The model's answer was not stored: {error}")
