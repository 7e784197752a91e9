"""Any table of results, row by row: TSV and CSV with their comments, JSON arrays, Parquet."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genecaller.errors import GenecallerError

SUFFIXES = (".tsv", ".txt", ".csv", ".json", ".jsonl", ".parquet", ".associated_gene_list")


class UnreadableTable(GenecallerError):
    """A file that is no table of results; the reader makes a problem of it and goes on."""


@dataclass(frozen=True)
class Table:
    """One file's rows; `columns` are in `plain_name` form, `comments` the lines before the head.

    `rows` yields (place, values): the place is "line 12" or "row 3", values are aligned with the
    columns; or (place, None) for a row that does not fit the head.
    """

    columns: tuple[str, ...]
    comments: tuple[str, ...]
    rows: Iterator[tuple[str, list[Any] | None]]


def plain_name(column: str) -> str:
    """A column's name in lower-case letters and digits only: "#GENE_SYMBOL" is "genesymbol"."""
    return "".join(letter for letter in column.lower() if letter.isalnum())


def is_table(path: Path) -> bool:
    """Whether a file's name ends like one of the forms read here, compressed or not."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(SUFFIXES) and not name.startswith(".")


def open_table(path: Path) -> Table:
    """Open a file by what it holds. Raises UnreadableTable, with the reason."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == b"PAR1":
            return _parquet(path)
        content = path.read_bytes()
        text = (gzip.decompress(content) if start[:2] == b"\x1f\x8b" else content).decode(
            "utf-8-sig"
        )
    except OSError as error:
        raise UnreadableTable(f"cannot be read ({error.strerror or error})") from error
    except (UnicodeDecodeError, EOFError, gzip.zlib.error) as error:  # type: ignore[attr-defined]
        raise UnreadableTable(f"is neither text nor Parquet ({error})") from error
    if text.lstrip()[:1] in ("[", "{"):
        return _json(text)
    return _delimited(text)


def _delimited(text: str) -> Table:
    """Tabs if the head has one, else commas, semicolons, blanks; ! and ## lines are comments."""
    lines = text.splitlines()
    at = 0
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith(("!", "##"))):
        at += 1
    if at == len(lines):
        raise UnreadableTable("holds no rows")
    head = lines[at]
    delimiter = next((one for one in ("\t", ",", ";") if one in head), None)
    if delimiter is None and len(lines[at].split()) < 2:
        raise UnreadableTable(f"line {at + 1}: no columns, expected tabs or commas in the head")

    def cells(line: str) -> list[str]:
        # Tools that write tabs do not quote: a quotation mark there is part of a name.
        if delimiter in (",", ";"):
            return next(csv.reader([line], delimiter=str(delimiter)))
        return line.split(delimiter)

    columns = tuple(plain_name(name) for name in cells(head))

    def rows() -> Iterator[tuple[str, list[Any] | None]]:
        for number, line in enumerate(lines[at + 1 :], at + 2):
            if not line.strip() or line.startswith("!"):
                continue
            try:
                found: list[Any] = cells(line)
            except csv.Error:
                yield f"line {number}", None
                continue
            # Trailing empty cells are often left out (LIRICAL without variants).
            found += [""] * (len(columns) - len(found))
            yield f"line {number}", found if len(found) == len(columns) else None

    return Table(columns, tuple(lines[:at]), rows())


def _json(text: str) -> Table:
    """An array of objects, or one object a line; nested objects are flattened one level."""
    try:
        content = json.loads(text)
        records = content if isinstance(content, list) else [content]
    except ValueError:
        records = []
        for line in text.splitlines():
            try:
                records.append(json.loads(line) if line.strip() else None)
            except ValueError:
                records.append("broken")
        if not any(isinstance(record, dict) for record in records):
            raise UnreadableTable("is not JSON, nor JSON lines") from None
    flat = [_flat(one) if isinstance(one, dict) else None for one in records]
    columns = tuple(dict.fromkeys(name for one in flat if one for name in one))

    def rows() -> Iterator[tuple[str, list[Any] | None]]:
        for number, one in enumerate(flat, 1):
            if one is None and records[number - 1] is None:
                continue
            yield f"record {number}", None if one is None else [one.get(n) for n in columns]

    return Table(columns, (), rows())


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            for inner, content in value.items():
                flat.setdefault(plain_name(inner), content)
        else:
            flat[plain_name(name)] = value
    return flat


def _parquet(path: Path) -> Table:
    import duckdb

    try:
        with duckdb.connect(":memory:") as connection:
            found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
            columns = tuple(plain_name(column[0]) for column in found.description or ())
            content = found.fetchall()
    except duckdb.Error as error:
        raise UnreadableTable(f"is damaged Parquet ({str(error).splitlines()[0]})") from error
    return Table(columns, (), iter([(f"row {i}", list(row)) for i, row in enumerate(content, 1)]))
