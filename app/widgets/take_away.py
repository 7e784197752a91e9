"""Keep the case, and take it away: phenopacket, TSV, JSON, the report to print."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from app.exports import as_json, as_phenopacket, as_tsv
from app.keeping import keep_ranking
from app.ranked import RankedCase
from app.render.plain import plain
from app.report import printable_report
from app.state import desk, knowledge, store
from app.uploads import safe_name
from app.widgets.demographics import spoken_age
from genecaller.cases import Case
from genecaller.errors import StoreError
from genecaller.store import Provenance
from ontology.hpo import Hpo


def take_away(ranked: RankedCase) -> None:
    """A row of buttons; the files are made when they are asked for."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, suffix, mime, make in (
            ("Report", ".html", "text/html", _report),
            ("Phenopacket", ".json", "application/json", _phenopacket),
            ("TSV", ".tsv", "text/tab-separated-values", _tsv),
            ("JSON", ".ranking.json", "application/json", _json),
        ):
            st.download_button(
                plain(label),
                partial(make, ranked),
                file_name=safe_name(ranked.case.id) + suffix,
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                key=f"take-{label}",
            )


def keep_first(ranked: RankedCase) -> None:
    """Store a case when it is ranked for the first time; later edits are stored when asked."""
    here = desk()
    if here.draft is None or here.saved is not None or not ranked.case.terms:
        return
    save(ranked, None)


def save(ranked: RankedCase, note: str | None) -> None:
    """Store the case as it stands and its ranking; what goes wrong is said, not raised."""
    here = desk()
    if here.draft is None:
        return
    try:
        saved = keep_ranking(
            store(), here.draft, ranked.case, ranked.ranking, here.person or None, note
        )
    except StoreError as error:
        here.saved = (here.draft, 0)
        here.say(f"The case was ranked but not stored: {error}")
        return
    here.saved = (here.draft, saved.version)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _provenance(ranked: RankedCase) -> Provenance:
    asked = desk().asked
    if asked is not None and asked.said is not None and asked.source is not None:
        return asked.source.provenance
    return Provenance(knowledge=ranked.ranking.knowledge)


def _model_ranks() -> dict[str, int] | None:
    asked = desk().asked
    return asked.ranks if asked else None


def patient_words(case: Case, hpo: Hpo) -> str:
    """Sex, age and onset in words."""
    onset = spoken_age(case.onset, hpo)
    parts = (case.sex or "", spoken_age(case.age, hpo), onset and f"onset: {onset}")
    return ", ".join(filter(None, parts))


def _report(ranked: RankedCase) -> str:
    patient = patient_words(ranked.case, knowledge().hpo)
    return printable_report(ranked, _provenance(ranked), _now(), patient, _model_ranks())


def _phenopacket(ranked: RankedCase) -> str:
    return as_phenopacket(ranked, knowledge(), _now())


def _tsv(ranked: RankedCase) -> str:
    return as_tsv(ranked, _model_ranks())


def _json(ranked: RankedCase) -> str:
    asked = desk().asked
    answer = None
    if asked and asked.said:
        answer = {
            "text": asked.said.text,
            "genes": [
                {"symbol": g.symbol, "explanation": g.explanation} for g in asked.said.answer.genes
            ],
            "problems": list(asked.said.ranking.problems),
        }
    return as_json(ranked, _provenance(ranked), _now(), answer)
