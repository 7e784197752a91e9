"""Lists under a heading that says present, absent or unknown: "Pertinent negatives: ...".

A heading is read by its words (`ontology/status.py`). What stands beside it belongs to it up to
the end of the line or to a statement of its own; what stands below it, one item a line, up to an
empty line, the next heading or a line of prose.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from ontology.recognise.cues import cue_table
from ontology.recognise.headings import Head, Line, Span, headings, lines_of_text
from ontology.recognise.titles import MARKUP
from ontology.status import Status

_ITEM_WORDS = 3
"""Words of an item that a full stop may end without ending the list: "Absent: ataxia. Ptosis." """
_STATEMENT = re.compile(
    r"\b(?:has|had|have|shows|showed|developed|develops|presents|presented|revealed|exhibits|"
    r"exhibited|suffers|suffered|remains|is|was|were|are|began|became|started)\b"
)
_TURN = re.compile(
    r"(?:,|;|\band\b)\s*(?:s?he|they|it|the (?:patient|proband|child|boy|girl)|there)?\s*"
    r"(?:also |now |then )?(?:has|had|have|shows|showed|developed|presents with|presented|is|was)\b"
)
_UNFINISHED = re.compile(r"(?:[,;:/&+]|\b(?:and|or|nor))[ \t\r]*\Z", re.I)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|;")


@dataclass(frozen=True, slots=True)
class Reach:
    """Characters `start:end` that stand under a heading of this status.

    `title` are the characters of the heading, whose words are no cues for anything else.
    """

    start: int
    end: int
    status: Status | None
    title: tuple[int, int]


def reaches(
    text: str,
    folded: str,
    spans: Sequence[Span],
    answers: Sequence[Span] = (),
    carried: Status | None = None,
) -> tuple[list[Reach], Status | None]:
    """The lists of a block, in order, and the status of one that its end leaves open.

    `spans` are the findings' characters, in order, `answers` those of answers beside them, which
    are no headings. `carried` is the status of the list that the block before left open.
    """
    if not spans:
        return [], None
    lines = lines_of_text(text)
    starts = [line.start for line in lines]
    heads = headings(text, folded, lines, spans, answers)
    if carried is not None:
        heads.insert(0, Head(0, 0, carried, alone=True))
    found: list[Reach] = []
    left_open: Status | None = None
    for n, head in enumerate(heads):
        if head.status is None:
            continue
        if head.alone:
            stop = _next_heading(text, lines, starts, heads, n)
            end = _below(text, folded, lines, starts, head, stop)
            if not text[end:].strip() and text.count("\n", end) < 2:
                left_open = head.status
        else:
            stop = heads[n + 1].start if n + 1 < len(heads) else len(text)
            end = _beside(text, folded, lines, starts, head, stop)
        if end > head.body:
            found.append(Reach(head.body, end, head.status, (head.start, head.body)))
    return found, left_open


def _next_heading(
    text: str, lines: Sequence[Line], starts: Sequence[int], heads: Sequence[Head], n: int
) -> int:  # fmt: skip
    """Where the heading begins that ends the list below heading `n`.

    A label inside a bulleted line, or of every line of the list ("Skeletal: scoliosis"), is none.
    """
    at = bisect_right(starts, heads[n].body - 1)
    items = [line for line in lines[at : at + 3] if line.body < line.end][:1]
    labelled = bool(items) and any(
        head.start == items[0].body and head.status is None for head in heads[n + 1 : n + 2]
    )
    for head in heads[n + 1 :]:
        line = lines[bisect_right(starts, head.start) - 1]
        bulleted = text[line.start : line.body].strip() != ""
        if head.status is not None or head.alone or not (labelled or bulleted):
            return head.start
    return len(text)


@cache
def _contrast() -> re.Pattern[str]:
    """Words that end a list and begin what is otherwise: "but", "except for"."""
    kept = ("but", "however", "although", "though", "except", "apart", "aside", "other", "besides",
            "whereas", "while", "despite", "with", "nevertheless")  # fmt: skip
    phrases = [
        " ".join(words)
        for first in kept
        for words, kinds in cue_table().get(first, ([], {}))[1].items()
        if "end" in kinds
    ]
    return re.compile(rf"\b(?:{'|'.join(sorted(phrases, key=len, reverse=True))})\b")


def _beside(
    text: str, folded: str, lines: Sequence[Line], starts: Sequence[int], head: Head, stop: int
) -> int:  # fmt: skip
    """Where the list beside a heading ends."""
    n = bisect_right(starts, head.body - 1) - 1
    indent = lines[n].indent if head.start <= lines[n].body else 0
    while n + 1 < len(lines):
        line, following = lines[n], lines[n + 1]
        if line.end >= stop or following.body >= following.end:
            break
        wrapped = folded[line.end] != "\n"
        unfinished = _UNFINISHED.search(text, max(line.start, line.end - 6), line.end)
        hanging = following.indent > max(indent, 1) and following.body > following.start
        if not (wrapped or unfinished or hanging):
            break
        n += 1
    return _listed(folded, head.body, min(stop, lines[n].end))


def _listed(folded: str, start: int, end: int) -> int:
    """How far the items of one line go: to a contrast, or a statement with a verb of its own."""
    contrast = _contrast().search(folded, start, end)
    if contrast:
        end = contrast.start()
    turn = _TURN.search(folded, start, end)
    if turn:
        end = turn.start()
    begin = start
    for match in _SENTENCE_END.finditer(folded, start, end):
        if match[0] != ";" and len(folded[begin : match.start()].split()) > _ITEM_WORDS:
            return match.end()
        following = _SENTENCE_END.search(folded, match.end(), end)
        if _STATEMENT.search(folded, match.end(), following.start() if following else end):
            return match.end()
        begin = match.end()
    return end


def _below(
    text: str, folded: str, lines: Sequence[Line], starts: Sequence[int], head: Head, stop: int
) -> int:  # fmt: skip
    """Where the list below a heading ends."""
    at = bisect_left(starts, head.body)
    end = head.body
    first: Line | None = None
    spaced, items = False, 0
    for n in range(at, len(lines)):
        line = lines[n]
        if not text[line.start : line.end].strip(MARKUP):
            spaced = spaced or first is None
            one_by_one = spaced and items < 2
            if first is not None and not one_by_one and not _same_form(text, lines, n + 1, first):
                break
            items = 0
            continue
        items += 1
        bulleted = text[line.start : line.body].strip() != ""
        if line.start >= stop or (not bulleted and _is_prose(folded, line)):
            break
        first = first or line
        end = line.end
    return min(end, stop)


def _same_form(text: str, lines: Sequence[Line], n: int, first: Line) -> bool:
    """Whether the list goes on behind an empty line, with the bullet it began with."""
    while n < len(lines) and lines[n].body >= lines[n].end:
        n += 1
    if n == len(lines):
        return False
    mark = text[first.start : first.body].strip(" \t0123456789")
    return mark != "" and text[lines[n].start : lines[n].body].strip(" \t0123456789") == mark


def _is_prose(folded: str, line: Line) -> bool:
    """Whether a line is a sentence about the patient and no item of a list."""
    written = folded[line.body : line.end]
    return len(written.split()) > 2 and bool(_STATEMENT.search(written))
