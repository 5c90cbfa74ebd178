"""The report for a terminal."""

from __future__ import annotations

import io
from typing import Any

from cutaway.checking.records import Report
from cutaway.checking.rendering.story import COLUMNS, basis, chapters, headline, plain, table

_COLORS = {"correct": "green", "faulty": "red", "unclear": "yellow", "wrong": "red", "missing": "red"}


def text(report: Report, *, hint: bool = False, color: bool = False, width: int | None = None) -> str:
    """The report as text, with colours if asked for."""
    from rich.console import Console

    stream = io.StringIO()
    console = Console(
        file=stream,
        force_terminal=color,
        color_system="standard" if color else None,
        width=width or 110,
        highlight=False,
    )
    for part in parts(report, hint=hint):
        console.print(part)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def parts(report: Report, *, hint: bool = False) -> list[Any]:
    """What rich prints, one after the other."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    found: list[Any] = [Text(headline(report), style=f"bold {_COLORS[report.verdict]}")]
    rows = table(report)
    if rows and not hint:
        grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for name in COLUMNS:
            grid.add_column(name, justify="right" if name == "relative error" else "left")
        for *cells, verdict, words in rows:
            grid.add_row(
                *map(Text, cells), Text(verdict, style=_COLORS.get(verdict, "green")), Text(words, style="dim")
            )
        found += [Text(), grid]
    for chapter in chapters(report, hint):
        title = Text(f"\n{chapter.title}", style="bold red" if chapter.certain else "bold yellow")
        if chapter.place:
            title.append(f"  {chapter.place}", style="not bold cyan")
        lines: list[Any] = [Text(chapter.text)]
        lines += [Padding(_row(*row), (0, 0, 0, 2)) for row in chapter.listing]
        if chapter.wrong and chapter.right and not hint:
            sides = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
            sides.add_row(Text("you have", style="dim"), Text(plain(chapter.wrong), style="red"))
            sides.add_row(Text("it has to be", style="dim"), Text(plain(chapter.right), style="green"))
            lines.append(sides)
        lines += [Text(fact) for fact in chapter.facts]
        if chapter.also:
            lines.append(Text("Also:"))
            lines += [Text(f"  {place}") for place in chapter.also]
        found.append(title)
        found += [Padding(line, (0, 0, 0, 2)) for line in lines]
    if report.reasons and not hint:
        found.append(Text("\nBecause" if report.verdict == "correct" else "\nNotes", style="bold"))
        found += [Padding(Text(f"- {reason}"), (0, 0, 0, 2)) for reason in report.reasons]
    for said in [] if hint else basis(report):
        found += [Text(), Text(said, style="dim")]
    return found


def _row(sign: str, number: str, code: str) -> Any:
    """A line of a listing; what does not fit goes on under the code, or is cut off in the lines around it."""
    from rich.table import Table
    from rich.text import Text

    row = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(overflow="fold" if sign.strip() else "ellipsis", no_wrap=not sign.strip())
    style = {"-": "red", "+": "green"}.get(sign, "dim")
    row.add_row(Text(f"{sign} {number}".rstrip(), style=style), Text(code, style=style))
    return row
