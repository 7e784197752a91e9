"""An evaluation as one HTML file: tables, plots, comparisons, definitions; nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from genecaller.evaluate.compare import Comparison, Won
from genecaller.evaluate.figures import METRICS, Estimate
from genecaller.evaluate.result import Evaluation, Paired, Row
from genecaller.evaluate.strata import PROTOCOLS, strata
from genecaller.evaluate.svg import bars, rank_curves, reliability_plot
from genecaller.evaluate.tables import closing, figure, headings, interval, p_value

SHOWN_WINS = 200
LOUD = " class='warning'"
BARS = ("top1", "top5", "top10")

STYLE = """
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;
--c0:#0072b2;--c1:#d55e00;--c2:#009e73;--c3:#cc79a7;--c4:#8a6d00;--c5:#56b4e9;--c6:#7d4ec2;--c7:#6e7781}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;
--paper:#0d1117;
--c0:#4aa8e0;--c1:#ff8c42;--c2:#2fc79b;--c3:#e79cc5;--c4:#d6b02f;--c5:#8fd0f5;--c6:#b48cf0;--c7:#a0a8b0}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.5rem;border-top:1px solid var(--line);
padding-top:1rem}h3{font-size:1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;
font-variant-numeric:tabular-nums;margin:.5rem 0}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child,td:first-child,.words{text-align:left}
.warning{color:var(--c1);font-weight:700}
small,.note{color:var(--soft)}small{display:block;white-space:nowrap}
svg{width:100%;height:auto;margin:.5rem 0}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
.grid{stroke:var(--line);fill:none}.guide{stroke:var(--soft);stroke-dasharray:4;fill:none}
.whisker{stroke:var(--ink);stroke-width:1.3;fill:none}.line{stroke-width:2.2}
""" + "".join(
    f".c{i} rect,rect.c{i},circle.c{i}{{fill:var(--c{i})}}path.c{i}{{stroke:var(--c{i});fill:none}}"
    for i in range(8)
)


def render_html(evaluation: Evaluation, title: str = "Evaluation of gene rankings") -> str:
    """The whole report as text; every name and sentence is escaped. Write it with UTF-8."""
    sections = []
    strata_rows: dict[tuple[str, str], list[Row]] = {}
    for row in evaluation.rows:
        if row.grouping == "stratum":
            strata_rows.setdefault((row.protocol, row.stratum), []).append(row)
    for (protocol, stratum), rows in strata_rows.items():
        sections.append(_stratum(evaluation, protocol, stratum, rows))
    finer = [row for row in evaluation.rows if row.grouping != "stratum"]
    for key in dict.fromkeys((row.within, row.grouping) for row in finer):
        inside = [row for row in finer if (row.within, row.grouping) == key]
        sections.append(
            f"<h2>{escape(str(key[0]))}, by {escape(key[1])}</h2>"
            + _finer_table(inside, evaluation)
        )
    for paired in evaluation.comparisons:
        sections.append(_comparison(paired, evaluation))
    told = "".join(
        f"<li{LOUD if sentence.startswith('WARNING: ') else ''}>{escape(sentence)}</li>"
        for sentence in closing(evaluation)
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(title)}</h1><ul class='note'>{told}</ul>{''.join(sections)}"
        f"<h2>Definitions</h2>{_definitions()}</body></html>\n"
    )


def _stratum(evaluation: Evaluation, protocol: str, stratum: str, rows: Sequence[Row]) -> str:
    first = rows[0].figures
    parts = [
        f"<h2>{escape(stratum)} <span class='note'>n = {first.n} cases, "
        f"{first.genes} genes</span></h2>",
        _table(rows, evaluation),
    ]
    if not first.n:
        return parts[0] + "<p>No case.</p>"
    titles = headings(evaluation.depth)
    for kind in ("cases", "genes"):
        series = [
            (
                evaluation.shown(row.ranker),
                [(row.figures.micro if kind == "cases" else row.figures.macro)[m] for m in BARS],
            )
            for row in rows
        ]
        caption = f"{stratum}, mean over {kind}, n = {first.n if kind == 'cases' else first.genes}"
        parts.append(f"<h3>{escape(caption)}</h3>")
        parts.append(bars(caption, [titles[m] for m in BARS], series))
    mask = strata(evaluation.solved, protocol)[stratum]
    curves = []
    for outcome in evaluation.outcomes[protocol]:
        ranks = outcome.ranks(evaluation.ties)[mask]
        curves.append(
            (evaluation.shown(outcome.ranker), np.where(np.isfinite(ranks), ranks, np.inf))
        )
    caption = f"{stratum}: share of the {first.n} cases with the gene within the first k"
    parts.append(f"<h3>{escape(caption)}</h3>{rank_curves(caption, curves, evaluation.depth)}")
    calibrated = [(row.ranker, row.reliability) for row in rows if row.reliability]
    if calibrated:
        caption = f"{stratum}: probability stated for the first gene, and how often it is right"
        scores = "; ".join(
            f"{name}: Brier score {found.brier:.3f}, calibration error {found.error:.3f}, "
            f"n = {found.n}"
            for name, found in calibrated
        )
        parts.append(f"<h3>{escape(caption)}</h3>{reliability_plot(caption, calibrated)}")
        parts.append(f"<p class='note'>{escape(scores)}</p>")
    return "".join(parts)


def _cell(estimate: Estimate | None, metric: str) -> str:
    if estimate is None:
        return "<td>–</td>"
    return f"<td>{figure(estimate.value, metric)}<small>{interval(estimate, metric)}</small></td>"


def _table(rows: Sequence[Row], evaluation: Evaluation) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in headings(evaluation.depth).values())
    body = []
    for row in rows:
        for kind, values, n in (
            ("cases", row.figures.micro, row.figures.n),
            ("genes", row.figures.macro, row.figures.genes),
        ):
            cells = "".join(_cell(values.get(metric), metric) for metric in METRICS)
            name = escape(evaluation.shown(row.ranker)) if kind == "cases" else ""
            if kind == "cases" and row.model:
                name += f"<small>{escape(row.model)}, {escape(row.adapter or 'no adapter')}</small>"
            body.append(f"<tr><td>{name}</td><td class='words'>{kind}</td><td>{n}</td>{cells}</tr>")
    return (
        "<div class='wide'><table><thead><tr><th>ranker</th><th class='words'>mean over</th>"
        f"<th>n</th>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _finer_table(rows: Sequence[Row], evaluation: Evaluation) -> str:
    titles = headings(evaluation.depth)
    head = "".join(f"<th>{titles[metric]}</th>" for metric in BARS)
    body = []
    for name in dict.fromkeys(row.stratum for row in rows):
        for row in (one for one in rows if one.stratum == name):
            cells = "".join(_cell(row.figures.micro.get(metric), metric) for metric in BARS)
            body.append(
                f"<tr><td>{escape(name)}</td><td class='words'>"
                f"{escape(evaluation.shown(row.ranker))}</td>"
                f"<td>{row.figures.n}</td><td>{row.figures.genes}</td>{cells}</tr>"
            )
    return (
        "<div class='wide'><table><thead><tr><th>group</th><th class='words'>ranker</th><th>n</th>"
        f"<th>genes</th>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _comparison(paired: Paired, evaluation: Evaluation) -> str:
    one = paired.comparison
    titles = headings(evaluation.depth)
    a, b = escape(evaluation.shown(one.a)), escape(evaluation.shown(one.b))
    body = []
    for metric in METRICS:
        tested = metric in one.mcnemar_p
        body.append(
            f"<tr><td>{titles[metric]}</td>{_difference(one.difference_micro.get(metric), metric)}"
            f"{_difference(one.difference_macro.get(metric), metric)}"
            f"<td>{one.only_a[metric] if tested else ''}</td>"
            f"<td>{one.only_b[metric] if tested else ''}</td>"
            f"<td>{p_value(one.mcnemar_p[metric]) if tested else ''}</td></tr>"
        )
    return (
        f"<h2>{a} against {b} <span class='note'>{escape(paired.stratum)}, "
        f"n = {one.n}</span></h2><div class='wide'><table><thead><tr><th>a minus b</th>"
        "<th>over cases</th><th>over genes</th><th>only a</th><th>only b</th><th>p (McNemar)</th>"
        f"</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
        f"<p>The gene is higher with {a} in {len(one.a_ahead)} cases, with "
        f"{b} in {len(one.b_ahead)} (sign test p = {p_value(one.sign_p)}).</p>"
        f"{_wins(one.a, one.a_ahead, one)}{_wins(one.b, one.b_ahead, one)}"
    )


def _difference(estimate: Estimate | None, metric: str) -> str:
    if estimate is None:
        return "<td>–</td>"
    scale, places = (1, 3) if metric == "mrr" else (100, 1)
    span = ""
    if estimate.low is not None and estimate.high is not None:
        low, high = scale * estimate.low, scale * estimate.high
        span = f"<small>{low:+.{places}f} to {high:+.{places}f}</small>"
    return f"<td>{scale * estimate.value:+.{places}f}{span}</td>"


def _wins(name: str, cases: Sequence[Won], pair: Comparison) -> str:
    if not cases:
        return ""
    rows = "".join(
        f"<tr><td>{escape(one.case_id)}</td><td class='words'>{escape(one.gene)}</td>"
        f"<td>{_rank(one.rank_a)}</td><td>{_rank(one.rank_b)}</td></tr>"
        for one in cases[:SHOWN_WINS]
    )
    shown = f", the {SHOWN_WINS} largest leads" if len(cases) > SHOWN_WINS else ""
    return (
        f"<details><summary>Cases that {escape(name)} puts higher ({len(cases)}{shown})</summary>"
        "<div class='wide'><table><thead><tr><th>case</th><th class='words'>gene</th>"
        f"<th>{escape(pair.a)}</th><th>{escape(pair.b)}</th></tr></thead><tbody>{rows}</tbody></table></div></details>"
    )


def _rank(rank: float | None) -> str:
    return "missed" if rank is None else f"{rank:g}"


def _definitions() -> str:
    text = (strata.__doc__ or "").split("- ")[1:]
    items = "".join(f"<li>{escape(' '.join(one.split()))}</li>" for one in text)
    return (
        f"<ul>{items}</ul><p class='note'>Protocols: {escape(', '.join(PROTOCOLS))}. McNemar's "
        "exact and the sign test take cases as independent, which cases of one gene are not: "
        "where a test and an interval disagree, believe the interval, which is drawn gene by gene. "
        "The p values are not corrected for the number of comparisons. Research use only.</p>"
    )
