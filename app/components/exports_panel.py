"""Take the case away: phenopacket, TSV, JSON, the report to print."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from app.components.demographics import spoken_age
from app.exports import Export, as_json, as_phenopacket, as_tsv
from app.render.plain import plain
from app.report import printable_report
from app.state import knowledge
from app.uploads import safe_name
from genecaller.cases import Case
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge


def take_away(export: Export) -> None:
    """A row of buttons; the files are made when they are asked for, outside the session."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, suffix, mime, make in (
            ("Report", ".html", "text/html", _report),
            ("Phenopacket", ".json", "application/json", _phenopacket),
            ("TSV", ".tsv", "text/tab-separated-values", _tsv),
            ("JSON", ".ranking.json", "application/json", _json),
        ):
            st.download_button(
                plain(label),
                partial(make, export, knowledge()),
                file_name=safe_name(export.ranked.case.id) + suffix,
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"take-{label}",
            )
    if export.off:
        off = plain(", ".join(export.off))
        st.caption(f"The files hold the whole case, with {off}, and say so. So does the library.")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def patient_words(case: Case, hpo: Hpo) -> str:
    """Sex, age and onset in words."""
    onset = spoken_age(case.onset, hpo)
    parts = (case.sex or "", spoken_age(case.age, hpo), onset and f"onset: {onset}")
    return ", ".join(filter(None, parts))


def _report(export: Export, _: Knowledge) -> str:
    return printable_report(export, _now())


def _phenopacket(export: Export, knowledge: Knowledge) -> str:
    return as_phenopacket(export, knowledge, _now())


def _tsv(export: Export, _: Knowledge) -> str:
    return as_tsv(export)


def _json(export: Export, _: Knowledge) -> str:
    return as_json(export, _now())
