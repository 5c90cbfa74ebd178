"""Predictions of a saved run for other rows, as a table that can be printed, written or sent as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import UsageError
from cutaway.experiments.saved import SavedRun
from cutaway.experiments.scores import scores
from cutaway.files import replacing
from cutaway.train.history import csv_lines

Array = NDArray[Any]


@dataclass(frozen=True)
class Predictions:
    """What a run says about rows.

    Parameters
    ----------
    run : SavedRun
    data : str
        Where the rows are from.
    predicted : ndarray, shape (n_samples,)
        Labels, or numbers.
    probabilities : ndarray, shape (n_samples, n_classes), or None
        If they were asked for.
    y : ndarray, shape (n_samples,), or None
        The true target, where it is known.
    caution : str
        What to know before trusting the scores; empty if there is nothing.
    """

    run: SavedRun
    data: str
    predicted: Array
    probabilities: Array | None
    y: Array | None
    caution: str = ""

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.predicted)

    @property
    def scores(self) -> dict[str, float] | None:
        """Each metric, if the true target is known."""
        return None if self.y is None else scores(self.run.schema.target.task, self.y, self.predicted)

    @property
    def columns(self) -> list[str]:
        """Names of what `rows` gives."""
        names = ["row", "predicted"] + ([] if self.y is None else ["true"])
        return names + ([] if self.probabilities is None else [f"p({name})" for name in self.run.classes])

    def rows(self, most: int | None = None) -> Iterator[list[Any]]:
        """Give the rows as lists of plain values, numbered from 1."""
        for i in range(len(self) if most is None else min(most, len(self))):
            row: list[Any] = [i + 1, self._name(self.predicted[i])]
            if self.y is not None:
                row.append(self._name(self.y[i]))
            if self.probabilities is not None:
                row += self.probabilities[i].tolist()
            yield row

    def csv(self) -> str:
        """Return all rows as CSV."""
        return csv_lines([self.columns, *self.rows()])

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write all rows to a CSV file, atomically."""
        with replacing(Path(path)) as temporary:
            temporary.write_text(self.csv(), encoding="utf-8", newline="\n")

    def to_json(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "run": str(self.run.folder),
            "data": self.data,
            "rows": len(self),
            "target": self.run.schema.target.name,
            "classes": list(self.run.classes),
            "predicted": [self._name(value) for value in self.predicted],
            "true": None if self.y is None else [self._name(value) for value in self.y],
            "probabilities": None if self.probabilities is None else self.probabilities.tolist(),
            "scores": self.scores,
            "caution": self.caution or None,
        }

    def _name(self, value: Any) -> str | float:
        return self.run.classes[int(value)] if self.run.classes else float(value)


def predictions(
    run: SavedRun,
    data: str | os.PathLike[str],
    *,
    seed: int | None = None,
    n_samples: int | None = None,
    noise: float | None = None,
    proba: bool = False,
) -> Predictions:
    """Return what a run says about the rows of a table or of a built-in data set.

    Parameters
    ----------
    run : SavedRun
    data, seed, n_samples, noise
        As for `SavedRun.rows`.
    proba : bool
        Whether to ask for probabilities.

    Raises
    ------
    UsageError
        If probabilities are asked of a run that predicts numbers.
    DataMissingError, DataError
        If there is no such table, or it does not fit.
    """
    if proba and not run.classes:
        raise UsageError(
            "There are probabilities of classes only",
            received=f"a run that predicts numbers, {run.schema.target.name!r}",
            instead="Leave --proba out",
        )
    rows = run.rows(data, seed=seed, n_samples=n_samples, noise=noise)
    used = run.was_trained_on(data, seed)
    return Predictions(
        run,
        str(data),
        np.asarray(run.labels(rows.X)),
        run.predict_proba(rows.X) if proba else None,
        rows.y,
        "The network was trained on a part of these rows, so this says little about new ones." if used else "",
    )
