"""Lines of scores made a table: CSV or Parquet, one row a gene, and such a table read back."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from pathlib import Path
from typing import IO, Any

from genecaller.errors import GenecallerError
from ontology.files import plainly_named

CASE = ("case_id", "ranker", "model", "knowledge")
GENE = ("rank", "symbol", "score", "disease", "explanation")
MADE = ("weights", "top", "prompt", "findings")
COLUMNS = (*CASE, *GENE, "problems", *MADE)
LONGEST_CELL = 20_000_000
"""In characters: far beyond any explanation, and what case tables may hold too."""

# A cell that a spreadsheet would run as a formula is marked as text, also behind blanks. What is
# marked already is marked again, so that the mark can be taken off.
_FORMULA = re.compile(r"[\s']*[=+@＝＋＠－-]|'*[\t\r]")


class TableError(GenecallerError):
    """The table cannot be written; the lines that it is made of are there still."""


def marked(cell: str) -> str:
    """A text as it stands in a CSV: with an apostrophe before what looks like a formula."""
    return "'" + cell if _FORMULA.match(cell) else cell


def unmarked(cell: str) -> str:
    """The text that a cell of our CSV stands for."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


def write_table(lines: Path, out: Path, scratch: Path) -> None:
    """Write the table of all lines into the folder `scratch`, then put it in place whole.

    A case without genes keeps a row of its own. Raises OSError or TableError, and leaves nothing.
    """
    try:
        scratch.mkdir(mode=0o700)
        made = scratch / "table"
        if out.suffix == ".csv":
            with made.open("w", encoding="utf-8", errors="replace", newline="") as file:
                _write_csv(lines, file)
        else:
            _write_parquet(lines, made, scratch)
        made.chmod(0o600)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(made, out)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Rows:
    """A file for the csv module, which quotes a bare \\r only where lines end in it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, row: str) -> None:
        self._file.write(row.removesuffix("\r\n") + "\n")


def _write_csv(lines: Path, file: IO[str]) -> None:
    writer = csv.writer(_Rows(file), lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with lines.open("rb") as source:
        for raw in source:
            record = json.loads(raw)
            record["problems"] = "; ".join(record["problems"])
            for gene in record["genes"] or [{}]:
                row = (gene.get(c) if c in GENE else record.get(c) for c in COLUMNS)
                writer.writerow(marked(c) if isinstance(c, str) else c for c in row)


def _write_parquet(lines: Path, made: Path, scratch: Path) -> None:
    import duckdb

    texts = dict.fromkeys((*CASE, *MADE), "VARCHAR") | {"top": "INTEGER"}
    gene = (
        "STRUCT(rank INTEGER, symbol VARCHAR, score DOUBLE, disease VARCHAR, explanation VARCHAR)"
    )
    columns = {**texts, "genes": f"{gene}[]", "problems": "VARCHAR[]"}
    shown = {name: f"gene.{name}" if name in GENE else name for name in COLUMNS}
    shown["problems"] = "array_to_string(problems, '; ')"
    try:
        with (
            plainly_named(lines) as source,
            duckdb.connect(":memory:", config={"temp_directory": str(scratch)}) as connection,
        ):
            connection.execute(f"""
                COPY (
                    WITH lines AS (
                        SELECT *, row_number() OVER () AS line
                        FROM read_json({_quoted(source)}, format = 'newline_delimited',
                                       columns = {columns!r}, maximum_object_size = 268435456)
                    ), ranked AS (
                        SELECT * EXCLUDE (genes),
                               unnest(if(len(genes) = 0, [NULL], genes)) AS gene
                        FROM lines
                    )
                    SELECT {", ".join(f"{value} AS {name}" for name, value in shown.items())}
                    FROM ranked ORDER BY line, gene.rank
                ) TO {_quoted(made.resolve())} (FORMAT parquet)
            """)
    except duckdb.Error as error:
        raise TableError(str(error).splitlines()[0]) from error


def rankings_in(out: Path) -> list[dict[str, Any]] | None:
    """The rankings of a whole table of ours, each once; None where it is no such table."""
    return _csv_rows(out) if out.suffix == ".csv" else _parquet_rows(out)


def _csv_rows(out: Path) -> list[dict[str, Any]] | None:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    csv.field_size_limit(LONGEST_CELL)
    try:
        with out.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != COLUMNS:
                return None
            at = [COLUMNS.index(name) for name in (*CASE, *MADE)]
            for cells in reader:
                if len(cells) != len(COLUMNS):
                    return None
                key = tuple(unmarked(cells[i]) or None for i in at)
                if key not in found:
                    found[key] = dict(zip((*CASE, *MADE), key, strict=True))
                    found[key]["top"] = None if key[5] is None else int(key[5])
    except (UnicodeDecodeError, csv.Error, ValueError):
        return None
    return list(found.values())


def _parquet_rows(out: Path) -> list[dict[str, Any]] | None:
    import duckdb

    names = (*CASE, *MADE)
    try:
        with plainly_named(out) as plain, duckdb.connect(":memory:") as connection:
            rows = connection.execute(
                f"SELECT DISTINCT {', '.join(names)} FROM read_parquet(?)", [str(plain)]
            ).fetchall()
    except duckdb.Error:
        return None
    return [dict(zip(names, row, strict=True)) for row in rows]


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
