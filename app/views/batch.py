"""Batch: a file of many cases, ranked in the background; leave and return."""

from __future__ import annotations

import json
from collections.abc import Iterator

import streamlit as st

from app.batches import Batch, list_batches, new_batch, read_batch, remove, start, stop
from app.cells import as_table
from app.render.plain import plain, visible
from app.state import other_rankers
from genecaller.errors import GenecallerError
from genecaller.pipeline.sources import MODEL

FAILURES_SHOWN = 100
_ICONS = {
    "starting": ":material/hourglass_top:",
    "running": ":material/progress_activity:",
    "done": ":material/check:",
    "stopped": ":material/pause:",
    "failed": ":material/error:",
    "died": ":material/error:",
}


def page() -> None:
    """A form for a new batch, and all batches with their progress."""
    st.title("Batch", anchor=False)
    with st.form("batch", clear_on_submit=True):
        file = st.file_uploader(
            "Many cases: a zip of phenopackets, JSON lines, a table with HPO ids",
            help="Read on this machine, by the same readers as the command line's.",
        )
        ranker = st.selectbox("Ranker", ("default", *other_rankers(), MODEL), format_func=_words)
        pressed = st.form_submit_button("Rank all cases", type="primary")
    if pressed and file is not None and ranker is not None:
        try:
            new_batch(file, ranker)
        except GenecallerError as error:
            st.error(plain(error))
    elif pressed:
        st.warning("Choose a file first.")
    found = list_batches()
    if not found:
        st.info("No batch yet. It runs by itself once started: this page may be closed meanwhile.")
        return
    busy = any(batch.status in ("starting", "running") for batch in found)
    st.fragment(_list, run_every=1.0 if busy else None)([batch.folder.name for batch in found])


def _words(ranker: str) -> str:
    told = {"default": "default (the best classical one)", MODEL: "the language model (slow)"}
    return told.get(ranker, ranker)


def _list(names: list[str]) -> None:
    busy = False
    for batch in list_batches():
        if batch.folder.name in names:
            _show(batch)
            busy = busy or batch.status in ("starting", "running")
    if not busy and st.session_state.get("batches-busy"):
        st.session_state["batches-busy"] = False
        st.rerun()
    st.session_state["batches-busy"] = busy


def _show(batch: Batch) -> None:
    key = batch.folder.name
    with st.container(border=True, gap="xsmall"):
        st.text(visible(f"{batch.name} · {batch.created} · {batch.ranker}"))
        if batch.status in ("starting", "running"):
            of = "" if batch.total is None else f" of {batch.total:,}"
            share = batch.done / batch.total if batch.total else 0.0
            now = f" · {plain(batch.message)}" if batch.message else ""
            st.progress(min(1.0, share), text=f"{batch.done:,}{of} cases{now}")
            st.button("Stop", on_click=stop, args=(batch,), key=f"stop-{key}")
            return
        words = f"{batch.written:,} cases ranked"
        if batch.failures:
            words += f", {len(batch.failures):,} failed"
        st.markdown(f"{_ICONS[batch.status]} {plain(batch.status)}: {words}")
        if batch.message:
            st.text(visible(batch.message))
        with st.container(horizontal=True):
            if batch.output.is_file() and batch.written:
                st.download_button(
                    "JSON lines",
                    lambda: batch.output.read_bytes(),
                    file_name=f"{key}.jsonl",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"jsonl-{key}",
                )
                st.download_button(
                    "TSV",
                    lambda: batch_tsv(batch),
                    file_name=f"{key}.tsv",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"tsv-{key}",
                )
            if batch.status in ("stopped", "failed", "died"):
                st.button("Go on", on_click=_go_on, args=(key,), key=f"go-{key}")
            st.button("Delete", on_click=remove, args=(batch,), key=f"delete-{key}")
        if batch.failures:
            with st.expander(f"Failed: {len(batch.failures):,}, with the reasons"):
                for failure in batch.failures[:FAILURES_SHOWN]:
                    st.text(visible(failure))
                if len(batch.failures) > FAILURES_SHOWN:
                    st.caption(f"and {len(batch.failures) - FAILURES_SHOWN:,} more")


def _go_on(key: str) -> None:
    found = [batch for batch in list_batches() if batch.folder.name == key]
    if found and (batch := read_batch(found[0].folder)) is not None:
        start(batch)


def batch_tsv(batch: Batch) -> str:
    """One line a gene, safe to open in a spreadsheet."""
    head = ["case_id", "rank", "gene", "score", "disease", "explanation"]
    return as_table(head, _ranked_genes(batch))


def _ranked_genes(batch: Batch) -> Iterator[list[object]]:
    with batch.output.open("rb") as lines:
        for line in lines:
            record = json.loads(line)
            for gene in record["genes"]:
                row = [record["case_id"], gene["rank"], gene["symbol"], gene["score"]]
                yield [*row, gene["disease"], gene["explanation"]]


page()
