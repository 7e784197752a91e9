"""From names and synonyms to a table of word-bag keys, made once for each knowledge release."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ontology.hpo import Hpo
from ontology.recognise.lemma import lemma
from ontology.recognise.tokens import fold, tokenise
from ontology.recognise.vocabulary import BARRIERS, BREAKS, STOP_WORDS, word_hash
from ontology.recognise.word_classes import WordClasses

MAX_WORDS = 9
"""Longest name indexed, in content words; 99% of names are shorter."""

_SCOPE_RANK = {"EXACT": 1, "NARROW": 2, "RELATED": 3, "BROAD": 4}
_MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One way to name a term: what a key of the table stands for.

    `rank` orders the sources (0 the name, then exact, narrow, related, broad synonyms),
    `barriers` counts the commas and conjunctions inside, `abbreviation` asks for capitals.
    """

    term: int
    written: str
    rank: int
    words: int
    barriers: int
    abbreviation: bool


@dataclass(frozen=True)
class Index:
    """Keys of exact and of broad word bags, each with its entries, best first."""

    lemmas: list[str]
    exact: dict[int, list[Entry]]
    broad: dict[int, list[Entry]]


def content_words(written: str) -> tuple[list[str], int]:
    """The base forms of the words that count in a name, and how many barriers it holds."""
    surfaces = tokenise(fold(written)).surfaces
    words = [lemma(s) for s in surfaces]
    kept = [w for w in words if w not in STOP_WORDS and w not in BARRIERS and w not in BREAKS]
    return kept, sum(w in BARRIERS for w in words)


def build_index(hpo: Hpo, classes: WordClasses) -> Index:
    """Index every phenotypic abnormality by name, synonyms and their regular variants."""
    exact: dict[int, list[Entry]] = {}
    broad: dict[int, list[Entry]] = {}
    seen_lemmas: dict[str, None] = {}
    allowed = hpo.is_phenotypic_abnormality
    for term in range(len(hpo)):
        if not allowed[term]:
            continue
        named: dict[str, tuple[int, bool]] = {}
        for variant in variants(hpo.names[term]):
            named.setdefault(variant, (0, False))
        for synonym in hpo.synonyms[term]:
            rank = _SCOPE_RANK[synonym.scope]
            short = synonym.type == "abbreviation" or synonym.text.isupper()
            for variant in variants(synonym.text):
                named.setdefault(variant, (rank, short))
        for written, (rank, short) in named.items():
            words, barriers = content_words(written)
            if not words or len(words) > MAX_WORDS:
                continue
            seen_lemmas.update(dict.fromkeys(words))
            entry = Entry(term, written, rank, len(words), barriers, short)
            key = sum(word_hash(w) for w in words) & _MASK
            exact.setdefault(key, []).append(entry)
            if not short:
                key = sum(word_hash(classes.class_of(w)) for w in words) & _MASK
                broad.setdefault(key, []).append(entry)
    for table in (exact, broad):
        for entries in table.values():
            entries.sort(key=lambda e: (e.rank, e.abbreviation, e.term))
    seen_lemmas.update(dict.fromkeys(classes.members))
    seen_lemmas.update(dict.fromkeys([*STOP_WORDS, *BARRIERS, *BREAKS]))
    return Index(list(seen_lemmas), exact, broad)


def variants(written: str) -> list[str]:
    """A name and what it stands for when brackets and slashes in it are resolved."""
    found = [written]
    if "(" in written:
        found.append(re.sub(r"\s*\([^)]*\)", "", written).strip())
    for each in list(found):
        match = re.match(r"([\w-]+)/([\w-]+)\b(.*)", each)
        if match:
            found += [match[1] + match[3], match[2] + match[3]]
    return [each for each in dict.fromkeys(found) if each]
