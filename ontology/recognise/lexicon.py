"""The project's own words beside HPO's: lay phrases, distractors, names not to be matched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ontology.files import lines_of


@dataclass(frozen=True)
class Lexicon:
    """What `ontology/data/` adds to the names of the ontology.

    `phrases` pairs a phrase with the id it means, None for a distractor; `refused` holds
    lower-case names and synonyms that mislead more than they help ("collecting"); `normals`
    pairs a statement of normality ("palate intact") with the id it excludes.
    """

    phrases: tuple[tuple[str, str | None], ...]
    refused: frozenset[str]
    normals: tuple[tuple[str, str], ...]


@cache
def lexicon() -> Lexicon:
    """The lexicon shipped with the package."""
    phrases: list[tuple[str, str | None]] = list(_id_and_phrases("phrases.tsv"))
    phrases += [(line, None) for line in _lines("distractors.txt")]
    return Lexicon(
        phrases=tuple((p, i) for p, i in phrases if p),
        refused=frozenset(line.lower() for line in _lines("refused.txt")),
        normals=tuple(_id_and_phrases("normals.tsv")),
    )


def _id_and_phrases(name: str) -> Iterator[tuple[str, str]]:
    for line in _lines(name):
        hpo_id, _, written = line.split("\t", 2)
        yield from ((phrase.strip(), hpo_id) for phrase in written.split("|"))


def _lines(name: str) -> list[str]:
    source = files("ontology").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return [line for line in lines_of(source) if line.strip() and not line.startswith("#")]
