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

_HANDED_OVER = "GENECALLER_LOCK_HANDLE"
"""The environment variable that names the handle of a lock that a process was started with."""
_children: list[subprocess.Popen[bytes]] = []


def spawn(module: str, arguments: Sequence[str], log: Path, *, holds: Path | None = None) -> int:
    """Start `python -m module` in a session of its own; returns its process id.

    What it prints goes to `log`. It goes on when the page, or the whole app, is closed. `holds` is
    a folder whose lock it holds from before its first moment until it ends, however it does;
    UsageError where another process holds it.
    """
    _children[:] = [child for child in _children if child.poll() is None]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    lock = None if holds is None else _take(holds)
    try:
        if lock is not None:
            environment[_HANDED_OVER] = str(lock)
        with open(log, "ab", opener=_private) as out:
            child = subprocess.Popen(
                [*_politely(), sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=environment,
                pass_fds=() if lock is None else (lock,),
            )
        if lock is not None:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(child.pid).encode(), 0)
    finally:
        if lock is not None:
            # The child has it, too: the lock is free once nobody has it any more.
            os.close(lock)
    _children.append(child)
    return child.pid


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _take(folder: Path) -> int:
    """Take a folder's lock; its handle. UsageError where another process holds it."""
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise UsageError(f"another process works in {folder}; wait for it") from error
    return handle


def _politely() -> list[str]:
    """What goes before a command so that it gives way to the page, where the system can."""
    nice = shutil.which("nice")
    return [nice, "-n", "10"] if nice else []


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder's lock for the time of the block; UsageError where another process does.

    A process that was started with the lock in hand goes on holding it.
    """
    handle = _handed_over(folder)
    if handle is None:
        handle = _take(folder)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
    try:
        yield
    finally:
        os.close(handle)


def _handed_over(folder: Path) -> int | None:
    """The handle of the folder's lock that this process was started with, if it was."""
    try:
        handle = int(os.environ.pop(_HANDED_OVER, ""))
        if not os.path.samestat(os.fstat(handle), os.stat(folder / "lock")):
            return None
    except (ValueError, OSError):
        return None
    os.set_inheritable(handle, False)
    return handle


def is_held(folder: Path) -> bool:
    """Whether a process holds the folder's lock."""
    return holder_of(folder) is not None


def holder_of(folder: Path) -> int | None:
    """The id of the process that holds the folder's lock, 0 where it has not said; None: none."""
    try:
        with (folder / "lock").open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                said = lock.read(20)
                return int(said) if said.isdigit() else 0
    except FileNotFoundError:
        return None
    return None
