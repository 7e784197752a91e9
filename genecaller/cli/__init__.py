"""The command line: one small file a command, loaded only when it is called."""

from __future__ import annotations

import importlib
import os
import sys

import click

from genecaller import __version__
from genecaller.errors import GenecallerError

COMMANDS = {
    "rank": "Rank the genes of one case, rankers and model side by side.",
    "score": "Rank many cases into a file, with a progress bar; resumable.",
    "normalize": "Find the HPO terms in a text.",
    "evaluate": "Measure rankers on solved cases.",
    "grade": "Run a grader over a file of answers.",
    "split": "Divide solved cases into parts that share no gene, paper or case.",
    "train": "Fine-tune a model by a recipe.",
    "runs": "List what was ranked, scored, evaluated and trained.",
    "app": "Open the web app.",
    "knowledge": "Show or update the HPO release in use.",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"genecaller.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if near:
                raise click.UsageError(
                    f"There is no command {args[0]!r}. Did you mean {near[0]!r}?", ctx
                ) from error
            raise


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Rank the genes that may explain a rare-disease case report.

    Research use only; not a diagnosis. Nothing leaves this machine unless you configure it to.
    """


def main() -> None:
    """Run the command line; errors of ours become one line and exit code 2."""
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("genecaller: stopped", err=True)
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except GenecallerError as error:
        click.echo(f"genecaller: {error}", err=True)
        code = 2
    except BrokenPipeError:
        # The reader of our output went away (`| head`): leave quietly, as other tools do.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 141
    sys.exit(code if isinstance(code, int) else 0)
