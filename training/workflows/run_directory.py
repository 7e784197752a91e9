"""The folder of a run: found again by what was asked, and held by one process at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from genecaller.errors import GenecallerError, UsageError
from ontology.data_dir import home
from ontology.files import Locked, locked
from training.recipe import Recipe

STOP_FILE = "pause"
"""In the run's folder: the run is to stop; "cancel" in it ends the run as cancelled."""
_SMALL = 50_000_000
"""Files up to so many bytes are known by their contents, larger ones by size and time."""


def run_folder(recipe: Recipe, *, resume: bool = True) -> Path:
    """Make the folder of a run of this recipe on these data, or find it again.

    Without `resume`, one that no other run has. Raises UsageError where it cannot be made.
    """
    try:
        base = _named(recipe)
        base.parent.mkdir(parents=True, exist_ok=True)
        if resume:
            base.mkdir(exist_ok=True)
            return base
        n, folder = 1, base
        while True:
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                n += 1
                folder = base.with_name(f"{base.name}-{n}")
    except (OSError, RuntimeError) as error:
        raise UsageError(f"the run's folder cannot be made: {error}") from error


def agreed_folder(recipe: Recipe, *, resume: bool = True) -> Path:
    """The run's folder as the main process finds it, the same on every process.

    Each looking for itself, some would find what another has just made. Raises UsageError.
    """
    from accelerate import PartialState
    from accelerate.utils import broadcast_object_list

    state = PartialState()
    if state.num_processes == 1:
        return run_folder(recipe, resume=resume)
    word: list[str | None] = [None]
    problem: GenecallerError | None = None
    if state.is_main_process:
        try:
            word = [str(run_folder(recipe, resume=resume).absolute())]
        except GenecallerError as error:
            problem = error
    broadcast_object_list(word)
    if word[0] is None:
        raise problem or UsageError("the main process found no folder for the run")
    return Path(word[0])


def asked_to_stop(folder: Path) -> Literal["pause", "cancel"] | None:
    """What a run in this folder was asked to do; None where nothing was asked."""
    try:
        text = (folder / STOP_FILE).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return "cancel" if text == "cancel" else "pause"


def _named(recipe: Recipe) -> Path:
    if recipe.output is not None:
        return Path(recipe.output).expanduser()
    digest = hashlib.sha256(json.dumps(recipe.as_record(), sort_keys=True).encode())
    data = recipe.data
    for path in (Path(name) for name in (*data.cases, data.train, data.validation, data.test)
                 if name):  # fmt: skip
        digest.update(_state_of(path).encode())
    return home() / "training" / f"{recipe.name}-{digest.hexdigest()[:8]}"


def _state_of(path: Path) -> str:
    """What changes when a data file or folder does."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        return ";".join(f"{file.relative_to(path)}:{_state_of(file)}" for file in files)
    if not path.is_file():
        return "absent"
    found = path.stat()
    if found.st_size > _SMALL:
        return f"{found.st_size}:{found.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the run's folder: two processes must not train in one. Raises UsageError."""
    with ExitStack() as held:
        try:
            held.enter_context(locked(folder / "lock"))
        except Locked as error:
            raise UsageError(f"another process is training in {folder}; wait for it") from error
        except OSError as error:
            raise UsageError(f"nothing can be written in {folder}: {error.strerror}") from error
        yield
