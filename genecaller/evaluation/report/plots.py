"""Plots of stored evaluation rows: one set for the app, the HTML report and the docs.

Every plot of shares has one axis from 0 to 100%, its intervals, and its numbers at the points.
Series differ by shape or dash as well as by colour. `svg` draws a plot without network or browser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genecaller.store import CurvePoint, Figure, Metric

if TYPE_CHECKING:
    import altair as alt

    Plot = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart

CONTENDERS = ("base", "warm-up", "tuned")
"""The three stages of a fine-tuned model, in the order in which they are always shown."""
ACCENT = "#2f8f9a"
"""Reads on light and on dark."""
COLOURS = ("#2f7fb8", "#d9641a", "#1f9a78", "#c05f97", "#8f7a1f", "#5a9fd0", "#8a63d2", "#7a828c")
METRIC_NAMES = {
    "top1": "top-1",
    "top3": "top-3",
    "top5": "top-5",
    "top10": "top-10",
    "topmax": "top-max",
    "mrr": "MRR",
}
_TICKS = (1, 2, 3, 5, 10, 20, 50, 100)

Row = Mapping[str, Any]


def figure_rows(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """List one record per figure that has a value, for plots and tables."""
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


def best_first(rows: Sequence[Row], metric: str) -> list[str]:
    """List the rankers by their value in a metric, best first."""
    mine = [row for row in rows if row["metric"] == metric]
    return [row["ranker"] for row in sorted(mine, key=lambda row: (-row["value"], row["ranker"]))]


def ranker_points(rows: Sequence[Row], metric: str, order: Sequence[str]) -> Plot:
    """Plot one metric: a point with interval and number per ranker, in `order` from the top."""
    import altair as alt

    base = alt.Chart(_data([row for row in rows if row["metric"] == metric])).encode(
        y=alt.Y("ranker:N", sort=list(order), title=None).axis(labelLimit=150)
    )
    whiskers = base.mark_rule(strokeWidth=2, opacity=0.5, color=ACCENT).encode(
        x=_share("x", "low", metric), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70, opacity=1, color=ACCENT).encode(
        x="value:Q", tooltip=_tips("ranker")
    )
    numbers = base.mark_text(dy=-10, fontSize=11, color="gray").encode(
        x="value:Q", text=alt.Text("value:Q", format=".0%")
    )
    return alt.layer(whiskers, points, numbers).properties(height=34 * len(order) + 20)


def three_way(rows: Sequence[Row]) -> Plot:
    """Plot base, warm-up and tuned side by side at each metric, as bars with intervals."""
    import altair as alt

    base = alt.Chart(_data(rows)).encode(
        x=alt.X("metric:N", sort=["top-1", "top-5", "top-max"], title=None).axis(labelAngle=0),
        xOffset=alt.XOffset("ranker:N", sort=list(CONTENDERS)),
    )
    bars = base.mark_bar().encode(
        y=_share("y", "value", "share of cases"),
        color=alt.Color("ranker:N", sort=list(CONTENDERS), title=None).legend(orient="top"),
        tooltip=_tips("ranker", "metric"),
    )
    whiskers = base.mark_rule(color="gray", strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
    numbers = base.mark_text(dy=-8, fontSize=11, color="gray").encode(
        y="high:Q", text=alt.Text("value:Q", format=".0%")
    )
    return alt.layer(bars, whiskers, numbers).properties(height=260)


def rank_curves(shares: Mapping[str, Sequence[float]]) -> Plot:
    """Plot, by ranker, the share of cases with the right gene within the first k, k from 1."""
    import altair as alt

    depth = max((len(one) for one in shares.values()), default=1)
    values = [
        {"ranker": ranker, "k": k, "value": share}
        for ranker, mine in shares.items()
        for k, share in enumerate(mine, 1)
    ]
    ticks = sorted({k for k in _TICKS if k <= depth} | {depth})
    plot: Plot = (
        alt.Chart(_data(values))
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("k:Q", title="rank, at most")
            .scale(type="log", nice=False)
            .axis(values=ticks, format="d"),
            y=_share("y", "value", None),
            color=_by_ranker(list(shares)),
            strokeDash=alt.StrokeDash("ranker:N", legend=None, sort=list(shares)),
            tooltip=["ranker:N", "k:Q", alt.Tooltip("value:Q", format=".1%")],
        )
        .properties(height=280)
    )
    return plot


def reliability(points: Sequence[CurvePoint]) -> Plot:
    """Plot the stated probability against the share that was right; the diagonal is perfect."""
    import altair as alt

    base = alt.Chart(_data(_curve_rows(points))).encode(x=_share("x", "x", "probability stated"))
    guide = (
        alt.Chart(_data([{"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 1.0}]))
        .mark_line(strokeDash=[4, 4], opacity=0.5, color="gray")
        .encode(x="x:Q", y="y:Q")
    )
    line = base.mark_line(point=True).encode(
        y=_share("y", "value", "right"),
        color=_by_ranker(),
        strokeDash=alt.StrokeDash("ranker:N", legend=None),
        tooltip=[
            alt.Tooltip("ranker:N"),
            alt.Tooltip("x:Q", format=".0%", title="stated"),
            alt.Tooltip("value:Q", format=".0%", title="right"),
            alt.Tooltip("n:Q"),
        ],
    )
    whiskers = base.mark_rule(opacity=0.5).encode(y="low:Q", y2="high:Q", color=_by_ranker())
    return alt.layer(guide, whiskers, line).properties(height=300)


def robustness_curve(points: Sequence[CurvePoint], title: str) -> Plot:
    """Plot a share of cases as more and more of their findings are disturbed."""
    import altair as alt

    base = alt.Chart(_data(_curve_rows(points))).encode(
        x=alt.X("x:Q", title="of the present findings").axis(format="%", tickCount=5),
        color=_by_ranker(),
    )
    band = base.mark_area(opacity=0.12).encode(y="low:Q", y2="high:Q")
    line = base.mark_line(point=True).encode(
        y=_share("y", "value", None),
        strokeDash=alt.StrokeDash("ranker:N", legend=None),
        tooltip=_tips("ranker"),
    )
    named = title[:1].upper() + title[1:]
    return alt.layer(band, line).properties(height=300, title=named)


def training_curve(points: Sequence[Metric], title: str) -> Plot:
    """Plot one training measure by step, with its interval where it has one."""
    import altair as alt

    values = [
        {"step": p.step, "value": p.value, "low": p.low, "high": p.high, "n": p.n}
        for p in points
        if p.value is not None
    ]
    base = alt.Chart(_data(values)).encode(
        x=alt.X("step:Q", title=None).axis(format="d", tickMinStep=1)
    )
    band = base.mark_area(opacity=0.2, color=ACCENT).encode(y="low:Q", y2="high:Q")
    line = base.mark_line(point=len(values) < 40, color=ACCENT).encode(
        y=alt.Y("value:Q", title=None).scale(zero=False).axis(format=".4~g"),
        tooltip=["step:Q", alt.Tooltip("value:Q", format=".4f"), "n:Q"],
    )
    return alt.layer(band, line).properties(height=170, title=title)


def side_by_side(*plots: Plot) -> Plot:
    """Put plots of one kind next to each other, each 210 pixels wide, on one legend."""
    import altair as alt

    return alt.hconcat(*(plot.properties(width=210) for plot in plots))


def svg(plot: Plot, label: str) -> str:
    """Draw a plot as SVG that takes its ink from the page; `label` is read to the blind.

    Nothing is fetched and no script is left in the picture. Source: vl-convert.
    """
    import vl_convert

    specification = json.loads(plot.to_json())
    specification.pop("$schema", None)
    specification["background"] = None
    specification["description"] = label
    specification.setdefault("width", 620)
    ink = {"labelColor": "currentColor", "titleColor": "currentColor"}
    specification["config"] = {
        **specification.get("config", {}),
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {**ink, "domainColor": "gray", "tickColor": "gray", "gridOpacity": 0.2},
        "legend": ink,
        "title": {"color": "currentColor"},
        "range": {"category": list(COLOURS)},
    }
    if "hconcat" in specification:
        specification.pop("width")
    return str(vl_convert.vegalite_to_svg(specification))


def _data(values: Sequence[Row]) -> Any:
    import altair as alt

    data: Any = alt.Data
    return data(values=[dict(row) for row in values])


def _curve_rows(points: Sequence[CurvePoint]) -> list[dict[str, Any]]:
    return [
        {"ranker": p.ranker, "x": p.x, "value": p.y, "low": p.low, "high": p.high, "n": p.n}
        for p in points
    ]


def _share(channel: str, field: str, title: str | None) -> Any:
    """Encode a share on the one axis of all plots, 0 to 100%."""
    import altair as alt

    kind = alt.X if channel == "x" else alt.Y
    return (
        kind(f"{field}:Q", title=title)
        .axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
        .scale(domain=[0, 1])
    )


def _by_ranker(order: Sequence[str] | None = None) -> alt.Color:
    """Colour by ranker, with a legend as strong as the lines, not as faint as their bands."""
    import altair as alt

    sort: Any = alt.Undefined if order is None else list(order)
    return alt.Color("ranker:N", title=None, sort=sort).legend(
        orient="top", symbolOpacity=1, symbolType="stroke", symbolStrokeWidth=3
    )


def _tips(*names: str) -> list[Any]:
    import altair as alt

    return [
        *(alt.Tooltip(f"{name}:N") for name in names),
        alt.Tooltip("value:Q", format=".1%"),
        alt.Tooltip("low:Q", format=".1%", title="95% from"),
        alt.Tooltip("high:Q", format=".1%", title="to"),
        alt.Tooltip("n:Q"),
    ]
