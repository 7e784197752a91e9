"""Several processes and threads on one file, and kills in the middle of a step."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from genecaller.cases import Case
from genecaller.errors import StoreError
from genecaller.store import CaseFilter, Store, open_store
from genecaller.store.database_lock import gate
from tests.genecaller.store.conftest import (
    KNOWLEDGE,
    MADE_WITH,
    end,
    full_case,
    ranking_of,
    start,
)

HOLD = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
time.sleep(float(sys.argv[3]))
"""
WRITE = """
import sys
from genecaller.cases import Case
from genecaller.ranking import RankedGene, Ranking
from genecaller.store import Provenance, open_store
path, who, count, knowledge = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
store = open_store(path, wait_s=60)
run_id = store.start_run("score", Provenance(knowledge, model=who))
for number in range(count):
    name = f"{who}-{number}"
    genes = tuple(RankedGene(i, f"G{i}", 1 / i, None, name) for i in range(1, 6))
    with store.transaction():
        store.save_cases([Case(name), Case("shared")], run_id=run_id)
        store.save_rankings([Ranking(name, "default", None, knowledge, genes)], run_id=run_id)
store.set_run_status(run_id, "succeeded")
"""
KILLED = """
import os, signal, sys
from genecaller.cases import Case
from genecaller.store import Provenance, open_store
store = open_store(sys.argv[1])
run_id = store.start_run("import", Provenance("k"))
store.save_cases([Case(f"kept-{i}") for i in range(50)], run_id=run_id)
with store.transaction():
    store.save_cases([Case(f"lost-{i}") for i in range(5000)], run_id=run_id)
    print("inside", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(store: Store) -> subprocess.Popen[str]:
    """Another process that holds the file open for writing for two seconds."""
    process = start(HOLD, store.path, "write", 2)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_many_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    # The file is not there yet: they race to make it, too.
    path, writers, each = tmp_path / "new" / "kept.duckdb", 3, 10
    processes = [start(WRITE, path, f"w{i}", each, KNOWLEDGE) for i in range(writers)]
    for process in processes:
        end(process)
    store = open_store(path, read_only=True)
    names = {f"w{i}-{j}" for i in range(writers) for j in range(each)}
    stored = {each.case.id: each for each in store.read_cases()}
    assert set(stored) == names | {"shared"}
    assert len(store.case_history("shared")) == 1
    runs = store.list_runs()
    assert sorted(run.run_id for run in runs) == [1, 2, 3]
    assert {run.status for run in runs} == {"succeeded"}
    ids = []
    for run in runs:
        rankings = store.rankings_of_run(run.run_id)
        assert {r.ranking.case_id.split("-")[0] for r in rankings} == {run.model}
        assert len(rankings) == each
        assert all(len(r.ranking.genes) == 5 for r in rankings)
        assert all(r.ranking.genes[0].explanation == r.ranking.case_id for r in rankings)
        ids += [r.ranking_id for r in rankings]
    assert len(set(ids)) == writers * each
    # Nothing is left over but the lock, which has to stay, and the turn at it.
    assert sorted(os.listdir(path.parent)) == [
        path.name + ending for ending in ("", ".lock", ".lock.turn")
    ]


def test_who_finds_the_file_taken_waits(store: Store, holder: subprocess.Popen[str]) -> None:
    run_id = store.start_run("rank", MADE_WITH)
    assert holder.wait(timeout=5) == 0
    assert store.read_run(run_id).status == "running"
    holder.communicate()


def test_who_waited_in_vain_hears_who_holds_it(store: Store, holder: subprocess.Popen[str]) -> None:
    hurried = Store(store.path, read_only=False, wait_s=0.1)
    for attempt in (hurried.list_runs, lambda: hurried.start_run("rank", MADE_WITH)):
        with pytest.raises(StoreError, match=rf"in use by process {holder.pid} \(python.*0.1 s"):
            attempt()
    holder.kill()
    holder.communicate()


def test_readers_of_several_processes_do_not_wait_for_each_other(store: Store) -> None:
    reader = start(HOLD, store.path, "read", 30)
    assert reader.stdout is not None
    reader.stdout.readline()
    hurried = Store(store.path, read_only=False, wait_s=0)
    assert hurried.list_runs() == []
    with pytest.raises(StoreError, match=f"in use by process {reader.pid}"):
        hurried.start_run("rank", MADE_WITH)
    reader.kill()
    reader.communicate()


def test_a_kill_inside_a_transaction_leaves_the_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "kept.duckdb"
    process = start(KILLED, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "inside\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    store = open_store(path)
    assert store.counts().cases == 50
    assert store.search_cases(CaseFilter(case_id="lost")).total == 0
    (run,) = store.list_runs()
    assert run.status == "running"
    assert store.fail_lost_runs() == [run.run_id]
    assert store.read_run(run.run_id).status == "failed"
    store.save_cases([Case("after")], run_id=run.run_id)
    assert store.counts().cases == 51


def test_threads_of_one_process_take_turns(store: Store, run_id: int) -> None:
    def work(number: int) -> int:
        own = open_store(store.path, wait_s=60)
        own.save_cases([Case(f"t{number}")], run_id=run_id)
        own.save_rankings([ranking_of(f"t{number}")], run_id=run_id)
        return len(own.rankings_of_case(f"t{number}")) + len(store.list_runs())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(10))) == [2] * 10
    assert store.counts().cases == 10


def test_a_thread_does_not_wait_for_ever_for_another(store: Store) -> None:
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            inside.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(10)
    with pytest.raises(StoreError, match=r"another part of this process, waited 0\.05 s"):
        Store(store.path, read_only=False, wait_s=0.05).list_runs()
    done.set()
    thread.join()


FORKED = """
import os, sys, threading
from genecaller.store import Provenance, open_store
store = open_store(sys.argv[1])
inside, done = threading.Event(), threading.Event()
def hold():
    with store.snapshot():
        inside.set()
        done.wait(30)
thread = threading.Thread(target=hold)
thread.start()
inside.wait(10)
child = os.fork()
if child == 0:
    # The thread that holds the turn is not here; its turn must not be either.
    os._exit(0 if store.list_runs() == [] else 3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
done.set()
thread.join()
"""


def test_a_forked_child_has_turns_of_its_own(store: Store) -> None:
    assert end(start(FORKED, store.path)) == "0\n"


def test_a_connection_opened_by_other_means_is_waited_for_and_named(store: Store) -> None:
    with (
        duckdb.connect(store.path),
        pytest.raises(StoreError, match="another connection of this process"),
    ):
        Store(store.path, read_only=False, wait_s=0.05).list_runs()


def test_no_connection_stays_open(store: Store, run_id: int) -> None:
    store.save_cases([full_case()], run_id=run_id)
    store.read_cases()
    assert gate(store.path)._session is None
    assert end(start(HOLD, store.path, "write", 0)) == "held\n"


def test_a_transaction_is_kept_whole_or_not_at_all(store: Store, run_id: int) -> None:
    def break_off() -> None:
        with store.transaction():
            store.save_cases([full_case()], run_id=run_id)
            assert store.read_case("case 1").version == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert store.case_history("case 1") == []
    with store.transaction():
        store.save_cases([full_case()], run_id=run_id)
        store.save_rankings([ranking_of("case 1")], run_id=run_id)
    assert len(store.rankings_of_case("case 1")) == 1


def test_a_failed_step_cannot_be_passed_over(store: Store, run_id: int) -> None:
    def pass_over() -> None:
        with store.transaction():
            store.save_cases([full_case()], run_id=run_id)
            with contextlib.suppress(StoreError):
                store.save_rankings([ranking_of("nobody")], run_id=run_id)

    with pytest.raises(StoreError, match="nothing of it was kept"):
        pass_over()
    assert store.case_history("case 1") == []


def test_writing_while_reading_in_one_thread_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="while this thread reads"), store.snapshot():
        store.start_run("rank", MADE_WITH)


def test_read_only_reads_and_makes_nothing(store: Store, run_id: int, tmp_path: Path) -> None:
    reader = open_store(store.path, read_only=True)
    assert reader.read_run(run_id).model == "smol"
    with pytest.raises(StoreError, match="opened read-only"):
        reader.start_run("rank", MADE_WITH)
    missing = tmp_path / "missing.duckdb"
    with pytest.raises(StoreError, match="no such file; rank a case first"):
        open_store(missing, read_only=True)
    assert not missing.exists()


def test_a_file_that_vanishes_is_made_anew(store: Store, run_id: int) -> None:
    reader = open_store(store.path, read_only=True)
    store.path.unlink()
    with pytest.raises(StoreError, match="no such file"):
        reader.list_runs()
    assert store.list_runs() == []
    assert store.start_run("rank", MADE_WITH) == 1


def test_the_journal_of_a_vanished_file_is_moved_aside(store: Store, run_id: int) -> None:
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute('CREATE TABLE left_behind (i INTEGER)').fetchall(); os.kill(os.getpid(), 9)"
    )
    start(code, store.path).communicate(timeout=60)
    journal = store.path.with_name(store.path.name + ".wal")
    assert journal.exists()
    store.path.unlink()
    assert open_store(store.path).list_runs() == []
    assert journal.with_name(journal.name + ".orphan").exists()


def test_what_a_killed_maker_left_behind_is_cleared_away(tmp_path: Path) -> None:
    # Under the lock it can be no other process's, still at work.
    left, others = tmp_path / ".kept.duckdb.abc.making", tmp_path / ".other.duckdb.abc.making"
    for folder in (left, others):
        folder.mkdir()
        (folder / "new.duckdb").touch()
    open_store(tmp_path / "kept.duckdb")
    assert not left.exists()
    assert others.exists()


def test_waiting_ends_as_soon_as_the_file_is_free(
    store: Store, holder: subprocess.Popen[str]
) -> None:
    begun = time.monotonic()
    store.list_runs()
    waited = time.monotonic() - begun
    holder.kill()
    holder.communicate()
    # Not the patience of ten seconds: the holder lets go after two.
    assert waited < store.wait_s
