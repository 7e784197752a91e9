from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from genecaller.errors import StoreError
from genecaller.store import Event, Store
from genecaller.store.database_lock import gate
from genecaller.store.runs import FOLLOWS, RunStatus
from tests.genecaller.store.conftest import MADE_WITH, full_case, ranking_of


def test_a_run_keeps_its_provenance_and_arguments(store: Store) -> None:
    begun = datetime.now(UTC)
    run_id = store.start_run(
        "score",
        MADE_WITH,
        arguments={"top": 50, "rankers": ["default"], "none": None},
        title="clinic",
        parent_run=None,
        total=8385,
    )
    run = store.read_run(run_id)
    assert run.provenance == MADE_WITH
    assert run.arguments == {"top": 50, "rankers": ["default"], "none": None}
    assert (run.kind, run.status, run.title, run.total) == ("score", "running", "clinic", 8385)
    assert run.started == run.created
    assert begun <= run.created <= begun + timedelta(minutes=5)
    assert (run.pid, run.finished, run.requested) == (os.getpid(), None, None)


def test_the_block_of_a_run_says_how_it_ended(store: Store) -> None:
    with store.run("rank", MADE_WITH) as done:
        pass
    assert store.read_run(done).status == "succeeded"
    assert store.read_run(done).finished is not None

    def broken(error: BaseException) -> None:
        with store.run("rank", MADE_WITH):
            raise error

    for error, status, message in (
        (StoreError("the disk is full"), "failed", "the disk is full"),
        (ValueError("Mrs Smith, 51"), "failed", "ValueError"),
        (KeyboardInterrupt(), "cancelled", "interrupted"),
    ):
        with pytest.raises(type(error)):
            broken(error)
        run = store.list_runs(limit=1)[0]
        assert (run.status, run.message) == (status, message)
    with store.run("train", MADE_WITH) as paused:
        store.set_run_status(paused, "paused")
    assert store.read_run(paused).status == "paused"
    assert store.read_run(paused).finished is None


def test_a_run_follows_its_course(store: Store) -> None:
    reach: dict[RunStatus, list[RunStatus]] = {
        "queued": [],
        "running": ["running"],
        "paused": ["running", "paused"],
        "failed": ["running", "failed"],
        "cancelled": ["cancelled"],
        "succeeded": ["running", "succeeded"],
    }
    for before, way in reach.items():
        for after in FOLLOWS:
            with store.transaction():
                run_id = store.start_run("train", MADE_WITH, queued=True)
                for step in way:
                    store.set_run_status(run_id, step)
            if after in FOLLOWS[before]:
                store.set_run_status(run_id, after)
                assert store.read_run(run_id).status == after
            else:
                with pytest.raises(StoreError, match=f"run {run_id} is {before}:"):
                    store.set_run_status(run_id, after)


def test_a_run_taken_up_again_keeps_its_start_and_drops_its_failure(store: Store) -> None:
    run_id = store.start_run("train", MADE_WITH)
    first = store.read_run(run_id)
    store.set_run_status(run_id, "failed", message="killed")
    assert store.read_run(run_id).pid is None
    store.set_run_status(run_id, "running")
    again = store.read_run(run_id)
    assert (again.started, again.message, again.finished) == (first.started, None, None)
    assert again.pid == os.getpid()


def test_progress_brings_back_what_a_person_asked(store: Store) -> None:
    run_id = store.start_run("score", MADE_WITH)
    assert store.report_progress(run_id, 10, 100) is None
    store.request_stop(run_id, "pause")
    assert store.report_progress(run_id, 20) == "pause"
    run = store.read_run(run_id)
    assert (run.done, run.total, run.requested) == (20, 100, "pause")
    assert run.heartbeat is not None
    store.set_run_status(run_id, "paused")
    store.set_run_status(run_id, "running")
    assert store.report_progress(run_id, 21) is None
    store.set_run_status(run_id, "succeeded")
    store.request_stop(run_id)
    assert store.read_run(run_id).requested is None


def test_runs_whose_process_is_gone_are_found(store: Store) -> None:
    code = (
        "import sys; from genecaller.store import Provenance, open_store;"
        "print(open_store(sys.argv[1]).start_run('train', Provenance('k')))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(store.path)], capture_output=True, text=True, check=True
    ).stdout
    alive = store.start_run("train", MADE_WITH)
    queued = store.start_run("train", MADE_WITH, queued=True)
    assert store.fail_lost_runs() == [int(out)]
    assert store.fail_lost_runs() == []
    assert store.read_run(int(out)).message == "its process ended without a word (killed?)"
    assert store.read_run(alive).status == "running"
    assert store.read_run(queued).status == "queued"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_run_whose_number_another_process_has_now_is_found(store: Store) -> None:
    """After a restart of the machine the numbers of processes begin anew."""
    run_id = store.start_run("train", MADE_WITH)
    with gate(store.path).writing(1.0) as session:
        session.execute("UPDATE runs SET started = started - INTERVAL 3 DAY").fetchall()
    assert store.fail_lost_runs() == [run_id]
    again = store.start_run("train", MADE_WITH)
    assert store.fail_lost_runs() == []
    assert store.read_run(again).status == "running"


def test_work_begun_again_takes_up_its_unfinished_run(store: Store) -> None:
    """Rankings that were stored before a kill stand once after the work was done again."""

    def begin(key: str, **changes: object) -> int:
        made_with = replace(MADE_WITH, **changes)  # type: ignore[arg-type]
        return store.resume_run("score", made_with, resume_key=key)

    first = begin("/out/a.jsonl")
    store.save_cases([full_case("a"), full_case("b")], run_id=first)
    store.save_rankings([ranking_of("a")], run_id=first)
    assert begin("/out/a.jsonl", code_version="0.1.0+newer") == first
    assert store.read_run(first).status == "running"
    store.save_cases([full_case("a"), full_case("b")], run_id=first)
    store.save_rankings([ranking_of("a"), ranking_of("b")], run_id=first)
    assert len(store.rankings_of_run(first)) == 2
    store.set_run_status(first, "cancelled", message="stopped")
    assert begin("/out/a.jsonl") == first
    # Another output, another release or other weights are other work.
    others = [
        begin("/out/b.jsonl"),
        begin("/out/a.jsonl", knowledge="2026-01-01/s1"),
        begin("/out/a.jsonl", adapter=None),
    ]
    assert len({first, *others}) == 4
    # What is finished is not taken up again.
    store.set_run_status(first, "succeeded")
    assert begin("/out/a.jsonl") not in {first, *others}


def test_runs_are_listed_newest_first_by_kind_and_status(store: Store) -> None:
    ids = [store.start_run(kind, MADE_WITH) for kind in ("rank", "train", "train", "score")]
    store.set_run_status(ids[1], "failed")
    assert [run.run_id for run in store.list_runs()] == ids[::-1]
    assert [run.run_id for run in store.list_runs(kinds=["train"])] == [ids[2], ids[1]]
    assert [run.run_id for run in store.list_runs(kinds=["train"], statuses=["failed"])] == [ids[1]]
    assert [run.run_id for run in store.list_runs(limit=2, offset=1)] == [ids[2], ids[1]]
    assert store.list_runs(kinds=["import"]) == []


def test_events_come_back_in_order(store: Store, run_id: int) -> None:
    store.add_events(run_id, [Event("started", "read 3 cases"), Event("failed", "x", "error")])
    store.add_events(run_id, [Event("kl", "KL runs away", "warning", 12, "c1", {"kl": 9.5})])
    store.add_events(run_id, [])
    events = store.read_events(run_id)
    assert [event.event for event in events] == ["started", "failed", "kl"]
    assert (events[2].step, events[2].case_id, events[2].detail) == (12, "c1", {"kl": 9.5})
    assert events[0].detail is None
    levels = [event.level for event in store.read_events(run_id, levels=["warning", "error"])]
    assert levels == ["error", "warning"]


def test_what_cannot_be_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="run kind 'dance' is none of rank"):
        store.start_run("dance", MADE_WITH)  # type: ignore[arg-type]
    for action in (
        lambda: store.read_run(5),
        lambda: store.set_run_status(5, "failed"),
        lambda: store.report_progress(5, 1),
        lambda: store.request_stop(5),
        lambda: store.add_events(5, [Event("a", "b")]),
    ):
        with pytest.raises(StoreError, match="no run 5"):
            action()
