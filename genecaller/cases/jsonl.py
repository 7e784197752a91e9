"""Files of one JSON object a line, streamed: a bad line is named and the next ones go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from genecaller.cases.case import Case
from genecaller.cases.file import CaseFile
from genecaller.cases.json_text import read_json
from genecaller.errors import CaseError
from ontology.knowledge import Knowledge

ReadObject = Callable[..., Iterator[Case | CaseError]]


def read_lines(
    file: CaseFile, knowledge: Knowledge, read_object: ReadObject
) -> Iterator[Case | CaseError]:
    """The cases of all lines, each read by `read_object`; a case without an id is "FILE:LINE"."""
    for line in file.lines():
        if isinstance(line, CaseError):
            yield line
            continue
        number, text, notes = line
        place = f"line {number}"
        try:
            value, noted = read_json(text.rstrip(), source=file.name, where=place)
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


def count_lines(file: CaseFile) -> int:
    """How many lines are not blank."""
    return sum(1 for _ in file.lines())
