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

MOST_UNREADABLE = 10_000
"""So many unreadable lines and no other: it is no file of JSON lines, whatever its name."""


def read_lines(
    file: CaseFile, knowledge: Knowledge, read_object: ReadObject
) -> Iterator[Case | CaseError]:
    """The cases of all lines, each read by `read_object`; a case without an id is "FILE:LINE"."""
    readable, unreadable = False, 0
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
            readable = True
        except CaseError as error:
            yield error
            unreadable += 1
            if not readable and unreadable == MOST_UNREADABLE:
                yield CaseError(
                    f"none of its first {unreadable:,} lines is a case; the rest is not read",
                    source=file.name,
                    where=f"after line {number}",
                )
                return


def count_lines(file: CaseFile) -> int:
    """How many lines are not blank."""
    return sum(1 for _ in file.lines())
