from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from genecaller.store import default_path, open_store


def test_the_store_lies_in_the_projects_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENECALLER_HOME", str(tmp_path / "home"))
    assert default_path() == tmp_path / "home" / "genecaller.duckdb"
    with open_store() as store:
        assert store.path == default_path()
        assert store.path.is_file()
    assert open_store(read_only=True).list_runs() == []


def test_links_and_spellings_of_a_path_are_one_store(tmp_path: Path) -> None:
    first = open_store(tmp_path / "kept.duckdb")
    (tmp_path / "link.duckdb").symlink_to(first.path)
    second = open_store(str(tmp_path / "link.duckdb"))
    third = open_store(tmp_path / "x" / ".." / "kept.duckdb")
    assert first._gate is second._gate is third._gate


def test_importing_the_store_loads_neither_duckdb_nor_numpy() -> None:
    code = (
        "import sys, genecaller.store;"
        "print([m for m in ('duckdb', 'numpy', 'pyarrow', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out == "[]\n"
