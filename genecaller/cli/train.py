"""`genecaller train`: fine-tune a model by a recipe, or go on with one that was stopped."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from genecaller.cli.choices import DATABASE
from genecaller.cli.terminal import output_console


@click.command()
@click.argument("recipe")
@click.option("--output", help="The run's folder.  [default: named after the recipe]")
@click.option("--no-resume", is_flag=True, help="Begin anew in a folder of its own.")
@click.option("--prepare-only", is_flag=True, help="Make and screen the data, train nothing.")
@click.option(
    "--new-cases",
    type=click.Path(path_type=Path),
    help="Newly solved cases: retrain from the promoted adapter, the split kept.",
)
@click.option("--afresh", is_flag=True, help="With --new-cases: begin with a new adapter.")
@DATABASE
def command(
    recipe: str,
    output: str | None,
    no_resume: bool,
    prepare_only: bool,
    new_cases: Path | None,
    afresh: bool,
    database: Path | None,
) -> int:
    """Fine-tune a model by RECIPE: a TOML file, or a shipped recipe (smoke, cpu, gpu).

    Screening, warm-up, PPO, validation beside the classical rankers, registration. Stopped at any
    moment, the same command goes on. Nothing is promoted by it (see `genecaller runs promote`),
    except with --new-cases, and then only what is better beyond chance on test cases.

    A recipe with a python grader runs that code: run recipes of people you trust. Exit code 130:
    the run was cancelled.
    """
    from genecaller.store import open_store
    from training.recipe import load_recipe
    from training.runlog.progress_display import live_progress
    from training.workflows.retrain import retrain
    from training.workflows.run import prepare_run, train

    chosen = load_recipe(recipe)
    if output:
        chosen = dataclasses.replace(chosen, output=output)
    if prepare_only:
        click.echo(str(prepare_run(chosen, step=lambda text: click.echo(text, err=True))))
        return 0
    store = open_store(database)
    with live_progress(output_console()) as progress:
        if new_cases is not None:
            retrained = retrain(chosen, new_cases, afresh=afresh, progress=progress, store=store)
            result = retrained.result
            outcome = "promoted" if retrained.promoted else "not promoted"
        else:
            result = train(chosen, resume=not no_resume, progress=progress, store=store)
    click.echo(f"{result.state}: {result.folder}")
    if new_cases is not None:
        click.echo(f"{outcome}: {retrained.reason}")
    return 130 if result.state == "cancelled" else 0
