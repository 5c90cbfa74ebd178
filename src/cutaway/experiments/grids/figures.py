"""The pictures of a comparison: scores beside each other, training with bands, boundaries side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from cutaway import plots
from cutaway.data import GraphDataset
from cutaway.errors import CutawayError
from cutaway.experiments.figures import Picture
from cutaway.experiments.grids.claims import Row
from cutaway.experiments.grids.result import Compared
from cutaway.experiments.parts import Array, standardised
from cutaway.experiments.scores import TITLES
from cutaway.experiments.words import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_BARS, _MOST_CURVES, _MOST_BOUNDARIES = 24, 6, 8


def figures(found: Compared) -> Iterator[Picture]:
    """Draw the pictures that suit a comparison, one after the other."""
    able = found.claims.ordered
    some = "" if len(able) <= _MOST_BARS else f" The best {_MOST_BARS} of {len(able)} by the validation rows."
    seeds = counted(found.grid.base.seeds, "seed")
    yield Picture(
        "scores",
        bars(found),
        f"{TITLES[found.metric][:1].upper()}{TITLES[found.metric][1:]} on the held-out rows",
        f"Each bar starts at what the straight line reaches and ends at the mean of {seeds}; dots are the seeds, "
        f"whiskers their standard deviation. Dark bars cannot be told from the first.{some}",
    )
    curve = "val_loss" if found.claims.validated else "loss"
    shown = able[:_MOST_CURVES]
    yield Picture(
        "curves",
        curves(found, shown),
        "Training",
        f"{'Validation' if curve == 'val_loss' else 'Training'} loss by epoch: the mean of the seeds in a band from "
        "the lowest to the highest, in grey the means of the others. A network that has ended keeps its best. "
        + (f"The best {len(shown)} of {len(able)}." if len(shown) < len(able) else ""),
    )
    data = found.data
    if data.X.shape[1] == 2 and not data.image_shape and not isinstance(data, GraphDataset):
        deciders = boundaries(found, able)
        if deciders:
            yield Picture(
                "boundaries",
                plots.boundaries(deciders, found.parts.split.test, columns=2 if len(deciders) == 4 else 3),
                "What is decided where",
                "The answers of the best network of each configuration by the validation rows, and of the straight "
                "line, at every point of the plane, with the rows held out.",
            )


def bars(found: Compared) -> Figure:
    """Draw the scores of the configurations, the best first, and of the simpler models."""
    claims = found.claims
    shown = claims.ordered[:_MOST_BARS]
    scores: dict[str, Any] = {row.label: row.score(found.metric)["values"] for row in shown}
    simpler = list(found.baseline_scores.items())
    first = simpler[0][0].replace("_", " ")
    # the constant answer would only stretch the axis
    scores |= {name.replace("_", " "): own[found.metric] for name, own in simpler[:-1]}
    marked = [row.label for row in claims.equals if row in shown]
    return plots.bars(scores, baseline=first, metric=TITLES[found.metric], marked=marked)


def curves(found: Compared, rows: Sequence[Row]) -> Figure:
    """Draw the validation loss (without validation rows: the training loss) of some configurations."""
    name = "val_loss" if found.claims.validated else "loss"
    runs = {
        row.label: [
            [math.nan if value is None else value for value in record["curves"].get(name, [])] for record in row.able
        ]
        for row in rows
    }
    title = "validation loss" if name == "val_loss" else "training loss"
    return plots.bands(runs, name=title, log=True)


def boundaries(found: Compared, rows: Sequence[Row]) -> dict[str, Callable[[Array], Array]]:
    """Return the best network of each configuration, and the straight line, as functions of raw features."""
    parts = found.parts
    standardizer = parts.standardizer

    def of(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
        return function if standardizer is None else lambda X: function(standardised(X, standardizer))

    deciders: dict[str, Callable[[Array], Array]] = {}
    for row in rows:
        if len(deciders) == _MOST_BOUNDARIES:
            break
        try:
            network = found.network(row.configuration)
        except CutawayError:  # trained in an earlier part, and its file is gone
            continue
        deciders[row.label] = of(network.predict if found.data.task == "regression" else network.predict_proba)
    if deciders:
        name, line = next(iter(found.baselines.items()))
        deciders[name.replace("_", " ")] = of(getattr(line.model, "predict_proba", line.model.predict))
    return deciders
