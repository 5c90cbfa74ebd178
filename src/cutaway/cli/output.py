"""What goes to standard output: a table for people, or one JSON document for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table


def console(*, stderr: bool = False) -> Console:
    """Return a console that prints text as it is: no markup, and no colour but the one that is asked for."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def bars(width: int, *, wanted: bool) -> tuple[Progress, bool]:
    """Return lines of a name, a bar of that width and a text, on standard error, and whether anybody sees them.

    They are drawn when their owner says so, at most ten times a second: there is no thread to share the processor with.
    """
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    screen = console(stderr=True)
    lines = Progress(
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=width),
        TextColumn("{task.fields[text]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
        console=screen,
        auto_refresh=False,
        expand=True,
    )
    return lines, wanted and screen.is_terminal and not screen.is_dumb_terminal


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: int = 1, strong: int | None = None) -> Table:
    """Return a plain table: so many columns to the left, the others to the right; one row may be strong."""
    from rich.table import Table
    from rich.text import Text

    found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for i, title in enumerate(head):
        found.add_column(Text(title), justify="left" if i < left else "right", overflow="fold")
    for i, row in enumerate(rows):
        found.add_row(*map(Text, row), style="bold" if i == strong else None)
    return found


def show(found: Table) -> None:
    """Print a table, without the blanks at the ends of its lines where nobody sees colours."""
    screen = console()
    if screen.is_terminal:
        screen.print(found)
        return
    with screen.capture() as text:
        screen.print(found)
    click.echo("\n".join(line.rstrip() for line in text.get().splitlines()))


def facts(pairs: Iterable[tuple[str, str]], *, stderr: bool = False) -> None:
    """Print names and texts beside each other, long texts wrapped."""
    from rich.text import Text

    screen = console(stderr=stderr)
    rows = list(pairs)
    width = max(len(name) for name, _ in rows) + 3
    for name, text in rows:
        first, *rest = _wrapped(text, screen.width - width) or [""]
        screen.print(Text.assemble((name.ljust(width), "dim"), first), soft_wrap=True)
        for line in rest:
            screen.print(" " * width + line, soft_wrap=True)


def paragraph(text: str, *, style: str = "", stderr: bool = False) -> None:
    """Print a text in lines that fit."""
    from rich.text import Text

    screen = console(stderr=stderr)
    screen.print(Text("\n".join(_wrapped(text, screen.width)), style=style), soft_wrap=True)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False)


def print_json(document: Any) -> None:
    """Print a document; what JSON has no word for (NaN) is an error here, not a surprise elsewhere."""
    click.echo(json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False))
