"""Diagnose a case: a report in, ranked genes with their evidence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app import draft as edits
from app.components.case_editor import finding_list, report_view
from app.components.case_input import intake
from app.components.demographics import demographics
from app.components.exports_panel import patient_words, take_away
from app.components.model_panel import ask_first, model_panel
from app.components.question_list import question_list
from app.components.record import keep_first, older_version_line, record_line
from app.components.term_search import add_finding, replace_term
from app.counting import count_words, counted
from app.draft import Draft, case_of, switched_off, whole
from app.exports import export_of
from app.questions import questions
from app.ranked_case import RankedCase, rank_case
from app.render.answer import explanations
from app.render.plain import plain, plain_name, visible
from app.render.table import ranking_table
from app.state import SHOWN, desk, knowledge, other_rankers, ranker
from genecaller.cases import Case
from ontology.termset import check_terms


def page() -> None:
    """The whole page: an empty desk asks for a case, else the case and its ranking."""
    here = desk()
    if here.draft is None:
        intake()
        return
    _heading(here.draft)
    for note in here.hear():
        st.warning(plain(note))
    older_version_line()
    _case(here.draft)
    if here.asks_term_of is not None:
        at, here.asks_term_of = here.asks_term_of, None
        replace_term(at)
    _results(here.draft)


def _heading(draft: Draft) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.subheader(plain_name(draft.case_id), anchor=False)
    with right.container(horizontal=True, horizontal_alignment="right"):
        st.button(
            "Undo",
            icon=":material/undo:",
            on_click=desk().undo,
            disabled=not desk().past,
            key="undo",
        )
        st.button("Another case", icon=":material/add:", on_click=desk().close, key="another")


def _case(draft: Draft) -> None:
    start = desk().start
    if draft.text:
        left, right = st.columns(2)
        with left:
            st.markdown("**Report** :small[:gray[click a mark to correct it]]")
            report_view(draft, f"report-{start}", _edit_mention)
            demographics(draft, knowledge().hpo, start)
    else:
        right = st.container()
    with right:
        listed = counted(draft, knowledge())
        if listed:
            st.markdown(f"**Findings** :small[:gray[{plain(count_words(listed))}]]")
            finding_list(listed, knowledge().hpo, f"findings-{start}", _edit_finding)
            st.caption("Untick one to see the ranking without it: a what-if.")
        elif draft.text:
            st.markdown("**Findings**")
            st.info(
                "No finding was recognised in this report. Reports are read in English: add the "
                "findings below, by name, synonym or HPO id."
            )
        else:
            st.markdown("**Findings**")
            st.info("No finding yet: add one below, by name, synonym or HPO id.")
        add_finding(start)
        if not draft.text:
            demographics(draft, knowledge().hpo, start)
    for problem in draft.problems:
        st.text(visible(problem))


def _edit_mention(edit: Mapping[str, Any]) -> None:
    here = desk()
    if here.draft is None or not 0 <= edit["at"] < len(here.draft.mentions):
        return
    if edit["action"] == "status":
        here.edit(edits.edit_mention(here.draft, edit["at"], status=edit["value"]))
    elif edit["action"] == "remove":
        here.edit(edits.remove_mention(here.draft, edit["at"]))
    elif edit["action"] == "term":
        here.asks_term_of = int(edit["at"])


def _edit_finding(edit: Mapping[str, Any]) -> None:
    here = desk()
    if here.draft is None:
        return
    if edit["action"] == "status":
        here.edit(edits.set_status(here.draft, edit["hpo_id"], edit["value"]))
    elif edit["action"] == "switch":
        here.edit(edits.switch(here.draft, edit["hpo_id"]))
    elif edit["action"] == "remove":
        here.edit(edits.remove(here.draft, edit["hpo_id"]))


def _ranked(draft: Draft, before: Case | None = None) -> RankedCase:
    """The draft's ranking as it stands; `before` is the case that a what-if changes."""
    case = case_of(draft, knowledge())
    return rank_case(case, knowledge(), ranker("default"), other_rankers(), whole=before)


def _results(draft: Draft) -> None:
    """The ranking: of what is switched on for the page, of the whole case for the record."""
    here = desk()
    of_record = _ranked(whole(draft))
    off = switched_off(draft)
    ranked = _ranked(draft, of_record.case) if off else of_record
    if off:
        _what_if(off)
    if not ranked.case.terms:
        st.caption("The genes are ranked as soon as a finding is present: none is, so far.")
        return
    ask_first(ranked)
    left, right = st.columns([2, 1])
    with left:
        st.markdown("**Genes** :small[:gray[open one to see why]]")
        _word_on_input(ranked)
        ranks = here.asked.ranks if here.asked else None
        waits = here.asked is not None and here.asked.running
        st.html(
            ranking_table(
                ranked.rows[: here.shown],
                model_ranks=ranks,
                model_waits=waits,
                explanations=explanations(here.asked),
            )
        )
        if here.shown < len(ranked.rows):
            st.button("Show more genes", on_click=_show_more, type="tertiary", key="more")
        listed = counted(whole(draft), knowledge())
        patient = patient_words(of_record.case, knowledge().hpo)
        take_away(export_of(of_record, off=off, findings=listed, asked=here.asked, patient=patient))
    with right:
        keep_first(of_record)
        model_panel(ranked)
        question_list(questions(ranked.rows, ranked.case, knowledge()), here.start)
    with left:
        record_line(of_record)


def _what_if(off: Sequence[str]) -> None:
    """Say that the page shows a what-if, and how to end it."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/science: **What-if:** ranked without {plain(', '.join(off))}. What is "
            "stored and taken away stays the whole case.",
            width="stretch",
        )
        st.button("Take all in again", on_click=_end_what_if, key="end-what-if")


def _end_what_if() -> None:
    here = desk()
    if here.draft is not None:
        here.edit(whole(here.draft))


def _word_on_input(ranked: RankedCase) -> None:
    """Say where the findings do not suffice, or contradict each other."""
    case = ranked.case
    report = check_terms(knowledge(), case.hpo_ids, case.excluded_hpo_ids)
    said = list(ranked.ranking.problems)
    if report.contradictory:
        said += report.messages
    if said:
        st.info(plain(" ".join(f"{one[:1].upper()}{one[1:]}." for one in said)))


def _show_more() -> None:
    desk().shown += SHOWN


page()
