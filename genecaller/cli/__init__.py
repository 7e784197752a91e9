"""The command line: one small file a command, loaded only when it is called."""

from __future__ import annotations

import codecs
import contextlib
import importlib
import io
import os
import resource
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


LEAST_MEMORY = 1_000_000_000
"""Bytes of address space: with less, the database ends the process without a word."""


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
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    if allowed != resource.RLIM_INFINITY and allowed < LEAST_MEMORY:
        raise GenecallerError(
            f"this process may take {allowed // 1_000_000:,} MB of memory (ulimit -v), and needs "
            f"{LEAST_MEMORY // 1_000_000:,} MB; raise the limit"
        )


def main() -> None:
    """Run the command line; whatever goes wrong becomes one line and exit code 2."""
    print_anything()
    try:
        code = cli.main(standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()  # a full disk or a closed pipe shows here, not after we are gone
    except click.exceptions.Abort:
        code = _say("stopped", 130)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except GenecallerError as error:
        code = _say(str(error))
    except (BrokenPipeError, SystemExit) as error:
        # The reader of our output went away (`| head`): leave quietly, as other tools do. Click
        # leaves with 1 then, which would say that cases failed.
        gone = isinstance(error, BrokenPipeError)
        if not gone and not type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            raise
        code = 141
        _drop_output()
    except (OSError, MemoryError, RecursionError, ImportError, UnicodeError, EOFError) as error:
        code = _say(_told(error))
        _drop_output()
    _leave(code if isinstance(code, int) else 0)


def print_anything() -> None:
    r"""Let output hold any character: what the terminal's encoding lacks is written as \uXXXX.

    These are JSON's own escapes, so that lines of JSON stay JSON in a terminal of ASCII alone.
    """
    codecs.register_error("genecaller", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="genecaller")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    codes = (units[i : i + 2].hex() for i in range(0, len(units), 2))
    return "".join(f"\\u{code}" for code in codes), error.end


def _told(error: Exception) -> str:
    """One line for what went wrong outside of us: the disk, the memory, the system."""
    shortage = ("annot allocate memory", "failed to map segment")
    if isinstance(error, MemoryError) or any(words in str(error) for words in shortage):
        return "there is not enough memory for this; give it more (ulimit -v), or fewer cases"
    if isinstance(error, ImportError):
        return f"a part of the installation is missing or damaged ({error}); install it again"
    if isinstance(error, OSError) and error.strerror:
        named = f"{error.filename}: " if error.filename is not None else ""
        return f"{named}{error.strerror}"
    if isinstance(error, UnicodeError):
        return f"a name or a text holds what is no Unicode ({error}); rename it"
    return f"{type(error).__name__}: {error}"


def _say(message: str, code: int = 2) -> int:
    with contextlib.suppress(OSError):
        click.echo(f"genecaller: {message}", err=True)
    return code


def _drop_output() -> None:
    """Send what is still waiting to be printed nowhere: it cannot be written."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _leave(code: int) -> None:
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    sys.exit(code)
