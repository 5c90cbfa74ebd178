"""A data set is a matrix, its targets and the names that belong to them; it can be described and split."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from cutaway.data.checks import (
    SEED_LIMIT,
    Floats,
    Integers,
    counted,
    finite_matrix,
    float_array,
    listed,
    short,
    sparse_matrix,
    whole_number,
)
from cutaway.data.schema import Column, Schema, Target, Task
from cutaway.errors import DataError, DtypeError, ShapeError, UsageError, one_of


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Samples with their targets, checked when made.

    Parameters
    ----------
    name : str
        The name in the catalogue, or that of the file.
    X : ndarray, shape (n_samples, n_features), float64
        One sample in each row; no NaN, no infinity. Given as float32, it stays so, to save memory.
    y : ndarray, shape (n_samples,), int64 or float64
        Labels 0..k-1 of a classification, numbers of a regression.
    task : {"binary", "multiclass", "regression"}
        What y is.
    feature_names : tuple of str
        One name for each column of X.
    class_names : tuple of str
        One name for each class; empty for a regression.
    target_name, description, source : str
        The name of y, one line about the data, and where they come from.
    image_shape : tuple of two ints, optional
        Height and width when a row is a picture, row after row of pixels.
    schema : Schema, optional
        How a table became X and y. Made from the names when left out.
    official_test : int
        How many rows, the last ones, are the part that everybody tests on; 0 if nobody said.

    Raises
    ------
    ShapeError, DtypeError, DataError, UsageError
        When the parts do not fit together; the message names them.

    Examples
    --------
    >>> Dataset("gate", [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], "binary", ("a", "b"), ("off", "on"))
    Dataset('gate': 4 samples x 2 features; binary target: off 2, on 2)
    """

    name: str
    X: Floats
    y: Integers | Floats
    task: Task
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    target_name: str = "target"
    description: str = ""
    source: str = ""
    image_shape: tuple[int, int] | None = None
    schema: Schema = None  # type: ignore[assignment]  # filled in when made, so that it always is there
    official_test: int = 0

    def __post_init__(self) -> None:
        """Check the parts against each other, and give arrays their documented dtypes."""
        if self.task not in get_args(Task):
            raise one_of(self.task, get_args(Task), name="The task")
        features, classes = tuple(map(str, self.feature_names)), tuple(map(str, self.class_names))
        X = sparse_matrix(self.X) if hasattr(self.X, "tocsr") else finite_matrix(self.X, "X", features, single=True)
        if len(features) != X.shape[1]:
            raise ShapeError("X needs one feature name for each column", received=f"{len(features)} for {X.shape}")
        if len(set(features)) != len(features):
            twice = sorted({name for name in features if features.count(name) > 1})
            raise DataError("A feature name occurs more than once", received=listed(map(repr, twice)))
        if self.image_shape is not None and math.prod(self.image_shape) != X.shape[1]:
            raise ShapeError("image_shape does not fit the columns of X", received=f"{self.image_shape} for {X.shape}")
        n = X.shape[0]
        if not 0 <= self.official_test < n:
            what = "official_test counts the last rows, and leaves some to train on"
            raise UsageError(what, received=f"{self.official_test} of {n}")
        y = _checked_target(self.y, n, self.task, classes)
        schema = self.schema
        if schema is None:
            schema = Schema(tuple(map(Column, features)), Target(self.target_name, self.task, classes))
        for field, value in {
            "X": X,
            "y": y,
            "feature_names": features,
            "class_names": classes,
            "schema": schema,
        }.items():
            object.__setattr__(self, field, value)

    @property
    def images(self) -> Floats:
        """The rows as pictures, shape (n_samples, height, width); ShapeError if they are none."""
        if self.image_shape is None:
            raise ShapeError(f"The rows of {self.name!r} are no pictures", received=f"X of shape {self.X.shape}")
        return self.X.reshape(-1, *self.image_shape)

    @property
    def n_classes(self) -> int:
        """Number of classes; 0 for a regression."""
        return len(self.class_names)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.y)

    def __repr__(self) -> str:
        """Return one line with sizes and class counts."""
        n, d = self.X.shape
        if self.task == "regression":
            about = f"from {self.y.min():g} to {self.y.max():g}"
        else:
            about = listed(f"{name} {count}" for name, count in self._class_counts().items())
        size = f"{counted(n, 'sample')} x {counted(d, 'feature')}"
        return f"{type(self).__name__}({self.name!r}: {size}; {self.task} {self.target_name}: {about})"

    def subset(self, indices: Iterable[int] | NDArray[Any]) -> Dataset:
        """Return the data set of some rows, in the given order; a boolean mask of all rows works too.

        Raises
        ------
        UsageError
            When an index is not that of a row, or none is given.
        """
        chosen = np.asarray(indices if isinstance(indices, np.ndarray) else list(indices))
        if chosen.dtype == np.bool_ and chosen.shape == self.y.shape:
            chosen = np.flatnonzero(chosen)
        n = len(self)
        if chosen.ndim != 1 or not chosen.size or chosen.dtype.kind not in "iu" or not _within(chosen, -n, n):
            raise UsageError(
                "The indices must be row numbers of the data set, or a boolean mask of all rows",
                received=short(chosen),
                instead=f"Write at least one number from 0 to {n - 1}",
            )
        return replace(self, X=self.X[chosen], y=self.y[chosen], official_test=0)

    def split(self, test: float = 0.2, validation: float = 0.0, seed: int = 0) -> Split:
        """Return disjoint parts for training, validation and test, drawn at random and the same for the same seed.

        Classes keep their shares in each part (the split is stratified). The test part depends on `test` and `seed`
        alone, so that asking for a validation part leaves it as it was. Where there is an official test part, such as
        that of MNIST, it is the test part whatever `test` and `seed` are.

        Parameters
        ----------
        test : float
            Share of the rows to test on, between 0 and 1.
        validation : float
            Share of all rows to validate on; 0 for none.
        seed : int
            Of the random order.

        Raises
        ------
        UsageError
            When a share is not between 0 and 1, or both leave nothing to train on.
        DataError
            When there are too few rows, or too few of a class, to have one in each part.

        Examples
        --------
        >>> import cutaway.data
        >>> cutaway.data.load("iris").split(test=0.2).test
        Dataset('iris': 30 samples x 4 features; multiclass species: setosa 10, versicolor 10, virginica 10)
        """
        _check_share(test, "test", zero=False)
        _check_share(validation, "validation", zero=True)
        if test + validation >= 1:
            raise UsageError(
                "The test and validation shares leave nothing to train on",
                received=f"test={test}, validation={validation}",
                instead="Their sum must be under 1",
            )
        rng = np.random.default_rng(whole_number(seed, "seed", 0, SEED_LIMIT))
        free = len(self) - self.official_test
        groups = [rng.permutation(rows[rows < free]) for rows in self._groups() if len(rows) and rows[0] < free]
        sizes = np.array([len(rows) for rows in groups])
        tests = np.zeros_like(sizes) if self.official_test else _shares(sizes, test)
        checks = _shares(sizes, validation * len(self) / free) if validation else np.zeros_like(sizes)
        if (tests + checks >= sizes).any():
            self._refuse_split(sizes, parts=3 if validation else 2)

        def part(start: Integers, stop: Integers) -> Dataset:
            rows = np.concatenate([g[a:b] for g, a, b in zip(groups, start, stop, strict=True)])
            return self.subset(rng.permutation(rows))

        official = self.subset(np.arange(free, len(self))) if self.official_test else None
        held_out = official or part(np.zeros_like(sizes), tests)
        return Split(
            train=part(tests + checks, sizes),
            validation=part(tests, tests + checks) if validation else None,
            test=held_out,
        )

    def summary(self) -> dict[str, Any]:
        """Return a description that `json.dumps` takes: names, sizes, and the classes or the range of the target."""
        about: dict[str, Any] = {
            "name": self.name,
            "description": self.description,
            "source": self.source,
            "task": self.task,
            "n_samples": len(self),
            "n_features": self.X.shape[1],
            "feature_names": list(self.feature_names),
            "target_name": self.target_name,
            "image_shape": list(self.image_shape) if self.image_shape else None,
        }
        if self.task == "regression":
            numbers_of_y = {"min": self.y.min(), "max": self.y.max(), "mean": self.y.mean(), "std": self.y.std()}
            return about | {"target": {name: float(value) for name, value in numbers_of_y.items()}}
        return about | {"class_counts": self._class_counts()}

    def _class_counts(self) -> dict[str, int]:
        counts = np.bincount(self.y.astype(np.int64), minlength=self.n_classes)
        return dict(zip(self.class_names, counts.tolist(), strict=True))

    def _groups(self) -> list[Integers]:
        if self.task == "regression":
            return [np.arange(len(self))]
        return [np.flatnonzero(self.y == label) for label in range(self.n_classes)]

    def _refuse_split(self, sizes: Integers, parts: int) -> None:
        if self.task == "regression":
            what = f"There are too few rows to have one in each of {parts} parts"
            raise DataError(what, received=counted(len(self), "row"), instead="Add rows or ask for smaller shares")
        present = [name for name, count in self._class_counts().items() if count]
        smallest = int(sizes.argmin())
        raise DataError(
            f"There are too few rows of class {present[smallest]!r} to have one in each of {parts} parts",
            received=f"{counted(int(sizes[smallest]), 'row')} of it among {len(self)}",
            instead="Add rows, leave that class out or ask for smaller shares",
        )


@dataclass(frozen=True)
class Split:
    """Disjoint parts of one data set.

    Parameters
    ----------
    train : Dataset
        To fit weights, and the standardisation, on.
    validation : Dataset or None
        To choose settings and stop early on.
    test : Dataset
        Held out: to be looked at once, at the end.
    """

    train: Dataset
    validation: Dataset | None
    test: Dataset


def _checked_target(target: object, n: int, task: str, classes: tuple[str, ...]) -> Integers | Floats:
    y = float_array(target, "y")
    if y.shape != (n,):
        advice = "Write y.ravel()" if y.shape == (n, 1) else "Give one target for each row of X"
        raise ShapeError(f"y must have the shape ({n},)", received=f"{y.shape}", instead=advice)
    if not np.isfinite(y).all():
        row = int((~np.isfinite(y)).argmax())
        raise DataError("y holds a value that is not finite", received=f"{y[row]} in row {row}")
    if task == "regression":
        if classes:
            raise UsageError("A regression has no classes", received=f"class_names {listed(classes)}")
        return y
    enough = len(classes) == 2 if task == "binary" else len(classes) > 2
    if not enough or len(set(classes)) != len(classes):
        wanted = "two different names" if task == "binary" else "three or more different names"
        raise UsageError(f"A {task} task needs {wanted} of classes", received=listed(map(repr, classes)) or "none")
    if (y != np.floor(y)).any():
        raise DtypeError("The labels of a classification must be whole numbers", received=short(np.asarray(target)))
    if not _within(y, 0, len(classes)):
        what = f"The labels must be 0 to {len(classes) - 1}, one for each class name"
        raise DataError(what, received=f"labels from {y.min():g} to {y.max():g}")
    return y.astype(np.int64)


def _check_share(value: object, name: str, *, zero: bool) -> None:
    good = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not good or not (0 < float(value) < 1 or (zero and value == 0)):  # type: ignore[arg-type]
        raise UsageError(
            f"The share {name} must lie between 0 and 1", received=short(value), instead="Write for example 0.2"
        )


def _shares(sizes: Integers, share: float) -> Integers:
    """Divide ``round(share * total)`` rows over groups by largest remainder, at least one row from each."""
    exact = sizes * share
    taken = np.floor(exact).astype(np.int64)
    short_of = round(int(sizes.sum()) * share) - int(taken.sum())
    taken[np.argsort(taken - exact, kind="stable")[: max(short_of, 0)]] += 1
    at_least_one: Integers = np.maximum(taken, 1)
    return at_least_one


def _within(values: NDArray[Any], low: int, high: int) -> bool:
    return bool(values.min() >= low and values.max() < high)
