"""Batches: a file of many cases ranked by a process of its own, one folder each."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from app.processes import alone, holder_of, is_held, spawn
from app.uploads import Upload, safe_name
from genecaller.errors import UsageError
from ontology.data_dir import home
from ontology.files import replacing

Status = Literal["starting", "running", "done", "stopped", "failed", "died"]


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as its folder tells it; `total` is None where the file does not say how many.

    `failures` are the cases that could not be ranked, each with its reason; `message` says why
    the whole batch ended early. It starts and runs only as long as a process holds the folder's
    lock; one that no longer does without having said how it ended has died.
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

    @property
    def input(self) -> Path:
        """The uploaded file."""
        return self.folder / "input" / self.name

    @property
    def output(self) -> Path:
        """One line a case, as `genecaller score` writes them."""
        return self.folder / "ranked.jsonl"

    @property
    def asked_to_stop(self) -> Path:
        """A file that is there once a person asked the batch to stop."""
        return self.folder / "stop"

    def save(self) -> Batch:
        """Write the state whole or not at all; returns the batch."""
        record = {k: v for k, v in asdict(self).items() if k != "folder"}
        with replacing(self.folder / "state.json", private=True) as file:
            json.dump(record, file)
        return self


def batches_folder() -> Path:
    """Where batches lie; for their owner alone, for case reports lie there."""
    return home() / "batches"


def new_batch(upload: Upload, ranker: str) -> Batch:
    """Keep an upload and begin to rank it; UsageError where it cannot be kept."""
    now = datetime.now(UTC)
    folder = batches_folder() / f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    try:
        batches_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        batches_folder().chmod(0o700)
        folder.mkdir(mode=0o700)
        batch = Batch(folder, safe_name(upload.name), now.strftime("%Y-%m-%d %H:%M UTC"), ranker)
        batch.input.parent.mkdir(mode=0o700)
        with replacing(batch.input, binary=True, private=True) as file:
            file.write(upload.getvalue())
        batch.save()
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise UsageError(
            f"{batches_folder()}: the file cannot be kept ({error.strerror}); free some space, or "
            "ask for the right to write there"
        ) from error
    return start(batch)


def start(batch: Batch) -> Batch:
    """Begin, or go on where the batch was stopped; one that runs already is left alone."""
    if is_held(batch.folder):
        return batch
    try:
        batch.asked_to_stop.unlink(missing_ok=True)
        batch = replace(batch, status="starting", message=None, failures=()).save()
        arguments = [str(batch.folder)]
        spawn("app.batch_worker", arguments, batch.folder / "log.txt", holds=batch.folder)
    except OSError as error:
        raise UsageError(
            f"{batch.name}: cannot be started ({error.strerror}); try again later"
        ) from error
    return batch


def stop(batch: Batch) -> None:
    """Ask the batch's process to end; what it has written stays."""
    pid = holder_of(batch.folder)
    if pid:
        batch.asked_to_stop.touch(0o600)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)


def remove(batch: Batch) -> None:
    """Delete a batch that does not run, its file and its results with it."""
    with contextlib.suppress(UsageError, FileNotFoundError), alone(batch.folder):
        shutil.rmtree(batch.folder)


def read_batch(folder: Path) -> Batch | None:
    """A batch from its folder, None where there is none; one whose process is gone has died."""
    batch = _read(folder)
    if batch is None or batch.status not in ("starting", "running") or is_held(folder):
        return batch
    # It may have said how it ended, and let go of the lock, since it was read.
    batch = _read(folder)
    if batch is None or batch.status not in ("starting", "running"):
        return batch
    if batch.asked_to_stop.exists():
        return replace(batch, status="stopped", message=None)
    return replace(batch, status="died", message="its process ended without a word (killed?)")


def _read(folder: Path) -> Batch | None:
    known = {field.name for field in fields(Batch)}
    try:
        record = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        record["failures"] = tuple(record["failures"])
        return Batch(folder, **{name: record[name] for name in record.keys() & known - {"folder"}})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def list_batches() -> list[Batch]:
    """All batches, newest first."""
    folder = batches_folder()
    if not folder.is_dir():
        return []
    found = [read_batch(path) for path in sorted(folder.iterdir(), reverse=True)]
    return [batch for batch in found if batch is not None]
