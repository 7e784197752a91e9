"""Runs: what was done when, with what, and how it ended; every other row names its run."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from genecaller.errors import GenecallerError, StoreError
from genecaller.store.connection import append, next_ids, require_run
from genecaller.store.conversions import as_json, utc, utc_now
from genecaller.store.events import Events
from genecaller.store.provenance import Provenance

RunKind = Literal["rank", "score", "evaluate", "train", "import", "curate"]
RunStatus = Literal["queued", "running", "succeeded", "failed", "cancelled", "paused"]

# A failed, cancelled or paused run may be taken up again where it stopped; a succeeded one is done.
FOLLOWS: dict[RunStatus, tuple[RunStatus, ...]] = {
    "queued": ("running", "failed", "cancelled"),
    "running": ("succeeded", "failed", "cancelled", "paused"),
    "paused": ("running", "failed", "cancelled"),
    "failed": ("running",),
    "cancelled": ("running",),
    "succeeded": (),
}


CLOCKS_DIFFER_S = 60.0
"""How far the times of a process and of its run may differ, for clocks are set."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run; times are UTC. `message` says why it failed; `done` of `total` is its progress.

    `requested` is what a person asked of it ("cancel", "pause"), None where nothing is asked;
    `pid` and `host` say where it runs, `heartbeat` when it last reported progress.
    """

    run_id: int
    kind: RunKind
    title: str | None
    status: RunStatus
    created: datetime
    started: datetime | None
    finished: datetime | None
    message: str | None
    parent_run: int | None
    knowledge: str | None
    prompt_version: str | None
    model: str | None
    adapter: str | None
    code_version: str
    seed: int | None
    pid: int | None
    host: str | None
    done: int | None
    total: int | None
    heartbeat: datetime | None
    requested: Literal["cancel", "pause"] | None
    resume_key: str | None = None
    arguments: dict[str, Any] = field(metadata={"json": True}, default_factory=dict)

    @property
    def provenance(self) -> Provenance:
        """What all rows of this run were made with."""
        return Provenance(
            knowledge=self.knowledge,
            prompt_version=self.prompt_version,
            model=self.model,
            adapter=self.adapter,
            code_version=self.code_version,
            seed=self.seed,
        )


class Runs(Events):
    """The verbs on runs and, from Events, on what happened in them."""

    def start_run(
        self,
        kind: RunKind,
        provenance: Provenance,
        *,
        arguments: Mapping[str, Any] | None = None,
        title: str | None = None,
        parent_run: int | None = None,
        total: int | None = None,
        queued: bool = False,
        resume_key: str | None = None,
    ) -> int:
        """Record a run that begins now (or waits, `queued`); returns its number.

        `arguments` are kept as JSON; never put case text there. `resume_key` is what
        `resume_run` finds it by.
        """
        if kind not in get_args(RunKind):
            raise StoreError(f"run kind {kind!r} is none of {', '.join(get_args(RunKind))}")
        now = utc_now()
        with self._writing() as connection:
            (run_id,) = next_ids(connection, "run_ids", 1)
            row = {
                "run_id": run_id,
                "kind": kind,
                "title": title,
                "status": "queued" if queued else "running",
                "created": now,
                "started": None if queued else now,
                "arguments": as_json(dict(arguments or {})),
                "parent_run": parent_run,
                **asdict(provenance),
                "pid": None if queued else os.getpid(),
                "host": None if queued else socket.gethostname(),
                "total": total,
                "resume_key": resume_key,
            }
            append(connection, "runs", " ".join(row), [list(row.values())])
        return run_id

    def resume_run(
        self,
        kind: RunKind,
        provenance: Provenance,
        *,
        resume_key: str,
        arguments: Mapping[str, Any] | None = None,
        title: str | None = None,
        total: int | None = None,
    ) -> int:
        """Take up the run that did the same work and did not finish it; else start one.

        The same work: the same kind, `resume_key` (for instance the output's path) and
        provenance, the code's version aside. What the run holds already stands; `save_rankings`
        adds to it, each ranking once. A run that says it is running is taken over: call this only
        while holding the lock on what `resume_key` names, so that its process must be gone.
        """
        made_with = {k: v for k, v in asdict(provenance).items() if k != "code_version"}
        same = " AND ".join(f"{column} IS NOT DISTINCT FROM ?" for column in made_with)
        with self._writing() as connection:
            found = connection.execute(
                "SELECT run_id, status FROM runs WHERE kind = ? AND resume_key = ?"
                f" AND {same} ORDER BY run_id DESC LIMIT 1",
                [kind, resume_key, *made_with.values()],
            ).fetchall()
            if not found or found[0][1] == "succeeded":
                return self.start_run(
                    kind,
                    provenance,
                    arguments=arguments,
                    title=title,
                    total=total,
                    resume_key=resume_key,
                )
            run_id, status = found[0]
            if status == "running":
                self.set_run_status(
                    run_id, "failed", message="its process ended without a word (killed?)"
                )
            self.set_run_status(run_id, "running")
        return int(run_id)

    @contextlib.contextmanager
    def run(self, kind: RunKind, provenance: Provenance, **more: Any) -> Iterator[int]:
        """A run for the time of the block: succeeded at its end, failed or cancelled if it raises.

        `more` goes to `start_run`. Each verb inside is a transaction of its own.
        """
        run_id = self.start_run(kind, provenance, **more)
        try:
            yield run_id
        except KeyboardInterrupt:
            self._end_run(run_id, "cancelled", "interrupted")
            raise
        except BaseException as error:
            # Only the kind of an unforeseen error is kept: its text might quote the case.
            text = str(error) if isinstance(error, GenecallerError) else type(error).__name__
            # The store itself may be what failed; the first error is the one to hear of.
            with contextlib.suppress(StoreError):
                self._end_run(run_id, "failed", text)
            raise
        self._end_run(run_id, "succeeded", None)

    def _end_run(self, run_id: int, status: RunStatus, message: str | None) -> None:
        """End a run unless the block has already said how it ended."""
        with self.transaction():
            if self.read_run(run_id).status == "running":
                self.set_run_status(run_id, status, message=message)

    def set_run_status(self, run_id: int, status: RunStatus, *, message: str | None = None) -> None:
        """Move a run on; StoreError where it cannot go there from where it is."""
        now = utc_now()
        with self._writing() as connection:
            rows = connection.execute(
                "SELECT status FROM runs WHERE run_id = ?", [run_id]
            ).fetchall()
            if not rows:
                raise StoreError(f"there is no run {run_id} in the store")
            before: RunStatus = rows[0][0]
            if status not in FOLLOWS[before]:
                follows = ", ".join(FOLLOWS[before]) or "nothing"
                raise StoreError(f"run {run_id} is {before}: {follows} may follow, not {status}")
            if status == "running":
                connection.execute(
                    "UPDATE runs SET status = ?, message = NULL, requested = NULL, finished = NULL,"
                    " started = coalesce(started, ?), pid = ?, host = ?, heartbeat = ?"
                    " WHERE run_id = ?",
                    [status, now, os.getpid(), socket.gethostname(), now, run_id],
                ).fetchall()
                return
            finished = None if status == "paused" else now
            connection.execute(
                "UPDATE runs SET status = ?, message = ?, requested = NULL, finished = ?,"
                " pid = NULL WHERE run_id = ?",
                [status, message, finished, run_id],
            ).fetchall()

    def report_progress(
        self, run_id: int, done: int, total: int | None = None
    ) -> Literal["cancel", "pause"] | None:
        """Say how far a run is; returns what a person asked of it meanwhile, None for nothing."""
        with self._writing() as connection:
            require_run(connection, run_id)
            rows = connection.execute(
                "UPDATE runs SET done = ?, total = coalesce(?, total), heartbeat = ?"
                " WHERE run_id = ? RETURNING requested",
                [done, total, utc_now(), run_id],
            ).fetchall()
        requested: Literal["cancel", "pause"] | None = rows[0][0]
        return requested

    def request_stop(self, run_id: int, how: Literal["cancel", "pause"] = "cancel") -> None:
        """Ask a run, wherever it runs, to stop; it hears of it at its next report of progress."""
        with self._writing() as connection:
            require_run(connection, run_id)
            connection.execute(
                "UPDATE runs SET requested = ? WHERE run_id = ?"
                " AND status IN ('queued', 'running', 'paused')",
                [how, run_id],
            ).fetchall()

    def fail_lost_runs(self) -> list[int]:
        """Mark as failed the running runs of this host whose process is gone; their numbers."""
        with self._writing() as connection:
            rows = connection.execute(
                "SELECT run_id, pid, greatest(started, heartbeat) FROM runs"
                " WHERE status = 'running' AND host = ? AND pid IS NOT NULL",
                [socket.gethostname()],
            ).fetchall()
            lost = [run_id for run_id, pid, seen in rows if not _is_alive(pid, utc(seen))]
            for run_id in lost:
                self.set_run_status(
                    run_id, "failed", message="its process ended without a word (killed?)"
                )
        return lost

    def read_run(self, run_id: int) -> Run:
        """One run; StoreError where there is none of that number."""
        found = self._records(Run, "SELECT * FROM runs WHERE run_id = ?", [run_id])
        if not found:
            raise StoreError(f"there is no run {run_id} in the store; `genecaller runs` lists them")
        return found[0]

    def list_runs(
        self,
        *,
        kinds: Iterable[RunKind] = (),
        statuses: Iterable[RunStatus] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> list[Run]:
        """Runs, newest first; no kinds or statuses means all."""
        return self._records(
            Run,
            "SELECT * FROM runs WHERE (len($1) = 0 OR list_contains($1, kind))"
            " AND (len($2) = 0 OR list_contains($2, status))"
            " ORDER BY run_id DESC LIMIT $3 OFFSET $4",
            [list(kinds), list(statuses), limit, offset],
        )


def _is_alive(pid: int, seen: datetime) -> bool:
    """Whether the process that was seen at a time still runs: not a later one of its number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    began = _began(pid)
    return began is None or began <= seen.timestamp() + CLOCKS_DIFFER_S


def _began(pid: int) -> float | None:
    """When a process began, in seconds since 1970; None where the system does not say."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])
        booted = Path("/proc/stat").read_bytes().partition(b"\nbtime ")[2].split()[0]
    except (OSError, ValueError, IndexError):
        return None
    return int(booted) + ticks / os.sysconf("SC_CLK_TCK")
