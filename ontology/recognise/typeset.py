"""Undoes what typesetting does to words, with the way back: hyphens at line ends, ligatures.

Text copied from a PDF or a web page holds words in pieces ("hypo-" and "tonia" on the next line),
letters drawn as one ("ﬁ"), and characters that nobody sees (soft hyphens, zero-width spaces). The
matcher reads the words as they were meant; mentions point into the text as it was given.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Edit = tuple[int, int, str]
"""Characters `start:end` of a text and what stands for them."""

_EXPANDED = {
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    "æ": "ae", "œ": "oe", "Æ": "Ae", "Œ": "Oe",
}  # fmt: skip
_TABLE = str.maketrans(_EXPANDED)
_UNSEEN = "\u00ad\u200b-\u200f\u2060-\u2064\u202a-\u202e\u2066-\u2069\ufeff\ufe00-\ufe0f\u180e"
_ODD = re.compile(f"[{_UNSEEN}]+|[{''.join(_EXPANDED)}]")
_PARTING = ("\u00ad", "\u200b")
"""Unseen characters that may stand for a hyphen or a space between two words."""
_BROKEN = re.compile(r"(?<=[^\W_])[-‐‑][ \t]*\r?\n[ \t]*(?=[^\W_])")
_HYPHEN_ENDS = ("-\n", "-\r\n", "- \n", "- \r\n", "‐\n", "‐\r\n", "‑\n", "‑\r\n")
_LETTERS = r"[^\W\d_]+"
_LINKED = rf"(?:[{_UNSEEN}]+|[-‐‑][ \t]*\r?\n[ \t]*)"
_LEFT = re.compile(rf"{_LETTERS}(?:{_LINKED}{_LETTERS})*\Z")
_RIGHT = re.compile(rf"{_LETTERS}(?:{_LINKED}{_LETTERS})*")
_LINKS = re.compile(_LINKED)

_LINE_END = re.compile(r"[ \t]*\r?\n")
_LONGEST = 80
"""Characters of a word looked at on either side of a break."""

Known = Callable[[str], bool]
"""Whether a word in lower case is one that the recogniser knows."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as it was meant, made from `source`, or the text as given where that is None.

    `pieces` are (start in it, start and end in the source); a piece runs to the next one's start.
    Its end is None where it is a plain copy, so that every character stands for one.
    """

    text: str
    pieces: tuple[tuple[int, int, int | None], ...] = ()
    source: Plain | None = None

    def given(self, start: int, end: int) -> tuple[int, int]:
        """Where characters `start:end` of it stand in the text as given."""
        if self.source is None:
            return start, end
        return self.source.given(self._at(start)[0], self._at(end - 1)[1])

    def _at(self, position: int) -> tuple[int, int]:
        first, start, end = self.pieces[
            bisect_right(self.pieces, position, key=lambda piece: piece[0]) - 1
        ]
        if end is None:
            return start + position - first, start + position - first + 1
        return start, end


def as_meant(text: str, known: Known, joined: Callable[[str], bool]) -> Plain:
    """The text without ligatures, unseen characters and hyphens at line ends.

    `known` says which words are words; `joined` which pairs in capitals ("ehlers-danlos") a name
    joins by a hyphen.
    """
    plain = Plain(text)
    if not text.isascii() and _ODD.search(text):
        plain = _edited(plain, _seen(text, known))
    if any(end in plain.text for end in _HYPHEN_ENDS) and _BROKEN.search(plain.text):
        plain = _edited(plain, _mended(plain.text, known, joined))
    return plain


def _seen(text: str, known: Known) -> Iterable[Edit]:
    """The edits that expand ligatures and take unseen characters out."""
    for match in _ODD.finditer(text):
        written, start, end = match[0], match.start(), match.end()
        if written in _EXPANDED:
            yield start, end, _EXPANDED[written]
        elif written[-1] == "\u00ad" and _LINE_END.match(text, end):
            yield start, end, "-"
        elif not any(mark in written for mark in _PARTING):
            yield start, end, ""
        else:
            yield start, end, "-" if _apart(text, start, end, known) else ""


def _mended(text: str, known: Known, joined: Callable[[str], bool]) -> Iterable[Edit]:
    """The edits that join the words parted at line ends.

    "sco-" and "liosis" make one word; "low-" and "set" keep their hyphen. Before a capital letter
    the line ends there, unless a name has that hyphen: "Ehlers-" and "Danlos".
    """
    for match in _BROKEN.finditer(text):
        start, end = match.span()
        if text[end].islower() and text[start - 1].isalpha():
            yield start, end, "-" if _apart(text, start, end, known) else ""
        elif text[end].isdigit() or joined(f"{_left(text, start)}-{_right(text, end)}".lower()):
            yield start, end, "-"


def _apart(text: str, start: int, end: int, known: Known) -> bool:
    """Whether two words meet at `start:end`, and not the parts of one that was broken."""
    left, right = _left(text, start), _right(text, end)
    word, n = _LINKS.subn("", f"{left} {right}".lower().translate(_TABLE))
    before, _, after = word.partition(" ")
    return not n and not known(before + after) and known(before) and known(after)


def _left(text: str, end: int) -> str:
    match = _LEFT.search(text[max(0, end - _LONGEST) : end])
    return match[0] if match else ""


def _right(text: str, start: int) -> str:
    match = _RIGHT.match(text[start : start + _LONGEST])
    return match[0] if match else ""


def _edited(source: Plain, edits: Iterable[Edit]) -> Plain:
    text = source.text
    parts: list[str] = []
    pieces: list[tuple[int, int, int | None]] = [(0, 0, None)]
    done = length = 0
    for start, end, written in edits:
        parts += [text[done:start], written]
        length += start - done
        if written:
            pieces.append((length, start, end))
            length += len(written)
        pieces.append((length, end, None))
        done = end
    parts.append(text[done:])
    return Plain("".join(parts), tuple(pieces), source)
