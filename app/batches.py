"""Batches: a file of many cases ranked by a process of its own, one folder each."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from app.processes import is_held, spawn
from app.uploads import Upload, safe_name
from ontology.home import home

Status = Literal["starting", "running", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as its folder tells it; `total` is None where the file does not say how many.

    `failures` are the cases that could not be ranked, each with its reason; `message` says why
    the whole batch ended early.
    """

    folder: Path
    name: str
    created: str
    ranker: str
    status: Status = "starting"
    done: int = 0
    total: int | None = None
    written: int = 0
    failures: tuple[str, ...] = ()
    message: str | None = None
    pid: int | None = None

    @property
    def input(self) -> Path:
        """The uploaded file."""
        return self.folder / "input" / self.name

    @property
    def output(self) -> Path:
        """One line a case, as `genecaller score` writes them."""
        return self.folder / "ranked.jsonl"

    def save(self) -> Batch:
        """Write the state whole or not at all; returns the batch."""
        record = {k: v for k, v in asdict(self).items() if k != "folder"}
        scratch = self.folder / f".state-{os.getpid()}"
        scratch.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        os.replace(scratch, self.folder / "state.json")
        return self


def batches_folder() -> Path:
    """Where batches lie."""
    return home() / "batches"


def new_batch(upload: Upload, ranker: str) -> Batch:
    """Keep an upload and begin to rank it."""
    now = datetime.now(UTC)
    folder = batches_folder() / f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    (folder / "input").mkdir(parents=True, mode=0o700)
    batch = Batch(folder, safe_name(upload.name), now.strftime("%Y-%m-%d %H:%M UTC"), ranker)
    batch.input.write_bytes(upload.getvalue())
    return start(batch.save())


def start(batch: Batch) -> Batch:
    """Begin, or go on where the batch was stopped."""
    batch = replace(batch, status="starting", message=None, failures=(), pid=None).save()
    pid = spawn("app.batch_worker", [str(batch.folder)], batch.folder / "log.txt")
    return replace(batch, pid=pid)


def stop(batch: Batch) -> None:
    """Ask the batch's process to end; what it has written stays."""
    if batch.pid is not None and is_held(batch.folder):
        os.kill(batch.pid, signal.SIGINT)


def remove(batch: Batch) -> None:
    """Delete a batch that does not run, its file and its results with it."""
    if not is_held(batch.folder):
        shutil.rmtree(batch.folder)


def read_batch(folder: Path) -> Batch | None:
    """A batch from its folder, None where there is none; one whose process is gone has failed."""
    try:
        record = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        record["failures"] = tuple(record["failures"])
        batch = Batch(folder, **record)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    if batch.status == "running" and not is_held(folder):
        return replace(batch, status="failed", message="its process ended without a word (killed?)")
    return batch


def list_batches() -> list[Batch]:
    """All batches, newest first."""
    folder = batches_folder()
    if not folder.is_dir():
        return []
    found = [read_batch(path) for path in sorted(folder.iterdir(), reverse=True)]
    return [batch for batch in found if batch is not None]
