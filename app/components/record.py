"""The case's record: stored once when it is first ranked, then when a person says so."""

from __future__ import annotations

import streamlit as st

from app.components.model_panel import keep_answered
from app.draft import whole
from app.persistence import keep_case
from app.ranked_case import RankedCase
from app.render.plain import visible
from app.state import Record, desk, store
from genecaller.errors import StoreError

EDITED = "edited in the app"


def keep_first(ranked: RankedCase) -> None:
    """Store a case when it is ranked for the first time; later edits are stored when asked.

    `ranked` is the whole case, whatever is switched off on the page.
    """
    here = desk()
    if here.draft is None or here.record is not None or not ranked.case.terms:
        return
    _keep(ranked, None)
    if here.draft.case_id != ranked.case.id:
        st.rerun()  # the page names the case as the store does


def older_version_line() -> None:
    """Say that the case on the page is not as it stands in the library."""
    record = desk().record
    if record is not None and record.saved is not None and record.latest > record.saved.version:
        st.info(
            f"This is version {record.saved.version:,} as it was stored; the latest is version "
            f"{record.latest:,}. Stored again, it becomes a further version.",
            icon=":material/history:",
        )


def record_line(ranked: RankedCase) -> None:
    """Say which version is stored, or offer to store what is not."""
    here = desk()
    record = here.record
    if record is None or here.draft is None:
        return
    if record.saved is not None and record.draft == whole(here.draft):
        st.caption(f"Stored on this machine as version {record.saved.version:,}.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if record.saved is None:
            st.caption("Not stored.", width="content")
            st.button("Store it", on_click=_keep, args=(ranked, None), key="save")
        else:
            st.caption("Edited since it was stored.", width="content")
            st.button("Store this version", on_click=_keep, args=(ranked, EDITED), key="save")


def _keep(ranked: RankedCase, note: str | None) -> None:
    """Store the whole case and its ranking; what goes wrong is said, not raised."""
    here = desk()
    if here.draft is None:
        return
    draft = whole(here.draft)
    stored_as = here.record.saved if here.record else None
    key = stored_as.case_id if stored_as else here.same_patient_as
    if key is not None and stored_as is None:
        note = f"the same patient as {key}, said by {here.person or 'a person'} in the app"
    try:
        saved = keep_case(
            store(), draft, ranked.case, ranked.ranking, here.person or None, note, key
        )
        # The same content may be an older version's.
        latest = saved.version if saved.is_new else store().read_case(saved.case_id).version
    except StoreError as error:
        here.record = Record(draft, None, 0)
        here.say(f"The case was ranked but not stored: {error}")
        return
    if saved.is_renamed and key is None:
        here.say(
            f"Another case is stored as {visible(saved.given_id)}: this one is "
            f"{visible(saved.case_id)}."
        )
    here.keep_as(saved, latest)
    keep_answered()
