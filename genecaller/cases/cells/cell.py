"""Terms in one cell or text: ids and names, each with the status that the words beside it give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from genecaller.cases.cells.cell_parts import CODE, SOFT, Run, runs_of, split_outside_brackets
from genecaller.cases.cells.flags import combine, shown
from genecaller.cases.cells.term_in_cell import (
    TermInCell,
    coded_term,
    coded_terms,
    named_term,
    together,
    without_answer,
    without_sign,
)
from genecaller.cases.cells.wording import (
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
from genecaller.cases.findings import Finding, hpo_id_in
from ontology.hpo import Hpo
from ontology.status import Status, heading_status

_BULLET = re.compile(r"\s*(?:[-–—*•·]|\d{1,2}[.)])\s+")
_OR = re.compile(r"\b(?:or|nor)\b", re.IGNORECASE)
_GOVERNS = re.compile(
    r"\s*(?:patient\s+|he\s+|she\s+)?(?:den(?:y|ies|ied|ying)|without|lack\w*|absence of|"
    r"negative for|exclud\w*|no (?:evidence|history|signs?) of|ruled out)\b",
    re.IGNORECASE,
)
_BLANKS = str.maketrans({0xA0: " ", 0x202F: " ", 0x200B: None, 0xFEFF: None, 0x0D: None})
_WRITTEN_OUT = {"w/o": "without", "r/o": "rule out"}
_SHORT_FORMS = re.compile(r"\b(?:w/o|r/o)\b", re.IGNORECASE)
_BLANK_RUN = re.compile(r"[^\S\n]{2,}")
_LONGEST = 100_000
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
    # Long runs of blanks mean nothing, and patterns would try every stretch of them.
    text = _BLANK_RUN.sub(" ", text).strip()
    if is_name(text, hpo):
        return CellTerms((Finding(text, None, status, where=where),))
    if _PLAIN_LIST.fullmatch(text):
        return CellTerms(
            tuple(Finding(m[0], None, status, where=where) for m in CODE.finditer(text))
        )
    if text.casefold().strip(" .") in NOTHING:
        return CellTerms(())
    if len(text) > _LONGEST:
        place = f"{where}: " if where else ""
        return CellTerms(
            (),
            (
                f"{place}{shown(text[:50])}: {len(text):,} characters are more than the findings "
                f"of one patient take ({_LONGEST:,}); left out, separate ids by ; alone",
            ),
        )
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


def _terms(text: str, hpo: Hpo) -> list[TermInCell]:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > 1 and all(_BULLET.match(line) for line in lines):
        text = "\n".join(_BULLET.sub("", line, count=1) for line in lines)
    signed = re.search(r"(?:^|[;,|\s])\+\s?(?=\w)", text) is not None
    runs = [(run, list(_chunk(run.text, hpo, signed))) for run in runs_of(text, hpo)]
    item_by_item = any(term.said.status for _, terms in runs for term in terms)
    return [_under(term, run, item_by_item=item_by_item) for run, terms in runs for term in terms]


def _under(term: TermInCell, run: Run, *, item_by_item: bool) -> TermInCell:
    heading, own = run.heading, term.said.status
    if term.said.unclear or (heading.status is None and not heading.unclear):
        return term
    doubtful = not run.headed and own is None and item_by_item and heading.status != "present"
    status = combine(heading.status, own) if heading.status else None
    if status is None or doubtful:
        return TermInCell(term.written, Said(unclear=True), run.text)
    return TermInCell(term.written, Said(status, term.said.onset), term.context)


def _chunk(chunk: str, hpo: Hpo, signed: bool) -> Iterator[TermInCell]:
    """The terms between two semicolons or line ends."""
    codes = list(CODE.finditer(chunk))
    if len(codes) == 1 and _is_label(chunk, codes[0], hpo):
        yield from _piece(chunk, hpo, signed)
        return
    pieces = _names_joined(split_outside_brackets(chunk, SOFT), hpo)
    if any(_answers(piece, hpo) for piece in pieces):
        yield from _answered(pieces, hpo, signed)
        return
    governed = _governed(pieces, hpo)
    negative = [_is_negative_rest(piece, hpo) for piece in pieces]
    for n, piece in enumerate(pieces):
        for term in _piece(piece, hpo, signed):
            if term.said.status is None and not term.said.unclear:
                if n and governed:
                    term = TermInCell(term.written, governed, chunk)
                elif not negative[n] and any(negative[max(0, n - 1) : n + 2]):
                    term = TermInCell(term.written, Said(unclear=True), chunk)
            yield term


def _governed(pieces: list[str], hpo: Hpo) -> Said | None:
    """What the first words of a list say of its later terms, if anything.

    "no HP:1, HP:2 or HP:3" excludes all; after "denies HP:1, HP:2" the second is left open, and
    after "no HP:1, HP:2" it is present, as it is after a semicolon.
    """
    if len(pieces) < 2 or strip_polarity(pieces[0], hpo).said.status == "present":
        return None
    label = CODE.split(pieces[0])[0].strip(" ([-")
    status = None if is_name(label, hpo) else leading_status(pieces[0])
    if status in (None, "present"):
        return None
    if any(_ends_list(piece, hpo) for piece in pieces[1:]):
        return Said(status)
    return Said(unclear=True) if _GOVERNS.match(pieces[0]) else None


def _ends_list(piece: str, hpo: Hpo) -> bool:
    """Whether an "or" in a piece joins terms, and is no part of a name."""
    if re.match(r"\s*n?or\b", piece) or re.search(r"\bn?or\s+HPO?[:_]?\d", piece):
        return True
    return not strip_polarity(piece, hpo).name and all(
        strip_polarity(part, hpo).name for part in _OR.split(piece)
    )


def _is_negative_rest(piece: str, hpo: Hpo) -> bool:
    """Whether a piece names no term but says no to one: the end of a label, as it may be."""
    if CODE.search(piece) or strip_polarity(without_sign(piece), hpo).name:
        return False
    status = heading_status(without_answer(piece))
    return status not in (None, "present") or without_answer(piece) != piece


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
        for term in waiting[:1] if len(same) == 1 else waiting:
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
        yield from coded_terms(piece, codes, hpo, signed)


def _is_label(chunk: str, code: re.Match[str], hpo: Hpo) -> bool:
    """Whether the words beside an id are a name of it, commas and all."""
    names = term_names(hpo_id_in(code[0]) or "", hpo)
    before, after = without_sign(chunk[: code.start()]), without_answer(chunk[code.end() :])
    return names_it(f"{before} {after}", names, hpo)


def _names_joined(pieces: list[str], hpo: Hpo) -> list[str]:
    """Pieces of a list, those of one name that holds a comma put together again."""
    out: list[str] = []
    at = 0
    while at < len(pieces):
        words = pieces[at].casefold().split()
        longest = at + 5 if words and words[-1] in hpo.words_before_commas else at + 1
        for end in range(min(len(pieces), longest), at, -1):
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
    return "," in (strip_polarity(without_sign(text), hpo).name or "")
