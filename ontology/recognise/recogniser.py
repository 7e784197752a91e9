"""The recogniser: a text in, its mentions of HPO terms out."""

from __future__ import annotations

from ontology.knowledge import Knowledge
from ontology.recognise.candidates import Candidate, Judge
from ontology.recognise.index import Entry, build_index
from ontology.recognise.lexicon import lexicon
from ontology.recognise.match import Matcher
from ontology.recognise.measurements import measured
from ontology.recognise.mention import Mention
from ontology.recognise.resolve import resolve
from ontology.recognise.sections import sections
from ontology.recognise.status import status_of
from ontology.recognise.tokens import Tokens, fold, join_lines, tokenise
from ontology.recognise.vocabulary import Vocabulary
from ontology.recognise.word_classes import word_classes


class Recogniser:
    """Finds HPO terms in text; load it once, it holds no state of any text.

    >>> mentions = Recogniser(open_knowledge()).recognise("No seizures, but hypotonia.")
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.index = build_index(knowledge.hpo, word_classes(), lexicon())
        self.matcher = Matcher(self.index)
        self.vocabulary = Vocabulary(self.index.lemmas, self.index.classes)
        self.compounds = self.index.compounds

    def recognise(self, text: str) -> tuple[Mention, ...]:
        """Every mention in the text, in its order; `mention.text == text[start:end]`."""
        folded = join_lines(text, fold(text))
        below = sections(folded)
        tokens = self.compounds.join(tokenise(folded))
        if not len(tokens):
            return ()
        content = self.matcher.content(tokens, self.vocabulary)
        judge = Judge(self.index, content, tokens, text, self.vocabulary)
        found: list[Candidate] = []
        for hit in self.matcher.hits(content, self.vocabulary):
            candidate = judge.candidate(hit)
            if candidate is not None:
                found.append(candidate)
        found += judge.under_headings(below, self.matcher)
        chosen = self._with_numbers(resolve(found), folded, tokens)
        status = status_of(tokens, chosen, below)
        names, ids = self.knowledge.hpo.names, self.knowledge.hpo.ids
        return tuple(
            Mention(
                start=c.start,
                end=c.end,
                text=text[c.start : c.end],
                hpo_id=ids[c.entry.term],
                label=names[c.entry.term],
                status=status[i],
                rule=c.rule,
                matched=c.entry.written,
                score=round(c.score, 2),
            )
            for i, c in enumerate(chosen)
        )

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
    if key not in _LOADED:
        _LOADED[key] = Recogniser(knowledge)
    return _LOADED[key]


_LOADED: dict[str, Recogniser] = {}
