"""Reads ages: ISO 8601 durations and HPO's classes of onset, the one way for every reader."""

from __future__ import annotations

import re
from typing import NamedTuple

from ontology.hpo import Hpo

ONSET = "HP:0003674"
"""The root of HPO's classes of onset; says nothing by itself."""
LONGEST_YEARS = 150
"""No patient is older: a longer duration is a slip (a year of birth, a count of days as years)."""
DAYS_A_MONTH = 30.4375
WEEKS_A_YEAR = 52.18
DAYS_A_YEAR = 365.25

_NUMBER = r"(\d{1,10}(?:[.,]\d{1,20})?)"
_DURATION = re.compile(
    rf"P(?=\d|T\d)(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII,
)
_LONGEST_TEXT = 120
_WORDS = {
    "birth": "HP:0003577",
    "at birth": "HP:0003577",
    "prenatal": "HP:0030674",
    "before birth": "HP:0030674",
    "newborn": "HP:0003623",
    "infancy": "HP:0003593",
    "childhood": "HP:0011463",
    "adolescence": "HP:0003621",
    "adulthood": "HP:0003581",
}
"""Other words for a class of onset than HPO's own names and synonyms."""


class Duration(NamedTuple):
    """A time since birth in whole parts; what is shorter than a day stands in `seconds`."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0
    seconds: int = 0

    @property
    def in_years(self) -> float:
        """The same as one number of years."""
        days = self.days + self.seconds / 86_400
        return self.years + self.months / 12 + self.weeks / WEEKS_A_YEAR + days / DAYS_A_YEAR

    @property
    def amount(self) -> tuple[int, str]:
        """Number and unit in which one says it: months below two years, days below a month."""
        years, months = self.years, self.months
        days = self.days + 7 * self.weeks + self.seconds // 86_400
        if not years and not months and days >= 2 * DAYS_A_YEAR:
            return int(days / DAYS_A_YEAR), "year"
        if years >= 2 or (years and not months):
            return years, "year"
        return (12 * years + months, "month") if years or months else (days, "day")

    def __str__(self) -> str:
        """As ISO 8601 without fractions: "P1Y6M", "P10DT12H", "P0D"."""
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        day = _parts((self.years, "Y"), (self.months, "M"), (self.days + 7 * self.weeks, "D"))
        if self.weeks and not any((self.years, self.months, self.days, self.seconds)):
            day = f"{self.weeks}W"
        time = _parts((hours, "H"), (minutes, "M"), (seconds, "S"))
        return f"P{day}T{time}" if time else f"P{day or '0D'}"


def read_duration(written: str) -> Duration | None:
    """The duration that a text is in ISO 8601, None where it is none or longer than a life.

    "P0.5Y" and "P0,5Y" are six months, a year's other fractions months and days; "P0D" is birth.
    """
    text = written.strip().upper()
    found = _DURATION.fullmatch(text) if len(text) <= _LONGEST_TEXT else None
    if found is None:
        return None
    parts = [float((part or "0").replace(",", ".")) for part in found.groups()]
    years, months, weeks, days, hours, minutes, seconds = parts
    whole_years, fraction = divmod(years, 1)
    whole_months, fraction = divmod(months + round(fraction * 12, 6), 1)
    more = fraction * DAYS_A_MONTH
    if not weeks.is_integer():
        weeks, days = 0.0, days + 7 * weeks
    if years.is_integer() and months.is_integer():
        whole_days, fraction = divmod(round(days, 6), 1)
    else:  # a fraction of a year or month tells no hours
        whole_days, fraction = float(round(days + more)), 0.0
        if more and whole_days >= 30:
            whole_months, whole_days = whole_months + 1, whole_days - 30
    if not years.is_integer() and whole_months >= 12:
        whole_years, whole_months = whole_years + whole_months // 12, whole_months % 12
    rest = round(fraction * 86_400 + hours * 3600 + minutes * 60 + seconds)
    duration = Duration(int(whole_years), int(whole_months), int(weeks), int(whole_days), rest)
    return duration if duration.in_years <= LONGEST_YEARS else None


def iso_duration(written: str) -> str | None:
    """A duration as it is kept: as written in capitals, or without its fractions."""
    duration = read_duration(written)
    if duration is None:
        return None
    text = written.strip().upper()
    return str(duration) if "." in text or "," in text else text


def is_onset(hpo_id: str, hpo: Hpo) -> bool:
    """Whether a current id is a class of onset: a term below HPO's "Onset"."""
    i, root = hpo.index.get(hpo_id), hpo.index.get(ONSET)
    return i is not None and root is not None and i != root and root in hpo.ancestors(i)


def onset_named(written: str, hpo: Hpo) -> str | None:
    """The id of the class of onset that a name is: "Congenital onset", "neonatal", "at birth"."""
    words = " ".join(written.replace("-", " ").casefold().split()) if len(written) < 80 else ""
    plain = words.removesuffix(" onset").removesuffix(" period").strip()
    for name in (words, f"{plain} onset" if plain != "late" else ""):
        hpo_id = hpo.id_by_name.get(name)
        if hpo_id is not None and is_onset(hpo_id, hpo):
            return hpo_id
    hpo_id = _WORDS.get(plain)
    return hpo_id if hpo_id is not None and is_onset(hpo_id, hpo) else None


def _parts(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number)
