"""The other process of the python grader: closes itself, then grades each answer in a copy.

Run as a script, never imported by the project. It reads one JSON line for its limits and source,
then one a row, and answers each with a JSON line that bears the row's own id. A row is graded by a
copy of this process that can neither read the rows nor write the answers: what it says goes
through a pipe of its own, and this process passes on one number or one problem. So code that runs
while one answer is graded, the answer's own text too if the grader executes it, can change that
one grade and no other.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import math
import os
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MOST_SAID = 1 << 16
_LARGEST = 1e15
_DIED = "its process died (more memory than it may have, or it ended itself)"


def limit(kinds: dict[str, int]) -> None:
    """Bound this process for good: memory, processor time, files, descriptors, processes."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in kinds.items():
        if hasattr(resource, kind):
            hard = resource.getrlimit(getattr(resource, kind))[1]
            bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(getattr(resource, kind), (bound, bound))


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
    if not abs(number) <= _LARGEST:
        return {"problem": f"grade returned {number}, expected a finite number up to {_LARGEST:g}"}
    return {"score": number}


def in_a_copy(fence: Any, grade: Any, row: dict[str, Any], seconds: float, rows: int) -> Any:
    """What a copy of this process says of a row; `rows` is watched for the end of the run."""
    mark = os.urandom(16).hex()
    reading, writing = os.pipe()
    try:
        copy = fence.fork()
    except OSError as error:
        os.close(reading)
        os.close(writing)
        return {"problem": f"no process could be made to grade it: {error}"}
    if copy == 0:
        with contextlib.suppress(BaseException):
            os.closerange(3, writing)
            os.closerange(writing + 1, 1024)
            fence.close_fork()
            limit({"RLIMIT_CPU": math.ceil(seconds) + 1})
            os.write(writing, f"{mark}{json.dumps(one(grade, row))}".encode())
        os._exit(0)
    os.close(writing)
    said = b""
    while True:
        # the other side sends nothing before it has its answer: to be readable is to be closed
        ready = select.select([reading, rows], [], [])[0]
        if rows in ready:
            os._exit(0)
        block = os.read(reading, _MOST_SAID)
        said += block
        if not block or len(said) > _MOST_SAID:
            break
    os.close(reading)
    if said:
        os.waitpid(copy, 0)
        return heard(said, mark)
    os.waitpid(copy, 0)
    return {"problem": _DIED}


def heard(said: bytes, mark: str) -> dict[str, Any]:
    """One number or one problem, whatever was said."""
    forged = {"problem": "it wrote where its grade alone is written"}
    begun, text = said[: len(mark)], said[len(mark) :]
    if begun != mark.encode():
        return forged
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return forged
    if not isinstance(answer, dict):
        return forged
    score, problem = answer.get("score"), answer.get("problem")
    if isinstance(score, float) and abs(score) <= _LARGEST:
        return {"score": score}
    return {"problem": problem[:300]} if isinstance(problem, str) else forged


def lines(descriptor: int) -> Iterator[dict[str, Any]]:
    """The JSON lines of a descriptor as they come, nothing read beyond the one given."""
    pending = b""
    while True:
        while b"\n" not in pending:
            block = os.read(descriptor, 1 << 16)
            if not block:
                return
            pending += block
        line, _, pending = pending.partition(b"\n")
        yield json.loads(line)


def main() -> None:
    """Read the limits and the source, define `grade`, and answer rows until the input ends."""
    place = Path(__file__).with_name("python_fence.py")
    spec = importlib.util.spec_from_file_location("python_fence", place)
    assert spec is not None
    assert spec.loader is not None
    fence = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fence)
    rows, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # what the grader reads and prints must not mix with ours
        os.dup2(nothing, descriptor)
    os.close(nothing)
    asked = lines(rows)
    told = next(asked)
    layers = fence.close_all()
    limit(told["limits"])
    names: dict[str, Any] = {"__name__": "grader"}
    try:
        exec(compile(told["source"], "<grader>", "exec"), names)
        problem = None if callable(names.get("grade")) else "it defines no grade(sample, item)"
    except BaseException as error:  # noqa: BLE001 - a user's code may raise anything at all
        problem = f"its source raised {type(error).__name__}: {error}"[:300]
    reply(answers, {"id": told["id"], "problem": problem, "layers": layers})
    gc.freeze()  # the copies share what is here as long as nobody touches it
    for row in asked:
        said = in_a_copy(fence, names["grade"], row, told["seconds"], rows)
        reply(answers, {"id": row["id"], **said})


def reply(descriptor: int, answer: dict[str, Any]) -> None:
    """Write one answer as a line, all of it."""
    content = json.dumps(answer).encode() + b"\n"
    while content:
        content = content[os.write(descriptor, content) :]


if __name__ == "__main__":
    main()
