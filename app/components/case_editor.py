"""The report with its highlights, and the list of findings; every edit goes to a callback."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from app.components.js_component import drawn
from app.counting import Counted
from app.draft import Draft
from app.render.links import page_of
from app.render.plain import visible
from ontology.hpo import Hpo


def segments(draft: Draft) -> list[dict[str, Any]]:
    """The report cut where a mention begins or ends: {"text", "mentions": indices} each.

    Offsets of mentions are code points and a browser counts otherwise, so the cutting is done
    here. A character that two mentions share stands in a segment that names both.
    """
    text = draft.text or ""
    cuts = sorted(
        {0, len(text), *(m.start for m in draft.mentions), *(m.end for m in draft.mentions)}
    )
    covering: dict[int, list[int]] = {}
    for at, mention in enumerate(draft.mentions):
        for cut in cuts:
            if mention.start <= cut < mention.end:
                covering.setdefault(cut, []).append(at)
    return [
        {"text": text[start:end], "mentions": covering.get(start, [])}
        for start, end in itertools.pairwise(cuts)
    ]


def report_view(draft: Draft, key: str, on_edit: Callable[[Mapping[str, Any]], None]) -> None:
    """Show the report; `on_edit` gets {"at", "action": status|term|remove, "value"}."""
    mentions = [
        {
            "label": m.label,
            "hpo_id": m.hpo_id,
            "status": m.status,
            "off": m.hpo_id in draft.off,
        }
        for m in draft.mentions
    ]
    drawn("report_view", "report")(
        key=key,
        data={"segments": segments(draft), "mentions": mentions},
        on_edit_change=lambda: _tell(key, on_edit),
    )


def finding_list(
    listed: Sequence[Counted], hpo: Hpo, key: str, on_edit: Callable[[Mapping[str, Any]], None]
) -> None:
    """Show the findings; `on_edit` gets {"hpo_id", "action": status|switch|remove, "value"}."""
    rows = [
        {
            "hpo_id": one.finding.term.hpo_id,
            "label": visible(one.finding.term.label),
            "definition": _definition(one.finding.term.hpo_id, hpo),
            "page": page_of(one.finding.term.hpo_id),
            "status": one.finding.status,
            "off": one.finding.off,
            "counts": one.counts,
            "why": visible(one.why),
        }
        for one in listed
    ]
    drawn("finding_list", "findings")(
        key=key, data={"findings": rows}, on_edit_change=lambda: _tell(key, on_edit)
    )


def _definition(hpo_id: str, hpo: Hpo) -> str | None:
    at = hpo.index.get(hpo_id)
    return None if at is None else hpo.definitions[at]


def _tell(key: str, on_edit: Callable[[Mapping[str, Any]], None]) -> None:
    edit = st.session_state[key].get("edit")
    if edit is not None:
        on_edit(edit)
