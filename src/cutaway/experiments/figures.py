"""The pictures of a run: data, training, decisions, mistakes, each with a sentence that says what is to be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway import plots
from cutaway.data import GraphDataset
from cutaway.experiments.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[Any]
_MOST_CURVES = 5  # runs in one picture of curves
_SHOWN, _ACROSS = 24, 8  # images in a gallery, and in a row of it
_UNITS = 60  # of the first layer, drawn as images
_NODES = 1000  # that are laid out by what a hidden layer makes of them, which takes seconds
_MOST_CLASSES = 30  # that can be told apart in a picture


@dataclass(frozen=True)
class Picture:
    """A figure, the name of its file, and a caption."""

    name: str
    figure: Figure
    title: str
    caption: str


def figures(run: Run) -> Iterator[Picture]:
    """Draw the pictures that suit the data of a run, one after the other."""
    data, test, kept = run.data, run.split.test, run.kept
    whose = "the network" if len(run.networks) == 1 else f"the network of seed {kept.seed}"
    if isinstance(data, GraphDataset):
        yield from _graph(run, data, whose)
    elif data.image_shape:
        yield from _images(run, whose)
    else:
        two = data.X.shape[1] <= 2
        seen = "Both features." if two else "Seen along the two directions in which the features vary most."
        yield Picture("data", plots.data(data), "All rows", seen)
    if any(len(t.history) for t in run.networks):
        yield _curves(run, whose)
    if data.X.shape[1] == 2 and data.n_classes <= _MOST_CLASSES:
        yield Picture(
            "boundary",
            plots.boundaries(_deciders(run), test),
            "What is decided where",
            f"The answer of {whose} and of the simpler models at every point of the plane, with the rows held out.",
        )
    if data.task == "regression":
        yield Picture(
            "predictions",
            plots.predictions(test.y, kept.predicted, target_name=data.target_name),
            "Predicted and true",
            f"The held-out rows as {whose} predicts them; on the dashed line it would be right.",
        )
    elif data.n_classes <= _MOST_CLASSES:
        yield Picture(
            "confusion",
            plots.confusion(test.y, kept.predicted, class_names=data.class_names),
            "What is taken for what",
            f"Held-out rows by their true class and the answer of {whose}; the diagonal is right.",
        )
    spread = {f"network, {_counted(len(run.networks))}": [t.scores[run.metric] for t in run.networks]}
    models = list(run.baseline_scores.items())[:-1]  # the constant answer would only stretch the axis
    others = {name.replace("_", " "): values[run.metric] for name, values in models}
    yield Picture(
        "comparison",
        plots.comparison({**spread, **others}, metric=run.metric.replace("r2", "R²"), baseline=next(iter(others))),
        "Against simpler models",
        "The same held-out rows for all. The dashed line is what the straight line reaches.",
    )


def _counted(seeds: int) -> str:
    return "1 seed" if seeds == 1 else f"{seeds} seeds"


def _curves(run: Run, whose: str) -> Picture:
    several = 1 < len(run.networks) <= _MOST_CURVES
    shown: Any = {f"seed {t.seed}": t.history for t in run.networks if len(t.history)} if several else run.kept.history
    who = "each network" if several else whose
    caption = f"Loss and {run.metric.replace('r2', 'R²')} of {who} after each epoch."
    if run.split.validation:
        caption += " Training goes on as long as the validation loss falls; the weights of its best epoch are kept."
    losses = np.concatenate([t.history[name] for t in run.networks for name in t.history.columns if "loss" in name])
    return Picture("curves", plots.curves(shown, log=bool((losses > 0).all())), "Training", caption)


def _deciders(run: Run) -> dict[str, Callable[[Array], Array]]:
    """Return the models as functions of raw features."""
    ask = run.kept.network.predict if run.data.task == "regression" else run.kept.network.predict_proba

    def of(function: Callable[[Array], Array]) -> Callable[[Array], Array]:
        standardizer = run.standardizer
        return function if standardizer is None else lambda X: function(standardizer.transform(X))

    simpler = {
        name.replace("_", " "): of(getattr(b.model, "predict_proba", b.model.predict))
        for name, b in list(run.baselines.items())[:2]
    }
    return {"network": of(ask), **simpler}


def _graph(run: Run, data: GraphDataset, whose: str) -> Iterator[Picture]:
    kept = run.kept
    places = plots.layout(data.adjacency)  # the same in both pictures
    seen = f"{len(data):,} nodes and {data.n_edges:,} edges; nodes that are linked lie near each other."
    yield Picture("data", plots.graph(data, positions=places), "The graph", seen)
    answers = kept.network.predict(data.X)
    if data.n_classes:
        yield Picture(
            "predictions",
            plots.graph(data, predicted=answers, positions=places),
            "What is predicted where",
            f"Nodes by their true class; those that {whose} takes for something else are ringed. It was trained on "
            f"{int(data.train.sum()):,} of them.",
        )
    if run.settings.layers and run.settings.layers[-1] > 1:
        units, held = kept.network.hidden(data.X)[data.test], int(data.test.sum())
        names = data.class_names or None
        yield Picture(
            "hidden",
            plots.embedding(
                units, data.y[data.test], method="tsne" if held > 9 else "pca", class_names=names, max_points=_NODES
            ),
            "What the last hidden layer makes of the nodes",
            f"Held-out nodes by their true class. Nodes lie together where the {run.settings.layers[-1]} units of "
            f"{whose} answer alike.",
        )


def _images(run: Run, whose: str) -> Iterator[Picture]:
    data, test, kept = run.data, run.split.test, run.kept
    names = data.class_names
    yield Picture(
        "data",
        plots.gallery(
            data.X[:_SHOWN],
            data.y[:_SHOWN],
            image_shape=data.image_shape,
            class_names=names,
            columns=_ACROSS,
        ),
        "Some of the images",
        f"The first {min(_SHOWN, len(data))} of {len(data):,}, with their classes.",
    )
    wrong = np.flatnonzero(test.y != kept.predicted)
    first = np.concatenate([wrong, np.setdiff1d(np.arange(len(test)), wrong)])[:_SHOWN]
    yield Picture(
        "gallery",
        plots.gallery(
            test.X[first],
            test.y[first],
            kept.predicted[first],
            image_shape=data.image_shape,
            class_names=names,
            columns=_ACROSS,
            title=f"{len(wrong):,} of {len(test):,} wrong",
        ),
        "Predictions",
        f"Held-out images with the answer of {whose}, its mistakes first.",
    )
    first_layer = kept.network.params[0]["W"]
    yield Picture(
        "weights",
        plots.weights({"first layer": first_layer}, image_shape=data.image_shape, limit=_UNITS),
        "What the first layer looks for",
        f"The weights into each unit of {whose} as an image: vermilion where ink speaks for the unit, blue against.",
    )
