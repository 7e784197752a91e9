"""Checks a table of a recipe against its dataclass: keys, types, and each field's bounds."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from genecaller.errors import UsageError
from genecaller.graders.specification import shown

_LONGEST_TEXT = 4096
_MOST_ENTRIES = 10_000
_DEEPEST = 32
_MOST_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Between:
    """The numbers that a field may have, both ends among them."""

    low: float
    high: float


Share = Annotated[float, Between(0.0, 1.0)]
Rate = Annotated[float, Between(0.0, 10.0)]
Coefficient = Annotated[float, Between(0.0, 1e6)]
Minutes = Annotated[float, Between(0.0, 1e6)]
Count = Annotated[int, Between(1, 10_000_000)]
CountFromZero = Annotated[int, Between(0, 10_000_000)]


def checked(kind: type, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The values with keys, types and bounds checked against a dataclass; lists become tuples.

    Whole numbers do for fractions. Raises UsageError with the field, what it is, and what was
    expected.
    """
    known = [item.name for item in fields(kind)]
    hints = get_type_hints(kind, include_extras=True)
    made: dict[str, Any] = {}
    for key, value in values.items():
        if key not in known:
            nearest = difflib.get_close_matches(str(key)[:100], known, n=1, cutoff=0.0)
            raise UsageError(f"{where}: unknown key {shown(key)}; did you mean {nearest[0]!r}?")
        if isinstance(value, list):
            value = tuple(value)
        if type(value) is int and abs(value) < 2**53 and not _has(hints[key], int):
            value = float(value) if _has(hints[key], float) else value
        if not _allows(hints[key], value):
            raise UsageError(f"{where}: {key} is {shown(value)}, expected {_wanted(hints[key])}")
        made[key] = value
    return made


def check_made(section: Any, where: str) -> None:
    """Check a dataclass that was made in code, as a file's would be. Raises UsageError."""
    checked(type(section), {item.name: getattr(section, item.name) for item in fields(section)},
            where)  # fmt: skip


def refuse_bombs(content: Any, where: str) -> None:
    """Refuse a table that is nested or large beyond what anybody means. Raises UsageError."""
    waiting, seen = [(content, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if depth > _DEEPEST:
            raise UsageError(f"{where}: nested deeper than {_DEEPEST}")
        if seen > _MOST_VALUES:
            raise UsageError(f"{where}: more than {_MOST_VALUES} values")
        inner = value.values() if isinstance(value, Mapping) else value
        if isinstance(value, Mapping | list | tuple):
            waiting += [(one, depth + 1) for one in inner]


def _has(hint: Any, kind: type) -> bool:
    """Whether a type is the hint or one of its parts."""
    if get_origin(hint) in (Union, UnionType, Annotated):
        return any(_has(part, kind) for part in get_args(hint))
    return hint is kind


def _allows(hint: Any, value: Any) -> bool:
    """Whether a value fits a type hint of the kinds that recipes use."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_allows(part, value) for part in get_args(hint))
    if origin is Annotated:
        kind, bounds = get_args(hint)
        if isinstance(value, tuple):
            return _allows(kind, value) and bounds.low <= len(value) <= bounds.high
        return _allows(kind, value) and bounds.low <= value <= bounds.high
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return (
            isinstance(value, tuple)
            and len(value) <= _MOST_ENTRIES
            and all(_allows(get_args(hint)[0], one) for one in value)
        )
    if origin is not None:
        return isinstance(value, origin)
    if hint is str:
        return isinstance(value, str) and len(value) <= _LONGEST_TEXT and _is_plain(value)
    if hint is float:
        return type(value) is float and math.isfinite(value)
    return type(value) is int if hint is int else isinstance(value, hint)


def _is_plain(text: str) -> bool:
    """Whether a text has no control characters, and can be written."""
    return not any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) < 0xE000 for c in text)


def _wanted(hint: Any) -> str:
    """What a field takes, in words."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return " or ".join(_wanted(part) for part in get_args(hint) if part is not type(None))
    if origin is Annotated:
        kind, bounds = get_args(hint)
        span = f"{bounds.low:g} to {bounds.high:g}"
        if get_origin(kind) is tuple:
            return f"{_wanted(kind)}, {span} of them"
        return f"{_wanted(kind)} from {span}"
    if origin is Literal:
        return "one of " + ", ".join(map(repr, get_args(hint)))
    if origin is tuple:
        return f"a list, each {_wanted(get_args(hint)[0])}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    return words.get(hint, "a table")
