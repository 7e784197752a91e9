"""The door to all case files: any supported file, folder or zip becomes a stream of cases."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from genecaller.cases.case import Case
from genecaller.cases.files.archive import (
    count_in_zip,
    files_in_folder,
    files_in_zip,
    is_zip,
    look_into,
)
from genecaller.cases.files.case_file import CaseFile, file_on_disk
from genecaller.cases.files.json_text import json_values
from genecaller.cases.files.kind import kind_of, refuse_misnamed, report_text
from genecaller.cases.files.opening import UNREADABLE, reason, shown
from genecaller.cases.readers.json_lines import begins_with_term, count_lines, read_lines
from genecaller.cases.readers.medline import read_medline, read_pubmed_xml
from genecaller.cases.readers.phenopacket import (
    is_phenopacket,
    read_phenopacket,
    split_phenopackets,
)
from genecaller.cases.readers.record import is_record, read_record, unwrapped
from genecaller.cases.readers.term_rows import is_term_row, read_term_rows, row_person
from genecaller.cases.tables.table import read_table
from genecaller.errors import CaseError, UsageError
from ontology.knowledge import Knowledge

__all__ = ["count_cases", "kind_of", "read_cases", "read_file", "read_object", "report_text"]

MOST_UNREADABLE = 10_000
"""So many unreadable records and no other: the file is not what it seems, or made to cost time."""


def read_cases(path: Path, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """Stream the cases of a file, a folder or a zip, in a stable order.

    Reads phenopackets (version 2), JSON lines (of reinforcement fine-tuning, or ours), tables with
    HPO ids, plain text, MEDLINE and PubMed XML; what a file is is decided by its content.
    A case keeps its own id, else gets the file's name (and line). An id that comes again gets
    "#2", "#3" and so on, and a problem that says so. A record that cannot be read is a CaseError
    among the cases; an input of which nothing can be read raises UsageError.
    """
    return _unique(_usable(_files(_checked(path)), path, knowledge))


def count_cases(path: Path) -> int | None:
    """How many cases `read_cases` will give, cases and errors together, for a progress bar.

    Counts files and lines without reading them as cases; None where that does not tell.
    """
    try:
        if path.is_dir():
            found = look_into(path)
            return len(found.names) + len(found.faults)
        if is_zip(path):
            return count_in_zip(path)
        file = file_on_disk(path)
        kind = kind_of(file)
        if kind == "jsonl":
            return None if begins_with_term(file) else count_lines(file)
        return 1 if kind == "text" else None
    except (*UNREADABLE, CaseError, UsageError):
        return None


def read_file(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The cases of one file; whatever is wrong with it is yielded as a CaseError."""
    from genecaller.cases.readers.text import separate_patients

    readable, unreadable = False, 0
    try:
        for case in _read(file, knowledge):
            if isinstance(case, Case):
                yield from separate_patients(case, knowledge)
            else:
                yield case
            readable = readable or isinstance(case, Case)
            unreadable += not readable
            if unreadable == MOST_UNREADABLE:
                yield CaseError(
                    f"none of its first {unreadable:,} records is a case; the rest is not read",
                    source=file.name,
                )
                return
    except CaseError as error:
        yield error
    except UNREADABLE as error:
        yield CaseError(
            f"cannot be read ({reason(error)}); check that it is whole and may be read",
            source=file.name,
        )


def read_object(
    value: Any, knowledge: Knowledge, *, case_id: str, source: str, place: str | None = None
) -> Iterator[Case | CaseError]:
    """The cases of one JSON object: a phenopacket, a family or cohort, or one of our records."""
    cases = unwrapped(value, knowledge.hpo)
    if len(cases) > 1:
        for i, (item, path) in enumerate(cases, start=1):
            inner = f"{place}.{path}" if place else path
            yield from read_object(
                item, knowledge, case_id=f"{case_id}:{i}", source=source, place=inner
            )
        return
    value, _ = cases[0]
    named = f"{source}, {place}" if place else source
    if is_term_row(value):
        person = row_person(value) or case_id
        yield read_term_rows([(value, place or "$")], knowledge.hpo, case_id=person, source=named)
        return
    if not isinstance(value, dict) or not (
        is_phenopacket(value) or is_record(value, knowledge.hpo)
    ):
        raise CaseError(
            "is no case: expected a phenopacket (phenotypicFeatures), a record with terms or text, "
            "or one with messages",
            source=source,
            where=place,
        )
    if not is_phenopacket(value):
        yield read_record(value, knowledge, case_id=case_id, source=named)
        return
    for packet, path, notes in split_phenopackets(value, named):
        try:
            case = read_phenopacket(packet, knowledge, case_id=case_id, source=named, path=path)
        except CaseError as error:
            yield error
        else:
            yield _noted(case, notes)


def _read(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    kind = kind_of(file)
    if kind in ("json", "jsonl"):
        refuse_misnamed(file)
    if kind == "json":
        yield from _read_json(file, knowledge)
    elif kind == "jsonl":
        yield from read_lines(file, knowledge, read_object)
    elif kind == "table":
        yield from read_table(file, knowledge)
    elif kind == "medline":
        yield from read_medline(file, knowledge)
    elif kind == "pubmed-xml":
        yield from read_pubmed_xml(file, knowledge)
    else:
        yield from _read_text(file, knowledge)


def _read_json(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The cases of a JSON document, a list of them, or documents one behind the other.

    Items of one term each are together the case of the patient that they name, else of the file.
    """
    text, notes = file.text()
    people: dict[str, list[tuple[Any, str]]] = {}
    fault: CaseError | None = None
    values = json_values(text, source=file.name)
    while True:
        try:
            place, item, noted = next(values)
        except StopIteration:
            break
        except CaseError as error:
            fault = error  # what is whole before it is read first
            break
        if place and is_term_row(item):
            people.setdefault(row_person(item) or file.file_name, []).append((item, place))
            continue
        case_id = f"{file.file_name}:{int(place[2:-1]) + 1}" if place else file.file_name
        try:
            for case in read_object(
                item, knowledge, case_id=case_id, source=file.name, place=place
            ):
                yield _noted(case, (*notes, *noted))
        except CaseError as error:
            yield error
    for person, rows in people.items():
        case = read_term_rows(rows, knowledge.hpo, case_id=person, source=file.name)
        yield _noted(case, notes)
    if fault:
        raise fault


def _read_text(file: CaseFile, knowledge: Knowledge) -> Iterator[Case]:
    """One case a report; several where it numbers its patients."""
    from genecaller.cases.readers.text import cases_from_text

    text, notes = file.text()
    for case in cases_from_text(text.replace("\r\n", "\n"), knowledge, file.file_name):
        yield replace(case, source=file.name, problems=(*notes, *case.problems))


def _noted(case: Case | CaseError, notes: tuple[str, ...]) -> Case | CaseError:
    if notes and isinstance(case, Case):
        return replace(case, problems=(*notes, *case.problems))
    return case


def _checked(path: Path) -> Path:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{shown(path)}: there is no such file or folder") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{shown(path)[:200]}: cannot be read ({reason(error)})") from error
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise UsageError(
            f"{shown(path)}: is neither a file nor a folder; save what comes through a pipe to a "
            "file and give that"
        )
    return path


def _files(path: Path) -> Iterable[CaseFile | CaseError]:
    if path.is_dir():
        return files_in_folder(path)
    try:
        return files_in_zip(path) if is_zip(path) else [file_on_disk(path)]
    except CaseError as error:
        raise UsageError(str(error)) from error


def _usable(
    files: Iterable[CaseFile | CaseError], path: Path, knowledge: Knowledge
) -> Iterator[Case | CaseError]:
    """The cases of all files; one failure and nothing else is an input that cannot be used."""
    found = 0
    held: CaseError | None = None
    notes: tuple[str, ...] = ()
    for file in files:
        if isinstance(file, CaseFile):
            notes += file.notes
        for case in [file] if isinstance(file, CaseError) else read_file(file, knowledge):
            if not found and isinstance(case, CaseError):
                held = case
            else:
                if held:
                    yield held
                    held = None
                yield _noted(case, notes)
                notes = notes if isinstance(case, CaseError) else ()
            found += 1
    if held:
        raise UsageError(str(held))
    if not found:
        raise UsageError(f"{shown(path)}: holds no case")


def _unique(cases: Iterable[Case | CaseError]) -> Iterator[Case | CaseError]:
    times: dict[str, int] = {}
    for case in cases:
        if isinstance(case, Case):
            number = times[case.id] = times.get(case.id, 0) + 1
            if number > 1:
                while (new := f"{case.id}#{number}") in times:
                    number += 1
                times[new] = 1
                note = f"the id {case.id!r} comes more than once in this input; this is {new!r}"
                case = replace(case, id=new, problems=(*case.problems, note))
        yield case
