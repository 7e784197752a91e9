"""Misspelt words set right, within one slip of the pen: only long words, only rare ones.

A word of the ontology stands for a word one edit away (a letter dropped, added, changed, or two
exchanged) if it has seven letters or more, both begin with the same letter, and what is written
is no English word (`ontology/data/english.txt`). Found through a table of words with one letter
left out (Garbe's symmetric deletion).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from ontology.files import lines_of

SHORTEST = 6


LONGEST = 40


def deletion_table(words: Iterable[str]) -> dict[str, list[str]]:
    """Each correctable word and each of its forms with one letter left out -> the words."""
    near: dict[str, list[str]] = {}
    for word in sorted(words):
        if SHORTEST < len(word) <= LONGEST and word.isalpha():
            for form in {word, *_shortened(word)}:
                near.setdefault(form, []).append(word)
    return near


class Spelling:
    """Corrects single words against the table of a vocabulary."""

    def __init__(self, near: dict[str, list[str]]) -> None:
        self._near = near
        self._english = english_words()

    def correct(self, written: str) -> str | None:
        """The word meant; None where none or more than one is near, or it is an English word."""
        if (
            not SHORTEST <= len(written) <= LONGEST
            or not written.isalpha()
            or written in self._english
        ):
            return None
        found: set[str] = set()
        for form in (written, *_shortened(written)):
            for word in self._near.get(form, ()):
                if (
                    word[0] == written[0]
                    and _one_edit(written, word)
                    and not _opposite(written, word)
                ):
                    found.add(word)
        return found.pop() if len(found) == 1 else None


def _shortened(word: str) -> list[str]:
    return [word[:i] + word[i + 1 :] for i in range(1, len(word))]


def _opposite(a: str, b: str) -> bool:
    """Whether one letter makes the contrary of a word: "macrohematuria" is no microhematuria."""
    return {a[:5], b[:5]} == {"micro", "macro"}


def _one_edit(a: str, b: str) -> bool:
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        swapped = a[i + 1 : i + 2] + a[i : i + 1] + a[i + 2 :]
        return a[i + 1 :] == b[i + 1 :] or swapped == b[i:]
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[i + 1 :] == shorter[i:]


@cache
def english_words() -> frozenset[str]:
    """English words that a correction would wrongly change."""
    source = files("ontology").joinpath("data/english.txt").read_text(encoding="utf-8")
    return frozenset(
        word for line in lines_of(source) if not line.startswith("#") for word in line.split()
    )
