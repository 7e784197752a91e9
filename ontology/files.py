"""Splits lines, replaces files whole, and locks files: one way for every reader and writer."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import random
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

_LINE_END = re.compile(r"\r?\n")


class Locked(Exception):
    """Another process holds the lock; the message names the lock file."""


def lines_of(text: str) -> list[str]:
    r"""The lines of a text, without their ends; a line ends at \n or \r\n and nowhere else.

    `str.splitlines` also ends lines at U+2028, U+0085, form feeds and others, which stand inside
    JSON strings and report texts. A final line end begins no further line.
    """
    lines = _LINE_END.split(text)
    if lines[-1] == "":
        lines.pop()
    return lines


@contextlib.contextmanager
def replacing(path: Path, *, binary: bool = False, private: bool = False) -> Iterator[IO[Any]]:
    """Open a scratch file beside `path` that takes its place when the block ends without error.

    Text is UTF-8 with `\\n` line ends. Readers see the old file or the new one whole, also after a
    power failure. On any error the scratch file is removed and `path` stays as it was; OSError is
    left to the caller. With `private` only the owner can read the file; otherwise the rights of
    the file that is replaced, or those that the umask gives.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.", suffix=".part")
    scratch = Path(name)
    try:
        if not private:
            os.fchmod(handle, _rights(path))
        options: dict[str, Any] = {} if binary else {"encoding": "utf-8", "newline": ""}
        with os.fdopen(handle, "wb" if binary else "w", **options) as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(scratch, path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def locked(
    path: Path, *, wait_s: float = 0.0, shared: bool = False, remove: bool = False
) -> Iterator[None]:
    """Hold the lock file `path` for the time of the block; raise Locked after `wait_s` seconds.

    The lock is the operating system's (flock): it ends with the process, however that ends. The
    file itself stays, and does not block the next; with `remove` it goes at the block's end.
    Between threads it works like between processes.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    until = time.monotonic() + wait_s
    handle = _lock_file(path, shared)
    held, holder = False, os.getpid()
    try:
        while True:
            try:
                fcntl.flock(handle, kind | fcntl.LOCK_NB)
                if _is_still(path, handle):
                    held = True
                    break
                # Its last holder removed it in between: whoever comes next locks another file.
                os.close(handle)
                handle = -1
                handle = _lock_file(path, shared)
            except BlockingIOError:
                left = until - time.monotonic()
                if left <= 0:
                    raise Locked(f"{path}: held by another process") from None
                time.sleep(min(left, random.uniform(0.005, 0.03)))
        yield
    finally:
        if held and holder == os.getpid():
            if remove:
                path.unlink(missing_ok=True)
            # A child forked meanwhile has the handle, too: closing ours would leave it locked.
            fcntl.flock(handle, fcntl.LOCK_UN)
        if handle >= 0:
            os.close(handle)


@contextlib.contextmanager
def locked_in_turn(path: Path, *, wait_s: float = 0.0, shared: bool = False) -> Iterator[None]:
    """Hold the lock file `path` like `locked`, but let nobody be passed over for ever.

    Whoever waits does so with the turn in hand, a second lock file beside the first: those who
    come later, readers and a process that asks again at once included, wait behind.
    """
    until = time.monotonic() + wait_s
    with contextlib.ExitStack() as held:
        with locked(path.with_name(path.name + ".turn"), wait_s=wait_s, shared=shared):
            left = max(0.0, until - time.monotonic())
            held.enter_context(locked(path, wait_s=left, shared=shared))
        yield


def _lock_file(path: Path, shared: bool) -> int:
    """Open a lock file, made where it is not there; to share it, the right to read is enough."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if not shared or error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise error from None


@contextlib.contextmanager
def plainly_named(path: Path) -> Iterator[Path]:
    """Another name of a file, in which no reader finds a pattern.

    DuckDB takes `*`, `?` and `[]` in the names of files that it reads for wildcards, also in
    those of the folders above.
    """
    with tempfile.TemporaryDirectory(prefix="genecaller-") as folder:
        link = Path(folder) / "file"
        link.symlink_to(path.resolve())
        yield link


def _is_still(path: Path, handle: int) -> bool:
    """Whether the path still leads to the open file."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(path.stat(), os.fstat(handle))
    return False


def _rights(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
