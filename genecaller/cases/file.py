"""One case file, wherever it lies: on disk, gzipped, or inside a zip; its bytes made text."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from genecaller.errors import CaseError

MAX_RECORD_BYTES = 20_000_000
"""The most one record (a JSON document, a line of JSONL, a text, a table) may take."""

_HEAD = 65_536
_WRITTEN_SIZE = f"{MAX_RECORD_BYTES // 1_000_000} MB"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_KNOWN_BINARIES = (
    (b"%PDF", "a PDF: export its text and give that"),
    (b"PK\x03\x04", "a zip inside another: unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Office document: save it as plain text or CSV"),
    (b"PAR1", "a Parquet file: export it as JSON lines or CSV"),
    (b"\x89PNG", "a picture: a case is text, JSON or a table"),
    (b"\xff\xd8\xff", "a picture: a case is text, JSON or a table"),
)


class CaseFile:
    """A file of cases that can be opened again and again; holds its first 64 kB.

    `name` stands in messages (path, or archive and member), `file_name` in case ids.
    """

    def __init__(self, name: str, file_name: str, opener: Callable[[], IO[bytes]]) -> None:
        self.name = name
        self.file_name = file_name
        self.open = opener

    @cached_property
    def head(self) -> bytes:
        """The first 64 kB."""
        with self.open() as stream:
            return stream.read(_HEAD)

    @property
    def suffix(self) -> str:
        """The lower-case suffix of the file's name, without a final .gz: ".jsonl"."""
        return Path(self.file_name.lower().removesuffix(".gz")).suffix

    def read(self) -> bytes:
        """All bytes; raises CaseError where they are more than one record may take."""
        if len(self.head) < _HEAD:
            return self.head
        with self.open() as stream:
            data = stream.read(MAX_RECORD_BYTES + 1)
        if len(data) > MAX_RECORD_BYTES:
            raise CaseError(
                f"is larger than {_WRITTEN_SIZE}, the most that one case or table may take; "
                "put many cases into JSON lines (one a line), or split the file",
                source=self.name,
            )
        return data

    def text(self) -> tuple[str, tuple[str, ...]]:
        """All text, and what had to be assumed to read it; raises CaseError."""
        self.refuse_binary()
        return decode(self.read())

    def json(self) -> tuple[Any, tuple[str, ...]]:
        """The JSON document, and what had to be assumed to read it; raises CaseError."""
        text, problems = self.text()
        return parse_json(text, source=self.name), problems

    def lines(self) -> Iterator[tuple[int, str, tuple[str, ...]] | CaseError]:
        """The lines that are not blank, each with its number (from 1), without reading them all.

        A line longer than one record may be is a CaseError, and the next ones follow.
        """
        self.refuse_binary()
        if is_utf16(self.head):
            text, problems = self.text()
            for number, line in enumerate(text.splitlines(), 1):
                if line.strip():
                    yield number, line, problems
            return
        with self.open() as stream:
            number = 0
            while raw := stream.readline(MAX_RECORD_BYTES + 1):
                number += 1
                if len(raw) > MAX_RECORD_BYTES:
                    while raw and not raw.endswith(b"\n"):
                        raw = stream.readline(_HEAD)
                    yield CaseError(
                        f"is longer than {_WRITTEN_SIZE}, the most that one case may take",
                        source=self.name,
                        where=f"line {number}",
                    )
                elif raw.strip():
                    text, problems = decode(raw)
                    yield number, text, problems

    def refuse_binary(self) -> None:
        """Raise CaseError where the file is empty or is no text."""
        head = self.head
        if not head.strip():
            raise CaseError(
                "is empty; expected a phenopacket, JSON lines, a table with HPO ids, "
                "a MEDLINE export or plain text",
                source=self.name,
            )
        for magic, what in _KNOWN_BINARIES:
            if head.startswith(magic):
                raise CaseError(f"is {what}", source=self.name)
        if head[257:262] == b"ustar":
            raise CaseError(
                "is a tar archive: unpack it and give the folder, or give a zip", source=self.name
            )
        # Text has next to no control characters, random bytes have one in nine.
        if not is_utf16(head) and len(_CONTROL.findall(head)) * 100 > len(head):
            raise CaseError(
                "is a binary file, not text; expected a phenopacket, JSON lines, a table with "
                "HPO ids, a MEDLINE export or plain text",
                source=self.name,
            )


def file_on_disk(path: Path) -> CaseFile:
    """A file on disk, unpacked on the way where it is gzipped."""

    def opener() -> IO[bytes]:
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        if packed:
            return io.BufferedReader(gzip.open(path, "rb"))
        return path.open("rb")

    return CaseFile(str(path), path.name, opener)


def is_utf16(data: bytes) -> bool:
    """Whether the bytes begin with the mark of UTF-16."""
    return data.startswith((b"\xff\xfe", b"\xfe\xff"))


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Bytes as text: UTF-8, UTF-16 where marked so, else Windows-1252, with a word about it."""
    if is_utf16(data):
        return data.decode("utf-16", errors="replace"), ()
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        return text, ("the file is not UTF-8; read as Windows-1252",)


def parse_json(text: str, *, source: str, where: str | None = None) -> Any:
    """Parse one JSON value; raises CaseError that names line and column."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
        advice = (
            "it ends in the middle, as if cut off while it was copied: get the file again"
            if cut
            else "correct it there, or export the file again"
        )
        raise CaseError(
            f"is not valid JSON ({error.msg}); {advice}",
            source=source,
            where=f"{where}, column {error.colno}" if where else place,
        ) from error
    except (ValueError, RecursionError) as error:
        raise CaseError(
            "is not usable JSON (nested too deeply, or a number of thousands of digits)",
            source=source,
            where=where,
        ) from error
    # Half a surrogate pair, or a NUL, is legal in JSON but can be neither stored nor printed.
    if "\\ud" in text or "\\uD" in text or "\\u0000" in text:
        return _printable(value)
    return value


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode("utf-8").replace("\0", "")
    if isinstance(value, list):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return value
