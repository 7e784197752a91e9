"""Where a case comes from: a pasted report, a file, an example, or findings one by one."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.draft import Draft, draft_of_case, draft_of_text
from app.examples import examples
from app.render.plain import plain, plain_name, visible
from app.state import desk, knowledge, new_case_id
from app.uploads import MOST_CASES, ReadUpload, read_upload
from genecaller.cases import Case

LONGEST_REPORT = 200_000
"""Characters of a pasted report; a longer one is a file of cases."""


def intake() -> None:
    """Ask for a case; the session's desk holds it when it comes."""
    st.title("Which genes may explain this patient?", anchor=False)
    paste, upload, findings = st.tabs(["Paste a report", "Upload a file", "Start from findings"])
    with paste:
        _paste()
    with upload:
        _upload()
    with findings:
        st.write("Search HPO terms by name or synonym and add them one by one.")
        if st.button("Start with an empty case", key="empty"):
            desk().open(Draft(new_case_id()))
            st.rerun()


def _paste() -> None:
    with st.form("paste", border=False):
        text = st.text_area(
            "Case report",
            height=200,
            max_chars=LONGEST_REPORT,
            placeholder="For example: A 3-year-old boy with seizures, cortical tubers and "
            "subependymal nodules. No cardiac rhabdomyoma. His mother has migraine.",
        )
        pressed = st.form_submit_button("Rank genes", type="primary")
    if pressed and text.strip():
        desk().open(draft_of_text(text, knowledge(), new_case_id()))
        st.rerun()
    elif pressed:
        st.warning("Paste a report first: a few sentences on the patient's findings.")
    if found := examples():
        st.caption("Or look at an example:")
        with st.container(horizontal=True):
            for example in found:
                if st.button(plain_name(example.title), key=f"example-{example.name}"):
                    desk().open(draft_of_text(example.text, knowledge(), example.name))
                    st.rerun()


def _upload() -> None:
    file = st.file_uploader(
        "A phenopacket, a text, JSON lines, a table with HPO ids, or a PubMed export",
        help="A zip of such files too. The file is read on this machine and goes nowhere else.",
        key="upload",
    )
    if file is None:
        return
    read = _read_once(file)
    for failure in read.failures[:5]:
        st.error(plain(failure))
    if len(read.failures) > 5:
        st.error(f"and {len(read.failures) - 5} more that cannot be read")
    if not read.cases:
        st.info("Nothing in this file can be ranked: choose another one, or paste the report.")
        return
    chosen: Case | None = read.cases[0]
    if len(read.cases) > 1:
        chosen = st.selectbox(
            f"The file has {'more than ' if read.cut else ''}{len(read.cases)} cases: which one?",
            read.cases,
            format_func=lambda case: visible(f"{case.id} ({len(case.terms)} findings)"),
            key="chosen",
        )
        if read.cut:
            st.caption(f"The first {MOST_CASES:,} are listed; the Batch page ranks all of them.")
    if chosen is not None and st.button("Rank genes", type="primary", key="rank-upload"):
        desk().open(draft_of_case(chosen, knowledge()))
        st.rerun()


def _read_once(file: UploadedFile) -> ReadUpload:
    """The upload's cases, kept in the session while this file is the one uploaded."""
    kept = st.session_state.get("read-upload")
    if kept is None or kept[0] != file.file_id:
        with st.spinner("Reading the file…"):
            kept = (file.file_id, read_upload(file, knowledge()))
        st.session_state["read-upload"] = kept
    read: ReadUpload = kept[1]
    return read
