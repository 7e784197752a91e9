"""Words that mean the same in a phenotype: renal and kidney, small and reduced, hypotonic."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ontology.files import lines_of
from ontology.recognise.lemma import lemma


@dataclass(frozen=True)
class WordClasses:
    """Base form -> the word that stands for its class."""

    members: dict[str, str]

    def class_of(self, word: str) -> str:
        """The class of a base form; the word itself where it is in none."""
        return self.members.get(word, word)


@cache
def word_classes() -> WordClasses:
    """The classes shipped in `ontology/data/word_classes.tsv`, one a line, the head word first."""
    members: dict[str, str] = {}
    source = files("ontology").joinpath("data/word_classes.tsv").read_text(encoding="utf-8")
    for line in lines_of(source):
        if not line.strip() or line.startswith("#"):
            continue
        words = [lemma(word) for word in line.split()]
        for word in words:
            members.setdefault(word, words[0])
    return WordClasses(members)
