"""One case file, wherever it lies: on disk, gzipped, or inside a zip; its bytes made text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from genecaller.cases.files.foreign import kind_of_bytes
from genecaller.cases.files.json_text import parse_json, read_json
from genecaller.cases.files.opening import MAX_RECORD_BYTES, open_file, read_all, shown
from genecaller.errors import CaseError
from ontology.files import lines_of

__all__ = ["MAX_RECORD_BYTES", "CaseFile", "decode", "file_on_disk", "parse_json", "unicode_form"]

_AS_WINDOWS = "genecaller.windows-1252"
_HEAD = 65_536
_BLOCK = 1 << 20
_WRITTEN_SIZE = f"{MAX_RECORD_BYTES // 1_000_000} MB"
_FEW = 8
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_PRINTED = re.compile(rb"[^ \t\r\n\f\v]")
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_EMPTY = (
    "is empty; expected a phenopacket, JSON lines, a table with HPO ids, a MEDLINE export or plain "
    "text"
)
_BINARY = (
    "is a binary file, not text; expected a phenopacket, JSON lines, a table with HPO ids, "
    "a MEDLINE export or plain text"
)

Line = tuple[int, str, tuple[str, ...]]


class CaseFile:
    """A file of cases that can be opened again and again; holds its first 64 kB.

    `name` stands in messages (path, or archive and member), `file_name` in case ids; `notes` are
    said of the first case that is read from here on.
    """

    def __init__(
        self,
        name: str,
        file_name: str,
        opener: Callable[[], IO[bytes]],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.name = shown(name)
        self.file_name = shown(file_name)
        self.open = opener
        self.notes = notes

    @cached_property
    def head(self) -> bytes:
        """The first 64 kB."""
        with self.open() as stream:
            return stream.read(_HEAD)

    @cached_property
    def beginning(self) -> str:
        """The text of the first 64 kB, from its first printed character on."""
        return decode(self.head)[0].lstrip("\ufeff \t\r\n")

    @property
    def suffix(self) -> str:
        """The lower-case suffix of the file's name, without a final .gz: ".jsonl"."""
        return Path(self.file_name.lower().removesuffix(".gz")).suffix

    @cached_property
    def unicode_form(self) -> str | None:
        """UTF-16 or UTF-32 where the file is in one of them, else None."""
        return unicode_form(self.head)

    def read(self) -> bytes:
        """All bytes; raises CaseError where they are more than one record may take."""
        if len(self.head) < _HEAD:
            return self.head
        with self.open() as stream:
            return read_all(stream, source=self.name, most=MAX_RECORD_BYTES)

    def text(self) -> tuple[str, tuple[str, ...]]:
        """All text, and what had to be assumed to read it; raises CaseError."""
        self.refuse_binary()
        return decode(self.read())

    def json(self) -> tuple[Any, tuple[str, ...]]:
        """The JSON document, and what had to be assumed to read it; raises CaseError."""
        text, problems = self.text()
        value, noted = read_json(text, source=self.name)
        return value, (*problems, *noted)

    def lines(self) -> Iterator[Line | CaseError]:
        r"""The lines that are not blank, each with its number (from 1), without reading them all.

        A line ends at \n or \r\n. One longer than a record may be is a CaseError, and the next
        ones follow.
        """
        self.refuse_binary()
        if self.unicode_form:
            text, problems = self.text()
            for number, line in enumerate(lines_of(text), 1):
                if line.strip():
                    yield number, line, problems
            return
        with self.open() as stream:
            for number, raw in _lines(stream, MAX_RECORD_BYTES):
                if raw is None:
                    yield CaseError(
                        f"is longer than {_WRITTEN_SIZE}, the most that one case may take",
                        source=self.name,
                        where=f"line {number}",
                    )
                elif raw.strip():
                    text, problems = _decode(raw, None)
                    if text.strip():  # else a mark alone
                        yield number, text, problems

    def refuse_binary(self) -> None:
        """Raise CaseError where the file is empty or is no text."""
        if self._told:
            raise CaseError(self._told, source=self.name)

    @cached_property
    def _told(self) -> str | None:
        head = self.head
        if not head.strip(b"\0 \t\r\n\f\v"):
            if len(head) == _HEAD and not head.strip():
                return "begins with 64 kB of blanks; remove them"
            return _EMPTY if not head.strip() else _BINARY
        if self.unicode_form:
            return None if self.beginning else _EMPTY
        if told := kind_of_bytes(head):
            return told
        # Text has next to no control characters, random bytes have one in nine.
        odd = len(_CONTROL.findall(head))
        return _BINARY if odd > _FEW and odd * 100 > len(head) else None


def file_on_disk(path: Path, notes: tuple[str, ...] = ()) -> CaseFile:
    """A file on disk, unpacked on the way where it is gzipped."""
    return CaseFile(str(path), path.name, lambda: open_file(path), notes)


def unicode_form(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by their mark, or UTF-16 without one by its zero bytes; else None."""
    for mark, form in _MARKS:
        if data.startswith(mark):
            return form
    sample = data[: min(len(data), 2000) // 2 * 2]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    most, least = len(sample) * 0.35, len(sample) * 0.02
    if odd > most and even < least:
        return "utf-16-le"
    return "utf-16-be" if even > most and odd < least else None


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Bytes as text, and a word about what had to be assumed.

    UTF-8, or UTF-16 and UTF-32 where they are that; bytes that are no UTF-8 as Windows-1252. Zero
    bytes, which can be neither stored nor printed, become blanks.
    """
    return _decode(data, unicode_form(data))


def _decode(data: bytes, form: str | None) -> tuple[str, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    try:
        text = data.decode(form or "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode(form or "utf-8-sig", errors="replace" if form else _AS_WINDOWS)
        notes = ("the file is not UTF-8; read as Windows-1252",)
        if form:
            notes = (f"some of the file is no {form.upper()}; shown as \N{REPLACEMENT CHARACTER}",)
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        text = text.replace("\0", " ")
        notes = (*notes, "the file holds zero characters; read as blanks")
    return text, notes


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_AS_WINDOWS, _as_windows)


def _lines(stream: IO[bytes], most: int) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their ends and numbers, None for one too long; runs of blank lines in one go."""
    number, waiting, skipping = 1, b"", False
    while block := stream.read(_BLOCK):
        searched = len(waiting)
        data, at = waiting + block, 0
        while True:
            if not skipping and at >= searched:
                printed = _PRINTED.search(data, at)
                blank = data.rfind(b"\n", at, printed.start() if printed else len(data)) + 1
                number, at = number + data.count(b"\n", at, blank), max(at, blank)
            end = data.find(b"\n", max(at, searched))
            if end < 0:
                break
            if not skipping:
                yield number, data[at : end + 1] if end + 1 - at <= most else None
            skipping = False
            number, at = number + 1, end + 1
        waiting = data[at:]
        if len(waiting) > most or skipping:
            if not skipping:
                yield number, None
            waiting, skipping = b"", True
    if waiting:
        yield number, waiting
