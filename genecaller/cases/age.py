"""Ages and onsets as sources write them: durations, words, HPO classes, GA4GH TimeElements."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from genecaller.cases.findings import current_id, hpo_id_in
from ontology.age import LONGEST_YEARS, is_onset, iso_duration, onset_named
from ontology.hpo import Hpo

_SPOKEN = re.compile(
    r"(\d{1,10}(?:\.\d{1,20})?)[\s-]*(years?|yrs?|y|months?|mo|weeks?|wks?|w|days?|d)?"
    r"(?:[\s-]*(?:old|of age|/o|o))?",
    re.IGNORECASE,
)
_LONGEST_SPOKEN = 60
_UNITS = {"y": "Y", "m": "M", "w": "W", "d": "D"}
# First week of pregnancy that no longer belongs to the term (ACOG weeks, as HPO defines them).
_PRENATAL = ((11, "HP:0011460"), (14, "HP:0034199"), (28, "HP:0034198"), (46, "HP:0034197"))


def duration_in(written: object) -> str | None:
    """The ISO 8601 duration in a number of years or a text, None where there is none.

    Reads "P51Y", 51, "51", "51 years", "6 months old", "10 days"; a number beyond any life is none.
    """
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        return None
    if isinstance(written, int) and not 0 <= written <= LONGEST_YEARS:
        return None
    text = str(written).strip()
    if duration := iso_duration(text):
        return duration
    spoken = _SPOKEN.fullmatch(text) if len(text) <= _LONGEST_SPOKEN else None
    if spoken is None:
        return None
    number = float(spoken[1])
    unit = _UNITS[(spoken[2] or "y")[0].lower()]
    if number.is_integer():
        return iso_duration(f"P{int(number)}{unit}")
    if unit == "Y" and number * 12 >= 2:
        return iso_duration(f"P{round(number * 12)}M")
    return iso_duration(f"P{spoken[1]}{unit}")


def age_in(written: object, hpo: Hpo) -> str | None:
    """A duration, or the current id of the HPO onset class that is written; None where neither.

    A class is an id in any spelling, a name ("Congenital onset", "neonatal"), or an object with an
    id; a GA4GH TimeElement does as well.
    """
    if isinstance(written, dict):
        if "iso8601duration" in written:
            return duration_in(written["iso8601duration"])
        hpo_id = next((written[key] for key in ("hpo_id", "id") if key in written), None)
        return time_element(written, hpo) if hpo_id is None else _onset(hpo_id, hpo)
    if isinstance(written, str) and (hpo_id_in(written) or onset_named(written, hpo)):
        return _onset(written, hpo)
    return duration_in(written)


def time_element(element: dict[str, Any], hpo: Hpo, born: object = None) -> str | None:
    """The age that a GA4GH TimeElement states, None where it states none that can be used.

    A range is read as its start, a gestational age as the HPO term of that stage of pregnancy, a
    time stamp as the age then where `born`, the date of birth, is known.
    Source: GA4GH Phenopackets 2.0, TimeElement.
    """
    for key, value in element.items():
        if key == "timestamp":
            return _age_between(born, value)
        if not isinstance(value, dict):
            continue
        if key == "age":
            return duration_in(value.get("iso8601duration"))
        if key == "ageRange":
            start = value.get("start")
            return duration_in(start.get("iso8601duration")) if isinstance(start, dict) else None
        if key == "ontologyClass":
            return _onset(value.get("id"), hpo)
        if key == "gestationalAge":
            return _prenatal(value.get("weeks", 0), value.get("days", 0), hpo)
        if key == "interval":
            return _age_between(born, value.get("start"))
    return None


def _onset(written: object, hpo: Hpo) -> str | None:
    """The current id of a class of onset, by id or name; any other term is no onset."""
    if not isinstance(written, str):
        return None
    hpo_id = current_id(written, hpo) or onset_named(written, hpo)
    return hpo_id if hpo_id is not None and is_onset(hpo_id, hpo) else None


def _prenatal(weeks: object, days: object, hpo: Hpo) -> str | None:
    numbers = [_count(weeks), _count(days)]
    if None in numbers or not any(numbers):
        return None
    passed = (numbers[0] or 0) + (numbers[1] or 0) / 7
    for end, hpo_id in _PRENATAL:
        if 0 <= passed < end:
            return hpo_id if hpo_id in hpo.index else None
    return None


def _count(written: object) -> float | None:
    """A number, also in quotation marks as protobuf's JSON allows."""
    if isinstance(written, str) and re.fullmatch(r"\d{1,6}", written.strip()):
        return float(written)
    if isinstance(written, bool) or not isinstance(written, int | float):
        return None
    return float(written) if 0 <= written <= 1000 else None


def _age_between(born: object, then: object) -> str | None:
    if not isinstance(born, str) or not isinstance(then, str):
        return None
    try:
        first, last = date.fromisoformat(born[:10]), date.fromisoformat(then[:10])
    except ValueError:
        return None
    if last < first:
        return None
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    years, months = divmod(months, 12)
    if not years and not months:
        return f"P{(last - first).days}D"
    return iso_duration("P" + (f"{years}Y" if years else "") + (f"{months}M" if months else ""))
