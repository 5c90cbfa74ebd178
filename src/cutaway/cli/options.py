"""Options that are shown in sections, and how their values are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])


class Option(click.Option):
    """An option with the section of the help that it stands in."""

    def __init__(self, *args: Any, section: str = "Other", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class Command(click.Command):
    """A command whose help has its options in sections, in the order in which they were declared."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            line = parameter.get_help_record(ctx)
            if line is not None and isinstance(parameter, click.Option):
                sections.setdefault(getattr(parameter, "section", "Other"), []).append(line)
        for title, lines in sorted(sections.items(), key=lambda item: item[0] == "Other"):  # the others last
            with formatter.section(title):
                formatter.write_dl(lines)


def option(*names: str, section: str, **attributes: Any) -> Callable[[Function], Function]:
    """Declare an option that belongs to a section of the help."""
    return click.option(*names, cls=Option, section=section, **attributes)


def debug_option(function: Function) -> Function:
    """Add ``--debug``, which `cutaway.cli.main` looks for by itself."""
    return option("--debug", section="Other", is_flag=True, expose_value=False, help="Show the traceback of an error.")(
        function
    )


def json_option(function: Function) -> Function:
    """Add ``--json``."""
    return option(
        "--json", "as_json", section="Output", is_flag=True, help="Print one JSON document and nothing else."
    )(function)


def layers(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """Read units of the hidden layers: ``16,32``, or ``none``."""
    if value is None:
        return None
    if value.strip().lower() == "none":
        return ()
    try:
        units = tuple(int(part) for part in value.split(","))
    except ValueError:
        units = (0,)
    if min(units) < 1:
        raise click.BadParameter(
            f"{value!r} is not a list of whole numbers such as 16,32 (or none, for no hidden layer).",
            context,
            parameter,
        )
    return units
