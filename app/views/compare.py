"""Compare tools on a stored evaluation: figures with intervals, who wins where, reliability."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.render.plain import plain, plain_name, visible
from app.state import desk, store
from genecaller.errors import StoreError
from genecaller.evaluation.report.plots import (
    CONTENDERS,
    best_first,
    figure_rows,
    ranker_points,
    reliability,
    robustness_curve,
    three_way,
)
from genecaller.evaluation.robustness import PREFIX
from genecaller.store import CurvePoint, StoredEvaluation

COMMAND = "genecaller evaluate CASES --ranker default --ranker sum --ranker model --robustness"
METRICS = ("top-1", "top-5", "top-max")
DUELS_SHOWN = 200


def page() -> None:
    """One evaluation at a time, newest first."""
    st.title("Compare tools", anchor=False)
    found = store().list_evaluations()
    if not found:
        st.info(
            "No evaluation is stored yet. Solved cases are judged on the command line, rankers, "
            "model and other tools' results alike; this page then shows what came out:"
        )
        st.code(COMMAND, language="bash")
        return
    chosen = st.selectbox("Evaluation", found, format_func=_title, key="evaluation")
    if chosen is None:
        return
    figures = store().read_figures(chosen.evaluation_id, grouping=None)
    protocols = list(dict.fromkeys(one.protocol for one in figures))
    left, middle, right = st.columns(3)
    protocol = left.selectbox("Protocol", protocols, index=len(protocols) - 1, key="protocol")
    within = [one for one in figures if one.protocol == protocol]
    strata = list(dict.fromkeys(one.stratum for one in within))
    home = strata.index(protocol) if protocol in strata else 0
    stratum = middle.selectbox("Cases", strata, index=home, key=f"stratum-{protocol}")
    averaging = right.segmented_control(
        "Mean over", ("cases", "genes"), default="cases", required=True, key="averaging"
    )
    wanted = "macro" if averaging == "genes" else "micro"
    rows = figure_rows([f for f in within if f.stratum == stratum and f.averaging == wanted])
    _figures(rows)
    if protocol == "as-published":
        st.caption(
            "As published flatters every ranker: half of these cases' papers are cited in the "
            "knowledge itself. The protocol to steer by is unseen-publication."
        )
    _comparisons(chosen, str(protocol), str(stratum))
    _duels(chosen, str(protocol))
    _curves(chosen, str(protocol))
    _made_with(chosen)


def _title(one: StoredEvaluation) -> str:
    return visible(f"{one.created:%Y-%m-%d %H:%M} · {one.title} · {one.n_cases} cases")


def _figures(rows: list[dict[str, object]]) -> None:
    contenders = [row for row in rows if row["ranker"] in CONTENDERS and row["metric"] in METRICS]
    if contenders:
        st.subheader("Base, warm-up, tuned", anchor=False)
        st.altair_chart(three_way(contenders), key="three-way")
    if not rows:
        st.info("No case is in this group: choose another one.")
        return
    st.subheader("All rankers", anchor=False)
    order = best_first(rows, METRICS[0])
    for column, metric in zip(st.columns(len(METRICS)), METRICS, strict=True):
        column.altair_chart(ranker_points(rows, metric, order), key=f"points-{metric}")
    st.caption(
        f"Points with 95% bootstrap intervals; n = {plain(rows[0]['n'])}. A miss counts as a miss."
    )
    with st.expander("The figures as a table"):
        st.dataframe(
            rows,
            hide_index=True,
            column_config={
                name: st.column_config.NumberColumn(format="percent")
                for name in ("value", "low", "high")
            },
        )


def _comparisons(chosen: StoredEvaluation, protocol: str, stratum: str) -> None:
    paired = store().read_comparisons(chosen.evaluation_id, protocol=protocol, stratum=stratum)
    if not paired:
        return
    with st.expander("Paired comparisons on the same cases"):
        st.dataframe(
            [
                {
                    "left": one.left_ranker,
                    "right": one.right_ranker,
                    "metric": one.metric,
                    "left minus right": one.difference,
                    "from": one.low,
                    "to": one.high,
                    "left wins": one.left_wins,
                    "right wins": one.right_wins,
                    "p": one.p_value,
                    "n": one.n,
                }
                for one in paired
            ],
            hide_index=True,
            column_config={"p": st.column_config.NumberColumn(format="%.4f")},
        )


def _duels(chosen: StoredEvaluation, protocol: str) -> None:
    names = [one.ranker for one in store().read_rankers(chosen.evaluation_id)]
    if len(names) < 2:
        return
    st.subheader("Who wins on which cases", anchor=False)
    left, right = st.columns(2)
    one = left.selectbox("Ranker", names, index=0, format_func=visible, key="duel-left")
    other = right.selectbox("against", names, index=1, format_func=visible, key="duel-right")
    if one is None or other is None or one == other:
        st.caption("Choose two different rankers.")
        return
    duels = store().duels(chosen.evaluation_id, one, other, protocol)
    if not duels:
        st.caption("The two put every right gene at the same rank.")
        return
    won = sum((d.left_rank or 1e9) < (d.right_rank or 1e9) for d in duels)
    ours = plain_name(one)
    theirs = plain_name(other)
    st.caption(
        f"{ours} is ahead on {won:,} cases, {theirs} on {len(duels) - won:,}; the clearest wins of "
        f"{ours} first, those of {theirs} last. Choose a line to open its case."
    )
    shown = duels if len(duels) <= DUELS_SHOWN else [*duels[:100], *duels[-100:]]
    picked = st.dataframe(
        [
            {
                "case": d.case_id,
                "gene": d.gene,
                # Named so that no ranker's name takes the place of another column.
                f"rank by {visible(one)}": _place(d.left_rank, d.left_outcome),
                f"rank by {visible(other)}": _place(d.right_rank, d.right_outcome),
            }
            for d in shown
        ],
        hide_index=True,
        height=min(35 * len(shown) + 38, 318),
        on_select="rerun",
        selection_mode="single-row",
        key="duels",
    )
    lines = picked["selection"]["rows"]
    if lines and lines[0] < len(shown):
        _open(shown[lines[0]].case_id)


def _place(rank: float | None, outcome: str) -> str:
    return outcome if rank is None else f"{rank:g}"


def _open(case_id: str) -> None:
    if st.button(f"Open {plain_name(case_id)}", type="primary", key="open-duel"):
        try:
            stored = store().read_case(case_id)
        except StoreError:
            st.warning(
                f"{plain(case_id)} is not in the case library: add its file on the Batch page, "
                "then open it from here."
            )
            return
        desk().open_stored(stored, stored.version)
        st.switch_page("views/diagnose.py")


def _curves(chosen: StoredEvaluation, protocol: str) -> None:
    points = store().read_curves(chosen.evaluation_id)
    stated = [p for p in points if p.curve == "reliability" and p.protocol == protocol]
    if stated:
        st.subheader("Reliability", anchor=False)
        st.altair_chart(reliability(stated), key="curve-reliability")
        st.caption(
            "Of the cases whose first gene was given this confidence, the share where it was the "
            "right one, with 95% intervals. Above the dashed line it was right more often than it "
            "said."
        )
    _robustness([p for p in points if p.curve.startswith(f"{PREFIX}, ")])


def _robustness(points: Sequence[CurvePoint]) -> None:
    """A small chart for every disturbance, all of one measure at a time."""
    if not points:
        return
    st.subheader("Robustness", anchor=False)
    by_metric: dict[str, dict[str, list[CurvePoint]]] = {}
    for point in points:
        metric, _, disturbance = point.curve.removeprefix(f"{PREFIX}, ").partition(": ")
        by_metric.setdefault(metric, {}).setdefault(disturbance, []).append(point)
    metrics = list(by_metric)
    metric = st.segmented_control(
        "Share of cases with the right gene in the",
        metrics,
        default=metrics[-1],
        format_func=plain,
        required=True,
        key="robustness-metric",
    )
    columns = st.columns(2)
    for at, (disturbance, mine) in enumerate(by_metric[str(metric)].items()):
        with columns[at % 2]:
            st.altair_chart(robustness_curve(mine, disturbance), key=f"robustness-{disturbance}")
    st.caption(
        f"The same {points[0].n:,} cases ({plain(points[0].protocol)}), more and more of their "
        "findings disturbed; bands are 95% intervals."
    )


def _made_with(chosen: StoredEvaluation) -> None:
    with st.expander("What this rests on"):
        st.json(
            {
                "evaluation": chosen.evaluation_id,
                "run": chosen.run_id,
                "cases": visible(chosen.cases_source),
                **chosen.settings,
            }
        )
        st.dataframe(
            [
                {
                    "ranker": one.ranker,
                    "model": one.model,
                    "adapter": one.adapter,
                    "knowledge": one.knowledge,
                    "read from": one.imported_from,
                    "ms a case": one.ms_per_case,
                }
                for one in store().read_rankers(chosen.evaluation_id)
            ],
            hide_index=True,
        )


page()
