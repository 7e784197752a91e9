"""Growth and body measures by centile and standard deviation.

A value counts as abnormal below the 3rd or above the 97th centile, or beyond two standard
deviations; weight, which varies more, below the 1st or above the 99th, or beyond two and a half.
A head circumference or height between the 10th and the 90th centile excludes the finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from ontology.recognise.measured import Measured

# What is measured -> the term when small, the term when large.
_GROWTH = (
    (r"birth ?-?weight|weight at birth|\bbw\b", "HP:0001518", "HP:0001520"),
    (r"birth length|length at birth", "HP:0003561", "HP:0003517"),
    (r"head circumference|\bofc\b|\bfoc\b|\bhc\b|occipito-?frontal circumference|"
     r"fronto-?occipital circumference|head size|cranial circumference",
     "HP:0000252", "HP:0000256"),
    (r"\bbmi\b|body mass index", "HP:0045082", "HP:0031418"),
    (r"foot length|\bfeet\b|\bfl\b|\bfoot\b", "HP:0001773", "HP:0001833"),
    (r"hand length|\bhands?\b|\bthl\b", "HP:0200055", "HP:0001176"),
    (r"palm length|\bpalms?\b|\bpl\b", "HP:0004279", None),
    (r"middle finger(?: length)?|\br?mfl\b|third finger length", "HP:0009381", "HP:0100807"),
    (r"inner canthal distance|intercanthal distance|\bicd\b", None, "HP:0000506"),
    (r"interpupillary distance|\bipd\b|inter-pupillary distance", "HP:0000601", "HP:0000316"),
    (r"outer canthal distance|\bocd\b", "HP:0000601", "HP:0000316"),
    (r"palpebral fissure length|palpebral fissures?|\bpfl\b", "HP:0012745", "HP:0000637"),
    (r"ear length|\bears?\b", "HP:0008551", "HP:0000400"),
    (r"philtrum length|philtral length|\bphiltrum\b", "HP:0000322", "HP:0000343"),
    (r"penile length|penis length|stretched penile length|\bspl\b|\bphallus\b", "HP:0000054", None),
    (r"testicular volume|testis volume|testicular size", "HP:0008734", "HP:0000053"),
    (r"internipple distance|intermamillary distance|inter-?nipple distance", None, "HP:0006610"),
    (r"bone age", "HP:0002750", "HP:0005616"),
    (r"\bheight\b|\bstature\b|\blength\b|\bht\b", "HP:0004322", "HP:0000098"),
    (r"\bweight\b|\bwt\b", "HP:0004325", "HP:0004324"),
)  # fmt: skip
_GROWTH_NAME = re.compile("|".join(f"(?P<g{i}>{names})" for i, (names, _, _) in enumerate(_GROWTH)))

_CENTILE = re.compile(
    r"(?P<sign><|>|≤|≥|\bbelow(?: the)?|\bunder(?: the)?|\bless than(?: the)?|\babove(?: the)?|"
    r"\bover(?: the)?|\bgreater than(?: the)?|\bmore than(?: the)?)?\s*\bp?\s?"
    r"(?P<low>\d{1,2}(?:\.\d+)?|100)(?:st|nd|rd|th)?"
    r"(?:\s*(?:-|to|and)\s*(?P<high>\d{1,3}(?:\.\d+)?)(?:st|nd|rd|th)?)?\s*"
    r"(?P<unit>(?:per)?-?centiles?|%\s?-?t?iles?|%(?=\s*[),;]))"
)
_WORD_CENTILE = re.compile(
    r"(?P<sign>below(?: the)?|under(?: the)?|less than(?: the)?|above(?: the)?|over(?: the)?)\s+"
    r"(?P<low>third|fifth|first|second|ninety-seventh|ninety seventh|97th|3rd)\s+(?:per)?centile"
)
_DEVIATION = re.compile(
    r"(?P<sign><|>|below|above)?\s*(?P<number>[+-]?\s?\d{1,2}(?:[.,]\d+)?)\s*"
    r"(?:to\s*[+-]?\d(?:\.\d+)?\s*)?(?:sds?\b|s\.d\.|standard deviations?|z-?scores?)"
    r"(?P<side>\s+(?:below|above|under|over)(?: the)? (?:mean|average|normal))?"
)
_Z_SCORE = re.compile(r"\bz(?:-?\s?score)?\s*(?:of|was|=|:)?\s*(?P<number>[+-]\s?\d(?:[.,]\d+)?)")
_WORDS = {"third": 3.0, "fifth": 5.0, "first": 1.0, "second": 2.0, "3rd": 3.0}

_LOW_SIGN, _HIGH_SIGN = ("<", "≤", "bel", "und", "les"), (">", "≥", "abo", "ove", "gre", "mor")
_REACH = 60


def growth(folded: str, windows: list[tuple[int, int]]) -> Iterator[Measured]:
    seen: set[tuple[int, str]] = set()
    for (start, end), (pattern, side_of) in product(windows, (
        (_CENTILE, _centile_side), (_WORD_CENTILE, _word_side),
        (_DEVIATION, _deviation_side), (_Z_SCORE, _deviation_side),
    )):  # fmt: skip
        for match in pattern.finditer(folded, start, end):
            side = side_of(match)
            if side is None:
                continue
            what = _what(folded, match.start())
            if what is None:
                continue
            named, row = what
            row = _AT_BIRTH.get(row, row) if _of_birth(folded, named) else row
            _, small, large = _GROWTH[row]
            if side == 0:
                for term in (small, large):
                    if term is not None and row in (2, len(_GROWTH) - 2):
                        yield Measured(named, match.end(), term, "centile within 10-90", True)
                continue
            term = small if side < 0 else large
            if row == len(_GROWTH) - 1 and abs(side) < 2:
                continue
            if term is not None and (named, term) not in seen:
                seen.add((named, term))
                sense = "below" if side < 0 else "above"
                yield Measured(named, match.end(), term, f"{sense} the reference", False)


_AT_BIRTH = {len(_GROWTH) - 2: 1, len(_GROWTH) - 1: 0}
"""Height and weight in a sentence on birth are birth length and birth weight."""


def _of_birth(folded: str, at: int) -> bool:
    before = folded[max(0, at - 90) : at]
    return "at birth" in before.rpartition(". ")[2]


def _what(folded: str, at: int) -> tuple[int, int] | None:
    """The last measured thing named shortly before, in the same statement."""
    left = max(0, at - _REACH)
    before = folded[left:at]
    for stop in (";", "\n", ". "):
        cut = before.rfind(stop)
        if cut >= 0:
            left, before = left + cut + 1, before[cut + 1 :]
    last = None
    for match in _GROWTH_NAME.finditer(before):
        last = match
    if last is None or last.lastgroup is None:
        return None
    between = before[last.end() :]
    if _CENTILE.search(between) or _DEVIATION.search(between):
        return None
    return left + last.start(), int(last.lastgroup[1:])


def _centile_side(match: re.Match[str]) -> int | None:
    """-1 small, 1 large, 2 in size when far out, 0 within 10-90, None for anything between."""
    low = float(match["low"])
    high = float(match["high"]) if match["high"] else low
    sign = (match["sign"] or "")[:3]
    if sign.startswith(_LOW_SIGN):
        return (-2 if low <= 1 else -1) if low <= 5 else None
    if sign.startswith(_HIGH_SIGN):
        return (2 if low >= 99 else 1) if low >= 95 else None
    if high < 3:
        return -2 if high < 1 else -1
    if low > 97:
        return 2 if low > 99 else 1
    return 0 if low >= 10 and high <= 90 else None


def _word_side(match: re.Match[str]) -> int | None:
    return -1 if match["low"] in _WORDS else 1


def _deviation_side(match: re.Match[str]) -> int | None:
    groups = match.groupdict()
    number = float(match["number"].replace(" ", "").replace(",", "."))
    side = groups.get("side") or groups.get("sign") or ""
    if number > 0 and ("below" in side or "under" in side):
        number = -number
    elif number > 0 and "<" in side and not match["number"].startswith("+"):
        return None
    if abs(number) < 2:
        return None
    return (1 if abs(number) < 2.5 else 2) * (1 if number > 0 else -1)
