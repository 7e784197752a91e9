"""The ranking as HTML: one line a gene, opening to its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from app.ranked_case import ABBREVIATIONS, Row
from app.render.evidence import evidence_grid, evidence_strip
from app.render.links import link

PAPERS_SHOWN = 5
LED = 10
"""Places up to this one stand out."""


def ranking_table(
    rows: Sequence[Row],
    *,
    model_ranks: Mapping[str, int] | None = None,
    model_waits: bool = False,
    explanations: Mapping[str, str] | None = None,
    open_first: bool = False,
) -> str:
    """Genes in rank order, each a <details>; `explanations` are HTML, made by the caller.

    `model_ranks` is None where the model has not answered (`model_waits`: yet); a gene that it did
    not name shows a dash.
    """
    methods = list(dict.fromkeys(name for row in rows for name in row.ranks))
    named = "".join(f"<span>{escape(name)}</span>" for name in methods)
    head = (
        '<div class="gc-row gc-head" aria-hidden="true"><span>Rank</span><span>Gene, disease</span>'
        f'<span>Confidence</span><span>Findings</span><span class="gc-ranks">{named}</span>'
        '<span title="Inheritance">Inh.</span><span>Model</span></div>'
    )
    lines = [
        _line(
            row,
            "…" if model_waits else str((model_ranks or {}).get(row.symbol, "–")),
            (explanations or {}).get(row.symbol, ""),
            methods,
            opened=open_first and i == 0,
        )
        for i, row in enumerate(rows)
    ]
    return f'<div class="gc-ranking">{head}{"".join(lines)}</div>'


def _line(row: Row, model: str, explanation: str, methods: Sequence[str], *, opened: bool) -> str:
    short = [mode for mode in row.inheritance if mode in ABBREVIATIONS]
    inheritance = escape(", ".join(short)) or "–"
    return (
        f'<details{" open" if opened else ""}><summary class="gc-row">'
        f'<span class="gc-rank">{row.rank}{_moved(row)}</span>'
        f'<span><b class="gc-gene">{escape(row.symbol)}</b>'
        f'<span class="gc-disease">{escape(row.disease_name)}</span></span>'
        f"{_confidence(row)}"
        f'<span class="gc-evidence">{evidence_strip(row.evidence)}</span>'
        f'<span class="gc-ranks">{"".join(_place(row, name) for name in methods)}</span>'
        f'<span class="gc-inheritance"><i class="gc-label">Inheritance </i>{inheritance}</span>'
        f'<span class="gc-model"><i class="gc-label">Model </i>{model}</span></summary>'
        f'<div class="gc-open">{_facts(row)}{explanation}{evidence_grid(row.evidence)}</div>'
        "</details>"
    )


def _confidence(row: Row) -> str:
    if row.confidence is None:
        return '<span class="gc-confidence" title="this ranker gives none">–</span>'
    return (
        f'<span class="gc-confidence"><i class="gc-label">Confidence </i>{row.confidence:.0%}'
        f'<span class="gc-meter"><span style="width:{row.confidence:.1%}"></span></span></span>'
    )


def _place(row: Row, method: str) -> str:
    """A ranker's place of the gene, under its name in the head; the title says it in full."""
    place = row.ranks.get(method)
    said = f"{method}: {'no rank' if place is None else f'rank {place}'}"
    shown = "–" if place is None else f"{place}" if place < 1000 else "1k+"
    kind = "gc-led" if place is not None and place <= LED else ""
    return f'<span class="{kind}" title="{escape(said)}">{shown}</span>'


def _moved(row: Row) -> str:
    if row.before is None:
        return ""
    steps = row.before - row.rank
    if not steps:
        return '<span class="gc-moved" title="unmoved by the what-if">=</span>'
    arrow = "▲" if steps > 0 else "▼"
    return f'<span class="gc-moved" title="was {row.before}">{arrow}{abs(steps)}</span>'


def _facts(row: Row) -> str:
    ranks = " ".join(
        f'<span class="gc-chip">{escape(name)} <b>{place}</b></span>'
        for name, place in row.ranks.items()
    )
    modes = f" · {escape(', '.join(row.inheritance))}" if row.inheritance else ""
    links = [
        link(row.disease_id),
        link(f"NCBIGENE:{row.ncbi_gene_id}", f"{row.symbol} at NCBI Gene"),
        *(link(pmid) for pmid in row.references[:PAPERS_SHOWN]),
    ]
    more = len(row.references) - PAPERS_SHOWN
    cited = f" and {more} more papers" if more > 0 else ""
    return (
        f'<p class="gc-facts">Rank by each method: {ranks}</p>'
        f'<p class="gc-facts">{" · ".join(links)}{cited}{modes}</p>'
    )
