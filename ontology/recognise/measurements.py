"""Numbers that are findings: centiles, standard deviations, laboratory values, blood pressure.

A growth value counts as abnormal below the 3rd or above the 97th centile, or beyond two standard
deviations, weight, which varies more, below the 1st or above the 99th, or beyond two and a half;
between the 10th and 90th centile it excludes the finding. A laboratory value counts against
the reference range stated beside it, and only then. Blood pressure, temperature, oxygen
saturation, intelligence quotient and body mass index use the usual adult limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

from ontology.recognise.tokens import Tokens, tokenise


@dataclass(frozen=True, slots=True)
class Measured:
    """A finding read from a number: characters `start:end` of the folded text.

    `excluded` says that the value is normal, so that the term does not hold.
    """

    start: int
    end: int
    hpo_id: str
    matched: str
    excluded: bool


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


def measured(folded: str, tokens: Tokens) -> Iterator[Measured]:
    """Every finding that a number in the folded text states, in no order.

    Only the surroundings of telling words are read, so that the time is linear and small.
    """
    at: dict[str, list[int]] = {}
    first_words = _first_words()
    for i, surface in enumerate(tokens.surfaces):
        kind = _ANCHORS.get(surface)
        if kind is not None:
            at.setdefault(kind, []).append(int(tokens.start[i]))
        if surface in first_words:
            at.setdefault("laboratory", []).append(int(tokens.start[i]))
    sign = folded.find("%")
    while sign >= 0:
        at.setdefault("growth", []).append(sign)
        sign = folded.find("%", sign + 1)
    if "growth" in at:
        yield from _growth(folded, _windows(sorted(at["growth"]), 40, 30))
    if "laboratory" in at:
        yield from _laboratory(folded, at["laboratory"])
    if "vital" in at:
        yield from _vital(folded, _windows(at["vital"], 30, 90))
    if "milestone" in at:
        yield from _milestones(folded, _windows(at["milestone"], 10, 90))


_ANCHORS = {
    word: kind
    for kind, words in (
        ("growth", "centile percentile centiles percentiles sd sds deviation deviations z zscore "
                   "score scores ile tile iles"),
        ("vital", "pressure bp temperature temp fever saturation spo2 sao2 iq quotient bmi mass"),
        ("milestone", "walked walking walk ambulated sat sitting sit word words spoke talk talking "
                      "speaking"),
    )
    for word in words.split()
}  # fmt: skip


def _windows(positions: list[int], before: int, after: int) -> list[tuple[int, int]]:
    """Stretches of text around the positions, those that meet made one."""
    out: list[tuple[int, int]] = []
    for position in positions:
        start, end = max(0, position - before), position + after
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _growth(folded: str, windows: list[tuple[int, int]]) -> Iterator[Measured]:
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


@cache
def _analytes() -> tuple[re.Pattern[str], dict[str, tuple[str | None, str | None]]]:
    rows: dict[str, tuple[str | None, str | None]] = {}
    source = files("ontology").joinpath("data/laboratory.tsv").read_text(encoding="utf-8")
    for line in source.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        names, low, high = line.split("\t")
        for name in names.split("|"):
            rows[name] = (low or None, high or None)
    names = "|".join(sorted(map(re.escape, rows), key=len, reverse=True))
    return re.compile(rf"\b(?P<name>{names})\b"), rows


_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_UNIT = r"(?:[a-zµμ%°][\w/µμ%^°.*×-]{0,14}|[x×]\s?10[\^*]?\d*\s?/?\s?\w{0,3}|/\s?\w{1,4})?"
_RANGE = re.compile(
    rf"(?P<value>{_NUMBER})\s*{_UNIT}\s*[,;]?\s*[(\[,]?\s*"
    r"(?P<mark>(?:normal|reference|ref\.?|nl|nv|rr|n|normal value|normal values)?"
    r"(?:\s*(?:range|ranges|values?|interval|level|limits?))?)\s*(?:is|was|of|:|=|,)?\s*"
    rf"(?P<bound><|>|≤|≥|up to|less than)?\s*(?P<from>{_NUMBER})\s*{_UNIT}"
    rf"(?:\s*(?:-|to)\s*(?P<to>{_NUMBER}))?"
)


@cache
def _first_words() -> frozenset[str]:
    return frozenset(tokenise(name).surfaces[0] for name in _analytes()[1])


def _laboratory(folded: str, starts: list[int]) -> Iterator[Measured]:
    """A value that has its reference range beside it: "calcium 1.6 mmol/l (2.2-2.6)"."""
    pattern, rows = _analytes()
    done = 0
    for start in starts:
        name = pattern.match(folded, start) if start >= done else None
        if name is None:
            continue
        value = _RANGE.search(folded, name.end(), name.end() + 120)
        if value is None or value.start() - name.end() > 45:
            continue
        between = folded[name.end() : value.start()]
        if any(c.isdigit() or c in ";\n)" for c in between) or ". " in between:
            continue
        bound, to = value["bound"], value["to"]
        if to is None and not (bound and value["mark"].strip()):
            continue
        side = _against(_number(value["value"]), _number(value["from"]), to, bound)
        done = value.end()
        low, high = rows[name["name"]]
        if side == 0:
            for term in (low, high):
                if term is not None:
                    yield Measured(start, done, term, "within the reference range", True)
            continue
        term = low if side < 0 else high
        if term is not None:
            sense = "below" if side < 0 else "above"
            yield Measured(start, done, term, f"{sense} the reference range", False)


def _against(value: float, first: float, to: str | None, bound: str | None) -> int:
    if to is not None:
        last = _number(to)
        if last <= first:
            return 0
        return -1 if value < first else (1 if value > last else 0)
    if bound in (">", "≥"):
        return -1 if value < first else 0
    return 1 if value > first else 0


def _number(written: str) -> float:
    return float(written.replace(",", ""))


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


def _vital(folded: str, windows: list[tuple[int, int]]) -> Iterator[Measured]:
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


def _milestones(folded: str, windows: list[tuple[int, int]]) -> Iterator[Measured]:
    """Ages at which a skill came late: "walked at 30 months"."""
    for (start, end), (pattern, term, limit) in product(windows, _MILESTONES):
        for match in pattern.finditer(folded, start, end):
            months = float(match["n"]) * (12 if match["unit"].startswith("y") else 1)
            if limit < months < 12 * 20:
                yield Measured(match.start(), match.end(), term, f"after {limit:g} months", False)
