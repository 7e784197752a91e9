"""The compiled form of a release on disk: written once, loaded in a fraction of a second."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ontology.annotations import Annotations
from ontology.errors import KnowledgeError
from ontology.hpo import Hpo, Synonym
from ontology.manifest import Damaged, read_checked, write_manifest

SCHEMA = 3
"""Raised whenever the compiled form changes; a cache of another schema is compiled anew."""
FILES = ("meta.json", "texts.json", "arrays.npz")


class DamagedKnowledge(KnowledgeError):
    """A compiled release is not as it was written."""


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

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of everything that an update may add or lose."""
        return counts_of(self.hpo, self.annotations)


def counts_of(hpo: Hpo, annotations: Annotations) -> dict[str, int]:
    """Terms, synonyms, diseases, annotations, publications, genes and pairs of a release."""
    return {
        "terms": len(hpo),
        "synonyms": sum(map(len, hpo.synonyms)),
        "old_ids": len(hpo.alternative_ids) + len(hpo.replaced_ids),
        "diseases": len(annotations.disease_ids),
        "annotations": len(annotations.term),
        "excluded_annotations": int(annotations.negated.sum()),
        "publications": len(annotations.cited_publications),
        "genes_with_disease": len(annotations.gene_symbols),
        "gene_disease_pairs": len(annotations.pair_gene),
    }


def save(hpo: Hpo, annotations: Annotations, folder: Path) -> None:
    """Write the compiled form: .npz of arrays, JSON of texts and of the stamp, and checksums."""
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
    write_manifest(folder, FILES)


@cache
def load_knowledge(folder: Path) -> Knowledge:
    """Load a compiled release; raises KnowledgeError where it is damaged or of another schema."""
    try:
        content = read_checked(folder, FILES)
        meta = json.loads(content["meta.json"])
        if meta["schema"] != SCHEMA:
            raise KnowledgeError(f"{folder} has schema {meta['schema']}, expected {SCHEMA}")
        texts = json.loads(content["texts.json"])
        with np.load(BytesIO(content["arrays.npz"]), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except Damaged as error:
        raise DamagedKnowledge(
            f"{error}: the release is compiled anew when genecaller starts"
        ) from error
    texts["hpo.synonyms"] = [tuple(Synonym(*s) for s in row) for row in texts["hpo.synonyms"]]
    texts["hpo.consider_ids"] = {k: tuple(v) for k, v in texts["hpo.consider_ids"].items()}
    parts: dict[str, dict[str, Any]] = {"hpo": {}, "annotations": {}}
    for key, value in [*texts.items(), *arrays.items()]:
        part, name = key.split(".", 1)
        parts[part][name] = tuple(value) if isinstance(value, list) else value
    return Knowledge(
        release=meta["release"],
        schema=meta["schema"],
        path=folder,
        hpo=Hpo(**parts["hpo"]),
        annotations=Annotations(**parts["annotations"]),
    )
