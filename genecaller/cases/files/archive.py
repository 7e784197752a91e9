"""Folders and zips of case files, such as a release of phenopacket-store, in a stable order."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from genecaller.cases.files.case_file import CaseFile, file_on_disk
from genecaller.cases.files.opening import (
    MAX_UNPACKED_BYTES,
    UNREADABLE,
    bounded,
    first_bytes,
    reason,
    shown,
    unpacked,
    unpacked_limit,
)
from genecaller.errors import CaseError, UsageError

MAX_FILES = 500_000
"""Bounds on one collection: far above any real one, far below what a zip bomb claims."""

REPORT_SUFFIXES = (".jsonl", ".ndjson", ".txt", ".nbib", ".xml", ".csv", ".tsv")
_NO_CASES = ("readme", "license", "licence", "changelog", "copying")


def is_zip(path: Path) -> bool:
    """Whether the file begins as a zip does, whatever its name; raises CaseError if unreadable."""
    return first_bytes(path, 4) in (b"PK\x03\x04", b"PK\x05\x06")


def members_of(names: list[str]) -> list[str]:
    """The names that are case files, sorted.

    Where there is any .json, the collection is one of phenopackets and everything else is
    ignored; else JSON lines, tables, texts and MEDLINE exports count, but no README or licence.
    Hidden files never count.
    """
    seen = _seen(names)
    packets = [name for name in seen if _plain(name).endswith(".json")]
    if packets:
        return sorted(packets)
    return sorted(
        name for name in seen if _plain(name).endswith(REPORT_SUFFIXES) and not _is_about(name)
    )


def not_read(names: list[str], members: list[str]) -> tuple[str, ...]:
    """A word about the files of a collection that are no members, None hidden, no README."""
    chosen = set(members)
    others = [name for name in _seen(names) if name not in chosen and not _is_about(name)]
    if not others:
        return ()
    shown_names = [shown(PurePosixPath(name).name)[:60] for name in sorted(others)[:3]]
    more = " and so on" if len(others) > len(shown_names) else ""
    what = "file here is" if len(others) == 1 else "files here are"
    return (f"{len(others):,} other {what} not read: {', '.join(shown_names)}{more}",)


def _seen(names: list[str]) -> list[str]:
    return [
        name
        for name in names
        if not any(
            part.startswith((".", "__MACOSX")) and part not in (".", "..")
            for part in PurePosixPath(name).parts
        )
    ]


def _is_about(name: str) -> bool:
    return PurePosixPath(name).stem.lower().startswith(_NO_CASES)


def _plain(name: str) -> str:
    return name.lower().removesuffix(".gz")


class InFolder(NamedTuple):
    """The case files below a folder as relative names, subfolders at fault, and what is no case."""

    names: list[str]
    faults: list[CaseError]
    notes: tuple[str, ...]


def look_into(folder: Path) -> InFolder:
    """The case files below a folder, and all else that is there.

    Links to folders are followed, each folder once. Raises UsageError where there is no case file.
    """
    names: list[str] = []
    faults: list[CaseError] = []
    seen: set[tuple[int, int]] = set()
    _is_new(str(folder), seen)

    def fault(error: OSError) -> None:
        faults.append(
            CaseError(
                f"cannot be read ({reason(error)}); check that the folder may be read",
                source=shown(error.filename or folder),
            )
        )

    for parent, folders, files in os.walk(folder, followlinks=True, onerror=fault):
        folders[:] = [one for one in sorted(folders) if _is_new(os.path.join(parent, one), seen)]
        inside = Path(parent).relative_to(folder)
        names += [(inside / name).as_posix() for name in files]
        if len(names) > MAX_FILES:
            raise UsageError(
                f"{shown(folder)}: holds more than {MAX_FILES} files; give a smaller folder"
            )
    members = members_of(names)
    if not members and not faults:
        raise UsageError(_nothing_in(folder, len(names)))
    return InFolder(members, faults, not_read(names, members))


def files_in_folder(folder: Path) -> Iterator[CaseFile | CaseError]:
    """The case files below a folder, sorted by their relative path, and what cannot be read."""
    found = look_into(folder)
    yield from found.faults
    for n, name in enumerate(found.names):
        yield file_on_disk(folder / name, () if n else found.notes)


def count_in_zip(path: Path) -> int:
    """How many case files a zip holds; raises UsageError where it is unusable or has none."""
    with _open_zip(path) as archive:
        return len(_members(archive, path)[0])


def files_in_zip(path: Path) -> Iterator[CaseFile]:
    """The case files of a zip, sorted by name, each read where it lies; raises UsageError."""
    with _open_zip(path) as archive:
        members, notes = _members(archive, path)
        for n, info in enumerate(members):
            yield _member(archive, path, info, () if n else notes)


def _is_new(folder: str, seen: set[tuple[int, int]]) -> bool:
    """Whether a folder was not walked yet: links may lead in a circle."""
    try:
        found = os.stat(folder)
    except OSError:
        return True  # the walk itself will tell
    key = (found.st_dev, found.st_ino)
    if key in seen:
        return False
    seen.add(key)
    return True


def _member(
    archive: zipfile.ZipFile, path: Path, info: zipfile.ZipInfo, notes: tuple[str, ...]
) -> CaseFile:
    name = shown(f"{path}/{info.filename}")

    def opener() -> IO[bytes]:
        if info.flag_bits & 1:
            raise CaseError("is encrypted; give an unencrypted zip", source=name)
        if info.file_size > unpacked_limit(info.compress_size):
            raise CaseError(
                f"says it unpacks to {info.file_size:,} bytes from {info.compress_size:,}, more "
                "than a file holds that is meant to be read; unpack it and look at it",
                source=name,
            )
        try:
            stream = bounded(archive.open(info), info.compress_size, source=name)
        except UNREADABLE as error:
            raise CaseError(
                f"is damaged in its zip ({reason(error)}); get it again", source=name
            ) from error
        return unpacked(stream, info.compress_size, source=name)

    return CaseFile(name, PurePosixPath(info.filename).name, opener, notes)


def _members(archive: zipfile.ZipFile, path: Path) -> tuple[list[zipfile.ZipInfo], tuple[str, ...]]:
    """The members that are case files, sorted; two of one name are two. And all else there is."""
    infos = [info for info in archive.infolist() if not info.is_dir()]
    document = _document(archive, {info.filename for info in infos})
    if document:
        raise UsageError(
            f"{shown(path)}: is {document}, not a zip of cases; save it as plain text or CSV"
        )
    names = [info.filename for info in infos]
    chosen = set(members_of(names))
    members = sorted((one for one in infos if one.filename in chosen), key=lambda i: i.filename)
    unpacked_bytes = sum(
        info.file_size for info in members if info.file_size <= unpacked_limit(info.compress_size)
    )
    limit = unpacked_limit(path.stat().st_size, MAX_UNPACKED_BYTES)
    if len(infos) > MAX_FILES or unpacked_bytes > limit:
        raise UsageError(
            f"{shown(path)}: {len(infos):,} files of {unpacked_bytes:,} bytes unpacked are more "
            f"than is read from one zip of its size ({MAX_FILES:,} and {limit:,}); split it"
        )
    if not members:
        raise UsageError(_nothing_in(path, len(infos)))
    return members, not_read(names, [info.filename for info in members])


def _document(archive: zipfile.ZipFile, names: set[str]) -> str | None:
    """What kind of document the zip is that office programs keep as one; None where it is none."""
    if "[Content_Types].xml" in names:
        return "an Office document"
    if "mimetype" in names:
        try:
            with archive.open("mimetype") as stream:
                kind = stream.read(100)
        except (*UNREADABLE, RuntimeError):
            return None
        if b"opendocument" in kind:
            return "an OpenDocument text or table"
        if b"epub" in kind:
            return "an e-book"
    if "META-INF/MANIFEST.MF" in names:
        return "a Java program"
    if "Index/Document.iwa" in names:
        return "a Pages or Numbers document"
    return None


def _nothing_in(path: Path, n_files: int) -> str:
    return (
        f"{shown(path)}: none of its {n_files} files is a case; expected phenopackets (.json), "
        f"or {', '.join(REPORT_SUFFIXES)}"
    )


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except (*UNREADABLE, ValueError) as error:
        raise UsageError(
            f"{shown(path)}: is no readable zip ({reason(error)}); it may have been cut off: get "
            "it again"
        ) from error
    with archive:
        yield archive
