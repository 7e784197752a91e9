"""The knowledge in use: loaded in well under a second, compiled or restored where it must be."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ontology.active import active_folder, is_marked, knowledge_folder
from ontology.compiled import (
    SCHEMA,
    DamagedKnowledge,
    Knowledge,
    counts_of,
    load_knowledge,
    save,
)
from ontology.install import bundled_source, install, restore

__all__ = [
    "SCHEMA",
    "DamagedKnowledge",
    "Knowledge",
    "active_folder",
    "bundled_source",
    "counts_of",
    "install",
    "knowledge_folder",
    "load_knowledge",
    "open_knowledge",
    "save",
]

_opening = threading.RLock()


def open_knowledge(progress: Callable[[str], None] = lambda step: None) -> Knowledge:
    """The knowledge in use, compiled from the bundled release if there is none yet.

    `progress` is told the steps of a compilation (about ten seconds, once). A damaged compiled
    form is compiled anew from its own release files, and that is told on standard error. Loaded
    once a process. Raises KnowledgeError, also where the release in use cannot be restored:
    another one never takes its place by itself.
    """
    with _opening:
        folder = active_folder()
        if folder is None:
            return load_knowledge(install(bundled_source(), progress))
        if folder.name.endswith(f"-s{SCHEMA}") and is_marked(folder):
            try:
                return load_knowledge(folder)
            except DamagedKnowledge:
                pass  # restored below, when no other process is at work on it
        return restore(folder, bundled_source, progress)
