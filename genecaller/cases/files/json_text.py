"""JSON as people and tools write it: one value, several in a row, and what is wrong with it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from genecaller.errors import CaseError

MAX_DEPTH = 100
"""Levels of nesting that are read: phenopackets have about ten."""

_BLANK = re.compile(r"[ \t\r\n]*")
_ESCAPED = ("\\ud", "\\uD", "\\u0000")


def parse_json(text: str, *, source: str, where: str | None = None) -> Any:
    """Parse one JSON value; raises CaseError that names line and column."""
    return read_json(text, source=source, where=where)[0]


def read_json(text: str, *, source: str, where: str | None = None) -> tuple[Any, tuple[str, ...]]:
    """One JSON value, and what is odd in it: NaN read as missing, a key that comes twice.

    Raises CaseError that names line and column, or what cannot be used.
    """
    reading = _Reading(source, where)
    value = reading.loads(text)
    return value, reading.notes


def json_values(text: str, *, source: str) -> Iterator[tuple[str | None, Any, tuple[str, ...]]]:
    """The values of a text that holds one, a list, or several one behind the other.

    Each comes with its place ("$[0]", None where it is the only one) and what is odd in it. What
    is whole before a fault is given, then the CaseError is raised that names the fault.
    """
    reading = _Reading(source, None)
    try:
        value = reading.loads(text)
    except CaseError as error:
        fault = error
    else:
        items = value if isinstance(value, list) else [value]
        for i, item in enumerate(items):
            yield (f"$[{i}]" if isinstance(value, list) else None), item, reading.notes
        return
    # A list that breaks off, or documents in a row: those that are whole are read.
    at = _skip(text, 0)
    in_list = text.startswith("[", at)
    at += in_list
    n = 0
    while (at := _skip(text, at)) < len(text) and not (in_list and text.startswith("]", at)):
        if in_list and n:
            if not text.startswith(",", at):
                break
            at = _skip(text, at + 1)
        found = reading.first(text, at)
        if found is None:
            break
        value, at = found
        yield f"$[{n}]", value, reading.notes
        n += 1
    else:
        if not in_list and n:
            return
    if n:
        fault = CaseError(
            f"{fault.problem}; the {n} before it are read", source=source, where=fault.where
        )
    raise fault


class _Reading:
    """Parses with one JSON decoder and gathers what it notices."""

    def __init__(self, source: str, where: str | None) -> None:
        self._source = source
        self._where = where
        self._repeated: dict[str, None] = {}
        self._missing: dict[str, None] = {}
        self._odd: tuple[str, bool] = ("", False)
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_constant=self._constant
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd in what was parsed so far."""
        notes = []
        if self._missing:
            notes.append(f"{' and '.join(self._missing)} in the JSON are read as missing")
        if self._repeated:
            keys = ", ".join(repr(key[:40]) for key in list(self._repeated)[:5])
            notes.append(f"keys that come twice in one object, the last one counts: {keys}")
        return tuple(notes)

    def loads(self, text: str) -> Any:
        """The one value of a text; raises CaseError."""
        try:
            return self._usable(self._decoder.decode(text), text)
        except json.JSONDecodeError as error:
            raise self._not_valid(error, text) from error
        except RecursionError as error:
            raise self._too_deep() from error
        except ValueError as error:
            raise CaseError(
                "is not usable JSON (a number of thousands of digits); correct it there",
                source=self._source,
                where=self._where,
            ) from error

    def first(self, text: str, at: int) -> tuple[Any, int] | None:
        """The value that begins at `at`, and where it ends; None where it is not whole."""
        try:
            value, end = self._decoder.raw_decode(text, at)
            return self._usable(value, text), end
        except (ValueError, RecursionError, CaseError):
            return None

    def _usable(self, value: Any, text: str) -> Any:
        if _deeper_than(value, MAX_DEPTH):
            raise self._too_deep()
        # Half a surrogate pair, or a NUL, is legal in JSON but can be neither stored nor printed.
        if self._odd[0] is not text:
            self._odd = (text, any(mark in text for mark in _ESCAPED))
        return _printable(value) if self._odd[1] else value

    def _not_valid(self, error: json.JSONDecodeError, text: str) -> CaseError:
        place = f"line {error.lineno} column {error.colno}"
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        advice = (
            "it ends in the middle, as if cut off while it was copied: get the file again"
            if cut
            else "correct it there, or export the file again"
        )
        return CaseError(
            f"is not valid JSON ({error.msg}); {advice}",
            source=self._source,
            where=f"{self._where}, column {error.colno}" if self._where else place,
        )

    def _too_deep(self) -> CaseError:
        return CaseError(
            f"is not usable JSON (nested too deeply, more than {MAX_DEPTH} levels); give each case "
            "as an object of its own",
            source=self._source,
            where=self._where,
        )

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            times = Counter(key for key, _ in pairs)
            self._repeated.update((key, None) for key, n in times.items() if n > 1)
        return found

    def _constant(self, name: str) -> None:
        self._missing[name] = None


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _deeper_than(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        below: list[Any] = []
        for outer in level:
            if type(outer) is dict:
                below += outer.values()
            elif type(outer) is list:
                below += outer
        if not below:
            return False
        level = below
    return any(type(value) in (dict, list) for value in level)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "")
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return value
