"""What the commands share on the terminal: progress on standard error, and the knowledge."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from ontology.knowledge import Knowledge


def error_console() -> Console:
    """A console on standard error, so that standard output holds results alone."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def output_console() -> Console:
    """A console on standard output, wide enough for tables where it is a file or a pipe.

    Raises BrokenPipeError where nobody reads it any more, as all other output does.
    """
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    console = Output(highlight=False)
    return console if console.is_terminal else Output(highlight=False, width=120)


@contextmanager
def steps(what: str) -> Iterator[Callable[[str], None]]:
    """Show a spinner with the current step on a terminal, one line a step elsewhere.

    Nothing is shown before the first step, so work that turns out to be cached stays quiet.
    """
    console = error_console()
    if not console.is_terminal:
        yield lambda step: print(f"{what}: {step}", file=sys.stderr, flush=True)
        return
    status = console.status(what)
    started = False

    def show(step: str) -> None:
        nonlocal started
        status.update(f"{what}: {step}")
        if not started:
            status.start()
            started = True

    try:
        yield show
    finally:
        if started:
            status.stop()


def knowledge_in_use() -> Knowledge:
    """The compiled knowledge, with the steps shown where it must be compiled first."""
    from ontology.knowledge import open_knowledge

    with steps("Compiling the HPO knowledge (once)") as progress:
        return open_knowledge(progress)


def list_failures(failures: list[str], most: int = 20) -> int:
    """Print what failed, at most `most` of it, on standard error; the exit code that follows."""
    for failure in failures[:most]:
        print(f"failed: {failure}", file=sys.stderr)
    if len(failures) > most:
        print(f"failed: and {len(failures) - most} more", file=sys.stderr)
    return 1 if failures else 0


def list_notes(notes: Sequence[str], most: int = 20) -> None:
    """Print what was read otherwise than it was written, at most `most`, on standard error."""
    for note in notes[:most]:
        print(f"note: {note}", file=sys.stderr)
    if len(notes) > most:
        print(f"note: and {len(notes) - most} more", file=sys.stderr)


def warn(warnings: Sequence[str]) -> None:
    """Print on standard error what must not be overlooked."""
    for warning in warnings:
        print(f"WARNING: {warning}", file=sys.stderr)
