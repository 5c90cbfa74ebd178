"""What a run takes from its data: the parts, and what networks and simpler models are given of each.

The rows of a table are taken apart: a network is given the training rows alone, standardised. The nodes of a graph stay
together: all of them go through the network at every step, as they are, and masks say which count. Simpler models know
nothing of edges, so that to them a node is a row like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.data import Dataset, GraphDataset, Split, Standardizer
from cutaway.errors import DataError, UsageError
from cutaway.experiments.settings import Settings

Array = NDArray[Any]
_MASKS = ("train", "validation", "test")
_AT_ONCE = 4096  # rows


@dataclass(frozen=True)
class Unit:
    """The scale that a regression's target is trained in, so that its unit does not matter to the learning rate."""

    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def of(cls, data: Dataset, settings: Settings) -> Unit:
        """Standardise numbers, but not counts (a loss of rates), whose logarithm is taken as they are."""
        if data.task != "regression" or settings.loss == "poisson":
            return cls()
        found = Standardizer.fit(data.y.astype(np.float64)[:, None])
        return cls(float(found.mean[0]), float(found.scale[0]))

    def to_network(self, y: Array) -> Array:
        """Return the targets that a network is trained on."""
        return y if y.dtype.kind in "iu" else (y - self.mean) / self.scale

    def into(self, params: list[dict[str, Array]]) -> None:
        """Put the scale into the last layer, so that the network answers in the target's own unit."""
        if (self.mean, self.scale) != (0.0, 1.0):
            last = params[-1]
            last["W"] *= self.scale
            last["b"][...] = last["b"] * self.scale + self.mean


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a data set, as a run uses them.

    Parameters
    ----------
    data : Dataset
    split : Split
        The parts as rows: what is counted, drawn, and given to simpler models.
    standardizer : Standardizer or None
        Fitted on the training part; None where features are taken as they are.
    unit : Unit
        Of the target.
    fit : dict
        What `Network.fit` takes: ``X``, ``y`` and, as the case may be, ``rows`` and ``validation``.
    asked : ndarray or sparse matrix
        What goes through a network to have its answers for the held-out rows,
    held : array of bool or slice
        and which of the answers those are.
    simpler : list of Dataset
        What simpler models are fitted on.
    """

    data: Dataset
    split: Split
    standardizer: Standardizer | None
    unit: Unit
    fit: dict[str, Any]
    asked: Any
    held: Any = field(default_factory=lambda: slice(None))
    simpler: tuple[Dataset, ...] = ()

    @classmethod
    def of(cls, data: Dataset, settings: Settings, split: Split) -> Parts:
        """Prepare a data set that `divide` has divided."""
        unit = Unit.of(split.train, settings)
        if isinstance(data, GraphDataset):
            if (len(split.train), len(split.test)) != (data.train.sum(), data.test.sum()):
                raise UsageError("The nodes of a graph are divided by its masks", instead="Leave split out")
            fit = {"X": data.X, "y": unit.to_network(data.y), "rows": data.train}
            if split.validation:
                fit["validation"] = data.validation
            # on the nodes that the network is trained on, as everybody does who compares on a published split
            return cls(data, split, None, unit, fit, data.X, data.test, (split.train,))
        standardizer = standardizer_for(split.train)
        fit = {"X": standardised(split.train.X, standardizer), "y": unit.to_network(split.train.y)}
        if split.validation:
            fit["validation"] = (standardised(split.validation.X, standardizer), unit.to_network(split.validation.y))
        simpler = (split.train, *filter(None, [split.validation]))
        return cls(data, split, standardizer, unit, fit, standardised(split.test.X, standardizer), simpler=simpler)

    def features(self, *parts: Dataset) -> Array:
        """Return the rows of these parts as simpler models see them."""
        X = np.concatenate([part.X for part in parts]) if len(parts) > 1 else parts[0].X
        return X if self.standardizer is None else standardised(X, self.standardizer)


def divide(data: Dataset, settings: Settings) -> Split:
    """Return the parts to train on, to validate on and to hold out; those of a graph are as they were published.

    Raises
    ------
    DataError
        If there are too few rows.
    """
    if not isinstance(data, GraphDataset):
        return data.split(test=settings.test, validation=settings.validation, seed=settings.seed)
    train, validation, test = (_rows(data, getattr(data, mask)) for mask in _MASKS)
    if train is None or test is None:
        raise DataError("A graph needs nodes to train on, and nodes that are held out", received=repr(data)[:80])
    return Split(train, validation if settings.validation else None, test)


def _rows(data: GraphDataset, mask: Array) -> Dataset | None:
    """Some nodes as rows of their own, without the edges; None if there are none."""
    if not mask.any():
        return None
    X = data.X[mask]
    names = ("name", "task", "feature_names", "class_names", "target_name", "description", "source", "schema")
    return Dataset(
        X=X.toarray() if hasattr(X, "toarray") else X, y=data.y[mask], **{name: getattr(data, name) for name in names}
    )


def standardizer_for(data: Dataset) -> Standardizer:
    """Return the standardisation of the columns; pixels share one mean and scale, so that a picture stays a picture."""
    if data.image_shape is None:
        return Standardizer.fit(data.X)
    columns = data.X.shape[1]
    return Standardizer(
        np.full(columns, data.X.mean(dtype=np.float64)), np.full(columns, data.X.std(dtype=np.float64) or 1.0)
    )


def standardised(X: Array, standardizer: Standardizer) -> Array:
    """Return rows standardised; those in float32, as images are, stay so, and are never held in float64 as a whole."""
    if X.dtype != np.float32:
        return standardizer.transform(X)
    done = np.empty_like(X)
    for start in range(0, len(X), _AT_ONCE):
        done[start : start + _AT_ONCE] = standardizer.transform(X[start : start + _AT_ONCE])
    return done
