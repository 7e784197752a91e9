"""Work that outlives a page: a process of its own, found again by the lock that it holds."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from genecaller.errors import UsageError

_children: list[subprocess.Popen[bytes]] = []


def spawn(module: str, arguments: Sequence[str], log: Path) -> int:
    """Start `python -m module` in a session of its own; returns its process id.

    What it prints goes to `log`. It goes on when the page, or the whole app, is closed.
    """
    _children[:] = [child for child in _children if child.poll() is None]
    with log.open("ab") as out:
        child = subprocess.Popen(
            [*_politely(), sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    _children.append(child)
    return child.pid


def _politely() -> list[str]:
    """What goes before a command so that it gives way to the page, where the system can."""
    nice = shutil.which("nice")
    return [nice, "-n", "10"] if nice else []


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder's lock for the time of the block; UsageError where another process does."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"another process works in {folder}; wait for it") from error
        yield


def is_held(folder: Path) -> bool:
    """Whether a process holds the folder's lock."""
    path = folder / "lock"
    if not path.is_file():
        return False
    with path.open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
