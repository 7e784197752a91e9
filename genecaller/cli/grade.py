"""`genecaller grade`: a grader over a file of answers, with a histogram and every part's mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genecaller.cli.progress import bar
from genecaller.cli.terminal import knowledge_in_use, list_failures, output_console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genecaller.graders import GradeReport

_WIDTH = 40


@click.command()
@click.argument("answers", type=click.Path(path_type=Path))
@click.argument("grader", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, every row in it.")
def command(answers: Path, grader: Path, as_json: bool) -> int:
    """Grade every answer of ANSWERS (JSONL, or a JSON array) by GRADER (TOML or JSON).

    A line holds the answer under "output_text" and the item's keys beside it, or messages that
    end with the answer. Exit code 1: the grader failed on some rows, which are listed.
    """
    from genecaller.graders import grade_file, read_grader

    made = read_grader(grader, knowledge_in_use)
    with bar("Grading", None) as advance:
        report = grade_file(answers, made, advance)
    if as_json:
        click.echo(json.dumps(report.as_record(), ensure_ascii=False))
    else:
        console = output_console()
        for line in render(report):
            console.print(line, markup=False)
    failed = [
        f"{report.place(row)}: {row.problem}"
        for row in report.rows
        if row.grade is None or row.grade.failed
    ]
    return list_failures(failed)


def render(report: GradeReport) -> Iterator[str]:
    """The report as lines for a terminal."""
    failed = f", {report.failed} failed" if report.failed else ""
    yield f"{report.grader}: {report.n} answers{failed}"
    if report.mean is None:
        return
    yield f"mean {report.mean:.3f}" + (
        f" ({report.mean_with_failures:.3f} with the failed as 0)" if report.failed else ""
    )
    if report.passed is not None and report.share_passed is not None:
        yield (
            f"passed {report.passed} of {report.n} ({report.share_passed:.1%}) at "
            f"{report.pass_threshold:g} or more"
        )
    for name, mean in report.parts.items():
        if name == "passed" and report.passed is not None:
            continue
        yield f"  {name} {mean:.3f}"
    most = max(one.count for one in report.histogram)
    for one in report.histogram:
        blocks = "█" * round(_WIDTH * one.count / most) or ("▏" if one.count else "")
        yield f"{one.low:>5.2g} to {one.high:<4.2g} {one.count:>6} {blocks}"
