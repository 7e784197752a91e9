"""An evaluation on the terminal: tables with n and interval beside every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genecaller.evaluate.figures import METRICS, Estimate
from genecaller.evaluate.leakage import Leakage
from genecaller.evaluate.result import Evaluation, Grouping, Row
from genecaller.evaluate.strata import AS_PUBLISHED, UNSEEN

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table


def percent(value: float | None) -> str:
    """A share as a percentage with one decimal, an en dash for None."""
    return "–" if value is None else f"{100 * value:.1f}"


def interval(estimate: Estimate | None) -> str:
    """The 95% interval, "45.0–55.3", empty where there is none."""
    if estimate is None or estimate.low is None:
        return ""
    return f"{percent(estimate.low)}–{percent(estimate.high)}"


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
                cells = [_cell(values.get(metric)) for metric in METRICS]
                table.add_row(escape(row.ranker) if kind == "cases" else "", kind, str(n), *cells)
            table.add_section()
        tables.append(table)
    return tables


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    span = interval(estimate)
    return f"{percent(estimate.value)}\n[dim]{span}[/dim]" if span else percent(estimate.value)


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
                shown = [
                    f"{percent(one.value)} [dim]{interval(one)}[/dim]"
                    for one in (row.figures.micro[m] for m in ("top1", "top5", "top10"))
                ]
                table.add_row(*lead, escape(row.ranker), *shown)
        tables.append(table)
    return tables


def _comparison_tables(evaluation: Evaluation) -> list[Table]:
    from rich.markup import escape
    from rich.table import Table

    if not evaluation.comparisons:
        return []
    table = Table(title="Paired on the same cases (a minus b, top-1, points)", title_justify="left")
    for title in ("stratum", "a", "b"):
        table.add_column(title, no_wrap=title != "stratum")
    for title in ("n", "cases", "genes", "only a", "only b", "p", "a ahead", "b ahead", "p sign"):
        table.add_column(title, justify="right")
    for paired in evaluation.comparisons:
        one = paired.comparison
        table.add_row(
            paired.stratum,
            escape(one.a),
            escape(one.b),
            str(one.n),
            _signed(one.difference_micro["top1"]),
            _signed(one.difference_macro["top1"]),
            str(one.only_a["top1"]),
            str(one.only_b["top1"]),
            p_value(one.mcnemar_p["top1"]),
            str(len(one.a_ahead)),
            str(len(one.b_ahead)),
            p_value(one.sign_p),
        )
    return [table]


def _signed(estimate: Estimate) -> str:
    value = f"{100 * estimate.value:+.1f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value}\n[dim]{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}[/dim]"


def closing(evaluation: Evaluation) -> list[str]:
    """The sentences that belong under any table of figures."""
    sentences = [
        f"Percent of cases with the right gene within the first k; ties take the {evaluation.ties} "
        f"rank; a case that failed, did not parse or lacks the gene is a miss. 95% bootstrap "
        f"intervals, {evaluation.resamples} draws of genes with all their cases, seed "
        f"{evaluation.seed}. Knowledge {evaluation.knowledge}.",
        leakage_sentence(evaluation.leakage),
    ]
    entries = {outcome.ranker: outcome for row in evaluation.outcomes.values() for outcome in row}
    for outcome in entries.values():
        if outcome.model:
            adapter = outcome.adapter or "no adapter"
            sentences.append(f"{outcome.ranker}: model {outcome.model}, {adapter}.")
        ended = {status: n for status, n in outcome.statuses().items() if n and status != "ranked"}
        if ended:
            told = ", ".join(f"{n} {status}" for status, n in ended.items())
            sentences.append(f"{outcome.ranker}: misses without a rank: {told}.")
        sentences += [f"{outcome.ranker}: {problem}" for problem in outcome.problems[:5]]
    if evaluation.unsolved:
        sentences.append(f"{evaluation.unsolved} cases name no gene and are not judged.")
    if evaluation.unreadable:
        sentences.append(f"{len(evaluation.unreadable)} records could not be read.")
    return sentences + [note[0].upper() + note[1:] + "." for note in evaluation.notes]


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
