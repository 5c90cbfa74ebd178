"""``cutaway doctor``: what is installed, what is missing, and whether it works here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cutaway.cli.options import Command, debug_option, json_option, option
from cutaway.cli.output import facts, paragraph, print_json, show, table

if TYPE_CHECKING:
    from cutaway.experiments.health import Package


@click.command("doctor", cls=Command, short_help="Show what is installed, and try whether it works.")
@option("--clear-code", section="Other", is_flag=True, help="Delete the machine code that is kept, first.")
@json_option
@debug_option
def command(*, clear_code: bool, as_json: bool) -> int:
    """Show versions, optional packages and folders, and try whether training works.

    The exit code is 1 if something that cutaway needs is missing or does not work.
    """
    from cutaway.experiments.health import examine

    if clear_code:
        from cutaway.engines.native.cache import clear

        clear()
    health = examine()
    if as_json:
        print_json(health.to_json())
        return 0 if health.ok else 1
    facts(health.system.items())
    click.echo()
    show(
        table(
            ["package", "version", "for"],
            [(p.name, p.version or "missing", p.purpose) for p in health.packages],
            left=3,
        )
    )
    click.echo()
    facts((check.name, ("ok: " if check.ok else "FAILED: ") + check.detail) for check in health.checks)
    missing: dict[str, list[Package]] = {}
    for package in health.packages:
        if not package.version:
            missing.setdefault(package.advice, []).append(package)
    for advice, packages in missing.items():
        kind = "NEEDED: " if packages[0].needed else "optional: "
        paragraph(f"{kind}{advice}  ({', '.join(p.name for p in packages)})")
    if not health.ok:
        click.echo()
        paragraph("Something is wrong: see what is marked FAILED or NEEDED.", style="red")
    return 0 if health.ok else 1
