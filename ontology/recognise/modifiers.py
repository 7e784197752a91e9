"""Onset and severity where a text states them beside a finding."""

from __future__ import annotations

from ontology.recognise.candidates import Candidate
from ontology.recognise.tokens import Tokens

_SEVERITY = {
    "borderline": "HP:0012827", "mild": "HP:0012825", "mildly": "HP:0012825",
    "slight": "HP:0012825", "slightly": "HP:0012825", "moderate": "HP:0012826",
    "moderately": "HP:0012826", "severe": "HP:0012828", "severely": "HP:0012828",
    "marked": "HP:0012828", "profound": "HP:0012829", "profoundly": "HP:0012829",
}  # fmt: skip
_ONSET = {
    "congenital": "HP:0003577", "antenatal": "HP:0030674", "prenatal": "HP:0030674",
    "fetal": "HP:0030674", "neonatal": "HP:0003623", "newborn": "HP:0003623",
    "infantile": "HP:0003593", "infancy": "HP:0003593", "childhood": "HP:0011463",
    "juvenile": "HP:0003621", "adolescence": "HP:0003621", "adulthood": "HP:0003581",
}  # fmt: skip
_BIRTH = "HP:0003577"
_UNITS = {"day": "D", "week": "W", "month": "M", "year": "Y", "yr": "Y", "mo": "M"}
_REACH = 9
_LONG = frozenset(["past", "last", "previous", "preceding", "for", "over", "within", "during"])
"""Words before a number that make it how long."""
_EVENT = frozenset(["at", "since", "from", "age"])
_AFTER = frozenset(["after", "post", "follow", "followup", "later", "ago", "before", "prior",
                    "into", "duration", "history"])  # fmt: skip
"""Words behind a number that count it from something else than birth."""


def severity_of(tokens: Tokens, c: Candidate) -> str | None:
    """The HPO severity id of the word right before the finding, or inside its gap."""
    first = c.kept[0]
    near = [*c.gap, first - 1, first - 2]
    for i in near:
        if i < 0 or i in c.kept:
            continue
        found = _SEVERITY.get(tokens.surfaces[i])
        if found is not None and (i != first - 2 or tokens.surfaces[first - 1] not in _STOPS):
            return found
    return None


def onset_of(tokens: Tokens, c: Candidate) -> str | None:
    """The HPO onset id or ISO 8601 age stated with the finding; None where there is none.

    Read before it ("congenital", "infantile") and behind it up to the next comma or clause
    ("since birth", "in infancy", "at the age of 3 years").
    """
    surfaces = tokens.surfaces
    for i in (c.kept[0] - 1, c.kept[0] - 2):
        if i >= 0 and surfaces[i] in _STOPS:
            break
        if i >= 0 and surfaces[i] in _ONSET:
            return _ONSET[surfaces[i]]
    after = surfaces[c.kept[-1] + 1 : c.kept[-1] + 1 + _REACH]
    for n, word in enumerate(after):
        if word in _STOPS:
            return None
        if word == "birth" and n and after[n - 1] in ("at", "since", "from"):
            return _BIRTH
        if word in _ONSET and n and after[n - 1] in ("in", "since", "during", "early", "from"):
            return _ONSET[word]
        if n and word[0].isdigit() and n + 1 < len(after):
            unit = _UNITS.get(after[n + 1].rstrip("s"))
            if unit and _is_age(after[:n], after[n + 2 : n + 5]):
                return _duration(word, unit)
    return None


def _is_age(before: list[str], behind: list[str]) -> bool:
    """Whether a number of years is an age and not how long: "at 3 years", "since 3 years of age".

    "Since the past 1 year", "for 3 months", "since 2 years" and "at 2 years of follow-up" tell how
    long, or how long after something else.
    """
    stated = "age" in before[-3:] or "aged" in before[-2:] or behind[:2] == ["of", "age"]
    stated = stated or behind[:1] == ["old"]
    if not _LONG.isdisjoint(before[-4:]):
        return False
    if stated:
        return not _EVENT.isdisjoint(before) or before[-1:] == ["aged"]
    return before[-1:] == ["at"] and _AFTER.isdisjoint(behind)


def _duration(number: str, unit: str) -> str | None:
    try:
        value = float(number.replace(",", "."))
    except ValueError:
        return None
    if value > 130:
        return None
    if value == int(value):
        return f"P{int(value)}{unit}"
    return f"P{int(value)}Y{round((value - int(value)) * 12)}M" if unit == "Y" else None


_STOPS = frozenset([",", ".", ";", ":", "\n", "and", "but", "or", "(", ")", "with"])
