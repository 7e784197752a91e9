"""Terms found while typing, their neighbours, and what would be more specific."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from ontology.hpo import Hpo, Resolution
from ontology.knowledge import Knowledge
from ontology.recognise.lemma import lemma
from ontology.recognise.tokens import fold, tokenise

_CONSIDERED = 1500
"""Rows scored for one query; a single letter begins a word of nearly every name."""


@dataclass(frozen=True, slots=True)
class Found:
    """One term of a search: `matched` is the name or synonym that fits what was typed.

    `score` orders the results, higher first; it means nothing across queries. `note` says how
    an old id was mapped, None otherwise.
    """

    hpo_id: str
    label: str
    matched: str
    score: float
    note: str | None = None


@dataclass(frozen=True, slots=True)
class TermPage:
    """All there is to show of one term; parents and children are (id, name), by name."""

    hpo_id: str
    label: str
    definition: str | None
    synonyms: tuple[str, ...]
    parents: tuple[tuple[str, str], ...]
    children: tuple[tuple[str, str], ...]
    diseases: int
    note: str | None


class TermSearch:
    """Autocomplete over names and synonyms; load once, a query takes a few milliseconds.

    Every word typed must begin a word of the name, in any order; where nothing fits, the nearest
    spelling is taken. Exact names come first, then names that begin with what was typed, common
    terms before rare ones.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        hpo = knowledge.hpo
        import rapidfuzz.process  # noqa: F401  (loaded now, not at the first misspelt query)

        self._frequency = _disease_counts(knowledge)
        rows: list[tuple[float, str, int, bool]] = []
        for term in np.flatnonzero(hpo.is_phenotypic_abnormality).tolist():
            common = 0.5 * float(self._frequency[term])
            rows.append((common + 0.6 - 0.02 * len(hpo.names[term]), hpo.names[term], term, True))
            rows += [(common - 0.02 * len(s.text), s.text, term, False) for s in hpo.synonyms[term]]
        rows.sort(key=lambda row: (-row[0], row[2], row[1]))
        self._rows = rows
        self._folded = [fold(row[1]) for row in rows]
        postings: dict[str, list[int]] = {}
        for at, folded in enumerate(self._folded):
            words = tokenise(folded).surfaces
            for word in {*words, *map(lemma, words)}:
                postings.setdefault(word, []).append(at)
        self._words = sorted(postings)
        self._postings = {w: np.array(p, dtype=np.int32) for w, p in postings.items()}

    def complete(self, typed: str, top: int = 10) -> tuple[Found, ...]:
        """The best terms for what has been typed so far; an id, old or new, is looked up."""
        wanted = fold(typed).strip()
        if wanted.startswith(("hp:", "hp_")):
            return self._by_id(wanted.replace("_", ":").upper(), top)
        words = [w for w in tokenise(wanted).surfaces if w[0].isalnum()][:12]
        if not words:
            return ()
        scored = self._scored(self._matching(words), wanted)
        if not scored:
            words = [self._nearest(word) for word in words]
            scored = self._scored(self._matching(words), " ".join(words))
        hpo = self.knowledge.hpo
        best = sorted(scored.items(), key=lambda item: (-item[1][0], item[0]))[:top]
        return tuple(
            Found(hpo.ids[term], hpo.names[term], self._rows[at][1], round(score, 3))
            for term, (score, at) in best
        )

    def _by_id(self, written: str, top: int) -> tuple[Found, ...]:
        hpo = self.knowledge.hpo
        found = hpo.resolve(written)
        if found.hpo_id is not None:
            label = hpo.name(found.hpo_id)
            return (Found(found.hpo_id, label, written, 1.0, resolution_note(found, hpo)),)
        if found.candidates:
            note = f"{written} is obsolete; the ontology suggests to consider this"
            return tuple(Found(i, hpo.name(i), written, 0.5, note) for i in found.candidates[:top])
        first = bisect_left(hpo.ids, written)
        begin = [i for i in hpo.ids[first : first + top] if i.startswith(written)]
        return tuple(Found(i, hpo.name(i), i, 0.5) for i in begin)

    def _matching(self, words: list[str]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        found: np.ndarray[tuple[int], np.dtype[np.int32]] | None = None
        for word in sorted(words, key=len, reverse=True):
            rows = [self._postings[w] for w in self._beginning(word)]
            if not rows:
                rows = [self._postings[w] for w in self._beginning(lemma(word))]
            if not rows:
                return np.zeros(0, dtype=np.int32)
            here = np.unique(np.concatenate(rows))
            found = here if found is None else np.intersect1d(found, here, assume_unique=True)
        return found if found is not None else np.zeros(0, dtype=np.int32)

    def _beginning(self, prefix: str) -> list[str]:
        first = bisect_left(self._words, prefix)
        last = bisect_left(self._words, prefix + "\uffff")
        return self._words[first:last]

    def _scored(
        self, at: np.ndarray[tuple[int], np.dtype[np.int32]], wanted: str
    ) -> dict[int, tuple[float, int]]:
        """Term -> best score and row; rows are in the order of their worth, so a cut is fair."""
        best: dict[int, tuple[float, int]] = {}
        for i in at[:_CONSIDERED].tolist():
            folded = self._folded[i]
            score, _, term, _ = self._rows[i]
            if folded == wanted:
                score += 6.0
            elif folded.startswith(wanted):
                score += 3.0
            elif wanted in folded:
                score += 1.0
            if term not in best or score > best[term][0]:
                best[term] = (score, i)
        return best

    def _nearest(self, word: str) -> str:
        """The word of the ontology spelled most like this one; itself where none is near."""
        if len(word) < 4 or self._beginning(word):
            return word
        from rapidfuzz import fuzz, process

        near = process.extractOne(word[:40], self._words, scorer=fuzz.ratio, score_cutoff=75)
        return str(near[0]) if near else word


def resolution_note(found: Resolution, hpo: Hpo) -> str | None:
    """How an id was mapped, in a sentence; None for a current id."""
    if found.status == "current" or found.hpo_id is None:
        return None
    verb = "is an alternative id of" if found.status == "alternative" else "was replaced by"
    return f"{found.recorded_id} {verb} {found.hpo_id} ({hpo.name(found.hpo_id)})"


def term_page(knowledge: Knowledge, hpo_id: str) -> TermPage | None:
    """One term by any id, old or new; None where no current term has it."""
    hpo = knowledge.hpo
    found = hpo.resolve(hpo_id)
    if found.hpo_id is None:
        return None
    i = hpo.index[found.hpo_id]
    texts = dict.fromkeys(s.text for s in hpo.synonyms[i])
    return TermPage(
        hpo_id=found.hpo_id,
        label=hpo.names[i],
        definition=hpo.definitions[i],
        synonyms=tuple(t for t in texts if t != hpo.names[i]),
        parents=_named(hpo, hpo.parents(i).tolist()),
        children=_named(hpo, hpo.children(i).tolist()),
        diseases=int(_disease_sets(knowledge)[i]),
        note=resolution_note(found, hpo),
    )


def similar_terms(knowledge: Knowledge, hpo_id: str, top: int = 10) -> tuple[Found, ...]:
    """The terms nearest in meaning, neither ancestors nor descendants, by Lin's similarity.

    2 IC(most informative common ancestor) / (IC(a) + IC(b)) (Lin 1998); `matched` names the
    common ancestor. Raises KeyError for an id that is not current.
    """
    hpo = knowledge.hpo
    i = hpo.index[hpo_id]
    content = hpo.information_content
    shared = np.zeros(len(hpo), dtype=np.float32)
    through = np.zeros(len(hpo), dtype=np.int32)
    for ancestor in sorted(hpo.ancestors(i).tolist(), key=lambda a: float(content[a])):
        below = hpo.descendants(ancestor)
        shared[below] = content[ancestor]
        through[below] = ancestor
    with np.errstate(divide="ignore", invalid="ignore"):
        lin = np.nan_to_num(2 * shared / (content[i] + content))
    lin[hpo.ancestors(i)] = -1
    lin[hpo.descendants(i)] = -1
    lin[~hpo.is_phenotypic_abnormality] = -1
    order = np.lexsort((np.arange(len(hpo)), -lin))[:top]
    return tuple(
        Found(hpo.ids[j], hpo.names[j], hpo.names[int(through[j])], round(float(lin[j]), 3))
        for j in order.tolist()
        if lin[j] > 0
    )


def more_specific(
    knowledge: Knowledge,
    hpo_id: str,
    top: int = 8,
) -> tuple[Found, ...]:
    """Descendants worth asking for, those of most diseases first; `score` is the diseases' number.

    Raises KeyError for an id that is not current.
    """
    hpo = knowledge.hpo
    i = hpo.index[hpo_id]
    counts = _disease_sets(knowledge)
    nearest = set(hpo.children(i).tolist())
    found = [j for j in hpo.descendants(i).tolist() if j != i and (counts[j] or j in nearest)]
    found.sort(key=lambda j: (j not in nearest, -int(counts[j]), hpo.names[j]))
    return tuple(
        Found(hpo.ids[j], hpo.names[j], hpo.names[i], float(counts[j])) for j in found[:top]
    )


def _named(hpo: Hpo, indices: list[int]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((hpo.ids[i], hpo.names[i]) for i in indices), key=lambda p: p[1]))


def _disease_sets(knowledge: Knowledge) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How many diseases are annotated with each term itself."""
    a = knowledge.annotations
    pairs = np.unique(np.stack([a.term[~a.negated], a.disease[~a.negated]], axis=1), axis=0)
    return np.bincount(pairs[:, 0], minlength=len(knowledge.hpo))


def _disease_counts(knowledge: Knowledge) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """log10(1 + diseases) of each term: how common it is, on a short scale."""
    return np.asarray(np.log10(1.0 + _disease_sets(knowledge)))
