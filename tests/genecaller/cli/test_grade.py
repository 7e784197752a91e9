import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from genecaller.cli.grade import command
from genecaller.errors import UsageError


def write(folder: Path, rows: list[dict[str, object]], grader: str) -> list[str]:
    (folder / "answers.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "grader.toml").write_text(grader)
    return [str(folder / "answers.jsonl"), str(folder / "grader.toml")]


ROWS: list[dict[str, object]] = [
    {"gene": "TSC2", "output_text": "1. TSC2 - tubers"},
    {"gene": "TSC2", "output_text": "1. TSC1 - x\n2. TSC2 - y"},
    {"gene": "TSC2", "output_text": "no idea"},
]


def run(arguments: list[str]) -> tuple[int, str, str]:
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return int(result.return_value), result.stdout, result.stderr


def test_the_report_shows_mean_histogram_and_parts(tmp_path: Path) -> None:
    spec = (
        'type = "multi"\nname = "reward"\ncalculate_output = "rank"\n'
        '[graders.rank]\ntype = "gene_rank"\n[graders.form]\ntype = "format"\n'
    )
    code, out, err = run(write(tmp_path, ROWS, spec))
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "reward: 3 answers"
    assert lines[1] == "mean 0.567"
    assert "  rank 0.567" in lines
    assert sum(line.endswith("█" * 40) for line in lines) == 3
    assert "failed" not in err


def test_failed_rows_are_listed_and_give_exit_code_one(tmp_path: Path) -> None:
    arguments = write(tmp_path, [*ROWS, {"output_text": "1. TSC2"}], 'type = "gene_rank"')
    code, out, err = run([*arguments, "--json"])
    record = json.loads(out)
    assert (code, record["n"], record["failed"]) == (1, 4, 1)
    assert [row["score"] for row in record["rows"]] == [1.0, 0.7, 0.0, None]
    assert "line 4: the item has no item.gene" in err


def test_a_wrong_grader_is_refused_before_anything_is_graded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'gene_rank'"):
        run(write(tmp_path, ROWS, 'type = "gene_rnk"'))
