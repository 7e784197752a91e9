"""What a run leaves behind, line by line: the crash-safe record that the store is filled from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from genecaller.errors import UsageError
from ontology.files import replacing

State = Literal["validating", "queued", "running", "paused", "succeeded", "failed", "cancelled"]
Kind = Literal["warmup", "round", "evaluation", "answer", "event", "comparison"]


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal of one run: `journal.jsonl` and `state.json` in its folder."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file of the entries."""
        return self.folder / "journal.jsonl"

    def write(self, kind: Kind, **values: Any) -> dict[str, Any]:
        """Append one entry, flushed; returns it as written, with its kind and time (UTC)."""
        entry = {"kind": kind, "at": datetime.now(UTC).isoformat(timespec="milliseconds")} | values
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as out:
            # A kill may have cut the last line short; the next entry begins a line of its own.
            if out.tell() and not _ends_a_line(self.path):
                out.write(b"\n")
            out.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        return entry

    def entries(self, kind: Kind | None = None) -> Iterator[dict[str, Any]]:
        """The entries in order, of one kind if given; lines cut short by a kill are left out."""
        if not self.path.is_file():
            return
        for line in self.path.read_bytes().split(b"\n"):
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(entry, dict) and kind in (None, entry.get("kind")):
                yield entry

    def rounds(self, kind: Kind) -> list[dict[str, Any]]:
        """One entry a round, ascending: what a resumed run did again replaces what it lost."""
        latest: dict[int, dict[str, Any]] = {}
        for entry in self.entries():
            if "resumed" in entry:
                latest = {n: kept for n, kept in latest.items() if n <= entry["resumed"]}
            elif entry["kind"] == kind:
                latest[int(entry["round"])] = entry
        return [latest[number] for number in sorted(latest)]

    def forget_after(self, last_round: int) -> None:
        """Say that a run goes on from `last_round`: what came later was lost and is made anew."""
        if any(int(entry.get("round", 0)) > last_round for entry in self.entries()):
            self.write("event", resumed=last_round)

    def state(self) -> dict[str, Any]:
        """The run's state as last set; "queued" where none was."""
        path = self.folder / "state.json"
        if not path.is_file():
            return {"state": "queued"}
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UsageError(f"{path} is damaged ({error}); delete it to start over") from error
        return content

    def set_state(self, state: State, **values: Any) -> None:
        """Set the run's state, complete or not at all; `values` join what is there."""
        content = self.state() | {"state": state} | values
        self.folder.mkdir(parents=True, exist_ok=True)
        replace_text(self.folder / "state.json", json.dumps(content, indent=1))
        self.write("event", state=state, **values)


def replace_text(path: Path, text: str) -> None:
    """Write a text file so that a kill leaves either the old or the new one."""
    with replacing(path) as out:
        out.write(text)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def row_of(entry: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of an entry, without its kind, time and round."""
    left_out = {"kind", "at", "round"}
    return {
        key: float(value)
        for key, value in entry.items()
        if key not in left_out and isinstance(value, int | float) and not isinstance(value, bool)
    }
