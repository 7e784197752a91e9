"""Who the patient is: sex, age and consanguinity as a report states them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ontology.age import Duration, iso_duration

_NUMBER_WORDS = {
    word: i
    for i, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "half": 0}
_NUMBER = r"(?P<n>\d{1,3}(?:\.\d+)?|" + "|".join(_NUMBER_WORDS) + r")(?:\s*(?:½|1/2))?"
_UNIT = r"(?P<unit>years?|yrs?|y|months?|mos?|weeks?|wks?|days?|hours?)"
_AGE = (
    re.compile(rf"\b{_NUMBER}[\s-]*{_UNIT}[\s-]*(?:and[\s-]+\w+[\s-]+months?[\s-]*)?old\b"),
    re.compile(rf"\b{_NUMBER}[\s-]*{_UNIT}[\s-]*of[\s-]*age\b"),
    re.compile(rf"\baged?[\s:]+{_NUMBER}[\s-]*{_UNIT}\b"),
    re.compile(r"\b(?P<n>\d{1,3})[\s-]*(?P<unit>y)/?o\b"),
    re.compile(rf"\bage(?: at \w+)?[\s:]+(?:of )?{_NUMBER}[\s-]*{_UNIT}\b"),
)
_ISO = r"(?:p(?:\d[\d.,]*[ymwd])+(?:t[\d.,hms]+)?|pt(?:\d[\d.,]*[hms])+)"
_ISO_AGE = re.compile(
    rf"\bage[ds]?(?:\s+(?:at|of)\s+\w+(?:\s+\w+)?)?\s*[:=]?\s*(?P<iso>{_ISO})(?![\w.,]\w)"
)
_ANY_ISO = re.compile(rf"\b{_ISO}\b")
_FEMALE = re.compile(
    r"\b(?:girl|woman|female|lady|daughter|sister|baby girl|schoolgirl)\b|(?<=\d)\s?[fF]\b"
)
_MALE = re.compile(r"\b(?:boy|man|male|gentleman|son|brother|schoolboy)\b|(?<=\d)\s?[mM]\b")
_SHE = re.compile(r"\b(?:she|her|hers|herself)\b")
_HE = re.compile(r"\b(?:he|his|him|himself)\b")
_RELATED = re.compile(r"\bconsanguin\w*|\b(?:first|second|third)[\s-]cousins?\b|\bendogam\w*")
_NOT_RELATED = re.compile(
    r"\b(?:non|un|no|not|without|denied|denies)\b[\s-]*(?:known |any |history of |parental )*"
    r"consanguin|\bnonconsanguin|\bunrelated\b|consanguinity (?:was |is )?(?:denied|absent|not)"
)


@dataclass(frozen=True, slots=True)
class Patient:
    """What a report states of its patient; None where it is silent.

    `age` is an ISO 8601 duration ("P8Y", "P3M"), `consanguineous` whether the parents are.
    """

    sex: Literal["female", "male"] | None
    age: str | None
    consanguineous: bool | None


def describe_patient(text: str) -> Patient:
    """Read sex, age at report and consanguinity; the first statement of each counts."""
    lowered = text[:200_000].lower()
    # The months of "P3Y2M" are no "M" for male.
    return Patient(_sex(_ANY_ISO.sub(" ", lowered)), _age(lowered), _consanguineous(lowered))


def _age(lowered: str) -> str | None:
    found = [match for pattern in (*_AGE, _ISO_AGE) if (match := pattern.search(lowered))]
    if not found:
        return None
    first = min(found, key=lambda match: match.start())
    if "iso" in first.groupdict():
        return iso_duration(first["iso"])
    written = first["n"]
    number = float(_NUMBER_WORDS[written]) if written in _NUMBER_WORDS else float(written)
    unit = first["unit"][0]
    if unit == "h":
        return "P0D"
    if unit == "y" and number != int(number):
        return str(Duration(*divmod(round(number * 12), 12)))
    if number > 120 and unit == "y":
        return None
    return f"P{int(number)}{unit.upper()}"


def _sex(lowered: str) -> Literal["female", "male"] | None:
    female, male = _FEMALE.search(lowered), _MALE.search(lowered)
    opening = 200
    if female and female.start() < opening and not (male and male.start() < female.start()):
        return "female"
    if male and male.start() < opening:
        return "male"
    she, he = len(_SHE.findall(lowered)), len(_HE.findall(lowered))
    if she > 2 * he:
        return "female"
    if he > 2 * she:
        return "male"
    return None


def _consanguineous(lowered: str) -> bool | None:
    if _NOT_RELATED.search(lowered):
        return False
    return True if _RELATED.search(lowered) else None
