"""Ages and onsets: ISO 8601 durations or HPO onset terms, from whatever form a source uses."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from genecaller.cases.findings import current_id
from ontology.hpo import Hpo

_DURATION = re.compile(
    r"P(?=\d|T\d)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?W)?(\d+(\.\d+)?D)?"
    r"(T(?=\d)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?"
)
_SPOKEN = re.compile(
    r"(\d+(?:\.\d+)?)[\s-]*(years?|yrs?|y|months?|mo|weeks?|wks?|w|days?|d)?"
    r"(?:[\s-]*(?:old|of age|/o|o))?",
    re.IGNORECASE,
)
_UNITS = {"y": "Y", "m": "M", "w": "W", "d": "D"}
# First week of pregnancy that no longer belongs to the term (ACOG weeks, as HPO defines them).
_PRENATAL = ((11, "HP:0011460"), (14, "HP:0034199"), (28, "HP:0034198"), (99, "HP:0034197"))


def duration_in(written: object) -> str | None:
    """The ISO 8601 duration in a number of years or a text, None where there is none.

    Reads "P51Y", 51, "51", "51 years", "6 months old", "10 days".
    """
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        return None
    text = str(written).strip()
    if _DURATION.fullmatch(text.upper()):
        return text.upper()
    spoken = _SPOKEN.fullmatch(text)
    if spoken is None:
        return None
    number = float(spoken[1])
    unit = _UNITS[(spoken[2] or "y")[0].lower()]
    if number.is_integer():
        return f"P{int(number)}{unit}"
    return f"P{round(number * 12)}M" if unit == "Y" else f"P{spoken[1]}{unit}"


def age_in(written: object, hpo: Hpo) -> str | None:
    """A duration, or the current id of the HPO onset term that is written; None where neither."""
    if isinstance(written, str) and (hpo_id := current_id(written, hpo)):
        return hpo_id
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
            hpo_id = value.get("id")
            return current_id(hpo_id, hpo) if isinstance(hpo_id, str) else None
        if key == "gestationalAge":
            return _prenatal(value.get("weeks"), hpo)
        if key == "interval":
            return _age_between(born, value.get("start"))
    return None


def _prenatal(weeks: object, hpo: Hpo) -> str | None:
    if isinstance(weeks, bool) or not isinstance(weeks, int | float):
        return None
    for end, hpo_id in _PRENATAL:
        if 0 <= weeks < end:
            return hpo_id if hpo_id in hpo.index else None
    return None


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
    return "P" + (f"{years}Y" if years else "") + (f"{months}M" if months else "")
