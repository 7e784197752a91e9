"""The recogniser: a text in, its mentions of HPO terms out."""

from __future__ import annotations

from ontology.knowledge import Knowledge
from ontology.recognise.candidates import Candidate, Judge
from ontology.recognise.index import build_index
from ontology.recognise.lexicon import lexicon
from ontology.recognise.match import Matcher
from ontology.recognise.mention import Mention
from ontology.recognise.resolve import resolve
from ontology.recognise.sections import sections
from ontology.recognise.status import status_of
from ontology.recognise.tokens import fold, join_lines, tokenise
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
        chosen = resolve(found)
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


def recogniser_for(knowledge: Knowledge) -> Recogniser:
    """The recogniser of this knowledge, loaded once a process."""
    key = f"{knowledge.path}|{knowledge.stamp}"
    if key not in _LOADED:
        _LOADED[key] = Recogniser(knowledge)
    return _LOADED[key]


_LOADED: dict[str, Recogniser] = {}
