"""Folders and zips: what counts as a case, in which order, and what a hostile zip gets."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from genecaller.cases import Case, archive
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


def test_without_phenopackets_a_folder_of_reports_is_read(
    tmp_path: Path, tiny_knowledge: Knowledge
) -> None:
    reports = {
        "README.txt": "about seizures",
        "LICENSE.txt": "mine",
        "b.txt": "A boy with seizures.",
        "a.csv": "id,hpo\nx,HP:0000175\n",
        "picture.png": "\0",
    }
    path = as_folder(tmp_path / "reports", reports)
    cases = list(read_cases(path, tiny_knowledge))
    assert [case.id for case in cases if isinstance(case, Case)] == ["x", "b.txt"]
    assert count_cases(path) == 2


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
