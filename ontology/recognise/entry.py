"""One way to name a term, as the words that the index looks for."""

from __future__ import annotations

from dataclasses import dataclass

from ontology.recognise.lemma import lemma
from ontology.recognise.tokens import fold, tokenise
from ontology.recognise.vocabulary import BARRIERS, BREAKS, LINKS, STOP_WORDS

MAX_WORDS = 9
"""Longest name indexed, in content words; 99% of names are shorter."""

NO_TERM = -1
"""The term of a distractor: "Glasgow coma scale" takes its words and names nothing."""

VARIANT_RANK, REWORDED_RANK = 5, 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to name a term: what a key of the table stands for.

    `rank` orders the sources (-1 our lexicon, 0 the name, then exact, narrow, related, broad
    synonyms, made variants, rewordings), `order` holds the base forms of the content words,
    `barriers` and `links` count commas, conjunctions and "with" inside, `abbreviation` asks
    for capitals; `normal` marks a statement of normality, which excludes the term.
    """

    term: int
    written: str
    rank: int
    order: tuple[str, ...]
    barriers: int
    links: int
    abbreviation: bool
    normal: bool = False

    @property
    def words(self) -> int:
        """How many content words it has."""
        return len(self.order)

    @property
    def comma(self) -> bool:
        """Whether its last word is set behind a comma: "Intellectual disability, severe"."""
        return "," in self.written


Row = tuple[int, str, int, tuple[str, ...], int, int, bool, bool]
"""The fields of an Entry."""


def make_entry(term: int, written: str, rank: int, *, abbreviation: bool) -> Entry | None:
    """An entry for one way of writing a term; None where no word of it counts, or too many."""
    words = [lemma(s) for s in tokenise(fold(written)).surfaces]
    kept = tuple(
        w
        for w in words
        if w not in STOP_WORDS and w not in BARRIERS and w not in BREAKS and w not in LINKS
    )
    if not kept or len(kept) > MAX_WORDS:
        return None
    barriers, links = sum(w in BARRIERS for w in words), sum(w in LINKS for w in words)
    return Entry(term, written, rank, kept, barriers, links, abbreviation)
