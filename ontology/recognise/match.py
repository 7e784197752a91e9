"""Windows of words looked up in the index, all at once: the fast first stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ontology.hpo import IndexArray
from ontology.recognise.index import MAX_WORDS, Index
from ontology.recognise.tokens import Tokens
from ontology.recognise.vocabulary import BARRIER, BREAK, STOP, Hashes, Vocabulary

_BITS = 22
_GAPS = (1, 2, 3)
_GAP_WORDS = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """A window of content words whose key is in the table.

    `first` and `last` are positions in the block's content sequence; `gap_start:gap_end` are
    the positions left out (equal where none). `level` is "exact" or "broad".
    """

    first: int
    last: int
    gap_start: int
    gap_end: int
    key: int
    level: str


@dataclass(frozen=True, slots=True)
class Content:
    """The content words of a block: token positions, ids, barriers and breaks before each."""

    position: IndexArray
    ids: IndexArray
    barriers: IndexArray
    clause: IndexArray


class Sieve:
    """A bit table that says at once which keys cannot be in the index."""

    def __init__(self, keys: list[int]) -> None:
        self.bits = np.zeros(1 << _BITS, dtype=np.bool_)
        array = np.array(keys, dtype=np.uint64)
        self.bits[(array >> np.uint64(64 - _BITS)).astype(np.int64)] = True
        self.keys = np.sort(array)

    def find(self, keys: Hashes) -> NDArray[np.int64]:
        """The positions in `keys` that are in the index."""
        maybe = np.flatnonzero(self.bits[(keys >> np.uint64(64 - _BITS)).astype(np.int64)])
        if not len(maybe):
            return maybe
        wanted = keys[maybe]
        at = np.searchsorted(self.keys, wanted)
        at[at == len(self.keys)] = 0
        found: NDArray[np.int64] = maybe[self.keys[at] == wanted]
        return found


class Matcher:
    """Finds every window of up to MAX_WORDS content words, with at most one gap, in the index."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.exact = Sieve(list(index.exact))
        self.broad = Sieve(list(index.broad))

    def content(self, tokens: Tokens, vocabulary: Vocabulary) -> Content:
        """The content words of a block."""
        ids = np.array([vocabulary[s] for s in tokens.surfaces], dtype=np.int32)
        kind = vocabulary.kind[ids]
        position = np.flatnonzero((kind != STOP) & (kind != BARRIER) & (kind != BREAK))
        barriers = np.cumsum(kind == BARRIER, dtype=np.int32)[position]
        clause = np.cumsum(kind == BREAK, dtype=np.int32)[position]
        return Content(position.astype(np.int32), ids[position], barriers, clause)

    def hits(self, content: Content, vocabulary: Vocabulary) -> list[Hit]:
        """All windows that are in the index, exact ones first."""
        found: list[Hit] = []
        clause = content.clause
        n = len(clause)
        for level, sieve, table in (
            ("exact", self.exact, vocabulary.exact),
            ("broad", self.broad, vocabulary.broad),
        ):
            hashes = table[content.ids]
            sums = np.zeros(n + 1, dtype=np.uint64)
            np.cumsum(hashes, out=sums[1:])
            for width in range(1, min(MAX_WORDS, n) + 1):
                keys = sums[width:] - sums[:-width]
                for i in sieve.find(keys).tolist():
                    j = i + width
                    if clause[i] == clause[j - 1]:
                        found.append(Hit(i, j - 1, j, j, int(keys[i]), level))
            for gap in _GAPS:
                for words in range(2, _GAP_WORDS + 1):
                    width = words + gap
                    if width > n:
                        continue
                    whole = sums[width:] - sums[:-width]
                    for left in range(1, words):
                        a = sums[left : n + 1 - width + left]
                        b = sums[left + gap : n + 1 - width + left + gap]
                        keys = whole - (b - a)
                        for i in sieve.find(keys).tolist():
                            if clause[i] == clause[i + width - 1]:
                                found.append(
                                    Hit(
                                        i, i + width - 1, i + left, i + left + gap,
                                        int(keys[i]), level,
                                    )
                                )  # fmt: skip
        return found
