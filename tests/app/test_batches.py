"""A batch is ranked by a process of its own, and tells what it could not read."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from app import batch_worker
from app.batches import Batch, Status, new_batch, read_batch, remove, start, stop
from app.processes import alone, holder_of, is_held
from genecaller.cases import Case
from genecaller.errors import UsageError
from genecaller.pipeline.sources import ClassicalSource
from genecaller.rankers import make_ranker
from genecaller.ranking import Ranking
from genecaller.store import open_store
from ontology.knowledge import Knowledge
from tests.app.conftest import view


class Upload:
    def __init__(self, name: str, content: str) -> None:
        self.name = name
        self.content = content.encode()

    def getvalue(self) -> bytes:
        return self.content


def finished(folder: Path) -> Batch:
    for _ in range(1500):
        batch = read_batch(folder)
        if batch is not None and batch.status in ("done", "failed", "stopped", "died"):
            return batch
        time.sleep(0.2)
    pytest.fail(f"the batch did not end: {(folder / 'log.txt').read_text()}")


def test_a_batch_outlives_its_page_and_tells_of_failures(own_home: Path) -> None:
    lines = [
        json.dumps({"id": f"b{i}", "terms": [{"hpo_id": "HP:0009717", "label": "Cortical tubers"}]})
        for i in range(3)
    ]
    batch = new_batch(Upload("../../evil name.jsonl", "\n".join([*lines, '{"id": '])), "sum")
    assert batch.input.parent == batch.folder / "input"
    done = finished(batch.folder)
    assert (done.status, done.written, len(done.failures)) == ("done", 3, 1)
    assert "line 4" in done.failures[0]
    assert str(own_home) not in done.failures[0]
    app = view("batch")
    assert any("3 cases ranked, 1 failed" in m.value for m in app.markdown)


def test_a_batch_that_cannot_be_read_says_why(own_home: Path) -> None:
    done = finished(new_batch(Upload("x.zip", "no zip"), "sum").folder)
    assert done.status == "failed"
    assert "x.zip" in str(done.message)


def until_let_go(folder: Path) -> None:
    for _ in range(1500):
        if not is_held(folder):
            return
        time.sleep(0.02)
    pytest.fail("the process did not let go of the folder")


def one_case(case_id: str) -> str:
    terms = [{"hpo_id": "HP:0009717", "label": "Cortical tubers"}]
    return json.dumps({"id": case_id, "terms": terms}) + "\n"


def test_a_batch_that_is_killed_while_it_starts_is_seen_as_dead(own_home: Path) -> None:
    batch = new_batch(Upload("cases.jsonl", one_case("b0")), "sum")
    # Its process holds the lock before Python has begun in it.
    pid = holder_of(batch.folder)
    assert pid
    begun = read_batch(batch.folder)
    assert begun is not None
    assert begun.status == "starting"
    assert start(begun) == begun
    remove(begun)
    assert begun.input.is_file()
    os.kill(pid, signal.SIGKILL)
    until_let_go(batch.folder)
    dead = read_batch(batch.folder)
    assert dead is not None
    assert (dead.status, dead.message) == ("died", "its process ended without a word (killed?)")
    start(dead)
    assert finished(batch.folder).status == "done"
    remove(dead)
    assert not batch.folder.exists()
    remove(dead)


def test_a_batch_that_is_stopped_while_it_starts_has_stopped(own_home: Path) -> None:
    batch = new_batch(Upload("cases.jsonl", one_case("b0")), "sum")
    stop(batch)
    until_let_go(batch.folder)
    stopped = read_batch(batch.folder)
    assert stopped is not None
    assert stopped.status == "stopped"
    start(stopped)
    assert finished(batch.folder).status == "done"


@pytest.mark.parametrize("status", ["starting", "running"])
def test_a_batch_is_alive_as_long_as_its_lock_is_held(
    status: Status, own_home: Path, tmp_path: Path
) -> None:
    """Not as long as some process has the number that its own once had."""
    folder = tmp_path / "one"
    folder.mkdir()
    Batch(folder, "cases.jsonl", "now", "sum", status=status).save()
    (folder / "lock").write_text(str(os.getpid()))
    assert status_of(folder) == "died"
    with alone(folder):
        assert status_of(folder) == status
        assert holder_of(folder) == os.getpid()
    assert status_of(folder) == "died"
    # A record of an earlier version names the process, and is read all the same.
    record = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps({**record, "pid": os.getpid()}))
    assert status_of(folder) == "died"


def status_of(folder: Path) -> str:
    batch = read_batch(folder)
    assert batch is not None
    return batch.status


def test_only_the_owner_reads_a_batch(own_home: Path) -> None:
    before = os.umask(0)
    try:
        batch = new_batch(Upload("cases.jsonl", one_case("b0")), "sum")
        assert finished(batch.folder).status == "done"
    finally:
        os.umask(before)
    assert stat.S_IMODE((own_home / "batches").stat().st_mode) == 0o700
    for path in (batch.folder, batch.input.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for name in ("state.json", "log.txt", "lock", "input/cases.jsonl"):
        assert stat.S_IMODE((batch.folder / name).stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="only root may mount")
def test_a_batch_for_which_there_is_no_room_says_so(own_home: Path) -> None:
    batches = own_home / "batches"
    batches.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(batches)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        with pytest.raises(UsageError, match=r"the file cannot be kept \(No space left"):
            new_batch(Upload("cases.jsonl", one_case("b0") * 5000), "sum")
        assert list(batches.iterdir()) == []
    finally:
        subprocess.run(["umount", str(batches)], check=True)


def test_what_a_batch_ranked_before_a_stop_is_in_the_library(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = own_home / "batches" / "one"
    batch = Batch(folder, "cases.jsonl", "now", "sum")
    batch.input.parent.mkdir(parents=True)
    terms = [{"hpo_id": "HP:0009717", "label": "Cortical tubers"}]
    lines = [json.dumps({"id": f"b{i}", "terms": terms}) for i in range(3)]
    batch.input.write_text("\n".join(lines) + "\n")
    batch.save()

    def stopping(names: list[str], knowledge: Knowledge, *rest: object) -> list[ClassicalSource]:
        ranker = make_ranker(names[0], knowledge)
        source = ClassicalSource(ranker, knowledge, batch_worker.TOP)
        ranked = iter(range(2))

        def rank(cases: Sequence[Case]) -> list[Ranking]:
            if next(ranked, None) is None:
                raise KeyboardInterrupt
            return ClassicalSource.rank(source, cases)

        monkeypatch.setattr(source, "rank", rank)
        return [source]

    monkeypatch.setattr(batch_worker, "open_sources", stopping)
    monkeypatch.setattr(batch_worker, "BATCH", 1)
    batch_worker.work(folder)
    stopped = read_batch(folder)
    assert stopped is not None
    assert (stopped.status, stopped.written) == ("stopped", 2)
    assert open_store().counts().cases == 2
    monkeypatch.undo()
    monkeypatch.setenv("GENECALLER_HOME", str(own_home))
    batch_worker.work(folder)
    done = read_batch(folder)
    assert done is not None
    assert (done.status, done.written) == ("done", 3)
    assert open_store().counts().cases == 3
