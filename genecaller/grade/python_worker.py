"""The other process of the python grader: limits itself, then grades row after row.

Run as a script, never imported by the project: it reads one JSON line for its limits and source,
then one a row, and answers each with a JSON line.
"""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Any

_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "os.kill",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.truncate",
    "shutil.",
)
"""Audit events of the network, of other processes and of changes to the file system."""


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Bound this process for good: memory, processor time, no files written, no sockets."""
    try:
        import resource
    except ImportError:
        pass
    else:
        for kind, most in (
            ("RLIMIT_AS", memory_bytes),
            ("RLIMIT_CPU", cpu_seconds),
            ("RLIMIT_FSIZE", 0),
            ("RLIMIT_CORE", 0),
        ):
            if hasattr(resource, kind):
                resource.setrlimit(getattr(resource, kind), (most, most))

    def refuse(event: str, arguments: Any) -> None:
        forbidden = event.startswith(_FORBIDDEN)
        if event == "open" and isinstance(arguments[2], int):
            forbidden = bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if forbidden:
            raise PermissionError(f"a python grader may not do {event}")

    sys.addaudithook(refuse)


def one(grade: Any, row: dict[str, Any]) -> dict[str, Any]:
    """The score of one row, or the problem in words."""
    try:
        score = grade(row["sample"], row["item"])
    except MemoryError:
        return {"problem": "it took more memory than it may"}
    except BaseException as error:  # noqa: BLE001 - a user's code may raise anything at all
        return {"problem": f"it raised {type(error).__name__}: {error}"[:300]}
    try:
        number = float(score)
    except (TypeError, ValueError, OverflowError):
        return {"problem": f"grade returned {score!r}, expected a number"[:300]}
    if not math.isfinite(number):
        return {"problem": f"grade returned {number}, expected a finite number"}
    return {"score": number}


def main() -> None:
    """Read the limits and the source, define `grade`, and answer rows until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # what the grader prints must not mix with the answers
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    rows = sys.stdin
    told = json.loads(rows.readline())
    names: dict[str, Any] = {"__name__": "grader"}
    limit(told["memory_bytes"], told["cpu_seconds"])
    try:
        exec(compile(told["source"], "<grader>", "exec"), names)
        problem = None if callable(names.get("grade")) else "it defines no grade(sample, item)"
    except BaseException as error:  # noqa: BLE001 - a user's code may raise anything at all
        problem = f"its source raised {type(error).__name__}: {error}"[:300]
    print(json.dumps({"problem": problem}), file=answers, flush=True)
    for line in rows:
        print(json.dumps(one(names["grade"], json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
