"""Laboratory values against the reference range that stands beside them, and only then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from ontology.recognise.measured import Measured
from ontology.recognise.tokens import tokenise


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
def first_words() -> frozenset[str]:
    return frozenset(tokenise(name).surfaces[0] for name in _analytes()[1])


def laboratory(folded: str, starts: list[int]) -> Iterator[Measured]:
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
