"""Files and folders that cannot be used: each is one clear line, and harms nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import duckdb
import pytest

from genecaller.errors import StoreError
from genecaller.store import Store, open_store
from tests.genecaller.store.conftest import end, full_case, start

KINDS = (
    "not a database",
    "empty",
    "folder",
    "SQLite",
    "another's database",
    "below a file",
    "in memory",
    "postgres",
    "remote",
    "motherduck",
)


def unusable(folder: Path) -> dict[str, tuple[Path | str, str]]:
    """Paths that are no store, by what is wrong, with what the message must say."""
    random = folder / "random.duckdb"
    random.write_bytes(bytes(range(256)) * 200)
    empty = folder / "empty.duckdb"
    empty.touch()
    (folder / "folder.duckdb").mkdir()
    lite = folder / "lite.duckdb"
    with sqlite3.connect(lite) as connection:
        connection.execute("CREATE TABLE t (a)")
    connection.close()
    other = folder / "other.duckdb"
    with duckdb.connect(other) as foreign:
        foreign.execute("CREATE TABLE measurements (a INTEGER)").fetchall()
    (folder / "file").touch()
    return {
        "not a database": (random, "is not a DuckDB file"),
        "empty": (empty, "is not a DuckDB file"),
        "folder": (folder / "folder.duckdb", "is a folder"),
        "SQLite": (lite, "of another kind"),
        "another's database": (other, r"something else \(it holds measurements\)"),
        "below a file": (folder / "file" / "x.duckdb", "Not a directory|cannot be made"),
        "in memory": (":memory:", "the path of a file"),
        "postgres": ("postgres:dbname=clinic", "the path of a file"),
        "remote": ("https://example.org/x.duckdb", "the path of a file"),
        "motherduck": ("md:clinic", "the path of a file"),
    }


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("what", KINDS)
def test_what_is_no_store_is_refused_in_one_line(
    what: str, read_only: bool, tmp_path: Path
) -> None:
    path, says = unusable(tmp_path)[what]
    before = Path(path).read_bytes() if Path(path).is_file() else None
    if what == "below a file" and read_only:
        says = "no such file"
    with pytest.raises(StoreError, match=says) as caught:
        open_store(path, read_only=read_only, wait_s=0)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    if before is not None:
        assert Path(path).read_bytes() == before


def test_a_damaged_file_is_named(store: Store, run_id: int, tmp_path: Path) -> None:
    store.save_cases([full_case(f"c{i}") for i in range(3000)], run_id=run_id)
    content = store.path.read_bytes()
    cut = tmp_path / "cut.duckdb"
    cut.write_bytes(content[: len(content) // 2])
    flipped = tmp_path / "flipped.duckdb"
    flipped.write_bytes(content[:12_288] + bytes(b ^ 0xFF for b in content[12_288:]))
    for path in (cut, flipped):
        with pytest.raises(StoreError, match=r"is damaged .*restore it from a backup") as caught:
            open_store(path).read_cases()
        assert "\n" not in str(caught.value)


FULL = """
import os, resource, sys
from genecaller.cases import Case
from genecaller.errors import StoreError
from genecaller.store import Provenance, open_store
path, limit = sys.argv[1:]
store = open_store(path)
run_id = store.start_run("import", Provenance("k"))
if limit != "-":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
for number in range(400):
    text = os.urandom(150_000).hex()
    try:
        store.save_cases([Case(f"{number}", text=text)], run_id=run_id)
    except StoreError as error:
        print(number)
        print(error)
        break
"""


def fill(path: Path, limit: object) -> None:
    saved, message = end(start(FULL, path, limit)).splitlines()
    assert "the disk is full" in message
    assert "free some space" in message
    kept = {stored.case.id for stored in open_store(path, read_only=True).read_cases()}
    # All that was said to be kept is there, and nothing of the step that failed.
    assert kept == {str(number) for number in range(int(saved))}


def test_a_file_that_may_not_grow_keeps_what_was_committed(tmp_path: Path) -> None:
    fill(tmp_path / "kept.duckdb", 4_000_000)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="only root may mount")
def test_a_full_disk_keeps_what_was_committed(tmp_path: Path) -> None:
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        fill(tmp_path / "kept.duckdb", "-")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


READ_ONLY = """
import os, sys
import duckdb
from genecaller.errors import StoreError
from genecaller.store import Provenance, open_store
os.chdir(sys.argv[1])
# Once before this process loses the right to read its own modules.
open_store("rehearsal.duckdb").start_run("rank", Provenance("k"))
if os.geteuid() == 0:
    os.setuid(65534)
def attempt(action):
    try:
        action()
        print("done")
    except StoreError as error:
        print(error)
for action in (
    lambda: open_store("file.duckdb").start_run("rank", Provenance("k")),
    lambda: open_store("folder/kept.duckdb").start_run("rank", Provenance("k")),
    lambda: open_store("folder/new.duckdb"),
    lambda: open_store("hidden.duckdb"),
):
    attempt(action)
print(len(open_store("file.duckdb", read_only=True).list_runs()))
print(len(open_store("file.duckdb").list_runs()))
print(len(open_store("folder/kept.duckdb", read_only=True).list_runs()))
"""


def test_read_only_files_and_folders(store: Store, run_id: int) -> None:
    # Not below pytest's own folder, which another user may not enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "folder").mkdir()
        for copy in ("file.duckdb", "folder/kept.duckdb", "hidden.duckdb"):
            shutil.copy(store.path, folder / copy)
        (folder / "file.duckdb").chmod(0o444)
        (folder / "hidden.duckdb").chmod(0o000)
        (folder / "folder" / "kept.duckdb").chmod(0o666)
        (folder / "folder").chmod(0o555)
        lines = end(start(READ_ONLY, folder)).splitlines()
        (folder / "folder").chmod(0o755)
    assert "the file is read-only" in lines[0]
    assert "its folder" in lines[1]
    assert "is read-only" in lines[1]
    assert "cannot be made" in lines[2] or "cannot be written" in lines[2]
    assert "cannot be" in lines[3]
    assert lines[4:] == ["1", "1", "1"]
