"""Bytes become text: encodings, sizes, things that are no text."""

from __future__ import annotations

import gzip
import io
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genecaller.cases.files import case_file as module
from genecaller.cases.files.case_file import CaseFile, decode, file_on_disk, parse_json
from genecaller.errors import CaseError
from ontology.files import lines_of

TEXT = "Café-au-lait spots, naïve Ω"


def on_disk(folder: Path, content: bytes, name: str = "case.txt") -> CaseFile:
    path = folder / name
    path.write_bytes(content)
    return file_on_disk(path)


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_unicode_needs_no_word(encoding: str, tmp_path: Path) -> None:
    assert on_disk(tmp_path, TEXT.encode(encoding)).text() == (TEXT, ())


def test_windows_text_is_read_and_said(tmp_path: Path) -> None:
    text, problems = on_disk(tmp_path, "Café".encode("cp1252")).text()
    assert text == "Café"
    assert problems == ("the file is not UTF-8; read as Windows-1252",)


def test_a_stray_byte_spoils_no_other(tmp_path: Path) -> None:
    text, problems = on_disk(tmp_path, TEXT.encode() + b" caf\xe9").text()
    assert text == f"{TEXT} café"
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


def test_what_is_no_utf_16_is_said() -> None:
    text, notes = decode("Café".encode("utf-16") + b"\x00\xd8")
    assert text == "Café\N{REPLACEMENT CHARACTER}"
    assert notes == ("some of the file is no UTF-16; shown as \N{REPLACEMENT CHARACTER}",)


def test_zero_characters_become_blanks() -> None:
    text, notes = decode(b"A boy\0with seizures")
    assert text == "A boy with seizures"
    assert notes == ("the file holds zero characters; read as blanks",)


ODD = "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e\r"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_lines_end_at_line_feeds_alone(encoding: str, tmp_path: Path) -> None:
    file = on_disk(tmp_path, f"one{ODD}one\r\n\n{ODD}three\n".encode(encoding))
    found = [line for line in file.lines() if not isinstance(line, CaseError)]
    assert [(n, text.rstrip("\n").removesuffix("\r")) for n, text, _ in found] == [
        (1, f"one{ODD}one"),
        (3, f"{ODD}three"),
    ]


@given(
    st.lists(st.text(st.characters(blacklist_characters="\n\0\ufeff", codec="utf-8")), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_text_comes_back_line_by_line(lines: list[str], end: str) -> None:
    content = end.join([*lines, ""]).encode()
    file = CaseFile("x", "x", lambda: io.BytesIO(content))
    try:
        found = {n: t for n, t, _ in file.lines()}  # type: ignore[misc]
    except CaseError:  # blank, or what a binary file looks like
        return
    for number, line in enumerate(lines, 1):
        if line.strip():
            assert lines_of(found[number]) == lines_of(line + end)


def test_lines_are_whole_wherever_blocks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_RECORD_BYTES", 40)
    lines = [b"a" * (i % 50) for i in range(60)] + [b"", b"  ", b"", b"last"]
    expected = [
        (i, len(line) if len(line) < 40 else None)
        for i, line in enumerate(lines, 1)
        if line.strip()
    ]
    for block in range(1, 120):
        monkeypatch.setattr(module, "_BLOCK", block)
        file = CaseFile("x", "x", lambda: io.BytesIO(b"\n".join(lines)))
        assert [
            (int((line.where or "").split()[1]), None)
            if isinstance(line, CaseError)
            else (line[0], len(line[1].rstrip("\n")))
            for line in file.lines()
        ] == expected


def test_a_million_blank_lines_cost_nothing(tmp_path: Path) -> None:
    content = b"one\n" + b"\n" * 19_000_000 + b"two\n"
    file = CaseFile("x", "x", lambda: io.BytesIO(content))
    begun = time.process_time()
    assert [line[0] for line in file.lines() if isinstance(line, tuple)] == [1, 19_000_002]
    assert time.process_time() - begun < 2


def test_any_bytes_decode() -> None:
    assert decode(bytes(range(256)))[0]
    assert decode(b"\xff\xfe\x00")[0]
