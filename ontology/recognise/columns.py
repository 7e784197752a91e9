"""Tables whose columns say present and absent: ticks under "Yes | No", findings under "Absent"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ontology.recognise.answers import Answers, Span
from ontology.recognise.titles import title_status
from ontology.status import Status, answer_status, flag_status

_EDGE = re.compile(r"[|\t]")
_RULE = re.compile(r"[\s|:+=\-–—]+")
_BOXED = re.compile(r"[\[(]\s*([xXvV✓✔]?)\s*[\])]|([☑☒■✅])|([☐□])")


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    end: int
    written: str


def read_columns(text: str, folded: str, spans: Sequence[Span]) -> Answers:
    """The status of findings in tables that have a row of headings, and the tables' characters."""
    found = Answers()
    starts = [start for start, _ in spans]
    for rows in _tables(text):
        heads, *body = rows
        if not body or _findings(starts, heads[0].start, heads[-1].end):
            continue
        statuses = [_column_status(cell.written) for cell in heads]
        if all(status is None for status in statuses):
            continue
        found.used.append((heads[0].start, heads[-1].end))
        paired = len(set(statuses) - {None}) > 1
        for row in body:
            _read_row(row, heads, statuses, starts, found, paired=paired)
    return found


def _tables(text: str) -> Iterator[list[list[_Cell]]]:
    """Runs of lines with cells, each line as its cells; ruled lines are left out."""
    rows: list[list[_Cell]] = []
    start = 0
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if _EDGE.search(text, start, end):
            if not _RULE.fullmatch(text, start, end):
                rows.append(_cells(text, start, end))
        else:
            if len(rows) > 1:
                yield rows
            rows = []
        start = end + 1
    if len(rows) > 1:
        yield rows


def _cells(text: str, start: int, end: int) -> list[_Cell]:
    """The cells of a line; the bars at its ends begin and end none."""
    edges = [match.start() for match in _EDGE.finditer(text, start, end)]
    if text[start : edges[0]].strip() == "" and text[edges[0]] == "|":
        start = edges.pop(0) + 1
    if edges and text[edges[-1] : end].strip() == "|":
        end = edges.pop()
    bounds = [start - 1, *edges, end]
    return [
        _Cell(left + 1, right, text[left + 1 : right].strip(" \t\r*_"))
        for left, right in pairwise(bounds)
    ]


def _column_status(heading: str) -> Status | None:
    lowered = heading.lower()
    return title_status(lowered) or answer_status(lowered) if lowered else None


def _findings(starts: Sequence[int], left: int, right: int) -> range:
    return range(bisect_left(starts, left), bisect_left(starts, right))


def _read_row(
    row: Sequence[_Cell],
    heads: Sequence[_Cell],
    statuses: Sequence[Status | None],
    starts: Sequence[int],
    found: Answers,
    *,
    paired: bool,
) -> None:
    ticks: list[Status] = []
    flags: list[Status | None] = []
    asked = False
    unplaced: list[int] = []
    for cell, head, status in zip(row, heads, statuses, strict=False):
        here = _findings(starts, cell.start, cell.end)
        if here and status is not None:
            found.status.update(dict.fromkeys(here, status))
            continue
        unplaced += here
        if status is None:
            continue
        asked = True
        found.used.append((cell.start, cell.end))
        ticked = _tick(cell.written, head.written.lower(), status, paired=paired)
        if ticked is not None:
            ticks.append(ticked)
        flags.append(flag_status(head.written.lower(), cell.written.lower()))
    if not unplaced or not asked:
        return
    one = set(ticks)
    if len(flags) > 1 and None not in flags and len(set(flags)) == 1:
        one = {flag for flag in flags if flag}  # "yes" under Present and "no" under Absent
    status = one.pop() if len(one) == 1 else "uncertain"
    found.status.update(dict.fromkeys(unplaced, status))


def _tick(cell: str, heading: str, status: Status, *, paired: bool) -> Status | None:
    """What a cell under a heading of status says of its row's finding.

    With one column for each answer (`paired`), a word of the column's own status ticks it: "no"
    under "No". A dash there is an empty cell.
    """
    boxed = _BOXED.fullmatch(cell)
    if boxed:
        cell = "yes" if boxed[1] or boxed[2] else ""
    answer = answer_status(cell.lower())
    if status in ("uncertain", "family"):
        return status if answer == "present" else None
    if paired and (not cell.strip("-–—") or answer == status):
        return answer if cell.strip("-–—") else None
    return flag_status(heading, cell.lower()) if cell else None
