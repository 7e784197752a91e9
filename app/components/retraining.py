"""What the next retraining would learn from, its start, and what becomes of its outcome."""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.curation import moment, person
from app.recipes import absent_cases, recipes_on_cases
from app.render.plain import plain, plain_name, visible
from app.run_launcher import start
from app.state import desk, knowledge, store
from genecaller.cases import Case
from genecaller.cases.write import write_jsonl
from genecaller.errors import GenecallerError, UsageError
from genecaller.evaluation.report.plots import CONTENDERS, METRIC_NAMES
from genecaller.store import Adapter
from genecaller.store.events import Event
from ontology.data_dir import home
from ontology.files import replacing
from training.data.prepare import divide
from training.recipe import Recipe
from training.workflows.promote import promote

PARTS = ("train", "validation", "test")
_FIRST = ("reward", "top1", "top5", "topmax", "mrr", "accuracy", "parse_failures")
"""The figures of an outcome that are shown before the others."""
REFUSED = "refused"
"""The event of a run by which a person left its adapter."""


def retraining() -> None:
    """The curated set, its split, a button to train on it, and the adapters there are."""
    who = person()
    curated = store().curated_cases()
    if not curated:
        st.info(
            "No accepted case yet. Mark cases as solved under Cases and accept them under Review: "
            "retraining learns from these."
        )
    else:
        _curated(curated, who)
    st.subheader("Trained adapters", anchor=False)
    _adapters(who)
    _decisions()


def _curated(curated: Sequence[Case], who: str) -> None:
    genes = {case.solution.gene for case in curated if case.solution}
    st.caption(f"Accepted cases: {len(curated):,}, of genes: {len(genes):,}.")
    st.download_button(
        "Export the curated set",
        lambda: as_jsonl(curated),
        file_name="curated.jsonl",
        icon=":material/download:",
        on_click="ignore",
        key="export-curated",
    )
    usable = recipes_on_cases()
    if not usable:
        st.caption("No shipped recipe trains on cases.")
        return
    name = st.selectbox("Recipe", list(usable), key="retrain-recipe")
    recipe = usable[str(name)]
    alone = not recipe.data.cases or bool(absent_cases(recipe))
    if recipe.data.cases and alone:
        st.caption(
            f"The recipe's own cases ({plain(', '.join(absent_cases(recipe)))}) are not on this "
            "machine: it learns from the accepted cases alone."
        )
    ready = _split(curated, recipe, alone) or not alone
    st.caption(
        "Training goes on from the promoted adapter, by itself; this page may be closed. Its "
        "outcome is promoted only when you say so."
    )
    if st.button(
        "Start retraining",
        type="primary",
        disabled=not (who and ready),
        help=None if who else "Write your name above first",
        key="retrain",
    ):
        folder = home() / "training"
        folder.mkdir(parents=True, exist_ok=True)
        content = as_jsonl(curated)
        # Named after what it holds: a run that goes on may still read what it was started with.
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        cases = folder / f"curated-{digest}.jsonl"
        if not cases.exists():
            with replacing(cases, private=True) as out:
                out.write(content)
        start("app.retrain_worker", [str(name), str(cases), who])
        desk().say("Retraining has begun: follow it on the Training page.")
        st.switch_page("views/training.py")


def as_jsonl(cases: Sequence[Case]) -> str:
    """The cases as JSON lines that read back as they are."""
    with tempfile.TemporaryDirectory(prefix="genecaller-") as folder:
        path = Path(folder) / "curated.jsonl"
        write_jsonl(cases, path)
        return path.read_text(encoding="utf-8")


def _split(curated: Sequence[Case], recipe: Recipe, alone: bool) -> bool:
    """Show how these cases would be divided; whether they can be, on their own."""
    held = store().gene_parts(recipe.data.split)
    try:
        parts = divide(list(curated), recipe, held, knowledge())
    except UsageError as error:
        if alone:
            st.info(f"These cases alone cannot be split yet: {plain(error)}")
        else:
            st.info("They are too few to show a split of their own; they join the recipe's cases.")
        return False
    part_of = {case.id: part for part, cases in parts.items() for case in cases}
    counts = Counter(part_of.get(case.id, "left out") for case in curated)
    st.markdown("**The next split** :small[:gray[a gene keeps its part for ever]]")
    with st.container(horizontal=True):
        for part in (*PARTS, "left out"):
            if counts[part] or part in PARTS:
                st.metric(plain(part), f"{counts[part]:,}", border=True, width="content")
    st.dataframe(
        [
            {
                "case": case.id,
                "gene": case.solution.gene if case.solution else None,
                "part": part_of.get(case.id, "left out"),
                "gene held": bool(case.solution and case.solution.gene in held),
                "publication": case.pmid,
            }
            for case in curated[:1000]
        ],
        hide_index=True,
        placeholder="–",
        height=min(35 * len(curated) + 38, 300),
        alt="Each accepted case with its part in the next split",
    )
    return True


def _adapters(who: str) -> None:
    found = store().list_adapters()
    if not found:
        st.caption("None yet: train a recipe on the Training page.")
        return
    for adapter in found:
        with st.container(border=True):
            mark = " · in use" if adapter.promoted else ""
            st.markdown(
                f"**{plain_name(adapter.name)}** · {adapter.registered:%Y-%m-%d %H:%M}{mark}"
            )
            st.text(visible(f"trained on {adapter.data}"))
            outcome(adapter)
            decide(adapter, who)


def refusal(adapter: Adapter) -> str | None:
    """Who refused an adapter and why, from its run's events; None where nobody did."""
    said = [e.message for e in store().read_events(adapter.run_id) if e.event == REFUSED]
    return said[-1] if said else None


def _decisions() -> None:
    made = store().list_promotions()
    if not made:
        return
    names = {adapter.adapter_id: adapter.name for adapter in store().list_adapters()}
    with st.expander("Who promoted what"):
        st.dataframe(
            [
                {
                    "when": one.time,
                    "adapter": "none" if one.adapter_id is None else names.get(one.adapter_id),
                    "by": one.who,
                    "because": one.reason,
                    "forced": one.forced,
                }
                for one in made
            ],
            hide_index=True,
            placeholder="–",
            column_config={"when": moment()},
        )


def outcome(adapter: Adapter) -> None:
    """What an adapter reached in validation and test, beside what it was compared with."""
    rows = contender_rows(adapter.figures)
    if rows:
        st.dataframe(rows, hide_index=True, placeholder="–")
    told = [_difference(one) for one in adapter.figures.get("differences", [])]
    test = adapter.figures.get("test")
    if test:
        told += [f"Test: {_difference(one)}" for one in test["differences"]]
    elif told:
        told.append("No test part: a promotion has nothing to be decided on.")
    if told:
        st.caption("  \n".join(plain(one) for one in told))


def _difference(one: Mapping[str, Any]) -> str:
    low, high = one.get("low"), one.get("high")
    bounds = "" if low is None else f" (95%: {low:+.3f} to {high:+.3f})"
    sure = "within chance"
    if one.get("beyond_chance"):
        sure = "better beyond chance"
    elif high is not None and high < 0:
        sure = "worse beyond chance"
    return (
        f"{one['better']} against {one['worse']}, {one['measure']}: {one['value']:+.3f}"
        f"{bounds}, n = {one['n']}, {sure}"
    )


def contender_rows(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One line a contender, each figure with its interval; empty where the adapter carries none."""
    contenders = figures.get("contenders", {})
    names = [name for name in CONTENDERS if name in contenders]
    rows = []
    for model in [*names, *(name for name in contenders if name not in names)]:
        numbers = contenders[model].get("figures", {})
        kept = [
            name
            for name, value in numbers.items()
            if isinstance(value, int | float)
            and name not in ("n", "seconds")
            and not name.endswith(("_low", "_high"))
        ]
        kept.sort(key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
        told = {METRIC_NAMES.get(name, name.replace("_", " ")): _spoken(numbers, name)
                for name in kept}  # fmt: skip
        rows.append({"model": model, "n": numbers.get("n"), **told})
    return rows


def _spoken(numbers: Mapping[str, Any], name: str) -> str:
    low, high = numbers.get(f"{name}_low"), numbers.get(f"{name}_high")
    bounds = "" if low is None or high is None else f" ({low:.3f} to {high:.3f})"
    return f"{numbers[name]:.3f}{bounds}"


def decide(adapter: Adapter, who: str) -> None:
    """Buttons to promote an adapter, to refuse it with a reason, or to take it out of use."""
    refused = refusal(adapter)
    if adapter.promoted:
        st.caption("In use: it is the model of rank, score and this app.")
    elif refused:
        st.caption(plain(refused))
    number = adapter.adapter_id
    help_text = None if who else "Write your name above first"
    if adapter.promoted:
        if st.button(
            "Take out of use", disabled=not who, help=help_text, key=f"demote-{adapter.adapter_id}"
        ):
            store().promote_adapter(None, reason="taken out of use", who=who)
            st.rerun()
        return
    with st.container(horizontal=True):
        with st.popover("Promote…", key=f"promote-{number}"):
            st.write("It becomes the model of rank, score and this app.")
            force = st.checkbox("Even if it is not better beyond chance", key=f"force-{number}")
            if st.button(
                "Promote",
                type="primary",
                disabled=not who,
                help=help_text,
                key=f"do-promote-{number}",
            ):
                _promote(adapter, who, force)
        with st.popover("Refuse…", key=f"refuse-{number}"):
            why = st.text_input("Why", placeholder="for those who ask later", key=f"why-{number}")
            if st.button("Refuse", disabled=not who, help=help_text, key=f"do-refuse-{number}"):
                said = f"refused by {who}: {why.strip() or 'no reason given'}"
                store().add_events(adapter.run_id, [Event(REFUSED, said)])
                st.rerun()


def _promote(adapter: Adapter, who: str, force: bool) -> None:
    try:
        reason = promote(adapter.adapter_id, force=force, who=who, store=store())
    except GenecallerError as error:
        st.warning(f"Refused: {plain(error)}")
        return
    desk().say(f"Promoted: {reason}")
    st.rerun()
