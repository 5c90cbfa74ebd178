"""The ``cutaway`` command. Each subcommand is a module of its own, loaded when it is named.

Exit codes: 0 ok, 1 a check failed, 2 wrong usage or unusable data, 3 data missing, 130 interrupted.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from cutaway._version import __version__
from cutaway.errors import CutawayError, CutawayWarning, one_of

COMMANDS = ("train", "compare", "predict", "check", "export", "data", "doctor")
INTERRUPTED = 130


class Commands(click.Group):
    """A group that imports a subcommand only to run it, or to say what it does."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            raise one_of(cmd_name, COMMANDS, name="The command")
        command: click.Command = import_module(f"cutaway.cli.{cmd_name}").command
        return command


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: cutaway train digits. Each command has its own --help.",
)
@click.version_option(__version__, prog_name="cutaway", message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, /) -> int:
    """Train small neural networks and see inside them."""
    return explain_commands(context)


def explain_commands(context: click.Context) -> int:
    """Show what there is to choose from, if no subcommand was named; return the exit code of that."""
    if context.invoked_subcommand is None:
        _complain(context.get_help())
        return 2
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        with warnings.catch_warnings():
            if not debug:
                warnings.showwarning = _warn
            result: Any = cli.main(args=words, prog_name="cutaway", standalone_mode=False, obj=words)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except (BrokenPipeError, SystemExit):  # click leaves in this way, and only then, when it finds the pipe broken
        # whoever read the output has seen enough; the interpreter must not trip over the same pipe when it closes
        sys.stdout = None
        return 0
    except (KeyboardInterrupt, click.Abort):
        _complain("Interrupted; nothing was written.")
        return INTERRUPTED
    except Exception as error:
        if debug:
            raise
        return _explain(error)


def _explain(error: Exception) -> int:
    """Say in a sentence or two what went wrong; return the exit code."""
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        hint = f" Try: {context.command_path} --help" if context is not None else ""
        _complain(f"Error: {error.format_message().rstrip('.')}.{hint}")
        return error.exit_code
    if isinstance(error, CutawayError):
        _complain(f"Error: {error}")
        return error.exit_code
    if isinstance(error, MemoryError):
        _complain("Error: There is not enough memory for this. Try smaller layers, or fewer rows.")
        return 2
    _complain(f"Internal error: {type(error).__name__}: {error}. Run the command again with --debug to see where.")
    return 1


def _warn(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Show a warning that is meant for users; those of other packages are for their developers."""
    if issubclass(category, CutawayWarning):
        _complain(f"Warning: {message}")


def _complain(text: str) -> None:
    click.echo(text, err=True)
