"""The lock beside the file: the only way in, fair, and of use to those who may only read."""

from __future__ import annotations

import errno
import fcntl
import importlib.util
import logging
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from genecaller.cases import Case
from genecaller.errors import StoreError
from genecaller.store import Event, Store, open_store
from genecaller.store.opening import CONFIG, lock_of
from ontology.files import locked
from tests.genecaller.store.conftest import MADE_WITH, end, full_case, start

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "faults_store.py"
LOOP = """
import sys, threading
from genecaller.store import Provenance, open_store
store, stop, what = open_store(sys.argv[1], wait_s=60), threading.Event(), sys.argv[2]
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
print("begun", flush=True)
done = 0
while not stop.is_set():
    store.start_run("rank", Provenance("k")) if what == "write" else store.list_runs()
    done += 1
print(done)
"""
AS_ANOTHER = """
import os, sys
from genecaller.errors import StoreError
from genecaller.store import Provenance, open_store
open_store(sys.argv[2]).start_run("rank", Provenance("k"))
os.setuid(65534)
def attempt(action):
    try:
        print(action())
    except StoreError as error:
        print(error)
attempt(lambda: len(open_store(sys.argv[1], read_only=True, wait_s=0).list_runs()))
attempt(lambda: open_store(sys.argv[1], wait_s=0).start_run("rank", Provenance("k")))
"""


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("faults_store", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["faults_store"] = module
    spec.loader.exec_module(module)
    return module


def test_writers_on_busy_cores_that_are_killed_lose_nothing(benchmark: ModuleType) -> None:
    cores = os.cpu_count() or 1
    found = benchmark.one_round(
        seed=3, writers=4, operations=4, burners=cores, kills=2, wait_s=120.0
    )
    # A case whose writer was killed is not tried again, so one for each kill may lack its note.
    assert 16 - found.kills <= found.acknowledged <= 16
    assert found.kills > 0
    assert found.faults == 0, asdict(found)


def test_nobody_opens_the_file_past_the_lock(store: Store, run_id: int) -> None:
    hurried = Store(store.path, read_only=False, wait_s=0.05)
    with locked(lock_of(store.path)):
        for attempt in (hurried.list_runs, hurried.prepare, lambda: hurried.read_cases()):
            with pytest.raises(StoreError, match=rf"in use by process {os.getpid()} .*0.05 s"):
                attempt()
        with pytest.raises(StoreError, match="in use by"):
            hurried.save_cases([Case("x")], run_id=run_id)
        with pytest.raises(StoreError, match="in use by"):
            open_store(store.path, wait_s=0)
    with locked(lock_of(store.path), shared=True):
        assert len(hurried.list_runs()) == 1
        with pytest.raises(StoreError, match="in use by"):
            hurried.start_run("rank", MADE_WITH)
    assert len(store.list_runs()) == 1


def test_the_lock_is_held_for_as_long_as_the_file_is_open(store: Store, run_id: int) -> None:
    lock = lock_of(store.path)
    with store.transaction(), open(lock) as handle, pytest.raises(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    with store.snapshot(), open(lock) as handle:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        with pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with open(lock) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_links_and_spellings_meet_at_one_lock(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").symlink_to(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.duckdb").symlink_to(store.path)
    monkeypatch.chdir(tmp_path)
    with locked(lock_of(store.path)):
        for spelling in (
            "kept.duckdb",
            "./sub/../kept.duckdb",
            tmp_path / "folder" / "kept.duckdb",
            tmp_path / "link.duckdb",
        ):
            with pytest.raises(StoreError, match="in use by"):
                open_store(spelling, wait_s=0)


@pytest.mark.parametrize("others", ["write", "read"])
def test_nobody_is_passed_over_by_those_who_never_stop(others: str, store: Store) -> None:
    """A process that asks again at once, and readers that overlap, leave a turn to others."""
    busy = [start(LOOP, store.path, others) for _ in range(2)]
    for process in busy:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
    patient = Store(store.path, read_only=False, wait_s=60)
    ours = [patient.start_run("rank", MADE_WITH) for _ in range(5)]
    assert all(patient.read_run(number).model == "smol" for number in ours)
    for process in busy:
        assert int(end(process)) > 0


def test_a_file_system_without_locks_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(StoreError, match=r"no file locks .*put it on a disk of this machine"):
        store.list_runs()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
@pytest.mark.parametrize("lock_rights", [None, 0o600, 0o644])
def test_who_may_only_read_reads_and_heeds_the_lock_if_it_can(
    lock_rights: int | None, store: Store, run_id: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(store.path, folder / "lent.duckdb")
        (folder / "lent.duckdb").chmod(0o644)
        lock = lock_of(folder / "lent.duckdb")
        arguments = (AS_ANOTHER, folder / "lent.duckdb", folder / "own.duckdb")
        if lock_rights is not None:
            for file in (lock, lock.with_name(lock.name + ".turn")):
                file.touch()
                file.chmod(lock_rights)
        read, refused = end(start(*arguments)).splitlines()
        assert read == "1"
        assert "the file is read-only" in refused
        if lock_rights == 0o644:
            with locked(lock):
                waited, _ = end(start(*arguments)).splitlines()
            assert f"in use by process {os.getpid()}" in waited


def test_only_the_owner_reads_what_is_stored(tmp_path: Path) -> None:
    """Looked at while a transaction is open, when the journal is there, too."""
    before = os.umask(0)
    try:
        store = open_store(tmp_path / "new" / "home" / "kept.duckdb")
        with store.transaction():
            run_id = store.start_run("rank", MADE_WITH)
            store.save_cases([full_case()], run_id=run_id)
            store.add_events(run_id, [Event("x", "y")])
            found = {path.name: path.stat() for path in store.path.parent.iterdir()}
    finally:
        os.umask(before)
    assert set(found) == {"kept.duckdb" + ending for ending in ("", ".wal", ".lock", ".lock.turn")}
    for state in found.values():
        assert stat.S_IMODE(state.st_mode) == 0o600
    for folder in (store.path.parent, store.path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not store.path.with_name("kept.duckdb.wal").exists()


def test_an_older_store_that_all_can_read_becomes_its_owners(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.path.chmod(0o664)
    with caplog.at_level(logging.WARNING):
        open_store(store.path, read_only=True)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o664
    assert caplog.messages == [
        f"{store.path}: can be read by others on this machine; "
        "take that right from them (chmod 600)"
    ]
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        open_store(store.path)
        open_store(store.path)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert caplog.messages == [
        f"{store.path}: could be read by others on this machine; now by its owner alone"
    ]


WRITES_AND_DIES = """
import os, signal, sys
from genecaller.cases import Case
from genecaller.store import Provenance, open_store
store = open_store(sys.argv[1])
with store.transaction():
    run_id = store.start_run("import", Provenance("k"))
    store.save_cases([Case("kept")], run_id=run_id)
from genecaller.store.database_lock import gate
with gate(store.path).writing(1.0) as session:
    session.execute("UPDATE runs SET title = 'committed'").fetchall()
    session.commit()
    # Committed, but not yet in the file: only the journal holds it.
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_committed_before_a_kill_is_there_and_the_lock_is_free(tmp_path: Path) -> None:
    path = tmp_path / "kept.duckdb"
    process = start(WRITES_AND_DIES, path)
    process.communicate(timeout=60)
    assert process.returncode == -9
    journal = path.with_name("kept.duckdb.wal")
    assert journal.stat().st_size > 0
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    # Read first without writing: the journal is read, too.
    assert open_store(path, read_only=True, wait_s=0).list_runs()[0].title == "committed"
    store = open_store(path, wait_s=0)
    assert [run.title for run in store.list_runs()] == ["committed"]
    assert store.read_case("kept").version == 1
    store.start_run("rank", MADE_WITH)
    assert not journal.exists()


FORKED = """
import os, sys, threading
from genecaller.store import Provenance, open_store
store = open_store(sys.argv[1], wait_s=5)
out, go_on = os.pipe()
with store.transaction():
    store.start_run("rank", Provenance("k"))
    child = os.fork()
    if child == 0:
        # It holds a copy of the lock's handle for as long as it lives.
        os.read(out, 1)
        os._exit(0)
print(len(store.list_runs()), store.start_run("rank", Provenance("k")))
os.write(go_on, b".")
os.waitpid(child, 0)
"""


def test_a_child_forked_within_a_transaction_keeps_nobody_waiting(store: Store) -> None:
    assert end(start(FORKED, store.path)) == "1 2\n"


@pytest.mark.parametrize(
    "sql",
    [
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM 'https://127.0.0.1:1/x.parquet'",
        "SELECT * FROM read_csv('/etc/hostname')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "ATTACH 'https://127.0.0.1:1/x.duckdb'",
        "SELECT st_point(1, 2)",
        "SET enable_external_access = true",
        "SET autoinstall_known_extensions = true",
    ],
)
def test_no_query_reaches_the_network_or_another_file(sql: str, tmp_path: Path) -> None:
    asked = sql.format(folder=tmp_path)
    with (
        duckdb.connect(tmp_path / "kept.duckdb", config=CONFIG) as connection,
        pytest.raises(duckdb.Error),
    ):
        connection.execute(asked).fetchall()
    assert os.listdir(tmp_path) == ["kept.duckdb"]


LITTLE_MEMORY = """
import resource, sys
from genecaller.cases import Case
from genecaller.errors import StoreError
from genecaller.store import Provenance, open_store
store = open_store(sys.argv[1])
run_id = store.start_run("import", Provenance("k"))
text = "y" * 40_000_000
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 120_000_000, resource.RLIM_INFINITY))
said = []
for number in range(4):
    try:
        with store.transaction():
            for each in range(4):
                store.save_cases([Case(f"{number}-{each}", text=text + str(each))], run_id=run_id)
    except StoreError as error:
        said.append(str(error))
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert len(said) == 4, said
print(said[0])
print(store.counts().cases)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_too_little_memory_is_said_and_nothing_is_half_kept(store: Store) -> None:
    said, cases = end(start(LITTLE_MEMORY, store.path)).splitlines()
    assert "not enough memory" in said
    assert "nothing of this step was kept" in said
    assert cases == "0"


def test_processes_of_the_benchmark_can_be_run_by_hand(benchmark: ModuleType) -> None:
    command = [sys.executable, str(BENCHMARK), "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "--kills" in said
