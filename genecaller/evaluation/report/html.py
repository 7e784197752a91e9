"""Writes an evaluation as one HTML file: tables, plots, comparisons; nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

import numpy as np

from genecaller.evaluation.metrics import METRICS, Estimate
from genecaller.evaluation.report.plots import (
    best_first,
    figure_rows,
    rank_curves,
    ranker_points,
    reliability,
    side_by_side,
    svg,
)
from genecaller.evaluation.report.tables import closing, figure, headings, interval, p_value
from genecaller.evaluation.result import Evaluation, Paired, Row
from genecaller.evaluation.strata import PROTOCOLS, strata
from genecaller.evaluation.to_store import figures_of, reliability_points

SHOWN_WINS = 200
PLOTTED = ("top1", "top5", "top10")


def render_html(evaluation: Evaluation, title: str = "Evaluation of gene rankings") -> str:
    """Render the whole report; every name and sentence is escaped. Write it with UTF-8."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    environment.filters["rank"] = lambda rank: "missed" if rank is None else f"{rank:g}"
    source = (
        files("genecaller.evaluation").joinpath("report.html.jinja").read_text(encoding="utf-8")
    )
    titles = headings(evaluation.depth)
    return environment.from_string(source).render(
        title=title,
        titles=list(titles.values()),
        bar_titles=[titles[metric] for metric in PLOTTED],
        closing=closing(evaluation),
        strata=list(_strata(evaluation)),
        finer=list(_finer(evaluation)),
        comparisons=[_comparison(one, evaluation) for one in evaluation.comparisons],
        shown_wins=SHOWN_WINS,
        definitions=[" ".join(x.split()) for x in (strata.__doc__ or "").split("- ")[1:]],
        protocols=PROTOCOLS,
    )


def _strata(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in evaluation.rows:
        if row.grouping == "stratum":
            groups.setdefault((row.protocol, row.stratum), []).append(row)
    for (protocol, stratum), rows in groups.items():
        first = rows[0].figures
        yield {
            "name": stratum,
            "n": first.n,
            "genes": first.genes,
            "rows": [one for row in rows for one in _figures(row, evaluation)],
            "plots": list(_plots(evaluation, protocol, stratum, rows)) if first.n else [],
        }


def _figures(row: Row, evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    """Two lines of the table: the means over cases, then over genes."""
    found = row.figures
    model = f"{row.model}, {row.adapter or 'no adapter'}" if row.model else ""
    for over, values, n in (("cases", found.micro, found.n), ("genes", found.macro, found.genes)):
        yield {
            "ranker": evaluation.shown(row.ranker) if over == "cases" else "",
            "model": model if over == "cases" else "",
            "over": over,
            "n": n,
            "estimates": [_estimate(values.get(metric), metric) for metric in METRICS],
        }


def _plots(
    evaluation: Evaluation, protocol: str, stratum: str, rows: Sequence[Row]
) -> Iterator[dict[str, Any]]:
    n, genes = rows[0].figures.n, rows[0].figures.genes
    figures = [
        replace(one, ranker=evaluation.shown(one.ranker))
        for row in rows
        for one in figures_of(row)
        if one.metric in PLOTTED
    ]
    for averaging, over, count in (("micro", "cases", n), ("macro", "genes", genes)):
        mine = figure_rows([one for one in figures if one.averaging == averaging])
        metrics = list(dict.fromkeys(row["metric"] for row in mine))
        order = best_first(mine, metrics[0])
        plot = side_by_side(*(ranker_points(mine, metric, order) for metric in metrics))
        yield _plot(f"{stratum}, mean over {over}, n = {count}", plot)
    mask = strata(evaluation.solved, protocol)[stratum]
    shares = {}
    for outcome in evaluation.outcomes[protocol]:
        ranks = outcome.ranks(evaluation.ties)[mask]
        shares[evaluation.shown(outcome.ranker)] = [
            float(np.mean(ranks <= k)) for k in range(1, evaluation.depth + 1)
        ]
    caption = f"{stratum}: share of the {n} cases with the gene within the first k"
    yield _plot(caption, rank_curves(shares))
    calibrated = [(row.ranker, row.reliability) for row in rows if row.reliability]
    if calibrated:
        points = [
            replace(point, ranker=evaluation.shown(point.ranker))
            for row in rows
            for point in reliability_points(row)
        ]
        note = "; ".join(
            f"{name}: Brier score {found.brier:.3f}, calibration error {found.error:.3f}, "
            f"n = {found.n}"
            for name, found in calibrated
        )
        caption = f"{stratum}: probability stated for the first gene, and how often it is right"
        yield _plot(caption, reliability(points), note)


def _plot(caption: str, plot: Any, note: str = "") -> dict[str, Any]:
    from markupsafe import Markup

    return {"caption": caption, "svg": Markup(svg(plot, caption)), "note": note}


def _finer(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    finer = [row for row in evaluation.rows if row.grouping != "stratum"]
    for within, grouping in dict.fromkeys((row.within, row.grouping) for row in finer):
        inside = [row for row in finer if (row.within, row.grouping) == (within, grouping)]
        yield {
            "within": within,
            "grouping": grouping,
            "rows": [
                {
                    "name": name,
                    "ranker": evaluation.shown(row.ranker),
                    "n": row.figures.n,
                    "genes": row.figures.genes,
                    "estimates": [_estimate(row.figures.micro.get(m), m) for m in PLOTTED],
                }
                for name in dict.fromkeys(row.stratum for row in inside)
                for row in inside
                if row.stratum == name
            ],
        }


def _comparison(paired: Paired, evaluation: Evaluation) -> dict[str, Any]:
    one = paired.comparison
    titles = headings(evaluation.depth)
    return {
        "a": evaluation.shown(one.a),
        "b": evaluation.shown(one.b),
        "n": one.n,
        "stratum": paired.stratum,
        "a_ahead": one.a_ahead,
        "b_ahead": one.b_ahead,
        "sign_p": p_value(one.sign_p),
        "rows": [
            {
                "title": titles[metric],
                "differences": [
                    _difference(found.get(metric), metric)
                    for found in (one.difference_micro, one.difference_macro)
                ],
                "only_a": one.only_a.get(metric, ""),
                "only_b": one.only_b.get(metric, ""),
                "p": p_value(one.mcnemar_p[metric]) if metric in one.mcnemar_p else "",
            }
            for metric in METRICS
        ],
    }


def _estimate(estimate: Estimate | None, metric: str) -> dict[str, str]:
    if estimate is None:
        return {"value": "–", "span": ""}
    return {"value": figure(estimate.value, metric), "span": interval(estimate, metric)}


def _difference(estimate: Estimate | None, metric: str) -> dict[str, str]:
    if estimate is None:
        return {"value": "–", "span": ""}
    scale, places = (1, 3) if metric == "mrr" else (100, 1)
    span = ""
    if estimate.low is not None and estimate.high is not None:
        low, high = scale * estimate.low, scale * estimate.high
        span = f"{low:+.{places}f} to {high:+.{places}f}"
    return {"value": f"{scale * estimate.value:+.{places}f}", "span": span}
