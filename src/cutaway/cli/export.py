"""``cutaway export``: the network of a run for PyTorch, for ONNX, or as plain weights."""

from __future__ import annotations

from pathlib import Path

import click

from cutaway.cli.options import Command, debug_option, json_option, option
from cutaway.cli.output import print_json


@click.command("export", cls=Command, short_help="Hand a trained network over to PyTorch or ONNX.")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@option(
    "--to",
    section="Output",
    required=True,
    type=click.Choice(["torch", "torch-source", "onnx", "safetensors"]),
    help="torch: source and weights; torch-source: the source alone; onnx; safetensors: the weights alone.",
)
@option(
    "--out",
    section="Output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The file to write.  [default: one in the folder RUN]",
)
@json_option
@debug_option
def command(*, run: Path, to: str, out: Path | None, as_json: bool) -> None:
    """Write the network in the folder RUN for another tool.

    RUN is a folder that `cutaway train` wrote. What is written needs nothing of cutaway and takes rows as they were
    measured: the standardisation is a part of it.
    """
    from cutaway import experiments
    from cutaway.experiments.export import export

    files = export(experiments.read(run), to, out)
    if as_json:
        print_json({"run": str(run), "to": to, "files": [str(path) for path in files]})
    else:
        for path in files:
            click.echo(f"Written: {path}")
