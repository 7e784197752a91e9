import json
import platform
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genecaller.graders.python import PythonGrader, network_namespace

ITEM = {"gene": "TSC2"}


@pytest.fixture
def made() -> Iterator[list[PythonGrader]]:
    graders: list[PythonGrader] = []
    yield graders
    for grader in graders:
        grader.close()


def run(made: list[PythonGrader], body: str, output: str = "1. TSC2", **limits: float) -> object:
    source = f"def grade(sample, item):\n    {body}"
    made.append(PythonGrader("p", source, **limits))  # type: ignore[arg-type]
    grade = made[-1].grade(output, ITEM)
    return grade.score if grade.score is not None else grade.problem


def test_a_score_comes_back(made: list[PythonGrader]) -> None:
    assert run(made, "return item['gene'] in sample['output_text']") == 1.0
    assert run(made, "return sample['output_json']['x'] / 4", '{"x": 1}') == 0.25
    assert run(made, "return float(sample['output_json'] is None)") == 1.0
    assert run(made, "import numpy; return numpy.mean([0, 1])") == 0.5


def test_what_it_prints_does_not_mix_with_the_score(made: list[PythonGrader]) -> None:
    assert run(made, "print('{\"score\": 9}', flush=True); return 0.5") == 0.5


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("raise ValueError('no')", "it raised ValueError: no"),
        ("raise SystemExit(0)", "SystemExit"),
        ("return 'x'", "expected a number"),
        ("return None", "expected a number"),
        ("return float('nan')", "finite"),
        ("import os; os._exit(0)", "process died"),
        ("x = [0] * 10 ** 10; return 1", "memory"),
        ("import socket; socket.create_connection(('127.0.0.1', 9)); return 1", "socket"),
        ("import os; os.system('true'); return 1", r"os\.system"),
        ("import subprocess; subprocess.run(['true']); return 1", r"subprocess\.Popen"),
        ("import os; os.fork(); return 1", r"os\.fork"),
        ("open('left', 'w'); return 1", "open"),
        ("import os; os.remove('/tmp/none'); return 1", r"os\.remove"),
    ],
)
def test_every_failure_is_a_problem_and_no_score(
    made: list[PythonGrader], body: str, problem: str
) -> None:
    import re

    assert re.search(problem, str(run(made, body)))


def test_a_row_that_takes_too_long_is_ended_and_the_next_goes_on(made: list[PythonGrader]) -> None:
    body = "\n    ".join(["while sample['output_text'] == 'slow':", "    pass", "return 1"])
    assert run(made, body, "slow", seconds=0.5) == "it took longer than 0.5 s and was ended"
    assert made[-1].grade("quick", ITEM).score == 1.0


def test_a_source_that_fails_is_said_for_every_row(made: list[PythonGrader]) -> None:
    grader = PythonGrader("p", "raise KeyError('x')")
    made.append(grader)
    for _ in range(2):
        assert grader.grade("a", ITEM).problem == "its source raised KeyError: 'x'"
    made.append(PythonGrader("p", "x = 1"))
    assert made[-1].grade("a", ITEM).problem == "it defines no grade(sample, item)"


def test_the_users_environment_is_not_handed_on(
    made: list[PythonGrader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    assert run(made, "import os; return 'SECRET_TOKEN' in os.environ") == 0.0


@pytest.mark.skipif(not network_namespace(), reason="the system gives no network namespaces")
def test_beneath_the_audit_hook_there_is_no_network_at_all(tmp_path: Path) -> None:
    import subprocess

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        inside = subprocess.run(
            [*network_namespace(), sys.executable, "-c", code], capture_output=True, check=False
        )
        assert inside.returncode != 0
        outside = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert outside.returncode == 0


# Each of these was used to do harm through the fence that was there before.
NAMED = {
    "delete": ("import os; os.remove({victim!r}); return 1", "os.remove"),
    "unlink by ctypes": ("import ctypes; ctypes.CDLL(None).unlink({raw!r}); return 1", "ctypes"),
    "a command by ctypes": ("import ctypes; return ctypes.CDLL(None).system({run!r})", "ctypes"),
    "pythonapi": ("import ctypes; return ctypes.pythonapi.PyRun_SimpleString(b'1')", "ctypes"),
    "truncate on open": ("import os; os.open({victim!r}, os.O_TRUNC); return 1", "open"),
    "append": ("open({victim!r}, 'a'); return 1", "open"),
    "truncate": ("import os; os.truncate({victim!r}, 0); return 1", "os.truncate"),
    "link": ("import os; os.link({victim!r}, {victim!r} + '2'); return 1", "os.link"),
    "symlink": ("import os; os.symlink({victim!r}, {victim!r} + '2'); return 1", "os.symlink"),
    "rename": ("import os; os.rename({victim!r}, {victim!r} + '2'); return 1", "os.rename"),
    "chmod": ("import os; os.chmod({victim!r}, 0); return 1", "os.chmod"),
    "fork": ("import os; return os.fork()", "os.fork"),
    "forkpty": ("import os; return os.forkpty()[0]", "os.forkpty"),
    "exec": ("import os; os.execv('/bin/sh', ['sh', '-c', {shell!r}]); return 1", "os.exec"),
    "spawn": (
        "import os; return os.posix_spawn('/bin/sh', ['sh', '-c', {shell!r}], {{}})",
        "os.posix_spawn",
    ),
    "fork_exec": (
        "import _posixsubprocess as p; return p.fork_exec(*[None] * 23)",
        "_posixsubprocess.fork_exec",
    ),
    "fifo": ("import os; os.mkfifo({victim!r} + '2'); return 1", "mkfifo"),
    "a database": ("import sqlite3; sqlite3.connect({victim!r} + '2'); return 1", "unable to open"),
    "network": ("import socket; socket.socket(); return 1", "socket"),
    "the parent's descriptors": (
        "import os; return os.open(f'/proc/{{os.getppid()}}/fd/1', os.O_WRONLY)",
        "open",
    ),
    "its own memory": ("open('/proc/self/mem', 'r+b'); return 1", "open"),
    "what others wrote": ("return len(open({victim!r}).read())", "Permission"),
}


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    file = tmp_path / "victim"
    file.write_text("precious")
    file.chmod(0o640)
    return file


def unharmed(victim: Path) -> bool:
    return (
        victim.read_text() == "precious"
        and victim.stat().st_mode & 0o777 == 0o640
        and [file.name for file in victim.parent.iterdir()] == ["victim"]
    )


@pytest.mark.parametrize("attack", NAMED)
def test_a_grader_changes_no_file_and_starts_nothing(
    attack: str, made: list[PythonGrader], victim: Path
) -> None:
    body, problem = NAMED[attack]
    shell = f"touch {victim}2"
    filled = body.format(
        victim=str(victim), raw=str(victim).encode(), run=shell.encode(), shell=shell
    )
    said = run(made, filled)
    if attack == "what others wrote" and "landlock" not in made[-1].layers:
        pytest.skip("the system has no Landlock: files can be read")
    assert problem in str(said)
    assert unharmed(victim)


LINUX = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason="system calls by their numbers on Linux, x86-64",
)
RAW = {
    "unlink": "87, V",
    "open and truncate": "2, V, 0o1000, 0",
    "openat and write": "257, -100, V, 1, 0",
    "openat2": "437, -100, V, None, 0",
    "truncate": "76, V, 0",
    "link": "86, V, V + b'2'",
    "linkat": "265, -100, V, -100, V + b'2', 0",
    "symlink": "88, V, V + b'2'",
    "rename": "82, V, V + b'2'",
    "renameat2": "316, -100, V, -100, V + b'2', 0",
    "mkdir": "83, V + b'2', 0o777",
    "mknod": "133, V + b'2', 0o10666, 0",
    "chmod": "90, V, 0",
    "fchmodat": "268, -100, V, 0, 0",
    "utimensat": "280, -100, V, None, 0",
    "fork": "57",
    "vfork": "58",
    "clone": "56, 17, 0, 0, 0, 0",
    "clone3": "435, None, 0",
    "execve": "59, b'/bin/true', None, None",
    "execveat": "322, -100, b'/bin/true', None, None, 0",
    "kill": "62, os.getppid(), 9",
    "kill everybody": "62, -1, 9",
    "ptrace": "101, 16, os.getppid(), 0, 0",
    "process_vm_writev": "311, os.getppid(), None, 0, None, 0, 0",
    "socket": "41, 2, 1, 0",
    "io_uring": "425, 8, None",
    "memfd": "319, b'x', 0",
    "unshare": "272, 0x10000000",
    "mount": "165, b'x', V, b'tmpfs', 0, None",
    "own signals": "72, 0, 8, os.getppid()",
    "calls of x32": "0x40000057, V",
}
BY_NUMBER = """
import os, sys
def grade(sample, item):
    V, frame = item['victim'].encode(), sys._getframe()
    while 'fence' not in frame.f_locals:
        frame = frame.f_back
    call = frame.f_locals['fence']._LATER[0]._syscall
    return call(39) == os.getpid() and call({call}) == -1
"""


@LINUX
@pytest.mark.parametrize("call", RAW)
def test_beneath_the_audit_hook_the_kernel_refuses_it_too(
    call: str, made: list[PythonGrader], victim: Path
) -> None:
    """The grader takes the fence's own way to the kernel, which no hook watches."""
    made.append(PythonGrader("p", BY_NUMBER.format(call=RAW[call])))
    grade = made[-1].grade("x", {"victim": str(victim)})
    assert (grade.score, grade.problem) == (1.0, None)
    assert {"seccomp", "audit"} <= set(made[-1].layers)
    assert unharmed(victim)


FORGERY = r"""
import os
LINE = b'{"id": "x", "score": 1.0}\n{"score": 1.0}\n'
def everywhere():
    for descriptor in range(256):
        try:
            os.write(descriptor, LINE * 5)
        except OSError:
            pass
def grade(sample, item):
    if sample['output_text'] == 'forge':
        everywhere()
    if sample['output_text'] == 'forge and leave':
        everywhere()
        os._exit(0)
    return 0.25
"""


def test_one_answer_forges_no_grade_of_its_own_nor_of_others(made: list[PythonGrader]) -> None:
    made.append(PythonGrader("p", FORGERY))
    for text in ("forge", "forge and leave"):
        forged = made[-1].grade(text, ITEM)
        assert (forged.score, forged.problem) == (None, "it wrote where its grade alone is written")
        assert [made[-1].grade("honest", ITEM).score for _ in range(3)] == [0.25] * 3
    made.append(PythonGrader("p", f"{FORGERY}\neverywhere()"))
    assert made[-1].grade("honest", ITEM).score is None


def test_what_one_grading_leaves_behind_the_next_does_not_see(made: list[PythonGrader]) -> None:
    body = "\n    ".join(["import builtins, json", "seen = getattr(builtins, 'seen', 0)",
                          "builtins.seen = seen + 1", "json.dumps = lambda *a, **k: '9'",
                          "return float(seen)"])  # fmt: skip
    assert run(made, body) == 0.0
    assert [made[-1].grade("x", ITEM).score for _ in range(3)] == [0.0] * 3


def test_a_database_in_memory_is_no_file(made: list[PythonGrader]) -> None:
    body = "import sqlite3; return sqlite3.connect(':memory:').execute('SELECT 0.5').fetchone()[0]"
    said = run(made, body)
    if "seccomp" not in made[-1].layers:
        pytest.skip("without a kernel that watches, any database is refused")
    assert said == 0.5


def test_threads_run_and_what_it_leaves_running_ends(made: list[PythonGrader]) -> None:
    body = "\n    ".join(["import threading, time", "told = []",
                          "threading.Thread(target=time.sleep, args=(600,)).start()",
                          "one = threading.Thread(target=told.append, args=(0.5,))",
                          "one.start(); one.join(); return told[0]"])  # fmt: skip
    assert run(made, body) == 0.5
    assert made[-1].grade("x", ITEM).score == 0.5


def test_a_large_row_and_an_item_that_is_no_json(made: list[PythonGrader]) -> None:
    assert run(made, "return len(sample['output_text'])", "x" * 3_000_000) == 3_000_000.0
    grade = made[-1].grade("x", {"gene": object()})
    assert grade.score is None
    assert "cannot be handed" in str(grade.problem)
    assert json.dumps(grade.problem)
