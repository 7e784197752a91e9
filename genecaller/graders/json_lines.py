r"""Reads files of JSON lines, or of one JSON array, as people and programs write them.

A byte order mark is no part of the first line, lines end at \n or \r\n only, and what cannot be
read is told with its place instead of ending the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from genecaller.errors import UsageError


class Unreadable(str):
    """Why a line is no JSON."""

    __slots__ = ()


class Records(NamedTuple):
    """What a file holds, numbered from 1; `counted_in` says what: "line", or "entry" of an array.

    A value that could not be read is an `Unreadable`.
    """

    counted_in: str
    numbered: Iterator[tuple[int, Any]]


def json_records(content: bytes, source: Path) -> Records:
    """The JSON values of a file's bytes. Raises UsageError for UTF-16 and for a broken array."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{source}: cannot be read: it is UTF-16; write it as UTF-8")
    content = content.removeprefix(b"\xef\xbb\xbf")
    whole = _whole(content, source)
    if whole is not None:
        return Records("entry", iter(enumerate(whole, 1)))
    return Records("line", _lines(content))


def _whole(content: bytes, source: Path) -> list[Any] | None:
    """The values of a file that is one array, or one object over several lines; else None."""
    text = content.strip()
    if not (text.startswith(b"[") or (text.startswith(b"{") and b"\n" in text)):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.startswith(b"[") and isinstance(_parsed(text.partition(b"\n")[0]), Unreadable):
            raise UsageError(f"{source}: begins as a JSON array but is none: {error}") from error
        return None
    return found if isinstance(found, list) else [found]


def _lines(content: bytes) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            yield number, _parsed(line)


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Unreadable(f"not UTF-8 (byte {error.start + 1} of the line)")
    except ValueError as error:
        return Unreadable(f"not JSON: {getattr(error, 'msg', error)}")
    except RecursionError:
        return Unreadable("not JSON: nested too deep")


def unwritable(value: Any) -> str | None:
    """Why a value cannot be written as JSON again (half a character); None where it can."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        return f"holds what cannot be written again: {error}"[:200]
    return None
