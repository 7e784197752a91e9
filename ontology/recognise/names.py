"""Every way to name a term: HPO's own, the lexicon's, regular variants, other words for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ontology.hpo import Hpo
from ontology.recognise.entry import NO_TERM, REWORDED_RANK, VARIANT_RANK, Entry, make_entry
from ontology.recognise.lexicon import Lexicon
from ontology.recognise.rewordings import base_words, reworded
from ontology.recognise.variants import abnormal_organ, variants
from ontology.recognise.word_classes import WordClasses

_RANK = {"EXACT": 1, "NARROW": 2, "RELATED": 3, "BROAD": 4}


def all_entries(hpo: Hpo, classes: WordClasses, lexicon: Lexicon) -> list[Entry]:
    """The entries of every phenotypic abnormality, of distractors and of normal findings."""
    entries = _without_shadows(list(_entries(hpo, lexicon)), hpo, classes)
    return [*entries, *_reworded(entries)]


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
