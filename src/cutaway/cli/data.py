"""``cutaway data``: what there is to train on."""

from __future__ import annotations

from typing import Any

import click

from cutaway.cli.options import Command, debug_option, json_option
from cutaway.cli.output import paragraph, print_json, show, table


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

    found = [_about(name, description) for name, description in catalogue().items()]
    if as_json:
        print_json(found)
        return
    rows = [(d["name"], d["description"], _target(d), f"{d['rows']:,}", f"{d['features']:,}") for d in found]
    show(table(["name", "what it is", "target", "rows", "features"], rows, left=3))
    click.echo()
    paragraph("Points in the plane are generated anew for each --seed; digits and what follows are real.")
    paragraph("A table of your own: cutaway train FILE.csv --target COLUMN")


def _about(name: str, description: str) -> dict[str, Any]:
    from cutaway.data import load
    from cutaway.data.generated import RECIPES

    data = load(name)
    return {
        "name": name,
        "description": description,
        "kind": "generated" if name in RECIPES else "real",
        "task": data.task,
        "rows": len(data),
        "features": data.X.shape[1],
        "classes": list(data.class_names),
        "target": data.target_name,
    }


def _target(about: dict[str, Any]) -> str:
    return f"{len(about['classes'])} classes" if about["classes"] else "a number"
