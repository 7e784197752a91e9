"""Folders and zips: what counts as a case, in which order, and what a hostile zip gets."""

from __future__ import annotations

import gzip
import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from genecaller.cases import Case
from genecaller.cases.files import archive, opening
from genecaller.cases.read import count_cases, read_cases
from genecaller.errors import CaseError, UsageError
from ontology.knowledge import Knowledge

RELEASE = {
    "2026-01-01/TSC2/PMID_2.json": "b",
    "2026-01-01/TSC2/PMID_10.json": "a",
    "2026-01-01/ARX/PMID_1.json": "c",
}


def files(packet: dict[str, Any]) -> dict[str, str]:
    cases = {name: json.dumps({**packet, "id": own_id}) for name, own_id in RELEASE.items()}
    return {
        **cases,
        "2026-01-01/README.md": "no case",
        "2026-01-01/all.tsv": "id\thpo\nx\tHP:0001250\n",
        "__MACOSX/2026-01-01/ARX/._PMID_1.json": "\0",
        ".hidden.json": "no case",
    }


def as_zip(path: Path, content: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in content.items():
            out.writestr(name, text)
    return path


def as_folder(path: Path, content: dict[str, str]) -> Path:
    for name, text in content.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


@pytest.mark.parametrize("make", [as_zip, as_folder])
def test_a_release_reads_the_same_from_folder_and_zip(
    make: Any, packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = make(tmp_path / "release", files(packet))
    cases = list(read_cases(path, tiny_knowledge))
    assert [(case.id, case.source) for case in cases if isinstance(case, Case)] == [
        ("c", f"{path}/2026-01-01/ARX/PMID_1.json"),
        ("a", f"{path}/2026-01-01/TSC2/PMID_10.json"),
        ("b", f"{path}/2026-01-01/TSC2/PMID_2.json"),
    ]
    assert count_cases(path) == len(cases) == 3
    problems = [case.problems for case in cases if isinstance(case, Case)]
    assert problems == [("1 other file here is not read: all.tsv",), (), ()]


def test_without_phenopackets_a_folder_of_reports_is_read(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    reports = {
        "README.txt": "about seizures",
        "LICENSE.txt": "mine",
        "b.txt": "A boy with seizures.",
        "a.csv": "id,hpo\nx,HP:0000175\n",
        "picture.png": "\0",
        "c.docx": "\0",
        "d.pdf": "\0",
        "e.rtf": "\0",
    }
    path = as_folder(tmp_path / "reports", reports)
    cases = list(read_cases(path, tiny_knowledge))
    assert [case.id for case in cases if isinstance(case, Case)] == ["x", "b.txt"]
    assert count_cases(path) == 2
    first, _ = cases
    assert isinstance(first, Case)
    assert first.problems == ("4 other files here are not read: c.docx, d.pdf, e.rtf and so on",)


def test_a_broken_member_is_named_and_the_others_go_on(
    packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    whole = json.dumps(packet)
    path = as_zip(tmp_path / "x.zip", {"a.json": whole, "b.json": whole[:200], "c.json": whole})
    first, second, third = read_cases(path, tiny_knowledge)
    assert isinstance(second, CaseError)
    assert second.source == f"{path}/b.json"
    assert isinstance(first, Case)
    assert isinstance(third, Case)
    assert (first.id, third.id) == ("PMID_1_II_1", "PMID_1_II_1#2")


def test_a_damaged_member_is_named(
    packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = as_zip(tmp_path / "x.zip", {"a.json": json.dumps(packet), "b.json": json.dumps(packet)})
    data = bytearray(path.read_bytes())
    data[60:70] = b"\xff" * 10  # inside the first member's compressed bytes
    path.write_bytes(bytes(data))
    first, second = read_cases(path, tiny_knowledge)
    assert isinstance(first, CaseError)
    assert first.source == f"{path}/a.json"
    assert isinstance(second, Case)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, "none of its 0 files is a case"),
        ({"a/b.png": "x", "README.md": "x"}, "none of its 2 files is a case"),
        ({"[Content_Types].xml": "x", "word/document.xml": "x"}, "is an Office document"),
    ],
)
def test_a_wrong_zip(
    content: dict[str, str], said: str, tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = as_zip(tmp_path / "wrong.zip", content)
    with pytest.raises(UsageError, match=said):
        list(read_cases(path, tiny_knowledge))
    assert count_cases(path) is None


def test_a_cut_off_zip(packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    path = as_zip(tmp_path / "cut.zip", files(packet))
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(UsageError, match="is no readable zip"):
        list(read_cases(path, tiny_knowledge))


def test_a_member_that_unpacks_to_too_much_is_not_unpacked(
    packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    content = {"a.json": "{" + " " * 30_000_000, "b.json": json.dumps(packet)}
    first, second = read_cases(as_zip(tmp_path / "bomb.zip", content), tiny_knowledge)
    assert isinstance(first, CaseError)
    assert "unpacks to 30,000,001 bytes" in str(first)
    assert isinstance(second, Case)


def test_a_zip_of_too_much_altogether_is_refused(
    packet: dict[str, Any],
    tmp_path: Path,
    tiny_knowledge: Knowledge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1_000)
    path = as_zip(tmp_path / "bomb.zip", files(packet))
    with pytest.raises(UsageError, match="are more than is read from one zip"):
        list(read_cases(path, tiny_knowledge))
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    with pytest.raises(UsageError, match="holds more than 2 files"):
        list(read_cases(as_folder(tmp_path / "many", files(packet)), tiny_knowledge))


def test_an_encrypted_member_is_refused(
    packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = as_zip(tmp_path / "x.zip", {"a.json": json.dumps(packet)})
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(UsageError, match="is encrypted"):
        list(read_cases(path, tiny_knowledge))


def test_a_phenopacket_named_zip_is_a_phenopacket(
    packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = tmp_path / "wrong.zip"
    path.write_text(json.dumps(packet))
    assert [case.id for case in read_cases(path, tiny_knowledge)] == ["PMID_1_II_1"]  # type: ignore[union-attr]


def test_a_zip_in_a_zip_is_named(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as out:
        out.writestr("a.json", "{}")
    path = tmp_path / "outer.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("inner.json", inner.getvalue())
    with pytest.raises(UsageError, match="a zip inside another"):
        list(read_cases(path, tiny_knowledge))


def test_two_members_of_one_name_are_two_cases(
    packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = tmp_path / "twice.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("a.json", json.dumps({**packet, "id": "first"}))
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr("a.json", json.dumps({**packet, "id": "second"}))
    assert [case.id for case in read_cases(path, tiny_knowledge)] == ["first", "second"]  # type: ignore[union-attr]
    assert count_cases(path) == 2


@pytest.mark.parametrize("make", [as_zip, as_folder])
def test_gzipped_files_are_read_where_they_lie(
    make: Any, packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = make(tmp_path / "packed", {})
    packed = gzip.compress(json.dumps(packet).encode())
    if make is as_zip:
        with zipfile.ZipFile(path, "w") as out:
            out.writestr("a.json.gz", packed)
    else:
        path.mkdir()
        (path / "a.json.gz").write_bytes(packed)
    assert [case.id for case in read_cases(path, tiny_knowledge)] == ["PMID_1_II_1"]  # type: ignore[union-attr]


def test_links_are_followed_once_and_circles_end(
    packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    folder = as_folder(tmp_path / "cases", {"in/a.json": json.dumps(packet)})
    as_folder(tmp_path / "elsewhere", {"b.json": json.dumps({**packet, "id": "b"})})
    (folder / "in" / "round").symlink_to(folder)
    (folder / "there").symlink_to(tmp_path / "elsewhere")
    (folder / "again").symlink_to(tmp_path / "elsewhere")
    (folder / "gone.json").symlink_to(tmp_path / "nothing")
    (folder / "self.json").symlink_to(folder / "self.json")
    os.mkfifo(folder / "pipe.json")
    found = list(read_cases(folder, tiny_knowledge))
    assert [case.id for case in found if isinstance(case, Case)] == ["b", "PMID_1_II_1"]
    told = {Path(e.source).name: e.problem for e in found if isinstance(e, CaseError)}
    assert told.keys() == {"gone.json", "self.json", "pipe.json"}
    assert told["pipe.json"] == "is a named pipe, not a file; give a file"
    assert count_cases(folder) == len(found) == 5


def test_a_bomb_among_cases_is_told_and_the_others_are_read(
    packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    content = {
        "a.json": json.dumps(packet),
        "b.jsonl": "\n" * 60_000_000,
        "c.json": '{"id": "c", "terms": ["HP:0001250"]}',
    }
    path = as_zip(tmp_path / "bomb.zip", content)
    begun = time.process_time()
    assert count_cases(path) == 2  # any .json, and the others are no cases
    assert len(list(read_cases(path, tiny_knowledge))) == 2
    del content["a.json"], content["c.json"]
    path = as_zip(tmp_path / "lines.zip", content | {"d.txt": "A boy with seizures."})
    begun = time.process_time()
    bomb, case = read_cases(path, tiny_knowledge)
    assert isinstance(bomb, CaseError)
    assert "says it unpacks to 60,000,000 bytes" in bomb.problem
    assert isinstance(case, Case)
    assert time.process_time() - begun < 20  # the recogniser loads; unpacking would be more


def test_a_zip_of_blank_lines_takes_no_time(tmp_path: Path, tiny_knowledge: Knowledge) -> None:
    path = as_zip(tmp_path / "blank.zip", {"a.jsonl": "\n" * 19_000_000})
    assert path.stat().st_size < 25_000
    begun = time.process_time()
    with pytest.raises(UsageError, match="64 kB of blanks"):
        list(read_cases(path, tiny_knowledge))
    content = '{"id": "a", "terms": ["HP:0001250"]}' + "\n" * 19_000_000
    path = as_zip(tmp_path / "nearly.zip", {"a.jsonl": content})
    assert [case.id for case in read_cases(path, tiny_knowledge)] == ["a"]  # type: ignore[union-attr]
    assert time.process_time() - begun < 3


def test_members_over_the_same_bytes_are_counted(
    tmp_path: Path, tiny_knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MAX_RECORD_BYTES", 100_000)
    path = as_zip(tmp_path / "many.zip", {f"{i}.txt": "\n" * 99_999 for i in range(1000)})
    with pytest.raises(UsageError, match=r"1,000 files of 99,999,000 bytes .* more than is read"):
        list(read_cases(path, tiny_knowledge))


@pytest.mark.parametrize(
    "name", ["../../a.json", "/etc/a.json", "a\n\x1b[2J.json", "x" * 300 + ".json"]
)
def test_an_odd_name_is_only_a_name(
    name: str, packet: dict[str, Any], tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    path = as_zip(tmp_path / "odd.zip", {name: json.dumps(packet)})
    (case,) = read_cases(path, tiny_knowledge)
    assert isinstance(case, Case)
    assert case.source is not None
    assert case.source.isprintable()
    assert [one.name for one in tmp_path.iterdir()] == ["odd.zip"]
