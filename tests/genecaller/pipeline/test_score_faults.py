"""Two at once, odd names, full disks and kills: every case stands once, in output and store."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from genecaller.cases import Case
from genecaller.errors import UsageError
from genecaller.pipeline.score_cases import score_cases
from genecaller.ranking import Ranking
from genecaller.store import open_store
from tests.genecaller.alphabet import FORMS, Alphabet, cases, table, whole


class Twice(Alphabet):
    """Calls for the same output a second time, from within the first."""

    def __init__(self, out: Path) -> None:
        super().__init__()
        self.out = out
        self.said = ""

    def rank(self, cases: Sequence[Case]) -> list[Ranking]:
        with pytest.raises(UsageError) as refused:
            score_cases(cases, [Alphabet()], self.out)
        self.said = str(refused.value)
        return super().rank(cases)


@pytest.mark.parametrize("form", FORMS)
def test_a_second_run_on_one_output_is_refused_at_once(tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    source = Twice(out)
    score_cases(cases(3), [source], out)
    assert source.said == (
        f"{out}: another `score` is writing to it; wait for it to end, or choose another output"
    )
    assert table(out) == whole(3)
    assert os.listdir(tmp_path) == [out.name]


def test_what_a_killed_process_left_behind_blocks_nothing(tmp_path: Path) -> None:
    """Its lock file, the folder of a half-written table, and a line that was cut off."""
    out = tmp_path / "out.csv"

    class Look(Alphabet):
        left: tuple[str, ...] = ()

        def rank(self, cases: Sequence[Case]) -> list[Ranking]:
            self.left = tuple(name for name in os.listdir(tmp_path) if name.endswith(".lock"))
            return super().rank(cases)

    source = Look()
    score_cases(cases(2), [source], out)
    (lock,) = source.left
    out.unlink()
    (tmp_path / lock).write_text("")
    writing = tmp_path / lock.replace(".score.lock", ".writing")
    writing.mkdir()
    (writing / "table").write_text("half a ro")
    (tmp_path / "out.csv.partial.jsonl").write_text('{"case_id": "case 0", "ran')
    score_cases(cases(2), [Alphabet()], out)
    assert table(out) == whole(2)
    assert os.listdir(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["a[1]", "*", "?", "run[0-9]*", "it's", "back\\slash[x]"])
def test_an_output_s_name_is_no_pattern(tmp_path: Path, name: str, form: str) -> None:
    folder = tmp_path / f"in {name}"
    folder.mkdir()
    for other in ("a1", "b", "run7"):
        (folder / f"{other}.{form}.partial.jsonl").write_text('{"case_id": "not mine"}\n')
    out = folder / f"{name}.{form}"
    score_cases(cases(3), [Alphabet()], out)
    assert table(out) == whole(3)
    assert (folder / f"a1.{form}.partial.jsonl").read_text() == '{"case_id": "not mine"}\n'
    assert score_cases(cases(3), [Alphabet()], out).already_done == 3


@pytest.mark.parametrize("form", FORMS)
def test_only_the_owner_can_read_what_is_written(tmp_path: Path, form: str) -> None:
    out = tmp_path / f"out.{form}"
    score_cases(cases(1), [Alphabet()], out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@contextmanager
def no_room_after(n_bytes: int) -> Iterator[None]:
    """Let every file of this process end after so many bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("room", [0, 1, 500, 4_000, 9_000])
def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path, form: str, room: int) -> None:
    out = tmp_path / f"out.{form}"
    with no_room_after(room), pytest.raises(UsageError) as told:
        score_cases(cases(60), [Alphabet()], out)
    assert str(told.value).startswith(f"{out}: cannot be written (")
    assert "the same command goes on from there" in str(told.value)
    left = set(os.listdir(tmp_path))
    assert left <= {out.name if form == "jsonl" else f"{out.name}.partial.jsonl"}
    for name in left:
        assert all(json.loads(line) for line in (tmp_path / name).read_text().splitlines())
    summary = score_cases(cases(60), [Alphabet()], out)
    assert summary.written + summary.already_done == 60
    assert table(out) == whole(60)
    assert os.listdir(tmp_path) == [out.name]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A file system of so many kB, mounted for the test alone."""
    mounted: list[Path] = []

    def mount(kilobytes: int) -> Path:
        folder = tmp_path / "disk"
        folder.mkdir()
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder],
            capture_output=True,
        )
        if made.returncode:
            pytest.skip(f"cannot mount a small disk here: {made.stderr.decode().strip()}")
        mounted.append(folder)
        return folder

    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    yield mount
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("room", [4, 24, 36, 44])
def test_a_full_disk_loses_nothing(small_disk: Callable[[int], Path], form: str, room: int) -> None:
    disk = small_disk(room)
    out = disk / f"out.{form}"
    with pytest.raises(UsageError, match=r"cannot be written .*the same command goes on"):
        score_cases(cases(120), [Alphabet()], out)
    assert set(os.listdir(disk)) <= {out.name, f"{out.name}.partial.jsonl"}
    subprocess.run(["mount", "-o", "remount,size=1m", disk], check=True)
    summary = score_cases(cases(120), [Alphabet()], out)
    assert summary.written + summary.already_done == 120
    assert table(out) == whole(120)
    assert os.listdir(disk) == [out.name]


KILLED = """
import os, signal, sys
from pathlib import Path
from genecaller.pipeline.score_cases import score_cases
from genecaller.pipeline.ranking_keeper import Keeper
from genecaller.store import open_store
from tests.genecaller.alphabet import Alphabet, cases
import genecaller.pipeline.score_cases, genecaller.pipeline.results_writer
import genecaller.pipeline.results_table
out, store, moment = Path(sys.argv[1]), open_store(sys.argv[2]), sys.argv[3]
genecaller.pipeline.results_writer.MOST_UNWRITTEN = 10
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
source = Alphabet(top=5)
keeper = Keeper(store, source.provenance, {"output": str(out)})
kept = 0
def keep(some, rankings):
    global kept
    keeper.keep(some, rankings)
    kept += 1
    if moment == "kept" and kept == 2: die()
if moment == "table": os.replace = die
if moment == "lines": Path.unlink = die
score_cases(cases(40), [source], out, at_once=10, keep=keep)
keeper.finish(0)
"""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("moment", ["kept", "table", "lines"])
def test_a_killed_process_is_gone_on_with(tmp_path: Path, form: str, moment: str) -> None:
    """Killed between store and output, before the table is in place, and before its lines go."""
    out, database = tmp_path / f"out.{form}", tmp_path / "store.duckdb"

    def run(when: str) -> int:
        code = [sys.executable, "-c", KILLED, str(out), str(database), when]
        return subprocess.run(code, cwd=Path(__file__).parents[3], check=False).returncode

    killed = run(moment)
    assert killed == (0 if form == "jsonl" and moment == "table" else -signal.SIGKILL)
    assert run("never") == 0
    assert table(out) == whole(40)
    assert run("never") == 0
    assert table(out) == whole(40)
    store = open_store(database)
    (run_of_all,) = store.list_runs()
    assert run_of_all.status == "succeeded"
    stored = store.rankings_of_run(run_of_all.run_id)
    assert sorted(one.ranking.case_id for one in stored) == sorted(f"case {i}" for i in range(40))
