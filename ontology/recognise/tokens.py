"""Text into tokens: folded to plain lower-case letters one to one, so that offsets stay true."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ontology.hpo import IndexArray

# Words (letters and digits of any script, combining marks inside), decimal numbers, and the
# punctuation that bounds a clause. Everything else, hyphens too, only separates.
_TOKEN = re.compile(
    r"\d+(?:[.,]\d+)+|[^\W_][^\W_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W_]*)*(?:'s\b)?"
    r"|\.(?=\s|$|[\"')\]]|[a-z]{3}|[a-z]\s)|[!?;:,()\[\]/&+|]|\n"
)

_PUNCTUATION = {
    "‘": "'", "’": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "‐": "-", "‑": "-", "‒": "-",
    "–": "-", "—": "-", "−": "-", "\u00ad": "-", "\u00a0": " ", "\u2009": " ", "\u202f": " ",
    "\r": "\n", "\u2028": "\n", "\u2029": "\n", "•": "\n", "·": " ", "，": ",", "；": ";",
    "ß": "s", "ı": "i", "ø": "o", "ł": "l", "\t": " ",
}  # fmt: skip


_LONGEST_SENTENCE = 250
"""Tokens after which a sentence is taken to end; it keeps the time linear on any input."""

_ENDS = frozenset([".", "!", "?", ";", "\n"])


@cache
def _fold_character(character: str) -> str:
    """One character for one character: accents stripped, lower case, plain punctuation."""
    if character in _PUNCTUATION:
        return _PUNCTUATION[character]
    plain = unicodedata.normalize("NFKD", character)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    lowered = plain.lower()
    return lowered if len(lowered) == 1 else character


def fold(text: str) -> str:
    """The text in lower case with plain letters and punctuation; its length never changes."""
    if text.isascii():
        return _with_line_ends(text.lower())
    folded = text
    for character in set(text) - _ASCII:
        plain = _fold_character(character)
        if plain != character:
            folded = folded.replace(character, plain)
    lowered = folded.lower()
    if len(lowered) != len(text):  # a few letters grow when lowered; leave those as they are
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)
    return _with_line_ends(lowered)


def lay_out(text: str) -> str:
    r"""The text with every break that a reader sees as \n: \r\n, and the separators of Unicode.

    Its length never changes. A lone \r ended the lines of old systems.
    """
    if "\r" in text:
        text = text.replace("\r\n", " \n").replace("\r", "\n")
    if not text.isascii():
        text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return text


def _with_line_ends(lowered: str) -> str:
    r"""Lines end at \n; a \r\n is one end and no empty line, a lone \r one of an old system."""
    if "\r" in lowered:
        lowered = lowered.replace("\r\n", " \n").replace("\r", "\n")
    return lowered.replace("\t", " ").replace("`", "'")


_LINE_END = re.compile(r"(?<=[^\s.:;!?])[ \t]*\n(?=[ \t]*([^\s\-*•+>→◦▪‣●○■□☐☑☒✓✔✗✘]))")
_GOES_ON = re.compile(r"(?:,|\b(?:and|or|nor|of|the|with|a|an|in|to|for|by|his|her))\Z")
_LEANS = re.compile(r"(?:and|or|nor|of|the|with|in|on|to|for|by|was|were|is|are|has|had)\b")
_WRAPPED = 60
"""A line of this many characters that ends in no punctuation was broken by its width."""
_ITEM = 3
"""Words that every line of a list holds at most; prose wraps later."""
_PARAGRAPH = 1_500


def join_lines(text: str, folded: str) -> str:
    """The folded text with the line breaks that only wrap a line made spaces, length kept.

    A break wraps if the next line begins in lower case, or if the line is long and unfinished, or
    ends in a comma or an "and". Lines of a few words each, one below the other, are a list.
    """
    if "\n" not in folded:
        return folded
    parts: list[str] = []
    done = line_start = 0
    listed = (0, 0, False)  # a stretch of lines, and whether they are a list
    for match in _LINE_END.finditer(folded):
        at = match.end() - 1
        line_start = max(line_start, folded.rfind("\n", line_start, at) + 1)
        following = text[match.start(1)]
        before = folded[max(line_start, match.start() - 6) : match.start()]
        if following.islower():
            wraps = at - line_start > 40 or len(folded[line_start:at].split()) > _ITEM
            if not wraps:
                if at >= listed[1]:
                    listed = _listed(folded, line_start, at)
                wraps = not listed[2]
        else:
            wraps = at - line_start > _WRAPPED and before[-1:] != "|"
            wraps = wraps or bool(_GOES_ON.search(before))
        if wraps:
            parts += [folded[done:at], " "]
            done = at + 1
    return "".join([*parts, folded[done:]])


def _listed(folded: str, line_start: int, at: int) -> tuple[int, int, bool]:
    """The lines round a break, and whether they list items and are no prose in a narrow column."""
    left = max(folded.rfind("\n\n", 0, line_start) + 2, line_start - _PARAGRAPH, 0)
    right = folded.find("\n\n", at)
    right = min(len(folded) if right < 0 else right, at + _PARAGRAPH)
    lines = [line.strip() for line in folded[left:right].split("\n") if line.strip()]
    items = (
        len(lines) > 2
        and all(len(line.split()) <= _ITEM for line in lines)
        and not any(_GOES_ON.search(line) or line[-1] == "-" for line in lines)
        and not any(_LEANS.match(line) for line in lines[1:])
        and lines[-1][-1] not in ".!"
    )
    return left, right, items


_ASCII = frozenset(map(chr, range(128)))


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one block: surfaces, start and end offsets (n,) into the folded text."""

    surfaces: list[str]
    start: IndexArray
    end: IndexArray
    folded: str

    def __len__(self) -> int:
        return len(self.surfaces)


def tokenise(folded: str) -> Tokens:
    """Split folded text; offsets are into it."""
    spans = [match.span() for match in _TOKEN.finditer(folded)]
    surfaces = [folded[start:end] for start, end in spans]
    flat = np.fromiter(chain.from_iterable(spans), dtype=np.int32, count=2 * len(spans))
    offsets: NDArray[np.int32] = flat.reshape(-1, 2)
    return Tokens(surfaces, offsets[:, 0], offsets[:, 1], folded)


def sentence_ends(surfaces: list[str]) -> list[int]:
    """Positions of the tokens that end a sentence; a text without any is cut by length."""
    bounds: list[int] = []
    last = 0
    for i in [i for i, surface in enumerate(surfaces) if surface in _ENDS] + [len(surfaces)]:
        bounds += range(last + _LONGEST_SENTENCE, i, _LONGEST_SENTENCE)
        if i < len(surfaces):
            bounds.append(i)
        last = i
    return bounds
