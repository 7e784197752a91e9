"""How times, JSON and dataclasses stand in the database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar

T = TypeVar("T")


def utc_now() -> datetime:
    """Now, in the form every TIMESTAMP column holds: UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def utc(time: datetime) -> datetime:
    """A stored time with its zone."""
    return time.replace(tzinfo=UTC)


def as_json(value: Any) -> str | None:
    """The JSON text of `value`; None stays None, and what JSON does not know becomes its text."""
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def build(cls: type[T], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[T]:
    """One `cls` a row, by column name; times get their zone, JSON is parsed, lists are tuples.

    A field of `cls` whose metadata says `json` holds what a JSON column says.
    """
    json_fields = {f.name for f in fields(cls) if f.metadata.get("json")}  # type: ignore[arg-type]
    made = []
    for row in rows:
        values: dict[str, Any] = {}
        for name, value in zip(names, row, strict=True):
            if isinstance(value, datetime):
                value = utc(value)
            elif isinstance(value, list):
                value = tuple(value)
            elif name in json_fields and isinstance(value, str):
                value = json.loads(value)
            values[name] = value
        made.append(cls(**values))
    return made


def rows_of(items: Iterable[Any], columns: Sequence[str], **same: Any) -> Iterable[tuple[Any, ...]]:
    """The rows of dataclass items for an appender: `same` gives the columns that all share."""
    for item in items:
        yield tuple(
            _plain(same[column] if column in same else getattr(item, column)) for column in columns
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return as_json(value)
    return list(value) if isinstance(value, tuple) else value
