"""JSON as a table of results: an array of objects, one object, or one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genecaller.cases.files.opening import MAX_RECORD_BYTES
from genecaller.evaluation.imports.table import Rows, Table, UnreadableTable, plain_name, text_lines

BROKEN = object()


def json_table(path: Path) -> Table:
    """Open a file that begins as JSON does; nested objects are flattened one level."""
    content = None if _first_line_is_an_object(path) else _document(path)
    if content is None:
        columns = tuple(dict.fromkeys(name for _, one in _lines(path) for name in one or ()))
        if not columns:
            raise UnreadableTable(
                "is not JSON, nor JSON lines (cut off, nested too deeply, with a number of "
                f"thousands of digits, or one document of more than {MAX_RECORD_BYTES:,} bytes)"
            )

        def rows() -> Rows:
            for number, one in _lines(path):
                yield f"line {number}", None if one is None else [one.get(n) for n in columns]

        return Table(columns, (), rows)
    flat = [_flat(record) for record in content]
    columns = tuple(dict.fromkeys(name for one in flat for name in one or ()))

    def records() -> Rows:
        for number, one in enumerate(flat, 1):
            yield f"record {number}", None if one is None else [one.get(n) for n in columns]

    return Table(columns, (), records)


def _first_line_is_an_object(path: Path) -> bool:
    lines = (line for _, line in text_lines(path) if line.strip())
    return isinstance(_parsed(next(lines, "")), dict)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    for number, line in text_lines(path):
        if line.strip():
            yield number, _flat(_parsed(line))


def _document(path: Path) -> list[Any] | None:
    """The records of one JSON document; None where the file is none."""
    parts: list[str] = []
    size = 0
    for _, line in text_lines(path):
        size += len(line) + 1
        if size > MAX_RECORD_BYTES:
            return None
        parts.append(line)
    content = _parsed("\n".join(parts))
    if content is BROKEN:
        return None
    return content if isinstance(content, list) else [content]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return BROKEN


def _flat(record: Any) -> dict[str, Any] | None:
    if not isinstance(record, dict):
        return None
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict) and value:
            for inner, content in value.items():
                flat.setdefault(plain_name(inner), content)
        else:
            flat[plain_name(name)] = value
    return flat
