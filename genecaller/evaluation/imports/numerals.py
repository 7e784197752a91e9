"""Numbers as people and programs write them: decimal comma or point, decided by the whole column.

"0,951" is a share in a German table, "1,234" may be either; "1.234,5" and "1,234.5" are sure. A
cell that says both ways what it means decides for its column, and for the columns beside it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

Mark = Literal[",", "."]
_POINT_IS_DECIMAL = re.compile(
    r"\d*\.\d+|\d+\.|[1-9]\d{0,2}(,\d{3})+\.\d*|[1-9]\d{0,2}(,\d{3}){2,}"
)
_COMMA_IS_DECIMAL = re.compile(r"\d*,\d+|\d+,|[1-9]\d{0,2}(\.\d{3})+,\d*|[1-9]\d{0,2}(\.\d{3}){2,}")
_EITHER = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<digits>[\d.,]+)(?P<exponent>[eE][+-]?\d+)?")
_INFINITE = re.compile(r"([+-]?)(inf|infinity|∞)", re.IGNORECASE)
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s'’](?=\d{3}(\D|$))")
NOTHING = ("", "n/a", "na", ".", "-", "null", "none", "nan")


@dataclass
class Column:
    """What has been seen of one column of numbers: how many cells show which decimal mark.

    `sample` keeps one cell of each kind for messages; `unsure` counts those that may be either.
    """

    name: str
    shown: Counter[str] = field(default_factory=Counter)
    sample: dict[str, str] = field(default_factory=dict)
    unsure: int = 0

    def see(self, value: Any) -> None:
        """Take one cell into account."""
        found = _NUMBER.fullmatch(_plain(value)) if isinstance(value, str) else None
        if found is None:
            return
        digits = found["digits"]
        if _EITHER.fullmatch(digits) and not found["exponent"]:
            self.unsure += "," in digits
            self.sample.setdefault("either", value.strip())
        elif mark := _mark(digits):
            self.shown[mark] += 1
            self.sample.setdefault(mark, value.strip())

    @property
    def mixes(self) -> str | None:
        """A sentence where some cells show a comma and some a point; None where not."""
        if len(self.shown) < 2:
            return None
        return (
            f"column {self.name!r} mixes decimal commas ({self.shown[',']} cells, as "
            f"{self.sample[',']!r}) and points ({self.shown['.']}, as {self.sample['.']!r}); "
            f"read are those with a {'comma' if self.decimal == ',' else 'point'}: "
            "write all of them in one way"
        )

    @property
    def decimal(self) -> Mark | None:
        """The decimal mark that most cells show, the point where as many do; None if none does."""
        if not self.shown:
            return None
        return "," if self.shown[","] > self.shown["."] else "."


@dataclass(frozen=True)
class Numerals:
    """How the numbers of a column are read; `decimal` None where a comma may mean either."""

    decimal: Mark | None = "."
    sample: str = ""

    def read(self, value: Any, what: str) -> float | None:
        """The number of a cell, None where it holds none; raises ValueError with the reason."""
        if isinstance(value, bool | list | dict):
            raise ValueError(f"{what} is {kind_of(value)}, expected a number")
        if isinstance(value, int | float):
            if isinstance(value, float) and math.isnan(value):
                return None
            try:
                return float(value)
            except OverflowError:
                raise ValueError(f"{what} has {len(str(abs(value)))} digits, too many") from None
        if value is None or str(value).strip().lower() in NOTHING:
            return None
        written = str(value).strip()
        plain = _plain(written)
        if infinite := _INFINITE.fullmatch(plain):
            return -math.inf if infinite[1] == "-" else math.inf
        found = _NUMBER.fullmatch(plain)
        digits = found["digits"] if found else ""
        if found is None or not (digits.isdecimal() or _mark(digits) or _EITHER.fullmatch(digits)):
            raise ValueError(f"{what} {written[:40]!r} is not a number")
        number = float(
            found["sign"] + self._pointed(digits, written, what) + (found["exponent"] or "")
        )
        if math.isinf(number):
            raise ValueError(f"{what} {written[:40]!r} is too large for a number")
        return number / 100 if written.endswith("%") else number

    def _pointed(self, digits: str, written: str, what: str) -> str:
        """The digits with a decimal point at most."""
        if digits.isdecimal():
            return digits
        if self.decimal is None and "," in digits:
            raise ValueError(
                f"{what} {written[:40]!r} may be {digits.replace(',', '')} or "
                f"{digits.replace(',', '.')}: write it with a decimal point"
            )
        decimal = self.decimal or "."
        shows = None if _EITHER.fullmatch(digits) else _mark(digits)
        if shows is not None and shows != decimal:
            raise ValueError(
                f"{what} {written[:40]!r} is not a number as the column writes them "
                f"({self.sample or f'decimal {decimal!r}'})"
            )
        other = "." if decimal == "," else ","
        return digits.replace(other, "").replace(decimal, ".")


def decide(
    columns: list[Column], *, comma_locale: bool, english: bool
) -> tuple[dict[str, Numerals], list[str]]:
    """How each column of one table is read, and sentences about those that mix two ways.

    A column without a cell that is sure goes with the others of its table; then `comma_locale`
    (semicolons between the cells) speaks for the comma, `english` (a tool's own form) for the
    point.
    """
    together = Column("")
    for column in columns:
        together.shown.update(column.shown)
    beside = together.decimal if len(together.shown) == 1 else None
    read: dict[str, Numerals] = {}
    for column in columns:
        decimal = column.decimal or beside
        if decimal is None and column.unsure:
            decimal = "," if comma_locale else "." if english else None
        elif decimal is None:
            decimal = "."
        read[column.name] = Numerals(decimal, column.sample.get(decimal or "", ""))
    return read, [sentence for column in columns if (sentence := column.mixes)]


def kind_of(value: object) -> str:
    """What a value of JSON or Parquet is, in plain words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, dict) else f"of type {type(value).__name__}"


def _mark(digits: str) -> Mark | None:
    """The decimal mark that the digits show beyond doubt."""
    if _POINT_IS_DECIMAL.fullmatch(digits):
        return "."
    return "," if _COMMA_IS_DECIMAL.fullmatch(digits) else None


def _plain(written: str) -> str:
    """Without percent sign, blanks or apostrophes between thousands, and with ASCII minus."""
    text = written.strip().removesuffix("%").strip().replace("\N{MINUS SIGN}", "-")
    return _BETWEEN_DIGITS.sub("", text)
