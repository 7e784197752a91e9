"""The form of an answer as a grammar over text: where in it a half-written answer stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

THINK, END_THINK = "<think>", "</think>"
SEPARATOR = " -"
_ENTRY = re.compile(r"\d{1,3}\. (\S+)")

Kind = Literal["start", "think", "after_think", "line_start", "symbol", "reason"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a half-written answer stands.

    "start": nothing or the beginning of `<think>`; "think": in the thoughts, nothing is asked;
    "after_think": a line break is due; "line_start": the next number or the end is due; "symbol":
    between the number and the end of the symbol; "reason": after the symbol, nothing is asked.
    `tail` is what is written of the piece that is due, `number` the entry's, `listed` the symbols
    of the entries before.
    """

    kind: Kind
    tail: str = ""
    number: int = 1
    listed: tuple[str, ...] = ()


def position_of(text: str) -> Position:
    """Where an answer stands that keeps to the form, or free ("reason") where it does not.

    The form is `<think>thoughts</think>` (or none), then lines "1. SYMBOL - reason".
    """
    close = text.rfind(END_THINK)
    if close < 0:
        if text != THINK and THINK.startswith(text):
            return Position("start", text)
        if text.startswith(THINK):
            return Position("think")
    body = text[close + len(END_THINK) :] if close >= 0 else text
    if close >= 0 and not body:
        return Position("after_think")
    *done, line = body.split("\n")
    written = [one for one in done if one.strip()]
    number = len(written) + 1
    listed = tuple(found.group(1) for found in map(_ENTRY.match, written) if found)
    marker = f"{number}."
    if line != marker and marker.startswith(line):
        return Position("line_start", line, number, listed)
    rest = line[len(marker) :]
    if line.startswith(marker) and SEPARATOR not in rest:
        return Position("symbol", rest, number, listed)
    return Position("reason", line, number, listed)
