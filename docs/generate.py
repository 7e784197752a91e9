"""Writes the generated parts of docs/reference.md: `make docs`; CI checks that they are current."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import click


def commands() -> str:
    """The help of every command, as the terminal shows it at 96 columns."""
    from genecaller.cli import cli

    return "\n".join(_help(cli, "genecaller", None))


def _help(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent, max_content_width=96)
    context.terminal_width = 96
    yield f"### {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            if found is not None and not found.hidden:
                yield from _help(found, child, context)


def schema() -> str:
    """The tables of a new store, with the columns in their order."""
    import duckdb

    from genecaller.store import open_store

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.duckdb"
        open_store(path)
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute(
                "SELECT table_name, column_name, data_type, is_nullable = 'YES' "
                "FROM information_schema.columns WHERE table_schema = 'main' "
                "ORDER BY table_name, ordinal_position"
            ).fetchall()
    tables: dict[str, list[str]] = {}
    for table, column, kind, nullable in rows:
        tables.setdefault(table, []).append(
            f"| `{column}` | {kind} | {'yes' if nullable else ''} |"
        )
    return "\n".join(
        f"### {table}\n\n| column | type | may be null |\n|---|---|---|\n" + "\n".join(lines) + "\n"
        for table, lines in tables.items()
    )
