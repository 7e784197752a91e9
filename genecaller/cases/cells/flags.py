"""Flags of one finding ("excluded", "status", "observed" ...), read together as one status."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from genecaller.cases.age import duration_in
from genecaller.cases.cells.words import words_of
from ontology.status import Status, answer_status, flag_status, heading_status

# Words of keys that ask for an answer without giving one.
_ASKING = words_of("asking")
# Such words that may also hold a measurement or a comment: taken only where it is an answer.
_MAY_ASK = words_of("may ask")
_OTHER = words_of("other subject")
_SPLIT = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")
_WITH_UNIT = re.compile(r".*[A-Za-z]")


class Flags(NamedTuple):
    """What the flags of a finding say together.

    `status` is None where they contradict each other or say nothing that is understood: the
    finding is to be left out, and `problem` says why. `onset` is an age given as the answer.
    `stated` is whether any flag said something.
    """

    status: Status | None
    problem: str | None = None
    onset: str | None = None
    stated: bool = False


def asks(key: str) -> bool:
    """Whether a key or heading asks for a finding's status: "excluded", "hpo_status", "Neg"."""
    words = _words(key)
    if not _OTHER.isdisjoint(words):
        return False
    return not _ASKING.isdisjoint(words) or heading_status(key) is not None


def may_ask(key: str) -> bool:
    """Whether a key may hold a finding's status, where its value is an answer."""
    words = _words(key)
    return _OTHER.isdisjoint(words) and not _MAY_ASK.isdisjoint(words)


def read_flags(flags: Iterable[tuple[str, object]], default: Status = "present") -> Flags:
    """The status that keys and their values give one finding; `default` where they say nothing.

    Keys that ask for no status are passed over, as are empty values. A value that is no answer,
    or two answers that contradict each other, leave the finding without a status.
    """
    said: dict[Status, str] = {}
    onset = None
    for key, value in flags:
        surely = asks(key)
        if not surely and not may_ask(key):
            continue
        for answer in _scalars(value):
            if answer is None or (isinstance(answer, str) and not answer.strip()):
                continue
            status = _status(key, answer)
            if status is None and isinstance(answer, str) and (age := age_answer(answer)):
                status, onset = flag_status(key, "yes"), onset or age
            if status is None and surely:
                return Flags(
                    None, f"{key}: {shown(answer)} says neither present nor excluded; left out"
                )
            if status is not None and not _lifts(key, answer):
                said.setdefault(status, f"{key}: {shown(answer)}")
    for status in ("family", "uncertain"):
        if status in said:
            return Flags(status, None, None, True)
    if len(said) > 1:
        both = " and ".join(said.values())
        return Flags(None, f"{both} contradict each other; left out")
    return Flags(next(iter(said), default), None, onset, bool(said))


def combine(default: Status, own: Status | None, answer: str = "") -> Status | None:
    """The status of a finding that stands under a heading and says something itself.

    None where the two contradict each other. A plain yes under a heading of exclusion confirms it.
    """
    if own is None or own == default or default in ("family", "uncertain"):
        return default
    if default == "excluded" and own == "present":
        plain = answer.strip(" .:=()[]").casefold() in ("yes", "y", "x", "1", "true", "checked")
        return "excluded" if plain else None
    return own


def age_answer(answer: str) -> str | None:
    """The age in an answer that is one ("P3Y", "3 y"), None for bare numbers and words."""
    return duration_in(answer) if _WITH_UNIT.match(answer) else None


def shown(value: object) -> str:
    """A value as messages show it: quoted, on one line, not too long."""
    flat = " ".join(value.split()) if isinstance(value, str) else value
    text = repr(flat)
    return text if len(text) <= 62 else text[:58] + "..." + text[0]


def _status(key: str, answer: object) -> Status | None:
    if heading_status(key) in ("uncertain", "family"):
        return flag_status(key, answer)
    if isinstance(answer, bool) and not answer and _is_check(key):
        return "uncertain"  # `confirmed: false` is no exclusion
    return flag_status(key, answer)


def _is_check(key: str) -> bool:
    return not {"confirmed", "verified"}.isdisjoint(_words(key))


def _lifts(key: str, answer: object) -> bool:
    """Whether an answer takes back what its key would say: `suspected: false`, `family: no`."""
    return (
        heading_status(key) in ("uncertain", "family")
        and answer_status(answer) == "excluded"
        and (not isinstance(answer, str) or len(answer.strip()) < 6)
    )


def _scalars(value: object) -> list[object]:
    """The plain values in a flag: those of a list, the label of a coded value."""
    if isinstance(value, list):
        return [inner for item in value for inner in _scalars(item)]
    if isinstance(value, dict):
        for key in ("label", "name", "value", "text", "display", "code", "id"):
            if value.get(key) not in (None, ""):
                return _scalars(value[key])
        return [str(value)] if value else []
    return [value]


def _words(key: str) -> set[str]:
    return {word.lower() for word in _SPLIT.split(key) if word}
