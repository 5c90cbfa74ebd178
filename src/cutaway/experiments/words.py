"""Sentences about a run, the same in the terminal and in the report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cutaway.data import Dataset, GraphDataset
from cutaway.experiments.run import Run
from cutaway.experiments.settings import Settings
from cutaway.nn import Dense
from cutaway.nn.graphs import GraphLayer


def cautions(run: Run) -> list[str]:
    """Return what a reader must know before trusting the numbers."""
    found = list(run.notes)
    if run.interrupted:
        finished = [t for t in run.networks if t.history.stopped != "interrupted"]
        rest = "does not count" if finished else "is measured as it was"
        some = f"{len(finished)} of {counted(run.settings.seeds, 'network')}"
        found.append(f"Interrupted: {some} had been trained, and one in training {rest}.")
    for trained in [*run.networks, *run.left_out]:
        if trained.history.stopped == "diverged":
            count = "" if trained in run.networks else " does not count"
            found.append(f"Seed {trained.seed}{count}: {' '.join(trained.history.notes)}")
    return found


def data_line(data: Dataset) -> str:
    """Return the size of a data set in words.

    >>> import cutaway.data
    >>> data_line(cutaway.data.load("iris"))
    '150 rows, 4 features, 3 classes'
    """
    target = f"{data.n_classes} classes" if data.n_classes else f"{data.target_name}, a number"
    rows = counted(len(data), "row")
    if isinstance(data, GraphDataset):
        rows = f"{counted(len(data), 'node')}, {counted(data.n_edges, 'edge')}"
    return f"{rows}, {counted(data.X.shape[1], 'feature')}, {target}"


def network_line(settings: Settings, data: Dataset) -> str:
    """Return the units of each layer: ``64 inputs, 256 relu, 10 softmax``."""
    last = settings.network(data, 0).layers[-1]
    hidden = [f"{units} {settings.activation}" for units in settings.layers or ()]
    assert isinstance(last, Dense | GraphLayer)
    outputs = counted(last.units, "output") if last.activation == "identity" else f"{last.units} {last.activation}"
    kind = "graph convolutions of " if isinstance(last, GraphLayer) else ""
    return kind + ", ".join([counted(data.X.shape[1], "input"), *hidden, outputs])


def optimizer_line(settings: Settings) -> str:
    """Return the optimizer in words: ``Adam, learning rate 0.003``."""
    rule = settings.rule()
    words = [type(rule).__name__, f"learning rate {settings.lr:g}"]
    if settings.schedule != "constant":
        words.append(f"{settings.schedule} schedule")
    if rule.weight_decay:
        words.append(f"weight decay {rule.weight_decay:g}")
    return ", ".join(words)


def seeds_line(settings: Settings, data: Dataset) -> str:
    """Say what has which seed."""
    first, last = settings.seed, settings.seed + settings.seeds - 1
    published = isinstance(data, GraphDataset)
    if settings.seeds == 1:
        return f"1 network with seed {first}, on " + (
            "the published parts of the graph" if published else f"rows divided by seed {first} as well"
        )
    return f"{settings.seeds} networks with the seeds {first} to {last}, all on " + (
        "the published parts of the graph" if published else f"the same rows, divided by seed {first}"
    )


def stopping_line(settings: Settings) -> str:
    """Say when training ends, and which weights are kept."""
    if not settings.validation:
        return f"{counted(settings.epochs, 'epoch')}; no rows were set aside for early stopping"
    return (
        f"at most {counted(settings.epochs, 'epoch')}; ended early when the validation loss had not improved for "
        f"{settings.patience}, and the weights of the best epoch put back"
    )


def standardised_line(data: Dataset) -> str:
    """Say what was done to the features, and to a numeric target."""
    if isinstance(data, GraphDataset):
        return "nothing; the features are taken as they are"
    what = "all pixels together" if data.image_shape else "each feature"
    return f"{what} to mean 0 and deviation 1, measured on the training rows alone"


def plus_minus(found: dict[str, Any]) -> str:
    """Return mean and spread: ``0.976 ± 0.004``.

    >>> plus_minus({"mean": 0.5, "std": None, "values": [0.5]})
    '0.500'
    """
    return number(found["mean"]) + (f" ± {number(found['std'])}" if found["std"] is not None else "")


def number(value: float) -> str:
    """Return a score or an error with the digits that a reader wants: ``0.976``, ``43.071``, ``1,204.5``.

    >>> number(0.00012), number(-0.5), number(1204.53)
    ('0.00012', '-0.500', '1,204.5')
    """
    if value and abs(value) < 0.001:
        return f"{value:.2g}"
    return f"{value:,.3f}" if abs(value) < 1000 else f"{value:,.1f}"


def counted(count: int, noun: str) -> str:
    """Return ``1 row`` or ``2,000 rows``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names as one line, the first few of a long list and the number of the rest."""
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")
