"""`genecaller score`: many cases into one file, resumable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from genecaller.cli.choices import DATABASE, FilePath, model_options, ranker_option
from genecaller.cli.progress import bar
from genecaller.cli.terminal import knowledge_in_use, list_failures

if TYPE_CHECKING:
    from genecaller.cases import Case
    from genecaller.errors import CaseError
    from genecaller.model import Decoding
    from genecaller.prompt import Form
    from ontology.knowledge import Knowledge


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
@click.option("--overwrite", is_flag=True, help="Begin anew instead of going on where OUTPUT ends.")
@model_options
@DATABASE
def command(
    inputs: tuple[Path, ...],
    rankers: tuple[str, ...],
    output: Path,
    top: int,
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
    """
    from genecaller.cases.read import count_cases
    from genecaller.errors import StoreError
    from genecaller.rank import ModelChoice, open_sources
    from genecaller.score import score_cases
    from genecaller.score_keeper import Keeper
    from genecaller.store import open_store

    knowledge = knowledge_in_use()
    store = open_store(database)
    sources = open_sources(
        rankers,
        knowledge,
        ModelChoice(model, adapter, cast("Form", form), cast("Decoding", decoding)),
        top,
        store,
    )
    counts = [count_cases(path) for path in inputs]
    total = sum(n for n in counts if n is not None) if None not in counts else None
    keeper = Keeper(store, sources[0].provenance, {"rankers": list(rankers), "top": top})
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
    done = f", {summary.already_done:,} were there already" if summary.already_done else ""
    click.echo(f"{summary.written:,} cases written to {output}{done}", err=True)
    return list_failures(summary.failures)


def _read(inputs: Sequence[Path], knowledge: Knowledge) -> Iterator[Case | CaseError]:
    from genecaller.cases.read import read_cases

    for path in inputs:
        yield from read_cases(path, knowledge)
