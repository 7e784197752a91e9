"""CSV and TSV as rows of cells: delimiter, titles, header, type rows; nothing about patients."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.wording import strip_polarity
from genecaller.cases.cells.words import words_of
from genecaller.cases.files.case_file import MAX_RECORD_BYTES
from genecaller.cases.tables.columns import is_term_key
from genecaller.errors import CaseError
from ontology.files import lines_of
from ontology.hpo import Hpo
from ontology.status import answer_status, heading_status

_DELIMITERS = ("\t", ",", ";", "|")
_SEP = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
_TYPES = words_of("type row")

Row = tuple[int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows as (line number, cells without blanks around), with the header as it is written.

    `header` is None where the first row is already data. `notes` say what was left out above.
    """

    header: tuple[str, ...] | None
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def looks_like_table(text: str) -> bool:
    """Whether a text without a telling suffix is a table of HPO ids, and no report citing some.

    So it is where all of its first lines are ids alone, or share a delimiter and hold ids, or
    where the ids stand in the header and the lines below it are answers.
    """
    lines = [line for line in lines_of(text[:200_000])[:50] if line.strip()]
    if not lines:
        return False
    header = not CODE.search(lines[0])
    body = lines[header:]
    if not header and len(body) > 1 and not any(CODE.search(line) for line in body[1:]):
        return any(
            all(_is_short(cell) for line in body[1:] for cell in line.split(d))
            and len({line.count(d) for line in lines}) == 1 <= lines[0].count(d)
            for d in _DELIMITERS
        )
    if not body or not all(CODE.search(line) for line in body):
        return False
    if not any(CODE.sub("", line).strip(" \t,;|") for line in body):
        return True
    if all("\t" in line for line in lines):
        return True
    return header and any(_heads_a_table(lines, delimiter) for delimiter in _DELIMITERS)


def read_grid(text: str, source: str, hpo: Hpo) -> Grid:
    """The rows of a table; raises CaseError where it is none or has no content."""
    written = _SEP.match(text)
    offset = 1 if written else 0
    text = text[written.end() :] if written else text
    sample = [line for line in lines_of(text[:500_000])[:50] if line.strip()]
    rows: list[Row] = []
    line = 1
    csv.field_size_limit(MAX_RECORD_BYTES)
    try:
        delimiter = written[1] if written else max(_DELIMITERS, key=lambda d: _fit(sample, d))
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
        )
        for cells in reader:
            line = reader.line_num + offset
            if any(cell.strip() for cell in cells):
                rows.append((line, tuple(cell.strip() for cell in cells)))
    except csv.Error as error:
        raise CaseError(
            f"is no readable table ({error}); export it again as CSV or TSV",
            source=source,
            where=f"after line {line}",
        ) from error
    if not rows:
        raise CaseError("is a table without any content", source=source)
    rows, notes = _without_titles(rows)
    first = rows[0][1]
    if not _is_header(first, rows[1:], hpo):
        return Grid(None, tuple(rows), notes)
    header = tuple(cell.lstrip("#").strip() for cell in first)
    types = rows[1][1] if len(rows) > 1 else ()
    if types and _is_type_row(header, types):
        header = _with_types(header, types)
        notes = (*notes, f"line {rows[1][0]} gives the types of the columns; it is no patient")
        del rows[1]
    return Grid(header, tuple(rows[1:]), notes)


def _is_short(cell: str) -> bool:
    return len(cell.strip()) < 30 and len(cell.split()) < 4


def _fit(lines: list[str], delimiter: str) -> tuple[bool, int, int]:
    """How well a delimiter fits: whether it names columns, how many lines agree, how many columns.

    Only the header's own count matters for agreement: ids inside a cell may share the delimiter.
    """
    head = next((line for line in lines if line.count(delimiter)), "")
    columns = next(csv.reader([head], delimiter=delimiter), [])
    named = len(columns) > 1 and _is_named(columns)
    agreeing = sum(1 for line in lines if line.count(delimiter) >= len(columns) - 1 > 0)
    return named, agreeing, len(columns)


def _heads_a_table(lines: list[str], delimiter: str) -> bool:
    """Whether the first line names columns rather than begins a report, and the others fit it."""
    columns = lines[0].split(delimiter)
    if any(len(column.split()) > 5 or column.rstrip().endswith(".") for column in columns):
        return False
    if len(columns) == 1:
        return is_term_key(columns[0])
    fit = all(line.count(delimiter) >= len(columns) - 1 for line in lines)
    return fit and _is_named(columns)


def _is_named(columns: list[str]) -> bool:
    return any(
        len(column) < 60
        and (CODE.fullmatch(column.strip()) is None)
        and (is_term_key(column) or heading_status(column) is not None)
        for column in columns
    )


def _without_titles(rows: list[Row]) -> tuple[list[Row], tuple[str, ...]]:
    """The rows from the header on: single cells above a table of several columns are titles."""
    width = max((len(cells) for _, cells in rows[:50]), default=0)
    skip = 0
    while (
        skip < len(rows) - 1
        and skip < 10
        and width > 1
        and sum(1 for cell in rows[skip][1] if cell) == 1
        and rows[skip][1][0]
        and not CODE.search(rows[skip][1][0])
        and sum(1 for cell in rows[skip + 1][1] if cell) != 0
        and (len(rows[skip][1]) < width or sum(1 for cell in rows[skip + 1][1] if cell) > 1)
    ):
        skip += 1
    notes = tuple(f"line {line} is read as a title; left out" for line, _ in rows[:skip])
    return rows[skip:], notes


def _is_header(first: tuple[str, ...], below: list[Row], hpo: Hpo) -> bool:
    """Whether the first row names the columns.

    One with ids does where no id stands below them but answers do; one that names terms does not
    where terms stand below.
    """
    coded = [i for i, cell in enumerate(first) if CODE.search(cell)]
    if coded:
        under = [c[i] for _, c in below for i in coded if i < len(c) and c[i]]
        return bool(under) and not any(CODE.search(cell) for cell in under) and _answering(under)
    if any(CODE.search(cell) for _, cells in below for cell in cells):
        return True
    named = [i for i, cell in enumerate(first) if strip_polarity(cell, hpo).name]
    under = [c[i] for _, c in below for i in named if i < len(c) and c[i]]
    return not named or not any(strip_polarity(cell, hpo).name for cell in under)


def _answering(cells: list[str]) -> bool:
    return any(answer_status(cell) is not None for cell in cells) or not cells


def _is_type_row(header: tuple[str, ...], cells: tuple[str, ...]) -> bool:
    """Whether a row gives types ("CURIE", "str") and ids of the headings, as templates do."""
    kinds = [cell.casefold() for cell in cells if cell]
    typed = sum(1 for kind in kinds if kind in _TYPES and kind not in ("na", "n/a"))
    if typed >= 2 and all(kind in _TYPES or CODE.fullmatch(kind) for kind in kinds):
        return True
    return bool(kinds) and kinds[0] in ("curie", "str", "string") and typed >= 1 and len(kinds) > 1


def _with_types(header: tuple[str, ...], types: tuple[str, ...]) -> tuple[str, ...]:
    """The header with the ids that a type row gives its names."""
    return tuple(
        f"{name} ({types[i]})"
        if i < len(types) and CODE.fullmatch(types[i]) and not CODE.search(name)
        else name
        for i, name in enumerate(header)
    )


def in_columns(
    header: tuple[str, ...], grid: Grid, source: str
) -> tuple[list[tuple[int, tuple[str, ...]]], dict[int, str], list[CaseError]]:
    """Rows as wide as the header, what each had beyond it, and those that cannot be told apart."""
    rows, told, refused = [], {}, []
    n = len(header)
    for line, cells in grid.rows:
        surplus = [cell for cell in cells[n:] if cell]
        if surplus:
            joined = _unquoted_list(cells, n)
            if joined is None and sum(1 for cell in cells if CODE.fullmatch(cell)) > len(surplus):
                refused.append(
                    CaseError(
                        f"has {len(cells)} cells, the header {n}: which ids belong to which "
                        "column cannot be told; put lists of ids in quotes",
                        source=source,
                        where=f"line {line}",
                    )
                )
                continue
            if joined is None:
                shown = ", ".join(repr(cell[:40]) for cell in surplus[:5])
                told[line] = (
                    f"line {line}: {len(surplus)} more cells than the header has columns "
                    f"({shown}); left out: put cells that hold the delimiter in quotes"
                )
            cells = joined or cells
        rows.append((line, (*cells[:n], *([""] * (n - len(cells))))))
    return rows, told, refused


def _unquoted_list(cells: tuple[str, ...], n: int) -> tuple[str, ...] | None:
    """The cells with an unquoted list of ids put together, where there is only one way to."""
    coded = [i for i, cell in enumerate(cells) if CODE.search(cell)]
    extra = len(cells) - n
    if not coded or coded != list(range(coded[0], coded[0] + extra + 1)):
        return None
    start = coded[0]
    return (*cells[:start], ";".join(cells[start : start + extra + 1]), *cells[start + extra + 1 :])
