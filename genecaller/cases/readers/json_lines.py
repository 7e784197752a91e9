"""Files of one JSON object a line, streamed: a bad line is named and the next ones go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from genecaller.cases.case import Case
from genecaller.cases.files.case_file import CaseFile
from genecaller.cases.files.json_text import parse_json, read_json
from genecaller.cases.readers.term_rows import is_term_row, read_term_rows, row_person
from genecaller.errors import CaseError
from ontology.knowledge import Knowledge

ReadObject = Callable[..., Iterator[Case | CaseError]]


def read_lines(
    file: CaseFile, knowledge: Knowledge, read_object: ReadObject
) -> Iterator[Case | CaseError]:
    """The cases of all lines, each read by `read_object`; a case without an id is "FILE:LINE".

    Lines of one term each, as `genecaller normalize` prints them, are together the case of the
    patient that they name, else of the file; it comes after the others.
    """
    people: dict[str, list[tuple[Any, str]]] = {}
    for line in file.lines():
        if isinstance(line, CaseError):
            yield line
            continue
        number, text, notes = line
        place = f"line {number}"
        try:
            value, noted = read_json(text.rstrip(), source=file.name, where=place)
            if is_term_row(value):
                person = row_person(value) or file.file_name
                people.setdefault(person, []).append((value, place))
                continue
            for case in read_object(
                value,
                knowledge,
                case_id=f"{file.file_name}:{number}",
                source=file.name,
                place=place,
            ):
                if isinstance(case, Case) and (notes or noted):
                    case = replace(case, problems=(*notes, *noted, *case.problems))
                yield case
        except CaseError as error:
            yield error
    for person, rows in people.items():
        yield read_term_rows(rows, knowledge.hpo, case_id=person, source=file.name)


def count_lines(file: CaseFile) -> int:
    """How many lines are not blank."""
    return sum(1 for _ in file.lines())


def begins_with_term(file: CaseFile) -> bool:
    """Whether the first line is one term, so that lines are not cases."""
    line = next(file.lines(), None)
    if line is None or isinstance(line, CaseError):
        return False
    try:
        return is_term_row(parse_json(line[1], source=file.name))
    except CaseError:
        return False
