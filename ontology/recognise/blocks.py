"""A long text in blocks, cut where nothing is torn, so that memory stays bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator

BLOCK = 12_000
"""Characters a block aims at; a few thousand words, enough for the vectorised look-ups to pay."""

_PARAGRAPH = re.compile(r"\n[ \t\r]*\n")


def blocks(text: str, size: int = BLOCK) -> Iterator[tuple[int, str]]:
    """Pieces of the text with their offsets, in order; together they are the text.

    A piece ends, in this order of liking, after an empty line, a line, a sentence, a word; a
    single word longer than `size` is cut.
    """
    start = 0
    while len(text) - start > size:
        window = text[start : start + size]
        end = start + (_cut(window) or size)
        yield start, text[start:end]
        start = end
    if start < len(text):
        yield start, text[start:]


def _cut(window: str) -> int:
    half = len(window) // 2
    paragraphs = [match.end() for match in _PARAGRAPH.finditer(window, half)]
    if paragraphs:
        return paragraphs[-1]
    for mark in ("\n", ". ", " "):
        found = window.rfind(mark, half)
        if found >= 0:
            return found + len(mark)
    return 0
