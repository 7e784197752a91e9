"""The words that decide a finding's status, found in a block's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ontology.recognise.tokens import tokenise


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue: its kind (a row of `ontology/data/cues.tsv`) and tokens `first` to `last`."""

    kind: str
    first: int
    last: int


Table = dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]


@cache
def cue_table() -> Table:
    """First word -> (all words, kinds), longest first."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    source = files("ontology").joinpath("data/cues.tsv").read_text(encoding="utf-8")
    for line in source.splitlines():
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
        table.setdefault(words[0], []).append((words, tuple(found)))
    for rows in table.values():
        rows.sort(key=lambda row: -len(row[0]))
    return table


def _with_auxiliaries(phrase: str) -> list[str]:
    """ "not treated" also as "was not treated", "has not been treated", and so on."""
    if not phrase.startswith("not "):
        return [phrase]
    rest = phrase[4:]
    forms = [f"{verb} not {rest}" for verb in _AUXILIARIES]
    return [phrase, *forms, f"has not been {rest}", f"have not been {rest}"]


_AUXILIARIES = ("was", "were", "is", "are", "did", "does", "do", "has", "have", "had", "could")


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
        for words, kinds in table[surfaces[i]]:
            n = len(words)
            if tuple(surfaces[i : i + n]) == words and not any(j in taken for j in range(i, i + n)):
                found += [Cue(kind, i, i + n - 1) for kind in kinds]
                past = i + n
                break
    return found
