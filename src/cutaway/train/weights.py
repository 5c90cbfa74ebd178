"""What a training run is given besides rows and targets: weights of rows and classes, and rows to hold out."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.nn.inputs import as_dtype
from cutaway.nn.targets import align
from cutaway.nn.validate import real, shown

if TYPE_CHECKING:
    from cutaway.nn.losses import Loss
    from cutaway.nn.network import Network

Array = NDArray[Any]
_INSTEAD = "Write validation=0.2 or validation=(X_validation, y_validation)"


def row_weights(
    targets: Array, loss: Loss, sample_weight: ArrayLike | None, class_weight: Any
) -> NDArray[np.float64] | None:
    """The weight of each row, shape (n,); None if all weigh the same.

    Parameters
    ----------
    targets : ndarray
        Aligned targets.
    loss : Loss
        Says what the classes are.
    sample_weight : array_like, shape (n,), optional
    class_weight : dict or "balanced", optional
        By label; "balanced" is ``n / (k * count)``, as in scikit-learn.
    """
    weights = None if sample_weight is None else _of_samples(sample_weight, len(targets))
    if class_weight is None:
        return weights
    if loss.task == "regression":
        raise UsageError("class_weight is for classes, and this is a regression", instead="Use sample_weight")
    labels = loss.labels(targets)
    if labels.ndim != 1:
        raise UsageError(
            "class_weight needs one label for each row",
            received=f"targets of shape {targets.shape}",
            instead="Use sample_weight",
        )
    of_rows = _of_classes(class_weight, np.bincount(labels))[labels]
    return of_rows if weights is None else weights * of_rows


def of_mean_one(weights: NDArray[np.float64], dtype: Any) -> Array:
    """Weights by their ratios: with a mean of 1, so that the mean loss of any batch is an estimate of that of all."""
    if not weights.any():
        raise DataError(
            "All rows to train on have the weight 0",
            instead="Give some of them a weight above 0",
        )
    scaled: Array = (weights / weights.mean()).astype(dtype)
    return scaled


def _of_samples(sample_weight: ArrayLike, n: int) -> NDArray[np.float64]:
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            "sample_weight must be numbers", received=str(error), instead=f"Give {n} of them, one for each row"
        ) from error
    if weights.shape != (n,):
        raise ShapeError(
            "sample_weight must have one number for each row",
            received=f"shape {weights.shape} for {n} rows",
            instead="Write sample_weight.ravel()" if weights.size == n else f"Give an array of shape ({n},)",
        )
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise DataError(
            "sample_weight must be finite and cannot be negative",
            received=f"{weights[~(weights >= 0) | np.isinf(weights)][0]:g} among them",
            instead="Give a row the weight 0 to leave it out",
        )
    return weights


def _of_classes(class_weight: Any, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weight of each class."""
    present = np.flatnonzero(counts)
    if isinstance(class_weight, str) and class_weight == "balanced":
        balanced: NDArray[np.float64] = counts.sum() / (len(present) * np.maximum(counts, 1))
        return balanced
    example = "{" + ", ".join(f"{k}: {1.0 + i}" for i, k in enumerate(present[:2])) + "}"
    if not isinstance(class_weight, dict):
        raise UsageError(
            'class_weight must be a dict or "balanced"',
            received=shown(class_weight)[:60],
            instead=f"Write for example class_weight={example}",
        )
    for k in present.tolist():
        if k not in class_weight:
            raise UsageError(
                f"class_weight lacks the class {k}",
                received=f"weights for {', '.join(map(repr, class_weight)) or 'no class'}",
                instead="Classes are whole numbers from 0; give the weight of each",
            )
        real(class_weight[k], f"class_weight of class {k}", "[0, inf)", instead=f"Write for example {example}")
    return np.array([class_weight.get(k, 0.0) for k in range(len(counts))], np.float64)


def holdout(
    network: Network,
    loss: Loss,
    rows: Array,
    targets: Array,
    weights: Array | None,
    validation: Any,
    seed: int,
) -> tuple[Array, Array, Array | None, list[Array] | None]:
    """Training rows, targets and weights, and validation (rows, targets) if any.

    A share is drawn by seed, from each class alike where there are classes.
    """
    if validation is None or (isinstance(validation, numbers.Real) and float(validation) == 0):
        return rows, targets, weights, None
    if isinstance(validation, (tuple, list)):
        if len(validation) not in (2, 3):
            raise UsageError(
                "validation must be a share or a pair (X, y)", received=f"{len(validation)} values", instead=_INSTEAD
            )
        X = network.check_input(validation[0], name="the validation X")
        t = align(validation[1], (X.shape[0], *network.output_shape), loss, name="the validation y")
        held = [X, as_dtype(t, network.dtype)]
        if len(validation) > 2 and validation[2] is not None:
            held.append(of_mean_one(_of_samples(validation[2], len(t)), network.dtype))
        return rows, targets, weights, held
    if isinstance(validation, bool) or not isinstance(validation, numbers.Real) or not 0 < float(validation) < 1:
        raise UsageError(
            "validation must be a share between 0 and 1, or (X, y)", received=shown(validation)[:60], instead=_INSTEAD
        )
    share = float(validation)
    from sklearn.model_selection import train_test_split

    labels = loss.labels(targets)
    stratify = labels if loss.task != "regression" and labels.ndim == 1 else None
    try:
        kept, held = train_test_split(
            np.arange(len(rows)), test_size=share, random_state=seed % 2**32, stratify=stratify
        )
    except ValueError as error:
        raise DataError(
            f"{share:.0%} for validation cannot be split off {len(rows)} rows",
            received=str(error).split(".")[0],
            instead="Give validation=(X, y), or more rows",
        ) from error
    held_out = [rows[held], as_dtype(targets[held], network.dtype)]
    return rows[kept], targets[kept], None if weights is None else weights[kept], held_out
