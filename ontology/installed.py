"""Checks data files of an installed package against the checksums in its wheel's record."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Iterable
from pathlib import Path


def package_folder(package: str) -> Path | None:
    """The folder of an installed package, which is not imported; None where there is none."""
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    return Path(folders[0]) if folders else None


def damaged_files(distribution: str, files: Iterable[Path]) -> tuple[Path, ...]:
    """Those of a distribution's files that are not what its wheel states.

    Files that the record does not name, or names without a checksum, cannot be judged: they pass.
    """
    try:
        record = importlib.metadata.distribution(distribution).files or []
    except importlib.metadata.PackageNotFoundError:
        return ()
    stated = {
        Path(str(item.locate())).resolve(): item.hash.value
        for item in record
        if item.hash is not None and item.hash.mode == "sha256"
    }
    return tuple(
        file
        for file in files
        if (wanted := stated.get(file.resolve())) is not None and _sha256(file) != wanted
    )


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
