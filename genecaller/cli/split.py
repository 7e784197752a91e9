"""`genecaller split`: solved cases into train, validation and test that share nothing."""

from __future__ import annotations

from pathlib import Path

import click

from genecaller.cli.choices import FilePath
from genecaller.cli.terminal import knowledge_in_use, list_failures, output_console, steps

MOST = 100_000_000


@click.command()
@click.argument(
    "inputs", metavar="CASES...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("-o", "--output", type=FilePath(), help="Write the manifest here.")
@click.option(
    "--audit",
    "manifest_path",
    type=click.Path(path_type=Path),
    help="Check this manifest against the cases instead; overlaps are printed and refused.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@click.option("--train", type=click.IntRange(0, MOST), default=1100, show_default=True)
@click.option("--validation", type=click.IntRange(0, MOST), default=200, show_default=True)
@click.option("--test", type=click.IntRange(0, MOST), default=200, show_default=True)
@click.option("--everything", is_flag=True, help="All solved cases, in these proportions.")
@click.option("--per-gene", type=click.IntRange(1, MOST), help="At most so many cases of any gene.")
def command(
    inputs: tuple[Path, ...],
    output: Path | None,
    manifest_path: Path | None,
    seed: int,
    train: int,
    validation: int,
    test: int,
    everything: bool,
    per_gene: int | None,
) -> int:
    """Split solved CASES so that no gene, publication or (near-)duplicate case is shared.

    The same seed gives the same split. Exit code 1: an audit found an overlap, or some cases
    could not be read.
    """
    from genecaller.cases import Case
    from genecaller.cases.read import read_cases
    from genecaller.errors import UsageError
    from training.data.sources import with_own_ids
    from training.data.split import SplitOptions, split_cases
    from training.data.split_manifest import audit, make_manifest, read_manifest, write_manifest
    from training.data.split_report import audit_sentences, render_split

    if (output is None) == (manifest_path is None):
        raise UsageError("say either --output MANIFEST to split, or --audit MANIFEST to check one")
    knowledge = knowledge_in_use()
    read: list[tuple[Path, Case]] = []
    failures: list[str] = []
    with steps("Reading cases") as progress:
        for path in inputs:
            progress(str(path))
            for case in read_cases(path, knowledge):
                if isinstance(case, Case):
                    read.append((path, case))
                else:
                    failures.append(str(case))
    cases: list[Case] = []
    for own, warning in with_own_ids(read):
        if own is not None:
            cases.append(own)
        if warning is not None:
            click.echo(f"note: {warning}", err=True)
    if manifest_path is not None:
        found = audit(read_manifest(manifest_path), cases, knowledge)
        for sentence in audit_sentences(found):
            click.echo(sentence)
        return 1 if found.overlaps else list_failures(failures)
    options = SplitOptions(
        seed=seed,
        train=train,
        validation=validation,
        test=test,
        everything=everything,
        per_gene=per_gene,
    )
    manifest = make_manifest(split_cases(cases, options), cases, knowledge)
    found = audit(manifest, cases, knowledge)
    assert output is not None
    write_manifest(manifest, output)
    console = output_console()
    for part in render_split(manifest, found):
        console.print(part)
    click.echo(f"Manifest written to {output}")
    return list_failures(failures)
