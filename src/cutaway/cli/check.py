"""``cutaway check``: is the backward pass in this file right, and if not, what is wrong with it and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cutaway.cli.options import Command, debug_option, json_option, option
from cutaway.cli.output import print_json

if TYPE_CHECKING:
    from cutaway.checking.records import Report

VERDICTS = ("faulty", "unclear", "correct")  # the worst first
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("check", cls=Command, short_help="Find what is wrong in a network written by hand.")
@click.argument("files", metavar="FILE[:NAME]...", nargs=-1, required=True)
@option(
    "--timeout",
    section="Program",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Time for each file: half of it for the program, the rest for the check.",
)
@option(
    "--hint",
    section="Output",
    is_flag=True,
    help="Say which kind of mistake it is and where to look, without the answer.",
)
@option("--markdown", section="Output", metavar="FILE", type=FILE, help="Write the report as Markdown as well.")
@option("--html", section="Output", metavar="FILE", type=FILE, help="Write the report as one HTML page as well.")
@json_option
@debug_option
def command(
    *,
    files: tuple[str, ...],
    timeout: float,
    hint: bool,
    markdown: Path | None,
    html: Path | None,
    as_json: bool,
) -> int:
    """Run each FILE as its user runs it, in a process of its own, and check the network that it trains.

    A file may define a function `case`, or the function NAME, that returns a dict with its parameters, loss and
    gradients; otherwise the training loop that the file runs is watched. The exit code is 0 if nothing is wrong or
    nothing certain can be said, 1 if a network is faulty.
    """
    from cutaway.checking.running.runner import check_file
    from cutaway.files import replacing

    reports = [report for file in files for report in check_file(file, timeout)]
    if markdown is not None:
        with replacing(markdown) as temporary:
            temporary.write_text("\n\n".join(r.markdown(hint=hint) for r in reports), encoding="utf-8")
    if html is not None:
        with replacing(html) as temporary:
            temporary.write_text("\n".join(r.html(hint=hint) for r in reports), encoding="utf-8")
    if as_json:
        print_json(_document(reports, hint))
    else:
        _show(reports, hint)
    return max(report.exit_code for report in reports)


def _document(reports: list[Report], hint: bool) -> dict[str, Any]:
    """One report as it is; of several, the worst verdict and all of them."""
    if len(reports) == 1:
        return reports[0].to_json(hint=hint)
    worst = min((r.verdict for r in reports), key=VERDICTS.index)
    return {"verdict": worst, "reports": [{"name": r.name, **r.to_json(hint=hint)} for r in reports]}


def _show(reports: list[Report], hint: bool) -> None:
    from cutaway.cli.output import console

    screen = console()
    for i, report in enumerate(reports):
        if i:
            click.echo()
        click.echo(report.text(hint=hint, color=screen.is_terminal, width=screen.width))
