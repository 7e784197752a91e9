"""Checks the files that the project made against the checksums written with them."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ontology.files import replacing

MANIFEST = "manifest.json"
CHECKED = ".checked.json"
_SEAL = b"\nsha256 "
_told: set[str] = set()


class Damaged(Exception):
    """A file that the project made is missing or is not as it was written; the message names it."""


def tell(sentence: str) -> None:
    """Say one sentence on standard error, once a process."""
    if sentence not in _told:
        _told.add(sentence)
        print(f"genecaller: {sentence}", file=sys.stderr, flush=True)


def write_manifest(folder: Path, names: Iterable[str]) -> None:
    """Write size and SHA-256 of some files of a folder beside them."""
    files = {name: _sums(folder / name) for name in sorted(names)}
    with replacing(folder / MANIFEST) as out:
        out.write(json.dumps({"files": files, "seal": _seal_of(files)}, indent=1) + "\n")


def read_checked(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The content of some files of a folder; raises Damaged unless all are as they were written."""
    files = _read_manifest(folder)
    content = {}
    for name in names:
        try:
            content[name] = (folder / name).read_bytes()
        except OSError as error:
            raise Damaged(f"{folder / name} cannot be read ({error.strerror})") from error
        if _sums_of(content[name]) != files.get(name):
            raise Damaged(f"{folder / name} is damaged")
    return content


def check_files(folder: Path, names: Iterable[str] | None = None, *, remember: bool = True) -> None:
    """Raise Damaged unless the files (all of the manifest) are as they were written.

    With `remember` a file's checksum is computed again only when its size, time or place on disk
    has changed since it was last found right: a large model costs nothing at the next start.
    """
    files = _read_manifest(folder)
    known = _checked_before(folder) if remember else {}
    found: dict[str, list[int]] = {}
    for name in files if names is None else names:
        try:
            state = (folder / name).stat()
        except OSError as error:
            raise Damaged(f"{folder / name} cannot be read ({error.strerror})") from error
        found[name] = [state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
        if known.get(name) != found[name] and _sums(folder / name) != files.get(name):
            raise Damaged(f"{folder / name} is damaged")
    if remember and known != {**known, **found}:
        try:
            with replacing(folder / CHECKED) as out:
                json.dump({**known, **found}, out)
        except OSError:
            return  # a folder that cannot be written only costs the check at the next start


def write_sealed(path: Path, content: bytes) -> None:
    """Write a file with its checksum at the end; OSError is left to the caller."""
    with replacing(path, binary=True) as out:
        out.write(content)
        out.write(_SEAL + hashlib.sha256(content).digest())


def read_sealed(path: Path) -> memoryview | None:
    """The content of a sealed file; None where there is none. Raises Damaged."""
    try:
        whole = memoryview(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Damaged(f"{path} cannot be read ({error.strerror})") from error
    end = max(0, len(whole) - len(_SEAL) - hashlib.sha256().digest_size)
    if whole[end:] != _SEAL + hashlib.sha256(whole[:end]).digest():
        raise Damaged(f"{path} is damaged")
    return whole[:end]


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        written = json.loads(path.read_bytes())
        files: dict[str, Any] = written["files"]
        if written["seal"] != _seal_of(files):
            raise ValueError("its own checksum is wrong")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(f"{path} is missing or damaged") from error
    return files


def _checked_before(folder: Path) -> dict[str, list[int]]:
    try:
        known = json.loads((folder / CHECKED).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _sums(path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise Damaged(f"{path} cannot be read ({error.strerror})") from error
    return {"size": size, "sha256": digest.hexdigest()}


def _sums_of(content: bytes) -> dict[str, Any]:
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _seal_of(files: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
