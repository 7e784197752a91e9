"""From names and synonyms to a table of word-bag keys, made once for each knowledge release."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, field, replace
from typing import Any

from ontology.hpo import Hpo
from ontology.recognise.compounds import Compounds
from ontology.recognise.derivations import noun_of
from ontology.recognise.entry import NO_TERM, REWORDED_RANK, Entry, Row
from ontology.recognise.lexicon import Lexicon
from ontology.recognise.names import all_entries
from ontology.recognise.spelling import deletion_table
from ontology.recognise.variants import head_nouns
from ontology.recognise.vocabulary import BARRIERS, BREAKS, LINKS, STOP_WORDS, word_hash
from ontology.recognise.word_classes import WordClasses

_MASK = (1 << 64) - 1


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


def bag_key(words: Iterable[str]) -> int:
    """The key of a bag of words: the sum of their hashes."""
    return sum(map(word_hash, words)) & _MASK


def build_index(hpo: Hpo, classes: WordClasses, lexicon: Lexicon) -> Index:
    """Index every phenotypic abnormality by name, synonyms, lexicon and regular variants."""
    entries = all_entries(hpo, classes, lexicon)
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
    for key, rows in index.broad.items():
        if len(rows) > 1:
            index.broad[key] = _without_kinds(rows, entries, hpo)
    return index


def _without_kinds(rows: list[int], entries: list[Entry], hpo: Hpo) -> list[int]:
    """The rows of a broad key without our own phrases for a kind of what another row names.

    "Kidney cancer" is a phrase for Renal cell carcinoma; said in other words, "kidney tumor", it
    is the Renal neoplasm that has those words among its names.
    """
    named = {entries[row].term for row in rows if 0 <= entries[row].rank <= 1}
    return [
        row
        for row in rows
        if entries[row].rank >= 0
        or entries[row].term == NO_TERM
        or named.isdisjoint(set(hpo.ancestors(entries[row].term).tolist()) - {entries[row].term})
    ]


def _preference(entry: Entry) -> tuple[int, bool, int, str]:
    return entry.rank, entry.abbreviation, entry.term, entry.written


def _add(table: dict[int, list[int]], key: int, row: int, entries: list[Entry]) -> None:
    """Append a row to a key unless a better row of the same term stands there."""
    rows = table.setdefault(key, [])
    if all(entries[other].term != entries[row].term for other in rows):
        rows.append(row)
