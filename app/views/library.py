"""The case library: search, solve, review, and what retraining would learn from."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components.curation import moment, review_queue, solve
from app.components.demographics import spoken_age
from app.components.retraining import retraining
from app.render.plain import plain, plain_name, visible
from app.state import desk, knowledge, store
from genecaller.store import CaseFilter, CaseSummary, StoredCase

PAGE = 50


def page() -> None:
    """Four views of what the store holds."""
    st.title("Case library", anchor=False)
    counts = store().counts()
    if not counts.cases:
        st.info(
            "No case is stored yet. A case comes here when it is ranked on the Diagnose page, "
            "or with many others on the Batch page."
        )
        return
    numbers = {"Cases": counts.cases, "Review": len(store().read_queue())}
    view = st.segmented_control(
        "Show",
        ("Cases", "Review", "Duplicates", "Retraining"),
        default="Cases",
        required=True,
        format_func=lambda one: (
            f"{plain(one)} ({numbers[one]:,})" if one in numbers else plain(one)
        ),
        label_visibility="collapsed",
        key="library-view",
    )
    for note in desk().hear():
        st.info(plain(note))
    if view == "Review":
        review_queue()
    elif view == "Duplicates":
        _duplicates()
    elif view == "Retraining":
        retraining()
    else:
        _cases()


def _cases() -> None:
    words, solved, gene = st.columns([4, 2, 2])
    typed = words.text_input("Search", placeholder="id, finding, gene, disease, PMID", key="words")
    state = solved.selectbox("State", ("all", "solved", "unsolved"), key="solved")
    named = gene.text_input("Gene", key="gene")
    wanted = CaseFilter(
        words=typed or None,
        gene=named.strip() or None,
        solved={"solved": True, "unsolved": False}.get(str(state)),
    )
    page_at = st.session_state.get("library-page", 1)
    found = store().search_cases(wanted, limit=PAGE, offset=PAGE * (page_at - 1))
    if not found.total:
        st.info("No stored case fits: try fewer words, or another state.")
        return
    picked = st.dataframe(
        [_line(one) for one in found.cases],
        hide_index=True,
        placeholder="–",
        height=min(35 * len(found.cases) + 38, 423),
        on_select="rerun",
        selection_mode="single-row",
        column_config={"stored": moment()},
        key=f"cases-{page_at}",
        alt="The stored cases; choose a line to see one",
    )
    pages = -(-found.total // PAGE)
    if pages > 1:
        st.pagination(pages, key="library-page")
    lines = picked["selection"]["rows"]
    if lines and lines[0] < len(found.cases):
        _detail(found.cases[lines[0]].case_id)
    else:
        count = f"{found.total:,} case{'' if found.total == 1 else 's'}"
        st.caption(f"{count}. Choose a line to see the case.")


def _line(one: CaseSummary) -> dict[str, Any]:
    return {
        "case": one.case_id,
        "findings": one.n_terms,
        "absent": one.n_excluded,
        "sex": one.sex,
        "age": spoken_age(one.age, knowledge().hpo) or None,
        "gene": one.gene,
        "disease": one.disease_label,
        "publication": one.pmid,
        "stored": one.saved,
        "version": one.version,
    }


def _detail(case_id: str) -> None:
    history = store().case_history(case_id)
    latest = history[0]
    with st.container(border=True):
        left, middle, right = st.columns([3, 2, 1], vertical_alignment="bottom")
        left.subheader(plain_name(case_id), anchor=False)
        stored = latest
        if len(history) > 1:
            stored = middle.selectbox(
                "Version", history, format_func=_version, key=f"version-{case_id}"
            )
        if right.button("Open in Diagnose", key="open-case"):
            desk().open_stored(stored, latest.version)
            st.switch_page("views/diagnose.py")
        case = stored.case
        if stored.version != latest.version:
            st.info(f"This is an older version: the latest is version {latest.version:,}.")
        if stored.given_id != case_id:
            st.caption(f"It came with the name {plain_name(stored.given_id)}.")
        present = ", ".join(term.label for term in case.terms) or "none"
        absent = ", ".join(term.label for term in case.excluded_terms) or "none"
        st.text(visible(f"Present: {present}"))
        st.text(visible(f"Absent: {absent}"))
        if case.solution:
            disease = case.solution.disease_label or case.solution.disease_id or "disease unknown"
            st.text(visible(f"Solved: {case.solution.gene}, {disease}"))
        for problem in case.problems:
            st.caption(plain(problem))
        solve(latest)
        with st.expander("Versions and rankings"):
            st.dataframe(
                [
                    {
                        "version": one.version,
                        "stored": one.saved,
                        "by": one.saved_by,
                        "note": one.note,
                        "findings": len(one.case.terms),
                        "gene": one.case.solution.gene if one.case.solution else None,
                    }
                    for one in history
                ],
                hide_index=True,
                column_config={"stored": moment()},
                placeholder="–",
            )
            st.dataframe(
                [
                    {
                        "ranked": one.created,
                        "version": one.case_version,
                        "ranker": one.ranking.ranker,
                        "model": one.ranking.model,
                        "first genes": ", ".join(gene.symbol for gene in one.ranking.genes[:5]),
                        "knowledge": one.ranking.knowledge,
                    }
                    for one in store().rankings_of_case(case_id, top=5)
                ],
                hide_index=True,
                column_config={"ranked": moment()},
                placeholder="–",
            )


def _version(stored: StoredCase) -> str:
    by = f" by {stored.saved_by}" if stored.saved_by else ""
    return visible(f"{stored.version}, {stored.saved:%Y-%m-%d %H:%M}{by}")


def _duplicates() -> None:
    groups = store().duplicates()
    if not groups:
        st.info("No two stored cases of one sex have the very same findings.")
        return
    st.caption(
        f"{len(groups):,} groups with the very same findings and sex: the same patient twice, or "
        "patients that no ranker can tell apart. They never come into different parts of a split."
    )
    st.dataframe(
        [{"cases": len(group), "ids": ", ".join(group)} for group in groups[:500]],
        hide_index=True,
        placeholder="–",
    )


page()
