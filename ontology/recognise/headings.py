"""Headings in a text: by their words, by a colon, by the line that they have to themselves."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ontology.recognise.answer_words import answer_in
from ontology.recognise.titles import MARKUP, title_status
from ontology.status import Status, answer_status, says_only_status

Span = tuple[int, int]

_LONGEST_TITLE = 90
_BULLET = re.compile(
    r"[ \t]*(?:(?:[-*•·+>→◦▪‣●○■–—]|\d{1,2}[.)]|\(?[a-z\d][.)])[ \t]+|[•·◦▪‣●#>*_]+[ \t]*)+"
)
_SEPARATED = re.compile(
    r"(?P<title>[^\n:;,|\t=–—]{1,60}?)(?:[ \t]+[-–—]{1,2}[ \t]+|[ \t]*(?:[–—]|[=-]>|→|=)[ \t]*"
    r"|[ \t]*\|[ \t]*|[ \t]*\t[ \t]*)(?=\S)"
)
_SIGNS = re.compile(r"\s*[(\[]?\s*[-+](?:ve)?\s*[)\]]?\s*")
_NOTHING_BESIDE = re.compile(
    r"[ \t\r]*(?:the )?(?:following|below|see below|as follows|findings?|features?|list)?[ \t\r:]*"
)
_SECTION = re.compile(
    r"(?:[\w']+ ){0,3}(?:history|examination|exam|findings|presentation|course|results?|plan|"
    r"investigations?|laboratory|labs|imaging|assessment|impression|background|conclusions?|"
    r"discussion|summary|medications?|growth|development|phenotype|features|diagnos[ie]s)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """Characters of one line, its end left out."""

    start: int
    end: int
    body: int
    """Where its text begins, behind bullet or number."""

    @property
    def indent(self) -> int:
        """Characters before its text, a bullet counted."""
        return self.body - self.start


@dataclass(frozen=True, slots=True)
class Head:
    """One heading: where it begins, where its list may begin, and the status it gives."""

    start: int
    body: int
    status: Status | None
    alone: bool
    """Whether it is a line of its own, so that its list stands below."""


def lines_of_text(text: str) -> list[Line]:
    """The lines of a text with their bullets set apart."""
    found: list[Line] = []
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        bullet = _BULLET.match(text, start, end)
        body = bullet.end() if bullet else start
        while body < end and text[body] in " \t":
            body += 1
        found.append(Line(start, end, body))
        start = end + 1
    return found


def headings(
    text: str,
    folded: str,
    lines: Sequence[Line],
    spans: Sequence[Span],
    answers: Sequence[Span],
) -> list[Head]:
    """Everything that is set before a list, by its words or by the place of its colon."""
    starts = [start for start, _ in spans]
    ends = sorted(end for _, end in spans)
    answered = {start for start, _ in answers}
    found: list[Head] = []
    for n, line in enumerate(lines):
        if line.body >= line.end or line.start in answered:
            continue
        colons = _colons(text, folded, line, ends)
        found += colons
        if colons and colons[0].start <= line.body:
            continue
        head = _opening(text, folded, line, starts)
        if head is None and line.end - line.body <= _LONGEST_TITLE and n + 1 < len(lines):
            head = _alone(folded, line, starts)
        if head is not None:
            found.append(head)
    found.sort(key=lambda head: head.start)
    return found


def _colons(text: str, folded: str, line: Line, ends: Sequence[int]) -> list[Head]:
    """The headings that a colon closes, at the start of the line or behind an item."""
    found: list[Head] = []
    at = folded.find(":", line.body, line.end)
    floor = line.body
    while at >= 0:
        body = at + 1
        if not _is_colon(folded, at):
            at = folded.find(":", body, line.end)
            continue
        i = bisect_right(ends, at) - 1
        after_finding = i >= 0 and ends[i] > floor
        left = max(floor, ends[i] if after_finding else floor, at - _LONGEST_TITLE)
        for mark in (". ", ";", "! ", "? ", "|", "\t"):
            cut = text.rfind(mark, left, at)
            if cut >= 0:
                left, after_finding = cut + len(mark), False
        status = title_status(folded[left:at])
        if status is None and _SIGNS.fullmatch(folded, left, at):
            status = answer_status(folded[left:at].strip(" \t()[]"))
        if status is None and "," in folded[left:at]:
            comma = folded.rfind(",", left, at) + 1
            if (inner := title_status(folded[comma:at])) is not None:
                left, status = comma, inner
        rest = folded[body : line.end].strip(MARKUP + "\r")
        if status is None and rest and answer_in(rest) is not None:
            floor = body
            at = folded.find(":", body, line.end)
            continue
        opens_line = left <= line.body and not after_finding
        if status is not None or not after_finding:
            alone = opens_line and bool(_NOTHING_BESIDE.fullmatch(rest))
            found.append(Head(left, body, status, alone))
        floor = body
        at = folded.find(":", body, line.end)
    return found


def _is_colon(folded: str, at: int) -> bool:
    """Whether a colon ends a title: not that of a time, ratio or address."""
    following = folded[at + 1 : at + 2]
    if following == "/":
        return False
    return not (following.isdigit() and folded[at - 1 : at].isdigit())


def _opening(text: str, folded: str, line: Line, starts: Sequence[int]) -> Head | None:
    """A status at the start of a line, set off by a dash, a cell's edge or brackets."""
    i = bisect_left(starts, line.body)
    first = starts[i] if i < len(starts) else line.end
    if first >= line.end:
        return None
    begin = line.body
    while begin < first and text[begin] in "| \t*_":
        begin += 1
    match = _SEPARATED.match(text, begin, line.end)
    if match is None or match.end() > first:
        return None
    title = folded[match.start("title") : match.end("title")].strip()
    cell = "|" in match[0] or "\t" in match[0]
    status = answer_status(title) if cell or title in ("no", "yes", "none") else None
    title = title.strip(MARKUP)
    if status is None and title:
        status = title_status(title) if says_only_status(title) else None
    if status is None:
        return None
    return Head(line.start, match.end(), status, alone=False)


def _alone(folded: str, line: Line, starts: Sequence[int]) -> Head | None:
    """A title without a colon on a line of its own: "Negative findings"."""
    i = bisect_left(starts, line.start)
    if i < len(starts) and starts[i] < line.end:
        return None
    title = folded[line.body : line.end].strip(MARKUP + "\r.")
    if not title or len(title.split()) > 7:
        return None
    if title[0] in "([" and title[-1] in ")]":
        title = title[1:-1]
    status = title_status(title)
    if status is not None and says_only_status(title):
        return Head(line.start, line.end, status, alone=True)
    if _SECTION.fullmatch(title):
        return Head(line.start, line.end, None, alone=True)
    return None
