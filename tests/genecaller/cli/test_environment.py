"""The command line where its surroundings fail it: homes, terminals, pipes, disks, memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ontology.data_dir import home
from ontology.errors import GenecallerError
from ontology.knowledge import Knowledge

CASE = '{"id": "caf\u00e9 \U0001f600 \u2013", "terms": ["HP:0009717", "HP:0001250"]}\n'


def run(
    *words: object, cwd: Path, stdout: int | None = subprocess.PIPE, shell: str = "", **env: str
) -> subprocess.CompletedProcess[bytes]:
    """The command as a shell runs it; `shell` is set before it ("ulimit -v 1000")."""
    command = [sys.executable, "-m", "genecaller", *map(str, words)]
    if shell:
        command = ["bash", "-c", f'{shell}; exec "$@"', "bash", *command]
    root = str(Path(__file__).parents[3])
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, **env},
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[bytes]) -> str:
    """What the command said when it refused: one line on standard error, exit code 2."""
    told = done.stderr.decode()
    assert done.returncode == 2, told
    assert "Traceback" not in told
    (line,) = [line for line in told.splitlines() if line and not line.startswith(("Usage", "Try"))]
    return line


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ("~no-such-user-here/x", "there is no user of this name"),
        ("/tmp/" + "x" * 5000, "File name too long"),
        ("/tmp" + "/x" * 3000, "File name too long"),
        ("/dev/null", "is a file, not a folder"),
        ("/dev/null/x", "Not a directory"),
        ("/tmp/\0x", "embedded null byte"),
    ],
)
def test_a_home_that_is_none(chosen: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The environment itself cannot hold a zero byte: the mapping is replaced.
    monkeypatch.setattr("ontology.data_dir.os.environ", {"GENECALLER_HOME": chosen})
    with pytest.raises(GenecallerError, match=said) as caught:
        home()
    assert str(caught.value).startswith("GENECALLER_HOME=")
    assert len(str(caught.value)) < 400


def test_no_home_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENECALLER_HOME")
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *a, **k: "~/.local/share/genecaller")
    with pytest.raises(GenecallerError, match="no home folder is known for this user"):
        home()


def test_a_home_that_is_none_is_one_line_of_every_command(tmp_path: Path) -> None:
    done = run("knowledge", "show", cwd=tmp_path, GENECALLER_HOME="~no-such-user-here/x")
    assert "there is no user of this name; set GENECALLER_HOME" in one_line(done)
    done = run("runs", cwd=tmp_path, GENECALLER_HOME="/dev/null")
    assert "is a file, not a folder" in one_line(done)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_lines_of_json_are_json_in_every_encoding(
    encoding: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    (tmp_path / "x.jsonl").write_text(CASE, encoding="utf-8")
    arguments = ("rank", "x.jsonl", "--ranker", "sum", "--top", 1, "--database", "x.duckdb")
    done = run(*arguments, "--json", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    written = "utf-8" if encoding == "ascii" else encoding  # click takes ascii for a slip
    assert json.loads(done.stdout.decode(written))["case_id"] == "caf\u00e9 \U0001f600 \u2013"


def test_a_table_in_a_terminal_of_ascii(tmp_path: Path, knowledge: Knowledge) -> None:
    (tmp_path / "x.jsonl").write_text(CASE, encoding="utf-8")
    done = run(
        *("rank", "x.jsonl", "--ranker", "sum", "--top", 1, "--database", "x.duckdb"),
        cwd=tmp_path,
        LC_ALL="C",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
        PYTHONIOENCODING="",
    )
    assert done.returncode == 0, done.stderr
    assert b"caf\\u00e9 \\ud83d\\ude00 \\u2013" in done.stdout


def test_a_name_that_is_no_utf_8_through_rank_and_score(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    name = os.fsdecode(b"caf\xe9.json")
    (tmp_path / name).write_text('{"terms": ["HP:0009717"]}')
    done = run(
        *("rank", name, "--ranker", "sum", "--top", 1, "--json", "--database", "x.duckdb"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["case_id"] == r"caf\xe9.json"
    done = run(
        *("score", name, "--ranker", "sum", "-o", "out.csv", "--database", "x.duckdb"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert r"caf\xe9.json" in (tmp_path / "out.csv").read_text()


def test_pipes_and_devices_are_no_files(tmp_path: Path) -> None:
    for name in ("pipe.duckdb", "pipe.jsonl"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "x.jsonl").write_text(CASE, encoding="utf-8")
    database = ("--database", tmp_path / "pipe.duckdb")
    assert "is a pipe or device, not a file" in one_line(
        run("rank", "x.jsonl", *database, cwd=tmp_path)
    )
    assert "is a pipe or device, not a file" in one_line(
        run("score", "x.jsonl", "-o", "pipe.jsonl", cwd=tmp_path)
    )
    assert "there is no user of this name" in one_line(
        run("runs", "--database", "~no-such-user-here/x", cwd=tmp_path)
    )
    assert "File name too long" in one_line(run("runs", "--database", "x" * 300, cwd=tmp_path))
    assert "is a named pipe, not a file" in one_line(run("normalize", "pipe.jsonl", cwd=tmp_path))
    assert "is a device, not a file" in one_line(run("normalize", "/dev/zero", cwd=tmp_path))


def test_standard_input_that_is_closed(tmp_path: Path) -> None:
    done = run("normalize", "-", cwd=tmp_path, shell="exec <&-")
    assert "standard input is closed" in one_line(done)


@pytest.mark.parametrize("words", [("--help",), ("knowledge", "show")])
def test_a_reader_that_goes_away(
    words: tuple[str, ...], tmp_path: Path, knowledge: Knowledge
) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run(*words, cwd=tmp_path, stdout=write)
    os.close(write)
    assert done.returncode == 141
    assert done.stderr == b""


def test_a_full_disk_behind_standard_output(tmp_path: Path, knowledge: Knowledge) -> None:
    with open("/dev/full", "wb") as full:
        done = run("knowledge", "show", cwd=tmp_path, stdout=full.fileno())
    assert one_line(done) == "genecaller: No space left on device"


def test_too_little_memory(tmp_path: Path) -> None:
    done = run("runs", cwd=tmp_path, shell="ulimit -v 500000")
    assert one_line(done) == (
        "genecaller: this process may take 512 MB of memory (ulimit -v), and needs 1,000 MB; "
        "raise the limit"
    )
    assert run("--help", cwd=tmp_path, shell="ulimit -v 500000").returncode == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"##fileformat=VCFv4.2\n#CHROM\tPOS\n", "a VCF file of variants"),
        (b"{\\rtf1 seizures}", "an RTF document"),
        (b'{"id": "a", "terms": []}', "is JSON, not the text of a report"),
        (b"id,hpo_ids\na,HP:0001250\n", "is a table, not the text of a report"),
    ],
)
def test_normalize_reads_reports_alone(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    assert said in one_line(run("normalize", "x.csv", cwd=tmp_path))
