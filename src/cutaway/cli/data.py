"""``cutaway data``: what there is to train on."""

from __future__ import annotations

from typing import Any

import click

from cutaway.cli.options import Command, debug_option, json_option, option
from cutaway.cli.output import console, paragraph, print_json, show, table


@click.group("data", invoke_without_command=True, short_help="List the built-in data sets.")
@click.pass_context
def command(context: click.Context, /) -> int:
    """Say what data there are."""
    from cutaway.cli import explain_commands

    return explain_commands(context)


@command.command("list", cls=Command, short_help="List the built-in data sets.")
@json_option
@debug_option
def list_data(*, as_json: bool) -> None:
    """List the built-in data sets: generated points, and real data that need no download."""
    from cutaway.data import catalogue
    from cutaway.data.download import MIRRORS

    found = [_about(name, description) for name, description in catalogue().items()]
    if as_json:
        print_json(found)
        return
    rows = [(d["name"], d["description"], _target(d), _size(d["rows"]), _size(d["features"])) for d in found]
    show(table(["name", "what it is", "target", "rows", "features"], rows, left=3))
    click.echo()
    paragraph("Points in the plane are generated anew for each --seed; digits and what follows are real.")
    elsewhere = [d["name"] for d in found if d["kind"] == "elsewhere"]
    if elsewhere:
        paragraph(f"Not part of cutaway, and to be put somewhere first: {', '.join(elsewhere)}.")
        paragraph(f"Some can be downloaded: cutaway data get {' or '.join(MIRRORS)}")
    paragraph("A table of your own: cutaway train FILE.csv --target COLUMN")


@command.command("get", cls=Command, short_help="Download a data set.")
@click.argument("name", metavar="NAME")
@option(
    "--data-dir",
    section="Output",
    metavar="DIR",
    help="Put it into a folder of its name in DIR. By default the cache folder, where it is looked for.",
)
@debug_option
def get_data(*, name: str, data_dir: str | None) -> None:
    """Download the data set NAME: mnist or fashion-mnist. What is there is kept, what was broken off goes on."""
    from cutaway.data import get

    screen = console(stderr=True)
    with screen.status(f"Downloading {name}") as status:

        def report(file: str, done: int, total: int | None) -> None:
            status.update(f"{file}: {done / 1e6:.1f}" + (f" of {total / 1e6:.1f} MB" if total else " MB"))

        folder = get(name, data_dir, report=report)
    click.echo(f"{name} is in {folder}")


def _about(name: str, description: str) -> dict[str, Any]:
    from cutaway.data import load
    from cutaway.data.generated import RECIPES
    from cutaway.data.packaged import PACKAGED

    kind = "generated" if name in RECIPES else "real" if name in PACKAGED else "elsewhere"
    about: dict[str, Any] = {"name": name, "description": description, "kind": kind}
    if kind == "elsewhere":  # it may not be here, and reading it may take long
        return about | {"task": None, "rows": None, "features": None, "classes": None, "target": None}
    data = load(name)
    return about | {
        "task": data.task,
        "rows": len(data),
        "features": data.X.shape[1],
        "classes": list(data.class_names),
        "target": data.target_name,
    }


def _target(about: dict[str, Any]) -> str:
    if about["classes"] is None:
        return ""
    return f"{len(about['classes'])} classes" if about["classes"] else "a number"


def _size(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
