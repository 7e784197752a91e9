"""A training run from the press of a button until the store knows of it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import streamlit as st

from app.processes import spawn
from app.state import store
from genecaller.store import Run
from ontology.data_dir import home

AWAITED = "awaited"
"""What the session holds between a start and its first sign: when, what ran, what had failed."""
LONGEST_START = 900.0
"""Seconds after which a start that showed no sign is no longer waited for."""


def start(module: str, arguments: Sequence[str]) -> None:
    """Run `python -m module` by itself, and have the Training page look for what it starts."""
    folder = home() / "training"
    folder.mkdir(parents=True, exist_ok=True)
    # One whose process is gone does not run: taken up again, it is what is waited for.
    store().fail_lost_runs()
    st.session_state[AWAITED] = (time.monotonic(), going(training_runs()), unstarted())
    spawn(module, arguments, folder / "log.txt")


def training_runs() -> list[Run]:
    """The latest training runs, newest first."""
    return store().list_runs(kinds=("train",), limit=50)


def going(runs: Sequence[Run]) -> set[int]:
    """The numbers of those that run or will."""
    return {one.run_id for one in runs if one.status in ("running", "queued")}


def unstarted() -> list[tuple[str, str]]:
    """Runs that ended before they had a number (their data were refused): folder and reason."""
    found = []
    for path in sorted((home() / "training").glob("*/state.json")):
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if state.get("state") == "failed" and state.get("run_id") is None:
            found.append((path.parent.name, str(state.get("message"))))
    return found


def wait_for_run() -> None:
    """Look for the run that was started here until it is there, or has failed."""
    since, before, failed = st.session_state[AWAITED]
    waited = time.monotonic() - since
    if going(training_runs()) - before or unstarted() != failed or waited > LONGEST_START:
        del st.session_state[AWAITED]
        st.rerun()
    st.caption(
        f":material/progress_activity: Starting ({waited:.0f} s): the data are being prepared and "
        "checked, which takes minutes for a large set. This page may be closed."
    )
