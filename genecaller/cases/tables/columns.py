"""What each column of a table is: patients' ids, terms, the status of a term, an answer to one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from genecaller.cases.cells.cell import read_cell
from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.flags import age_answer, asks, may_ask
from genecaller.cases.cells.keys import plain_key
from genecaller.cases.cells.wording import is_answer, names_it, strip_polarity, term_names
from genecaller.cases.cells.words import words_of
from genecaller.cases.findings import hpo_id_in
from genecaller.cases.readers.solution_fields import ALL_KEYS as ANSWER_KEYS
from genecaller.cases.tables.heading_term import AGE_WORDS, AnswerColumn, answered_by
from genecaller.cases.tables.person_columns import person_columns
from ontology.hpo import Hpo
from ontology.status import Status, answer_status, heading_status

ONSET_KEYS = ("onset", "age_of_onset", "age_at_onset", "onset_age", "hpo_onset", "term_onset")

_TERM_WORDS, _NO_TERM_WORDS = words_of("term word"), words_of("no term word")
_PROSE, _ASKING = words_of("prose"), words_of("asking")
_AROUND = words_of("around") | words_of("speaking")
_OF_CASES = words_of("case status")
_CHECKBOX = re.compile(r"choice\s*=|___")


@dataclass(frozen=True, slots=True)
class TermColumn:
    """A column of terms: the status its heading gives, and the columns that say more of each.

    `status` is None where the heading says nothing; `flags` are the columns of its status.
    """

    column: int
    status: Status | None
    flags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by what they are.

    `row_flags` speak of all terms of their row; `vague` ones may speak of anything else, and
    `people` are columns of one patient each.
    """

    persons: tuple[int, ...]
    terms: tuple[TermColumn, ...]
    answers: tuple[AnswerColumn, ...]
    row_flags: tuple[int, ...]
    onset: int | None
    people: tuple[int, ...] = ()
    vague: tuple[int, ...] = ()


def is_term_key(key: str) -> bool:
    """Whether a key or heading is one for terms: "HPO IDs", "phenotypes", "not_seen_features"."""
    words = set(plain_key(key).split("_"))
    words -= {word for word in words if word.isdigit()}
    return not words.isdisjoint(_TERM_WORDS) and words.isdisjoint(_NO_TERM_WORDS)


def is_prose(key: str) -> bool:
    """Whether a key or heading is one for running text: "comments", "report"."""
    plain = plain_key(key)
    return plain in _PROSE or plain.split("_")[-1] in ("comment", "comments", "note", "notes")


def columns_of(header: Sequence[str], rows: Sequence[Sequence[str]], hpo: Hpo) -> Columns:
    """What the columns of a table are, by their headings and by what stands in them."""
    persons = person_columns(header)
    plain = [plain_key(name.lstrip("#")) for name in header]
    cells = [[row[i] for row in rows if i < len(row) and row[i]] for i in range(len(header))]
    answers, terms, flags = [], [], []
    for i, name in enumerate(header):
        if i in persons and not _all_terms(cells[i], hpo):
            continue
        term = answered_by(name, cells[i], hpo)
        if term is not None:
            answers.append(AnswerColumn(i, term, bool(_CHECKBOX.search(name))))
            continue
        if _holds_terms(name, plain[i], cells[i], hpo):
            terms.append(i)
        elif _is_flag(name, cells[i]):
            flags.append(i)
    own, of_row = _flags_of(header, terms, flags)
    if answers or any(_n_terms(row, terms) > 1 for row in rows):
        vague = tuple(i for i in of_row if not _is_of_terms(header[i]))
    else:
        vague = tuple(i for i in of_row if not _is_plain(header[i]))
    of_row = tuple(i for i in of_row if i not in vague)
    persons = tuple(i for i in persons if i not in terms)
    onset = next((plain.index(key) for key in ONSET_KEYS if key in plain), None)
    taken = {*persons, *terms, *flags, *(answer.column for answer in answers)}
    return Columns(
        persons,
        tuple(TermColumn(i, heading_status(header[i]), own.get(i, ())) for i in terms),
        tuple(answers),
        of_row,
        onset,
        _people(header, plain, cells, taken) if terms and not persons and not answers else (),
        vague,
    )


def _holds_terms(name: str, plain: str, cells: Sequence[str], hpo: Hpo) -> bool:
    if plain in ANSWER_KEYS or plain in ONSET_KEYS or not cells:
        return False
    if not AGE_WORDS.isdisjoint(plain.split("_")) and not is_term_key(name):
        return False
    if is_prose(name) and not _all_terms(cells, hpo):
        return False
    if any(CODE.search(cell) for cell in cells) or _all_terms(cells, hpo):
        return True
    if not _ASKING.isdisjoint(plain.split("_")):
        return False
    if not is_term_key(name) and heading_status(name) is None:
        return False
    if all(is_answer(cell) or age_answer(cell) for cell in cells):
        return False
    return _names_terms(name, cells, hpo)


def _names_terms(name: str, cells: Sequence[str], hpo: Hpo) -> bool:
    """Whether cells without ids hold names of terms; under a heading of terms some may be wrong."""
    known = any(
        finding.written.casefold() in hpo.id_by_name
        for cell in cells[:500]
        for finding in read_cell(cell, hpo).findings
    )
    return known or (is_term_key(name) and heading_status(name) is None)


def _is_flag(name: str, cells: Sequence[str]) -> bool:
    """Whether a column says how it is with a term; one of "solved" and the like is the case's."""
    if plain_key(name) in ("no", "nr") and all(cell.strip(".").isdigit() for cell in cells):
        return False  # the number of the row
    if asks(name):
        return not cells or not all(cell.casefold() in _OF_CASES for cell in cells)
    return may_ask(name) and bool(cells) and all(answer_status(cell) for cell in cells)


def _n_terms(row: Sequence[str], terms: Sequence[int]) -> int:
    """About how many terms a row holds; an id and its name in two columns are one."""
    cells = [row[i] for i in terms if i < len(row)]
    codes = sum(len(CODE.findall(cell)) for cell in cells)
    return codes or sum(len(re.split(r"[;|\n]", cell)) for cell in cells if cell)


def _is_of_terms(heading: str) -> bool:
    """Whether a heading asks for the terms of a whole row and nothing else: "observed"."""
    words = plain_key(heading).split("_")
    if not _TERM_WORDS.isdisjoint(words):
        return True
    return words[-1] in ("status", "state", "present", "observed", "excluded", "negated", "absent")


def _is_plain(heading: str) -> bool:
    """Whether a heading speaks of no other thing: "Neg", "not observed", and no "WES negative"."""
    known = _TERM_WORDS | _ASKING | _AROUND
    return heading_status(heading) == "family" or all(
        word in known or word.isdigit() or heading_status(word) is not None or may_ask(word)
        for word in plain_key(heading).split("_")
    )


def _all_terms(cells: Sequence[str], hpo: Hpo) -> bool:
    """Whether every cell is a phenotypic abnormality, by id or name; "Severe" is none."""
    return bool(cells) and all(_is_coded(c, hpo) or _is_abnormality(c, hpo) for c in cells)


def _is_coded(cell: str, hpo: Hpo) -> bool:
    """Whether a cell is an id and nothing else but its name."""
    code = CODE.search(cell)
    if code is None:
        return False
    rest = f"{cell[: code.start()]} {cell[code.end() :]}"
    names = term_names(hpo_id_in(code[0]) or "", hpo)
    return not re.search(r"\w", rest) or names_it(rest, names, hpo)


def _is_abnormality(cell: str, hpo: Hpo) -> bool:
    name = strip_polarity(cell, hpo).name
    if name is None:
        return False
    return bool(hpo.is_phenotypic_abnormality[hpo.index[hpo.id_by_name[name.casefold()]]])


def _flags_of(
    header: Sequence[str], terms: Sequence[int], flags: Sequence[int]
) -> tuple[dict[int, tuple[int, ...]], tuple[int, ...]]:
    """Each term column's own status columns, and those that speak of the whole row.

    A status column belongs to the term column of the same number or name ("hpo_1", "hpo_1_status";
    "term2", "observed2"), else, where each term column is followed by one, to that before it.
    """
    own: dict[int, tuple[int, ...]] = {}
    left = []
    stems = {i: _stem(header[i]) for i in (*terms, *flags)}
    for flag in flags:
        match = [term for term in terms if stems[flag] and stems[flag] == stems[term]]
        if len(match) == 1 and len(terms) > 1:
            own[match[0]] = (*own.get(match[0], ()), flag)
        else:
            left.append(flag)
    alternate = len(terms) > 1 and len(left) == len(terms) and all(t + 1 in left for t in terms)
    if alternate:
        return {term: (term + 1,) for term in terms}, ()
    return own, tuple(left)


def _stem(name: str) -> str:
    """What tells one term's columns from another's: its number, else the words of no status."""
    plain = plain_key(name)
    if number := re.findall(r"\d+", plain):
        return f"#{number[-1]}"
    words = [w for w in plain.split("_") if w not in _TERM_WORDS and not asks(w)]
    return "_".join(word for word in words if word not in ("id", "ids", "code", "name"))


def _people(
    header: Sequence[str], plain: Sequence[str], cells: Sequence[list[str]], taken: set[int]
) -> tuple[int, ...]:
    """Columns of patients in a table whose rows are terms: answers under a heading of nothing.

    An empty column is one too where it is named as the others are ("Patient 2").
    """
    measures = words_of("measure")
    free = [
        i
        for i in range(len(header))
        if i not in taken
        and plain[i]
        and measures.isdisjoint(plain[i].split("_"))
        and AGE_WORDS.isdisjoint(plain[i].split("_"))
        and plain[i] not in ANSWER_KEYS
        and all(is_answer(cell) or age_answer(cell) for cell in cells[i])
    ]
    like = {re.sub(r"\d+", "#", header[i]) for i in free if cells[i]}
    return tuple(i for i in free if cells[i] or re.sub(r"\d+", "#", header[i]) in like)
