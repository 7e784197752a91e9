"""From names and synonyms to a table of word-bag keys, made once for each knowledge release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field, replace
from typing import Any

from ontology.hpo import Hpo
from ontology.recognise.compounds import Compounds
from ontology.recognise.derivations import noun_of
from ontology.recognise.lemma import lemma
from ontology.recognise.lexicon import Lexicon
from ontology.recognise.rewordings import base_words, reworded
from ontology.recognise.spelling import deletion_table
from ontology.recognise.tokens import fold, tokenise
from ontology.recognise.variants import abnormal_organ, head_nouns, variants
from ontology.recognise.vocabulary import BARRIERS, BREAKS, LINKS, STOP_WORDS, word_hash
from ontology.recognise.word_classes import WordClasses

MAX_WORDS = 9
"""Longest name indexed, in content words; 99% of names are shorter."""

NO_TERM = -1
"""The term of a distractor: "Glasgow coma scale" takes its words and names nothing."""

_RANK = {"EXACT": 1, "NARROW": 2, "RELATED": 3, "BROAD": 4}
VARIANT_RANK, REWORDED_RANK = 5, 6
_MASK = (1 << 64) - 1


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


@dataclass
class Index:
    """Keys of exact and of broad word bags, each with its entries, best first.

    `classes` maps a base form to its class where it has one, `general` are the heads of the
    shipped classes, `heads` nouns of anatomy, `near` the table that sets misspellings right.
    """

    lemmas: list[str]
    classes: dict[str, str]
    heads: frozenset[str]
    general: frozenset[str]
    compounds: Compounds
    near: dict[str, list[str]]
    rows: list[Row]
    exact: dict[int, list[int]] = field(default_factory=dict)
    broad: dict[int, list[int]] = field(default_factory=dict)
    _made: dict[int, Entry] = field(default_factory=dict)

    def entries(self, key: int, *, broad: bool) -> list[Entry]:
        """The entries of a key, best first; they are made when first asked for."""
        return [self._entry(row) for row in (self.broad if broad else self.exact)[key]]

    def _entry(self, row: int) -> Entry:
        made = self._made.get(row)
        if made is None:
            made = self._made[row] = Entry(*self.rows[row])
        return made

    def as_record(self) -> dict[str, Any]:
        """Everything in plain types, for marshal."""
        return {
            "lemmas": self.lemmas,
            "classes": self.classes,
            "heads": self.heads,
            "general": self.general,
            "compounds": self.compounds.whole,
            "near": self.near,
            "rows": self.rows,
            "exact": self.exact,
            "broad": self.broad,
        }

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Index:
        """Back from `as_record`; raises KeyError or TypeError for anything else."""
        return cls(**{**record, "compounds": Compounds(record["compounds"])})


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


def bag_key(words: Iterable[str]) -> int:
    """The key of a bag of words: the sum of their hashes."""
    return sum(map(word_hash, words)) & _MASK


def build_index(hpo: Hpo, classes: WordClasses, lexicon: Lexicon) -> Index:
    """Index every phenotypic abnormality by name, synonyms, lexicon and regular variants."""
    entries = _without_shadows(list(_entries(hpo, lexicon)), hpo, classes)
    entries += _reworded(entries)
    compounds = Compounds.found_in({w for entry in entries for w in entry.order})
    entries = [replace(e, order=tuple(compounds.join_words(list(e.order)))) for e in entries]
    seen = dict.fromkeys(w for entry in entries for w in entry.order)
    near = deletion_table(seen)
    seen.update(dict.fromkeys(classes.members))
    seen.update(dict.fromkeys([*STOP_WORDS, *BARRIERS, *BREAKS, *LINKS]))
    nouns = frozenset(e.order[0] for e in entries if e.words == 1 and not e.abbreviation)
    derived = {w: noun for w in seen if (noun := noun_of(w, nouns)) is not None}
    index = Index(
        lemmas=sorted(seen),
        classes={**derived, **classes.members},
        heads=head_nouns(hpo),
        general=frozenset(classes.members.values()),
        compounds=compounds,
        near=near,
        rows=[astuple(entry) for entry in entries],
    )
    ranked = sorted(range(len(entries)), key=lambda i: _preference(entries[i]))
    for row in ranked:
        entry = entries[row]
        _add(index.exact, bag_key(entry.order), row, entries)
        if not entry.abbreviation and entry.rank < REWORDED_RANK:
            _add(index.broad, bag_key(index.classes.get(w, w) for w in entry.order), row, entries)
    return index


def _preference(entry: Entry) -> tuple[int, bool, int, str]:
    return entry.rank, entry.abbreviation, entry.term, entry.written


def _add(table: dict[int, list[int]], key: int, row: int, entries: list[Entry]) -> None:
    """Append a row to a key unless a better row of the same term stands there."""
    rows = table.setdefault(key, [])
    if all(entries[other].term != entries[row].term for other in rows):
        rows.append(row)


def _entries(hpo: Hpo, lexicon: Lexicon) -> Iterator[Entry]:
    allowed = hpo.is_phenotypic_abnormality
    taken: dict[tuple[str, ...], int] = {}
    made: list[tuple[int, str]] = []
    for term in range(len(hpo)):
        if not allowed[term] or hpo.ids[term] == "HP:0000118":
            continue
        names = [(hpo.names[term], 0, False)] + [
            (s.text, _RANK[s.scope], s.type == "abbreviation" or s.text.isupper())
            for s in hpo.synonyms[term]
        ]
        for written, rank, short in names:
            if written.lower() in lexicon.refused:
                continue
            entry = make_entry(term, written, rank, abbreviation=short)
            if entry is None:
                continue
            if rank <= 1:
                taken.setdefault(tuple(sorted(entry.order)), term)
            yield entry
            if not short:
                made += [(term, variant) for variant in variants(written)]
    yield from _own_phrases(hpo, lexicon, taken)
    for written, hpo_id in lexicon.normals:
        current = hpo.resolve(hpo_id).hpo_id
        entry = make_entry(hpo.index[current], written, -1, abbreviation=False) if current else None
        if entry is not None:
            yield replace(entry, normal=True)
    for term in range(len(hpo)):
        entry = _normality(term, hpo.names[term]) if allowed[term] else None
        if entry is not None:
            yield entry
    for term, written in made:
        entry = make_entry(term, written, VARIANT_RANK, abbreviation=False)
        if entry is not None and tuple(sorted(entry.order)) not in taken:
            yield entry


def _without_shadows(entries: list[Entry], hpo: Hpo, classes: WordClasses) -> list[Entry]:
    """Without the halves of slashed names that name another term by the same words: "hypoplasia of
    the patella" is Patellar hypoplasia and not Aplasia/Hypoplasia of the patella."""

    def bag(entry: Entry) -> tuple[str, ...]:
        return tuple(sorted(map(classes.class_of, entry.order)))

    def made(entry: Entry) -> bool:
        return entry.rank == VARIANT_RANK and "/" in hpo.names[entry.term]

    owned = {bag(entry) for entry in entries if 0 <= entry.rank <= 1 and "/" not in entry.written}
    return [entry for entry in entries if not (made(entry) and bag(entry) in owned)]


def _reworded(entries: list[Entry]) -> Iterator[Entry]:
    """Names and exact synonyms in other words; what several terms yield, or one owns, is left."""
    owned = {tuple(sorted(entry.order)) for entry in entries}
    found: dict[tuple[str, ...], Entry | None] = {}
    for entry in entries:
        if entry.rank > 1 or entry.term == NO_TERM or entry.abbreviation or entry.normal:
            continue
        for words in reworded(base_words(entry.written)):
            made = make_entry(entry.term, " ".join(words), REWORDED_RANK, abbreviation=False)
            if made is None or made.words < 2:
                continue
            bag = tuple(sorted(made.order))
            if bag in owned:
                continue
            first = found.setdefault(bag, made)
            if first is not None and first.term != made.term:
                found[bag] = None
    yield from (made for made in found.values() if made is not None)


def _normality(term: int, name: str) -> Entry | None:
    """ "Normal philtrum" for Abnormality of the philtrum."""
    organ = abnormal_organ(name)
    entry = make_entry(term, f"normal {organ}", VARIANT_RANK, abbreviation=False) if organ else None
    return replace(entry, normal=True) if entry is not None and entry.words < 4 else None


def _own_phrases(hpo: Hpo, lexicon: Lexicon, taken: dict[tuple[str, ...], int]) -> Iterator[Entry]:
    """The lexicon's entries; one that the ontology gives to another term yields, save with "!"."""
    for written, hpo_id in lexicon.phrases:
        forced = written.startswith("!")
        written = written.removeprefix("!")
        term = NO_TERM
        if hpo_id is not None:
            current = hpo.resolve(hpo_id).hpo_id
            if current is None:
                continue
            term = hpo.index[current]
        short = written.isupper() and len(written) < 7
        entry = make_entry(term, written, -1, abbreviation=short)
        if entry is None:
            continue
        bag = sorted(entry.order)
        owner = taken.get(tuple(bag), term)
        name = make_entry(term, hpo.names[max(term, 0)], 0, abbreviation=False)
        if term != NO_TERM and name is not None and sorted(name.order) == bag:
            continue
        if forced or owner == term or term == NO_TERM:
            yield entry
