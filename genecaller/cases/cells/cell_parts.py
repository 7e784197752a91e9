"""The parts of a cell: between separators outside brackets, and under headings inside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genecaller.cases.cells.wording import Said, is_answer, is_name
from genecaller.cases.cells.words import words_of
from ontology.hpo import Hpo
from ontology.status import heading_status

CODE = re.compile(
    r"(?:https?://[^\s,;|()]*?[/#])?(?<![A-Za-z0-9])"
    r"(?:HPO?[:_]?\s?\d{7}(?!\d)|HPO?:\s?\d+|HPO?_\d{4,})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""An HPO id in any spelling, also one with too few or too many digits (which is then told)."""

_HEADING_WORDS = words_of("term word") | words_of("around") | words_of("speaking")
_HARD = re.compile(r"[;\n]")
SOFT = re.compile(r"[,|\t]|\s/\s|\s(?:as well as|but)\s")
_HEADING = re.compile(r"\s*(?!HPO?\s*:)([^\W\d][^:(){}\[\]]{0,60}?)\s*:(?:\s+|(?=HP))")


@dataclass(frozen=True, slots=True)
class Run:
    """Terms under one heading of a cell; `headed` is whether the heading stands before them.

    After a semicolon or line end a heading may go on or not.
    """

    text: str
    heading: Said
    headed: bool


def runs_of(text: str, hpo: Hpo) -> Iterator[Run]:
    """The parts of a cell, each with the heading ("Absent: ...") that it stands under."""
    heading = Said()
    for start, end in _spans(text, _HARD):
        chunk = text[start:end]
        headed = False
        begin = end_of_run = 0
        for first, last in _spans(chunk, SOFT):
            match = _HEADING.match(chunk, first, last)
            found = _heading(match[1], heading, hpo) if match else None
            if match and found and not is_answer(chunk[match.end() : last]):
                if chunk[begin:end_of_run].strip():
                    yield Run(chunk[begin:end_of_run], heading, headed)
                heading, headed, begin = found, True, match.end()
            end_of_run = last
        if chunk[begin:end_of_run].strip():
            yield Run(chunk[begin:end_of_run], heading, headed)


def _heading(words: str, before: Said, hpo: Hpo) -> Said | None:
    """What a heading inside a cell says; one without a status ends the one before it."""
    if CODE.search(words) or is_name(words, hpo) or _begins_a_name(words):
        return None
    status = heading_status(words)
    if status is None and before.status in (None, "present"):
        return None
    return Said(status, unclear=status is None)


def split_outside_brackets(text: str, separator: re.Pattern[str]) -> list[str]:
    """The parts between separators that stand outside brackets, as they are written."""
    return [text[start:end] for start, end in _spans(text, separator)]


def _begins_a_name(words: str) -> bool:
    """Whether "no" stands before the name of one finding: "no EMG: myopathic abnormalities"."""
    first, *others = re.findall(r"[a-z]+", words.casefold()) or [""]
    begins = first in ("no", "not", "without") or [first, *others[:1]] == ["negative", "for"]
    return begins and any(
        word not in _HEADING_WORDS and heading_status(word) is None for word in others
    )


def _spans(text: str, separator: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where the parts of a text are that are not blank; a line end closes brackets."""
    spans, start, depth = [], 0, 0
    for match in re.finditer(rf"[()\[\]]|{separator.pattern}", text):
        if match[0] in ("(", "["):
            depth += 1
        elif match[0] in (")", "]"):
            depth = max(0, depth - 1)
        elif depth == 0 or match[0] == "\n":
            spans.append((start, match.start()))
            start, depth = match.end(), 0
    spans.append((start, len(text)))
    return [(first, last) for first, last in spans if text[first:last].strip()]
