"""Windows of words looked up in the index, all at once: the fast first stage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ontology.hpo import IndexArray
from ontology.recognise.entry import MAX_WORDS
from ontology.recognise.index import Index
from ontology.recognise.tokens import Tokens
from ontology.recognise.vocabulary import BARRIER, BREAK, LINK, STOP, Hashes, Vocabulary

_BITS = 22
_GAPS = (1, 2, 3)
_GAP_WORDS = 4


@dataclass(frozen=True, slots=True)
class Hit:
    """A window of content words whose key is in the table.

    `first` and `last` are positions in the block's content sequence; `gap_start:gap_end` are
    the positions left out (equal where none). `broad` says which table the key is of.
    """

    first: int
    last: int
    gap_start: int
    gap_end: int
    key: int
    broad: bool


@dataclass(frozen=True, slots=True)
class Content:
    """The content words of a block.

    Each (n,): token position, vocabulary id, and how many barriers, links and clause ends
    stand before it in the block.
    """

    position: IndexArray
    ids: IndexArray
    barriers: IndexArray
    links: IndexArray
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
        barrier, ends, link = kind == BARRIER, kind == BREAK, kind == LINK
        position = np.flatnonzero(~(barrier | ends | link | (kind == STOP)))
        return Content(
            position.astype(np.int32),
            ids[position],
            np.cumsum(barrier, dtype=np.int32)[position],
            np.cumsum(link, dtype=np.int32)[position],
            np.cumsum(ends, dtype=np.int32)[position],
        )

    def hits(self, content: Content, vocabulary: Vocabulary) -> list[Hit]:
        """All windows that are in the index, exact ones first."""
        found: list[Hit] = []
        clause = content.clause
        for broad, sieve, table in (
            (False, self.exact, vocabulary.exact),
            (True, self.broad, vocabulary.broad),
        ):
            hashes = table[content.ids]
            sums = np.zeros(len(clause) + 1, dtype=np.uint64)
            np.cumsum(hashes, out=sums[1:])
            self._whole(sums, clause, sieve, broad, found)
            self._gapped(sums, clause, sieve, broad, found)
        return found

    def headed(
        self, content: Content, vocabulary: Vocabulary, first: int, stop: int, word: str
    ) -> list[Hit]:
        """Windows of `content[first:stop]` that are in the index together with a heading's word."""
        found: list[Hit] = []
        for broad, sieve, table in (
            (False, self.exact, vocabulary.exact),
            (True, self.broad, vocabulary.broad),
        ):
            extra = table[vocabulary[word]]
            sums = np.zeros(stop - first + 1, dtype=np.uint64)
            np.cumsum(table[content.ids[first:stop]], out=sums[1:])
            for width in range(1, min(4, stop - first) + 1):
                keys = sums[width:] - sums[:-width] + extra
                for i in sieve.find(keys).tolist():
                    a, b = first + i, first + i + width
                    if content.clause[a] == content.clause[b - 1]:
                        found.append(Hit(a, b - 1, b, b, int(keys[i]), broad))
        return found

    @staticmethod
    def _whole(
        sums: Hashes, clause: IndexArray, sieve: Sieve, broad: bool, found: list[Hit]
    ) -> None:
        for width in range(1, min(MAX_WORDS, len(clause)) + 1):
            keys = sums[width:] - sums[:-width]
            for i in sieve.find(keys).tolist():
                j = i + width
                if clause[i] == clause[j - 1]:
                    found.append(Hit(i, j - 1, j, j, int(keys[i]), broad))

    @staticmethod
    def _gapped(
        sums: Hashes, clause: IndexArray, sieve: Sieve, broad: bool, found: list[Hit]
    ) -> None:
        n = len(clause)
        for gap in _GAPS:
            for words in range(2, _GAP_WORDS + 1):
                width = words + gap
                if width > n:
                    continue
                whole = sums[width:] - sums[:-width]
                for left in range(1, words):
                    before = sums[left : n + 1 - width + left]
                    after = sums[left + gap : n + 1 - width + left + gap]
                    keys = whole - (after - before)
                    for i in sieve.find(keys).tolist():
                        last = i + width - 1
                        if clause[i] == clause[last]:
                            found.append(
                                Hit(i, last, i + left, i + left + gap, int(keys[i]), broad)
                            )
