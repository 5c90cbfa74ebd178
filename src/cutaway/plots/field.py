"""What a predict function says at every point of a grid, whatever kind of answer it gives.

Libraries answer in many shapes: labels, a score, a probability, one column or one for each class. Here they become one
record, ``Field``, of four kinds: *probability* and *score* of the second class, *value* of a quantity, and *regions* of
classes. A field also knows where its boundary lies: each class has a margin over the best of the others, and the
boundary is where a margin is zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.errors import DataError, ShapeError, UsageError, one_of
from cutaway.plots.inputs import MAX_CLASSES, Array, Samples, are_classes, as_array, finite, numbers, vector, whole

METHODS = {
    "auto": ("predict_proba", "decision_function", "predict"),
    "probability": ("predict_proba", "predict"),
    "score": ("decision_function", "predict"),
    "label": ("predict",),
    "value": ("predict",),
}
ROWS_AT_ONCE = 2**17  # a picture of 300 x 300 points is one call; finer ones don't need memory without bound


@dataclass(frozen=True)
class Field:
    """The answer of a predict function at points of the picture."""

    kind: str
    """``probability``, ``score``, ``value`` (one number for each point), or ``regions``."""
    values: Array
    """(N,) numbers; for regions the index of the class, int64."""
    classes: Array | None
    """The classes that the answer speaks of; None for a quantity."""
    shares: Array | None = None
    """(N, k) probabilities or scores behind regions, if there are any."""
    kind_of_shares: str = ""

    @property
    def level(self) -> float:
        """The number at which the second class begins."""
        return 0.5 if self.kind == "probability" else 0.0

    def margin(self, index: int) -> Array:
        """Return by how much class ``index`` beats the best other one: zero on its boundary."""
        if self.shares is None:
            return np.where(self.values == index, 0.5, -0.5)
        others = np.delete(self.shares, index, axis=1)
        return np.asarray(self.shares[:, index] - others.max(axis=1))


def evaluate(predict: object, points: Array, table: Samples, kind: str = "auto") -> Field:
    """Ask ``predict`` about points (N, n_features) and say what kind of answer it gave."""
    if kind not in METHODS:
        raise one_of(kind, METHODS, name="kind")
    if kind == "auto" and table.y is not None and table.classes is None:
        kind = "value"
    name, function = _method(predict, kind)
    answer = _ask(function, points, name)
    known = _known_classes(predict, table)
    if kind == "value":
        return Field("value", vector_of_numbers(answer), None)
    if kind == "label":
        return _regions(vector(answer, "predict's answer"), known)
    if name == "predict_proba":
        kind = "probability"
    elif name == "decision_function":
        if answer.ndim == 2 and answer.shape[1] > 1 and hasattr(predict, "predict"):
            # columns may be one against one, which says nothing about a class: the labels are what counts
            return evaluate(predict, points, table, "label")
        kind = "score"
    if answer.dtype.kind in "UTOb" or (kind == "auto" and _are_labels(answer)):
        return _regions(vector(answer, "predict's answer"), known)
    return _numeric(numbers(answer, f"the answer of {name}"), kind, known, name)


def vector_of_numbers(answer: Array) -> Array:
    """Return a quantity as (N,) float64."""
    return vector(numbers(answer, "predict's answer"), "predict's answer").astype(np.float64)


def _method(predict: object, kind: str) -> tuple[str, Callable[[Array], Any]]:
    for name in METHODS[kind]:
        if callable(method := getattr(predict, name, None)):
            return name, method
    if callable(predict):
        return "predict", predict
    raise UsageError(
        "predict must be a function of X, or a model with predict_proba, decision_function or predict",
        received=f"an object of type {type(predict).__name__}",
    )


def _ask(function: Callable[[Array], Any], points: Array, name: str) -> Array:
    answers = []
    for start in range(0, len(points), ROWS_AT_ONCE):
        part = points[start : start + ROWS_AT_ONCE]
        try:
            answer = function(part)
        except Exception as error:
            error.add_note(
                f"plots.boundary called {name} with an array of shape {part.shape}, rows are samples. If it wants them "
                "in columns, write lambda X: predict(X.T).T; if it wants tensors, convert in a lambda."
            )
            raise
        if isinstance(answer, tuple):
            raise ShapeError(
                f"{name} must return one array",
                received=f"a tuple of {len(answer)}",
                instead="Choose the one to draw, such as lambda X: forward(X)[-1]",
            )
        array = as_array(answer)
        if array.ndim not in (1, 2) or len(array) != len(part):
            columns = array.ndim == 2 and array.shape[1] == len(part)
            raise ShapeError(
                f"{name} must return one row for each of the {len(part)} points it was given",
                received=f"shape {array.shape}",
                instead="Its samples are in columns: write lambda X: predict(X.T).T" if columns else None,
            )
        answers.append(array)
    joined = np.concatenate(answers)
    if joined.dtype.kind == "f":
        finite(joined, f"the answer of {name}", "Look in it for a logarithm of 0, a division by 0 or an overflow")
    return joined[:, 0] if joined.ndim == 2 and joined.shape[1] == 1 else joined


def _are_labels(answer: Array) -> bool:
    few = answer.ndim == 1 and answer.dtype.kind in "iuf" and whole(answer)
    return few and len(np.unique(answer)) <= MAX_CLASSES


def _known_classes(predict: object, table: Samples) -> Array | None:
    """Return the classes of the model if it names them, else those of the data."""
    own = getattr(predict, "classes_", None)
    if own is None or callable(own) or np.ndim(own) != 1:
        return table.classes
    return vector(own, "classes_")


def _numeric(answer: Array, kind: str, known: Array | None, name: str) -> Field:
    """Tell probabilities from scores, one column from many."""
    if answer.ndim == 2 and answer.shape[1] == 0:
        raise ShapeError(f"{name} returned no columns", received=f"shape {answer.shape}")
    rounding = 1e-4  # float32 probabilities of 10 classes add up to 1 no better than this
    between = bool(answer.min() >= -rounding and answer.max() <= 1 + rounding)
    fair = between and (answer.ndim == 1 or bool(np.all(np.abs(answer.sum(axis=1) - 1) < 10 * rounding)))
    if kind == "probability" and not fair:
        rows = "" if answer.ndim == 1 else ", and the rows add up to 1"
        raise DataError(
            f"{name} must return probabilities between 0 and 1{rows}",
            received=f"numbers from {answer.min():.4g} to {answer.max():.4g}",
            instead="For scores or logits write kind='score'",
        )
    kind = "probability" if kind == "probability" or (kind == "auto" and fair) else "score"
    if answer.ndim == 2 and answer.shape[1] > 2:
        count = answer.shape[1]
        classes = np.arange(count) if known is None else known
        if len(classes) != count:
            if classes.dtype.kind != "i" or classes.min() < 0 or classes.max() >= count:
                raise ShapeError(
                    f"{name} must return one column for each class of y",
                    received=f"{count} columns for {len(classes)} classes",
                )
            classes = np.arange(count)
        return Field("regions", answer.argmax(axis=1), classes, answer, kind)
    if answer.ndim == 2:
        answer = answer[:, 1] if kind == "probability" else answer[:, 1] - answer[:, 0]
    pair = known if known is not None and len(known) == 2 else np.arange(2)
    return Field(kind, answer, pair)


def _regions(labels: Array, known: Array | None) -> Field:
    found = np.unique(labels)
    if not are_classes(labels):
        raise DataError(
            "predict must return labels, text or at most 30 different whole numbers",
            received=f"{len(found)} different values such as {found[0]!s}",
            instead="For probabilities, scores or a quantity write kind='probability', 'score' or 'value'",
        )
    if known is not None and known.dtype.kind != found.dtype.kind:
        raise DataError(
            "predict returns labels of another type than y",
            received=f"labels such as {found[0]!s} where y has {known[0]!s}",
        )
    classes = found if known is None else np.union1d(known, found)
    return Field("regions", np.searchsorted(classes, labels), classes)
