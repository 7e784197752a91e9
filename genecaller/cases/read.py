"""The door to all case files: any supported file, folder or zip becomes a stream of cases."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from genecaller.cases.archive import (
    count_in_zip,
    files_in_folder,
    files_in_zip,
    is_zip,
    names_in_folder,
)
from genecaller.cases.case import Case
from genecaller.cases.file import CaseFile, file_on_disk
from genecaller.cases.foreign import kind_of_markup, kind_of_suffix, kind_of_text
from genecaller.cases.grid import looks_like_table
from genecaller.cases.json_text import json_values, parse_json
from genecaller.cases.jsonl import begins_with_term, count_lines, read_lines
from genecaller.cases.medline import looks_like_medline, read_medline, read_pubmed_xml
from genecaller.cases.opening import UNREADABLE, reason, shown
from genecaller.cases.phenopacket import is_phenopacket, read_phenopacket, split_phenopackets
from genecaller.cases.record import is_record, read_record, unwrapped
from genecaller.cases.table import read_table
from genecaller.cases.term_rows import is_term_row, read_term_rows, row_person
from genecaller.errors import CaseError, UsageError
from ontology.files import lines_of
from ontology.knowledge import Knowledge

Kind = Literal["json", "jsonl", "table", "medline", "pubmed-xml", "text"]

_JSON = re.compile(r"\{\s*[\"'}]|\[\s*(?:[\[{\"]|\]\s*\Z)")  # "[ ] Seizures" is a box to tick
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_PUBMED = re.compile(r"<(?:\w+:)?Pubmed(?:Book)?Article")
_HELD = {
    "json": "JSON",
    "jsonl": "JSON lines",
    "pubmed-xml": "a PubMed export",
    "text": "plain text",
    "table": "a table",
    "medline": "a MEDLINE export",
}
_NAMES = {"text": ".txt", "table": ".csv or .tsv", "medline": ".nbib"}
_FIRST_LINES = 20
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
            names, faults = names_in_folder(path)
            return len(names) + len(faults)
        if is_zip(path):
            return count_in_zip(path)
        file = file_on_disk(path)
        kind = kind_of(file)
        if kind == "jsonl":
            return None if begins_with_term(file) else count_lines(file)
        return 1 if kind == "text" else None
    except (*UNREADABLE, CaseError, UsageError):
        return None


def kind_of(file: CaseFile) -> Kind:
    """What a file is, from its content; its suffix decides only where the content leaves it open.

    Raises CaseError where it is nothing that can hold a case, and says what it is.
    """
    file.refuse_binary()
    text = file.beginning
    named_json = file.suffix in _JSON_SUFFIXES
    if not text.startswith("{\\rtf") and (
        _JSON.match(text) or (named_json and text[:1] in ("{", "["))
    ):
        return _json_form(file, text)
    if _PUBMED.search(text) and text.startswith("<"):
        return "pubmed-xml"
    foreign = kind_of_markup(text) or kind_of_text(text)
    if foreign:
        raise CaseError(foreign, source=file.name)
    if named_json:
        return "json" if file.suffix == ".json" and not _holds_objects(text) else "jsonl"
    found = _plain_kind(file, text)
    foreign = kind_of_suffix(file.suffix) if found == "text" else None
    if foreign:
        raise CaseError(foreign, source=file.name)
    return found


def report_text(file: CaseFile) -> tuple[str, tuple[str, ...]]:
    """The text of a report, and what had to be assumed; raises CaseError for any other form.

    What is read there as structure (JSON, a table) would lose its meaning as running text.
    """
    kind = kind_of(file)
    if kind in ("json", "jsonl"):
        _refuse_misnamed(file)
    if kind not in ("text", "medline"):
        raise CaseError(
            f"is {_HELD[kind]}, not the text of a report; `genecaller rank` reads it",
            source=file.name,
        )
    return file.text()


def read_file(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The cases of one file; whatever is wrong with it is yielded as a CaseError."""
    from genecaller.report import separate_patients

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
    shown = f"{source}, {place}" if place else source
    if is_term_row(value):
        person = row_person(value) or case_id
        yield read_term_rows([(value, place or "$")], knowledge.hpo, case_id=person, source=shown)
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
        yield read_record(value, knowledge, case_id=case_id, source=shown)
        return
    for packet, path, notes in split_phenopackets(value, shown):
        try:
            case = read_phenopacket(packet, knowledge, case_id=case_id, source=shown, path=path)
        except CaseError as error:
            yield error
        else:
            yield _noted(case, notes)


def _plain_kind(file: CaseFile, text: str) -> Literal["medline", "table", "text"]:
    if looks_like_medline(text):
        return "medline"
    return "table" if file.suffix in (".csv", ".tsv") or looks_like_table(text) else "text"


def _refuse_misnamed(file: CaseFile) -> None:
    """Raise CaseError where a file is named as JSON and holds nothing like it."""
    text = file.beginning
    if text[:1] in ("{", "[") or _holds_objects(text) or _is_json(file):
        return
    kind = _plain_kind(file, text)
    raise CaseError(
        f"is named {file.suffix} but holds {_HELD[kind]}; give it the name of what it is "
        f"({_NAMES[kind]}), or export the JSON again",
        source=file.name,
    )


def _read(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    kind = kind_of(file)
    if kind in ("json", "jsonl"):
        _refuse_misnamed(file)
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
    from genecaller.report import cases_from_text

    text, notes = file.text()
    for case in cases_from_text(text.replace("\r\n", "\n"), knowledge, file.file_name):
        yield replace(case, source=file.name, problems=(*notes, *case.problems))


def _noted(case: Case | CaseError, notes: tuple[str, ...]) -> Case | CaseError:
    if notes and isinstance(case, Case):
        return replace(case, problems=(*notes, *case.problems))
    return case


def _json_form(file: CaseFile, text: str) -> Kind:
    """Whether JSON is one document (or several), or an object a line, whatever its name says."""
    lines = file.lines()
    first, second = next(lines, None), next(lines, None)
    named_lines = file.suffix in (".jsonl", ".ndjson")
    if first is None or isinstance(first, CaseError):
        return "jsonl" if named_lines else "json"
    if first[1].strip() in ("{", "[") and not named_lines:
        return "json"
    if second is None:
        return "jsonl" if named_lines and text.startswith("{") else "json"
    if _parses(first[1], dict):
        return "jsonl"
    if text.startswith("[") or _is_json(file):
        return "json"
    # Neither a line nor the whole is JSON: lines with a fault, or a document with one.
    if named_lines:
        return "json" if first[1].strip() == "{" and not _holds_objects(text) else "jsonl"
    return "jsonl" if _holds_objects(text) else "json"


def _holds_objects(text: str) -> bool:
    """Whether any of the first lines is a whole JSON object that is not indented."""
    lines = lines_of(text)[:_FIRST_LINES]
    return any(line.startswith("{") and _parses(line, dict) for line in lines)


def _is_json(file: CaseFile) -> bool:
    try:
        file.json()
    except CaseError:
        return False
    return True


def _parses(text: str, kind: type) -> bool:
    try:
        return isinstance(parse_json(text.strip(), source=""), kind)
    except CaseError:
        return False


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
    for file in files:
        for case in [file] if isinstance(file, CaseError) else read_file(file, knowledge):
            if not found and isinstance(case, CaseError):
                held = case
            else:
                if held:
                    yield held
                    held = None
                yield case
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
