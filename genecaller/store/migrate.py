"""Numbered SQL migrations: each applied once, in a transaction, with the time and the code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from genecaller.errors import StoreError
from genecaller.store.conversions import utc_now
from genecaller.store.provenance import code_version

if TYPE_CHECKING:
    from genecaller.store.session import Session

_LEDGER = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version INTEGER PRIMARY KEY,
        name VARCHAR NOT NULL,
        applied TIMESTAMP NOT NULL,
        code_version VARCHAR NOT NULL
    )
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of migrations/: "0002_evaluations.sql" has version 2 and name "evaluations"."""

    version: int
    name: str
    sql: str


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations this code knows, in order, numbered from 1 without a gap."""
    found = []
    for entry in files("genecaller.store").joinpath("migrations").iterdir():
        number, _, name = entry.name.removesuffix(".sql").partition("_")
        if entry.name.endswith(".sql"):
            found.append(Migration(int(number), name, entry.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.version)
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise StoreError(
            f"the migrations are numbered {[m.version for m in found]}, expected 1, 2, 3, ...: "
            "install genecaller anew"
        )
    return tuple(found)


def pending(connection: Session, path: Path) -> tuple[Migration, ...]:
    """The migrations that this database still lacks.

    Raises StoreError where it was written by newer code, or is somebody else's database.
    """
    names = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    if "schema_migrations" not in names:
        if names:
            shown = ", ".join(sorted(names)[:3]) + (", ..." if len(names) > 3 else "")
            raise StoreError(
                f"{path}: is a DuckDB database of something else (it holds {shown}); "
                "give another path"
            )
        return migrations()
    rows = connection.execute(
        "SELECT version, code_version FROM schema_migrations ORDER BY version"
    ).fetchall()
    version, written_by = rows[-1] if rows else (0, None)
    known = migrations()
    if version > len(known):
        raise StoreError(
            f"{path}: was written by a newer genecaller ({written_by}, schema {version}); "
            f"this one is {code_version()} and knows schema {len(known)}: "
            "update genecaller, or give another path"
        )
    return known[version:]


def migrate(connection: Session, path: Path) -> tuple[Migration, ...]:
    """Apply what is pending, each migration in a transaction of its own; returns those applied."""
    todo = pending(connection, path)
    for migration in todo:
        connection.begin()
        try:
            connection.execute(_LEDGER).fetchall()
            connection.execute(migration.sql).fetchall()
            connection.execute(
                "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)",
                [migration.version, migration.name, utc_now(), code_version()],
            ).fetchall()
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
    return todo
