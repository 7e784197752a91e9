"""The options that several commands share: which rankers, which model, where the store is."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


class FilePath(click.Path):
    """The path of a file that is made or continued: no folder, and nothing that only passes by."""

    name = "file"

    def __init__(self) -> None:
        super().__init__(path_type=Path, dir_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        shown = repr(str(value)[:200])
        try:
            path = Path(value).expanduser()
            str(path).encode()
            mode = path.stat().st_mode
        except FileNotFoundError:
            return super().convert(value, param, ctx)
        except UnicodeError:
            self.fail(f"{shown} is no UTF-8; choose another name", param, ctx)
        except RuntimeError:
            self.fail(f"{shown}: there is no user of this name", param, ctx)
        except (OSError, ValueError) as error:
            self.fail(f"{shown}: {getattr(error, 'strerror', None) or error}", param, ctx)
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            self.fail(f"{shown} is a pipe or device, not a file; give a file", param, ctx)
        return super().convert(value, param, ctx)


DATABASE = click.option(
    "--database",
    type=FilePath(),
    help="The DuckDB file that keeps everything.  [default: in the project's folder for data]",
)


def ranker_option(default: tuple[str, ...]) -> Callable[[Command], Command]:
    """`--ranker NAME`, as often as wanted."""
    return click.option(
        "--ranker",
        "rankers",
        multiple=True,
        default=default,
        show_default=True,
        metavar="NAME",
        help="A classical ranker, 'default' (the best of them), or 'model'; may be repeated.",
    )


def model_options(command: Command) -> Command:
    """`--model`, `--adapter`, `--prompt`, `--decoding`: what stands behind `--ranker model`."""
    for option in (
        click.option(
            "--decoding",
            type=click.Choice(["greedy", "held", "vote"]),
            default="held",
            show_default=True,
            help="How the model answers: freely; held to real genes; a vote of five such answers.",
        ),
        click.option(
            "--prompt",
            "form",
            type=click.Choice(["open", "hybrid"]),
            default="hybrid",
            show_default=True,
            help="Whether the model is offered the best classical ranker's candidates.",
        ),
        click.option(
            "--adapter",
            default="promoted",
            show_default=True,
            metavar="PATH",
            help="A PEFT adapter's folder, 'none', or the one that was promoted after training.",
        ),
        click.option(
            "--model",
            "model",
            default="default",
            show_default=True,
            metavar="ID|PATH",
            help="A Hugging Face causal language model; the default is SmolLM2-135M-Instruct.",
        ),
    ):
        command = option(command)
    return command
