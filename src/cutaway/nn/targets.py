"""Targets meet outputs once, at the boundary: afterwards they have the same shape, and nothing is broadcast.

Labels (n,) against outputs (n, 1) would make NumPy compute a loss over all n times n pairs, without a word. Here they
are aligned explicitly, and what does not fit is refused with both shapes and a way out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import DataError, DtypeError, ShapeError, UsageError
from cutaway.nn.inputs import as_array
from cutaway.nn.losses import Loss, LossFunction, find_loss, one_hot

CODE_TEXT = "classes, {name} = numpy.unique({name}, return_inverse=True)"


def align(
    targets: ArrayLike, outputs_shape: tuple[int, ...], loss: str | Loss | LossFunction, *, name: str = "y"
) -> NDArray[Any]:
    """Return the targets as the loss needs them: float64, in the shape of the outputs.

    Integer labels become one-hot rows for a categorical cross-entropy. Only a loss function of the user's own may get
    them unchanged, as int64 of shape (n,), if the network has several outputs.

    Parameters
    ----------
    targets : array_like
        Numbers of shape (n,), (n, 1) or (n, k); labels 0 ... k-1 of shape (n,) or (n, 1).
    outputs_shape : tuple of int
        Shape of the outputs of the network, (n, k).
    loss : str, Loss or callable
        The loss that they are for.
    name : str
        How errors call the targets.

    Raises
    ------
    ShapeError
        If targets and outputs do not fit together.
    DataError
        If targets are missing, are text, are not finite, or have values that the loss does not allow.

    Examples
    --------
    >>> align([0, 1, 1], (3, 1), "binary_cross_entropy")
    array([[0.],
           [1.],
           [1.]])
    >>> align([0, 2], (2, 3), "categorical_cross_entropy")
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    loss = find_loss(loss)
    array = as_numbers(targets, name)
    _check_rows(array, outputs_shape, name)
    labels = is_single(array) and len(outputs_shape) == 2 and outputs_shape[1] > 1
    if loss.task == "multiclass" and loss.reads != "anything":
        return _classes(array, outputs_shape, loss, name)
    if loss.reads == "anything" and labels and array.dtype.kind in "biu":
        return _labels(array, outputs_shape[1], name)
    array = _in_shape(array, outputs_shape, loss, name)
    if loss.task == "binary" and loss.reads != "anything":
        _check_yes_or_no(array, name)
    if loss.reads == "rates" and array.min() < 0:
        raise DataError(
            f"{loss.name} counts events, so {name} cannot be negative",
            received=f"values down to {array.min():g}",
            instead='Use "mean_squared_error", or give the counts themselves',
        )
    return array.astype(np.float64)


def as_numbers(values: Any, name: str) -> NDArray[Any]:
    """Return ``values`` as a real, finite array of at least one row; DataError or DtypeError, by ``name``, if not."""
    if values is None:
        raise UsageError(f"{name} is missing", received="None", instead=f"Give {name}, one row for each row of X")
    array = as_array(values, name)
    if array.dtype.kind in "UST":
        some = ", ".join(repr(str(text)) for text in np.unique(array)[:3])
        raise DataError(
            f"{name} holds text, and a network computes with numbers",
            received=f"values such as {some}",
            instead=f"Number the classes: {CODE_TEXT.format(name=name)}",
        )
    if array.dtype.kind not in "biuf":
        raise DtypeError(
            f"{name} must be real numbers", received=f"dtype {array.dtype}", instead="Convert it to floats"
        )
    if array.size == 0:
        raise DataError(f"{name} is empty", received=f"shape {array.shape}", instead="Give at least one row")
    wrong = ~np.isfinite(array)
    if wrong.any():
        raise DataError(
            f"{name} must be finite",
            received=f"{wrong.sum()} values that are NaN or infinite, first in row {np.argwhere(wrong)[0][0]}",
            instead=f"Leave these rows out of X and of {name}",
        )
    return array


def is_single(array: NDArray[Any]) -> bool:
    """Whether there is one number in each row."""
    return array.ndim > 0 and array.shape[1:] in ((), (1,))


def is_whole(array: NDArray[Any]) -> bool:
    """Whether all values are whole numbers, of whatever dtype."""
    return array.dtype.kind in "biu" or bool((array == np.round(array)).all())


def is_one_hot(array: NDArray[Any]) -> bool:
    """Whether each row holds a single 1 among zeros."""
    return array.ndim == 2 and bool(np.isin(array, (0, 1)).all() and (array.sum(axis=1) == 1).all())


def _check_rows(array: NDArray[Any], outputs_shape: tuple[int, ...], name: str) -> None:
    n = outputs_shape[0]
    if array.ndim and array.shape[0] == n:
        return
    if array.ndim == 2 and array.shape[1] == n:
        instead = f"Samples are rows: write {name}{'.ravel()' if array.shape[0] == 1 else '.T'}"
    else:
        instead = "Give one target for each row of X"
    raise ShapeError(
        f"{name} and the outputs of the network have different numbers of rows",
        received=f"{name} of shape {array.shape}, outputs of shape {outputs_shape}",
        instead=instead,
    )


def _in_shape(array: NDArray[Any], outputs_shape: tuple[int, ...], loss: Loss, name: str) -> NDArray[Any]:
    if array.shape == outputs_shape:
        return array
    if len(outputs_shape) <= 2 and is_single(array) and outputs_shape[1:] in ((), (1,)):
        return array.reshape(outputs_shape)
    k = outputs_shape[1] if len(outputs_shape) == 2 else 0
    if k > 1 and is_single(array) and is_whole(array):
        instead = (
            f'For labels of {k} classes write Dense({k}, "softmax") and loss="categorical_cross_entropy"; '
            f"for one number in each row Dense(1) as the last layer"
        )
    elif k == 1 and array.ndim == 2 and is_one_hot(array):
        instead = (
            f'{name} is one-hot: write Dense({array.shape[1]}, "softmax") and loss="categorical_cross_entropy", '
            f"or {name}.argmax(axis=1) if there are two classes"
        )
    elif array.ndim <= 2:
        width = 1 if array.ndim == 1 else array.shape[1]
        instead = f"Write Dense({width}) as the last layer, or give {name} with {k or outputs_shape[1:]} columns"
    else:
        instead = f"Reshape {name}, or change the last layer"
    raise ShapeError(
        f"{name} does not fit the outputs of the network ({loss.name})",
        received=f"{name} of shape {array.shape}, outputs of shape {outputs_shape}",
        instead=instead,
    )


def _check_yes_or_no(array: NDArray[Any], name: str) -> None:
    low, high = array.min(), array.max()
    if low >= 0 and high <= 1:
        return
    values = np.unique(array)
    if np.isin(values, (-1, 1)).all():
        instead = f"Write ({name} + 1) / 2 for labels -1 and 1"
    elif np.array_equal(values, (1, 2)):
        instead = f"Write {name} - 1 for labels 1 and 2"
    elif is_whole(array) and low >= 0 and len(values) <= 100:
        k = int(high) + 1
        instead = f'For {k} classes write Dense({k}, "softmax") and loss="categorical_cross_entropy"'
    else:
        instead = 'For numbers write loss="mean_squared_error"'
    raise DataError(
        f"binary cross-entropy needs {name} in 0 ... 1", received=f"values from {low:g} to {high:g}", instead=instead
    )


def _classes(array: NDArray[Any], outputs_shape: tuple[int, ...], loss: Loss, name: str) -> NDArray[Any]:
    k = outputs_shape[-1]
    if len(outputs_shape) != 2 or k < 2:
        raise ShapeError(
            f"{loss.name} needs one output for each class, and at least two",
            received=f"outputs of shape {outputs_shape}",
            instead='For two classes write Dense(1, "sigmoid") and loss="binary_cross_entropy", or Dense(2, "softmax")',
        )
    if is_single(array):
        rows: NDArray[Any] = one_hot(_labels(array, k, name), k)
        return rows
    if array.shape != outputs_shape:
        raise ShapeError(
            f"{name} does not fit the outputs of the network ({loss.name})",
            received=f"{name} of shape {array.shape}, outputs of shape {outputs_shape}",
            instead=f"Give labels 0 ... {k - 1} of shape ({outputs_shape[0]},), or one-hot rows of {k} numbers",
        )
    sums = array.sum(axis=1)
    wrong = (array.min(axis=1) < 0) | (np.abs(sums - 1) > 1e-4)  # rows of float32 probabilities pass
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"Each row of {name} must be one-hot, or probabilities that sum to 1",
            received=f"{np.count_nonzero(wrong)} other rows; row {row} sums to {sums[row]:g}",
            instead='If several classes can hold at once, write "sigmoid" and loss="binary_cross_entropy"',
        )
    return array.astype(np.float64)


def _labels(array: NDArray[Any], k: int, name: str) -> NDArray[Any]:
    labels = array.reshape(-1)
    if not is_whole(labels):
        first = labels[labels != np.round(labels)][0]
        raise DataError(
            f"{name} must hold class labels, whole numbers 0 ... {k - 1}",
            received=f"the value {first:g}",
            instead='For numbers write loss="mean_squared_error"',
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= k:
        if low == 1 and high == k:
            instead = f"Labels start at 0: write {name} - 1"
        elif low >= 0 and high < 1000:
            instead = f"Give Dense({high + 1}) as the last layer, or number the classes: {CODE_TEXT.format(name=name)}"
        else:
            instead = f"Number the classes: {CODE_TEXT.format(name=name)}"
        wrong = high if high >= k else low
        raise DataError(
            f"{name} has the label {wrong}, but the network has {k} outputs: labels go 0 ... {k - 1}", instead=instead
        )
    return labels.astype(np.int64)
