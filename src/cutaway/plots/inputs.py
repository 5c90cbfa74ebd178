"""What the pictures accept: samples in rows, one label or target for each, and names for both.

Every check is made here, once, so that a wrong array is named at the boundary and not by a traceback out of matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DataError, DtypeError, ShapeError, UsageError

Array: TypeAlias = NDArray[Any]
MAX_CLASSES = 30  # whole numbers with more distinct values than this are a quantity, not classes


def as_array(values: object) -> Array:
    """Return a NumPy array; tensors of other libraries are taken off their tape and their device first."""
    for step in ("detach", "cpu"):
        if hasattr(values, step):
            values = getattr(values, step)()
    try:
        return np.asarray(values)
    except ValueError:
        raise ShapeError("rows of different lengths do not make an array") from None


def finite(values: Array, name: str, instead: str = "Remove those rows or fill the values in") -> None:
    """Raise if a number is NaN or infinite; say how many there are and where the first is."""
    wrong = ~np.isfinite(values)
    if wrong.any():
        first = np.argwhere(wrong)[0]
        place = ", ".join(f"{axis} {i}" for axis, i in zip(("row", "column", "axis-2 index"), first, strict=False))
        raise DataError(
            f"{name} has values that are NaN or infinite",
            received=f"{int(wrong.sum())} of them, the first in {place}",
            instead=instead,
        )


def numbers(values: object, name: str) -> Array:
    """Return a float64 array of finite numbers, or raise."""
    array = as_array(values)
    try:
        if array.dtype.kind == "c":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise DtypeError(f"{name} must hold real numbers", received=f"an array of {array.dtype}") from None
    finite(array, name)
    return array


def matrix(X: object, name: str = "X") -> Array:
    """Return samples as a float64 array of shape (n_samples, n_features), or raise."""
    array = numbers(X, name)
    if array.ndim != 2:
        way = {
            1: f"For one feature write {name}.reshape(-1, 1), for one sample {name}.reshape(1, -1)",
            3: f"Write {name}.reshape(len({name}), -1); to look at images use plots.gallery",
        }
        raise ShapeError(
            f"{name} must have two axes, (n_samples, n_features)",
            received=f"shape {array.shape}",
            instead=way.get(array.ndim),
        )
    if 0 in array.shape:
        raise DataError(f"{name} is empty", received=f"shape {array.shape}")
    return array


def vector(y: object, name: str = "y", *, like: int | None = None, like_name: str = "X") -> Array:
    """Return one value for each sample, shape (n,): text, whole numbers as int64, or float64. Accepts (n, 1)."""
    array = as_array(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        one_hot = f"For one-hot or probability columns write {name}.argmax(axis=1)" if array.ndim == 2 else None
        raise ShapeError(
            f"{name} must have one value for each sample, shape (n,) or (n, 1)",
            received=f"shape {array.shape}",
            instead=one_hot,
        )
    if like is not None and len(array) != like:
        raise ShapeError(
            f"{like_name} and {name} must have the same number of samples",
            received=f"{like} in {like_name} and {len(array)} in {name}",
        )
    if len(array) == 0:
        raise DataError(f"{name} is empty", received="shape (0,)")
    if array.dtype.kind == "b":
        return array.astype(np.int64)
    if array.dtype.kind == "O":
        if all(isinstance(value, str) for value in array):
            return array.astype(str)
        array = numbers(array, name)
    if array.dtype.kind == "f":
        finite(array, name)
        return array.astype(np.int64) if whole(array) else array.astype(np.float64)
    if array.dtype.kind not in "iuUT":
        raise DtypeError(f"{name} must hold numbers or text", received=f"an array of {array.dtype}")
    return array.astype(str if array.dtype.kind in "UT" else np.int64)


def whole(values: Array) -> bool:
    """Say whether all are whole numbers that int64 holds."""
    return bool(np.all(values == np.round(values)) and np.all(np.abs(values) < 2**53))


def are_classes(y: Array) -> bool:
    """Say whether these are classes (text, or few whole numbers) rather than a quantity."""
    distinct = len(np.unique(y))
    if y.dtype.kind in "UT":
        if distinct > MAX_CLASSES:
            raise DataError(f"y has more than {MAX_CLASSES} classes", received=f"{distinct} different texts")
        return True
    return y.dtype.kind == "i" and distinct <= MAX_CLASSES


def column_names(names: Iterable[str] | None, count: int) -> tuple[str, ...]:
    """Return the given names, or x1, x2, ...; raise if there is not one for each feature."""
    given = _texts(names, "feature_names")
    if given and len(given) != count:
        raise UsageError(
            "feature_names must have one name for each feature", received=f"{len(given)} names for {count} features"
        )
    return given or tuple(f"x{i + 1}" for i in range(count))


def classes_of(labels: Array, names: Iterable[str] | None) -> tuple[Array, tuple[str, ...]]:
    """Return the classes in order and their names.

    With ``class_names`` and labels 0, 1, ... every named class counts, so that a class keeps its colour in a subset
    that happens to lack another one.
    """
    classes, given = np.unique(labels), _texts(names, "class_names")
    if not given:
        return classes, tuple(str(label) for label in classes)
    if classes.dtype.kind == "i" and classes[0] >= 0 and classes[-1] < len(given):
        return np.arange(len(given)), given
    if len(given) != len(classes):
        raise UsageError(
            "class_names must have one name for each class",
            received=f"{len(given)} names for the classes {', '.join(str(c) for c in classes[:6])}",
        )
    return classes, given


def _texts(names: Iterable[str] | None, what: str) -> tuple[str, ...]:
    if isinstance(names, str):
        raise UsageError(f"{what} must be a list of names", received=repr(names))
    return () if names is None else tuple(str(name) for name in names)


@dataclass(frozen=True)
class Samples:
    """Samples ready to be drawn: classes, a quantity (``classes`` is None), or no ``y`` at all."""

    X: Array
    y: Array | None
    feature_names: tuple[str, ...]
    classes: Array | None = None
    class_names: tuple[str, ...] = ()
    target_name: str = "target"


def samples(
    X: Any,
    y: object = None,
    *,
    feature_names: Iterable[str] | None = None,
    class_names: Iterable[str] | None = None,
    target_name: str | None = None,
) -> Samples:
    """Check samples and their labels; a ``cutaway.data.Dataset`` in place of ``X`` brings its labels and names."""
    quantity = False
    if y is None and hasattr(X, "X") and hasattr(X, "y"):
        quantity = getattr(X, "task", None) == "regression"
        feature_names = getattr(X, "feature_names", None) if feature_names is None else feature_names
        class_names = getattr(X, "class_names", None) if class_names is None else class_names
        target_name = target_name or getattr(X, "target_name", None)
        X, y = X.X, X.y
    rows = matrix(X)
    columns = column_names(feature_names, rows.shape[1])
    target = target_name or "target"
    if y is None:
        return Samples(rows, None, columns, target_name=target)
    labels = vector(y, like=len(rows))
    if quantity or not are_classes(labels):
        return Samples(rows, labels.astype(np.float64), columns, target_name=target)
    classes, named = classes_of(labels, class_names)
    return Samples(rows, labels, columns, classes, named, target)
