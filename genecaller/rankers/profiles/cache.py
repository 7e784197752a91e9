"""The profiles of the knowledge in use: computed once, kept beside it, opened in milliseconds."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genecaller.rankers.profiles.disease_profiles import DiseaseProfiles, build_profiles
from genecaller.rankers.profiles.gene_disease_links import link_genes
from ontology.knowledge import Knowledge
from ontology.manifest import Damaged, read_sealed, tell, write_sealed

SCHEMA = 3
"""Raised whenever what `build_profiles` computes changes; a file of another schema is ignored."""

_opened: dict[Path, DiseaseProfiles] = {}
_opening = threading.Lock()


def open_profiles(knowledge: Knowledge) -> DiseaseProfiles:
    """The profiles of a knowledge; from memory, from its folder, or computed and written there.

    A damaged file is made anew, which is told; a folder that cannot be written costs a second at
    every start and nothing else. Threads that ask at once get the same profiles.
    """
    with _opening:
        found = _opened.get(knowledge.path)
        if found is None or found.annotations is not knowledge.annotations:
            found = _read(knowledge)
            if found is None:
                found = build_profiles(knowledge.hpo, knowledge.annotations)
                with contextlib.suppress(OSError):
                    _write(found, _file(knowledge), _stamp(knowledge))
            _opened[knowledge.path] = found
        return found


def _file(knowledge: Knowledge) -> Path:
    return knowledge.path / f"profiles-{SCHEMA}.npz"


def _stamp(knowledge: Knowledge) -> NDArray[np.str_]:
    annotations = knowledge.annotations
    sizes = (len(knowledge.hpo), annotations.disease.size, annotations.linked_diseases.size)
    return np.asarray([knowledge.stamp, *map(str, sizes)])


def _read(knowledge: Knowledge) -> DiseaseProfiles | None:
    try:
        sealed = read_sealed(_file(knowledge))
    except Damaged as error:
        tell(f"{error}: it is made anew")
        return None
    if sealed is None:
        return None
    with np.load(BytesIO(sealed), allow_pickle=False) as stored:
        if stored["stamp"].tolist() != _stamp(knowledge).tolist():
            return None
        content: dict[str, Any] = {n: stored[n] for n in stored.files if n != "stamp"}
    content["n_diseases"] = int(content["n_diseases"])
    return DiseaseProfiles(
        hpo=knowledge.hpo,
        annotations=knowledge.annotations,
        links=link_genes(knowledge.annotations),
        **content,
    )


def _write(profiles: DiseaseProfiles, target: Path, stamp: NDArray[np.str_]) -> None:
    arrays: dict[str, Any] = {
        item.name: np.asarray(getattr(profiles, item.name))
        for item in fields(profiles)
        if item.name not in ("hpo", "annotations", "links")
    }
    out = BytesIO()
    np.savez(out, stamp=stamp, **arrays)
    write_sealed(target, out.getvalue())
