"""`genecaller knowledge`: which HPO release is in use, and another one in its place."""

from __future__ import annotations

import json

import click

from genecaller.cli.terminal import knowledge_in_use, steps


@click.group()
def command() -> None:
    """Show or update the HPO release in use."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def show(as_json: bool) -> None:
    """Say release, counts, what of its files was left out, and where it lies."""
    from ontology.genes import gene_names

    knowledge = knowledge_in_use()
    facts = {
        "release": knowledge.release,
        "schema": knowledge.schema,
        **knowledge.counts,
        "gene_names": len(gene_names()),
        "path": str(knowledge.path),
    }
    problems = list(knowledge.annotations.problems)
    if as_json:
        click.echo(json.dumps({**facts, "problems": problems}))
        return
    for name, value in facts.items():
        shown = f"{value:,}" if isinstance(value, int) and name != "schema" else value
        click.echo(f"{name.replace('_', ' '):22}{shown}")
    for problem in problems:
        click.echo(f"note: {problem}")


@command.command()
@click.argument("version")
@click.option("--source", metavar="URL", help="A mirror: URL/VERSION/ with a SHA256SUMS file.")
@click.option("--allow-unchecked", is_flag=True, help="Accept files without a published checksum.")
@click.option("--force", is_flag=True, help="Take a release that loses terms, diseases or genes.")
def update(version: str, source: str | None, allow_unchecked: bool, force: bool) -> None:
    """Fetch an official release by VERSION (2025-05-06, latest) and put it to use.

    VERSION "bundled" returns to the release that is installed with the project. What is in use
    stays in use until the new release is complete, checked and compiled. A release that has lost
    more than a few percent of the terms, diseases, genes or their pairs is refused.
    """
    from ontology.knowledge import bundled_source, install, load_knowledge
    from ontology.update import release_in_use
    from ontology.update import update as fetch

    with steps("Updating the knowledge") as progress:
        old = release_in_use(progress)
        if version == "bundled":
            folder = install(bundled_source(), progress)
        else:
            folder = fetch(
                version, progress, source=source, allow_unchecked=allow_unchecked, force=force
            )
    new = load_knowledge(folder)
    click.echo(f"now in use: {folder.name} ({folder})")
    before = old.counts if old else {}
    for name, value in new.counts.items():
        was = "" if name not in before else f"  (was {before[name]:,})"
        click.echo(f"{name.replace('_', ' '):22}{value:,}{was}")
    for problem in new.annotations.problems:
        click.echo(f"note: {problem}")
