"""Words as numbers: every surface gets an id once, with its base form's hash and its part."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ontology.recognise.lemma import lemma
from ontology.recognise.spelling import Spelling

UNKNOWN, STOP, BARRIER, BREAK, LINK, CONTENT = 0, 1, 2, 3, 4, 5
"""What a token is to the matcher: no word of any term; dropped ("of", "the", "was"); a comma,
conjunction or bracket, which only coordination may cross; the end of a clause; a word that ties
two things loosely ("with", "due"), crossed at a cost; a term's word."""

STOP_WORDS = frozenset([
    "of", "the", "a", "an", "in", "on", "at", "to", "for", "his", "her", "their", "its", "this",
    "that", "these", "those", "is", "are", "was", "were", "be", "been", "being", "has", "had",
    "have", "which"
])  # fmt: skip
LINKS = frozenset([
    "with", "who", "he", "she", "it", "they", "him", "them", "also", "as", "by", "from", "due",
    "into", "when"
])  # fmt: skip
BARRIERS = frozenset([",", "and", "or", "&", "+", "/", "(", ")", "[", "]", "nor", "plus"])
BREAKS = frozenset(["|", ".", "!", "?", ";", ":", "\n", "but", "however", "although", "whereas"])

LONGEST_WORD = 60
"""Characters past which a token is no word and is not looked at."""

Hashes = NDArray[np.uint64]


@lru_cache(maxsize=1 << 17)
def word_hash(word: str) -> int:
    """A fixed 64-bit number for a word; a window's key is the sum of its words' numbers."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


class Vocabulary(dict[str, int]):
    """Surface -> id, growing as text is read; `exact`, `broad` and `kind` are indexed by id.

    `exact` is the hash of the base form, `broad` that of its word class. A surface whose base
    form is in no term is id 0, unless it is one slip of the pen from a term's word
    (`corrected`). Growth is bounded: past `limit` surfaces all are forgotten and learnt anew.
    Threads may share it; what was corrected outlasts the forgetting, as a text that is being read
    may still ask for it.
    """

    def __init__(
        self,
        lemmas: list[str],
        classes: dict[str, str],
        near: dict[str, list[str]],
        limit: int = 300_000,
    ) -> None:
        super().__init__()
        self.lemmas = ["", *lemmas]
        self.classes = [classes.get(w, w) for w in self.lemmas]
        self.limit = limit
        self.spelling = Spelling(near)
        self.corrected: dict[str, str] = {}
        self.id_of_lemma = {word: i for i, word in enumerate(self.lemmas) if i}
        hashes = {w: word_hash(w) for w in {*self.lemmas, *self.classes}}
        self.exact: Hashes = np.array([hashes[w] for w in self.lemmas], dtype=np.uint64)
        self.broad: Hashes = np.array([hashes[w] for w in self.classes], dtype=np.uint64)
        self.kind = np.array([kind_of(w) for w in self.lemmas], dtype=np.int8)
        self.kind[0] = UNKNOWN

    def __missing__(self, surface: str) -> int:
        if len(surface) > LONGEST_WORD:
            return 0
        if len(self) > self.limit:
            self.clear()
            if len(self.corrected) > self.limit:
                self.corrected = {}
        found = self.id_of_lemma.get(surface)
        if found is None:
            base = lemma(surface)
            found = self.id_of_lemma.get(base) or self._classical(base)
            if found is None:
                meant = self.spelling.correct(base) or self.spelling.correct(surface)
                found = self.id_of_lemma[meant] if meant is not None else 0
                if meant is not None:
                    self.corrected[surface] = meant
        self[surface] = found
        return found

    def _classical(self, base: str) -> int | None:
        """The id of a Latin or Greek plural's singular: "hippocampi", "calyces"."""
        for ending, singulars in _PLURALS:
            if base.endswith(ending) and len(base) > 5:
                for singular in singulars:
                    found = self.id_of_lemma.get(base[: -len(ending)] + singular)
                    if found is not None:
                        return found
        return None


_PLURALS = (("i", ("us",)), ("a", ("um", "on")), ("ces", ("x",)), ("ges", ("x",)), ("es", ("is",)))


def kind_of(word: str) -> int:
    """The part a base form plays."""
    if word in BREAKS:
        return BREAK
    if word in BARRIERS:
        return BARRIER
    if word in STOP_WORDS:
        return STOP
    return LINK if word in LINKS else CONTENT
