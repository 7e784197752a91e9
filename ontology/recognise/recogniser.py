"""The recogniser: a text in, its mentions of HPO terms out."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from ontology.knowledge import Knowledge
from ontology.recognise.abbreviations import Definitions, in_context
from ontology.recognise.blocks import blocks
from ontology.recognise.cache import load_index
from ontology.recognise.candidates import Candidate, Judge
from ontology.recognise.codes import coded, mark_codes, with_codes
from ontology.recognise.cues import cue_words
from ontology.recognise.entry import Entry
from ontology.recognise.lemma import lemma
from ontology.recognise.match import Matcher
from ontology.recognise.measurements import measured
from ontology.recognise.mention import Mention
from ontology.recognise.modifiers import onset_of, severity_of
from ontology.recognise.resolve import resolve
from ontology.recognise.sections import Section, sections
from ontology.recognise.spelling import english_words
from ontology.recognise.status import status_of
from ontology.recognise.tokens import Tokens, fold, join_lines, lay_out, tokenise
from ontology.recognise.typeset import as_meant
from ontology.recognise.vocabulary import Vocabulary
from ontology.status import Status

_HYPHENED = re.compile(r"[^\W\d_]+-[^\W\d_]+")
_OPENERS = frozenset(["HP:0001999", "HP:0000271"])
"""Abnormal facial shape, Abnormality of the face: what a list of facial findings is headed by."""
_OPENING = frozenset(
    ["include", "includes", "included", "including", "such", "are", "were", "was", "is", ":", "(",
     "consisting", "consisted", "comprising", "namely", "with"]
)  # fmt: skip


class Recogniser:
    """Finds HPO terms in text; load it once, it holds no state of any text.

    >>> mentions = Recogniser(open_knowledge()).recognise("No seizures, but hypotonia.")
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.index = load_index(knowledge)
        self.matcher = Matcher(self.index)
        self.vocabulary = Vocabulary(self.index.lemmas, self.index.classes, self.index.near)

    def recognise(self, text: str) -> tuple[Mention, ...]:
        """Every mention in the text, in its order; `mention.text == text[start:end]`."""
        return tuple(self.iterate(text))

    def iterate(self, text: str) -> Iterator[Mention]:
        """The mentions one after another; beside the text, memory holds one block at a time."""
        definitions = Definitions()
        heading: str | None = None
        left_open: Status | None = None
        names, ids = self.knowledge.hpo.names, self.knowledge.hpo.ids
        for offset, block in blocks(text):
            plain = as_meant(block, self._known, self._joined)
            laid = lay_out(plain.text)
            folded = mark_codes(join_lines(laid, fold(laid)))
            below = sections(folded, heading)
            heading = below[-1].title if below and below[-1].end == len(folded) else None
            tokens = self.index.compounds.join(tokenise(folded))
            if not len(tokens):
                continue
            chosen = self._candidates(laid, folded, tokens, below, definitions)
            statuses, left_open = status_of(laid, tokens, chosen, below, left_open)
            for c, status in zip(chosen, statuses, strict=True):
                start, end = plain.given(c.start, c.end)
                yield Mention(
                    start=offset + start,
                    end=offset + end,
                    text=block[start:end],
                    hpo_id=ids[c.entry.term],
                    label=names[c.entry.term],
                    status=status,
                    rule=c.rule,
                    matched=c.entry.written,
                    score=round(c.score, 2),
                    onset=onset_of(tokens, c),
                    severity=severity_of(tokens, c),
                )

    @cached_property
    def _words(self) -> frozenset[str]:
        """Words beside those of the ontology that a broken line may hold."""
        return english_words() | cue_words()

    def _known(self, word: str) -> bool:
        """Whether a word in lower case is one of the ontology, of a cue, or of English."""
        named = self.vocabulary.id_of_lemma
        return word in named or word in self._words or lemma(word) in named

    @cached_property
    def _hyphened(self) -> frozenset[str]:
        """Pairs that a name or synonym joins by a hyphen: "ehlers-danlos"."""
        hpo = self.knowledge.hpo
        names = chain(hpo.names, (s.text for synonyms in hpo.synonyms for s in synonyms))
        return frozenset(pair for name in names for pair in _HYPHENED.findall(name.lower()))

    def _joined(self, pair: str) -> bool:
        return pair in self._hyphened

    def _candidates(
        self,
        block: str,
        folded: str,
        tokens: Tokens,
        below: list[Section],
        definitions: Definitions,
    ) -> list[Candidate]:
        """What stands in one block, in the order of the text."""
        content = self.matcher.content(tokens, self.vocabulary)
        judge = Judge(self.index, content, tokens, block, self.vocabulary)
        found = []
        seen: set[tuple[int, int, int, int]] = set()
        for hit in self.matcher.hits(content, self.vocabulary):
            window = (hit.first, hit.last, hit.gap_start, hit.gap_end)
            if window in seen:  # the exact reading, which comes first, stands for the broad one
                continue
            candidate = judge.candidate(hit)
            if candidate is not None:
                seen.add(window)
                found.append(candidate)
        found += judge.under_headings(below, self.matcher, found)
        chosen = resolve(found)
        definitions.learn(block, chosen)
        chosen = self._with_abbreviations(definitions.apply(block, tokens, chosen), block, tokens)
        chosen = self._with_numbers(chosen, folded, tokens)
        chosen = with_codes(chosen, coded(folded, tokens, self.knowledge.hpo), folded)
        return [c for c in chosen if not self._introduces(c, tokens, chosen)]

    def _introduces(self, c: Candidate, tokens: Tokens, chosen: list[Candidate]) -> bool:
        """Whether "dysmorphic features" only opens the list that says which: "dysmorphic features
        included hypertelorism"."""
        if self.knowledge.hpo.ids[c.entry.term] not in _OPENERS:
            return False
        last = c.kept[-1]
        opened = not _OPENING.isdisjoint(tokens.surfaces[last + 1 : last + 4])
        return opened and any(last < other.kept[0] <= last + 9 for other in chosen)

    def _with_abbreviations(
        self, chosen: list[Candidate], text: str, tokens: Tokens
    ) -> list[Candidate]:
        """The candidates and the abbreviations whose surroundings say what they mean."""
        index = self.knowledge.hpo.index
        taken = {position for c in chosen for position in c.kept}
        for i, short, hpo_id in in_context(text, tokens, taken):
            if hpo_id in index:
                entry = Entry(index[hpo_id], short, 0, (short,), 0, 0, abbreviation=True)
                start, end = int(tokens.start[i]), int(tokens.end[i])
                chosen.append(Candidate((i,), start, end, entry, "abbreviation in context", 0.8))
        return sorted(chosen, key=lambda c: (c.start, c.end, c.entry.term))

    def _with_numbers(
        self, chosen: list[Candidate], folded: str, tokens: Tokens
    ) -> list[Candidate]:
        """The candidates and the findings that numbers state, in the order of the text."""
        index = self.knowledge.hpo.index
        named = {(position, c.entry.term) for c in chosen for position in c.kept}
        extra: list[Candidate] = []
        for value in measured(folded, tokens):
            term = index.get(value.hpo_id)
            first = int(tokens.end.searchsorted(value.start, side="right"))
            last = int(tokens.start.searchsorted(value.end)) - 1
            if term is None or last < first:
                continue
            if any((position, term) in named for position in range(first, last + 1)):
                continue
            entry = Entry(
                term, value.matched, 0, (), 0, 0, abbreviation=False, normal=value.excluded
            )
            start, end = int(tokens.start[first]), int(tokens.end[last])
            kept = tuple(range(first, last + 1))
            extra.append(Candidate(kept, start, end, entry, "measurement", 0.9))
        if extra:
            chosen = sorted([*chosen, *extra], key=lambda c: (c.start, c.end, c.entry.term))
        return chosen


def recogniser_for(knowledge: Knowledge) -> Recogniser:
    """The recogniser of this knowledge, loaded once a process."""
    key = f"{knowledge.path}|{knowledge.stamp}"
    with _LOADING:
        if key not in _LOADED:
            _LOADED[key] = Recogniser(knowledge)
        return _LOADED[key]


_LOADED: dict[str, Recogniser] = {}
_LOADING = threading.Lock()
