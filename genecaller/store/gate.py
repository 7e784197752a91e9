"""The door to one database file: who may have it open, for how long others wait, what may fail.

DuckDB lets one process write a file, or several read it, and refuses at once whoever comes in
between. So nobody here keeps it open: a connection lives for one operation, and whoever finds the
file taken tries again until their patience ends. Within a process, threads take turns.

Never open the file by other means while a connection may be open: closing such a handle drops
this process's lock (POSIX locks belong to a process, not to a handle).
"""

from __future__ import annotations

import contextlib
import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from genecaller.errors import StoreError
from genecaller.store.failures import busy, is_busy, translate
from genecaller.store.migrate import migrate, pending

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# No extension is fetched from the network and no other file can be read through a query.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
}
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.004, 0.03
LEFT_BEHIND_S = 3600

_GATES: dict[tuple[Path, int], Gate] = {}


class Gate:
    """One file's door in this process; threads take turns, a thread's nested calls share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.RLock()
        self._connection: DuckDBPyConnection | None = None
        self._writable = False
        self._spoiled = False

    @contextlib.contextmanager
    def reading(self, wait_s: float, *, create: bool) -> Iterator[DuckDBPyConnection]:
        """A connection to read with, for the time of the block; inside a transaction, its own.

        `create` says whether a file that is not there is made.
        """
        with self._my_turn(wait_s):
            if self._connection is not None:
                with self._translated():
                    yield self._connection
                return
            self._require(create)
            with self._translated(), self._opened(read_only=True, wait_s=wait_s) as connection:
                yield connection

    @contextlib.contextmanager
    def writing(self, wait_s: float) -> Iterator[DuckDBPyConnection]:
        """A transaction: committed at the block's end, all undone where it raises.

        A nested one joins the outer one; where the nested one raised, the outer one cannot be
        committed any more.
        """
        with self._my_turn(wait_s), self._translated():
            if self._connection is None:
                with self._opened(read_only=False, wait_s=wait_s) as connection:
                    self._spoiled = False
                    connection.begin()
                    yield connection
                    if self._spoiled:
                        raise StoreError(
                            f"{self.path}: a step of this transaction failed and was passed over; "
                            "nothing of it was kept"
                        )
                    connection.commit()
                return
            if not self._writable:
                raise StoreError(f"{self.path}: cannot be written while this thread reads it")
            try:
                yield self._connection
            except BaseException:
                self._spoiled = True
                raise

    def prepare(self, *, read_only: bool, wait_s: float) -> None:
        """Create the file or bring it up to date; where read-only, only check that it will do."""
        with self._my_turn(wait_s), self._translated():
            if self._connection is not None:
                return
            self._require(not read_only)
            with self._opened(read_only=True, wait_s=wait_s) as connection:
                todo = pending(connection, self.path)
            if not todo:
                return
            if read_only:
                raise StoreError(
                    f"{self.path}: was written by an older genecaller and is opened read-only; "
                    "open it once for writing, which brings it up to date"
                )
            with self._opened(read_only=False, wait_s=wait_s) as connection:
                migrate(connection, self.path)

    def _require(self, create: bool) -> None:
        if not create and not self.path.exists():
            raise StoreError(
                f"{self.path}: there is no such file; rank a case first, which makes it, "
                "or give another path"
            )

    @contextlib.contextmanager
    def _my_turn(self, wait_s: float) -> Iterator[None]:
        if not self._turn.acquire(timeout=wait_s):
            raise StoreError(
                f"{self.path}: in use by another part of this process, waited {wait_s:g} s; "
                "try again"
            )
        try:
            yield
        finally:
            self._turn.release()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            raise translate(self.path, error) from error

    @contextlib.contextmanager
    def _opened(self, *, read_only: bool, wait_s: float) -> Iterator[DuckDBPyConnection]:
        connection = _connect(self.path, read_only=read_only, wait_s=wait_s)
        self._connection, self._writable = connection, not read_only
        try:
            yield connection
        finally:
            # Closing undoes a transaction that was not committed.
            self._connection, self._writable = None, False
            connection.close()


def gate(path: Path) -> Gate:
    """The door to `path`, the same for every thread of this process.

    A forked child gets one of its own: it must not inherit a turn that a thread had taken.
    """
    # setdefault is one step, so two threads that come first at once get the same gate.
    return _GATES.setdefault((path, os.getpid()), Gate(path))


def _connect(path: Path, *, read_only: bool, wait_s: float) -> DuckDBPyConnection:
    """Connect, waiting for others with growing random pauses; raises StoreError or duckdb.Error."""
    import duckdb

    if not read_only:
        _check_writable(path)
    pauses = random.Random(os.getpid())
    longest = FIRST_PAUSE_S
    until = time.monotonic() + wait_s
    while True:
        if not path.exists():
            create(path)
        try:
            return duckdb.connect(path, read_only=read_only, config=CONFIG)
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            if not is_busy(error):
                raise
            left = until - time.monotonic()
            if left <= 0:
                raise busy(path, wait_s, error) from error
        time.sleep(min(left, pauses.uniform(longest / 2, longest)))
        longest = min(longest * 1.5, LONGEST_PAUSE_S)


def _check_writable(path: Path) -> None:
    """DuckDB writes a journal beside the file, so both the file and its folder must be writable."""
    if path.exists() and not path.is_dir():
        for needed in (path, path.parent):
            if not os.access(needed, os.W_OK):
                what = "the file" if needed == path else f"its folder {needed}"
                raise StoreError(
                    f"{path}: cannot be written: {what} is read-only; ask for the right to write, "
                    "or give another path"
                )


def create(path: Path) -> None:
    """Make a new, migrated database aside and put it in place whole; another's wins the race."""
    import duckdb

    aside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.making")
    journal = path.with_name(path.name + ".wal")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if journal.exists() and not path.exists():
            # The journal of a database that is gone would make the new one unreadable.
            os.replace(journal, journal.with_name(journal.name + ".orphan"))
        for left in path.parent.glob(f".{path.name}.*.making*"):
            # Left behind by a process that was killed while it made the file.
            if time.time() - left.stat().st_mtime > LEFT_BEHIND_S:
                left.unlink(missing_ok=True)
        try:
            with duckdb.connect(aside, config=CONFIG) as connection:
                migrate(connection, path)
            _put_in_place(aside, path)
        finally:
            aside.unlink(missing_ok=True)
            aside.with_name(aside.name + ".wal").unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be made ({error.strerror or error}); "
            "give another path, or set GENECALLER_HOME to a folder that can be written"
        ) from error


def _put_in_place(aside: Path, path: Path) -> None:
    try:
        os.link(aside, path)
    except FileExistsError:
        return
    except OSError:
        # A file system without hard links (FAT, some network shares).
        if not path.exists():
            os.rename(aside, path)
