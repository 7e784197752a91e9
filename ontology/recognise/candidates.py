"""Which hits are mentions: gaps and conjunctions licensed, capitals asked of abbreviations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ontology.recognise.answer_words import answer_in
from ontology.recognise.entry import NO_TERM, Entry
from ontology.recognise.gap_rules import DEGREE, DEGREE_COST, NEGATORS, SHARING, Licences
from ontology.recognise.index import Index
from ontology.recognise.match import Content, Hit, Matcher
from ontology.recognise.sections import Section
from ontology.recognise.tokens import Tokens, tokenise
from ontology.recognise.vocabulary import BARRIER, BREAK, CONTENT, Vocabulary, kind_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible mention: its entry, the tokens it rests on, why, and how far to trust it.

    `kept` are token positions in the block, ascending, `gap` those left out between them;
    `start:end` characters of the block.
    """

    kept: tuple[int, ...]
    start: int
    end: int
    entry: Entry
    rule: str
    score: float
    gap: tuple[int, ...] = ()

    @property
    def joint(self) -> bool:
        """Whether it shares words with its neighbours."""
        return self.rule in SHARING


class Judge:
    """Turns hits of one block into candidates."""

    def __init__(
        self, index: Index, content: Content, tokens: Tokens, text: str, vocabulary: Vocabulary
    ) -> None:
        self.index = index
        self.content = content
        self.tokens = tokens
        self.text = text
        self.vocabulary = vocabulary
        self.position = content.position.tolist()
        self.ids = content.ids.tolist()
        self.licences = Licences(content, tokens, vocabulary, index.heads)

    def candidate(self, hit: Hit) -> Candidate | None:
        """The candidate that a hit stands for, None where nothing licenses it."""
        names = self.vocabulary.classes if hit.broad else self.vocabulary.lemmas
        if hit.gap_start == hit.gap_end:
            spread = list(range(hit.first, hit.last + 1))
        else:
            spread = [*range(hit.first, hit.gap_start), *range(hit.gap_end, hit.last + 1)]
        words = [names[self.ids[i]] for i in spread]
        best: Candidate | None = None
        for entry in self.index.entries(hit.key, broad=hit.broad):
            made = self._with_entry(hit, entry, words, spread)
            if made is not None and (best is None or made.score > best.score + 0.001):
                best = made
        return best

    def under_headings(
        self, below: Sequence[Section], matcher: Matcher, named: Sequence[Candidate]
    ) -> list[Candidate]:
        """Findings that lean on their heading: "Eyes: deep-set", "Nails: absent".

        `named` are the findings found so far: behind one of them "absent" is its answer.
        """
        found: list[Candidate] = []
        starts = self.tokens.start[self.content.position]
        for section in below:
            if not section.anatomy:
                continue
            first, stop = (int(i) for i in starts.searchsorted([section.start, section.end]))
            if first == stop:
                continue
            begin = section.start - len(section.title) - 2
            finding = any(c.start < section.start and c.end > begin for c in named)
            for word in tokenise(section.title).surfaces[:4]:
                if self.vocabulary.kind[self.vocabulary[word]] != CONTENT:
                    continue
                for hit in matcher.headed(self.content, self.vocabulary, first, stop, word):
                    candidate = self._headed(hit)
                    if candidate is not None and not (finding and self._answers(candidate)):
                        found.append(candidate)
        return found

    def _answers(self, c: Candidate) -> bool:
        """Whether a candidate rests on words of an answer alone: "absent", "no"."""
        return answer_in(" ".join(self.tokens.surfaces[i] for i in c.kept)) is not None

    def _headed(self, hit: Hit) -> Candidate | None:
        """A candidate only where the window stands alone between punctuation or small words."""
        first, last = self.position[hit.first], self.position[hit.last]
        surfaces = self.tokens.surfaces
        before, after = first - 1, last + 1
        if self.content.barriers[hit.last] != self.content.barriers[hit.first]:
            return None
        if before >= 0 and not _aside(surfaces[before]):
            return None
        looks = after < len(surfaces) and surfaces[after] in ("appearance", "appearing")
        if after < len(surfaces) and not (looks or _aside(surfaces[after])):
            return None
        clause, heads = self.content.clause, self.index.heads
        i = hit.first - 1
        while i >= 0 and clause[i] == clause[hit.first]:
            if self.vocabulary.lemmas[self.ids[i]] in heads:
                return None
            i -= 1
        entry = self.index.entries(hit.key, broad=hit.broad)[0]
        if not NEGATORS.isdisjoint(entry.order) and not entry.normal:
            return None
        if all(surfaces[self.position[i]] == "no" for i in range(hit.first, hit.last + 1)):
            return None
        if entry.abbreviation or entry.term == NO_TERM or entry.rank > 3:
            return None
        if looks and entry.normal:  # "Abdomen: normal appearance" speaks of its outside alone
            return None
        kept = tuple(self.position[i] for i in range(hit.first, hit.last + 1))
        start, end = int(self.tokens.start[first]), int(self.tokens.end[last])
        score = (0.66 if hit.broad else 0.78) - 0.03 * max(entry.rank, 0)
        return Candidate(kept, start, end, entry, "heading", round(score, 3))

    def _with_entry(
        self, hit: Hit, entry: Entry, words: list[str], spread: list[int]
    ) -> Candidate | None:
        first, last = self.position[hit.first], self.position[hit.last]
        start, end = int(self.tokens.start[first]), int(self.tokens.end[last])
        if entry.abbreviation and not _is_abbreviation(self.text[start:end], entry.written):
            return None
        order = entry.order
        if "absence" in order and not _names_absence(entry.written, self.text[start:end]):
            return None
        if hit.broad and len(order) == 1 and words[0] in self.index.general:
            return None
        if hit.broad and "cancer" in order and "cancer" not in self._lemmas(spread):
            return None  # a cancer is a tumor, a tumor not always a cancer
        if hit.broad:
            order = tuple(self.index.classes.get(w, w) for w in order)
        turned = _turned(words, order)
        score = (0.86 if hit.broad else 1.0) - 0.03 * max(entry.rank, 0)
        score -= (0.0, 0.02, 0.25)[turned]
        rule = "word classes" if hit.broad else ("exact" if turned == 0 else "word order")
        if entry.rank < 0:
            rule = "lexicon" if not hit.broad else rule
        if hit.gap_end > hit.gap_start:
            licence = None if entry.normal else self.licences.of(hit, entry, turned)
            if licence is None:
                return None
            rule, cost = licence
            if cost > DEGREE_COST and not NEGATORS.isdisjoint(entry.order):
                return None
            score -= cost
        else:
            barriers = int(self.content.barriers[hit.last] - self.content.barriers[hit.first])
            if barriers > entry.barriers or (barriers and turned):
                return None  # "cleft lip, cleft palate" holds no "lip, cleft palate"
            if barriers and entry.comma and self._runs_on(hit):
                return None  # "intellectual disability, progressive microcephaly"
        links = int(self.content.links[hit.last] - self.content.links[hit.first])
        score -= 0.15 * max(0, links - entry.links)
        if entry.term != NO_TERM and self._goes_on(hit):
            score -= 0.4
        kept = tuple(self.position[i] for i in spread)
        if self.vocabulary.corrected and any(
            self.tokens.surfaces[i] in self.vocabulary.corrected for i in kept
        ):
            rule = rule if rule in SHARING else "spelling"
            score -= 0.12
        gap = tuple(self.position[i] for i in range(hit.gap_start, hit.gap_end))
        return Candidate(kept, start, end, entry, rule, round(score, 3), gap)

    def _lemmas(self, spread: list[int]) -> list[str]:
        return [self.vocabulary.lemmas[self.ids[i]] for i in spread]

    def _goes_on(self, hit: Hit) -> bool:
        """Whether a noun of anatomy follows at once: "hypoplastic toe" before "nails"."""
        after = hit.last + 1
        return self._runs_on(hit) and self.vocabulary.lemmas[self.ids[after]] in self.index.heads

    def _runs_on(self, hit: Hit) -> bool:
        """Whether a word of some term follows at once."""
        after = hit.last + 1
        if after >= len(self.position) or self.position[after] != self.position[hit.last] + 1:
            return False
        return bool(self.ids[after])


def _aside(word: str) -> bool:
    """Whether a token may stand beside a finding that leans on its heading."""
    return word in DEGREE or kind_of(word) in (BARRIER, BREAK)


def _names_absence(name: str, written: str) -> bool:
    """Whether "absence" is part of a name as it is written: "absence of seizures" and "seizures
    absent" are no absence seizures."""
    if "absence of" in name.lower():
        return True
    return bool(re.search(r"\babsences?\b(?!\s+of\b)", written, re.IGNORECASE))


def _turned(words: list[str], order: tuple[str, ...]) -> int:
    """0 the entry's own order, 1 its two parts exchanged, 2 any other order."""
    if tuple(words) == order:
        return 0
    doubled = order + order
    n = len(order)
    if any(tuple(words) == doubled[i : i + n] for i in range(1, n)):
        return 1
    return 2


def _is_abbreviation(written: str, entry: str) -> bool:
    """Capitals as the entry has them: "GDD", "GDDs", not "gdd"."""
    if len(entry) > 5 and not entry.isupper():
        return True
    return written == entry or written.rstrip("s") == entry
