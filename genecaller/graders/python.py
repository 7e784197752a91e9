"""The python grader: a user's `grade(sample, item)`, run in a process that can do little else."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

from genecaller.graders.formula import LARGEST
from genecaller.graders.outcome import AnswerProblem, Grade, Item
from genecaller.graders.template import parse_json

_WORKER = Path(__file__).with_name("python_worker.py")
_STARTING = 30.0
"""Seconds that starting Python and running the source's own lines may take."""
_LONGEST_REPLY = 1 << 20
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


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

    `sample` has output_text and output_json (None where the answer is no JSON). The source's own
    lines run once in another process, started anew after a failure, and each answer is graded in
    a copy of it: nothing that one grading does is seen by the next. `seconds` of time a row,
    `memory_mb` of address space, none of the user's environment. Any failure is a grade without
    a score, with the problem in words.

    What the code can reach depends on the system, and `layers` says what there was. On Linux
    (x86-64, arm64) the kernel refuses it ("seccomp") to write, make, rename, link or delete
    files, to change their rights, to start programs or processes, to signal others and to open
    sockets, and lets it read Python's own files alone ("landlock", Linux 5.13). Elsewhere an audit
    hook ("audit") is the only fence: it keeps mistakes in, and not harm that is meant. In no case
    are the grades themselves more than what the code says: run graders of people you trust.
    """

    name: str
    source: str
    seconds: float = 10.0
    memory_mb: int = 2048
    layers: tuple[str, ...] = field(default=(), init=False, compare=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _broken: str | None = field(default=None, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _end: weakref.finalize[..., Any] | None = field(default=None, repr=False)
    _pending: bytes = field(default=b"", repr=False)

    def grade(self, output_text: str, item: Item) -> Grade:
        """The score that the code gives one answer."""
        try:
            parsed: Any = parse_json(output_text)
        except AnswerProblem:
            parsed = None
        sample = {"output_text": output_text, "output_json": parsed}
        try:
            row = json.dumps({"sample": sample, "item": dict(item)})[1:]
        except (TypeError, ValueError, RecursionError) as error:
            return Grade(None, problem=f"the item cannot be handed to the grader: {error}")
        with self._turn:
            if self._broken is None and self._process is None:
                self._broken = self._start()
            if self._broken is not None:
                return Grade(None, problem=self._broken)
            answer = self._ask(row, self.seconds)
        score = answer.get("score")
        if isinstance(score, float) and abs(score) <= LARGEST:
            return Grade(score)
        return Grade(None, problem=str(answer.get("problem")))

    def close(self) -> None:
        """End the other process; the next grade starts another."""
        with self._turn:
            self._stop()
            self._broken = None

    def _start(self) -> str | None:
        """Start the process and give it the source; what is wrong with the source, if anything."""
        self._pending = b""
        try:
            self._process = subprocess.Popen(
                [*network_namespace(), sys.executable, "-I", "-B", str(_WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": os.defpath, "HOME": "/"} | dict.fromkeys(_THREADS, "1"),
                start_new_session=True,
            )
        except OSError as error:
            return f"the grader's process cannot be started: {error}"
        # Holds the process: it is ended before anything collects it.
        self._end = weakref.finalize(self, _kill, self._process)
        limits = {
            "RLIMIT_AS": self.memory_mb << 20,
            # a loop that never ends also ends if this process dies
            "RLIMIT_CPU": 3600 + int(self.seconds),
            "RLIMIT_FSIZE": 0,
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": 256,
        }
        if network_namespace():
            # counted within the namespace alone; elsewhere all of the user's processes count
            limits["RLIMIT_NPROC"] = 64
        told = {"source": self.source, "seconds": self.seconds, "limits": limits}
        answer = self._ask(json.dumps(told)[1:], _STARTING)
        problem = answer.get("problem")
        self.layers = tuple(map(str, answer.get("layers", ())))
        if problem is not None:
            self._stop()
        return problem and str(problem)

    def _ask(self, rest: str, seconds: float) -> dict[str, Any]:
        """What the process answers to an object without its brace, under an id of its own.

        An answer under another id was written before it was asked for: it is none.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        asked = secrets.token_hex(16)
        try:
            line = f'{{"id": "{asked}", {rest}\n'.encode()
            written = _write(process.stdin, line, seconds)
            reply = self._read_line(process.stdout, seconds) if written else None
        except OSError:
            reply = b""
        if reply:
            try:
                answer = json.loads(reply)
            except (ValueError, RecursionError):
                answer = None
            if isinstance(answer, dict) and answer.get("id") == asked:
                return answer
            self._stop()
            return {"problem": "it wrote where its grade alone is written"}
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
            if len(self._pending) > _LONGEST_REPLY:
                return b""
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _stop(self) -> None:
        self._process = None
        if self._end is not None:
            self._end()
            self._end = None


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process with all that it has made."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait()


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
