"""The project's own words beside HPO's: lay phrases, distractors, names not to be matched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Lexicon:
    """What `ontology/data/` adds to the names of the ontology.

    `phrases` pairs a phrase with the id it means, None for a distractor; `refused` holds
    lower-case names and synonyms that mislead more than they help ("collecting"); `cue_words`
    are words the rules of status and measurement need to see as known.
    """

    phrases: tuple[tuple[str, str | None], ...]
    refused: frozenset[str]
    cue_words: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The lexicon shipped with the package."""
    phrases: list[tuple[str, str | None]] = []
    for line in _lines("phrases.tsv"):
        hpo_id, _, written = line.split("\t", 2)
        phrases += [(phrase.strip(), hpo_id) for phrase in written.split("|")]
    phrases += [(line, None) for line in _lines("distractors.txt")]
    return Lexicon(
        phrases=tuple((p, i) for p, i in phrases if p),
        refused=frozenset(line.lower() for line in _lines("refused.txt")),
        cue_words=frozenset(),
    )


def _lines(name: str) -> list[str]:
    source = files("ontology").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
