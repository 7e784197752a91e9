"""Opens the DuckDB file: one process writes or several read, by a lock file beside it.

DuckDB's own lock does not suffice: it reads the file's headers before it locks and not again
after, so that a process which waited works on what another has replaced meanwhile. Whoever opens
the file therefore holds `<file>.lock`, exclusively to write and shared to read, until it is closed
again. Where the folder may not be written a reader goes without, for nobody with the same rights
can write there; every opening compares the headers before and after, and is done again where they
differ.

Never open the file by other means while a connection may be open: closing such a handle drops
DuckDB's lock (POSIX locks belong to a process, not to a handle).
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genecaller.errors import StoreError
from genecaller.store.errors import (
    busy,
    cannot_be_used,
    holder_named,
    holder_of,
    is_busy,
    looks_damaged,
    no_locks,
)
from genecaller.store.session import Session
from ontology.files import Locked, locked_in_turn

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# No extension is fetched from the network, no other file can be read or written through a query,
# nothing of a case is spilt to a folder of temporary files, and no query can change that.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "enable_external_access": False,
    "temp_directory": "",
    "lock_configuration": True,
}
PAUSE_S = 0.02
LOOKS = 4
"""How often a file that seems damaged is opened anew before it is said to be."""
_HEADERS = 3 * 4096
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


def lock_of(path: Path) -> Path:
    """The lock file of a database."""
    return path.with_name(path.name + ".lock")


def journal_of(path: Path) -> Path:
    """Where DuckDB writes ahead what is not yet in the file."""
    return path.with_name(path.name + ".wal")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an operation waits for others, all its steps together."""

    wait_s: float
    until: float

    @classmethod
    def of(cls, wait_s: float) -> Patience:
        """Begin to wait now."""
        return cls(wait_s, time.monotonic() + wait_s)

    @property
    def left_s(self) -> float:
        """What is left of it."""
        return max(0.0, self.until - time.monotonic())


@contextlib.contextmanager
def locked_file(path: Path, patience: Patience, *, shared: bool) -> Iterator[None]:
    """Hold the database's lock for the time of the block; StoreError where patience ends."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locked_in_turn(lock_of(path), wait_s=patience.left_s, shared=shared))
        except Locked as error:
            raise busy(path, patience.wait_s, holder_of(lock_of(path))) from error
        except OSError as error:
            if error.errno in _NO_LOCKS:
                raise no_locks(path, error) from error
            if not shared or error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
                raise cannot_be_used(path, error, writing=not shared) from error
        yield


@contextlib.contextmanager
def opened(path: Path, patience: Patience, *, read_only: bool) -> Iterator[Session]:
    """A connection for the time of the block; the lock is held by the caller.

    Raises StoreError or duckdb.Error. What it still waits for is programs that know no lock.
    """
    with contextlib.ExitStack() as held:
        yield _connect(path, held, patience, read_only=read_only)


def require_database(path: Path) -> None:
    """Raise StoreError where the path leads to no DuckDB file: a folder, a pipe, a text.

    DuckDB itself would wait for a pipe for ever. To be asked before a connection is opened.
    """
    for file in (path, journal_of(path)):
        try:
            mode = file.stat().st_mode
            if not stat.S_ISREG(mode):
                kind = "folder" if stat.S_ISDIR(mode) else "pipe, device or socket"
                raise StoreError(f"{file}: is a {kind}; give the path of a file")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise cannot_be_used(file, error, writing=False) from error
    begins = _beginning(path)
    if begins is not None:
        if begins.startswith(b"SQLite format 3"):
            raise StoreError(f"{path}: is an SQLite database, not a DuckDB file; give another path")
        if begins[8:12] != b"DUCK":
            raise StoreError(
                f"{path}: is not a DuckDB file; give another path, or move that file away"
            )


def _beginning(path: Path) -> bytes | None:
    """The file's first bytes; None where there is no such file."""
    try:
        with path.open("rb", buffering=0) as file:
            return file.read(16)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot_be_used(path, error, writing=False) from error


def _connect(
    path: Path, held: contextlib.ExitStack, patience: Patience, *, read_only: bool
) -> Session:
    """Connect, once the headers are the same before and after; `held` closes the connection."""
    import duckdb

    looks = 0
    while True:
        with contextlib.ExitStack() as attempt:
            headers = attempt.enter_context(_open_headers(path))
            before = headers()
            try:
                connection = attempt.enter_context(_connected(path, read_only=read_only))
            except duckdb.Error as error:
                if is_busy(error):
                    if not patience.left_s:
                        raise busy(path, patience.wait_s, holder_named(error)) from error
                elif looks_damaged(error) and looks < LOOKS:
                    looks += 1
                else:
                    raise
            else:
                if headers() == before:
                    held.push(attempt.pop_all())
                    return Session(connection)
                if not patience.left_s:
                    raise busy(path, patience.wait_s, "another program")
        time.sleep(PAUSE_S)


@contextlib.contextmanager
def _connected(path: Path, *, read_only: bool) -> Iterator[DuckDBPyConnection]:
    import duckdb

    journal = journal_of(path)
    with contextlib.closing(duckdb.connect(path, read_only=read_only, config=CONFIG)) as connection:
        made = not read_only and _make_private(journal)
        yield connection
    if made:
        with contextlib.suppress(FileNotFoundError):
            # Nothing was written, or DuckDB would have removed it.
            if journal.stat().st_size == 0:
                journal.unlink()


def _make_private(journal: Path) -> bool:
    """Make an empty journal for its owner alone: one that DuckDB makes is readable by all."""
    try:
        os.close(os.open(journal, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return False
    except OSError as error:
        raise cannot_be_used(journal, error, writing=True) from error
    return True


@contextlib.contextmanager
def _open_headers(path: Path) -> Iterator[Callable[[], bytes]]:
    """Read the file's headers, again and again; closed after the connection, never before."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise cannot_be_used(path, error, writing=False) from error

    def read() -> bytes:
        try:
            return os.pread(handle, _HEADERS, 0)
        except OSError as error:
            raise cannot_be_used(path, error, writing=False) from error

    try:
        yield read
    finally:
        os.close(handle)
