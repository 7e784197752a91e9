"""A name said in other words: "decreased vibratory sense" of "Impaired vibration sensation".

The forms of `ontology/data/rewordings.tsv` are exchanged one at a time in every name and exact
synonym. The index keeps what comes out only if no other term owns or also yields it, so that a
loose exchange cannot take a phrase from the term it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import permutations

from ontology.files import lines_of
from ontology.recognise.lemma import lemma
from ontology.recognise.tokens import fold, tokenise

_LONGEST = 7
"""Words past which a name is no phrase that anybody says in other words."""

Words = tuple[str, ...]


@cache
def rewordings() -> dict[str, list[tuple[Words, Words]]]:
    """First word of a form -> (the form, what may stand for it), in base forms."""
    table: dict[str, list[tuple[Words, Words]]] = {}
    source = files("ontology").joinpath("data/rewordings.tsv").read_text(encoding="utf-8")
    for line in lines_of(source):
        if not line.strip() or line.startswith("#"):
            continue
        for old, new in _pairs(line):
            table.setdefault(old[0], []).append((old, new))
    return table


def _pairs(line: str) -> Iterator[tuple[Words, Words]]:
    if ">" in line:
        left, right = line.split(">")
        for form in right.split("|"):
            yield base_words(left), base_words(form)
    else:
        yield from permutations(map(base_words, line.split("=")), 2)


def base_words(written: str) -> Words:
    """The base forms of a phrase's words, punctuation included."""
    return tuple(lemma(word) for word in tokenise(fold(written)).surfaces)


def reworded(words: Sequence[str]) -> Iterator[Words]:
    """The phrase with one form exchanged, at every place and in every way."""
    words = tuple(words)
    if len(words) > _LONGEST:
        return
    table = rewordings()
    for i, word in enumerate(words):
        for old, new in table.get(word, ()):
            if words[i : i + len(old)] == old:
                yield words[:i] + new + words[i + len(old) :]
