"""The door to all case files: any supported file, folder or zip becomes a stream of cases."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from genecaller.cases.archive import (
    files_in_folder,
    files_in_zip,
    is_zip,
    names_in_folder,
    names_in_zip,
)
from genecaller.cases.case import Case
from genecaller.cases.file import CaseFile, decode, file_on_disk, parse_json
from genecaller.cases.jsonl import count_lines, read_lines
from genecaller.cases.medline import looks_like_medline, read_medline, read_pubmed_xml
from genecaller.cases.phenopacket import is_phenopacket, read_phenopacket, split_phenopackets
from genecaller.cases.record import is_record, read_record
from genecaller.cases.table import looks_like_table, read_table
from genecaller.errors import CaseError, UsageError
from ontology.knowledge import Knowledge

Kind = Literal["json", "jsonl", "table", "medline", "pubmed-xml", "text"]

_JSON = re.compile(r"\{|\[\s*(?:[\[{\"]|\]\s*\Z)")  # "[ ] Seizures" is a box to tick
_XML = re.compile(r"\s*(<\?xml|<!DOCTYPE|<[A-Za-z]\w*[\s>])")
_UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, NotImplementedError)


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
            return len(names_in_folder(path))
        if is_zip(path):
            return len(names_in_zip(path))
        file = file_on_disk(path)
        kind = kind_of(file)
        if kind == "jsonl":
            return count_lines(file)
        return 1 if kind == "text" else None
    except (*_UNREADABLE, CaseError, UsageError):
        return None


def kind_of(file: CaseFile) -> Kind:
    """What a file is, from its content; its suffix decides only where the content leaves it open.

    Raises CaseError where it is nothing that can hold a case.
    """
    file.refuse_binary()
    text = decode(file.head)[0].lstrip()
    if _JSON.match(text):
        if file.suffix in (".jsonl", ".ndjson"):
            return "jsonl"
        return "jsonl" if text.startswith("{") and _is_lines(file) else "json"
    if file.suffix in (".json", ".jsonl", ".ndjson"):
        return "jsonl" if file.suffix != ".json" else "json"
    if _XML.match(text):
        if "<PubmedArticle" in text or "<PubmedBookArticle" in text:
            return "pubmed-xml"
        raise CaseError(
            "is XML or HTML, but no PubMed export (no <PubmedArticle>); expected a phenopacket, "
            "JSON lines, a table with HPO ids, a MEDLINE export or plain text",
            source=file.name,
        )
    if looks_like_medline(text):
        return "medline"
    if file.suffix in (".csv", ".tsv") or looks_like_table(text):
        return "table"
    if file.suffix in (".yaml", ".yml"):
        raise CaseError(
            "is YAML, which is not read: convert it to JSON (phenopackets have the same keys)",
            source=file.name,
        )
    if file.suffix == ".zip":
        raise CaseError(
            "is named .zip but is no zip archive: get it again, or give it the name of what it is",
            source=file.name,
        )
    return "text"


def read_file(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    """The cases of one file; whatever is wrong with it is yielded as a CaseError."""
    from genecaller.report import separate_patients

    try:
        for case in _read(file, knowledge):
            if isinstance(case, Case):
                yield from separate_patients(case, knowledge)
            else:
                yield case
    except CaseError as error:
        yield error
    except zipfile.BadZipFile as error:
        yield CaseError(f"is damaged in its zip ({error}); get it again", source=file.name)
    except _UNREADABLE as error:
        yield CaseError(
            f"cannot be read ({error}); check that it is whole and may be read", source=file.name
        )


def read_object(
    value: Any, knowledge: Knowledge, *, case_id: str, source: str, place: str | None = None
) -> Iterator[Case | CaseError]:
    """The cases of one JSON object: a phenopacket, a family or cohort, or one of our records."""
    shown = f"{source}, {place}" if place else source
    if not isinstance(value, dict) or not (is_phenopacket(value) or is_record(value)):
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


def _read(file: CaseFile, knowledge: Knowledge) -> Iterator[Case | CaseError]:
    kind = kind_of(file)
    if kind == "json":
        value, notes = file.json()
        items = value if isinstance(value, list) else [value]
        for i, item in enumerate(items):
            place = f"$[{i}]" if isinstance(value, list) else None
            case_id = f"{file.file_name}:{i + 1}" if place else file.file_name
            try:
                for case in read_object(
                    item, knowledge, case_id=case_id, source=file.name, place=place
                ):
                    yield _noted(case, notes)
            except CaseError as error:
                yield error
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


def _is_lines(file: CaseFile) -> bool:
    """Whether a text that begins with an object has a whole one in its first line, and more."""
    lines = file.lines()
    first, second = next(lines, None), next(lines, None)
    if first is None or second is None or isinstance(first, CaseError):
        return False
    try:
        parse_json(first[1], source=file.name)
    except CaseError:
        return False
    return True


def _checked(path: Path) -> Path:
    if not path.exists():
        raise UsageError(f"{path}: there is no such file or folder")
    if not path.is_dir() and not path.is_file():
        raise UsageError(f"{path}: is neither a file nor a folder")
    return path


def _files(path: Path) -> Iterable[CaseFile]:
    if path.is_dir():
        return files_in_folder(path)
    try:
        return files_in_zip(path) if is_zip(path) else [file_on_disk(path)]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def _usable(
    files: Iterable[CaseFile], path: Path, knowledge: Knowledge
) -> Iterator[Case | CaseError]:
    """The cases of all files; one failure and nothing else is an input that cannot be used."""
    found = 0
    held: CaseError | None = None
    for file in files:
        for case in read_file(file, knowledge):
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
        raise UsageError(f"{path}: holds no case")


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
