"""`genecaller normalize`: a text in, its HPO mentions out."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genecaller.cli.terminal import knowledge_in_use, output_console

if TYPE_CHECKING:
    from genecaller.cases.file import CaseFile


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default="-")
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "colour", "phenopacket"]),
    default="jsonl",
    show_default=True,
    help="JSON lines; the text coloured by status; or a GA4GH phenopacket of the patient.",
)
def command(file: Path, form: str) -> None:
    """Find the HPO terms in the text of FILE, or of standard input (-).

    One JSON object a mention: start, end, text, hpo_id, label, status (present, excluded,
    uncertain, family), and why it matched. Offsets are code points into the decoded text.
    """
    from genecaller.cases.read import report_text
    from genecaller.normalise import as_json_lines, as_phenopacket, coloured
    from ontology.recognise import recogniser_for

    source = _source(file)
    text, problems = report_text(source)
    for problem in problems:
        click.echo(f"{source.name}: {problem}", err=True)
    knowledge = knowledge_in_use()
    if form == "phenopacket":
        packet = as_phenopacket(text, knowledge, Path(source.file_name).stem)
        click.echo(json.dumps(packet, ensure_ascii=False, indent=2))
        return
    mentions = recogniser_for(knowledge).recognise(text)
    if form == "colour":
        output_console().print(coloured(text, mentions))
        return
    for line in as_json_lines(mentions):
        click.echo(line)


def _source(file: Path) -> CaseFile:
    """The file, or standard input, as the readers see it."""
    from genecaller.cases.file import MAX_RECORD_BYTES, CaseFile, file_on_disk
    from genecaller.errors import UsageError

    if str(file) != "-":
        return file_on_disk(file)
    if sys.stdin is None:
        raise UsageError("standard input is closed; give a text file, or a text through a pipe")
    data = sys.stdin.buffer.read(MAX_RECORD_BYTES + 1)
    return CaseFile("standard input", "standard-input", lambda: io.BytesIO(data))
