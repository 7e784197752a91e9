"""An evaluation on the terminal: tables with n and interval beside every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genecaller.evaluation.leakage import Leakage
from genecaller.evaluation.metrics import METRICS, Estimate
from genecaller.evaluation.result import Evaluation, Grouping, Row
from genecaller.evaluation.strata import AS_PUBLISHED, UNSEEN
from genecaller.evaluation.systems import Outcome

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table


def percent(value: float | None) -> str:
    """A share as a percentage with one decimal, an en dash for None."""
    return "–" if value is None else f"{100 * value:.1f}"


def figure(value: float | None, metric: str) -> str:
    """A figure as it is usually written: shares in percent, the reciprocal rank in 0..1."""
    return "–" if value is None else f"{value:.3f}" if metric == "mrr" else percent(value)


def interval(estimate: Estimate | None, metric: str) -> str:
    """The 95% interval, "45.0–55.3", empty where there is none."""
    if estimate is None or estimate.low is None:
        return ""
    return f"{figure(estimate.low, metric)}–{figure(estimate.high, metric)}"


def p_value(p: float) -> str:
    """A probability as it is usually written; "<0.0001" below that."""
    return "<0.0001" if p < 0.0001 else f"{p:.4f}"


def headings(depth: int) -> dict[str, str]:
    """The column title of each metric."""
    titles = {metric: metric.replace("top", "top-") for metric in METRICS}
    return {**titles, "topmax": f"top-max ({depth})", "mrr": "MRR"}


def render(evaluation: Evaluation, *, finer: bool = False) -> list[RenderableType]:
    """Everything to print, in order; `finer` adds the tables by term count and organ system."""
    from rich.text import Text

    parts: list[RenderableType] = [*_strata_tables(evaluation)]
    if finer:
        for grouping in ("number of terms", "organ system"):
            parts += _finer_tables(evaluation, grouping)
    parts += _comparison_tables(evaluation)
    return parts + [Text(sentence) for sentence in closing(evaluation)]


def _strata_tables(evaluation: Evaluation) -> list[Table]:
    from rich.markup import escape
    from rich.table import Table

    tables = []
    names: dict[tuple[str, str], list[Row]] = {}
    for row in evaluation.rows:
        if row.grouping == "stratum":
            names.setdefault((row.protocol, row.stratum), []).append(row)
    for (_, stratum), rows in names.items():
        first = rows[0].figures
        table = Table(
            title=f"{stratum}: {first.n} cases of {first.genes} genes", title_justify="left"
        )
        table.add_column("ranker", no_wrap=True)
        table.add_column("mean over", no_wrap=True)
        table.add_column("n", justify="right")
        for title in headings(evaluation.depth).values():
            table.add_column(title, justify="right")
        for row in rows:
            for kind, values, n in (
                ("cases", row.figures.micro, row.figures.n),
                ("genes", row.figures.macro, row.figures.genes),
            ):
                cells = [_cell(values.get(metric), metric) for metric in METRICS]
                name = escape(evaluation.shown(row.ranker)) if kind == "cases" else ""
                table.add_row(name, kind, str(n), *cells)
            table.add_section()
        tables.append(table)
    return tables


def _cell(estimate: Estimate | None, metric: str) -> str:
    if estimate is None:
        return "–"
    value, span = figure(estimate.value, metric), interval(estimate, metric)
    return f"{value}\n[dim]{span}[/dim]" if span else value


def _finer_tables(evaluation: Evaluation, grouping: Grouping) -> list[Table]:
    from rich.markup import escape
    from rich.table import Table

    tables = []
    rows = [row for row in evaluation.rows if row.grouping == grouping]
    for within in dict.fromkeys(row.within for row in rows):
        inside = [row for row in rows if row.within == within]
        table = Table(title=f"{within}, by {grouping} (mean over cases, %)", title_justify="left")
        table.add_column(grouping)
        table.add_column("n", justify="right")
        table.add_column("genes", justify="right")
        table.add_column("ranker")
        for metric in ("top1", "top5", "top10"):
            table.add_column(headings(evaluation.depth)[metric], justify="right")
        for name in dict.fromkeys(row.stratum for row in inside):
            for i, row in enumerate(r for r in inside if r.stratum == name):
                lead = (name, str(row.figures.n), str(row.figures.genes)) if i == 0 else ("",) * 3
                estimates = ((row.figures.micro[m], m) for m in ("top1", "top5", "top10"))
                shown = [f"{percent(e.value)} [dim]{interval(e, m)}[/dim]" for e, m in estimates]
                table.add_row(*lead, escape(evaluation.shown(row.ranker)), *shown)
        tables.append(table)
    return tables


def _comparison_tables(evaluation: Evaluation) -> list[Table]:
    from rich.markup import escape
    from rich.table import Table

    tables = []
    for stratum in dict.fromkeys(paired.stratum for paired in evaluation.comparisons):
        pairs = [p.comparison for p in evaluation.comparisons if p.stratum == stratum]
        table = Table(
            title=f"{stratum}: paired on the same {pairs[0].n} cases, top-1 in points",
            title_justify="left",
        )
        table.add_column("a against b")
        for title in ("over cases", "over genes", "only a", "only b", "p", "a ahead", "b ahead"):
            table.add_column(title, justify="right")
        table.add_column("p (sign)", justify="right")
        for one in pairs:
            table.add_row(
                f"{escape(evaluation.shown(one.a))} against {escape(evaluation.shown(one.b))}",
                _signed(one.difference_micro["top1"]),
                _signed(one.difference_macro["top1"]),
                str(one.only_a["top1"]),
                str(one.only_b["top1"]),
                p_value(one.mcnemar_p["top1"]),
                str(len(one.a_ahead)),
                str(len(one.b_ahead)),
                p_value(one.sign_p),
            )
        tables.append(table)
    return tables


def _signed(estimate: Estimate) -> str:
    value = f"{100 * estimate.value:+.1f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value}\n[dim]{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}[/dim]"


def closing(evaluation: Evaluation) -> list[str]:
    """The sentences that belong under any table of figures."""
    sentences = [f"WARNING: {warning}." for warning in evaluation.warnings]
    sentences += [
        f"Percent of cases with the right gene within the first k; ties take the {evaluation.ties} "
        f"rank; a case that failed, did not parse or lacks the gene is a miss. 95% bootstrap "
        f"intervals, {evaluation.resamples} draws of genes with all their cases, seed "
        f"{evaluation.seed}. Knowledge {evaluation.knowledge}.",
        leakage_sentence(evaluation.leakage),
    ]
    told: set[int] = set()
    for protocol, outcomes in evaluation.outcomes.items():
        for outcome in outcomes:
            # Protocols that rank with the knowledge as it is share their outcomes.
            if id(outcome) not in told:
                told.add(id(outcome))
                sentences += _outcome_sentences(protocol, outcome)
    if evaluation.unsolved:
        sentences.append(f"{evaluation.unsolved} cases name no gene and are not judged.")
    if evaluation.unreadable:
        sentences.append(f"{len(evaluation.unreadable)} records could not be read.")
    return sentences + [f"{note}." for note in evaluation.notes]


def _outcome_sentences(protocol: str, outcome: Outcome) -> list[str]:
    """What one ranker's figures rest on: model, speed, and misses of each kind."""
    n = len(outcome.standings)
    ended = {status: k for status, k in outcome.statuses().items() if k and status != "ranked"}
    parts = []
    if outcome.model:
        parts.append(f"model {outcome.model}, {outcome.adapter or 'no adapter'}")
    if outcome.seconds is not None and n:
        parts.append(f"{1000 * outcome.seconds / n:.1f} ms a case")
    if ended:
        parts.append(f"misses without a rank: {', '.join(f'{k} {s}' for s, k in ended.items())}")
    head = [f"{outcome.ranker}, {protocol}, {n} cases: {'; '.join(parts)}."] if parts else []
    return head + [f"{outcome.ranker}: {problem}." for problem in outcome.problems[:5]]


def leakage_sentence(found: Leakage) -> str:
    """What the knowledge was told by the cases' own publications, in one or two sentences."""
    share = percent(found.cited_for_disease / found.n)
    text = (
        f"Leakage: {found.cited_for_disease} of {found.n} cases ({share}%) come from a publication "
        f"that the knowledge cites for the same disease"
    )
    if found.terms_supplied is None:
        return f"{text}."
    return (
        f"{text}; over the {found.compared} of these with terms, it supplies on average "
        f"{percent(found.terms_supplied)}% of the case's own terms "
        f"({percent(found.only_source)}% from it alone). Read {AS_PUBLISHED} with that in mind, "
        f"and steer by {UNSEEN}."
    )
