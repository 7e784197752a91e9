"""The language model's answer as HTML: what it wrote, its list, and what is wrong with it."""

from __future__ import annotations

from html import escape

from app.answering import Answering

PROBLEMS_SHOWN = 4


def written(asked: Answering) -> str:
    """The text so far, or the finished answer's thoughts; always escaped."""
    if asked.said is None:
        return f'<div class="gc-written">{escape(asked.text)}<span class="gc-caret"></span></div>'
    thoughts = asked.said.answer.thoughts
    return f'<div class="gc-written">{escape(thoughts)}</div>' if thoughts else ""


def model_list(asked: Answering) -> str:
    """The genes in the model's order, each with the model's own words."""
    if asked.said is None:
        return ""
    offered = {one.candidate.symbol for one in asked.offered}
    items = []
    for place, gene in enumerate(asked.said.answer.genes, 1):
        new = "" if gene.symbol in offered else ' <span class="gc-chip">not offered</span>'
        items.append(
            f'<li><span class="gc-place">{place}</span><span><b><i>{escape(gene.symbol)}</i></b>'
            f"{new} {escape(gene.explanation)}{citations(asked, gene.symbol)}</span></li>"
        )
    return f'<ol class="gc-model-list">{"".join(items)}</ol>' if items else ""


def citations(asked: Answering, symbol: str) -> str:
    """The phenotypes that the model cites for a gene, each marked grounded or not, and why not."""
    items = []
    for one in asked.citations:
        if one.symbol != symbol:
            continue
        sign, kind = ("✓", "gc-grounded") if one.holds else ("✗", "gc-ungrounded")
        why = ""
        if not one.in_case:
            why = ", not on record for this patient"
        elif not one.in_disease:
            why = ", not known of this gene's diseases"
        cited = f"no {one.label}" if one.absent else one.label
        items.append(f'<span class="gc-chip {kind}">{sign} {escape(cited)}{why}</span>')
    return f'<div class="gc-cited">{" ".join(items)}</div>' if items else ""


def explanations(asked: Answering | None) -> dict[str, str]:
    """For each gene of the answer the model's words with its claims marked, as HTML."""
    if asked is None or asked.said is None:
        return {}
    return {
        gene.symbol: f'<p class="gc-facts"><b>The model:</b> {escape(gene.explanation)}</p>'
        + citations(asked, gene.symbol)
        for gene in asked.said.answer.genes
        if gene.explanation
    }


def answer_problems(asked: Answering) -> str:
    """What the parser found wrong, the first few and a count."""
    problems = asked.said.ranking.problems if asked.said else ()
    if not problems:
        return ""
    shown = "".join(f"<li>{escape(p)}</li>" for p in problems[:PROBLEMS_SHOWN])
    more = len(problems) - PROBLEMS_SHOWN
    rest = f"<li>and {more} more</li>" if more > 0 else ""
    return f'<ul class="gc-problems">{shown}{rest}</ul>'
