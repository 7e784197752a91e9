"""The index on disk beside the compiled knowledge, so that a start takes a fraction of a second."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import marshal
from importlib.resources import files
from pathlib import Path
from typing import Any

from ontology.knowledge import Knowledge
from ontology.manifest import Damaged, read_sealed, tell, write_sealed
from ontology.recognise.index import Index, build_index
from ontology.recognise.lexicon import lexicon
from ontology.recognise.word_classes import word_classes


def load_index(knowledge: Knowledge) -> Index:
    """The index of this knowledge: read if one is kept for this code and lexicon, else built and
    kept. A damaged file is made anew, which is told; a folder that cannot be written only costs
    the time to build it again."""
    path = knowledge.path / f"recogniser-{_digest()}.bin"
    try:
        sealed = read_sealed(path)
        if sealed is not None:
            return Index.from_record(_record(sealed))
    except Damaged as error:
        tell(f"{error}: it is made anew")
    except (ValueError, EOFError, TypeError, KeyError):
        pass  # written by another version of Python
    index = build_index(knowledge.hpo, word_classes(), lexicon())
    _keep(index.as_record(), path)
    return index


def _record(sealed: memoryview) -> dict[str, Any]:
    """The record in a file, the garbage collector held meanwhile: it would walk the half-read
    tables over and over, which takes twice as long as the reading."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        record: dict[str, Any] = marshal.loads(sealed)
        return record
    finally:
        if collecting:
            gc.enable()


def _keep(record: dict[str, Any], path: Path) -> None:
    with contextlib.suppress(OSError):
        for old in path.parent.glob("recogniser-*.bin"):
            if old != path:
                old.unlink(missing_ok=True)
        write_sealed(path, marshal.dumps(record))


def _digest() -> str:
    """Eight characters that change with the code that builds the index and the data it reads."""
    digest = hashlib.sha256()
    here = files("ontology")
    parts = [
        *(here.joinpath("recognise", f"{name}.py") for name in (
            "entry", "index", "names", "variants", "lemma", "tokens", "compounds", "derivations",
            "vocabulary", "lexicon", "word_classes", "spelling", "rewordings", "cache",
        )),
        *(here.joinpath("data", name) for name in (
            "phrases.tsv", "normals.tsv", "distractors.txt", "refused.txt", "word_classes.tsv",
            "rewordings.tsv", "english.txt",
        )),
    ]  # fmt: skip
    for part in parts:
        digest.update(part.read_bytes())
    return digest.hexdigest()[:8]
