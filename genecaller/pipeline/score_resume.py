"""What an output of `score` holds already, and whether it was made as it would be made now."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genecaller.cases import Case
from genecaller.errors import UsageError
from genecaller.pipeline.results_table import rankings_in
from genecaller.pipeline.results_writer import LINE_BEGINS, findings_of, settings_of
from genecaller.pipeline.sources import Particular, Source

OR_ELSE = "choose another output, or say --overwrite"


@dataclass
class Done:
    """The rankings that an output holds: by (case, ranker), the record that says how it was made.

    `finished` is set where the output is a whole table, to which nothing can be added.
    """

    out: Path
    sources: Sequence[Source]
    finished: bool = False
    made: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    repeated: int = 0

    def conflict(self, case: Case) -> str | None:
        """Why a case cannot be taken for the one that is there under its id; None where it can.

        Lines of an earlier version do not say what they were made from, and are taken as they are.
        """
        now = findings_of(case)
        for source in self.sources:
            then = self.made.get((case.id, source.name), {}).get("findings", now)
            if then not in (None, now):
                return (
                    f"stands in {self.out} already, ranked by other findings: the case was "
                    "changed, or is another patient with the same id; give it an id of its own, "
                    f"{OR_ELSE}"
                )
        return None

    def holds(self, case: Case, source: Source) -> bool:
        """Whether a ranking is there; raises UsageError where it was made by other weights."""
        made = self.made.get((case.id, source.name))
        if made is not None and isinstance(source, Particular) and "weights" in made:
            weights, asked = made["weights"], source.weights_for(case)
            if weights != asked:
                raise UsageError(
                    f"{self.out}: holds {case.id!r} by {source.name} with weights {weights}, now "
                    f"they are {asked}; {OR_ELSE}"
                )
        return made is not None


def read_done(lines: Path, sources: Sequence[Source]) -> Done:
    """What the lines of an output hold; a line that a kill cut off is dropped.

    Raises UsageError where a line is none of ours, or was made otherwise than it would be now.
    """
    done = Done(lines, sources)
    if not lines.exists():
        return done
    whole = 0
    try:
        with lines.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if not raw.endswith(b"\n") and _cut_off(raw):
                    break
                try:
                    record = json.loads(raw)
                    _add(done, record, f"{lines}, line {number}")
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                    raise UsageError(
                        f"{lines}, line {number}: not a line of scores; {OR_ELSE}"
                    ) from error
                whole += len(raw)
        if whole < lines.stat().st_size:
            os.truncate(lines, whole)
    except OSError as error:
        raise UsageError(f"{lines}: cannot be read or continued ({error.strerror})") from error
    return done


def read_finished(out: Path, sources: Sequence[Source]) -> Done:
    """What a whole table holds, where it is one of ours; raises UsageError else."""
    done = Done(out, sources, finished=True)
    rows = rankings_in(out)
    if rows is None or not all(row["case_id"] and row["ranker"] for row in rows):
        raise UsageError(f"{out} exists already: delete it, or say --overwrite")
    for row in rows:
        _add(done, row, str(out))
    return done


def _cut_off(raw: bytes) -> bool:
    """Whether bytes are the beginning of one of our lines, or what a power failure makes of it."""
    return raw.startswith(LINE_BEGINS) or LINE_BEGINS.startswith(raw) or not raw.strip(b"\0")


def _add(done: Done, record: Mapping[str, Any], place: str) -> None:
    case_id, ranker = record["case_id"], record["ranker"]
    if not isinstance(case_id, str) or not isinstance(ranker, str):
        raise TypeError("case_id and ranker are text")
    source = next((one for one in done.sources if one.name == ranker), None)
    names = [one.name for one in done.sources]
    if source is None:
        raise UsageError(
            f"{place}: was made by ranker {ranker}, now it is {' and '.join(names)}; {OR_ELSE}"
        )
    settings = settings_of(source, done.sources)
    now = {
        "model": source.model,
        "knowledge": source.knowledge_stamp,
        "--top": settings["top"],
        "rankers": settings.get("rankers", [ranker]),
        "prompt": settings.get("prompt"),
    }
    then = {
        "model": record["model"],
        "knowledge": record["knowledge"],
        # An earlier version wrote neither of these two; a table has no list of all rankers.
        "--top": record.get("top", now["--top"]),
        "rankers": record.get("rankers", [ranker]) if "top" in record else now["rankers"],
        "prompt": record.get("prompt"),
    }
    if done.finished:
        then["rankers"] = now["rankers"]
    if then != now:
        raise UsageError(f"{place}: was made by {_named(then)}, now it is {_named(now)}; {OR_ELSE}")
    done.repeated += (case_id, ranker) in done.made
    done.made[case_id, ranker] = {k: record[k] for k in ("weights", "findings") if k in record}


def _named(made_with: Mapping[str, Any]) -> str:
    """Model, knowledge, --top, rankers and prompt in one line, what is not known left out."""
    shown = {
        name: " and ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in made_with.items()
        if value is not None or name in ("model", "prompt")
    }
    return ", ".join(f"{name} {value}" for name, value in shown.items())
