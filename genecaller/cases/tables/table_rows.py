"""One row of a table as findings: its terms with their status columns, its answers to terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genecaller.cases.age import age_in
from genecaller.cases.cells.cell import read_cell
from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.flags import Flags, age_answer, combine, read_flags, shown
from genecaller.cases.cells.wording import names_it, polarity_of, term_names
from genecaller.cases.cells.words import words_of
from genecaller.cases.findings import Finding, current_id, hpo_id_in
from genecaller.cases.tables.columns import Columns, TermColumn
from genecaller.cases.tables.heading_term import AnswerColumn
from ontology.hpo import Hpo
from ontology.status import answer_status

_NO_INFORMATION = words_of("no information")
_DASHES = ("-", "–", "—", "−", "--")


@dataclass(frozen=True, slots=True)
class RowTerms:
    """The findings of one row, and what in it could not be understood."""

    findings: tuple[Finding, ...]
    problems: tuple[str, ...]
    unticked: int = 0


def row_terms(
    header: Sequence[str],
    cells: Sequence[str],
    columns: Columns,
    hpo: Hpo,
    *,
    where: str | None,
    labels: Sequence[int] = (),
    plus: bool = False,
) -> RowTerms:
    """All findings of a row.

    `labels` are columns that name the row's terms once more; `plus` is whether the table writes
    "+" for present, so that "-" is an answer and no empty cell.
    """
    findings: list[Finding] = []
    problems: list[str] = []
    row = _flags(header, cells, columns.row_flags)
    for i in columns.vague:
        if read_flags([(header[i], cells[i])]).status not in ("present",):
            place = f"{where}, " if where else ""
            problems.append(
                f"{place}{shown(header[i])}: {shown(cells[i])} may be said of anything; not read"
            )
    for column in columns.terms:
        if column.column < len(cells) and cells[column.column]:
            found, wrong = _of_column(column, row, header, cells, hpo, where)
            findings += found
            problems += wrong
    findings = _named_again(findings, [cells[i] for i in labels if i < len(cells)], hpo)
    unticked = 0
    for answer in columns.answers:
        cell = cells[answer.column] if answer.column < len(cells) else ""
        if cell.casefold() in _NO_INFORMATION or not cell:
            continue
        if answer.is_checkbox and answer_status(cell) in ("excluded", "uncertain"):
            unticked += 1
            continue
        found_one, wrong_one = answered_term(answer, header[answer.column], cell, where, plus=plus)
        findings += found_one
        problems += wrong_one
    return RowTerms(_without_names(findings, hpo), tuple(problems), unticked)


def answered_term(
    column: AnswerColumn, heading: str, cell: str, where: str | None, *, plus: bool = True
) -> tuple[list[Finding], list[str]]:
    """The finding that a cell under a term's own heading states, or why it states none."""
    place = f"{where}, " if where else ""
    told = f"{place}{shown(heading)}: {shown(cell)} says neither present nor excluded; left out"
    term = column.term._replace(where=where)
    if age := age_answer(cell):
        return [term._replace(onset=age)], []
    status = answer_status(cell)
    if status is None or (cell in _DASHES and not plus):
        return [], [told]
    if term.status == "present":
        return [term._replace(status=status)], []
    if status == "present":
        return [term], []
    if term.status == "excluded" and status == "excluded":
        return [], [told]  # "No seizures: no" may mean either
    return ([term._replace(status="uncertain")], []) if status == "uncertain" else ([], [])


def _of_column(
    column: TermColumn,
    row: Flags,
    header: Sequence[str],
    cells: Sequence[str],
    hpo: Hpo,
    where: str | None,
) -> tuple[list[Finding], list[str]]:
    own = _flags(header, cells, column.flags) if column.flags else row
    place = f"{where}: " if where else ""
    if own.status is None:
        return [], [f"{place}{own.problem}"]
    default = column.status or "present"
    found = read_cell(cells[column.column], hpo, status=default, where=where)
    if not own.stated:
        return list(found.findings), list(found.problems)
    findings, problems = [], list(found.problems)
    for finding in found.findings:
        status = (
            own.status
            if finding.status == "present"
            else combine(finding.status, own.status, "yes" if column.status else "")
        )
        if status is None:
            problems.append(
                f"{place}{finding.written} is stated as {finding.status} and as {own.status}; "
                "left out"
            )
        else:
            findings.append(finding._replace(status=status, onset=finding.onset or own.onset))
    return findings, problems


def _flags(header: Sequence[str], cells: Sequence[str], columns: Sequence[int]) -> Flags:
    return read_flags((header[i], cells[i]) for i in columns if i < len(cells) and cells[i])


def _named_again(findings: list[Finding], labels: list[str], hpo: Hpo) -> list[Finding]:
    """The findings with what their label columns add: a label, or that the term is absent."""
    if len(findings) != 1 or not labels:
        return findings
    (finding,) = findings
    names = term_names(hpo_id_in(finding.written) or "", hpo)
    for label in labels:
        if CODE.search(label) or not label:
            continue
        said = polarity_of(label, names, hpo) if names_it(label, names, hpo) else None
        if said and said.status not in (None, "present") and finding.status == "present":
            finding = finding._replace(status=said.status)
        finding = finding._replace(label=finding.label or label)
    return [finding]


def _without_names(findings: list[Finding], hpo: Hpo) -> tuple[Finding, ...]:
    """The findings without names of terms whose ids, with the same status, stand beside them."""
    coded = {
        (hpo_id, finding.status)
        for finding in findings
        if (hpo_id := current_id(finding.written, hpo))
    }
    return tuple(
        finding
        for finding in findings
        if hpo_id_in(finding.written)
        or (hpo.id_by_name.get(finding.written.strip().casefold()), finding.status) not in coded
    )


def with_onset(findings: Sequence[Finding], cell: str, hpo: Hpo) -> tuple[Finding, ...]:
    """The findings of a row with the onset that its own column gives."""
    onset = age_in(cell, hpo) if cell else None
    return tuple(f._replace(onset=f.onset or onset) for f in findings)


def distinct(findings: Sequence[Finding], hpo: Hpo) -> set[str]:
    """The terms of findings, by current id."""
    out = set()
    for finding in findings:
        written = finding.written.strip()
        hpo_id = hpo_id_in(written) or hpo.id_by_name.get(written.casefold(), written)
        out.add(hpo.resolve(hpo_id).hpo_id or hpo_id)
    return out
