"""Answers beside a finding, as forms and notes write them: "Seizures: no", "[x] Ataxia".

An answer may follow a colon, dash, dots, a cell's edge or a question, stand in brackets or a box
before or behind the finding, or on a line of its own below it. What says more than an answer is
prose and left to `sentence.py`: "Seizures: not controlled".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ontology.recognise.answer_words import answer_in
from ontology.recognise.marks import (
    BRACKETS,
    SET_OFF,
    SPACE,
    Group,
    Said,
    choice,
    in_brackets,
    mark_before,
    marked_before,
)
from ontology.recognise.shared_answers import answers_below, settle, sharing
from ontology.status import Status, openings

Span = tuple[int, int]

_SIGN = re.compile(rf"{SPACE}*[:=]?{SPACE}*\(?(?P<sign>[-–—−+]){SPACE}?ve\b\)?", re.I)
_ASIDE = re.compile(r"[^\n.;,:=?|\t()\[\]]{1,48}?(?=[:=|\t…]|\.\.|__|\?(?![^\W_]))")
_SAID = re.compile(r"(?:[^\n;,.|\t()\[\]]|\.(?=\w)|(?<=\b\w\.\w)\.)*")
_END_OF_ITEM = re.compile(rf"{SPACE}*(?:[\n;,.|\t)\]]|$)")
_NEXT = re.compile(r"(?P<mark>[^\w\n]{0,8})(?P<word>\w+)?")
_WHERE = re.compile(r"\b(?:on|in|at|by|for|of|during|from|with)\b")
_QUOTES = ('"', "”", "’", "»")
_TIGHT_SIGN = re.compile(r"[-–−+]{1,3}(?=[^\S\n]*(?:[,;.)\n]|$))")
_REACH = 140


@dataclass
class Answers:
    """The status that an answer gives each finding, by its place, and the answers' characters."""

    status: dict[int, Status] = field(default_factory=dict)
    used: list[Span] = field(default_factory=list)


def read_answers(text: str, folded: str, spans: Sequence[Span]) -> Answers:
    """The answers beside the findings at `spans`, which are in the order of the text."""
    groups = _groups(spans)
    said: list[Said | None] = []
    for n, group in enumerate(groups):
        following = groups[n + 1].start if n + 1 < len(groups) else len(text) + 1
        floor = groups[n - 1].end if n else 0
        said.append(
            _behind(text, folded, group, floor, following)
            or mark_before(text, folded, group, floor)
        )  # fmt: skip
    settle(text, groups, said)
    answers_below(text, folded, groups, said)
    found = Answers()
    for n, answer in enumerate(said):
        if answer is not None:
            found.status.update(dict.fromkeys(groups[n].members, answer.status))
            if answer.end > answer.start:
                found.used.append((answer.start, answer.end))
            for k, status in sharing(text, groups, said, n):
                found.status.update(dict.fromkeys(groups[k].members, status))
    return found


def _groups(spans: Sequence[Span]) -> list[Group]:
    found: list[Group] = []
    for n, (start, end) in enumerate(spans):
        if found and start < found[-1].end:
            last = found[-1]
            found[-1] = Group(last.start, max(last.end, end), (*last.members, n))
        else:
            found.append(Group(start, end, (n,)))
    return found


def _behind(
    text: str, folded: str, group: Group, floor: int, following: int
) -> Said | None:  # fmt: skip
    """The answer that stands behind a finding on its line."""
    at = group.end
    if text[at : at + 1] in _QUOTES:
        at += 1
    if not _may_answer(text, folded, at, following):
        return None
    line_end = text.find("\n", at, at + _REACH)
    limit = min(following, line_end if line_end >= 0 else min(len(text), at + _REACH))
    ticked = choice(text, at, limit)
    if ticked is not None:
        return ticked
    tight = _TIGHT_SIGN.match(text, at)
    if tight is not None:
        return Said("present" if "+" in tight[0] else "excluded", at, tight.end())
    for _ in range(2):
        bracket = BRACKETS.match(text, at, limit)
        if bracket is None:
            break
        mark = bracket["box"] or (bracket["said"] if len(bracket["said"]) == 1 else None)
        if mark and marked_before(text, group):
            return None
        status = in_brackets(bracket, folded)
        if status is not None:
            return Said(status, bracket.start(), bracket.end(), shared=False)
        at = bracket.end()
    sign = _SIGN.match(text, at, limit)
    if sign is not None:
        status = "present" if sign["sign"] == "+" else "excluded"
        if _END_OF_ITEM.match(text, sign.end()):
            return Said(status, sign.start(), sign.end())
        if _END_OF_ITEM.match(text, limit) or limit == following:
            return Said(status, sign.start(), sign.end(), runs_on=True, bare=True)
    separator = SET_OFF.match(text, at, limit)
    if separator is None and text[at : at + 1] in (" ", ","):
        open_aside = text[at : at + 1] == ","
        aside = _ASIDE.match(text, at + open_aside, limit)
        separator = SET_OFF.match(text, aside.end(), limit) if aside else None
        if separator and aside and open_aside and not _bare(text, folded, at, limit, following):
            said = _set_off(text, folded, separator, limit, following)
            doubtful = said is not None and said.status != "present"
            return replace(said, status="uncertain", shared=False) if said and doubtful else None
    asks_on = separator is not None and separator[0].endswith("?")
    if separator and asks_on and text[separator.end() : separator.end() + 1].isalnum():
        return None  # "and ?tremor" asks about what follows
    if separator is None:
        return _bare(text, folded, at, limit, following)
    return _set_off(text, folded, separator, limit, following)


def _may_answer(text: str, folded: str, at: int, following: int) -> bool:
    """Whether an answer can begin here at all: a quick look, for most findings stand in prose."""
    match = _NEXT.match(text, at)
    mark, word = match["mark"], match["word"]  # type: ignore[index]  # it matches anything
    sign = mark.lstrip()
    if sign and sign[0] not in ",;":
        return sign[0] not in ".)]'\"" or sign[:2] == ".." or sign[:3] == ". ." or ":" in sign
    if word is None:
        return "\t" in mark
    if folded[match.start("word") : match.end("word")] in openings():  # type: ignore[union-attr]
        return True
    if sign[:1] == ",":
        return _ASIDE.match(text, at + 1, min(following, at + 60)) is not None
    if mark != " ":
        return not sign and (len(mark) > 1 or word[0] == "_" or mark == "\t")
    return _ASIDE.match(text, at, min(following, at + 60)) is not None


def _set_off(
    text: str, folded: str, separator: re.Match[str], limit: int, following: int
) -> Said | None:
    """The answer behind a separator."""
    start = separator.end()
    asked = "?" in separator[0]
    open_question = Said("uncertain", separator.start(), start, asked=True) if asked else None
    bracket = BRACKETS.match(text, start, limit)
    if bracket is not None:
        status = in_brackets(bracket, folded)
        return Said(status, start, bracket.end()) if status else open_question
    said = _SAID.match(text, start, limit)
    end = said.end() if said else start
    words = folded[start:end]
    if not words.strip():
        if separator[0].strip() in ("-", "–", "—") and _END_OF_ITEM.match(text, start):
            return Said("excluded", separator.start(), start)
        return open_question
    runs_on = end == following
    if runs_on:
        words = re.sub(r"(?:\band|\bor|[/&])\s*$", "", words.strip())
    status = answer_in(words)
    if status is None:
        return open_question
    return Said(status, start, end, asked=asked, runs_on=runs_on)


def _bare(text: str, folded: str, at: int, limit: int, following: int) -> Said | None:
    """An answer with nothing between, or a comma: "Seizures absent", "Seizures, none"."""
    comma = text[at : at + 1] in (",", ";")
    if not comma and text[at : at + 1] not in (" ", "\u00a0"):
        return None
    said = _SAID.match(text, at + 1 if comma else at, limit)
    if said is None or not 0 < len(said[0].strip()) <= 40:
        return None
    words = folded[said.start() : said.end()].strip()
    runs_on = said.end() == following
    if words[-1:] == ":":
        return None  # a heading of what comes next
    if text[at] == ";" and text[said.end() : said.end() + 1] not in ("", "\n"):
        return None
    if (comma and runs_on) or words in ("na", "nd", "x", "f", "t", "u", "0", "1", "y", "+", "."):
        return None
    status = answer_in(words)
    if status in (None, "family") or (comma and _WHERE.search(words)):
        return None
    if not runs_on and not _END_OF_ITEM.match(text, said.end()):
        return None
    return Said(
        status or "present", said.start(), said.end(), shared=not comma, runs_on=runs_on, bare=True
    )
