"""The folder of a run: found again by what was asked, and held by one process at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genecaller.errors import UsageError
from ontology.home import home
from training.recipe import Recipe


def run_folder(recipe: Recipe, *, resume: bool = True) -> Path:
    """Where a run of this recipe on these data lives; without `resume`, a folder not yet used."""
    if recipe.output is not None:
        base = Path(recipe.output).expanduser()
    else:
        digest = hashlib.sha256(json.dumps(recipe.as_record(), sort_keys=True).encode())
        named = (*recipe.data.cases, recipe.data.train, recipe.data.validation)
        for path in (Path(name) for name in named if name):
            digest.update(_state_of(path).encode())
        base = home() / "training" / f"{recipe.name}-{digest.hexdigest()[:8]}"
    if resume or not base.exists():
        return base
    n = 2
    while base.with_name(f"{base.name}-{n}").exists():
        n += 1
    return base.with_name(f"{base.name}-{n}")


def _state_of(path: Path) -> str:
    """What changes when a data file or folder does: names and sizes, contents of small files."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return ";".join(f"{file.relative_to(path)}:{file.stat().st_size}" for file in files)
    if not path.is_file():
        return "absent"
    if path.stat().st_size > 50_000_000:
        return str(path.stat().st_size)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the run's folder: two processes must not train in one. Raises UsageError."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"another process is training in {folder}; wait for it") from error
        yield
