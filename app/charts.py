"""Charts of stored figures: always with their intervals and n, never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from genecaller.store import CurvePoint, Figure, Metric

CONTENDERS = ("base", "warm-up", "tuned")
"""The three stages of a fine-tuned model, in the order in which they are always shown."""
ACCENT = "#2f8f9a"
"""Reads on light and on dark."""
METRIC_NAMES = {
    "top1": "top-1",
    "top3": "top-3",
    "top5": "top-5",
    "top10": "top-10",
    "topmax": "top-max",
    "mrr": "MRR",
}


def figure_rows(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """One record a figure that has a value, for charts and tables."""
    return [
        {
            "ranker": one.ranker,
            "metric": METRIC_NAMES.get(one.metric, one.metric),
            "value": one.value,
            "low": one.value if one.low is None else one.low,
            "high": one.value if one.high is None else one.high,
            "n": one.n,
        }
        for one in figures
        if one.value is not None
    ]


def three_way(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    """Bars of base, warm-up and tuned at top-1, top-5 and top-max, side by side."""
    data = alt.Data(values=list(rows))
    base = alt.Chart(data).encode(
        x=alt.X("metric:N", sort=["top-1", "top-5", "top-max"], title=None).axis(labelAngle=0),
        xOffset=alt.XOffset("ranker:N", sort=list(CONTENDERS)),
    )
    bars = base.mark_bar().encode(
        y=alt.Y("value:Q", title="share of cases").axis(format="%"),
        color=alt.Color("ranker:N", sort=list(CONTENDERS), title=None).legend(orient="top"),
        tooltip=_tips("ranker", "metric"),
    )
    whiskers = base.mark_rule(color="gray", strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
    shown = base.mark_text(dy=-8, fontSize=11, color="gray").encode(
        y="high:Q", text=alt.Text("value:Q", format=".0%")
    )
    return alt.layer(bars, whiskers, shown).properties(height=260)


def ranker_points(rows: Sequence[dict[str, Any]], metric: str, order: Sequence[str]) -> alt.Chart:
    """A point with its interval for every ranker, in the given order from the top."""
    data = alt.Data(values=[row for row in rows if row["metric"] == metric])
    base = alt.Chart(data).encode(
        y=alt.Y("ranker:N", sort=list(order), title=None).axis(labelLimit=130)
    )
    whiskers = base.mark_rule(strokeWidth=2, opacity=0.5, color=ACCENT).encode(
        x=alt.X("low:Q", title=metric).axis(format="%", tickCount=4).scale(zero=True),
        x2="high:Q",
    )
    points = base.mark_point(filled=True, size=70, opacity=1, color=ACCENT).encode(
        x="value:Q", tooltip=_tips("ranker")
    )
    return alt.layer(whiskers, points).properties(height=30 * len(order) + 60)


def best_first(rows: Sequence[dict[str, Any]], metric: str) -> list[str]:
    """The rankers by their value in a metric, best first."""
    mine = [row for row in rows if row["metric"] == metric]
    return [row["ranker"] for row in sorted(mine, key=lambda row: (-row["value"], row["ranker"]))]


def reliability(points: Sequence[CurvePoint]) -> alt.Chart:
    """Stated confidence against the share that was right; the diagonal is perfect."""
    values = [
        {"ranker": p.ranker, "x": p.x, "y": p.y, "low": p.low, "high": p.high, "n": p.n}
        for p in points
    ]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("x:Q", title="stated confidence").axis(format="%").scale(domain=[0, 1])
    )
    diagonal = alt.Chart(alt.Data(values=[{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 1.0}])).mark_line(
        strokeDash=[4, 4], opacity=0.5
    )
    line = base.mark_line(point=True).encode(
        y=alt.Y("y:Q", title="right").axis(format="%").scale(domain=[0, 1]),
        color=_by_ranker(),
        strokeDash=alt.StrokeDash("ranker:N", legend=None),
        tooltip=[
            alt.Tooltip("ranker:N"),
            alt.Tooltip("x:Q", format=".0%", title="stated"),
            alt.Tooltip("y:Q", format=".0%", title="right"),
            alt.Tooltip("n:Q"),
        ],
    )
    whiskers = base.mark_rule(opacity=0.5).encode(y="low:Q", y2="high:Q", color=_by_ranker())
    guide = diagonal.encode(x="x:Q", y="y:Q")
    return alt.layer(guide, whiskers, line).properties(height=300)


def curve(points: Sequence[CurvePoint], title: str) -> alt.Chart:
    """What becomes of a share of cases as more and more of their findings are disturbed."""
    values = [
        {"ranker": p.ranker, "x": p.x, "value": p.y, "low": p.low, "high": p.high, "n": p.n}
        for p in points
    ]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("x:Q", title="of the present findings").axis(format="%", tickCount=5),
        color=_by_ranker(),
    )
    band = base.mark_area(opacity=0.12).encode(y="low:Q", y2="high:Q")
    line = base.mark_line(point=True).encode(
        y=alt.Y("value:Q", title=None).axis(format="%").scale(domain=[0, 1]),
        strokeDash=alt.StrokeDash("ranker:N", legend=None),
        tooltip=_tips("ranker"),
    )
    named = title[:1].upper() + title[1:]
    return alt.layer(band, line).properties(height=300, title=named)


def training_curve(points: Sequence[Metric], title: str) -> alt.Chart:
    """One training curve by step, with its interval where it has one."""
    values = [
        {"step": p.step, "value": p.value, "low": p.low, "high": p.high, "n": p.n}
        for p in points
        if p.value is not None
    ]
    base = alt.Chart(alt.Data(values=values)).encode(
        x=alt.X("step:Q", title=None).axis(format="d", tickMinStep=1)
    )
    band = base.mark_area(opacity=0.2, color=ACCENT).encode(y="low:Q", y2="high:Q")
    line = base.mark_line(point=len(values) < 40, color=ACCENT).encode(
        y=alt.Y("value:Q", title=None).scale(zero=False).axis(format=".4~g"),
        tooltip=["step:Q", alt.Tooltip("value:Q", format=".4f"), "n:Q"],
    )
    return alt.layer(band, line).properties(height=170, title=title)


def _by_ranker() -> alt.Color:
    """One colour a ranker, told in a legend as strong as the lines, not as faint as their bands."""
    return alt.Color("ranker:N", title=None).legend(
        orient="top", symbolOpacity=1, symbolType="stroke", symbolStrokeWidth=3
    )


def _tips(*names: str) -> list[alt.Tooltip]:
    return [
        *(alt.Tooltip(f"{name}:N") for name in names),
        alt.Tooltip("value:Q", format=".1%"),
        alt.Tooltip("low:Q", format=".1%", title="95% from"),
        alt.Tooltip("high:Q", format=".1%", title="to"),
        alt.Tooltip("n:Q"),
    ]
