"""The words that decide a finding's status, found in a block's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ontology.files import lines_of
from ontology.recognise.tokens import tokenise


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue: its kind (a row of `ontology/data/cues.tsv`) and tokens `first` to `last`."""

    kind: str
    first: int
    last: int


Table = dict[str, tuple[list[int], dict[tuple[str, ...], tuple[str, ...]]]]


@cache
def cue_table() -> Table:
    """First word -> the lengths of its cues, longest first, and their kinds by all their words."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    source = files("ontology").joinpath("data/cues.tsv").read_text(encoding="utf-8")
    for line in lines_of(source):
        if not line.strip() or line.startswith("#"):
            continue
        kind, phrases = line.split("\t")
        for phrase in phrases.split("|"):
            forms = _with_auxiliaries(phrase.strip())
            if kind == "negverb":
                forms = [f"not {phrase}", f"n't {phrase}", f"never {phrase}", f"not {phrase} any"]
            for form in forms:
                words = tuple(tokenise(form).surfaces)
                named = "neg" if kind == "negverb" else kind
                if words and named not in kinds.setdefault(words, []):
                    kinds[words].append(named)
    table: Table = {}
    for words, found in kinds.items():
        lengths, by_words = table.setdefault(words[0], ([], {}))
        by_words[words] = tuple(found)
        if len(words) not in lengths:
            lengths.append(len(words))
            lengths.sort(reverse=True)
    return table


def _with_auxiliaries(phrase: str) -> list[str]:
    """ "not treated" also as "was not treated", "has not been treated", and so on."""
    if not phrase.startswith("not "):
        return [phrase]
    rest = phrase[4:]
    forms = [f"{verb} not {rest}" for verb in _AUXILIARIES]
    return [phrase, *forms, f"has not been {rest}", f"have not been {rest}"]


_AUXILIARIES = ("was", "were", "is", "are", "did", "does", "do", "has", "have", "had", "could")


@cache
def cue_words() -> frozenset[str]:
    """Every word of a cue."""
    return frozenset(
        word for _, by_words in cue_table().values() for words in by_words for word in words
    )


def find_cues(surfaces: list[str], taken: set[int]) -> list[Cue]:
    """The cues of a block, in order; the longest at each place, never inside a mention (`taken`).

    A word inside a mention is no cue: "absent" of "absent speech" negates nothing after it.
    """
    table = cue_table()
    found: list[Cue] = []
    past = 0
    for i in [i for i, word in enumerate(surfaces) if word in table]:
        if i < past or i in taken:
            continue
        lengths, by_words = table[surfaces[i]]
        for n in lengths:
            words = tuple(surfaces[i : i + n])
            kinds = by_words.get(words)
            if kinds is not None and len(words) == n and taken.isdisjoint(range(i, i + n)):
                found += [Cue(kind, i, i + n - 1) for kind in kinds]
                past = i + n
                break
    return found
