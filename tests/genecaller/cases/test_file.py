"""Bytes become text: encodings, sizes, things that are no text."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from genecaller.cases import file as module
from genecaller.cases.file import CaseFile, decode, file_on_disk, parse_json
from genecaller.errors import CaseError

TEXT = "Café-au-lait spots, naïve Ω"


def on_disk(folder: Path, content: bytes, name: str = "case.txt") -> CaseFile:
    path = folder / name
    path.write_bytes(content)
    return file_on_disk(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_needs_no_word(encoding: str, tmp_path: Path) -> None:
    assert on_disk(tmp_path, TEXT.encode(encoding)).text() == (TEXT, ())


def test_windows_text_is_read_and_said(tmp_path: Path) -> None:
    text, problems = on_disk(tmp_path, "Café".encode("cp1252")).text()
    assert text == "Café"
    assert problems == ("the file is not UTF-8; read as Windows-1252",)


def test_gzip_is_unpacked_on_the_way(tmp_path: Path) -> None:
    file = on_disk(tmp_path, gzip.compress(TEXT.encode()), "case.jsonl.gz")
    assert file.text()[0] == TEXT
    assert file.suffix == ".jsonl"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (bytes(range(256)) * 4, "is a binary file"),
        (b"%PDF-1.7 x", "a PDF"),
        (b"\xd0\xcf\x11\xe0 x", "an old Office document"),
        (b"\x89PNG x", "a picture"),
        (b"a" * 257 + b"ustar", "a tar archive"),
    ],
)
def test_what_is_no_text_says_what_it_is(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=said):
        on_disk(tmp_path, content).text()


def test_a_file_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_RECORD_BYTES", 100_000)
    with pytest.raises(CaseError, match="is larger than"):
        on_disk(tmp_path, b"word " * 30_000).text()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_are_numbered_as_an_editor_does(end: bytes, tmp_path: Path) -> None:
    file = on_disk(tmp_path, end.join([b"\xef\xbb\xbfone", b"", b"three"]))
    assert [(n, text.strip()) for n, text, _ in file.lines()] == [(1, "one"), (3, "three")]  # type: ignore[misc]


def test_a_line_too_long_is_named_and_the_next_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_RECORD_BYTES", 100_000)
    first, second, third = on_disk(tmp_path, b"one\n" + b"x" * 400_000 + b"\nthree\n").lines()
    assert isinstance(second, CaseError)
    assert second.where == "line 2"
    assert (first, third) == ((1, "one\n", ()), (3, "three\n", ()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1', "it ends in the middle"),
        ('{"a": "b', "it ends in the middle"),
        ('{"a" 1}', "line 1 column 6.*correct it there"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 5_000, "thousands of digits"),
        ("", "it ends in the middle"),
    ],
)
def test_bad_json_says_where_and_what_to_do(text: str, said: str) -> None:
    with pytest.raises(CaseError, match=said):
        parse_json(text, source="case.json")


def test_what_can_be_neither_stored_nor_printed_is_replaced() -> None:
    value = parse_json('{"\\ud800a": ["b\\u0000", {"c": "\\uD83D\\uDE00"}, 1]}', source="x")
    assert value == {"?a": ["b", {"c": "😀"}, 1]}


def test_any_bytes_decode() -> None:
    assert decode(bytes(range(256)))[0]
    assert decode(b"\xff\xfe\x00")[0]
