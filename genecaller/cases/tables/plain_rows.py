"""Tables without a header: ids alone, other tools' lists of terms, or a patient and terms a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from genecaller.cases.case import Case
from genecaller.cases.cells.cell import read_cell
from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.wording import is_answer, names_it, strip_polarity, term_names
from genecaller.cases.files.case_file import CaseFile
from genecaller.cases.findings import Finding, collect, hpo_id_in
from genecaller.cases.tables.table_rows import distinct
from ontology.hpo import Hpo

Row = tuple[int, tuple[str, ...]]

_SPAN = re.compile(r"[\[(]?\d+\s*[:,\-–.]+\s*\d+[\])]?")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?(?:[eE]-?\d+)?")
_TRUTH = ("true", "false")


def read_plain_rows(rows: Sequence[Row], file: CaseFile, hpo: Hpo) -> Iterator[Case]:
    """The cases of rows without a header.

    Rows of ids or names alone are one case, as are those that begin with a mention or its place
    in a text; rows that begin with something else are the case of that name.
    """
    of_terms = [_terms(line, cells, hpo) for line, cells in rows]
    if _is_list(rows, of_terms, hpo):
        groups: dict[str, Sequence[int]] = {file.file_name: range(len(rows))}
        source = {file.file_name: file.name}
    else:
        groups, source = _by_patient(rows, of_terms, file, hpo)
    for case_id, numbers in groups.items():
        findings = [finding for i in numbers for finding in of_terms[i][0]]
        problems = [problem for i in numbers for problem in of_terms[i][1]]
        found = collect(findings, hpo)
        yield Case(
            case_id.split("\0")[0], found.terms, found.excluded_terms, source=source[case_id],
            problems=(*problems, *found.problems),
        )  # fmt: skip


def _terms(line: int, cells: tuple[str, ...], hpo: Hpo) -> tuple[list[Finding], list[str]]:
    """The terms of a row, with what answers stand behind them; numbers and mentions are skipped."""
    where = f"line {line}"
    kept = []
    truth = None
    for n, cell in enumerate(cells):
        if CODE.search(cell) or strip_polarity(cell, hpo).name:
            kept.append(cell)
        elif cell.casefold() in _TRUTH:
            truth = cell
        elif n and cell and is_answer(cell) and not _NUMBER.fullmatch(cell):
            kept.append(cell)
    codes = [cell for cell in kept if CODE.search(cell)]
    if len(codes) == 1 and CODE.fullmatch(codes[0]):
        names = term_names(hpo_id_in(codes[0]) or "", hpo)
        kept = [c for c in kept if c in codes or names_it(c, names, hpo) or is_answer(c)]
        kept.sort(key=lambda cell: cell not in codes)
        answers = [c for c in kept if c not in codes and is_answer(c)]
        kept = [c for c in kept if c not in answers] + answers
    found = read_cell(", ".join(kept), hpo, where=where)
    findings, problems = list(found.findings), list(found.problems)
    if truth and len(distinct(findings, hpo)) == 1:
        problems.append(
            f"{where}: {truth!r} stands under no heading, so whether the term is present or "
            "excluded cannot be told; left out"
        )
        findings = []
    return _each_once(findings, hpo), problems


def _each_once(findings: list[Finding], hpo: Hpo) -> list[Finding]:
    if len(findings) > 1 and len(distinct(findings, hpo)) == 1:
        negative = [finding for finding in findings if finding.status != "present"]
        return [(negative or findings)[0]]
    return findings


def _is_list(
    rows: Sequence[Row], of_terms: Sequence[tuple[list[Finding], list[str]]], hpo: Hpo
) -> bool:
    """Whether the rows are terms of one patient: none begins with what may be a patient's name."""
    firsts = [cells[0] for _, cells in rows]
    if all(_is_term(cell, hpo) or not cell for cell in firsts):
        return True
    single = all(len(distinct(findings, hpo)) <= 1 for findings, _ in of_terms)
    if not single:
        return False
    if all(_SPAN.fullmatch(cell) for cell in firsts):
        return True
    pairs = [cells[:2] for _, cells in rows]
    if all(len(pair) == 2 and all(_NUMBER.fullmatch(cell) for cell in pair) for pair in pairs):
        return all(float(a.replace(",", ".")) <= float(b.replace(",", ".")) for a, b in pairs)
    return any(_is_term(cell, hpo) for cell in firsts)


def _is_term(cell: str, hpo: Hpo) -> bool:
    return bool(CODE.search(cell)) or strip_polarity(cell, hpo).name is not None


def _by_patient(
    rows: Sequence[Row],
    of_terms: Sequence[tuple[list[Finding], list[str]]],
    file: CaseFile,
    hpo: Hpo,
) -> tuple[dict[str, Sequence[int]], dict[str, str]]:
    firsts = [cells[0] for _, cells in rows]
    single = all(len(distinct(findings, hpo)) <= 1 for findings, _ in of_terms)
    groups: dict[str, list[int]] = {}
    source: dict[str, str] = {}
    for i, (line, cells) in enumerate(rows):
        first = cells[0]
        own = first if first and not _is_term(first, hpo) else f"{file.file_name}:{line}"
        key = own if single and len(set(firsts)) < len(firsts) else f"{own}\0{line}"
        groups.setdefault(key, []).append(i)
        source.setdefault(key, f"{file.name}, line {line}")
    return dict(groups), source
