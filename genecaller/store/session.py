"""A DuckDB connection that takes any Python text: what UTF-8 cannot hold is escaped and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# A code point that Unicode reserves for a program's own use, so that no text holds it.
_ESCAPE = "\ufdd0"
_UNSTORABLE = re.compile(f"[\ud800-\udfff{_ESCAPE}]")
_ESCAPED = re.compile(f"{_ESCAPE}([0-9a-f]{{4}})")


class Session:
    """One open connection; half of a surrogate pair in a text comes back as it was.

    Such halves stand in the names of files that are no UTF-8, and in some JSON.
    """

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Result:
        """Run SQL with bound values."""
        if parameters:
            return Result(self._connection.execute(sql, [_stored(one) for one in parameters]))
        return Result(self._connection.execute(sql))

    def append(self, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows in bulk; `columns` are the rows' columns, a space between two.

        DuckDB's own appender, which flushes into the transaction at hand: it takes plain Python
        values at about half a million rows a second, so neither Arrow nor pandas is loaded.
        """
        with self._connection.appender(table, columns=columns.split()) as appender:
            appender.append_rows([[_stored(value) for value in row] for row in rows])

    def begin(self) -> None:
        """Begin a transaction."""
        self._connection.begin()

    def commit(self) -> None:
        """Keep what the transaction did."""
        self._connection.commit()

    def rollback(self) -> None:
        """Undo what the transaction did."""
        self._connection.rollback()

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        self._connection.close()


class Result:
    """The rows that a statement gave."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [column[0] for column in self._connection.description or ()]

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return [tuple(map(_read, row)) for row in self._connection.fetchall()]


def _stored(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _UNSTORABLE.sub(_escape, value)
    if isinstance(value, (list, tuple)):
        return [_stored(one) for one in value]
    return value


def _read(value: Any) -> Any:
    if isinstance(value, str):
        return value if _ESCAPE not in value else _ESCAPED.sub(_unescape, value)
    if isinstance(value, list):
        return [_read(one) for one in value]
    return value


def _escape(found: re.Match[str]) -> str:
    return f"{_ESCAPE}{ord(found[0]):04x}"


def _unescape(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
