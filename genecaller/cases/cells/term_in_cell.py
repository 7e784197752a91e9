"""What one term in a cell says of itself: its sign, its answer, the words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from genecaller.cases.cells.flags import age_answer
from genecaller.cases.cells.wording import (
    Said,
    is_answer,
    names_it,
    polarity_of,
    strip_polarity,
    term_names,
)
from genecaller.cases.findings import hpo_id_in
from ontology.hpo import Hpo
from ontology.status import answer_status

_PLAIN = (None, "present")
_DASHES = ("-", "–", "—", "−")
_FIRST_SIGN = re.compile(r"\s*(?:[(\[]\s*(?:[^\w\s]|[xX]|)\s*[)\]]|[^\w\s(\[]+)\s*(?=\w)")
# A sign in brackets, or an answer behind a colon or equals sign, at the end of some words.
_ANSWER_AT_END = re.compile(
    r"(?<=[\w)\]])\s*(?:[(\[{]\s*([^\w\s()\[\]{}]+|[xX]|)\s*[)\]}]|\s*[:=]\s*([\w+/ .-]{1,20}?))"
    r"\s*[(\[]?\s*$"
)
_BESIDE = re.compile(r"\s*(?:and|or|nor|&|\+(?=\s))\s*", re.IGNORECASE)
_BEGINS_NEXT = re.compile(
    r"\b(?:and|or|but|nor|plus|however|with|without|not|denie[sd]|lack(?:s|ing)|negative for|"
    r"no (?:evidence|history|signs?) of)\b|[(\[][^()\[\]]*:\s*$|(?<=\s)[-+!~¬?]$",
    re.IGNORECASE,
)
_LOOSE_DASH = re.compile(r"\s*[-–—−]\s+")


@dataclass(frozen=True, slots=True)
class TermInCell:
    """A term as written, what is said of it, and the text that says so."""

    written: str
    said: Said
    context: str


def coded_term(before: str, code: str, after: str, hpo: Hpo, signed: bool) -> TermInCell:
    """An id with the words before and behind it."""
    context = f"{before}{code}{after}"
    written = hpo_id_in(code) or code
    names = term_names(written, hpo)
    said = []
    sign = _FIRST_SIGN.match(before)
    if sign and re.search(r"\w", before[sign.end() :]):
        said.append(_sign(sign[0], "", signed))
        before = before[sign.end() :]
    said.append(_sign(before, after, signed))
    for text in (before, after):
        said += _at_the_end(text, names, hpo)
    before, after = without_answer(before), without_answer(after)
    answer = re.match(r"[\s)\]}]*[:=]\s*([^()\[\]]*)$", after)
    alone = after.strip(" ()[]{}")
    if answer and answer[1].strip():
        said.append(_answer(answer[1], names, hpo))
    elif after[:1] in tuple(" ()[]{") and re.search(r"\w", alone) and is_answer(alone):
        said += [Said(answer_status(alone), answer=alone), polarity_of(before, names, hpo)]
    elif names_it(whole := f"{before} {after}", names, hpo):
        said.append(polarity_of(whole, names, hpo))
    else:
        said += [polarity_of(part, names, hpo) for part in _parts(before, after)]
    return TermInCell(code, together(said), context)


def _at_the_end(text: str, names: frozenset[str], hpo: Hpo) -> list[Said]:
    """The answer that ends the words beside an id: "Seizure = 0", "Seizure (-)", "Seizure: no"."""
    match = _ANSWER_AT_END.search(text)
    if match is None or without_answer(text) == text:
        return []
    if match[1] is None:
        return [_answer(match[2], names, hpo)]
    sign = match[1].strip()
    return [Said(answer_status(sign) if sign else "uncertain")]


def without_sign(text: str) -> str:
    """A text without a sign that it begins with: "-Seizure", "[x] Seizure"."""
    sign = _FIRST_SIGN.match(text)
    return text[sign.end() :] if sign else text


def without_answer(text: str) -> str:
    """A text without an answer that it ends with: "Seizure = 0", "Seizure (-)"."""
    match = _ANSWER_AT_END.search(text)
    if match is None or (match[1] is None and not is_answer(match[2])):
        return text
    return text[: match.start()]


def _parts(before: str, after: str) -> Iterator[str]:
    for text in (before, after):
        inside = re.findall(r"[(\[]([^()\[\]]*)[)\]]", text)
        yield from inside
        yield re.sub(r"[(\[][^()\[\]]*[)\]]", " ", text)


def _answer(text: str, names: frozenset[str], hpo: Hpo) -> Said:
    found = polarity_of(text, names, hpo, answer=True)
    if found.status is None and not found.unclear and (age := age_answer(text.strip())):
        return Said("present", age)
    return found


def _sign(before: str, after: str, signed: bool) -> Said:
    """What a sign beside an id or name says: "-HP:...", "!HP:...", "[x] HP:...", "HP:...?"."""
    sign = before.strip()
    boxed = re.fullmatch(r"[(\[]\s*(\W|[xX]|)\s*[)\]]", sign)
    if boxed:
        return Said(answer_status(boxed[1]) if boxed[1] else "uncertain")
    if sign and not re.search(r"\w", sign):
        if _LOOSE_DASH.fullmatch(before):
            return Said("excluded") if signed else Said(unclear=True)
        bare = sign.rstrip("([{<\"'")
        if bare in _DASHES or (bare and set(bare) <= set("!~¬")):
            return Said("excluded")
        if bare and (status := answer_status(bare)):
            return Said(status)
    if "?" in before or after.lstrip(")] ").startswith("?"):
        return Said("uncertain")
    behind = after.strip().strip("()[]{} ")
    if behind in _DASHES:
        return (
            Said(unclear=True) if after.strip() in _DASHES and after[0] == " " else Said("excluded")
        )
    return Said(answer_status(behind)) if behind and set(behind) <= set("+✓✔✗✘❌☑☐") else Said()


def together(parts: list[Said]) -> Said:
    statuses = {part.status for part in parts if part.status}
    onset = next((part.onset for part in parts if part.onset), None)
    answer = next((part.answer for part in parts if part.answer), "")
    for status in ("family", "uncertain"):
        if status in statuses:
            return Said(status, onset)
    if any(part.unclear for part in parts) or len(statuses) > 1:
        return Said(unclear=True)
    return Said(next(iter(statuses), None), onset, answer=answer)


def named_term(piece: str, hpo: Hpo, signed: bool) -> Iterator[TermInCell]:
    """A term by its name, with the words around it."""
    piece = piece.strip()
    if not re.search(r"\w", piece):
        return
    if piece.casefold() in hpo.id_by_name:
        yield TermInCell(piece, Said(), piece)
        return
    sign = _FIRST_SIGN.match(piece)
    bare = piece[sign.end() :] if sign else piece
    if behind := re.search(r"(?<=\w)[-–—−+]$", bare):
        bare = bare[: behind.start()]
        said_behind = [_sign("", behind[0], signed)]
    else:
        said_behind = []
    found = strip_polarity(bare, hpo)
    said = [found.said, *said_behind]
    if sign:
        said.append(_sign(sign[0], "", signed))
    if bare.endswith("?"):
        said.append(Said("uncertain"))
    named = found.name or bare
    pieces = re.split(r"\s+(?:and|or|nor|&)\s+", named, flags=re.IGNORECASE)
    if named.casefold() not in hpo.id_by_name and all(
        p.casefold() in hpo.id_by_name for p in pieces
    ):
        for part in pieces:
            yield TermInCell(part, together(said), piece)
        return
    yield TermInCell(named if named.casefold() in hpo.id_by_name else piece, together(said), piece)


def coded_terms(
    piece: str, codes: list[re.Match[str]], hpo: Hpo, signed: bool
) -> Iterator[TermInCell]:
    """Ids without a separator: "HP:1 (absent) HP:2", "no HP:1 or HP:2", "Seizure HP:1 ..."."""
    gaps = [piece[a.end() : b.start()] for a, b in pairwise(codes)]
    head, tail = piece[: codes[0].start()], piece[codes[-1].end() :]
    if all(_BESIDE.fullmatch(gap) for gap in gaps):
        said = coded_term(head, codes[0][0], tail, hpo, signed).said
        for code in codes:
            yield TermInCell(code[0], said, piece)
        return
    names_first = bool(re.search(r"\w", head)) and not re.search(r"\w", tail)
    befores, afters = [head], []
    for gap in gaps:
        cut = _cut(gap, names_first=names_first)
        afters.append(gap[:cut])
        befores.append(gap[cut:])
    afters.append(tail)
    terms = [
        coded_term(before, code[0], after, hpo, signed)
        for before, code, after in zip(befores, codes, afters, strict=True)
    ]
    first, last = _loose(codes, befores, afters, hpo)
    for n, term in enumerate(terms):
        if term.said.status is None and (n > first or n < last):
            term = TermInCell(term.written, Said(unclear=True), piece)
        yield term


def _loose(
    codes: list[re.Match[str]], befores: list[str], afters: list[str], hpo: Hpo
) -> tuple[int, int]:
    """The first id with a "no" before it and the last with an "absent" behind it.

    Without a bracket or sign that ties them to it, they may be said of the next ids too.
    """
    n = len(codes)
    before = (
        i
        for i in range(n)
        if not re.search(r"[-+!~¬?]$", befores[i])
        and coded_term(befores[i], codes[i][0], "", hpo, False).said.status not in _PLAIN
    )
    behind = (
        i
        for i in range(n - 1, -1, -1)
        if not re.match(r"\s*[(\[:=]", afters[i])
        and coded_term("", codes[i][0], afters[i], hpo, False).said.status not in _PLAIN
    )
    return next(before, n), next(behind, -1)


def _cut(gap: str, *, names_first: bool) -> int:
    """Where, between two ids, the words of the first end and those of the second begin."""
    if begins := list(_BEGINS_NEXT.finditer(gap)):
        return begins[-1].start()
    if bracket := re.match(r"\s*(\([^()]*\)|\[[^\[\]]*\]|[)\]])", gap):
        return bracket.end()
    return 0 if names_first else len(gap)
