"""Any table of results, row by row: TSV and CSV with their comments, JSON, Parquet."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from genecaller.cases.files.case_file import decode, unicode_form
from genecaller.cases.files.opening import MAX_RECORD_BYTES, open_file
from genecaller.errors import CaseError, GenecallerError
from genecaller.evaluation.imports.formats import USED
from ontology.files import plainly_named

SUFFIXES = (".tsv", ".txt", ".csv", ".json", ".jsonl", ".parquet", ".associated_gene_list")
MAX_BYTES = 1_000_000_000
"""The most that one file of results may unpack to: the rankings of some 80,000 cases."""
LONGEST_CELL = 10_000
"""In characters, of a name or number in Parquet."""
CHUNK = 1 << 20
MOST_LINES_OF_A_ROW = 1_000
"""A quoted cell may hold line ends; a quotation mark left open does not swallow the file."""

Rows = Iterator[tuple[str, list[Any] | None]]


class UnreadableTable(GenecallerError):
    """A file that is no table of results; the reader makes a problem of it and goes on."""


@dataclass(frozen=True)
class Table:
    """One file's rows; `columns` are in `plain_name` form, `comments` the lines before the head.

    `rows` begins anew each time and yields (place, values): the place is "line 12" or "row 3",
    values are aligned with the columns; or (place, None) for a row that does not fit the head.
    It raises UnreadableTable where the rest cannot be read. `semicolons` between the cells are
    what spreadsheets write whose decimal mark is the comma.
    """

    columns: tuple[str, ...]
    comments: tuple[str, ...]
    rows: Callable[[], Rows]
    semicolons: bool = False


def plain_name(column: object) -> str:
    """A column's name in lower-case letters and digits only: "#GENE_SYMBOL" is "genesymbol"."""
    return "".join(letter for letter in str(column).lower() if letter.isalnum())


def is_table(path: Path) -> bool:
    """Whether a file's name ends like one of the forms read here, compressed or not."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(SUFFIXES) and not name.startswith(".")


def open_table(path: Path) -> Table:
    """Open a file by what it holds. Raises UnreadableTable, with the reason."""
    from genecaller.evaluation.imports.json_table import json_table

    with _unpacked(path) as stream:
        head = stream.read(65_536)
    if head.startswith(b"PAR1"):
        return _parquet(path)
    if b"\0" in head and not unicode_form(head):
        raise UnreadableTable("is neither text nor Parquet")
    if decode(head)[0].lstrip()[:1] in ("[", "{"):
        return json_table(path)
    return _delimited(path)


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    r"""The lines of a file that are not empty, numbered from 1, without their ends (\n or \r\n).

    Raises UnreadableTable where a line or the whole is longer than may be.
    """
    with _unpacked(path) as stream:
        number = 0
        rest = b""
        for chunk in _chunks(stream):
            *lines, rest = (rest + chunk).split(b"\n")
            for raw in lines:
                number += 1
                if raw and raw != b"\r":
                    yield number, _text(raw, number)
            if len(rest) > MAX_RECORD_BYTES:
                raise UnreadableTable(
                    f"line {number + 1} is longer than {MAX_RECORD_BYTES // 1_000_000} MB, "
                    "the most that one may take"
                )
        if rest:
            yield number + 1, _text(rest, number + 1)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a stream as UTF-8 (or what is taken for it), from UTF-16 where marked so."""
    chunk = stream.read(CHUNK)
    form = unicode_form(chunk)
    if form is None:
        while chunk:
            yield chunk
            chunk = stream.read(CHUNK)
        return
    decoder = codecs.getincrementaldecoder(form)(errors="replace")
    while chunk:
        yield decoder.decode(chunk).encode(errors="replace")
        chunk = stream.read(CHUNK)


def _text(raw: bytes, number: int) -> str:
    line = raw.removesuffix(b"\r")
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        return decode(line)[0]


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    """A file's bytes, unpacked within bounds; its faults become UnreadableTable."""
    try:
        with open_file(path, most=MAX_BYTES) as stream:
            yield stream
    except CaseError as error:
        raise UnreadableTable(error.problem) from error
    except OSError as error:
        raise UnreadableTable(f"cannot be read ({error.strerror or error})") from error


def _delimited(path: Path) -> Table:
    """Tabs if the head has one, else commas, semicolons, blanks; ! and ## lines are comments."""
    comments: list[str] = []
    delimiter: str | None = None
    for at, head in text_lines(path):  # noqa: B007 - what it ends with is the head
        if head.lower().startswith("sep=") and len(head.strip()) == 5:
            delimiter = head.strip()[-1]  # a spreadsheet's own word on the delimiter
            comments.append(head)
        elif head.strip() and not head.startswith(("!", "##")):
            break
        else:
            comments.append(head)
    else:
        raise UnreadableTable("holds no rows")
    if delimiter is None:
        counts = {one: head.count(one) for one in ("\t", ",", ";") if one in head}
        delimiter = (
            "\t" if "\t" in counts else max(counts, key=lambda one: counts[one], default=None)
        )
    if delimiter is None and len(head.split()) < 2:
        raise UnreadableTable(f"line {at}: no columns, expected tabs or commas in the head")
    quoted = delimiter not in (None, "\t")
    cells = next(csv.reader([head], delimiter=str(delimiter))) if quoted else head.split(delimiter)
    columns = tuple(plain_name(name) for name in cells)

    def rows() -> Rows:
        lines = ((number, line) for number, line in text_lines(path) if number > at)
        yield from _rows(lines, delimiter, len(columns))

    return Table(columns, tuple(comments), rows, delimiter == ";")


def _rows(lines: Iterator[tuple[int, str]], delimiter: str | None, width: int) -> Rows:
    csv.field_size_limit(MAX_RECORD_BYTES)
    waiting: deque[tuple[int, str]] = deque()
    while True:
        number, line = waiting.popleft() if waiting else next(lines, (0, ""))
        if not number:
            return
        if not line.strip() or line.startswith("!"):
            continue
        # Tools that write tabs do not quote: a quotation mark there is part of a name.
        if delimiter in (None, "\t") or '"' not in line:
            found = _fitted(line.split(delimiter), width)
            if found is None or any(found):
                yield f"line {number}", found
            continue
        taken = [(number, line)]
        is_open = line.count('"') % 2 == 1
        while is_open and len(taken) < MOST_LINES_OF_A_ROW:
            following = waiting.popleft() if waiting else next(lines, (0, ""))
            if not following[0]:
                break
            taken.append(following)
            is_open = following[1].count('"') % 2 == 0
        found = None if is_open else _fitted(_csv([text for _, text in taken], delimiter), width)
        if found is None and len(taken) > 1:
            waiting.extendleft(reversed(taken[1:]))
        if found is None or any(found):
            yield f"line {number}", found


def _csv(lines: list[str], delimiter: str | None) -> list[str]:
    try:
        return next(csv.reader([line + "\n" for line in lines], delimiter=str(delimiter)))
    except csv.Error:
        return []


def _fitted(cells: list[str], width: int) -> list[Any] | None:
    """The cells of a row, empty ones added or dropped at its end; None where it does not fit."""
    if not cells or any(cell.strip() for cell in cells[width:]):
        return None
    # Trailing empty cells are often left out (LIRICAL without variants).
    return [*cells[:width], *[""] * (width - len(cells))]


def _parquet(path: Path) -> Table:
    import duckdb

    def connect() -> Any:
        return duckdb.connect(":memory:", config={"memory_limit": "1GB", "threads": 1})

    try:
        with plainly_named(path) as plain, connect() as connection:
            described = connection.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [str(plain)]
            ).fetchall()
    except duckdb.Error as error:
        raise UnreadableTable(f"is damaged Parquet ({str(error).splitlines()[0]})") from error
    names = [plain_name(name) for name, *_ in described]

    # Of a long text, as one page can repeat a million times, no more is read than is looked at.
    chosen = []
    for name, kind, *_ in described:
        column = '"' + name.replace('"', '""') + '"'
        if plain_name(name) not in USED or "[" in kind or kind.startswith(("STRUCT", "MAP")):
            chosen.append("NULL")
        elif kind in ("VARCHAR", "BLOB", "JSON"):
            chosen.append(f"left({column}::VARCHAR, {LONGEST_CELL + 1})")
        else:
            chosen.append(column)

    def rows() -> Rows:
        read = 0
        try:
            with plainly_named(path) as plain, connect() as connection:
                found = connection.execute(
                    f"SELECT {', '.join(chosen)} FROM read_parquet(?)", [str(plain)]
                )
                number = 0
                while batch := found.fetchmany(500):
                    for cells in batch:
                        number += 1
                        read += sum(len(c) if isinstance(c, str) else 8 for c in cells)
                        if read > MAX_BYTES:
                            raise UnreadableTable(f"unpacks to more than {MAX_BYTES:,} bytes")
                        too_long = any(isinstance(c, str) and len(c) > LONGEST_CELL for c in cells)
                        yield f"row {number}", None if too_long else list(cells)
        except duckdb.Error as error:
            raise UnreadableTable(f"is damaged Parquet ({str(error).splitlines()[0]})") from error

    return Table(tuple(names), (), rows)
