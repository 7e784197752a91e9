"""Abbreviations: those a text defines for itself, and common ones that their context decides.

A definition is a finding with a short form in brackets behind it, or the reverse, whose letters
stand in the long form in order (Schwartz and Hearst 2003). A short form that the text defines as
something else is no finding in that text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from ontology.files import lines_of
from ontology.recognise.candidates import Candidate
from ontology.recognise.tokens import Tokens

_SHORT = re.compile(r"[A-Z][A-Za-z0-9-]{1,7}")
_BRACKETED = re.compile(r"\(\s*([A-Z][A-Za-z0-9-]{1,7})s?\s*[);,]")
_NEAR = 160


@dataclass
class Definitions:
    """What a text has defined so far: short form -> the candidate's entry, None for no finding."""

    meaning: dict[str, Candidate | None] = field(default_factory=dict)

    def learn(self, text: str, found: Sequence[Candidate]) -> None:
        """Take the definitions of one block, given the candidates that stand in it."""
        by_end = {c.end: c for c in found}
        for match in _BRACKETED.finditer(text):
            short = match[1]
            before = text[: match.start()].rstrip()
            long_form = by_end.get(len(before))
            if long_form is not None and spells(short, text[long_form.start : long_form.end]):
                self.meaning.setdefault(short, long_form)
            elif long_form is None and _initials(short, before[-120:].split()):
                self.meaning.setdefault(short, None)

    def apply(self, text: str, tokens: Tokens, found: list[Candidate]) -> list[Candidate]:
        """The candidates without those that mean something else here, and with the defined ones."""
        kept = [
            c
            for c in found
            if not (c.entry.abbreviation and self.meaning.get(text[c.start : c.end], c) is None)
        ]
        defined = {s: c for s, c in self.meaning.items() if c is not None}
        if not defined:
            return kept
        taken = {position for c in kept for position in c.kept}
        lowered = {short.lower(): c for short, c in defined.items()}
        lowered.update({f"{short}s": c for short, c in lowered.items()})
        for i in [i for i, surface in enumerate(tokens.surfaces) if surface in lowered]:
            if i in taken:
                continue
            meant = lowered[tokens.surfaces[i]]
            start, end = int(tokens.start[i]), int(tokens.end[i])
            if text[start:end].rstrip("s") in defined:
                kept.append(Candidate((i,), start, end, meant.entry, "abbreviation", 0.9))
        return kept


def _initials(short: str, words: list[str]) -> bool:
    """Whether the last words begin with the letters of the short form, small words left out."""
    letters = [c for c in short.lower() if c.isalnum()]
    first = [w[0].lower() for w in words if w.lower() not in ("of", "the", "and", "for", "in")]
    return len(letters) > 1 and first[-len(letters) :] == letters


def spells(short: str, long_form: str) -> bool:
    """Whether the letters of a short form stand in the long form in order, the first at a word's
    start (Schwartz and Hearst 2003)."""
    letters = [c for c in short.lower() if c.isalnum()]
    text = long_form.lower()
    if len(long_form.split()) < 2 and len(letters) > 2 and len(long_form) < 8:
        return False
    at = len(text)
    for n, letter in enumerate(reversed(letters)):
        at = text.rfind(letter, 0, at)
        first = n == len(letters) - 1
        while first and at > 0 and text[at - 1].isalnum():
            at = text.rfind(letter, 0, at)
        if at < 0:
            return False
    return True


@cache
def _by_context() -> dict[str, list[tuple[str, frozenset[str]]]]:
    rows: dict[str, list[tuple[str, frozenset[str]]]] = {}
    source = files("ontology").joinpath("data/abbreviations.tsv").read_text(encoding="utf-8")
    for line in lines_of(source):
        if line.strip() and not line.startswith("#"):
            short, hpo_id, _, words = line.split("\t")
            rows.setdefault(short.lower(), []).append((hpo_id, frozenset(words.split())))
    return rows


def in_context(text: str, tokens: Tokens, taken: set[int]) -> Iterator[tuple[int, str, str]]:
    """Common abbreviations of several meanings: (token, short form, HPO id) where context decides.

    The meaning with the most of its words within some 160 characters; none without any.
    """
    rows = _by_context()
    for i, surface in [(i, s) for i, s in enumerate(tokens.surfaces) if s in rows]:
        if i in taken:
            continue
        start, end = int(tokens.start[i]), int(tokens.end[i])
        if not text[start:end].isupper():
            continue
        first = int(tokens.start.searchsorted(start - _NEAR))
        last = int(tokens.start.searchsorted(end + _NEAR))
        near = set(tokens.surfaces[first:last]) - {surface}
        scored = [(len(words & near), hpo_id) for hpo_id, words in rows[surface]]
        best = max(scored)
        if best[0] and sum(score == best[0] for score, _ in scored) == 1:
            yield i, text[start:end], best[1]
