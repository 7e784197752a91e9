"""Laboratory values against the reference range beside them, else against wide limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from ontology.files import lines_of
from ontology.recognise.measured import Measured
from ontology.recognise.tokens import tokenise


@cache
def _analytes() -> tuple[re.Pattern[str], dict[str, tuple[str | None, str | None]]]:
    rows: dict[str, tuple[str | None, str | None]] = {}
    source = files("ontology").joinpath("data/laboratory.tsv").read_text(encoding="utf-8")
    for line in lines_of(source):
        if not line.strip() or line.startswith("#"):
            continue
        names, low, high = line.split("\t")
        for name in names.split("|"):
            rows[name] = (low or None, high or None)
    names = "|".join(sorted(map(re.escape, rows), key=len, reverse=True))
    return re.compile(rf"\b(?P<name>{names})\b"), rows


_NUMBER = r"\d{1,3}(?:[, ]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
_UNIT = r"(?:[a-zµμ%°][\w/µμ%^°.*×-]{0,14}|[x×]\s?10[\^*]?\d*\s?/?\s?\w{0,3}|/\s?\w{1,4})?"
_RANGE = re.compile(
    rf"(?P<value>{_NUMBER})\s*{_UNIT}\s*[,;]?\s*[(\[,]?\s*"
    r"(?P<mark>(?:normal|reference|ref\.?|nl|nv|rr|n|normal value|normal values)?"
    r"(?:\s*(?:range|ranges|values?|interval|level|limits?))?)\s*(?:is|was|of|:|=|,)?\s*"
    rf"(?P<bound><|>|≤|≥|up to|less than)?\s*(?P<from>{_NUMBER})\s*{_UNIT}"
    rf"(?:\s*(?:-|to)\s*(?P<to>{_NUMBER}))?"
)


@cache
def first_words() -> frozenset[str]:
    return frozenset(tokenise(name).surfaces[0] for name in _analytes()[1])


def laboratory(folded: str, starts: list[int]) -> Iterator[Measured]:
    """Values beyond the reference range beside them, "calcium 1.6 mmol/l (2.2-2.6)", or where none
    is stated, beyond wide limits: "calcium 1.6 mmol/l"."""
    pattern, rows = _analytes()
    done = 0
    for start in starts:
        name = pattern.match(folded, start) if start >= done else None
        if name is None:
            continue
        done = name.end()
        low, high = rows[name["name"]]
        found = _ranged(folded, name.end()) or _plain(folded, name)
        if found is None:
            continue
        side, done, why = found
        if side == 0:
            for term in (low, high):
                if term is not None:
                    yield Measured(start, done, term, f"within {why}", True)
            continue
        term = low if side < 0 else high
        if term is not None:
            yield Measured(start, done, term, f"{'below' if side < 0 else 'above'} {why}", False)


def _ranged(folded: str, at: int) -> tuple[int, int, str] | None:
    """-1, 0 or 1 against the range that stands with the value; None where none does."""
    value = _RANGE.search(folded, at, at + 120)
    if value is None or value.start() - at > 45:
        return None
    between = folded[at : value.start()]
    if any(c.isdigit() or c in ";\n)" for c in between) or ". " in between:
        return None
    bound, to = value["bound"], value["to"]
    if to is None and not (bound and value["mark"].strip()):
        return None
    side = _against(_number(value["value"]), _number(value["from"]), to, bound)
    return side, value.end(), "the reference range"


_PLAIN = re.compile(
    r"(?:\s+(?:levels?|counts?|concentrations?|values?))*(?:\s*\([a-z0-9-]{1,6}\))?\s*"
    rf"(?:of|was|were|is|:|=|at|,)?\s*(?:only\s+)?(?P<value>{_NUMBER})\s*(?:cells\s?)?"
    r"(?P<unit>(?:[x×*]?\s?10\s?\^?\s?\d{1,2}\s?)?/?(?:[a-zµμ]{1,4}\d?|%)(?:\s?/\s?[a-zµμ]{1,3}\d?)?)"
)
_UNIT_FORMS = str.maketrans({"µ": "u", "μ": "u", "×": None, "x": None, "*": None, " ": None})


def _plain(folded: str, name: re.Match[str]) -> tuple[int, int, str] | None:
    """-1 or 1 against wide limits; None within them, or for a unit they are not known in."""
    value = _PLAIN.match(folded, name.end(), name.end() + 70)
    if value is None:
        return None
    unit = value["unit"].translate(_UNIT_FORMS)
    if unit.startswith("10") and "^" not in unit:
        unit = f"10^{unit[2:]}"
    limits = _limits().get((name["name"], unit))
    if limits is None:
        return None
    number, (low, high) = _number(value["value"]), limits
    if low is not None and number < low:
        return -1, value.end(), f"{low:g} {unit}"
    if high is not None and number > high:
        return 1, value.end(), f"{high:g} {unit}"
    return None


@cache
def _limits() -> dict[tuple[str, str], tuple[float | None, float | None]]:
    """(any name of the analyte, unit) -> limits, where no reference range is stated."""
    _, rows = _analytes()
    same: dict[tuple[str | None, str | None], list[str]] = {}
    for name, terms in rows.items():
        same.setdefault(terms, []).append(name)
    limits: dict[tuple[str, str], tuple[float | None, float | None]] = {}
    source = files("ontology").joinpath("data/laboratory_limits.tsv").read_text(encoding="utf-8")
    for line in lines_of(source):
        if not line.strip() or line.startswith("#"):
            continue
        analyte, unit, low, high = line.split("\t")
        for name in same[rows[analyte]]:
            if "ionized" in name:  # a quarter of it all: the limits are those of total calcium
                continue
            limits[name, unit] = (float(low) if low else None, float(high) if high else None)
    return limits


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
    return float(written.replace(",", "").replace(" ", ""))
