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
    """Say release, counts, and where it lies."""
    from ontology.genes import gene_names

    knowledge = knowledge_in_use()
    hpo, annotations = knowledge.hpo, knowledge.annotations
    facts = {
        "release": knowledge.release,
        "schema": knowledge.schema,
        "terms": len(hpo),
        "synonyms": sum(map(len, hpo.synonyms)),
        "old_ids": len(hpo.alternative_ids) + len(hpo.replaced_ids),
        "diseases": len(annotations.disease_ids),
        "annotations": len(annotations.term),
        "excluded_annotations": int(annotations.negated.sum()),
        "publications": len(annotations.cited_publications),
        "genes_with_disease": len(annotations.gene_symbols),
        "gene_disease_pairs": len(annotations.pair_gene),
        "gene_names": len(gene_names()),
        "path": str(knowledge.path),
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    for name, value in facts.items():
        shown = f"{value:,}" if isinstance(value, int) and name != "schema" else value
        click.echo(f"{name.replace('_', ' '):22}{shown}")


@command.command()
@click.argument("version")
@click.option("--source", metavar="URL", help="A mirror: URL/VERSION/ with a SHA256SUMS file.")
@click.option("--allow-unchecked", is_flag=True, help="Accept files without a published checksum.")
def update(version: str, source: str | None, allow_unchecked: bool) -> None:
    """Fetch an official release by VERSION (2025-05-06, latest) and put it to use.

    VERSION "bundled" returns to the release that is installed with the project. What is in use
    stays in use until the new release is complete, checked and compiled.
    """
    from ontology.knowledge import bundled_source, install
    from ontology.update import update as fetch

    with steps("Updating the knowledge") as progress:
        if version == "bundled":
            folder = install(bundled_source(), progress)
        else:
            folder = fetch(version, progress, source=source, allow_unchecked=allow_unchecked)
    click.echo(f"now in use: {folder.name} ({folder})")
