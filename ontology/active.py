"""Which compiled release is in use: the marker file, and what to go by where it is damaged."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from pathlib import Path

from ontology.data_dir import home
from ontology.files import replacing
from ontology.manifest import MANIFEST, tell

_MARKER = "active"
_FOLDER = re.compile(r"(?P<release>[\w.+-]+)-s(?P<schema>\d+)")
_SCRATCH = ".compiling-"
_LEFT_BEHIND_S = 3600


def knowledge_folder() -> Path:
    """Where compiled releases lie, one folder each."""
    return home() / "knowledge"


def release_of(folder: Path) -> str:
    """The release that a compiled folder is named after."""
    found = _FOLDER.fullmatch(folder.name)
    return found["release"] if found else folder.name


def active_folder() -> Path | None:
    """The compiled release in use, None where there is none.

    The folder may be of another schema, damaged, or gone. Where the marker is missing or damaged
    it is the release that was put to use last, and that is told.
    """
    folder = knowledge_folder()
    name, is_sound = _marked(folder)
    if name is not None and (is_sound or (folder / name).is_dir()):
        return folder / name
    there = _compiled(folder)
    if not there:
        return None
    latest = max(there, key=lambda one: (_put_to_use(one), one.name))
    missing = not (folder / _MARKER).exists()
    tell(
        f"{folder / _MARKER} is {'missing' if missing else 'damaged'}: "
        f"{latest.name}, which was put to use last, is taken"
    )
    return latest


def mark_active(folder: Path) -> None:
    """Make a compiled release the one in use; OSError is left to the caller."""
    with replacing(folder.parent / _MARKER) as out:
        out.write(f"{folder.name}\n{_check_of(folder.name)}\n")


def is_marked(folder: Path) -> bool:
    """Whether the marker is whole and names this folder."""
    return _marked(folder.parent) == (folder.name, True)


def rescue(folder: Path) -> bool:
    """Put a release back that a killed installation had moved aside; whether there was one.

    To be called by who holds the lock of the installation.
    """
    for left in sorted(folder.parent.glob(f"{_SCRATCH}*")):
        for moved in (left / "made", left / "old"):
            named = _text(left / "name")
            if named == folder.name and (moved / MANIFEST).is_file():
                os.replace(moved, folder)
                return True
    return False


def sweep(folder: Path) -> None:
    """Remove what killed installations and downloads left behind over an hour ago."""
    for prefix in (_SCRATCH, ".fetching-"):
        for left in folder.glob(f"{prefix}*"):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND_S:
                shutil.rmtree(left, ignore_errors=True)


def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return None


def _marked(folder: Path) -> tuple[str | None, bool]:
    """The folder that the marker names, None where it names none, and whether it is whole."""
    name, _, check = (_text(folder / _MARKER) or "").partition("\n")
    if not _FOLDER.fullmatch(name.strip()):
        return None, False
    return name.strip(), check.strip() == _check_of(name.strip())


def _check_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def _compiled(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [one for one in folder.iterdir() if _FOLDER.fullmatch(one.name) and one.is_dir()]


def _put_to_use(folder: Path) -> float:
    """When a release was put to use: its manifest is written then."""
    try:
        return (folder / MANIFEST).stat().st_mtime
    except OSError:
        return 0.0
