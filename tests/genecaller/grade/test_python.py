import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from genecaller.grade.python import PythonGrader, network_namespace

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
    import sys

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        inside = subprocess.run(
            [*network_namespace(), sys.executable, "-c", code], capture_output=True, check=False
        )
        assert inside.returncode != 0
        outside = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert outside.returncode == 0


def test_a_large_row_and_an_item_that_is_no_json(made: list[PythonGrader]) -> None:
    assert run(made, "return len(sample['output_text'])", "x" * 3_000_000) == 3_000_000.0
    grade = made[-1].grade("x", {"gene": object()})
    assert grade.score is None
    assert "cannot be handed" in str(grade.problem)
    assert json.dumps(grade.problem)
