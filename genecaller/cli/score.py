"""`genecaller score`: many cases into one file, resumable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from genecaller.cli.choices import DATABASE, FilePath, model_options, ranker_option
from genecaller.cli.progress import bar
from genecaller.cli.terminal import knowledge_in_use, list_failures, list_notes

if TYPE_CHECKING:
    from genecaller.cases import Case
    from genecaller.errors import CaseError
    from genecaller.llm import Decoding
    from genecaller.llm.prompt import Form
    from ontology.knowledge import Knowledge

LONGEST_WAIT_S = 120.0
"""For the store, while other processes write to it."""


@click.command()
@click.argument(
    "inputs", metavar="CASES...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@ranker_option(("default",))
@click.option(
    "-o",
    "--output",
    required=True,
    type=FilePath(),
    help="Where to: .jsonl, .parquet or .csv.",
)
@click.option("--top", type=click.IntRange(1), default=50, show_default=True, help="Genes a case.")
@click.option(
    "--weights",
    type=click.Choice(["full", "held-out"]),
    default="full",
    show_default=True,
    help="Of a trained ranker: held-out ranks a solved case by those that never saw its gene.",
)
@click.option("--overwrite", is_flag=True, help="Begin anew instead of going on where OUTPUT ends.")
@model_options
@DATABASE
def command(
    inputs: tuple[Path, ...],
    rankers: tuple[str, ...],
    output: Path,
    top: int,
    weights: str,
    overwrite: bool,
    model: str,
    adapter: str,
    form: str,
    decoding: str,
    database: Path | None,
) -> int:
    """Rank the genes of many CASES: files, folders or zips of phenopackets, JSONL, tables, text.

    Stopped at any moment, the same command goes on where it was. Everything is kept in the
    store as well. Exit code 1: some cases failed; they are listed, all others are written.
    A case without a finding to rank by is such a failure. To measure a ranker by `evaluate
    --results` on solved cases, score them with --weights held-out.
    """
    from genecaller.cases.read import count_cases
    from genecaller.errors import StoreError, UsageError
    from genecaller.pipeline.ranking_keeper import Keeper
    from genecaller.pipeline.score_cases import score_cases
    from genecaller.pipeline.sources import ModelChoice, open_sources
    from genecaller.store import open_store

    for path in inputs:
        if output.exists() and path.exists() and output.samefile(path):
            raise UsageError(f"{output}: is one of the inputs; give the output another name")
    knowledge = knowledge_in_use()
    # Nobody waits before a screen here, and what is not kept now will not be kept later.
    store = open_store(database, wait_s=LONGEST_WAIT_S)
    sources = open_sources(
        rankers,
        knowledge,
        ModelChoice(model, adapter, cast("Form", form), cast("Decoding", decoding)),
        top,
        store,
        held_out=weights == "held-out",
    )
    counts = [count_cases(path) for path in inputs]
    total = sum(n for n in counts if n is not None) if None not in counts else None
    arguments = {
        "rankers": [source.name for source in sources],
        "top": top,
        "weights": weights,
        "output": str(output.resolve()),
    }
    keeper = Keeper(store, sources[0].provenance, arguments, anew=overwrite)
    try:
        with bar("Ranking cases", total) as advance:
            summary = score_cases(
                _read(inputs, knowledge),
                sources,
                output,
                overwrite=overwrite,
                advance=advance,
                keep=keeper.keep,
            )
    except BaseException:
        keeper.stop()
        raise
    try:
        keeper.finish(len(summary.failures))
    except StoreError as error:
        summary.failures.append(f"the scores are in {output}, but not all in the store: {error}")
    list_notes(summary.notes)
    done = f", {summary.already_done:,} were there already" if summary.already_done else ""
    click.echo(f"{summary.written:,} cases written to {output}{done}", err=True)
    return list_failures(summary.failures)


def _read(inputs: Sequence[Path], knowledge: Knowledge) -> Iterator[Case | CaseError]:
    from genecaller.cases.read import read_cases

    for path in inputs:
        yield from read_cases(path, knowledge)
