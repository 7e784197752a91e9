"""The one-page report to print: findings, leading genes with their evidence, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from app.exports import NOTICE, Export
from app.ranked_case import Row
from app.render.evidence import KINDS, against_words
from app.render.links import link
from app.render.plain import visible
from genecaller.cases import CaseTerm
from genecaller.store.provenance import Provenance

GENES = 10
EXPLAINED = 3
"""Leading diseases whose evidence is spelled out."""

_STYLE = """
@page{size:A4;margin:11mm}
:root{color-scheme:light dark}
body{font:10pt/1.35 system-ui,sans-serif;max-width:19cm;margin:1rem auto;padding:0 1rem}
h1{font-size:15pt;margin:0}h2{font-size:11.5pt;margin:.9rem 0 .25rem}
p{margin:.2rem 0}.dim{opacity:.7}.notice{border:1px solid;padding:.3rem .6rem;margin:.5rem 0}
table{border-collapse:collapse;width:100%;font-size:9pt}
th{text-align:left;font-weight:600}td,th{padding:.15rem .5rem .15rem 0;vertical-align:top;
border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent)}
td.n{font-variant-numeric:tabular-nums}tr,h2{break-inside:avoid;break-after:auto}
.evidence td:first-child{white-space:nowrap;width:9.5rem}
a{color:inherit;text-decoration:none}
@media print{:root{color-scheme:light}
body{margin:0;padding:0;max-width:none;font-size:8.5pt;line-height:1.25}table{font-size:8pt}
h1{font-size:13pt}h2{font-size:10pt;margin:.6rem 0 .15rem}td,th{padding-block:.08rem}}
"""


def printable_report(export: Export, created: str) -> str:
    """A whole HTML document; everything from the case is escaped, nothing is fetched."""
    ranked, case = export.ranked, export.ranked.case
    patient = export.patient or "sex and age not stated"
    head = (
        f"<h1>Candidate genes for {_text(case.id)}</h1>"
        f'<p class="dim">{_text(created)} · {_text(patient)}</p>'
        f'<p class="notice"><b>{NOTICE}</b> A list of hypotheses for experts to weigh.</p>'
        + "".join(f'<p class="notice">{_text(note)}</p>' for note in export.notes)
    )
    findings = (
        f"<h2>Findings</h2><p><b>Present:</b> {_terms(case.terms)}</p>"
        f"<p><b>Absent:</b> {_terms(case.excluded_terms)}</p>{_left_aside(export)}"
    )
    problems = (*case.problems, *ranked.ranking.problems)
    warned = "".join(f"<p>{_text(problem)}</p>" for problem in problems)
    evidence = "".join(_evidence(rows) for rows in _by_disease(ranked.rows)[:EXPLAINED])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{_text(case.id)}: candidate genes</title><style>{_STYLE}</style></head><body>"
        f"{head}{findings}<h2>Genes</h2>{warned}"
        f"{_table(ranked.rows[:GENES], export.model_ranks)}{evidence}{_model(export)}"
        f"{_provenance(export.provenance, ranked.ranking.ranker)}</body></html>\n"
    )


def _text(text: object) -> str:
    return escape(visible(text))


def _left_aside(export: Export) -> str:
    """The findings that the page lists and the ranking does not go by, each with the reason."""
    told = "; ".join(
        f"{link(one.finding.term.hpo_id, one.finding.term.label)} ({_text(one.why)})"
        for one in export.left_aside
    )
    return f"<p><b>Listed, not counted:</b> {told}</p>" if told else ""


def _terms(terms: Sequence[CaseTerm]) -> str:
    return ", ".join(link(term.hpo_id, term.label) for term in terms) or "none stated"


def _table(rows: Sequence[Row], model_ranks: Mapping[str, int] | None) -> str:
    model = "" if model_ranks is None else "<th>Model</th>"
    lines = []
    for row in rows:
        told = f"{len(row.evidence.explained)} of {len(row.evidence.matches)}"
        against = f", {len(row.evidence.against)} against" if row.evidence.against else ""
        ours = (
            "" if model_ranks is None else f'<td class="n">{model_ranks.get(row.symbol, "–")}</td>'
        )
        sure = "" if row.confidence is None else f"{row.confidence:.0%}"
        lines.append(
            f'<tr><td class="n">{row.rank}</td><td><i>{escape(row.symbol)}</i></td>'
            f"<td>{escape(row.disease_name)} ({link(row.disease_id)})</td>"
            f'<td class="n">{sure}</td>'
            f"<td>{escape(', '.join(row.inheritance))}</td><td>{told}{against}</td>{ours}</tr>"
        )
    return (
        "<table><thead><tr><th>Rank</th><th>Gene</th><th>Disease</th><th>Confidence</th><th>Inheritance</th>"
        f"<th>Explains</th>{model}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def _by_disease(rows: Sequence[Row]) -> list[list[Row]]:
    """The leading rows, those that stand on the same disease together."""
    groups: dict[str, list[Row]] = {}
    for row in rows[:GENES]:
        groups.setdefault(row.disease_id, []).append(row)
    return list(groups.values())


def _evidence(rows: Sequence[Row]) -> str:
    """What one disease explains, for the genes that stand on it."""
    row = rows[0]
    named = ", ".join(f"{one.rank}. <i>{escape(one.symbol)}</i>" for one in rows)
    parts = []
    for kind, (sign, words) in KINDS.items():
        found = [match for match in row.evidence.matches if match.kind == kind]
        if found:
            told = ", ".join(_stated(match.label, match.stated) for match in found)
            parts.append(f"<tr><td>{sign} {words}</td><td>{told}</td></tr>")
    if row.evidence.against:
        told = ", ".join(against_words(item) for item in row.evidence.against)
        parts.append(f"<tr><td>✕ speaks against</td><td>{told}</td></tr>")
    if row.evidence.missing:
        told = ", ".join(_stated(item.label, item.stated) for item in row.evidence.missing[:6])
        more = len(row.evidence.missing) - 6
        rest = f" and {more} more" if more > 0 else ""
        parts.append(f"<tr><td>– typical, not reported</td><td>{told}{rest}</td></tr>")
    return (
        f"<h2>{named}: {escape(row.disease_name)}</h2>"
        f'<table class="evidence"><tbody>{"".join(parts)}</tbody></table>'
    )


def _stated(label: str, stated: str | None) -> str:
    """A finding with its frequency as the sources state it."""
    return escape(label if stated is None else f"{label} ({stated})")


def _model(export: Export) -> str:
    """The language model's genes with its own words, and what it cites that does not hold."""
    if export.said is None:
        return ""
    lines = []
    for gene in export.said.ranking.genes[:GENES]:
        wrong = [c for c in export.citations if c.symbol == gene.symbol and not c.holds]
        doubts = ", ".join(_text(f"no {c.label}" if c.absent else c.label) for c in wrong)
        said = _text(gene.explanation or "") + (f" (✗ not grounded: {doubts})" if doubts else "")
        lines.append(
            f'<tr><td class="n">{gene.rank}</td><td><i>{escape(gene.symbol)}</i></td>'
            f"<td>{said}</td></tr>"
        )
    return (
        "<h2>The language model's answer</h2><table><thead><tr><th>Rank</th><th>Gene</th>"
        f"<th>In its words</th></tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )


def _provenance(provenance: Provenance, ranker: str) -> str:
    said = [
        f"ranker {ranker}",
        f"HPO {provenance.knowledge}",
        f"genecaller {provenance.code_version}",
    ]
    if provenance.model:
        said.append(f"model {provenance.model}, adapter {provenance.adapter or 'none'}")
    if provenance.prompt_version:
        said.append(f"prompt {provenance.prompt_version}")
    return f'<h2>Made with</h2><p class="dim">{escape("; ".join(said))}</p>'
