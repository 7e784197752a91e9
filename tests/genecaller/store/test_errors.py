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
    "pipe",
    "device",
    "pipe as journal",
    "folder as lock",
    "long name",
    "long path",
    "no such user",
    "zero byte",
    "links in a circle",
    "question mark",
    "no UTF-8",
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
    os.mkfifo(folder / "pipe.duckdb")
    shutil.copy(open_store(folder / "sound.duckdb").path, folder / "journal.duckdb")
    os.mkfifo(folder / "journal.duckdb.wal")
    shutil.copy(folder / "sound.duckdb", folder / "lock.duckdb")
    (folder / "lock.duckdb.lock").mkdir()
    (folder / "circle").symlink_to(folder / "circle")
    return {
        "pipe": (folder / "pipe.duckdb", "is a pipe, device or socket; give the path of a file"),
        "device": ("/dev/zero", "is a pipe, device or socket; give the path of a file"),
        "pipe as journal": (folder / "journal.duckdb", "is a pipe, device or socket"),
        "folder as lock": (folder / "lock.duckdb", r"Is a directory: .*lock\.duckdb\.lock"),
        "long name": (folder / ("x" * 250), "a name may be 245 bytes long"),
        "long path": (folder / "/".join(["x" * 200] * 30), "a path 4000"),
        "no such user": ("~nobody-of-that-name/s.duckdb", "cannot be the path of the store"),
        "zero byte": ("a\0b", "embedded null byte"),
        "links in a circle": (folder / "circle", "[Ll]oop"),
        "question mark": (folder / "why?.duckdb", r"cannot use a name with '\?'"),
        "no UTF-8": (folder / "\udcff.duckdb", "codec can't decode"),
        "not a database": (random, "is not a DuckDB file"),
        "empty": (empty, "is not a DuckDB file"),
        "folder": (folder / "folder.duckdb", "is a folder"),
        "SQLite": (lite, "is an SQLite database, not a DuckDB file"),
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
    before = Path(path).read_bytes() if os.path.isfile(path) else None
    if what == "below a file" and read_only:
        says = "no such file"
    with pytest.raises(StoreError, match=says) as caught:
        open_store(path, read_only=read_only, wait_s=0)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    assert str(path) in str(caught.value) or what in ("long name", "long path", "no UTF-8")
    str(caught.value).encode()
    if before is not None:
        assert Path(path).read_bytes() == before


def test_what_is_no_store_gets_no_lock_beside_it(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear colleague")
    with pytest.raises(StoreError, match="is not a DuckDB file"):
        open_store(letter)
    assert os.listdir(tmp_path) == ["letter.txt"]


def test_a_sound_file_is_never_called_damaged(store: Store, run_id: int) -> None:
    """What DuckDB says of damage is said only once the file was read anew, whole."""
    store.save_cases([full_case()], run_id=run_id)
    words = "Corrupt database file: computed checksum 1 does not match stored checksum 2"

    def fail() -> None:
        raise duckdb.IOException(words)

    def fail_within() -> None:
        with store.transaction():
            store.save_cases([full_case("b")], run_id=run_id)
            with pytest.raises(StoreError) as within, store.transaction():
                fail()
            assert "restore it" not in str(within.value)

    with pytest.raises(StoreError, match="nothing of it was kept"):
        fail_within()
    with pytest.raises(StoreError, match="the file itself is sound, all of it"), store.snapshot():
        fail()
    assert [stored.case.id for stored in store.read_cases()] == ["case 1"]


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
    # The soft limit alone, so that it can be lifted again.
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard))
for number in range(400):
    text = os.urandom(150_000).hex()
    try:
        store.save_cases([Case(f"{number}", text=text)], run_id=run_id)
    except StoreError as error:
        print(number)
        print(error)
        break
if limit != "-":
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
else:
    os.unlink(os.path.join(os.path.dirname(path), "ballast"))
# There is room again: the same process goes on.
store.save_cases([Case("after", text="there is room again")], run_id=run_id)
"""


def fill(path: Path, limit: object) -> None:
    saved, message = end(start(FULL, path, limit)).splitlines()
    assert "the disk is full" in message
    assert "free some space" in message
    kept = {stored.case.id for stored in open_store(path, read_only=True).read_cases()}
    # All that was said to be kept is there, and nothing of the step that failed.
    assert kept == {str(number) for number in range(int(saved))} | {"after"}
    assert int(saved) > 0


def test_a_file_that_may_not_grow_keeps_what_was_committed(tmp_path: Path) -> None:
    fill(tmp_path / "kept.duckdb", 4_000_000)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="only root may mount")
def test_a_full_disk_keeps_what_was_committed(tmp_path: Path) -> None:
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(tmp_path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        (tmp_path / "ballast").write_bytes(bytes(1_500_000))
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
