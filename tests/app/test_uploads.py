"""An upload is read as the command line reads a file, whatever its sender calls it."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import dataclass

import pytest

from app.uploads import LONGEST_NAME, read_upload, safe_name
from ontology.knowledge import Knowledge


@dataclass
class Upload:
    name: str
    content: bytes

    def getvalue(self) -> bytes:
        return self.content


REPORT = b"A boy with seizures and hypotonia."


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a/b/", "b"),
        ("...", "upload"),
        ("/", "upload"),
        (".hidden.txt", "hidden.txt"),
        ("x\x00y\n\u202etxt.exe", "x_y__txt.exe"),
        ("![](http://evil.example/x.png)", "x.png)"),
        ("\ud800.json", "_.json"),
        ("Müller (2).txt", "Müller (2).txt"),
        ("Mu\u0308ller.txt", "Müller.txt"),
        ("trailing. ", "trailing"),
    ],
)
def test_a_name_leads_nowhere(name: str, kept: str) -> None:
    assert safe_name(name) == kept


@pytest.mark.parametrize("letter", ["a", "é", "病", "\U0001d4d0"])
def test_a_long_name_is_cut_to_what_systems_take(letter: str, knowledge: Knowledge) -> None:
    name = f"{letter * 5000}.txt"
    assert len(safe_name(name).encode()) <= LONGEST_NAME
    read = read_upload(Upload(name, REPORT), knowledge)
    assert [case.hpo_ids for case in read.cases] == [("HP:0001250", "HP:0001252")]


@pytest.mark.parametrize(
    "name", ["\udcff.txt", "a\nb.txt", "=cmd().txt", "*?[x].txt", "\u202e.txt"]
)
def test_a_strange_name_is_read_like_any_other(name: str, knowledge: Knowledge) -> None:
    read = read_upload(Upload(name, REPORT), knowledge)
    assert [case.hpo_ids for case in read.cases] == [("HP:0001250", "HP:0001252")]
    assert read.failures == ()


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "upload",
    [
        Upload("bomb.zip", zipped(**{"a.jsonl": b"\n" * 50_000_000})),
        Upload("bomb.jsonl.gz", gzip.compress(b"\n" * 50_000_000)),
        Upload("bomb.json", gzip.compress(b"[" * 50_000_000)),
        Upload("no.zip", b"PK\x03\x04 no archive"),
        Upload("deep.json", b"[" * 100_000 + b"]" * 100_000),
        Upload("null.txt", b"\x00" * 1000),
    ],
    ids=lambda upload: upload.name,
)
def test_a_file_made_to_fill_the_memory_is_refused_in_a_sentence(
    upload: Upload, knowledge: Knowledge
) -> None:
    read = read_upload(upload, knowledge)
    assert read.cases == ()
    assert read.failures
    assert all(upload.name in failure for failure in read.failures)
    assert not any("/tmp/" in failure for failure in read.failures)
