"""Columns of one term each: the term that a heading names, with the words around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from genecaller.cases.cells.cell import read_cell
from genecaller.cases.cells.cell_parts import CODE
from genecaller.cases.cells.flags import age_answer
from genecaller.cases.cells.keys import plain_key
from genecaller.cases.cells.wording import strip_polarity
from genecaller.cases.findings import Finding
from ontology.hpo import Hpo
from ontology.status import answer_status

AGE_WORDS = frozenset(["onset", "age", "severity", "inheritance", "modifier", "modifiers"])
_QUESTION = re.compile(r"\s*(?:\(|\[)?\s*(?:y(?:es)?\s*/\s*no?|0\s*/\s*1|1\s*/\s*0)\s*[)\]]?|\?")


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column for one term, named in its heading, whose cells say whether the term is there."""

    column: int
    term: Finding
    is_checkbox: bool = False


def heading_term(heading: str, hpo: Hpo) -> Finding | None:
    """The one term that a heading names, by id or by name ("Seizure (HP:0001250)", "No seizures").

    A name alone counts where it is a phenotypic abnormality: "Onset" is a column of ages.
    """
    # Blanks first: the pattern would try every stretch of a long run of them.
    name = " ".join(heading.lstrip("#").split())
    name = " ".join(_QUESTION.sub(" ", name).split())
    has_code = CODE.search(name)
    if not has_code:
        name = re.sub(r"\b(?:has|have|had|history of|any)\s+", "", name, flags=re.IGNORECASE)
        named = strip_polarity(name, hpo).name
        if named is None:
            named = strip_polarity(name.replace("_", " "), hpo).name
            name = name.replace("_", " ")
        if named is None:
            return None
        i = hpo.index[hpo.id_by_name[named.casefold()]]
        if not hpo.is_phenotypic_abnormality[i]:
            return None
    elif not set(plain_key(CODE.sub(" ", name)).split("_")).isdisjoint(AGE_WORDS):
        return None
    found = read_cell(name, hpo).findings
    return found[0] if len(found) == 1 else None


def answered_by(name: str, cells: Sequence[str], hpo: Hpo) -> Finding | None:
    """The term that a column answers to; None where its cells are no answers."""
    term = heading_term(name, hpo)
    if term is None or any(CODE.search(cell) for cell in cells):
        return None
    sure = term.status != "present" or CODE.search(name)
    return term if sure or _mostly_answers(cells) else None


def _mostly_answers(cells: Sequence[str]) -> bool:
    answers = sum(1 for cell in cells if answer_status(cell) or age_answer(cell))
    return answers * 2 >= len(cells)
