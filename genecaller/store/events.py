"""Events: what happened in a run, in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from genecaller.store.connection import Connected, append, next_ids, require_run
from genecaller.store.conversions import as_json, utc_now

if TYPE_CHECKING:
    from genecaller.store.session import Session

Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run: a case that failed, a warning, a checkpoint."""

    event: str
    message: str
    level: Level = "info"
    step: int | None = None
    case_id: str | None = None
    detail: dict[str, Any] | None = field(metadata={"json": True}, default=None)
    time: datetime | None = None


class Events(Connected):
    """The verbs on the events of runs."""

    def add_events(self, run_id: int, events: Sequence[Event]) -> None:
        """Keep what happened in a run."""
        with self._writing() as connection:
            require_run(connection, run_id)
            insert_events(connection, run_id, events)

    def read_events(self, run_id: int, *, levels: Iterable[Level] = ()) -> list[Event]:
        """What happened in a run, in order."""
        return self._records(
            Event,
            "SELECT event, message, level, step, case_id, detail, time FROM run_events"
            " WHERE run_id = $1 AND (len($2) = 0 OR list_contains($2, level)) ORDER BY event_id",
            [run_id, list(levels)],
        )


def insert_events(connection: Session, run_id: int, events: Sequence[Event]) -> None:
    """Write events of a run within the transaction at hand."""
    now = utc_now()
    ids = next_ids(connection, "event_ids", len(events))
    append(
        connection,
        "run_events",
        "event_id run_id time level event message step case_id detail",
        (
            (*(i, run_id, now, e.level, e.event, e.message, e.step, e.case_id), as_json(e.detail))
            for i, e in zip(ids, events, strict=True)
        ),
    )
