"""HPO ids in running text: terms like any other, one mention with the name they stand beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ontology.hpo import Hpo
from ontology.recognise.candidates import Candidate
from ontology.recognise.entry import Entry
from ontology.recognise.tokens import Tokens

_CODE = re.compile(r"(?<![a-z0-9])hp( ?[:_]? ?)(\d{7})(?!\d)")
_MARKED = re.compile(r"(?<![a-z0-9])hpx{0,3}(\d{7})(?!\d)")
_WRITTEN = re.compile(r"(?<![A-Za-z0-9])HP ?[:_] ?\d+|(?<![A-Za-z0-9])HP\d{7}(?!\d)", re.I)
_BESIDE = re.compile(r"[\s()\[\]{},:;|=/\"'-]{1,5}")
_OPEN = re.compile(r"\s?[(\[]\s?")


def mark_codes(folded: str) -> str:
    """The folded text with each id one word ("hpx0001250"), so that its colon parts nothing."""
    if "hp" not in folded:
        return folded
    return _CODE.sub(lambda match: "hp" + "x" * len(match[1]) + match[2], folded)


def codes_in(text: str) -> Iterator[str]:
    """Every id that a text writes, whole or not, in its order: "HP:0001250", "hp_12"."""
    for match in _WRITTEN.finditer(text):
        yield match[0]


def coded(folded: str, tokens: Tokens, hpo: Hpo) -> list[Candidate]:
    """A candidate for each id of a current phenotypic abnormality."""
    found: list[Candidate] = []
    if "hp" not in folded:
        return found
    for match in _MARKED.finditer(folded):
        current = hpo.resolve(f"HP:{match[1]}").hpo_id
        if current is None or not hpo.is_phenotypic_abnormality[hpo.index[current]]:
            continue
        i = int(tokens.start.searchsorted(match.start()))
        if i >= len(tokens) or int(tokens.start[i]) != match.start():
            continue
        entry = Entry(hpo.index[current], f"HP:{match[1]}", 0, (), 0, 0, abbreviation=False)
        found.append(Candidate((i,), match.start(), match.end(), entry, "code", 1.0))
    return found


def with_codes(
    chosen: Sequence[Candidate], codes: Sequence[Candidate], folded: str
) -> list[Candidate]:
    """The candidates and the ids; an id and the name beside it are one mention.

    In brackets behind a name the id says what the name means: "fits (HP:0001250)".
    """
    if not codes:
        return list(chosen)
    named = list(chosen)
    out: list[Candidate] = []
    for code in codes:
        label = next((c for c in named if _belongs(c, code, folded)), None)
        if label is None:
            out.append(code)
            continue
        named.remove(label)
        out.append(_one(label, code, folded))
    return sorted([*named, *out], key=lambda c: (c.start, c.end, c.entry.term))


def _belongs(label: Candidate, code: Candidate, folded: str) -> bool:
    if label.end <= code.start:
        between = folded[label.end : code.start]
        if _OPEN.fullmatch(between):
            return True
    elif code.end <= label.start:
        between = folded[code.end : label.start]
    else:
        return False
    return label.entry.term == code.entry.term and bool(_BESIDE.fullmatch(between))


def _one(label: Candidate, code: Candidate, folded: str) -> Candidate:
    start, end = min(label.start, code.start), max(label.end, code.end)
    inside = folded[start:end]
    for opened, closed in (("(", ")"), ("[", "]")):
        if inside.count(opened) > inside.count(closed):
            behind = re.match(rf"\s?\{closed}", folded[end : end + 2])
            end += behind.end() if behind else 0
    kept = tuple(sorted({*label.kept, *code.kept}))
    return replace(code, start=start, end=end, kept=kept)
