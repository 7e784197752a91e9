"""What may be opened, and how much it may unpack to."""

from __future__ import annotations

import gzip
import io
import os
import socket
import time
from pathlib import Path

import pytest

from genecaller.cases.files.opening import (
    MAX_RECORD_BYTES,
    bounded,
    open_file,
    read_file,
    shown,
    unpacked_limit,
)
from genecaller.errors import CaseError


def test_a_plain_and_a_packed_file_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"one\ntwo\r\n")
    (tmp_path / "packed").write_bytes(gzip.compress(b"one\ntwo\r\n"))
    for name in ("plain", "packed"):
        with open_file(tmp_path / name) as stream:
            assert stream.read() == b"one\ntwo\r\n"
        assert read_file(tmp_path / name) == b"one\ntwo\r\n"


def test_what_is_no_file_is_told_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    begun = time.monotonic()
    for path, said in (
        (tmp_path / "pipe", "is a named pipe, not a file"),
        (tmp_path / "socket", "is a socket, not a file"),
        (Path("/dev/zero"), "is a device, not a file"),
        (tmp_path, "is a folder, not a file"),
        (tmp_path / "loop", "cannot be read"),
        (tmp_path / "none", "cannot be read .No such file"),
        (tmp_path / ("x" * 300), "cannot be read .File name too long"),
        (Path("a\0b"), "cannot be read"),
        (Path("/proc/self/mem"), "cannot be read .Input/output error"),
    ):
        with pytest.raises(CaseError, match=said):
            open_file(path)
    server.close()
    assert time.monotonic() - begun < 2


def test_a_bomb_is_refused_after_few_bytes(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"\n" * 60_000_000))
    assert path.stat().st_size < 70_000
    with open_file(path) as stream:
        assert len(stream.read(1000)) == 1000
        with pytest.raises(CaseError, match=r"unpacks to more than 2\d,[\d,]+ bytes"):
            stream.read()
    with pytest.raises(CaseError, match="is larger than 20 MB"):
        read_file(path)
    with open_file(path, most=500) as stream, pytest.raises(CaseError, match="more than 500 bytes"):
        stream.read(501)


def test_a_large_file_of_text_is_no_bomb(tmp_path: Path) -> None:
    line = (b'{"id": "p", "terms": ["HP:0001250", "HP:0000175"], "age": "P3Y"}' + b" " * 40) + b"\n"
    path = tmp_path / "large.jsonl.gz"
    path.write_bytes(gzip.compress(line * 500_000))  # 50 MB of one line: as even as text can be
    with open_file(path) as stream:
        assert sum(1 for _ in stream) == 500_000


@pytest.mark.parametrize("cut", [5, 15, 60])
def test_a_damaged_packed_file_is_told(cut: int, tmp_path: Path) -> None:
    whole = gzip.compress(os.urandom(200))
    (tmp_path / "cut.gz").write_bytes(whole[:cut])
    with open_file(tmp_path / "cut.gz") as stream, pytest.raises(CaseError, match="is damaged"):
        stream.read()
    (tmp_path / "bad.gz").write_bytes(whole[:cut] + b"\xff" * 30 + whole[cut + 30 :])
    with open_file(tmp_path / "bad.gz") as stream, pytest.raises(CaseError, match="is damaged"):
        stream.read()


def test_limits() -> None:
    assert unpacked_limit(20_000) == MAX_RECORD_BYTES
    assert unpacked_limit(1_000_000) == 400_000_000
    assert unpacked_limit(10**12) == 20_000_000_000
    assert unpacked_limit(10**12, 7) == 7


def test_closing_closes_what_lies_below(tmp_path: Path) -> None:
    below, packed = (tmp_path / "x").open("wb+"), io.BytesIO()
    bounded(packed, 20, source="x.gz", also=below).close()
    assert below.closed
    assert packed.closed


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("plain é ü.json", "plain é ü.json"),
        (os.fsdecode(b"caf\xe9.json"), r"caf\xe9.json"),
        ("two\nlines\x1b[2J", r"two\x0alines\x1b[2J"),
        ("\u202etxt.json", r"\u202etxt.json"),
    ],
)
def test_a_name_can_always_be_printed(name: str, printed: str) -> None:
    assert shown(name) == printed
    shown(Path(name)).encode()
