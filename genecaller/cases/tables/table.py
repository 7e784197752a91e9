"""CSV and TSV with HPO terms: one row a case, one row a term, or one column a term or patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from genecaller.cases.case import Case
from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.keys import plain_key
from genecaller.cases.cells.words import words_of
from genecaller.cases.files.case_file import CaseFile
from genecaller.cases.findings import NONE_PRESENT, Finding, collect
from genecaller.cases.readers.case_fields import CASE_KEYS, TEXT_KEYS, with_fields
from genecaller.cases.readers.record import read_record
from genecaller.cases.readers.solution_fields import ALL_KEYS as ANSWER_KEYS
from genecaller.cases.tables.columns import Columns, columns_of, is_prose
from genecaller.cases.tables.grid import Grid, in_columns, read_grid
from genecaller.cases.tables.patient_columns import LABELS, one_column_a_patient, without_labels
from genecaller.cases.tables.person_columns import people_of
from genecaller.cases.tables.plain_rows import read_plain_rows
from genecaller.cases.tables.table_rows import RowTerms, distinct, row_terms, with_onset
from genecaller.errors import CaseError
from ontology.hpo import Hpo
from ontology.knowledge import Knowledge

_EVENTS = words_of("event")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: its line, its cells (as many as the header has), its findings, its patient."""

    line: int
    cells: tuple[str, ...]
    terms: RowTerms
    person: str | None


def read_table(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The cases of a table.

    One row is one case, with any number of terms in a cell, or one term a column with its answer
    in the cell; a case without an id is "FILE:LINE". Where rows hold one term each, the rows of a
    patient are one case, and a list without patients is one case. Cells beyond the header's
    columns are told. Raises CaseError where no column holds HPO terms.
    """
    text, notes = file.text()
    hpo = knowledge.hpo
    grid = read_grid(text, file.name, hpo)
    if grid.header is None:
        cases: Iterable[Case | CaseError] = read_plain_rows(grid.rows, file, hpo)
    else:
        cases = _with_header(grid.header, grid, file, knowledge)
    for case in cases:
        if isinstance(case, CaseError):
            yield case
            continue
        problems = (*notes, *grid.notes, *case.problems)
        if not case.terms and NONE_PRESENT not in problems and not case.text:
            problems = (*problems, NONE_PRESENT)
        yield replace(case, problems=tuple(dict.fromkeys(problems)))


def _with_header(
    header: tuple[str, ...], grid: Grid, file: CaseFile, knowledge: Knowledge
) -> Iterator[Case | CaseError]:
    hpo = knowledge.hpo
    rows, told, refused = in_columns(header, grid, file.name)
    yield from refused
    columns = columns_of(header, [cells for _, cells in rows], hpo)
    if not rows:
        return
    if not columns.terms and not columns.answers:
        if not _has_text(header):
            raise CaseError(
                f"no column holds HPO ids or names of terms (columns: {', '.join(header)[:200]}); "
                "name one hpo_ids, with ids such as HP:0001250 separated by ; or |",
                source=file.name,
            )
        yield from _reports(header, rows, file, knowledge)
    elif columns.people:
        yield from one_column_a_patient(header, rows, columns, file, hpo)
    else:
        yield from _cases(header, rows, columns, file, hpo, told)


def _cases(
    header: tuple[str, ...],
    rows: list[tuple[int, tuple[str, ...]]],
    columns: Columns,
    file: CaseFile,
    hpo: Hpo,
    told: dict[int, str],
) -> Iterator[Case]:
    columns, labels = without_labels(header, rows, columns, hpo)
    plus = any("+" in (cells[a.column]) for _, cells in rows for a in columns.answers)
    people = people_of(rows, columns.persons)
    read = [
        _Row(
            line,
            cells,
            row_terms(header, cells, columns, hpo, where=f"line {line}", labels=labels, plus=plus),
            person,
        )
        for (line, cells), person in zip(rows, people, strict=True)
    ]
    one_term_a_row = not columns.answers and all(
        len(distinct(row.terms.findings, hpo)) <= 1 for row in read
    )
    events = not _EVENTS.isdisjoint(map(plain_key, header))
    note = None
    if one_term_a_row and columns.persons and read and read[0].person:
        read, note = _filled_down(header, read)
    names = [row.person for row in read if row.person]
    if columns.persons and len(set(names)) < len(names) and (one_term_a_row or events):
        groups = _grouped(read)
    elif not columns.persons and one_term_a_row and len(read) > 1 and _is_one(header, read):
        groups = [[replace(row, person=file.file_name) for row in read]]
    else:
        groups = [[row] for row in read]
    for group in groups:
        yield _case(header, group, columns, labels, file, hpo, told, note, long=one_term_a_row)


def _case(
    header: tuple[str, ...],
    group: list[_Row],
    columns: Columns,
    labels: Sequence[int],
    file: CaseFile,
    hpo: Hpo,
    told: dict[int, str],
    note: str | None,
    *,
    long: bool,
) -> Case:
    first = group[0]
    problems = [note] if note else []
    skipped = {
        *(term.column for term in columns.terms),
        *(flag for term in columns.terms for flag in term.flags),
        *(answer.column for answer in columns.answers),
        *columns.row_flags,
        *columns.persons,
        *(labels if long else ()),
    }
    onset = columns.onset if long else None
    if onset is not None and len({row.cells[onset] for row in group}) > 1:
        skipped.add(onset)  # each term's own
    else:
        onset = None
    findings: list[Finding] = []
    for row in group:
        found = row.terms.findings
        if onset is not None:
            found = with_onset(found, row.cells[onset], hpo)
        findings += found
        problems += row.terms.problems
        if row.line in told:
            problems.append(told[row.line])
    unticked = sum(row.terms.unticked for row in group)
    if unticked:
        problems.append(f"{unticked} boxes are not ticked: read neither as present nor as excluded")
    fields, differing = _fields(header, group, skipped, long=long and len(group) > 1)
    problems += differing
    found_all = collect(findings, hpo)
    text = next((fields[key] for key in TEXT_KEYS if key in fields), None)
    case = Case(
        id=first.person or f"{file.file_name}:{first.line}",
        terms=found_all.terms,
        excluded_terms=found_all.excluded_terms,
        text=text,
        source=file.name
        if len(group) > 1 and not columns.persons
        else f"{file.name}, line {first.line}",
        problems=(*problems, *found_all.problems),
    )
    return with_fields(case, fields, hpo, own_id=False)


def _fields(
    header: tuple[str, ...], group: list[_Row], skipped: set[int], *, long: bool
) -> tuple[dict[str, Any], list[str]]:
    """The other columns of a case by plain name: the first value, and which values differ."""
    fields: dict[str, Any] = {}
    problems = []
    for i, name in enumerate(header):
        plain = plain_key(name)
        if i in skipped:
            continue
        values = list(dict.fromkeys(row.cells[i] for row in group if row.cells[i]))
        if not values or (long and plain in LABELS):
            continue
        fields.setdefault(plain, values[0])
        if len(values) > 1 and plain in CASE_KEYS:
            problems.append(f"its rows differ in {name!r}; the first is taken")
        if is_prose(name) and plain not in TEXT_KEYS and any(CODE.search(v) for v in values):
            problems.append(f"column {name!r} mentions HPO ids that are not read as findings")
    return fields, problems


def _filled_down(header: tuple[str, ...], rows: list[_Row]) -> tuple[list[_Row], str | None]:
    """Rows without a patient given that of the row above, as merged cells are exported.

    A row that says something of a patient itself (sex, age, gene) stays by itself.
    """
    own = [i for i, name in enumerate(header) if plain_key(name) in CASE_KEYS - {"onset"}]
    out: list[_Row] = []
    for row in rows:
        is_further = not row.person and out and not any(row.cells[i] for i in own)
        out.append(replace(row, person=out[-1].person) if is_further else row)
    if [row.person for row in rows] == [row.person for row in out]:
        return rows, None
    return out, "rows that name no patient are read as those of the patient above"


def _grouped(rows: list[_Row]) -> list[list[_Row]]:
    groups: dict[str, list[_Row]] = {}
    for row in rows:
        groups.setdefault(row.person or f":{row.line}", []).append(row)
    return list(groups.values())


def _is_one(header: tuple[str, ...], rows: list[_Row]) -> bool:
    """Whether rows without patients' ids are one patient's: nothing of a patient differs."""
    for i, name in enumerate(header):
        of_case = plain_key(name) in (*CASE_KEYS, *ANSWER_KEYS)
        if of_case and len({row.cells[i] for row in rows}) > 1:
            return False
    return True


def _has_text(header: tuple[str, ...]) -> bool:
    return not set(TEXT_KEYS).isdisjoint(map(plain_key, header))


def _reports(
    header: tuple[str, ...],
    rows: list[tuple[int, tuple[str, ...]]],
    file: CaseFile,
    knowledge: Knowledge,
) -> Iterator[Case]:
    """A table without terms but with a column of text: each row is a record with a report."""
    for line, cells in rows:
        yield read_record(
            {name: cell for name, cell in zip(header, cells, strict=True) if cell},
            knowledge,
            case_id=f"{file.file_name}:{line}",
            source=f"{file.name}, line {line}",
        )
