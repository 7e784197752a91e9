"""Blood pressure, temperature, oxygen saturation, IQ, body mass index, and late milestones.

The limits are the usual adult ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product

from ontology.recognise.measured import Measured

Rule = Callable[[re.Match[str]], str | None]


def _pressure(match: re.Match[str]) -> str | None:
    upper, lower = int(match["a"]), int(match["b"])
    if not (50 <= upper <= 300 and 20 <= lower < upper):
        return None
    if upper >= 140 or lower >= 90:
        return "HP:0000822"
    return "HP:0002615" if upper < 90 and lower < 60 else None


def _temperature(match: re.Match[str]) -> str | None:
    value = float(match["a"].replace(",", "."))
    return "HP:0001945" if 38 <= value <= 43 or 100.4 <= value <= 109 else None


def _saturation(match: re.Match[str]) -> str | None:
    return "HP:0012418" if 40 <= float(match["a"]) < 90 else None


def _intelligence(match: re.Match[str]) -> str | None:
    value = float(match["a"])
    for limit, term in ((20, "HP:0002187"), (35, "HP:0010864"), (50, "HP:0002342")):
        if value < limit:
            return term
    return "HP:0001256" if value < 70 else None


def _mass(match: re.Match[str]) -> str | None:
    value = float(match["a"].replace(",", "."))
    if 30 <= value <= 90:
        return "HP:0001513"
    return "HP:0025502" if 25 <= value < 30 else None


_VITAL: tuple[tuple[re.Pattern[str], Rule], ...] = (
    (re.compile(r"\b(?:blood pressure|bp)\b[^.;\d]{0,25}(?P<a>\d{2,3})\s*/\s*(?P<b>\d{2,3})"),
     _pressure),
    (re.compile(r"\b(?:temperature|temp|fever)\b[^.;\d]{0,20}(?P<a>\d{2,3}(?:[.,]\d)?)\s*"
                r"(?:°|º|degrees|c\b|f\b)"), _temperature),
    (re.compile(r"\b(?:oxygen saturation|spo2|sao2|saturation)\b[^.;\d]{0,20}(?P<a>\d{2})\s*%"),
     _saturation),
    (re.compile(r"\b(?:full[ -]scale |total |verbal |performance )?(?:iq|intelligence quotient)\b"
                r"(?: score| level)?[^.;\d]{0,22}(?P<a>\d{2,3})\b(?!\s*(?:-|to|%))"),
     _intelligence),
    (re.compile(r"\b(?:bmi|body mass index)\b(?: \(bmi\))?[^.;\d]{0,14}(?P<a>\d{2}(?:[.,]\d+)?)"
                r"(?:\s*kg)"), _mass),
)  # fmt: skip


def vital_signs(folded: str, windows: list[tuple[int, int]]) -> Iterator[Measured]:
    for (start, end), (pattern, rule) in product(windows, _VITAL):
        for match in pattern.finditer(folded, start, end):
            term = rule(match)
            if term is not None:
                yield Measured(match.start(), match.end(), term, "value beyond the limit", False)


_AGE = r"(?P<n>\d{1,2}(?:\.\d)?)(?:\s*-\s*\d{1,2})?[\s-]*(?P<unit>months?|mos?|years?|yrs?)"
_MILESTONES = (
    (re.compile(r"\b(?:walked|walking|walk|independent walking|ambulated)\b(?: \w+){0,2}? "
                rf"(?:at|until|by|from)(?: the age of| age| about| around)?\s*{_AGE}"),
     "HP:0031936", 18.0),
    (re.compile(r"\b(?:sat|sitting|sit)\b(?: \w+){0,2}? (?:at|until|by)(?: the age of| age)?\s*"
                rf"{_AGE}"), "HP:0025336", 12.0),
    (re.compile(r"\b(?:first words?|spoke (?:his |her )?first words?|started (?:to talk|talking|"
                rf"speaking))\b(?: \w+)?,? (?:at|until|by)(?: the age of| age)?\s*{_AGE}"),
     "HP:0000750", 24.0),
)  # fmt: skip


def milestones(folded: str, windows: list[tuple[int, int]]) -> Iterator[Measured]:
    """Ages at which a skill came late: "walked at 30 months"."""
    for (start, end), (pattern, term, limit) in product(windows, _MILESTONES):
        for match in pattern.finditer(folded, start, end):
            months = float(match["n"]) * (12 if match["unit"].startswith("y") else 1)
            if limit < months < 12 * 20:
                yield Measured(match.start(), match.end(), term, f"after {limit:g} months", False)
