"""Reads present, excluded or uncertain from headings, keys and answers: the one definition.

Tables, records, phenopackets and text all ask here, so that one wording means one thing wherever
it is written.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

Status = Literal["present", "excluded", "uncertain", "family"]
"""Of a finding: the patient's, looked for and not there, undecided, or a relative's."""

_NOT = frozenset(["no", "not", "non", "nor", "isnt", "wasnt", "hasnt", "cannot", "without"])
_FILLERS = frozenset(["been", "yet", "be", "is", "was", "were", "are", "to", "being", "ever"])
_BOTH = re.compile(
    r"\(?\b(?:yes|y|present|observed|true|1|pos(?:itive)?)\s*(?:/|\||_?or_?|,)\s*"
    r"(?:no|n|not|absent|excluded|not[ _]present|not[ _]observed|false|0|neg(?:ative)?)\b"
    r"(?:\s*[/|,]\s*\w+)*\)?",
    re.IGNORECASE,
)
_LONGEST = 1_000  # characters of a heading that are read
_NUMBER = re.compile(r"\b(?:no|nr)\.\s*(?=\w)", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+(?:n't)?|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def heading_status(heading: str) -> Status | None:
    """The status that a heading, column or key gives the findings under it.

    "Not Observed Phenotype (HPO)" is excluded, "suspected_terms" uncertain, "familyHistory"
    family, "Clinical findings" None. A heading that names both answers ("Present/Absent",
    "observed (yes/no)") leaves it to the cells, and "HPO No." or "No. occurrences" is a number:
    None.
    """
    bare = _NUMBER.sub(" ", _BOTH.sub(" ", _CAMEL.sub(" ", heading[:_LONGEST])))
    words = _words(bare)
    if not words:
        return None
    if (len(words) > 1 and words[-1] in ("no", "nr")) or _counts(words):
        words = [word for word in words if word not in ("no", "nr")]
    if not _kinds()["family"].isdisjoint(words):
        return "family"
    return _polarity(words)


def answer_status(answer: object) -> Status | None:
    """What the answer beside a finding says of it; None where it says neither, as an age does.

    Takes truth values, 1 and 0, and words: "yes", "observed", "history negative", "not assessed",
    "?", "-ve". An empty answer is None.
    """
    if isinstance(answer, bool):
        return "present" if answer else "excluded"
    if isinstance(answer, int | float):
        return "present" if answer == 1 else "excluded" if answer == 0 else None
    if not isinstance(answer, str):
        return None
    kinds = _kinds()
    text = " ".join(answer.split()).casefold()
    if text in kinds["yes"]:
        return "present"
    if text in kinds["no"]:
        return "excluded"
    if text in kinds["open"]:
        return "uncertain"
    bare = text.strip(" .,;:!()[]\"'")
    if bare != text and bare:
        return answer_status(bare)
    words = _words(text)
    if not words or len(words) > 8:
        return None
    if words[0] in ("family", "familial"):
        return "family"
    return "uncertain" if "?" in text else _polarity(words)


def flag_status(key: str, value: object) -> Status | None:
    """What a key of one finding and its value say together: `excluded: "true"` is excluded.

    The value alone decides under a key that asks ("status", "observed"); a plain yes under a
    negative key ("negated", "absent") is an exclusion and a plain no lifts it; a yes under
    "suspected" is uncertain, under "family" a relative's. None where the value is no answer: the
    caller tells that, and leaves the finding out.
    """
    answer = answer_status(value)
    kind = heading_status(key)
    if kind in ("uncertain", "family") and answer == "present":
        return kind
    if kind != "excluded" or answer in (None, "uncertain"):
        return answer
    if isinstance(value, str) and _words(value) and _polarity(_words(value)) == answer:
        plain = value.strip().casefold().strip(" .")
        if plain not in ("yes", "no", "y", "n"):
            return answer  # a word of its own: `negated: "absent"` is absent
    return "excluded" if answer == "present" else "present"


@cache
def _kinds() -> dict[str, frozenset[str]]:
    source = files("ontology").joinpath("data/status_words.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in source.split("\n") if line and line[0] != "#")
    return {kind: frozenset(words.split()) for kind, words in rows}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("’", "'").replace("_", " "))


def _counts(words: list[str]) -> bool:
    """Whether "no" stands for "number": "no of terms"."""
    return ("no", "of") in pairwise(words)


def _polarity(words: list[str]) -> Status | None:
    """Present, excluded or uncertain by the words alone; the most cautious reading of several."""
    kinds = _kinds()
    found: set[Status] = set()
    negated = False
    for i, word in enumerate(words):
        if word in _NOT or word.endswith("n't"):
            negated = True
            rest = [w for w in words[i + 1 :] if w not in _FILLERS]
            if word != "without" and rest[:1] and rest[0] in kinds["looked"]:
                return "uncertain"
            if (
                rest[:1]
                and rest[0] in kinds["excluded"]
                and rest[0] not in ("none", "never", "nil")
            ):
                found.add("uncertain" if rest[0] != "absent" else "present")
                return found.pop()
            found.add("excluded")
    for i, word in enumerate(words):
        if word in kinds["uncertain"]:
            return "uncertain"
        if word == "ruled" and words[i + 1 : i + 2] == ["out"]:
            found.add("excluded")
        if word == "rule" and words[i + 1 : i + 2] == ["out"]:
            return "uncertain"
        if word in kinds["excluded"]:
            found.add("excluded")
        elif word in kinds["present"] and not negated:
            found.add("present")
    if "excluded" in found:
        return "excluded"
    return "present" if found else None
