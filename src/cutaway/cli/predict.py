"""``cutaway predict``: what the network of a run says about other rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cutaway.cli.options import Command, debug_option, json_option, option
from cutaway.cli.output import paragraph, print_json, show, table

if TYPE_CHECKING:
    from cutaway.experiments.predictions import Predictions

FIRST = 10  # rows that are shown


@click.command("predict", cls=Command, short_help="Predict other rows with a trained network.")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("data", metavar="DATA")
@option("--n-samples", section="Data", type=click.IntRange(1), metavar="N", help="Number of points of generated data.")
@option(
    "--noise", section="Data", type=click.FloatRange(0), metavar="SD", help="Standard deviation of generated noise."
)
@option(
    "--seed",
    section="Data",
    type=click.IntRange(0, 2**32 - 1),
    metavar="N",
    help="Of generated data.  [default: another than that of the training, so that the points are new]",
)
@option("--proba", section="Output", is_flag=True, help="Give the probability of each class as well.")
@option(
    "--out",
    section="Output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write all predictions to a CSV file; - for standard output.",
)
@json_option
@debug_option
def command(
    *,
    run: Path,
    data: str,
    n_samples: int | None,
    noise: float | None,
    seed: int | None,
    proba: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Predict the rows of DATA with the network in the folder RUN.

    RUN is a folder that `cutaway train` wrote. DATA is a .csv or .npz file with the columns that the network was
    trained on, with or without the target, or the name of a built-in data set.
    """
    from cutaway import experiments
    from cutaway.experiments.predictions import predictions

    found = predictions(experiments.read(run), data, seed=seed, n_samples=n_samples, noise=noise, proba=proba)
    if out is not None and str(out) != "-":
        found.to_csv(out)
    if as_json:
        print_json(found.to_json())
    elif str(out) == "-":
        click.echo(found.csv(), nl=False)
    else:
        _show(found, out)


def _show(found: Predictions, out: Path | None) -> None:
    """Print the first rows, and how good they are if that is known."""
    from cutaway.experiments import words
    from cutaway.experiments.scores import TITLES

    if out is None:
        rows = [[_cell(value) for value in row] for row in found.rows(FIRST)]
        show(table(found.columns, rows))
        if len(found) > FIRST:
            paragraph(f"The first {FIRST} of {words.counted(len(found), 'row')}; --out FILE writes them all.")
    else:
        click.echo(f"{words.counted(len(found), 'row')} written to {out}.")
    if found.scores is not None:
        scores = ", ".join(f"{TITLES[name]} {words.number(value)}" for name, value in found.scores.items())
        paragraph(f"On {words.counted(len(found), 'row')}: {scores}.")
    if found.caution:
        paragraph(found.caution, style="yellow")


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
