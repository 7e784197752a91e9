"""Tables of one row a term: columns that only name the terms, and columns of one patient each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from genecaller.cases.case import Case
from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.keys import plain_key
from genecaller.cases.files.case_file import CaseFile
from genecaller.cases.findings import Finding, collect
from genecaller.cases.tables.columns import Columns
from genecaller.cases.tables.heading_term import AnswerColumn
from genecaller.cases.tables.table_rows import answered_term, distinct, row_terms
from ontology.hpo import Hpo

LABELS = ("name", "label", "description", "term", "hpo_name", "hpo_label", "hpo_term", "term_name")


def one_column_a_patient(
    header: tuple[str, ...],
    rows: list[tuple[int, tuple[str, ...]]],
    columns: Columns,
    file: CaseFile,
    hpo: Hpo,
) -> Iterator[Case]:
    columns, labels = without_labels(header, rows, columns, hpo)
    plus = any("+" in cells[i] for _, cells in rows for i in columns.people)
    for person in columns.people:
        findings: list[Finding] = []
        problems: list[str] = []
        for line, cells in rows:
            terms = row_terms(header, cells, columns, hpo, where=f"line {line}", labels=labels)
            problems += terms.problems
            if not cells[person]:
                continue
            for term in terms.findings:
                answer = AnswerColumn(person, term)
                found, wrong = answered_term(
                    answer, header[person], cells[person], f"line {line}", plus=plus
                )
                findings += found
                problems += wrong
        found_all = collect(findings, hpo)
        yield Case(
            header[person], found_all.terms, found_all.excluded_terms,
            source=f"{file.name}, column {header[person]}",
            problems=(*problems, *found_all.problems),
        )  # fmt: skip


def without_labels(
    header: tuple[str, ...], rows: list[tuple[int, tuple[str, ...]]], columns: Columns, hpo: Hpo
) -> tuple[Columns, tuple[int, ...]]:
    """Columns without those that only name the terms of another column, and these."""
    coded = [t for t in columns.terms if any(CODE.search(c[t.column]) for _, c in rows)]
    if not coded:
        return columns, ()
    taken = {t.column for t in columns.terms}
    labels = [i for i, name in enumerate(header) if plain_key(name) in LABELS and i not in taken]
    terms = []
    for term in columns.terms:
        alone = replace(columns, terms=(term,), answers=(), row_flags=())
        others = replace(columns, terms=tuple(coded), answers=(), row_flags=())
        is_label = (
            term not in coded
            and term.status is None
            and all(
                _known(header, cells, alone, hpo) <= _known(header, cells, others, hpo)
                for _, cells in rows
                if any(cells[t.column] for t in coded)
            )
        )
        if is_label and not any(
            cells[term.column] and not any(cells[t.column] for t in coded) for _, cells in rows
        ):
            labels.append(term.column)
        else:
            terms.append(term)
    return replace(columns, terms=tuple(terms)), tuple(labels)


def _known(header: tuple[str, ...], cells: tuple[str, ...], columns: Columns, hpo: Hpo) -> set[str]:
    found = row_terms(header, cells, columns, hpo, where=None).findings
    return {term for term in distinct(found, hpo) if term in hpo.index}
