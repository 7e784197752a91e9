"""Diagnose a case: a report in, ranked genes with their evidence out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import draft as edits
from app.draft import Draft, case_of, findings
from app.ranked import RankedCase, rank_case
from app.render.table import ranking_table
from app.state import desk, knowledge, ranker, ranker_names
from app.widgets.case_editor import finding_list, report_view
from app.widgets.intake import intake

SHOWN = 10


def page() -> None:
    """The whole page: an empty desk asks for a case, else the case and its ranking."""
    here = desk()
    if here.draft is None:
        intake()
        return
    _heading(here.draft)
    _case(here.draft)
    _ranking(here.draft)


def _heading(draft: Draft) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.subheader(draft.case_id, anchor=False)
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
        left, right = st.columns([1, 1])
        with left:
            st.markdown("**Report**")
            report_view(draft, f"report-{start}", _edit_mention)
    else:
        right = st.container()
    with right:
        st.markdown("**Findings**")
        if findings(draft):
            finding_list(draft, knowledge().hpo, f"findings-{start}", _edit_finding)
        else:
            st.info("No finding yet: add one below, by name or synonym.")
    for problem in draft.problems:
        st.caption(f":material/info: {problem}")


def _edit_mention(edit: Mapping[str, Any]) -> None:
    here = desk()
    if here.draft is None or not 0 <= edit["at"] < len(here.draft.mentions):
        return
    if edit["action"] == "status":
        here.edit(edits.edit_mention(here.draft, edit["at"], status=edit["value"]))
    elif edit["action"] == "remove":
        here.edit(edits.remove_mention(here.draft, edit["at"]))


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


def _ranked(draft: Draft) -> RankedCase:
    whole = edits.replace(draft, off=frozenset()) if draft.off else None
    return rank_case(
        case_of(draft, knowledge()),
        knowledge(),
        ranker("default"),
        {name: ranker(name) for name in ranker_names()},
        whole=None if whole is None else case_of(whole, knowledge()),
    )


def _ranking(draft: Draft) -> None:
    ranked = _ranked(draft)
    st.markdown("**Genes**")
    for problem in ranked.ranking.problems:
        st.warning(problem)
    st.html(ranking_table(ranked.rows[:SHOWN]))


page()
