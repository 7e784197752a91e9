"""Training runs: start, watch, stop and resume; curves, and what the model answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import streamlit as st

from app.components.curation import person
from app.components.retraining import decide, outcome
from app.recipes import absent_cases
from app.render.plain import plain, visible
from app.run_launcher import AWAITED, going, start, training_runs, unstarted, wait_for_run
from app.state import desk, store
from genecaller.errors import StoreError, UsageError
from genecaller.evaluation.report.plots import three_way, training_curve
from genecaller.store import Adapter, Metric, Run
from genecaller.store.training import Part
from ontology.data_dir import home
from training.recipe import load_recipe, shipped_recipes
from training.workflows.retrain import AGAIN

MOST_POINTS = 400
FIRST = ("reward", "kl", "completions/mean_length", "answer_words", "loss")
"""The measures that are drawn unasked, of whichever part of the run has them."""
_NAMES = {
    "kl": "KL to the base",
    "completions/mean_length": "answer length, tokens",
    "answer_words": "answer length, words",
}
_STATES = {
    "queued": ":gray-badge[queued]",
    "running": ":blue-badge[:material/progress_activity: running]",
    "paused": ":orange-badge[:material/pause: paused]",
    "succeeded": ":green-badge[:material/check: succeeded]",
    "failed": ":red-badge[:material/error: failed]",
    "cancelled": ":gray-badge[cancelled]",
}


def page() -> None:
    """A recipe to start, the runs there are, and one of them in full."""
    st.title("Training runs", anchor=False)
    for note in desk().hear():
        st.info(plain(note))
    _start()
    store().fail_lost_runs()
    runs = training_runs()
    if AWAITED in st.session_state:
        st.fragment(wait_for_run, run_every=2.0)()
    elif not runs:
        st.info(
            "No training run yet. Start one above: “smoke” shows in a few minutes on a laptop "
            "that the reward rises; it has nothing to do with genes."
        )
    run = st.selectbox("Run", runs, format_func=_title, key="run") if runs else None
    if run is not None:
        live = bool(going(runs))
        st.fragment(_watch, run_every=2.0 if live else None)(run.run_id)
        _answers(run)
        _adapters_of(run)
    _log()


def _title(run: Run) -> str:
    return visible(f"{run.run_id} · {run.title or 'untitled'} · {run.created:%Y-%m-%d %H:%M}")


def _start() -> None:
    with st.expander("Start a recipe", icon=":material/play_arrow:"):
        name = st.selectbox("Recipe", shipped_recipes(), key="recipe")
        if name is None:
            return
        try:
            recipe = load_recipe(name)
        except UsageError as error:
            st.warning(plain(error))
            return
        record = recipe.as_record()
        st.json(record, expanded=False)
        absent = absent_cases(recipe)
        missing = bool(absent) or (not recipe.data.train and not recipe.data.cases)
        if absent:
            st.caption(
                f"This recipe's cases are not on this machine: {plain(', '.join(absent))}. Retrain "
                "on curated cases from the Case library, or copy the recipe and name your own."
            )
        elif missing:
            st.caption(
                "This recipe takes solved cases, which it does not name: start it with "
                "`genecaller train`, or retrain on curated cases from the Case library."
            )
        if st.button("Start", type="primary", disabled=missing, key="start-run"):
            start("training", [name])
            st.rerun()


def _watch(run_id: int) -> None:
    """The part that is drawn anew while a run goes on."""
    run = store().read_run(run_id)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(_STATES[run.status])
        if run.status == "running" and run.requested is None:
            st.button("Pause", on_click=_stop, args=(run_id, "pause"), key="pause-run")
            st.button("Cancel", on_click=_stop, args=(run_id, "cancel"), key="cancel-run")
        if run.requested:
            when = "round" if run.done else "step of the warm-up"
            st.caption(f"asked to {plain(run.requested)}: it ends after the present {when}")
        resumable = run.status in ("paused", "failed", "cancelled")
        if resumable and run.title in shipped_recipes() and st.button("Resume", key="resume-run"):
            start("training", [str(run.title)])
            # The whole page: what looks for a started run lies outside this part.
            st.rerun()
        if resumable and AGAIN in (run.title or ""):
            st.caption(
                "To go on, press Start retraining in the Case library: with the same accepted "
                "cases it begins where it stopped."
            )
    if run.total:
        done = run.done or 0
        st.progress(min(1.0, done / run.total), text=f"round {done:,} of {run.total:,}")
    if run.message:
        st.text(visible(run.message))
    steps = len(store().sampled_steps(run_id))
    if st.session_state.get("seen-steps", (run_id, steps, run.status)) != (
        run_id,
        steps,
        run.status,
    ):
        # New answers, or the run has ended: what lies outside this part is drawn anew as well.
        st.session_state["seen-steps"] = (run_id, steps, run.status)
        st.rerun()
    st.session_state["seen-steps"] = (run_id, steps, run.status)
    metrics = store().read_training(run_id, at_most=MOST_POINTS)
    warmed = [one.step for one in metrics if one.name.startswith("warmup/")]
    if warmed and not run.done and run.status == "running":
        st.caption(f"The warm-up comes first: step {max(warmed)}.")
    if not metrics and run.status not in ("queued", "running"):
        st.caption("It ended before its first figures.")
    elif not metrics:
        st.caption("No figures yet: the data are being checked, or the model is being loaded.")
    else:
        _curves(metrics)
    events = store().read_events(run_id)
    if events:
        with st.expander(f"What happened ({len(events)})"):
            for event in reversed(events[-50:]):
                st.text(visible(f"{event.time:%H:%M:%S} {event.level}: {event.message}"))


def _stop(run_id: int, how: Literal["pause", "cancel"]) -> None:
    try:
        store().request_stop(run_id, how)
    except StoreError as error:
        desk().say(str(error))


def _curves(metrics: list[Metric]) -> None:
    curves: dict[str, list[Metric]] = defaultdict(list)
    for one in metrics:
        curves[one.name].append(one)
    names = sorted(curves, key=_order)
    first = [name for name in names if name.split("/", 1)[1] in FIRST]
    rest = [name for name in names if name not in first]
    _row(curves, first)
    if rest:
        parts = [n for n in rest if n.startswith("validation/part/") and "." not in n]
        chosen = st.multiselect(
            "More curves",
            rest,
            default=parts,
            format_func=_named,
            key="more-curves",
            placeholder="choose…",
        )
        _row(curves, chosen)


def _row(curves: Mapping[str, list[Metric]], names: Sequence[str]) -> None:
    columns = st.columns(3)
    for at, name in enumerate(names):
        with columns[at % 3]:
            st.altair_chart(training_curve(curves[name], _named(name)), key=f"curve-{name}")


def _named(name: str) -> str:
    """A curve's name in words: "train: answer length, tokens"."""
    part, _, measure = name.partition("/")
    return f"{part}: {_NAMES.get(measure, measure)}"


def _order(name: str) -> tuple[int, int, str]:
    part, _, measure = name.partition("/")
    parts = ("validation", "train", "warmup")
    return (
        parts.index(part) if part in parts else 9,
        FIRST.index(measure) if measure in FIRST else 9,
        name,
    )


def _answers(run: Run) -> None:
    steps = store().sampled_steps(run.run_id)
    if not steps:
        return
    st.subheader("What the model answered", anchor=False)
    left, right, part, change = st.columns(4)
    one = left.selectbox("Round", steps, index=0, key=f"left-step-{run.run_id}")
    other = right.selectbox(
        "beside round", steps, index=len(steps) - 1, key=f"right-step-{run.run_id}"
    )
    split = part.selectbox("Of", ("validation", "train"), key="answers-of")
    wanted = change.selectbox(
        "Show", ("all", "got better", "got worse", "unchanged"), key="answers-change"
    )
    if one is None or other is None or split is None:
        return
    if one == other:
        _samples(run, other, split)
        return
    pairs = store().compare_samples((run.run_id, one), (run.run_id, other), split=split)
    if not pairs:
        st.caption("No item was answered in both rounds; those of the second round:")
        _samples(run, other, split)
        return
    shown = []
    for pair in pairs:
        moved = (pair.right_reward or 0.0) - (pair.left_reward or 0.0)
        state = "got better" if moved > 0 else "got worse" if moved < 0 else "unchanged"
        if wanted in ("all", state):
            shown.append(
                {
                    "item": pair.case_id,
                    f"round {one}": pair.left_text,
                    f"reward {one}": pair.left_reward,
                    f"round {other}": pair.right_text,
                    f"reward {other}": pair.right_reward,
                    "change": state,
                }
            )
    st.caption(f"{len(shown)} of {len(pairs)} items that both rounds answered")
    st.dataframe(shown, hide_index=True, row_height=60, alt="Answers of two rounds side by side")


def _samples(run: Run, step: int, split: Part) -> None:
    """The answers of one round, each with its reward and what every grader said."""
    samples = store().read_samples(run.run_id, step=step, split=split, limit=200)
    if not samples:
        st.caption("No answer of this kind was kept in that round.")
        return
    st.dataframe(
        [
            {
                "item": s.case_id,
                "answer": s.text,
                "reward": s.reward,
                **s.grades,
                "problems": "; ".join(s.problems) or None,
            }
            for s in samples
        ],
        hide_index=True,
        placeholder="–",
        alt="The answers of one round with their grades",
    )


def _adapters_of(run: Run) -> None:
    for adapter in store().list_adapters():
        if adapter.run_id == run.run_id:
            st.subheader("Outcome", anchor=False)
            rows = contest(adapter)
            if rows:
                st.altair_chart(three_way(rows), key=f"contest-{adapter.adapter_id}")
            outcome(adapter)
            decide(adapter, person())


def contest(adapter: Adapter) -> list[dict[str, object]]:
    """Base, warm-up and tuned at top-1, top-5 and top-max, where the adapter was so compared."""
    names = {"top1": "top-1", "top5": "top-5", "topmax": "top-max"}
    rows: list[dict[str, object]] = []
    for name, told in adapter.figures.get("contenders", {}).items():
        numbers = told.get("figures", {})
        for key, shown in names.items():
            value = numbers.get(key)
            if isinstance(value, int | float):
                low, high = numbers.get(f"{key}_low"), numbers.get(f"{key}_high")
                rows.append(
                    {
                        "ranker": name,
                        "metric": shown,
                        "value": value,
                        "low": value if low is None else low,
                        "high": value if high is None else high,
                        "n": numbers.get("n"),
                    }
                )
    return rows


def _log() -> None:
    for name, message in unstarted():
        st.warning(plain(f"{name} did not start: {message}"))
    path = home() / "training" / "log.txt"
    if path.is_file():
        with st.expander("The log of what was started here"):
            st.code(path.read_text(encoding="utf-8", errors="replace")[-4000:] or "empty")


page()
