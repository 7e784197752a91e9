"""Where a case comes from: a pasted report, a file, an example, or findings one by one."""

from __future__ import annotations

import streamlit as st

from app.draft import Draft, draft_of_text
from app.state import desk, knowledge, new_case_id

LONGEST_REPORT = 200_000
"""Characters of a pasted report; a longer one is a file of cases."""


def intake() -> None:
    """Ask for a case; the session's desk holds it when it comes."""
    st.title("Which genes may explain this patient?", anchor=False)
    paste, findings = st.tabs(["Paste a report", "Start from findings"])
    with paste, st.form("paste", border=False):
        text = st.text_area(
            "Case report",
            height=220,
            max_chars=LONGEST_REPORT,
            placeholder="For example: A 3-year-old boy with seizures, cortical tubers and "
            "subependymal nodules. No cardiac rhabdomyoma. His mother has migraine.",
        )
        if st.form_submit_button("Rank genes", type="primary"):
            if text.strip():
                desk().open(draft_of_text(text, knowledge(), new_case_id()))
                st.rerun()
            st.warning("Paste a report first: a few sentences on the patient's findings.")
    with findings:
        st.write("Search and add HPO terms one by one; sex and age can be added too.")
        if st.button("Start with an empty case", key="empty"):
            desk().open(Draft(new_case_id()))
            st.rerun()
