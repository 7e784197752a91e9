"""Live progress of a run on the terminal: one bar, the latest figures, and warnings above it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from training.loop.stages import describe_entry

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def live_progress(console: Console) -> Iterator[Any]:
    """A function to hand to `train(progress=...)`; the bar is gone when the block ends.

    Where the console is no terminal, every entry is one plain line instead.
    """
    if not console.is_terminal:
        yield lambda entry: _print(console, entry)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("preparing", total=1, figures="")

        def told(entry: Mapping[str, Any]) -> None:
            kind, line = entry.get("kind"), describe_entry(entry)
            if kind in ("warmup", "round"):
                name, done = ("warm-up", "step") if kind == "warmup" else ("policy", "round")
                figures = (line or "").split(": ", 1)[-1]
                bars.update(
                    task,
                    description=name,
                    completed=entry[done],
                    total=entry["of"],
                    figures=figures,
                )
            elif line is not None:
                bars.console.print(line, markup=False, highlight=False)

        yield told


@contextmanager
def plain_progress() -> Iterator[Any]:
    """The same without rich, one line an entry: for borrowed machines."""

    def told(entry: Mapping[str, Any]) -> None:
        line = describe_entry(entry)
        if line is not None:
            print(line, flush=True)

    yield told


def _print(console: Console, entry: Mapping[str, Any]) -> None:
    line = describe_entry(entry)
    if line is not None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
