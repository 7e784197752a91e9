"""The evidence grid: the patient's findings against a disease's, as HTML.

Every kind has a sign and a word, so that nothing is told by colour alone.
"""

from __future__ import annotations

from html import escape

from app.render.links import link
from genecaller.rankers.explain.evidence import (
    Contradiction,
    Evidence,
    MatchKind,
    TermMatch,
    TypicalTerm,
)

KINDS: dict[MatchKind, tuple[str, str]] = {
    "exact": ("●", "exactly"),
    "narrower": ("◐", "by a narrower term"),
    "broader": ("◑", "by a broader term"),
    "unexplained": ("○", "not explained"),
}
MISSING_SHOWN = 12
"""Typical findings listed before the rest is only counted."""


def evidence_grid(evidence: Evidence) -> str:
    """A table with a row for every finding: explained, not explained, missing, against."""
    rows = [_match(match) for kind in KINDS for match in evidence.matches if match.kind == kind]
    rows += [_against(item) for item in evidence.against]
    rows += [_missing(item) for item in evidence.missing[:MISSING_SHOWN]]
    more = len(evidence.missing) - MISSING_SHOWN
    if more > 0:
        rows.append(
            f'<tr class="gc-missing"><td class="gc-sign">–</td>'
            f'<td colspan="4">and {more} more typical findings that were not reported</td></tr>'
        )
    return (
        '<table class="gc-grid"><thead><tr><th><span class="gc-hidden">Sign</span></th>'
        "<th>Patient</th><th>Explained</th><th>Disease</th><th>Of its patients</th>"
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def evidence_strip(evidence: Evidence) -> str:
    """The grid in one line of signs, with counts for those who cannot see it."""
    counts = {kind: sum(m.kind == kind for m in evidence.matches) for kind in KINDS}
    signs = "".join(
        f'<span class="gc-{kind}">{KINDS[kind][0] * counts[kind]}</span>'
        for kind in KINDS
        if counts[kind]
    )
    against = f'<span class="gc-against">{"✕" * len(evidence.against)}</span>'
    explained = len(evidence.explained)
    words = f"explains {explained} of {len(evidence.matches)}"
    if evidence.against:
        words += f", {len(evidence.against)} against"
    return (
        f'<span class="gc-strip" aria-hidden="true">{signs}{against}</span>'
        f'<span class="gc-words">{words}</span>'
    )


def against_words(item: Contradiction) -> str:
    """What speaks against a disease, in words, as HTML."""
    if item.kind == "not":
        return f"{escape(item.label)} is stated not to occur"
    stated = f", {escape(item.stated)}" if item.stated else ""
    same = item.hpo_id == item.disease_hpo_id
    shown = "" if same else f" (it shows {escape(item.disease_label)}{stated})"
    return f"no {escape(item.label)}{shown or (f' ({stated[2:]})' if stated else '')}"


def _share(frequency: float | None, stated: str | None) -> str:
    """A frequency as its sources state it; the bar shows about how much that is."""
    if frequency is None or stated is None:
        return f'<td class="gc-share gc-dim">{escape(stated or "not stated")}</td>'
    return (
        f'<td class="gc-share"><span class="gc-bar" style="width:{frequency * 3:.2f}rem"></span>'
        f"{escape(stated)}</td>"
    )


def _match(match: TermMatch) -> str:
    sign, words = KINDS[match.kind]
    if match.disease_hpo_id is None:
        disease, share = '<td class="gc-dim">–</td>', '<td class="gc-share gc-dim">–</td>'
    else:
        same = match.disease_hpo_id == match.hpo_id
        shown = "the same" if same else link(match.disease_hpo_id, match.disease_label)
        disease = f"<td{' class=gc-dim' if same else ''}>{shown}</td>"
        share = _share(match.frequency, match.stated)
    return (
        f'<tr class="gc-{match.kind}"><td class="gc-sign">{sign}</td>'
        f"<td>{link(match.hpo_id, match.label)}</td><td>{words}</td>{disease}{share}</tr>"
    )


def _missing(item: TypicalTerm) -> str:
    return (
        '<tr class="gc-missing"><td class="gc-sign">–</td><td class="gc-dim">not reported</td>'
        f"<td>typical, missing</td><td>{link(item.hpo_id, item.label)}</td>"
        f"{_share(item.frequency, item.stated)}</tr>"
    )


def _against(item: Contradiction) -> str:
    if item.kind == "excluded":
        patient = f"no {escape(item.label)}"
        disease = link(item.disease_hpo_id, item.disease_label)
        if item.also:
            disease += f'<span class="gc-also">also {escape(", ".join(item.also))}</span>'
    else:
        patient = link(item.hpo_id, item.label)
        disease = "stated not to occur"
    return (
        f'<tr class="gc-against"><td class="gc-sign">✕</td><td>{patient}</td>'
        f"<td>speaks against</td><td>{disease}</td>{_share(item.frequency, item.stated)}</tr>"
    )
