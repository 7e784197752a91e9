"""CSV and TSV with HPO ids: one row a case, or one row a term, under any usual column names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from genecaller.cases.case import Case
from genecaller.cases.file import MAX_RECORD_BYTES, CaseFile
from genecaller.cases.findings import NONE_PRESENT, Finding, collect
from genecaller.cases.record import (
    EXCLUDED_KEYS,
    ID_KEYS,
    TERM_KEYS,
    TEXT_KEYS,
    ids_in,
    plain_key,
    read_record,
    split_terms,
    with_fields,
)
from genecaller.errors import CaseError
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge

csv.field_size_limit(MAX_RECORD_BYTES)  # a report in a cell is as long as a report may be
_DELIMITERS = ("\t", ",", ";", "|")
_ID = re.compile(r"\bHP[:_]\d{7}\b", re.IGNORECASE)
# In a table of one row a term: the column that says whether the term is there.
_STATUS_KEYS = ("status", "state", "present", "observed", "excluded", "negated", "absent")
_NEGATIVE_KEYS = ("excluded", "negated", "absent")
_YES = ("yes", "true", "1", "+", "y", "t")
_NO = ("no", "false", "0", "-", "n", "f")
_PRESENT = ("present", "observed", "")
_ABSENT = ("absent", "excluded", "negated", "not", "not present", "not observed")


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows as (line number, cells), under plain column names; `header` is None without one."""

    header: tuple[str, ...] | None
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def looks_like_table(text: str) -> bool:
    """Whether a text without a telling suffix is a table of HPO ids, and no report citing some.

    So it is where all of its first lines are ids alone, or share a delimiter and hold ids.
    """
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    header = not _ID.search(lines[0]) if lines else False
    body = lines[header:]
    if not body or not all(_ID.search(line) for line in body):
        return False
    if not any(_ID.sub("", line).strip(" \t,;|") for line in body):
        return True
    if all("\t" in line for line in lines):
        return True
    return header and _names_a_term_column(lines[0])


def read_table(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The cases of a table.

    One row is one case, with any number of ids in a cell; a case without an id is "FILE:LINE".
    Where no row has more than one id and ids of patients repeat, the rows of a patient are one
    case. A table of nothing but ids is one case. Raises CaseError where no column holds HPO ids.
    """
    text, notes = file.text()
    table = _parse(text, file.name)
    hpo = knowledge.hpo
    of_reports = not _has_terms(table) and not set(TEXT_KEYS).isdisjoint(table.header or ())
    if table.header is None:
        cases = _without_header(table, file, hpo)
    elif of_reports:
        cases = _reports(table.header, table, file, knowledge)
    else:
        cases = _with_header(table.header, table, file, hpo)
    for case in cases:
        problems = (*notes, *case.problems)
        if not case.terms and not of_reports:
            problems = (*problems, NONE_PRESENT)
        yield replace(case, problems=problems)


def _parse(text: str, source: str) -> _Table:
    sample = [line for line in text.splitlines()[:50] if line.strip()]
    rows = []
    line = 1
    try:
        delimiter = max(_DELIMITERS, key=lambda d: _fit(sample, d))
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
        )
        for cells in reader:
            line = reader.line_num
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
    first = rows[0][1]
    if any(_ID.search(cell) for cell in first):
        return _Table(None, tuple(rows))
    return _Table(tuple(plain_key(cell.lstrip("#")) for cell in first), tuple(rows[1:]))


def _fit(lines: list[str], delimiter: str) -> tuple[bool, int, int]:
    """How well a delimiter fits: whether it names columns, how many lines agree, how many columns.

    Only the header's own count matters for agreement: ids inside a cell may share the delimiter.
    """
    columns = next(csv.reader(lines[:1], delimiter=delimiter), [])
    named = len(columns) > 1 and _is_named(columns)
    agreeing = sum(1 for line in lines if line.count(delimiter) >= len(columns) - 1 > 0)
    return named, agreeing, len(columns)


def _is_named(columns: list[str]) -> bool:
    return any(plain_key(column.lstrip("#")) in (*TERM_KEYS, *EXCLUDED_KEYS) for column in columns)


def _names_a_term_column(line: str) -> bool:
    return any(_is_named(line.split(delimiter)) for delimiter in _DELIMITERS)


def _without_header(table: _Table, file: CaseFile, hpo: Hpo) -> Iterator[Case]:
    """Rows of bare ids are one case; rows that begin with something else are one case each."""
    if all(_ID.fullmatch(cells[0]) for _, cells in table.rows):
        findings = [
            Finding(hpo_id, where=f"line {line}")
            for line, cells in table.rows
            for hpo_id in ids_in(" ".join(cells))
        ]
        found = collect(findings, hpo)
        yield Case(
            file.file_name, found.terms, found.excluded_terms, source=file.name,
            problems=found.problems,
        )  # fmt: skip
        return
    for line, cells in table.rows:
        own_id = cells[0] if not _ID.search(cells[0]) else f"{file.file_name}:{line}"
        found = collect((Finding(hpo_id) for hpo_id in ids_in(" ".join(cells))), hpo)
        yield Case(
            own_id, found.terms, found.excluded_terms, source=f"{file.name}, line {line}",
            problems=found.problems,
        )  # fmt: skip


def _has_terms(table: _Table) -> bool:
    return _is_named(list(table.header or ())) or any(
        _ID.search(cell) for _, cells in table.rows for cell in cells
    )


def _reports(
    header: tuple[str, ...], table: _Table, file: CaseFile, knowledge: Knowledge
) -> Iterator[Case]:
    """A table without terms but with a column of text: each row is a record with a report."""
    for line, cells in table.rows:
        yield read_record(
            {name: cell for name, cell in zip(header, cells, strict=False) if cell},
            knowledge,
            case_id=f"{file.file_name}:{line}",
            source=f"{file.name}, line {line}",
        )


def _with_header(
    header: tuple[str, ...], table: _Table, file: CaseFile, hpo: Hpo
) -> Iterator[Case]:
    present, excluded = _term_columns(header, table, file.name)
    own_id = next((i for key in ID_KEYS for i, name in enumerate(header) if name == key), None)
    status = next((i for i, name in enumerate(header) if name in _STATUS_KEYS), None)
    if status is not None and (status in present or status in excluded):
        status = None
    groups: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    rows = [(line, _whole(cells, header, present)) for line, cells in table.rows]
    if own_id is not None and not excluded and _is_long(rows, own_id, present):
        for line, cells in rows:
            groups.setdefault(cells[own_id], []).append((line, cells))
    else:
        groups = {str(line): [(line, cells)] for line, cells in rows}
    for rows_of_case in groups.values():
        first, cells = rows_of_case[0]
        problems: list[str] = []
        columns_of = (present, excluded, status)
        found = collect(_findings(rows_of_case, header, columns_of, hpo, problems), hpo)
        skipped = {*present, *excluded, status}
        fields: dict[str, Any] = {}
        for i, (name, cell) in enumerate(zip(header, cells, strict=False)):
            if cell and i not in skipped:
                fields.setdefault(name, cell)
        text = next((fields[key] for key in TEXT_KEYS if key in fields), None)
        case = Case(
            id=f"{file.file_name}:{first}",
            terms=found.terms,
            excluded_terms=found.excluded_terms,
            text=text,
            source=f"{file.name}, line {first}",
            problems=(*problems, *found.problems),
        )
        yield with_fields(case, fields, hpo)


def _findings(
    rows: list[tuple[int, tuple[str, ...]]],
    header: tuple[str, ...],
    columns_of: tuple[tuple[int, ...], tuple[int, ...], int | None],
    hpo: Hpo,
    problems: list[str],
) -> Iterator[Finding]:
    present, excluded, status = columns_of
    for line, cells in rows:
        where = f"line {line}"
        absent = status is not None and _is_absent(cells[status], header[status])
        if absent is None:
            problems.append(
                f"{where}: {cells[status or 0][:60]!r} says neither present nor excluded; left out"
            )
            continue
        for columns, is_excluded in ((present, absent), (excluded, True)):
            for column in columns:
                for written in split_terms(cells[column], hpo):
                    yield Finding(written, excluded=is_excluded, where=where)


def _is_absent(word: str, column: str) -> bool | None:
    """Whether a status means that the term is absent, None where it says neither."""
    word = word.casefold()
    if word in _PRESENT or word in _ABSENT:
        return word in _ABSENT
    if word in _YES or word in _NO:
        return (word in _YES) == (column in _NEGATIVE_KEYS)
    return None


def _term_columns(
    header: tuple[str, ...], table: _Table, source: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Columns of present and of excluded terms: those with ids, else the best-named one."""
    n = len(header)
    with_ids = {
        i for _, cells in table.rows for i, cell in enumerate(cells[:n]) if _ID.search(cell)
    }
    excluded = tuple(i for i in range(n) if header[i] in EXCLUDED_KEYS and i in with_ids)
    present = tuple(i for i in sorted(with_ids) if i not in excluded and not _is_prose(header[i]))
    if not present and not excluded:
        named = [header.index(key) for key in TERM_KEYS if key in header]
        if not named:
            raise CaseError(
                f"no column holds HPO ids (columns: {', '.join(header)[:200]}); name one "
                "hpo_ids, with ids such as HP:0001250 separated by ; or |",
                source=source,
            )
        present = (named[0],)
        excluded = tuple(i for i in range(n) if header[i] in EXCLUDED_KEYS and i != named[0])
    return present, excluded


def _is_prose(name: str) -> bool:
    return name in TEXT_KEYS or name in ID_KEYS


def _whole(
    cells: tuple[str, ...], header: tuple[str, ...], present: tuple[int, ...]
) -> tuple[str, ...]:
    """A row as wide as the header; ids beyond it (an unquoted list) belong to the last column."""
    n = len(header)
    if len(cells) > n and n - 1 in present:
        return (*cells[: n - 1], ";".join(cells[n - 1 :]))
    return (*cells[:n], *([""] * (n - len(cells))))


def _is_long(
    rows: list[tuple[int, tuple[str, ...]]], own_id: int, present: tuple[int, ...]
) -> bool:
    ids = [cells[own_id] for _, cells in rows]
    most = max(sum(len(ids_in(cells[i])) for i in present) for _, cells in rows) if rows else 0
    return most <= 1 and len(set(ids)) < len(ids) and all(ids)
