"""The compiled cache: stamped, compiled once, recompiled when it must be, never half."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ontology import knowledge as module
from ontology.errors import KnowledgeError
from ontology.knowledge import SCHEMA, Knowledge, active_folder, install, load_knowledge

TINY = Path(__file__).parents[1] / "fixtures" / "tiny"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(module, "bundled_source", lambda: TINY)
    return tmp_path / "home"


def test_it_compiles_once_and_then_loads() -> None:
    steps: list[str] = []
    first = module.open_knowledge(steps.append)
    assert steps[0] == "reading hp.obo"
    assert first.stamp == f"{first.release}/s{SCHEMA}"
    load_knowledge.cache_clear()
    again = module.open_knowledge(steps.append)
    assert len(steps) == len(set(steps))  # nothing was compiled a second time
    assert again.hpo.synonyms == first.hpo.synonyms
    assert again.annotations.references == first.annotations.references
    assert np.array_equal(again.annotations.term, first.annotations.term)


def test_another_schema_is_compiled_anew_from_the_kept_source(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(TINY, lambda step: None, keep_source=True)
    monkeypatch.setattr(module, "SCHEMA", SCHEMA + 1)
    monkeypatch.setattr(module, "bundled_source", lambda: own_home / "not there")
    newer = module.open_knowledge()
    assert newer.schema == SCHEMA + 1
    assert (newer.path / "source" / "hp.obo").is_file()


@pytest.mark.parametrize("name", ["arrays.npz", "texts.json", "meta.json"])
def test_a_damaged_cache_says_what_to_do(name: str) -> None:
    folder = install(TINY, lambda step: None)
    (folder / name).write_bytes((folder / name).read_bytes()[:20])
    with pytest.raises(KnowledgeError, match="delete that folder"):
        load_knowledge(folder)


def test_an_install_that_fails_leaves_the_old_one(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = install(TINY, lambda step: None)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "save", full)
    with pytest.raises(KnowledgeError, match="No space left on device; free some space"):
        install(TINY, lambda step: None)
    assert active_folder() == before
    assert isinstance(load_knowledge(before), Knowledge)
    assert sorted(p.name for p in before.parent.iterdir()) == sorted(["active", before.name])


def test_a_real_write_limit_gives_one_clear_line(own_home: Path) -> None:
    code = (
        "from pathlib import Path; from ontology.knowledge import install\n"
        "from ontology.errors import KnowledgeError\n"
        f"try: install(Path({str(TINY)!r}), lambda s: None)\n"
        "except KnowledgeError as error: print('refused:', error)"
    )

    def limit() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    out = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        env={**os.environ, "GENECALLER_HOME": str(own_home)},
    )
    assert out.stdout.startswith("refused: the compiled knowledge cannot be written"), out.stderr
    assert active_folder() is None


def test_the_stamp_stands_in_the_folder() -> None:
    folder = install(TINY, lambda step: None)
    meta = json.loads((folder / "meta.json").read_text())
    assert meta == {"release": folder.name.removesuffix(f"-s{SCHEMA}"), "schema": SCHEMA}
