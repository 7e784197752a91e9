"""Gives the threads of a process their turns at one database file, and makes transactions.

DuckDB lets one process write a file, or several read it. So nobody here keeps it open: a
connection lives for one operation, under the lock of `opening.py`, and whoever finds the file
taken waits until their patience ends.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from genecaller.errors import StoreError
from genecaller.store.errors import cannot_be_used, looks_damaged, passing, translate
from genecaller.store.making import keep_to_owner, make, make_folder
from genecaller.store.migrate import migrate, pending
from genecaller.store.opening import Patience, locked_file, opened, require_database
from genecaller.store.session import Session

_GATES: dict[tuple[Path, int], Gate] = {}


class _Doubtful(StoreError):
    """The file seemed damaged within a transaction; looked at again once that is closed."""


class Gate:
    """One file's turns in this process; threads wait for each other, nested calls share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.RLock()
        self._session: Session | None = None
        self._writable = False
        self._spoiled = False

    @contextlib.contextmanager
    def reading(self, wait_s: float, *, create: bool) -> Iterator[Session]:
        """A connection to read with, for the time of the block; inside a transaction, its own.

        `create` says whether a file that is not there is made.
        """
        with self._my_turn(wait_s) as patience:
            if self._session is not None:
                with self._within():
                    yield self._session
                return
            with (
                self._outermost(),
                self._opened(patience, read_only=True, create=create) as session,
            ):
                yield session

    @contextlib.contextmanager
    def writing(self, wait_s: float) -> Iterator[Session]:
        """A transaction: committed at the block's end, all undone where it raises.

        A nested one joins the outer one; where the nested one raised, the outer one cannot be
        committed any more.
        """
        with self._my_turn(wait_s) as patience:
            if self._session is not None:
                if not self._writable:
                    raise StoreError(f"{self.path}: cannot be written while this thread reads it")
                try:
                    with self._within():
                        yield self._session
                except BaseException:
                    self._spoiled = True
                    raise
                return
            with (
                self._outermost(),
                self._opened(patience, read_only=False, create=True) as session,
            ):
                self._spoiled = False
                session.begin()
                yield session
                if self._spoiled:
                    raise StoreError(
                        f"{self.path}: a step of this transaction failed and was passed over; "
                        "nothing of it was kept"
                    )
                session.commit()

    def prepare(self, *, read_only: bool, wait_s: float) -> None:
        """Create the file or bring it up to date; where read-only, only check that it will do."""
        with self._my_turn(wait_s) as patience, self._outermost():
            if self._session is not None:
                return
            with self._opened(patience, read_only=True, create=not read_only) as session:
                todo = pending(session, self.path)
            keep_to_owner(self.path, read_only=read_only)
            if not todo:
                return
            if read_only:
                raise StoreError(
                    f"{self.path}: was written by an older genecaller and is opened read-only; "
                    "open it once for writing, which brings it up to date"
                )
            with self._opened(patience, read_only=False, create=True) as session:
                migrate(session, self.path)

    @contextlib.contextmanager
    def _my_turn(self, wait_s: float) -> Iterator[Patience]:
        """This thread's turn, and how long it may wait yet."""
        patience = Patience.of(wait_s)
        if not self._turn.acquire(timeout=wait_s):
            raise StoreError(
                f"{self.path}: in use by another part of this process, waited {wait_s:g} s; "
                "try again"
            )
        try:
            yield patience
        finally:
            self._turn.release()

    @contextlib.contextmanager
    def _within(self) -> Iterator[None]:
        """Translate errors while the connection is open: damage cannot be looked into yet."""
        import duckdb

        try:
            yield
        except (duckdb.Error, MemoryError) as error:
            if looks_damaged(error):
                raise _Doubtful(f"{self.path}: {error}") from error
            raise translate(self.path, error) from error

    @contextlib.contextmanager
    def _outermost(self) -> Iterator[None]:
        """Translate errors once the connection is closed, after a second look at the file."""
        import duckdb

        try:
            yield
        except (duckdb.Error, MemoryError) as error:
            raise self._verdict(error) from error
        except _Doubtful as doubtful:
            cause = doubtful.__cause__
            raise self._verdict(cause if isinstance(cause, Exception) else doubtful) from cause

    def _verdict(self, error: Exception) -> StoreError:
        """What to say of an error: a file is damaged only if it cannot be read anew either."""
        import duckdb

        if looks_damaged(error):
            try:
                with self._opened(Patience.of(10.0), read_only=True, create=False) as session:
                    _read_all(session)
            except duckdb.Error as again:
                return translate(self.path, again)
            except StoreError as other:
                return other
            return passing(self.path, error)
        return translate(self.path, error)

    @contextlib.contextmanager
    def _opened(self, patience: Patience, *, read_only: bool, create: bool) -> Iterator[Session]:
        while True:
            if not self._exists():
                if not create:
                    raise StoreError(
                        f"{self.path}: there is no such file; rank a case first, which makes it, "
                        "or give another path"
                    )
                make_folder(self.path)
                with locked_file(self.path, patience, shared=False):
                    if not self._exists():
                        make(self.path)
            require_database(self.path)
            if not read_only:
                _check_writable(self.path)
            with locked_file(self.path, patience, shared=read_only):
                if not self._exists():
                    # It went while we waited.
                    continue
                with opened(self.path, patience, read_only=read_only) as session:
                    self._session, self._writable = session, not read_only
                    try:
                        yield session
                    finally:
                        # Closing undoes a transaction that was not committed.
                        self._session, self._writable = None, False
                return

    def _exists(self) -> bool:
        try:
            return self.path.exists()
        except OSError as error:
            raise cannot_be_used(self.path, error, writing=False) from error


def gate(path: Path) -> Gate:
    """The gate of `path`, the same for every thread of this process.

    A forked child gets one of its own: it must not inherit a turn that a thread had taken.
    """
    # setdefault is one step, so two threads that come first at once get the same gate.
    return _GATES.setdefault((path, os.getpid()), Gate(path))


def _read_all(session: Session) -> None:
    """Read every value of every table; raises duckdb.Error where one cannot be read."""
    tables = session.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    for (name,) in tables:
        quoted = name.replace('"', '""')
        session.execute(f'SELECT bit_xor(hash(t)) FROM "{quoted}" t').fetchall()


def _check_writable(path: Path) -> None:
    """DuckDB writes a journal beside the file, so both the file and its folder must be writable."""
    for needed in (path, path.parent):
        if not os.access(needed, os.W_OK):
            what = "the file" if needed == path else f"its folder {needed}"
            raise StoreError(
                f"{path}: cannot be written: {what} is read-only; ask for the right to write, "
                "or give another path"
            )
