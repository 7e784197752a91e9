"""Reads present, excluded or uncertain from headings, keys and answers: the one definition.

Tables, records, phenopackets and text all ask here, so that one wording means one thing wherever
it is written.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise, zip_longest
from typing import Literal

Status = Literal["present", "excluded", "uncertain", "family"]
"""Of a finding: the patient's, looked for and not there, undecided, or a relative's."""

_NOT = frozenset(["no", "not", "non", "nor", "isnt", "wasnt", "hasnt", "cannot", "without"])
_FILLERS = frozenset(["been", "yet", "be", "is", "was", "were", "are", "to", "being", "ever"])
_BOTH = re.compile(
    r"\(?\b(?:yes|y|present|observed|true|1|pos(?:itive)?)\s*(?:/|\||_?or_?|,|&|\band\b)\s*"
    r"(?:no|n|not|absent|excluded|not[ _]present|not[ _]observed|false|0|neg(?:ative)?)\b"
    r"(?:\s*[/|,]\s*\w+)*\)?",
    re.IGNORECASE,
)
_LONGEST = 1_000  # characters of a heading that are read
_NUMBER = re.compile(r"\b(?:no|nr)\.\s*(?=\w)", re.IGNORECASE)
_PLACE = re.compile(
    r"\bthat (?:we|i|they|she|he|you)(?: are| is| am)? (?:know|knows|recall|recalls|aware)(?: of)?|"
    r"\b(?:as|so) far(?: as [\w' ]{1,30})?|\bto (?:our|my|her|his|their|the) (?:best )?knowledge|"
    r"\b(?:on|in|by|at|per|from|during|upon|since|as per|according to|before|after|for)\s"
    r"(?:[\w'/.]+(?:\s[\w'/.]+){0,3}|$)"
)
_WORD = re.compile(r"[a-z]+n't|[a-z]+|\d+")
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
    words = [w for w, after in zip_longest(words, words[1:]) if not _numbered(w, after)]
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


def says_only_status(text: str) -> bool:
    """Whether a heading or answer holds nothing but words of status: no other thing is denied.

    "not seen on examination", "pertinent negatives" do; "no treatment", "not severe" do not. What
    follows "on", "by" and the like is where and by whom it was looked for.
    """
    kinds = _kinds()
    plain = _PLACE.sub(" ", text.casefold().replace("’", "'").replace("_", " "))
    words = _words(plain)
    known = kinds["present"] | kinds["excluded"] | kinds["uncertain"] | kinds["looked"]
    known |= kinds["finding"] | kinds["beside"] | kinds["yes"] | kinds["no"] | kinds["open"]
    known |= _NOT | _FILLERS
    return all(word in known or word.endswith("n't") for word in words)


def names_findings(text: str) -> bool:
    """Whether a heading speaks of findings in general: "negative cardiac findings"."""
    return not _kinds()["finding"].isdisjoint(_words(text.casefold()))


@cache
def openings() -> frozenset[str]:
    """The words that an answer may begin with."""
    kinds = _kinds()
    named = ("present", "excluded", "uncertain", "family", "yes", "no", "open", "kin")
    return frozenset(word for kind in named for word in kinds[kind] if word[0].isalnum()) | {
        "no",
        "not",
        "hasn't",
        "isn't",
        "wasn't",
        "history",
        "patient",
        "ruled",
        "yet",
        "clearly",
    }


def is_relative(text: str) -> bool:
    """Whether a text names a relative and nothing else: "maternal grandmother"."""
    words = _words(text.casefold())
    kin = _kinds()["family"] | _kinds()["kin"]
    return bool(words) and all(w in kin for w in words) and not _kinds()["family"].isdisjoint(words)


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


def _numbered(word: str, after: str | None) -> bool:
    """Whether "no" stands for "number" before a number: "Patient no. 2"."""
    return word in ("no", "nr") and after is not None and after.isdigit()


def _polarity(words: list[str]) -> Status | None:
    """Present, excluded or uncertain by the words alone; the most cautious reading of several."""
    kinds = _kinds()
    found: set[Status] = set()
    negated = False
    for i, word in enumerate(words):
        if word in _NOT or word.endswith("n't"):
            negated = True
            rest = [w for w in words[i + 1 :] if w not in _FILLERS]
            unknown = kinds["record"] if word in ("no", "without") else kinds["looked"]
            if rest[:1] and rest[0] in unknown:
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
        if word in ("excluded", "ruled") and words[max(0, i - 2) : i] == ["to", "be"]:
            return "uncertain"
        if word == "free" and words[i + 1 : i + 2] in (["of"], ["from"]):
            found.add("excluded")
        if word in kinds["excluded"]:
            found.add("excluded")
        elif word in kinds["present"] and not negated:
            found.add("present")
    if "excluded" in found:
        return "excluded"
    return "present" if found else None
