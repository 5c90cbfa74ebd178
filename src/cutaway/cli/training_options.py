"""Options that the commands that train have in common, and how they read the data; each is declared here once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cutaway.cli.options import Function, option

if TYPE_CHECKING:
    from cutaway.data import Dataset, Split

GATES = ("and", "or", "xor")
GATE_POINTS = 200  # a truth table alone has four rows: nothing would be left to hold out

SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)

_DATA = (
    option("--target", section="Data", metavar="COLUMN", help="Column of a table to predict."),
    option(
        "--ignore",
        section="Data",
        metavar="COLUMN",
        multiple=True,
        help="Column of a table to leave out; may be repeated.",
    ),
    option(
        "--task",
        section="Data",
        type=click.Choice(["classification", "regression"]),
        help="What the target of a table is, where whole numbers leave it open.",
    ),
    option(
        "--n-samples", section="Data", type=click.IntRange(1), metavar="N", help="Number of points of generated data."
    ),
    option(
        "--noise", section="Data", type=click.FloatRange(0), metavar="SD", help="Standard deviation of generated noise."
    ),
    option(
        "--test-size",
        section="Data",
        metavar="SHARE",
        type=SHARE,
        default=0.2,
        show_default=True,
        help="Share of the rows held out.",
    ),
)


def data_options(function: Function) -> Function:
    """Add the options that say what the data are; :func:`rows_of` takes all of them but ``test_size``."""
    for decorate in reversed(_DATA):
        function = decorate(function)
    return function


def rows_of(data: str, *, n_samples: int | None, seed: int, **table: Any) -> Dataset:
    """Return the data set of that name; of a logical gate, as many rows as one can learn from."""
    from cutaway.data import load

    if n_samples is None and data in GATES:
        n_samples = GATE_POINTS
    return load(data, n_samples=n_samples, seed=seed, **table)


def data_facts(data: Dataset, split: Split) -> list[tuple[str, str]]:
    """What is to be trained on, and how it is divided, as :func:`cutaway.cli.output.facts` prints it."""
    from cutaway.experiments import words

    parts = [(split.train, "to train"), (split.validation, "to validate"), (split.test, "held out")]
    return [
        ("data", f"{data.name}: {data.description}"),
        ("", f"{words.data_line(data)}; {', '.join(f'{len(part):,} {word}' for part, word in parts if part)}"),
    ]


seed_option = option(
    "--seed",
    section="Training",
    metavar="N",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="Of the data and the split, and of the first network; the others count on.",
)
epochs_option = option(
    "--epochs",
    section="Training",
    metavar="N",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    help="At most so many.",
)
patience_option = option(
    "--patience",
    section="Training",
    metavar="N",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Stop after so many epochs without a better validation loss; the best weights are kept.",
)
batch_size_option = option(
    "--batch-size",
    section="Training",
    metavar="N",
    type=click.IntRange(0),
    help="Rows for each update; 0 for all at once.  [default: 0 for graphs, else 32]",
)
schedule_option = option(
    "--schedule",
    section="Training",
    metavar="NAME",
    default="constant",
    show_default=True,
    help="Of the learning rate over all epochs: constant, cosine or onecycle.",
)
weight_decay_option = option(
    "--weight-decay",
    section="Training",
    metavar="X",
    type=click.FloatRange(0),
    help="Pull of the weights towards 0.  [default: 0.0005 on graphs, else the optimizer's own]",
)
loss_option = option(
    "--loss",
    section="Training",
    metavar="NAME",
    help="Such as mean_absolute_error or huber.  [default: cross-entropy of classes, mean squared error of numbers]",
)


def dropout_option(section: str) -> Callable[[Function], Function]:
    """Add ``--dropout`` to a section of the help."""
    return option(
        "--dropout",
        section=section,
        metavar="SHARE",
        type=click.FloatRange(0, 1, max_open=True),
        help="Share of the units dropped after each hidden layer.  [default: 0 in the plane, 0.5 for images and "
        "graphs, else 0.2]",
    )


def dtype_option(section: str) -> Callable[[Function], Function]:
    """Add ``--dtype`` to a section of the help."""
    return option(
        "--dtype",
        section=section,
        type=click.Choice(["float32", "float64"]),
        default="float32",
        show_default=True,
        help="Precision of weights and computation.",
    )
