"""Mark a case solved, and review what others proposed; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app.render.plain import plain, visible
from app.sign_in import signed_in_as
from app.state import desk, knowledge, store
from genecaller.cases import Solution
from genecaller.errors import StoreError
from genecaller.store import CurationEntry, Provenance, StoredCase
from ontology.genes import gene_names

if TYPE_CHECKING:
    from streamlit.column_config import ColumnConfig

_WORDS = {"accepted": "Accept", "rejected": "Reject"}


def moment() -> ColumnConfig:
    """How a table shows when something was: to the minute, in the store's time."""
    return st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")


def person() -> str:
    """Who works here, kept with every decision: the name signed in with, else asked for once."""
    here = desk()
    if (name := signed_in_as()) is not None:
        st.caption(f"Kept under your name: {plain(name)}.")
        return name
    here.person = st.text_input(
        "Your name", here.person, placeholder="kept with what you decide", key="person"
    ).strip()
    return here.person


def solve(stored: StoredCase) -> None:
    """A form that puts a case into the review queue as solved."""
    case = stored.case
    with st.expander("Mark as solved", icon=":material/task_alt:"):
        who = person()
        with st.form(f"solve-{case.id}", border=False):
            gene = st.text_input("Gene", placeholder="TSC2, an alias or an HGNC id")
            disease = st.text_input("Disease", placeholder="OMIM:613254 or ORPHA:805")
            paper = st.text_input("Publication", placeholder="PMID:12345678")
            note = st.text_input("Note", placeholder="how it was established")
            pressed = st.form_submit_button("Propose for review", type="primary")
        if pressed:
            _propose(stored, who, gene, disease, paper, note)


def _propose(stored: StoredCase, who: str, gene: str, disease: str, paper: str, note: str) -> None:
    problem, solution = checked_solution(gene, disease)
    if not who:
        problem = "Write your name above: every decision names who made it."
    if paper.strip() and not paper.strip().upper().removeprefix("PMID:").isdigit():
        problem = f"{paper!r} is no PubMed id: write it as PMID:12345678."
    if problem or solution is None:
        st.warning(plain(problem or ""))
        return
    number = paper.strip().upper().removeprefix("PMID:")
    try:
        entry = store().propose_solution(
            stored.case.id,
            solution,
            who=who,
            provenance=Provenance(knowledge().stamp),
            publication=f"PMID:{number}" if number else None,
            note=note.strip() or None,
        )
    except StoreError as error:
        st.error(plain(error))
        return
    desk().say(f"Proposed as number {entry}: it counts once someone accepts it under Review.")
    st.rerun()


def checked_solution(gene: str, disease: str) -> tuple[str | None, Solution | None]:
    """A solution from what was typed, or a sentence on what is wrong with it."""
    match = gene_names().resolve(gene)
    if match.symbol is None:
        among = f": it may be {', '.join(match.candidates)}" if match.candidates else ""
        return f"{gene!r} is no single gene of HGNC{among}. Write its symbol.", None
    annotations = knowledge().annotations
    disease_id = disease.strip().upper() or None
    label = None
    if disease_id is not None:
        if disease_id.isdigit():
            disease_id = f"OMIM:{disease_id}"
        at = annotations.disease_index.get(disease_id)
        if at is None:
            return f"{disease!r} is no disease of the knowledge: write OMIM:613254.", None
        label = annotations.disease_names[at]
    recorded = gene.strip() if gene.strip() != match.symbol else None
    return None, Solution(match.symbol, disease_id, label, recorded)


def review_queue() -> None:
    """What waits for a decision, and what was decided."""
    who = person()
    waiting = store().read_queue()
    if not waiting:
        st.info("Nothing waits for review. Mark a case as solved under Cases, and it comes here.")
    for entry in waiting:
        _review(entry, who, ("accepted", "rejected"))
    decided = [e for e in store().read_queue(statuses=()) if e.status != "proposed"]
    if decided:
        st.subheader("Decided", anchor=False)
        st.dataframe(
            [
                {
                    "number": e.entry_id,
                    "case": e.case_id,
                    "gene": e.gene,
                    "state": e.status,
                    "by": e.who,
                    "when": e.time,
                    "note": e.note,
                    "case version": e.case_version,
                }
                for e in reversed(decided)
            ],
            hide_index=True,
            column_config={"when": moment()},
            placeholder="–",
        )
        standing = [e for e in reversed(decided) if e.status == "accepted"]
        if standing:
            _withdraw(standing, who)


def _withdraw(standing: Sequence[CurationEntry], who: str) -> None:
    """Take an accepted solution back: its case gets a further version, nothing is deleted."""
    with st.popover("Take a decision back…"):
        entry = st.selectbox(
            "Accepted",
            standing,
            format_func=lambda e: visible(f"{e.entry_id}: {e.case_id}, {e.gene}"),
            key="withdraw-entry",
        )
        st.button(
            "Withdraw",
            key="withdraw",
            on_click=_decide,
            args=(entry.entry_id if entry else 0, "withdrawn", who),
            disabled=not who,
            help=None if who else "Write your name above first",
        )


def _review(entry: CurationEntry, who: str, choices: tuple[str, ...]) -> None:
    with st.container(border=True):
        disease = f", {entry.disease_label}" if entry.disease_label else ""
        paper = f", {entry.publication}" if entry.publication else ""
        st.text(visible(f"{entry.case_id}: {entry.gene}{disease}{paper}"))
        said = f"proposed by {entry.who}, {entry.time:%Y-%m-%d %H:%M}: {entry.note or 'no note'}"
        st.text(visible(said))
        with st.container(horizontal=True):
            for status in choices:
                st.button(
                    _WORDS[status],
                    key=f"{status}-{entry.entry_id}",
                    on_click=_decide,
                    args=(entry.entry_id, status, who),
                    disabled=not who,
                    help=None if who else "Write your name above first",
                )


def _decide(entry_id: int, status: str, who: str) -> None:
    try:
        store().review_solution(
            entry_id,
            status,
            who=who,
            provenance=Provenance(knowledge().stamp),
        )
    except StoreError as error:
        desk().say(str(error))
