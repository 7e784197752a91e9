"""Folders and zips of case files, such as a release of phenopacket-store, in a stable order."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from genecaller.cases.file import MAX_RECORD_BYTES, CaseFile, file_on_disk
from genecaller.errors import CaseError, UsageError

MAX_FILES = 500_000
MAX_UNPACKED_BYTES = 20_000_000_000
"""Bounds on one collection: far above any real one, far below what a zip bomb claims."""

REPORT_SUFFIXES = (".jsonl", ".ndjson", ".txt", ".nbib", ".xml", ".csv", ".tsv")
_NO_CASES = ("readme", "license", "licence", "changelog", "copying")
_OFFICE = "[Content_Types].xml"


def is_zip(path: Path) -> bool:
    """Whether the file begins as a zip does, whatever its name."""
    with path.open("rb") as stream:
        return stream.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def members_of(names: list[str]) -> list[str]:
    """The names that are case files, sorted.

    Where there is any .json, the collection is one of phenopackets and everything else is
    ignored; else JSON lines, tables, texts and MEDLINE exports count, but no README or licence.
    Hidden files never count.
    """
    seen = [
        name
        for name in names
        if not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(name).parts)
    ]
    packets = [name for name in seen if name.lower().endswith(".json")]
    if packets:
        return sorted(packets)
    return sorted(
        name
        for name in seen
        if name.lower().endswith(REPORT_SUFFIXES)
        and not PurePosixPath(name).stem.lower().startswith(_NO_CASES)
    )


def names_in_folder(folder: Path) -> list[str]:
    """The case files below a folder as relative names; raises UsageError where there are none."""
    names: list[str] = []
    for parent, _, files in os.walk(folder):
        inside = Path(parent).relative_to(folder)
        names += [(inside / name).as_posix() for name in files]
        if len(names) > MAX_FILES:
            raise UsageError(f"{folder}: holds more than {MAX_FILES} files; give a smaller folder")
    members = [name for name in members_of(names) if (folder / name).is_file()]
    if not members:
        raise UsageError(_nothing_in(folder, len(names)))
    return members


def files_in_folder(folder: Path) -> Iterator[CaseFile]:
    """The case files below a folder, sorted by their relative path."""
    for name in names_in_folder(folder):
        yield file_on_disk(folder / name)


def names_in_zip(path: Path) -> list[str]:
    """The case files of a zip, sorted; raises UsageError where it is unusable or has none."""
    with _open_zip(path) as archive:
        return _members(archive, path)


def files_in_zip(path: Path) -> Iterator[CaseFile]:
    """The case files of a zip, sorted by name, each read where it lies; raises UsageError."""
    with _open_zip(path) as archive:
        for name in _members(archive, path):
            yield _member(archive, path, name)


def _member(archive: zipfile.ZipFile, path: Path, name: str) -> CaseFile:
    info = archive.getinfo(name)
    shown = f"{path}/{name}"

    def opener() -> IO[bytes]:
        if info.flag_bits & 1:
            raise CaseError("is encrypted; give an unencrypted zip", source=shown)
        if info.file_size > MAX_RECORD_BYTES and not name.lower().endswith((".jsonl", ".ndjson")):
            raise CaseError(
                f"says it unpacks to {info.file_size:,} bytes, more than one case may take "
                f"({MAX_RECORD_BYTES:,})",
                source=shown,
            )
        return archive.open(info)

    return CaseFile(shown, PurePosixPath(name).name, opener)


def _members(archive: zipfile.ZipFile, path: Path) -> list[str]:
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > MAX_FILES or unpacked > MAX_UNPACKED_BYTES:
        raise UsageError(
            f"{path}: {len(infos):,} files of {unpacked:,} bytes unpacked are more than is read "
            f"from one zip ({MAX_FILES:,} and {MAX_UNPACKED_BYTES:,}); split it"
        )
    names = [info.filename for info in infos if not info.is_dir()]
    if _OFFICE in names:
        raise UsageError(
            f"{path}: is an Office document, not a zip of cases; save it as plain text or CSV"
        )
    members = list(dict.fromkeys(members_of(names)))
    if not members:
        raise UsageError(_nothing_in(path, len(names)))
    return members


def _nothing_in(path: Path, n_files: int) -> str:
    return (
        f"{path}: none of its {n_files} files is a case; expected phenopackets (.json), "
        f"or {', '.join(REPORT_SUFFIXES)}"
    )


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UsageError(
            f"{path}: is no readable zip ({error}); it may have been cut off: get it again"
        ) from error
    with archive:
        yield archive
