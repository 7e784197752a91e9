"""`genecaller normalize`: a text in, its HPO mentions out."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genecaller.cli.terminal import knowledge_in_use, output_console

if TYPE_CHECKING:
    from genecaller.cases.case import Case
    from genecaller.cases.files.case_file import CaseFile


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default="-")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "colour", "phenopacket"]),
    default="jsonl",
    show_default=True,
    help="JSON lines; the text coloured by status; or a GA4GH phenopacket, a list of several.",
)
def command(file: Path, form: str) -> None:
    """Find the HPO terms in the text of FILE, or of standard input (-).

    One JSON object a mention: start, end, text, hpo_id, label, status (present, excluded,
    uncertain, family), and why it matched. Offsets are code points into the decoded text. Where
    the text numbers several patients, case_id says whose a mention is. What was left out, and
    why, is told on standard error.
    """
    from genecaller.cases.mention_output import as_json_lines, as_phenopackets, coloured
    from genecaller.cases.read import report_text
    from genecaller.cases.readers.text import cases_of_patients, patients_in

    source = _source(file)
    text, problems = report_text(source)
    knowledge = knowledge_in_use()
    patients = patients_in(text, knowledge, Path(source.file_name).stem)
    cases = cases_of_patients(text, patients, knowledge)
    for problem in dict.fromkeys((*problems, *_told(cases))):
        click.echo(f"{source.name}: {problem}", err=True)
    mentions = [mention for patient in patients for mention in patient.mentions]
    if form == "phenopacket":
        click.echo(as_phenopackets(cases, knowledge))
    elif form == "colour":
        output_console().print(coloured(text, mentions))
    else:
        for patient in patients:
            for line in as_json_lines(patient.mentions, patient.case_id):
                click.echo(line)


def _told(cases: tuple[Case, ...]) -> Iterator[str]:
    """What the cases of a text have to tell; with several, what concerns one names it."""
    shared = set.intersection(*(set(case.problems) for case in cases))
    for case in cases:
        for problem in case.problems:
            alone = len(cases) == 1 or problem in shared
            yield problem if alone else f"{case.id}: {problem}"


def _source(file: Path) -> CaseFile:
    """The file, or standard input, as the readers see it."""
    from genecaller.cases.files.case_file import MAX_RECORD_BYTES, CaseFile, file_on_disk
    from genecaller.errors import UsageError

    if str(file) != "-":
        return file_on_disk(file)
    if sys.stdin is None:
        raise UsageError("standard input is closed; give a text file, or a text through a pipe")
    data = sys.stdin.buffer.read(MAX_RECORD_BYTES + 1)
    return CaseFile("standard input", "standard-input", lambda: io.BytesIO(data))
