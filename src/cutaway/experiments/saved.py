"""A run read back from its folder: it predicts for raw rows, which it standardises as in training.

A network on a graph has its graph with it, and predicts for all nodes at once.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.data import Rows, Schema, Standardizer, catalogue, load_rows
from cutaway.data.generated import RECIPES
from cutaway.errors import DataError
from cutaway.experiments.folder import DESCRIPTION, WEIGHTS, describe
from cutaway.nn.network import Network

Array = NDArray[Any]


@dataclass(frozen=True)
class SavedRun:
    """A network with all that it needs to predict.

    Parameters
    ----------
    folder : Path
    network : Network
        It takes standardised features, or all nodes of a graph as they are.
    standardizer : Standardizer or None
    schema : Schema
        How columns become features, and the classes.
    description : dict
        The whole ``network.json``.
    """

    folder: Path
    network: Network
    standardizer: Standardizer | None
    schema: Schema
    description: dict[str, Any]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty for a regression."""
        return self.schema.target.classes

    def predict(self, X: ArrayLike) -> Array:
        """Return the name of the class of each row, or its number; ``X`` (n_samples, n_features) is raw.

        Raises
        ------
        ShapeError
            If it does not fit; of a graph, if these are not all of its nodes.
        """
        answer = self.labels(X)
        return np.array(self.classes)[answer] if self.classes else answer

    def labels(self, X: ArrayLike) -> Array:
        """Return labels 0 ... k-1 in place of class names."""
        return self.network.predict(self._inputs(X))

    def predict_proba(self, X: ArrayLike) -> Array:
        """Return the probability of each class, shape (n_samples, n_classes); UsageError for a regression."""
        return self.network.predict_proba(self._inputs(X))

    def _inputs(self, X: ArrayLike) -> ArrayLike:
        return X if self.standardizer is None else self.standardizer.transform(np.asarray(X, dtype=np.float64))

    def rows(
        self,
        data: str | os.PathLike[str],
        *,
        seed: int | None = None,
        n_samples: int | None = None,
        noise: float | None = None,
    ) -> Rows:
        """Return the rows of a table or a built-in data set, encoded as those that the network was trained on.

        Parameters
        ----------
        data : str or path
            With or without the target column.
        seed, n_samples, noise
            Of generated data. The seed is by default one that the training did not use, so that the points are new.
        """
        generated = str(data) in RECIPES and not isinstance(data, os.PathLike)
        chosen = self.fresh_seed if generated and seed is None else seed or 0
        return load_rows(data, self.schema, n_samples=n_samples, noise=noise, seed=chosen)

    @property
    def fresh_seed(self) -> int:
        """A seed for generated data that differs from the one of the training data."""
        return int(self.description["seeds"]["split"]) + 1

    def was_trained_on(self, data: str | os.PathLike[str], seed: int | None = None) -> bool:
        """Return whether the training, as far as the name tells, saw a part of these rows."""
        if not isinstance(data, str) or data not in catalogue():
            return bool(f"file {data}" == self.description["results"]["data"]["source"])
        return data == self.data_name and bool(data not in RECIPES or seed == self.description["seeds"]["split"])

    @property
    def data_name(self) -> str:
        """The name of the data set that it was trained on."""
        return str(self.description["results"]["data"]["name"])


def read(folder: str | Path) -> SavedRun:
    """Read a run that `write` wrote.

    Raises
    ------
    DataMissingError
        If there is no run.
    DataError
        If a part of it cannot be read.

    Examples
    --------
    >>> run = read("runs/moons")        # doctest: +SKIP
    >>> run.predict([[0.5, 0.25]])        # doctest: +SKIP
    array(['1'], dtype='<U1')
    """
    path = Path(folder)
    description = describe(path)
    try:
        schema = Schema.from_json(description["schema"])
        found = description["standardizer"]
        standardizer = None if found is None else Standardizer.from_json(found)
        int(description["seeds"]["split"]), str(description["results"]["data"]["name"])
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path / DESCRIPTION} is incomplete", received=f"{type(error).__name__}: {error}") from error
    return SavedRun(path, Network.load(path / WEIGHTS), standardizer, schema, description)
