"""Where a case comes from: a pasted report, a file, an example, or findings one by one."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.counting import count_words, counted
from app.draft import Draft, draft_of_case, draft_of_text, drafts_of_text
from app.examples import examples
from app.persistence import namesakes
from app.render.plain import plain, plain_name, visible
from app.state import desk, knowledge, new_case_id, store
from app.uploads import MOST_CASES, ReadUpload, read_upload
from genecaller.cases import Case

LONGEST_REPORT = 200_000
"""Characters of a pasted report; a longer one is a file of cases."""
BEGINNING = 90
"""Characters of a patient's text that are shown to choose by."""
PASTED = "pasted"
"""What the session holds of a pasted report of several patients: its text, and their drafts."""
ANOTHER = "another patient"


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
        drafts = drafts_of_text(text, knowledge(), new_case_id())
        st.session_state[PASTED] = (text, drafts) if len(drafts) > 1 else None
        if len(drafts) == 1:
            _open(drafts[0])
    elif pressed:
        st.warning("Paste a report first: a few sentences on the patient's findings.")
    if st.session_state.get(PASTED):
        _patients(*st.session_state[PASTED])
    if found := examples():
        st.caption("Or look at an example:")
        with st.container(horizontal=True):
            for example in found:
                if st.button(plain_name(example.title), key=f"example-{example.name}"):
                    _open(draft_of_text(example.text, knowledge(), example.name))


def _open(draft: Draft, same_patient_as: str | None = None) -> None:
    desk().open(draft, same_patient_as=same_patient_as)
    st.rerun()


def _patients(text: str, drafts: Sequence[Draft]) -> None:
    """A pasted report of several patients: one of them at a time, each a case of its own."""
    with st.container(border=True):
        st.markdown(
            f":material/group: **The report describes {len(drafts):,} patients.** Each is a case "
            "of its own; the others wait here meanwhile."
        )
        for at, draft in enumerate(drafts):
            told = counted(draft, knowledge())
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(_beginning(draft.text or ""), width="stretch")
                st.caption(plain(count_words(told)), width="content")
                if st.button("Rank genes", key=f"patient-{at}"):
                    _open(draft)
        if st.button("It is all one patient", type="tertiary", key="one-patient"):
            st.session_state[PASTED] = None
            _open(draft_of_text(text, knowledge(), new_case_id()))


def _beginning(text: str) -> str:
    """A text's first words, to know a patient by."""
    return visible(text, BEGINNING)


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
    if chosen is None:
        return
    for problem in chosen.problems:
        st.caption(plain(problem))
    same = _same_patient(chosen)
    if st.button("Rank genes", type="primary", key="rank-upload"):
        _open(draft_of_case(chosen, knowledge()), same)


def _same_patient(case: Case) -> str | None:
    """Ask whose case an upload is where its name is taken; of its own unless a person says so."""
    stored = namesakes(store(), case)
    if not stored:
        return None
    keys = [one.case.id for one in stored]
    told = {one.case.id: f"{one.case.id}, {len(one.case.terms)} findings" for one in stored}
    chosen = st.radio(
        f"The case library has {plain_name(case.id)} already. This upload is",
        [ANOTHER, *keys],
        format_func=lambda key: (
            ANOTHER if key == ANOTHER else f"the same patient as {plain_name(told[key])}"
        ),
        captions=["it gets a name of its own", *("it becomes a new version" for _ in keys)],
        key=f"same-patient-{case.id}",
    )
    return None if chosen in (None, ANOTHER) else str(chosen)


def _read_once(file: UploadedFile) -> ReadUpload:
    """The upload's cases, kept in the session while this file is the one uploaded."""
    kept = st.session_state.get("read-upload")
    if kept is None or kept[0] != file.file_id:
        with st.spinner("Reading the file…"):
            kept = (file.file_id, read_upload(file, knowledge()))
        st.session_state["read-upload"] = kept
    read: ReadUpload = kept[1]
    return read
