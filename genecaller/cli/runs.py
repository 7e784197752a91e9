"""`genecaller runs`: what was ranked, scored, evaluated and trained."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from genecaller.cli.choices import DATABASE
from genecaller.cli.terminal import output_console

KINDS = ("rank", "score", "evaluate", "train", "import", "curate")


@click.group(invoke_without_command=True)
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="May be repeated.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a run.")
@DATABASE
@click.pass_context
def command(
    context: click.Context, kinds: tuple[str, ...], limit: int, as_json: bool, database: Path | None
) -> None:
    """List what was ranked, scored, evaluated and trained, newest first."""
    context.obj = database
    if context.invoked_subcommand is not None:
        return
    from genecaller.errors import StoreError
    from genecaller.store import open_store

    try:
        store = open_store(database)
        store.fail_lost_runs()
    except StoreError:
        # A store that may only be read can still be listed.
        store = open_store(database, read_only=True)
    runs = store.list_runs(kinds=kinds, limit=limit)  # type: ignore[arg-type]
    if as_json:
        for run in runs:
            click.echo(json.dumps(asdict(run), default=str))
        return
    if not runs:
        click.echo("Nothing has been kept yet: `genecaller rank CASE` makes the first run.")
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("run", "kind", "status", "started (UTC)", "knowledge", "model", "title"):
        table.add_column(heading)
    for run in runs:
        model = "+".join(filter(None, (run.model, run.adapter)))
        started = run.started.strftime("%Y-%m-%d %H:%M:%S") if run.started else ""
        table.add_row(
            str(run.run_id),
            run.kind,
            run.status,
            started,
            run.knowledge or "",
            model,
            run.title or run.message or "",
        )
    output_console().print(table)


@command.command()
@click.argument("run_id", type=click.IntRange(1, 2**31 - 1))
@click.pass_obj
def show(database: Path | None, run_id: int) -> None:
    """Draw a training run: its curves, warnings and adapter; or tell what a run was."""
    from genecaller.store import open_store
    from training.runlog.run_summary import show_run

    click.echo(show_run(open_store(database), run_id))


@command.command()
@click.argument("adapter_id", type=click.IntRange(1, 2**31 - 1))
@click.option("--force", is_flag=True, help="Even where it is not better beyond chance.")
@click.option("--who", help="Whose decision it is.")
@click.pass_obj
def promote(database: Path | None, adapter_id: int, force: bool, who: str | None) -> None:
    """Make a trained adapter the default of rank, score and the app.

    Only one that beat the present default beyond chance on validation, unless forced.
    """
    from genecaller.store import open_store
    from training.workflows.promote import promote as decide

    click.echo(decide(adapter_id, force=force, who=who, store=open_store(database)))
