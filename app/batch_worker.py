"""The process behind a batch: `python -m app.batch_worker FOLDER`."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from app.batches import Batch, read_batch
from app.processes import alone
from genecaller.cases.read import count_cases, read_cases
from genecaller.errors import GenecallerError, StoreError
from genecaller.pipeline.ranking_keeper import Keeper
from genecaller.pipeline.score_cases import BATCH, score_cases
from genecaller.pipeline.sources import MODEL, ModelChoice, open_sources
from genecaller.store import open_store
from ontology.knowledge import open_knowledge

TOP = 50
ASKED_AT_ONCE = 4
"""Cases that the language model answers together: it may be stopped between two such batches."""
PAUSE_S = 0.3
"""Least time between two writings of the progress."""


def work(folder: Path) -> None:
    """Rank the batch's cases, going on where it was stopped; the state says how it went."""
    with alone(folder):
        batch = read_batch(folder)
        if batch is None:
            return
        try:
            batch = replace(batch, status="running", done=0).save()
            batch = replace(_rank(batch), status="done")
        except KeyboardInterrupt:
            written = _lines(batch.output)
            batch = replace(batch, status="stopped", written=written, done=written)
        except GenecallerError as error:
            said = str(error).replace(f"{batch.input.parent}/", "")
            batch = replace(batch, status="failed", message=said)
        except OSError as error:
            said = f"{error.strerror}; free some space, or ask for the right to write there"
            batch = replace(batch, status="failed", message=said)
        # Where even this cannot be written, the batch is seen as dead.
        with contextlib.suppress(OSError):
            batch.save()


def _rank(batch: Batch) -> Batch:
    knowledge, store = open_knowledge(), open_store()
    state = replace(batch, total=count_cases(batch.input)).save()

    def tell(step: str) -> None:
        replace(state, message=step).save()

    sources = open_sources([batch.ranker], knowledge, ModelChoice(), TOP, store, tell)
    arguments = {
        "rankers": [batch.ranker],
        "top": TOP,
        "from": "app",
        "output": str(batch.output.resolve()),
    }
    keeper = Keeper(store, sources[0].provenance, arguments)
    last = 0.0

    def advance(n: int) -> None:
        nonlocal state, last
        state = replace(state, done=state.done + n)
        if time.monotonic() - last > PAUSE_S:
            last = time.monotonic()
            # Where the disk is full, the results say so; how far they are matters less.
            with contextlib.suppress(OSError):
                state.save()

    try:
        summary = score_cases(
            read_cases(batch.input, knowledge),
            sources,
            batch.output,
            at_once=ASKED_AT_ONCE if batch.ranker == MODEL else BATCH,
            advance=advance,
            keep=keeper.keep,
        )
    except BaseException:
        # Its run in the store says so too, and does not look as if it still went on.
        keeper.stop()
        raise
    failures = [one.replace(f"{batch.input.parent}/", "") for one in summary.failures]
    try:
        keeper.finish(len(failures))
    except StoreError as error:
        failures.append(f"the results are here, but not all in the case library: {error}")
    written = summary.written + summary.already_done
    return replace(state, written=written, failures=tuple(failures))


def _lines(path: Path) -> int:
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


if __name__ == "__main__":
    # A shell that started the app in the background has this signal ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    work(Path(sys.argv[1]))
