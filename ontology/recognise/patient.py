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
    re.compile(
        r"\b(?:age|aged)(?: at (?:the time of )?(?:last |first |latest |current |this )?(?:"
        r"examination|exam|presentation|report|referral|evaluation|visit|assessment|encounter|"
        r"admission|investigation|study|follow-?up|consultation|testing|death|time))?"
        rf"\s?[\s:=]+(?:of |was |is )?{_NUMBER}[\s-]*{_UNIT}\b"
    ),
)
_LONG = re.compile(
    r"(?:\b(?:past|last|previous|preceding|for|over|within|since|every|history of)\s+(?:the\s+)?"
    r"(?:past\s+|last\s+)?(?:about\s+|around\s+|almost\s+|nearly\s+|some\s+)?)\Z"
)
"""What makes the number behind it how long, unless it is "of age"."""
_HOW_LONG = re.compile(
    r"[\s-]*(?:history|duration|course|interval|period|follow-?up|lesion|fracture|scar|wound|rash|"
    r"mass|tumou?r|swelling|symptoms?|complaints?)\b"
)
_RELATIVE = re.compile(
    r"[\s,-]*(?:(?!of\b|whose\b|and\b|with\b|his\b|her\b|born\b|to\b|is\b|was\b|son\b|daughter\b|"
    r"girl\b|boy\b|male\b|female\b|child\b|infant\b|patient\b)\w+[\s,-]+){0,3}?"
    r"(?:mother|father|aunt|uncle|primigravida|multigravida|gravida|g\dp\d|grandmother|"
    r"grandfather)\b"
)
_EVENT = re.compile(
    r"\b(?:at|by|since|from|until|till|before|after|around|between|when)\s+(?:the\s+)?"
    r"(?:an?\s+)?(?:age\s+of\s+|about\s+|around\s+)?\Z"
)
_SEEN = re.compile(
    r"\b(?:present(?:ed|s|ing|ation)?|seen|examin\w+|evaluat\w+|referr\w+|admitted|admission|"
    r"assess\w+|died|death|visit\w*|follow\w*|investigat\w+|last|now|currently|brought|came)\b"
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
    found = [
        match
        for pattern in (*_AGE, _ISO_AGE)
        for match in pattern.finditer(lowered)
        if _of_patient(match)
    ]
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


_OTHER_AGES = ("born to a ", "born to an ", "gestational ", "bone ", "mental ", "developmental ",
               "maternal ", "paternal ", "skeletal ", "dental ", "mother ", "father ")  # fmt: skip


def _of_patient(match: re.Match[str]) -> bool:
    """Whether a number is the patient's age: not how long something lasted, nor a relative's age,
    nor the age at which something began."""
    text, start, end = match.string, match.start(), match.end()
    before = text[max(0, start - 60) : start]
    if _HOW_LONG.match(text, end) or _RELATIVE.match(text, end, end + 50):
        return False
    if before.endswith(_OTHER_AGES):
        return False
    if _EVENT.search(before):
        clause = re.split(r"[.;\n]", before)[-1] + re.split(r"[.;\n]", text[end : end + 60])[0]
        return bool(_SEEN.search(clause))
    return match[0].endswith("age") or not _LONG.search(before)


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
