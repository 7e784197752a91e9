"""Answers that reach further than the finding beside them: shared, or on the line below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ontology.recognise.answer_words import answer_in
from ontology.recognise.marks import Group, Said
from ontology.status import Status

_GLUE = re.compile(r"(?:,|/|&|\+|\band\b|\bor\b|\bany\b|[^\S\n])+")
_STATES = re.compile(
    r"\b(?:has|had|have|with|shows|showed|developed|presented|presents|exhibited|revealed|is|was)\b"
)
_LABEL = re.compile(r"\s*(?:a|ans|answer|reply|response|patient|mother|pt)?\s*[:.)-]?\s+", re.I)
_OPEN_WORDS = frozenset(["no", "not", "without", "absent", "negative", "denied", "denies", "never"])


def settle(text: str, groups: Sequence[Group], said: list[Said | None]) -> None:
    """Decide the answers that run on into the next finding.

    "Seizures no ataxia yes": where every finding of the line has an answer behind it, that is
    the order; else the last word denies what follows, and what stands before is left open.
    """
    for n in range(len(said) - 1, -1, -1):
        answer = said[n]
        if answer is None or not answer.runs_on:
            continue
        line_end = text.find("\n", groups[n].end)
        line_end = len(text) if line_end < 0 else line_end
        following = said[n + 1] if n + 1 < len(said) else None
        goes_on = following is not None and not (following.bare and following.runs_on)
        goes_on = goes_on and groups[n + 1].start < line_end
        if goes_on:
            said[n] = replace(answer, runs_on=False)
            continue
        last = text[answer.start : answer.end].lower().split()[-1:]
        if answer.bare:
            said[n] = None
        elif last and last[0].strip(".,") in _OPEN_WORDS:
            said[n] = replace(answer, status="uncertain", end=answer.start, shared=False)

    for n, answer in enumerate(said):
        if answer is None or not answer.bare or answer.status != "present":
            continue
        beside = [said[k] for k in (n - 1, n + 1) if 0 <= k < len(said)]
        if not any(other is not None and other.bare for other in beside):
            said[n] = None  # "ataxia was noted": the sentence says that


def answers_below(text: str, folded: str, groups: Sequence[Group], said: list[Said | None]) -> None:
    """Answers on the line below a question, a colon, or the finding of a pasted form."""
    for n, group in enumerate(groups):
        answer = said[n]
        if answer is not None and not (answer.asked and answer.status == "uncertain"):
            continue
        line_end = text.find("\n", group.end, group.end + 60)
        if line_end < 0 or (n + 1 < len(groups) and groups[n + 1].start < line_end):
            continue
        closing = text[group.end : line_end].strip()
        start = line_end + 1
        stop = text.find("\n", start)
        stop = len(text) if stop < 0 else stop
        if stop - start > 60 or (n + 1 < len(groups) and groups[n + 1].start < stop):
            continue
        if closing[-1:] == "?":
            label = _LABEL.match(text, start, stop)
            begin = label.end() if label and ":" in label[0] else start
            words = re.split(r"[.,;(]", folded[begin:stop])[0]
        elif closing in ("", ":") and (closing or _alternates(text, groups, n)):
            words = folded[start:stop]
        else:
            continue
        status = answer_in(words)
        if status is not None:
            said[n] = Said(status, start, stop, asked=closing[-1:] == "?")


def _alternates(text: str, groups: Sequence[Group], n: int) -> bool:
    """Whether findings and answers take turns, line by line, from the first line on."""
    left = text.rfind("\n\n", 0, groups[n].start)
    left = max(left + 2 if left >= 0 else 0, groups[n].start - 2_000)
    right = text.find("\n\n", groups[n].end)
    right = min(len(text) if right < 0 else right, groups[n].end + 2_000)
    lines = [line for line in text[left:right].split("\n") if line.strip()]
    return len(lines) % 2 == 0 and all(
        (answer_in(line.lower()) is not None) == bool(i % 2) for i, line in enumerate(lines)
    )


def sharing(
    text: str, groups: Sequence[Group], said: Sequence[Said | None], n: int
) -> list[tuple[int, Status]]:
    """The findings listed before one with an answer that share it: "Fever, cough: denied".

    Of a list in which others have answers of their own, the rest is left open.
    """
    answer = said[n]
    if answer is None or not answer.shared or answer.status == "family":
        return []
    k = n
    while k and said[k - 1] is None and _GLUE.fullmatch(text, groups[k - 1].end, groups[k].start):
        k -= 1
    if k == n:
        return []
    floor = max(text.rfind(mark, 0, groups[k].start) + 1 for mark in ("\n", ". ", ";", ":", "|"))
    if not answer.asked and _STATES.search(text, floor, groups[k].start):
        return []
    following = said[n + 1] if n + 1 < len(said) else None
    several = following is not None and text[answer.end : answer.end + 1] == ","
    several = several and "\n" not in text[answer.end : groups[n + 1].start]
    if several and answer.status != "present":
        return [(i, "uncertain") for i in range(k, n)]
    return [(i, answer.status) for i in range(k, n)]
