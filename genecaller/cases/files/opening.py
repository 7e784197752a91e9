"""Opens files for reading: regular files alone, unpacked on the way, no more bytes than allowed."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, cast

from genecaller.errors import CaseError

MAX_RECORD_BYTES = 20_000_000
"""The most one record (a JSON document, a line of JSONL, a text, a table) may take."""
MAX_UNPACKED_BYTES = 20_000_000_000
"""The most a packed file, or all members of a zip, may unpack to, read as a stream."""
MAX_RATIO = 400
"""Beyond `MAX_RECORD_BYTES`, unpacked bytes for each packed one: text reaches 5 to 50, lines that
repeat exactly 250, a file made to fill the memory 1,000."""

UNREADABLE = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
    struct.error,
)
"""What reading or unpacking damaged bytes raises."""
_GZIP = b"\x1f\x8b"
_LONGEST_REASON = 120
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)


def shown(name: str | Path) -> str:
    r"""A file's name as it can be printed and stored: what is no UTF-8, or controls, as \x escapes.

    Two names stay two: Linux allows any bytes in a name, and those are kept as numbers.
    """
    return _UNPRINTABLE.sub(_escaped, str(name))


def reason(error: Exception) -> str:
    """What an exception of the system or a library says, in one short line."""
    said = shown(" ".join(str(getattr(error, "strerror", None) or error).split()))
    return said if len(said) <= _LONGEST_REASON else f"{said[:_LONGEST_REASON]}..."


def open_file(path: Path, *, most: int = MAX_UNPACKED_BYTES) -> IO[bytes]:
    """Open a file's bytes for reading, unpacked where it is gzipped.

    Raises CaseError, at once or while it is read, for anything that is no regular file (a pipe is
    never waited for), cannot be read, is damaged, or unpacks to more than `most` or `MAX_RATIO`.
    """
    stream = _open_raw(path)
    size = os.fstat(stream.fileno()).st_size
    return unpacked(stream, size, source=shown(path), most=most)


def first_bytes(path: Path, n: int) -> bytes:
    """The first bytes of a file as they stand; raises CaseError as `open_file` does at once."""
    with _open_raw(path) as stream:
        return bytes(stream.peek(n)[:n])


def _open_raw(path: Path) -> Any:
    name = shown(path)
    try:
        _refuse_other(os.stat(path).st_mode, name)
        stream = open(path, "rb", opener=_at_once)  # noqa: SIM115 - handed to the caller
        try:
            _refuse_other(os.fstat(stream.fileno()).st_mode, name)
            stream.peek(1)
        except BaseException:
            stream.close()
            raise
    except (OSError, ValueError) as error:
        raise CaseError(
            f"cannot be read ({reason(error)}); check its name and that it may be read",
            source=name,
        ) from error
    return stream


def unpacked(
    stream: Any, packed_size: int, *, source: str, most: int = MAX_UNPACKED_BYTES
) -> IO[bytes]:
    """The same stream (one that can `peek`), unpacked on the way where it is gzipped."""
    if stream.peek(2)[:2] != _GZIP:
        return cast("IO[bytes]", stream)
    unpacking = cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    return bounded(unpacking, packed_size, source=source, most=most, also=stream)


def read_file(path: Path, *, most: int = MAX_RECORD_BYTES) -> bytes:
    """All bytes of a file, unpacked; raises CaseError as `open_file`, and beyond `most` bytes."""
    with open_file(path) as stream:
        return read_all(stream, source=shown(path), most=most)


def read_all(stream: IO[bytes], *, source: str, most: int = MAX_RECORD_BYTES) -> bytes:
    """The rest of a stream; raises CaseError where it is more than `most` bytes."""
    data = stream.read(most + 1)
    if len(data) > most:
        raise CaseError(
            f"is larger than {most // 1_000_000} MB, the most that one case or table may take; "
            "put many cases into JSON lines (one a line), or split the file",
            source=source,
        )
    return data


def bounded(
    stream: IO[bytes],
    packed_size: int,
    *,
    source: str,
    most: int = MAX_UNPACKED_BYTES,
    also: IO[bytes] | None = None,
) -> IO[bytes]:
    """A stream that unpacks, with its faults as CaseErrors and its bytes counted.

    `packed_size` is what it takes packed, `also` a stream below it that is to be closed with it.
    """
    return io.BufferedReader(_Bounded(stream, unpacked_limit(packed_size, most), source, also))


def unpacked_limit(packed_size: int, most: int = MAX_UNPACKED_BYTES) -> int:
    """How many bytes a packed file of this size may unpack to."""
    return min(most, max(MAX_RECORD_BYTES, MAX_RATIO * packed_size))


class _Bounded(io.RawIOBase):
    """Counts what is unpacked, and names the file in every fault."""

    def __init__(
        self, stream: IO[bytes], limit: int, source: str, also: IO[bytes] | None = None
    ) -> None:
        self._stream = stream
        self._left = self._limit = limit
        self._source = source
        self._also = also

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        try:
            data = self._stream.read(min(len(view), self._left + 1))
        except UNREADABLE as error:
            raise CaseError(
                f"cannot be read where it is packed ({reason(error)}): it is damaged, get it again",
                source=self._source,
            ) from error
        if len(data) > self._left:
            raise CaseError(
                f"unpacks to more than {self._limit:,} bytes, more than a file of its size holds "
                "that is meant to be read; unpack it and look at it",
                source=self._source,
            )
        self._left -= len(data)
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            if self._also is not None:
                self._also.close()
        super().close()


def _at_once(name: str, flags: int) -> int:
    """Open without waiting: a pipe that took the file's place has perhaps no writer."""
    return os.open(name, flags | os.O_NONBLOCK)


def _refuse_other(mode: int, name: str) -> None:
    for is_kind, what in _KINDS:
        if is_kind(mode):
            raise CaseError(f"is {what}, not a file; give a file", source=name)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
