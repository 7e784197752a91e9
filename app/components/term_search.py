"""Search an HPO term while typing: to add a finding, or to correct a mention's."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import draft as edits
from app.components.js_component import drawn
from app.draft import STATUSES
from app.render.plain import plain_name, visible
from app.state import desk, knowledge, term_search
from genecaller.cases import CaseTerm
from ontology.recognise import Status
from ontology.search import more_specific, similar_terms

SHOWN = 8
NEIGHBOURS = 4


def add_finding(start: int) -> None:
    """A search box whose choice becomes a finding of the desk's draft."""
    _search(f"add-{start}", "Add a finding", _add, with_status=True)


@st.dialog("Another term", width="medium")
def replace_term(at: int) -> None:
    """Ask which term the draft's `at`-th mention means; its neighbours are one click away."""
    here = desk()
    if here.draft is None or not 0 <= at < len(here.draft.mentions):
        return
    mention = here.draft.mentions[at]
    st.text(visible(f"“{mention.text}” was read as {mention.label}."))

    def put(hpo_id: str, status: Status) -> None:
        _replace(at, hpo_id)

    _search(f"replace-{here.start}-{at}", "The term it means", put, with_status=False)
    near = [*more_specific(knowledge(), mention.hpo_id, NEIGHBOURS)]
    near += similar_terms(knowledge(), mention.hpo_id, NEIGHBOURS)
    if near:
        st.caption("Or one near it:")
        with st.container(horizontal=True):
            for found in near:
                if st.button(plain_name(found.label), key=f"near-{at}-{found.hpo_id}"):
                    _replace(at, found.hpo_id)
                    st.rerun()


@st.fragment
def _search(
    key: str, label: str, pick: Callable[[str, Status], None], *, with_status: bool
) -> None:
    """The box itself; typing redraws only this, a choice the whole page."""
    query = (st.session_state.get(key) or {}).get("query") or ""
    found = term_search().complete(query, SHOWN) if query else ()
    hpo = knowledge().hpo
    results = [
        {
            "hpo_id": one.hpo_id,
            "label": one.label,
            "matched": one.note or one.matched,
            "definition": hpo.definitions[hpo.index[one.hpo_id]],
        }
        for one in found
    ]
    picked = drawn("term_search", "search")(
        key=key,
        data={
            "query": query,
            "results": results,
            "label": label,
            "placeholder": f"{label}: a name, a synonym or an HPO id",
            "with_status": with_status,
        },
        on_query_change=lambda: None,
        on_pick_change=lambda: None,
    ).pick
    if picked:
        status = picked.get("status")
        pick(str(picked.get("hpo_id")), status if status in STATUSES else "present")
        st.rerun()


def _add(hpo_id: str, status: Status) -> None:
    here = desk()
    if here.draft is not None and hpo_id in knowledge().hpo.index:
        here.edit(edits.add(here.draft, [CaseTerm(hpo_id, knowledge().hpo.name(hpo_id))], status))


def _replace(at: int, hpo_id: str) -> None:
    here = desk()
    if here.draft is not None and hpo_id in knowledge().hpo.index:
        term = CaseTerm(hpo_id, knowledge().hpo.name(hpo_id))
        here.edit(edits.edit_mention(here.draft, at, term=term))
