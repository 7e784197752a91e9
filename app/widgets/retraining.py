"""What the next retraining would learn from, its start, and what becomes of its outcome."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.processes import spawn
from app.render.plain import plain
from app.state import desk, knowledge, store
from app.widgets.curation import person
from genecaller.cases import Case
from genecaller.cases.write import write_jsonl
from genecaller.errors import GenecallerError, UsageError
from genecaller.store import Adapter
from ontology.home import home
from training.prepare import divide
from training.promotion import promote
from training.recipe import Recipe, load_recipe, shipped_recipes

PARTS = ("train", "validation", "test")


def retraining() -> None:
    """The curated set, its split, a button to train on it, and the adapters there are."""
    curated = store().curated_cases()
    if not curated:
        st.info(
            "No accepted case yet. Mark cases as solved under Cases and accept them under Review: "
            "retraining learns from these."
        )
    else:
        _curated(curated)
    st.subheader("Trained adapters", anchor=False)
    _adapters()


def _curated(curated: Sequence[Case]) -> None:
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
    _split(curated, recipe)
    who = person()
    st.caption(
        "Training goes on from the promoted adapter, by itself; this page may be closed. Its "
        "outcome is promoted only when you say so."
    )
    if st.button("Start retraining", type="primary", disabled=not who, key="retrain"):
        folder = home() / "retraining"
        folder.mkdir(parents=True, exist_ok=True)
        cases = folder / "curated.jsonl"
        write_jsonl(curated, cases)
        spawn("app.retrain_worker", [str(name), str(cases), who], folder / "log.txt")
        desk().say("Retraining has begun: follow it on the Training page.")
        st.switch_page("views/training.py")


def as_jsonl(cases: Sequence[Case]) -> str:
    """The cases as JSON lines that read back as they are."""
    with tempfile.TemporaryDirectory(prefix="genecaller-") as folder:
        path = Path(folder) / "curated.jsonl"
        write_jsonl(cases, path)
        return path.read_text(encoding="utf-8")


def recipes_on_cases() -> dict[str, Recipe]:
    """The shipped recipes that take cases, by name."""
    found: dict[str, Recipe] = {}
    for name in shipped_recipes():
        try:
            recipe = load_recipe(name)
        except UsageError:
            continue
        if not recipe.data.train:
            found[name] = recipe
    return found


def _split(curated: Sequence[Case], recipe: Recipe) -> None:
    held = store().gene_parts(recipe.data.split)
    try:
        parts = divide(list(curated), recipe, held, knowledge())
    except UsageError as error:
        st.info(f"These cases alone cannot be split yet: {plain(error)}")
        return
    part_of = {case.id: part for part, cases in parts.items() for case in cases}
    counts = Counter(part_of.get(case.id, "left out") for case in curated)
    st.markdown("**The next split** :small[:gray[a gene keeps its part for ever]]")
    with st.container(horizontal=True):
        for part in (*PARTS, "left out"):
            if counts[part] or part in PARTS:
                st.metric(part, f"{counts[part]:,}", border=True, width="content")
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
        height=min(36 * len(curated) + 40, 300),
        alt="Each accepted case with its part in the next split",
    )


def _adapters() -> None:
    found = store().list_adapters()
    if not found:
        st.caption("None yet: train a recipe on the Training page.")
        return
    for adapter in found:
        with st.container(border=True):
            mark = " · **in use**" if adapter.promoted else ""
            st.markdown(f"`{adapter.name}` · {adapter.registered:%Y-%m-%d %H:%M}{mark}")
            st.text(f"trained on {adapter.data}")
            outcome(adapter)
            _decide(adapter)


def outcome(adapter: Adapter) -> None:
    """What an adapter reached in validation, beside what it was compared with."""
    rows = contender_rows(adapter.figures)
    if rows:
        st.dataframe(rows, hide_index=True, placeholder="–")
    for one in adapter.figures.get("differences", []):
        sure = "beyond chance" if one.get("beyond_chance") else "within chance"
        low, high = one.get("low"), one.get("high")
        bounds = "" if low is None else f" (95%: {low:+.3f} to {high:+.3f})"
        st.caption(
            f"{one['better']} against {one['worse']}, {one['measure']}: {one['value']:+.3f}"
            f"{bounds}, n = {one['n']}, {sure}"
        )


def contender_rows(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One line a contender with its figures; empty where the adapter carries none."""
    rows = []
    for name, told in figures.get("contenders", {}).items():
        numbers = told.get("figures", {})
        kept = {k: v for k, v in numbers.items() if isinstance(v, int | float)}
        rows.append({"model": name, **kept})
    return rows


def _decide(adapter: Adapter) -> None:
    if adapter.promoted:
        if st.button("Take out of use", key=f"demote-{adapter.adapter_id}"):
            store().promote_adapter(None, reason="taken out of use", who=desk().person or None)
            st.rerun()
        return
    with st.popover("Promote…", key=f"promote-{adapter.adapter_id}"):
        st.write("It becomes the model of rank, score and this app.")
        force = st.checkbox(
            "Even if it is not better beyond chance", key=f"force-{adapter.adapter_id}"
        )
        if st.button("Promote", type="primary", key=f"do-promote-{adapter.adapter_id}"):
            try:
                reason = promote(
                    adapter.adapter_id, force=force, who=desk().person or None, store=store()
                )
            except GenecallerError as error:
                st.warning(f"Refused: {plain(error)}")
                return
            desk().say(f"Promoted: {reason}")
            st.rerun()
