"""Words of headings, keys and cells that the readers know, from one table."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def words_of(kind: str) -> frozenset[str]:
    """The words or phrases of one kind, lower-case; see genecaller/data/case_words.tsv."""
    return _table()[kind]


@cache
def _table() -> dict[str, frozenset[str]]:
    text = files("genecaller").joinpath("data/case_words.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.split("\n") if line and line[0] != "#")
    return {kind: frozenset(words) for kind, *words in rows}
