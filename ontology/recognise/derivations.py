"""Adjectives of the noun a finding is named by: hypotonic, microcephalic, ataxic, cyanosed."""

from __future__ import annotations

# Adjective ending -> endings of the noun it may belong to. A pair counts only if both the noun
# is the whole name or synonym of a term, so that no invented word can match.
_ENDINGS = (
    ("otic", ("osis",)), ("ctic", ("xia", "xis")), ("etic", ("esis", "etes")),
    ("lytic", ("lysis",)), ("istic", ("ism",)), ("emic", ("emia",)), ("ic", ("ia", "y", "ism",
    "a", "is", "icity")), ("matous", ("ma",)), ("tous", ("",)), ("ous", ("", "us", "ia", "y")),
    ("ated", ("ation",)), ("ed", ("ion", "", "osis", "ing")), ("ent", ("ence", "ency")),
    ("ant", ("ance",)), ("ive", ("ivity", "ion")), ("ile", ("ility",)), ("ese", ("esity",)),
    ("ute", ("utism",)), ("al", ("", "ia")), ("eal", ("ea",)), ("ish", ("ishness",)),
    ("oid", ("oidism",)), ("iac", ("ia",)),
    ("ing", ("", "ion")), ("id", ("idity",)),
)  # fmt: skip

_NEVER = frozenset(
    [
        "tonic",
        "clonic",
        "weak",
        "slow",
        "alone",
        "absent",
        "lack",
        "short",
        "large",
        "tall",
        "dull",
        "single",
        "cold",
        "odd",
        "open",
    ]
)


def noun_of(word: str, nouns: frozenset[str]) -> str | None:
    """The noun in `nouns` that an adjective belongs to, None where there is none."""
    if word in _NEVER or len(word) < 4:
        return None
    for ending, replacements in _ENDINGS:
        if not word.endswith(ending):
            continue
        stem = word[: len(word) - len(ending)] if ending else word
        if len(stem) < 3:
            continue
        for replacement in replacements:
            noun = stem + replacement
            if noun != word and len(noun) > 4 and noun in nouns:
                return noun
    return None
