"""What a training run is given besides rows and targets: weights of rows and classes, and rows to hold out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.nn.inputs import as_dtype
from cutaway.nn.targets import align

if TYPE_CHECKING:
    from cutaway.nn.losses import Loss
    from cutaway.nn.network import Network

Array = NDArray[Any]


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
    n = len(targets)
    weights = None
    if sample_weight is not None:
        weights = np.asarray(sample_weight, np.float64)
        if weights.shape != (n,):
            raise ShapeError(
                "sample_weight must have one number for each row", received=f"{weights.shape} for {n} rows"
            )
        if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
            raise DataError("sample_weight must be finite, not negative, and not all zero")
    if class_weight is None:
        return weights
    if loss.task == "regression":
        raise UsageError("class_weight is for classes, and this is a regression", instead="Use sample_weight")
    labels = loss.labels(targets)
    if labels.ndim != 1:
        raise UsageError("class_weight needs one label for each row", received=f"targets of shape {targets.shape}")
    counts = np.bincount(labels)
    if class_weight == "balanced":
        by_class = {i: n / (np.count_nonzero(counts) * c) for i, c in enumerate(counts) if c}
    elif isinstance(class_weight, dict):
        by_class = class_weight
    else:
        raise UsageError('class_weight must be a dict or "balanced"', received=repr(class_weight)[:60])
    missing = sorted(set(np.flatnonzero(counts).tolist()) - set(by_class))
    if missing:
        raise UsageError(f"class_weight lacks the class {missing[0]}", received=f"weights for {sorted(by_class)}")
    of_rows = np.array([by_class.get(i, 0.0) for i in range(len(counts))], np.float64)[labels]
    return of_rows if weights is None else weights * of_rows


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
    if validation is None or validation == 0:
        return rows, targets, weights, None
    if isinstance(validation, (tuple, list)):
        if len(validation) != 2:
            raise UsageError("validation must be a share or a pair (X, y)", received=f"{len(validation)} values")
        X = network.check_input(validation[0], name="the validation X")
        t = align(validation[1], (len(X), *network.output_shape), loss, name="the validation y")
        return rows, targets, weights, [X, as_dtype(t, network.dtype)]
    if isinstance(validation, bool) or not isinstance(validation, (int, float)) or not 0 < validation < 1:
        raise UsageError("validation must be a share between 0 and 1, or (X, y)", received=repr(validation)[:60])
    from sklearn.model_selection import train_test_split

    labels = loss.labels(targets)
    stratify = labels if loss.task != "regression" and labels.ndim == 1 else None
    try:
        kept, held = train_test_split(np.arange(len(rows)), test_size=validation, random_state=seed, stratify=stratify)
    except ValueError as error:
        raise DataError(
            f"validation={validation} cannot be split off {len(rows)} rows: {error}",
            instead="Give validation=(X, y), or more rows",
        ) from error
    held_out = [rows[held], as_dtype(targets[held], network.dtype)]
    return rows[kept], targets[kept], None if weights is None else weights[kept], held_out
