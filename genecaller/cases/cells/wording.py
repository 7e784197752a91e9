"""What the words around a term's name or id say of it, apart from the words of its name."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from genecaller.cases.cells.flags import age_answer
from genecaller.cases.cells.words import words_of
from ontology.hpo import Hpo
from ontology.status import Status, answer_status, heading_status

NOTHING = words_of("no term")
"""Cells that stand for no term at all."""

_LONGEST = 400  # characters: longer than any name with the words around it
_MOST_ENDS = 4  # colons after which an answer is looked for
_MOST_WORDS = 10  # of a phrase of polarity
_EDGE = " \t-–—:=,.;()[]{}\"'*/"
_WORD = re.compile(r"[A-Za-z]+(?:['’]t)?|\d+")
# Words that may stand in a phrase of polarity without saying anything themselves.
_AROUND = words_of("around")
_SPEAKING = words_of("speaking")


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one term: a status, an age, or that it stays open (`unclear`)."""

    status: Status | None = None
    onset: str | None = None
    unclear: bool = False
    answer: str = ""


class Stripped(NamedTuple):
    """A term's name without the words of polarity around it; None where it is no known name."""

    name: str | None
    said: Said = Said()


def term_names(hpo_id: str, hpo: Hpo) -> frozenset[str]:
    """All names and synonyms of a term, case-folded; none where the id is unknown."""
    current = hpo.resolve(hpo_id).hpo_id
    if current is None:
        return frozenset()
    i = hpo.index[current]
    names = [hpo.names[i], *(synonym.text for synonym in hpo.synonyms[i])]
    return frozenset(name.casefold() for name in names)


def polarity_of(
    text: str, names: frozenset[str] = frozenset(), hpo: Hpo | None = None, *, answer: bool = False
) -> Said:
    """What a piece of text beside a term says of it; `names` are those of the term.

    Names of terms themselves say nothing, however negative they sound ("Absent speech"). With
    `answer` the text stands behind a colon or an equals sign, so that 0 and x are answers.
    """
    bare = text.strip(_EDGE)
    if bare.casefold() in names or (hpo and is_name(bare, hpo)):
        return Said()
    if answer and is_answer(text):
        return Said(answer_status(text.strip()), answer=text.strip())
    if not bare:
        return Said()
    if len(bare) > _LONGEST:
        return Said(unclear=True)
    before, rest, behind = _around(bare, names)
    status = _phrase_status((*before, *behind))
    if not rest:
        return Said(status, answer=bare)
    if rest.casefold() in names:
        return Said(status, answer=bare)
    if age := age_answer(bare):
        return Said(None, age)
    hidden = status if status not in (None, "present") else heading_status(rest)
    if hidden in (None, "present"):
        return Said()
    sounds_so = any(heading_status(name) not in (None, "present") for name in names)
    if sounds_so or status in (None, "present"):
        return Said(unclear=True)
    return Said(status, answer=bare)


@lru_cache(maxsize=8192)
def is_answer(text: str) -> bool:
    """Whether a text is an answer and nothing else: "no", "Neg", "not observed", "0"."""
    bare = text.strip()
    if len(bare) > 80 or answer_status(bare) is None:
        return False
    words = [word[0] for word in _WORD.finditer(bare)]
    return all(len(word) == 1 for word in words) or len(words) < 2 or not _around(bare)[1]


def is_name(text: str, hpo: Hpo) -> bool:
    """Whether a text is a term's name; "Excluded" is one too, but says that another is absent."""
    return text.casefold() in hpo.id_by_name and not is_answer(text)


def names_it(text: str, names: frozenset[str], hpo: Hpo) -> bool:
    """Whether a text is one of the names, with or without words of polarity around it."""
    bare = " ".join(text.split()).strip(_EDGE)
    if len(bare) > _LONGEST:
        return False
    if bare.casefold() in hpo.id_by_name and bare.casefold() not in names:
        return False  # "Non-epileptic seizure" is a term of its own
    return bare.casefold() in names or _around(bare, names)[1].casefold() in names


def strip_polarity(text: str, hpo: Hpo) -> Stripped:
    """The name of a term in a text such as "no seizures", "Seizure (absent)", "Seizure: no"."""
    return _stripped(text, hpo, colons=True)


def _stripped(text: str, hpo: Hpo, *, colons: bool) -> Stripped:
    known = hpo.id_by_name
    bare = text.strip(" \t.\"'")
    if is_name(bare, hpo):
        return Stripped(bare)
    if len(bare) > _LONGEST:
        return Stripped(None)
    before, rest, behind = _around(bare, known)
    first, _, last = bare.partition(rest) if rest else ("", "", "")
    # signs such as "(-)" are no words, and are not to be lost
    whole = (before or not first.strip()) and (behind or not last.strip())
    if whole and is_name(rest, hpo):
        return Stripped(rest, Said(_phrase_status((*before, *behind)), answer=bare))
    if bracket := re.fullmatch(r"(.+?)\s*[(\[]([^()\[\]]*)[)\]]", bare):
        inner = _stripped(bracket[1], hpo, colons=colons)
        if inner.name:
            said = polarity_of(bracket[2], term_names(known[inner.name.casefold()], hpo), hpo)
            if (plain := answer_status(bracket[2])) and said.status is None:
                said = Said(plain, answer=bracket[2])
            return Stripped(inner.name, _both(inner.said, said))
    ends = list(re.finditer(r"\s*[:=]\s*|\s+[-–—]\s+", bare)) if colons else []
    for colon in reversed(ends[-_MOST_ENDS:]):
        left, right = bare[: colon.start()], bare[colon.end() :]
        inner = _stripped(left, hpo, colons=False)
        if inner.name and right:
            names = term_names(known[inner.name.casefold()], hpo)
            said = polarity_of(right, names, hpo, answer=True)
            return Stripped(inner.name, _both(inner.said, said))
    return Stripped(None)


def leading_status(text: str) -> Status | None:
    """The status that the first words of a text give what follows: "no evidence of HP:...\""""
    return _phrase_status(tuple(_around(text[:_LONGEST].strip(_EDGE))[0]))


def _both(first: Said, second: Said) -> Said:
    if first.status and second.status and first.status != second.status:
        return Said(unclear=True)
    return Said(
        first.status or second.status,
        first.onset or second.onset,
        first.unclear or second.unclear,
        first.answer or second.answer,
    )


def _around(text: str, names: Container[str] = frozenset()) -> tuple[list[str], str, list[str]]:
    """The words of polarity at the start of a text, what is between, and those at its end.

    Where what is between can be one of the (case-folded) names, as much as possible is: "no
    Absent speech" is "no" and "Absent speech".
    """
    words = list(_WORD.finditer(text))
    n = len(words)
    last_lead, first_tail = min(n, _MOST_WORDS), max(0, n - _MOST_WORDS)
    lead = next((i for i in range(last_lead) if not _belongs(words[i][0])), last_lead)
    first_tail = max(first_tail, lead)
    tail = next((i for i in range(n, first_tail, -1) if not _belongs(words[i - 1][0])), first_tail)

    def between(first: int, last: int) -> str:
        start = words[first].start() if first else 0
        inner = text[start : words[last - 1].end() if last < n else len(text)].strip(_EDGE)
        return f"{inner})" if inner.count("(") > inner.count(")") and last == n else inner

    def said(first: int, last: int) -> Status | None:
        return _phrase_status(tuple(word[0] for word in words[first:last]))

    whole = [
        (first, last)
        for first in range(lead + 1)
        for last in range(n, max(tail, first + 1) - 1, -1)
        if (not first or said(0, first)) and (last == n or said(last, n))
    ]
    spans = [span for span in whole if between(*span).casefold() in names]
    if not spans:
        while lead and not said(0, lead):
            lead -= 1
        while tail < n and not said(tail, n):
            tail += 1
        spans = [(lead, tail)] if lead < tail else []
    if not spans:
        return [word[0] for word in words], "", []
    lead, tail = max(spans, key=lambda span: span[1] - span[0])
    return (
        [word[0] for word in words[:lead]],
        between(lead, tail),
        [word[0] for word in words[tail:]],
    )


@lru_cache(maxsize=8192)
def _belongs(word: str) -> bool:
    word = word.casefold()
    return word in _AROUND or word in _SPEAKING or heading_status(word) is not None


@lru_cache(maxsize=8192)
def _phrase_status(words: tuple[str, ...]) -> Status | None:
    if not words:
        return None
    phrase = " ".join(words)
    if heading_status(phrase) == "family":
        return "family"
    if words[0].casefold() == "neither" or [w.casefold() for w in words[:2]] == ["free", "of"]:
        return "excluded"
    status = answer_status(phrase)
    if len(words) == 1 and status is not None and not words[0].isalpha():
        return None  # a number alone is no phrase
    return status
