"""A progress bar on standard error for work over many cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from genecaller.cli.terminal import error_console


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar with count, time and time left; the block calls what it is given with each advance."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=error_console()) as progress:
        task = progress.add_task(what, total=total)
        yield lambda n: progress.advance(task, n)
