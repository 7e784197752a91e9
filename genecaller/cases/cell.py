"""Terms in one cell or text: ids and names, each with the status that the words beside it give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from genecaller.cases.findings import Finding, hpo_id_in
from genecaller.cases.flags import combine, shown
from genecaller.cases.term_in_cell import TermInCell, coded_term, named_term, together
from genecaller.cases.wording import (
    NOTHING,
    Said,
    is_answer,
    is_name,
    leading_status,
    names_it,
    polarity_of,
    strip_polarity,
    term_names,
)
from ontology.hpo import Hpo
from ontology.status import Status, heading_status

CODE = re.compile(
    r"(?:https?://[^\s,;|()]*?[/#])?(?<![A-Za-z0-9])"
    r"(?:HPO?[:_]?\s?\d{7}(?!\d)|HPO?:\s?\d+|HPO?_\d{4,})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
"""An HPO id in any spelling, also one with too few or too many digits (which is then told)."""

_HARD = re.compile(r"[;\n]")
_SOFT = re.compile(r"[,|\t]|\s/\s|\s(?:as well as|but)\s")
_BESIDE = re.compile(r"\s*(?:and|or|nor|&|\+(?=\s))\s*", re.IGNORECASE)
_BEGINS_NEXT = re.compile(
    r"\b(?:and|or|but|nor|plus|however|with|without|not|denie[sd]|lack(?:s|ing)|negative for|"
    r"no (?:evidence|history|signs?) of)\b|[(\[][^()\[\]]*:\s*$|(?<=\s)[-+!~¬?]$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"\s*(?:[-–—*•·]|\d{1,2}[.)])\s+")
_HEADING = re.compile(r"\s*(?!HPO?\s*:)([^\W\d][^:(){}\[\]]{0,60}?)\s*:(?:\s+|(?=HP))")
_GOVERNS = re.compile(
    r"\s*(?:patient\s+|he\s+|she\s+)?(?:den(?:y|ies|ied|ying)|without|lack\w*|absence of|"
    r"negative for|exclud\w*|no (?:evidence|history|signs?) of|ruled out)\b",
    re.IGNORECASE,
)
_BLANKS = str.maketrans({0xA0: " ", 0x202F: " ", 0x200B: None, 0xFEFF: None, 0x0D: None})
_WRITTEN_OUT = {"w/o": "without", "r/o": "rule out"}
_SHORT_FORMS = re.compile(r"\b(?:w/o|r/o)\b", re.IGNORECASE)
_PLAIN_LIST = re.compile(r"HP:\d{7}(?:\s*[;,|]\s*HP:\d{7})*")


@dataclass(frozen=True, slots=True)
class CellTerms:
    """The findings of a cell, and what in it could not be understood."""

    findings: tuple[Finding, ...]
    problems: tuple[str, ...] = ()


def read_cell(
    text: str, hpo: Hpo, *, status: Status = "present", where: str | None = None
) -> CellTerms:
    """The findings of one cell or text, under a heading of the given status.

    "HP:0001250 (not present), Cortical tubers" is an excluded and a present finding; "Absent:
    HP:0001250; HP:0000252" two excluded ones. A name may hold a comma ("Neoplasm, ...") and
    negative words ("Absent speech"). Where the words beside a term leave open whether it is
    there, it is left out and told.
    """
    text = _SHORT_FORMS.sub(lambda m: _WRITTEN_OUT[m[0].casefold()], text.translate(_BLANKS))
    text = text.strip()
    if is_name(text, hpo):
        return CellTerms((Finding(text, None, status, where=where),))
    if _PLAIN_LIST.fullmatch(text):
        return CellTerms(
            tuple(Finding(m[0], None, status, where=where) for m in CODE.finditer(text))
        )
    if text.casefold().strip(" .") in NOTHING:
        return CellTerms(())
    findings: list[Finding] = []
    problems: list[str] = []
    for term in _terms(text, hpo):
        own = combine(status, term.said.status, term.said.answer)
        if term.said.unclear or own is None:
            place = f"{where}: " if where else ""
            problems.append(
                f"{place}{shown(term.context)} leaves open whether {term.written} is present or "
                "excluded; left out"
            )
        else:
            findings.append(Finding(term.written, None, own, term.said.onset, where=where))
    return CellTerms(tuple(findings), tuple(problems))


def _terms(text: str, hpo: Hpo) -> Iterator[TermInCell]:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and all(_BULLET.match(line) for line in lines):
        text = "\n".join(_BULLET.sub("", line, count=1) for line in lines)
    signed = re.search(r"(?:^|[;,|\s])\+\s?(?=\w)", text) is not None
    under = Said()
    for chunk in _split(text, _HARD):
        heading = _HEADING.match(chunk)
        if heading and not CODE.search(heading[1]) and heading[1].casefold() not in hpo.id_by_name:
            body = chunk[heading.end() :]
            if not polarity_of(body).status or CODE.search(body):
                under, chunk = _after_heading(heading[1], under), body
        for term in _chunk(chunk, hpo, signed):
            yield _under(term, under, chunk)


def _after_heading(words: str, before: Said) -> Said:
    """What a heading inside a cell says; one without a status ends the one before it."""
    status = heading_status(words)
    return Said(status, unclear=status is None and before.status not in (None, "present"))


def _under(term: TermInCell, heading: Said, chunk: str) -> TermInCell:
    if heading.unclear:
        return TermInCell(term.written, Said(unclear=True), chunk)
    if heading.status is None or term.said.unclear:
        return term
    own = combine(heading.status, term.said.status, term.said.answer)
    said = Said(own, term.said.onset, unclear=own is None)
    return TermInCell(term.written, said, term.context)


def _chunk(chunk: str, hpo: Hpo, signed: bool) -> Iterator[TermInCell]:
    """The terms between two semicolons or line ends."""
    codes = list(CODE.finditer(chunk))
    if len(codes) == 1 and _is_label(chunk, codes[0], hpo):
        yield from _piece(chunk, hpo, signed)
        return
    pieces = _names_joined(_split(chunk, _SOFT), hpo)
    names_first = bool(pieces) and pieces[0].strip().casefold() in hpo.id_by_name
    leading = leading_status(pieces[0]) if pieces and not names_first else None
    any_or = len(pieces) > 1 and re.search(r"\b(?:or|nor)\b", " ".join(pieces[1:])) is not None
    if any(_answers(piece, hpo) for piece in pieces):
        yield from _answered(pieces, hpo, signed)
        return
    for n, piece in enumerate(pieces):
        governed = n > 0 and leading in ("excluded", "uncertain", "family")
        for term in _piece(piece, hpo, signed):
            if governed and term.said.status is None and not term.said.unclear:
                if any_or:
                    term = TermInCell(term.written, Said(leading, term.said.onset), chunk)
                elif _GOVERNS.match(pieces[0]):
                    term = TermInCell(term.written, Said(unclear=True), chunk)
            yield term


def _answers(piece: str, hpo: Hpo) -> bool:
    bare = piece.strip(" .")
    return is_answer(bare) and not CODE.search(bare)


def _answered(pieces: list[str], hpo: Hpo, signed: bool) -> Iterator[TermInCell]:
    """Terms with their answers as pieces of their own: "HP:0001250, no", "HP:...|Seizure|Neg".

    The answer is that of the term before it, under whatever names; a term without one is unclear
    unless it comes after a list that is complete.
    """
    waiting: list[TermInCell] = []
    context = ", ".join(pieces)
    for piece in pieces:
        if not _answers(piece, hpo):
            waiting += _piece(piece, hpo, signed)
            continue
        answer = polarity_of(piece.strip(" ."), answer=True)
        same = {hpo.id_by_name.get(t.written.casefold()) or hpo_id_in(t.written) for t in waiting}
        for term in waiting:
            said = together([term.said, answer]) if len(same) == 1 else Said(unclear=True)
            yield TermInCell(term.written, said, context)
        waiting = []
    for term in waiting:
        yield TermInCell(term.written, Said(unclear=True), context)


def _piece(piece: str, hpo: Hpo, signed: bool) -> Iterator[TermInCell]:
    codes = list(CODE.finditer(piece))
    if not codes:
        yield from named_term(piece, hpo, signed)
    elif len(codes) == 1:
        yield coded_term(
            piece[: codes[0].start()], codes[0][0], piece[codes[0].end() :], hpo, signed
        )
    else:
        yield from _several(piece, codes, hpo, signed)


def _several(
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
    for n, term in enumerate(terms):
        if term.said.status is None and _may_be_meant(n, codes, befores, afters, hpo):
            term = TermInCell(term.written, Said(unclear=True), piece)
        yield term


def _may_be_meant(
    n: int, codes: list[re.Match[str]], befores: list[str], afters: list[str], hpo: Hpo
) -> bool:
    """Whether "no" before an earlier id, or "absent" behind a later one, may be said of this."""
    earlier = (coded_term(befores[i], codes[i][0], "", hpo, False) for i in range(n))
    later = (coded_term("", codes[i][0], afters[i], hpo, False) for i in range(n + 1, len(codes)))
    plain = [
        *(t for i, t in enumerate(earlier) if not re.search(r"[-+!~¬?]$", befores[i])),
        *(t for i, t in enumerate(later, n + 1) if not re.match(r"\s*[(\[:=]", afters[i])),
    ]
    return any(term.said.status not in (None, "present") for term in plain)


def _cut(gap: str, *, names_first: bool) -> int:
    """Where, between two ids, the words of the first end and those of the second begin."""
    if begins := list(_BEGINS_NEXT.finditer(gap)):
        return begins[-1].start()
    if bracket := re.match(r"\s*(\([^()]*\)|\[[^\[\]]*\]|[)\]])", gap):
        return bracket.end()
    return 0 if names_first else len(gap)


def _is_label(chunk: str, code: re.Match[str], hpo: Hpo) -> bool:
    """Whether the words beside an id are a name of it, commas and all."""
    names = term_names(hpo_id_in(code[0]) or "", hpo)
    return names_it(f"{chunk[: code.start()]} {chunk[code.end() :]}", names, hpo)


def _split(text: str, separator: re.Pattern[str]) -> list[str]:
    """The parts between separators that stand outside brackets; a line end closes brackets."""
    parts, start, depth = [], 0, 0
    for match in re.finditer(rf"[()\[\]]|{separator.pattern}", text):
        if match[0] in ("(", "["):
            depth += 1
        elif match[0] in (")", "]"):
            depth = max(0, depth - 1)
        elif depth == 0 or match[0] == "\n":
            parts.append(text[start : match.start()])
            start, depth = match.end(), 0
    parts.append(text[start:])
    return [part for part in parts if part.strip()]


def _names_joined(pieces: list[str], hpo: Hpo) -> list[str]:
    """Pieces of a list, those of one name that holds a comma put together again."""
    out: list[str] = []
    at = 0
    while at < len(pieces):
        for end in range(min(len(pieces), at + 5), at, -1):
            joined = ",".join(pieces[at:end]).strip()
            if end == at + 1 or _is_one_name(joined, hpo):
                out.append(joined)
                at = end
                break
    return out


def _is_one_name(text: str, hpo: Hpo) -> bool:
    """Whether a text with commas is one term: an id with its label, or a name with a comma."""
    codes = list(CODE.finditer(text))
    if codes:
        return len(codes) == 1 and _is_label(text, codes[0], hpo)
    return "," in (strip_polarity(text, hpo).name or "")
