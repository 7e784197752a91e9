"""What all verbs of the store stand on: short reads, transactions, bulk inserts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from genecaller.errors import StoreError
from genecaller.store.conversions import build
from genecaller.store.database_lock import Gate, gate

if TYPE_CHECKING:
    from genecaller.store.session import Session

T = TypeVar("T")


class Connected:
    """A database file that is opened for each operation and closed after it.

    Safe to share between threads. `wait_s` is how long an operation waits for another process
    or thread that has the file open.
    """

    def __init__(self, path: Path, *, read_only: bool, wait_s: float) -> None:
        self.path = path
        self.read_only = read_only
        self.wait_s = wait_s

    @property
    def _gate(self) -> Gate:
        # Asked for each time: a forked child must not take its parent's turns.
        return gate(self.path)

    def prepare(self) -> None:
        """Make the file or bring it up to date; read-only, check that it can be read."""
        self._gate.prepare(read_only=self.read_only, wait_s=self.wait_s)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Group verbs: all of the block is kept at its end, or nothing where it raises.

        Others wait as long as the block lasts: do no ranking or model work inside.
        """
        with self._writing():
            yield

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let several reads see one state of the file, and open it only once."""
        with self._reading():
            yield

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Session]:
        with self._gate.reading(self.wait_s, create=not self.read_only) as connection:
            yield connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Session]:
        if self.read_only:
            raise StoreError(f"{self.path}: was opened read-only, nothing can be written to it")
        with self._gate.writing(self.wait_s) as connection:
            yield connection

    def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._reading() as connection:
            return connection.execute(sql, list(parameters)).fetchall()

    def _records(self, cls: type[T], sql: str, parameters: Sequence[Any] = ()) -> list[T]:
        """One `cls` a row; its fields are the query's columns."""
        with self._reading() as connection:
            return records(connection, cls, sql, parameters)


def records(connection: Session, cls: type[T], sql: str, parameters: Sequence[Any] = ()) -> list[T]:
    """One `cls` a row of the query, on a connection at hand."""
    result = connection.execute(sql, list(parameters))
    return build(cls, result.columns, result.fetchall())


def append(
    connection: Session,
    table: str,
    columns: str,
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert rows in bulk; `columns` are the rows' columns, a space between two."""
    connection.append(table, columns, rows)


def next_ids(connection: Session, sequence: str, n: int) -> list[int]:
    """The next `n` numbers of a sequence."""
    rows = connection.execute("SELECT nextval(?) FROM range(?)", [sequence, n]).fetchall()
    return [number for (number,) in rows]


def require_run(connection: Session, run_id: int) -> None:
    """Raise StoreError unless the run is there: rows take their provenance from it."""
    if not connection.execute("SELECT 1 FROM runs WHERE run_id = ?", [run_id]).fetchall():
        raise StoreError(f"there is no run {run_id} in the store; start one with start_run")
