"""The python grader: a user's `grade(sample, item)`, run in a process that can do little else."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

from genecaller.grade.outcome import AnswerProblem, Grade, Item
from genecaller.grade.template import parse_json

_WORKER = Path(__file__).with_name("python_worker.py")
_STARTING = 30.0
"""Seconds that starting Python and running the source's own lines may take."""


@cache
def network_namespace() -> tuple[str, ...]:
    """The command that starts a process without any network, () where the system has none.

    Linux with user namespaces: `unshare` gives the process a network of its own with nothing in
    it. Elsewhere the worker's audit hook, which refuses every use of a socket, is the only fence.
    """
    command = ("unshare", "--map-root-user", "--net", "--")
    if shutil.which("unshare") is None:
        return ()
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return command if tried.returncode == 0 else ()


@dataclass
class PythonGrader:
    """Scores by `grade(sample, item) -> float` of the source, for any finite number.

    `sample` has output_text and output_json (None where the answer is no JSON). The code runs in
    one other process for all rows, started anew after a failure: `seconds` of time a row,
    `memory_mb` of address space, no network, no other processes, no files written, none of the
    user's environment. It is a fence against mistakes and not against malice: it can read what
    the user can read. Any failure is a grade without a score, with the problem in words.
    """

    name: str
    source: str
    seconds: float = 10.0
    memory_mb: int = 2048
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _broken: str | None = field(default=None, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)
    _pending: bytes = field(default=b"", repr=False)

    def grade(self, output_text: str, item: Item) -> Grade:
        """The score that the code gives one answer."""
        try:
            parsed: Any = parse_json(output_text)
        except AnswerProblem:
            parsed = None
        sample = {"output_text": output_text, "output_json": parsed}
        try:
            row = json.dumps({"sample": sample, "item": dict(item)})
        except (TypeError, ValueError) as error:
            return Grade(None, problem=f"the item cannot be handed to the grader: {error}")
        with self._turn:
            if self._broken is None and self._process is None:
                self._broken = self._start()
            if self._broken is not None:
                return Grade(None, problem=self._broken)
            answer = self._ask(row, self.seconds)
        if "score" in answer:
            return Grade(float(answer["score"]))
        return Grade(None, problem=str(answer["problem"]))

    def close(self) -> None:
        """End the other process; the next grade starts another."""
        with self._turn:
            self._stop()
            self._broken = None

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self._stop()

    def _start(self) -> str | None:
        """Start the process and give it the source; what is wrong with the source, if anything."""
        self._folder = tempfile.TemporaryDirectory(prefix="grader-")
        self._pending = b""
        try:
            self._process = subprocess.Popen(
                [*network_namespace(), sys.executable, "-I", "-B", str(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._folder.name,
                env={"PATH": os.defpath, "OMP_NUM_THREADS": "1", "HOME": self._folder.name},
                start_new_session=True,
            )
        except OSError as error:
            return f"the grader's process cannot be started: {error}"
        limits = {
            "memory_bytes": self.memory_mb << 20,
            # a loop that never ends also ends if this process dies
            "cpu_seconds": 3600 + int(self.seconds),
        }
        problem = self._ask(json.dumps({"source": self.source, **limits}), _STARTING)["problem"]
        if problem is not None:
            self._stop()
        return problem and str(problem)

    def _ask(self, line: str, seconds: float) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            written = _write(process.stdin, f"{line}\n".encode(), seconds)
            reply = self._read_line(process.stdout, seconds) if written else None
        except OSError:
            reply = b""
        if reply:
            answer: dict[str, Any] = json.loads(reply)
            return answer
        ended = process.poll()
        self._stop()
        if reply is None and ended is None:
            return {"problem": f"it took longer than {seconds:g} s and was ended"}
        return {"problem": "its process died (more memory than it may have, or it ended itself)"}

    def _read_line(self, stream: IO[bytes], seconds: float) -> bytes | None:
        """One line, b"" at the end of the stream, None when the time is over."""
        until = time.monotonic() + seconds
        while b"\n" not in self._pending:
            left = until - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                return None
            block = os.read(stream.fileno(), 1 << 16)
            if not block:
                return b""
            self._pending += block
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            process.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _write(stream: IO[bytes], content: bytes, seconds: float) -> bool:
    """Write all of it unless the reader stops reading; whether it was written in time."""
    until = time.monotonic() + seconds
    descriptor = stream.fileno()
    os.set_blocking(descriptor, False)
    while content:
        left = until - time.monotonic()
        if left <= 0 or not select.select([], [descriptor], [], left)[1]:
            return False
        content = content[os.write(descriptor, content) :]
    return True
