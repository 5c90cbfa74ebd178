"""Mistakes that people make with layers, losses and targets, each with the message that they get."""

import numpy as np
import pytest

from cutaway.errors import CutawayError, DataError, DtypeError, ShapeError, UsageError
from cutaway.nn import (
    LOSSES,
    Activation,
    BatchNorm,
    Dense,
    Dropout,
    LayerNorm,
    align,
    check_outputs,
    find_loss,
    huber,
    natural_loss,
)

RNG = np.random.default_rng(0)
BCE, CCE, MSE = "binary_cross_entropy", "categorical_cross_entropy", "mean_squared_error"


class Training:
    training = True


MISTAKES = {
    "no units": (lambda: Dense(0), UsageError, "units of Dense must be a whole number of at least 1; received 0."),
    "negative units": (lambda: Dense(-3), UsageError, "received -3."),
    "units as a float": (lambda: Dense(8.0), UsageError, "whole number of at least 1; received 8.0. Write an integer"),
    "units as text": (lambda: Dense("relu"), UsageError, "received str 'relu'"),
    "inputs and outputs as in torch": (lambda: Dense(2, 8), UsageError, "the number of inputs is not given"),
    "a list of sizes": (lambda: Dense([8, 8]), UsageError, "received an array of shape (2,)"),
    "a misspelt activation": (lambda: Dense(8, "sigmod"), UsageError, "received 'sigmod'. Did you mean 'sigmoid'?"),
    "an activation class": (lambda: Dense(8, dict), UsageError, "must be a name or a function"),
    "an activation that was called": (
        lambda: Activation(np.tanh(np.ones(3))),
        UsageError,
        "received an array of shape (3,)",
    ),
    "softmax over one unit": (lambda: Dense(1, "softmax"), UsageError, 'Dense(1, "sigmoid") or Dense(2, "softmax")'),
    "softmax layer over one unit": (
        lambda: Activation("softmax").output_shape((1,)),
        UsageError,
        "is 1 for every input",
    ),
    "a misspelt initializer": (
        lambda: Dense(8, weights="he_unifrom"),
        UsageError,
        "weights of Dense is not known; received 'he_unifrom'. Did you mean 'he_uniform'?",
    ),
    "bias=False": (lambda: Dense(8, bias=False), UsageError, "bias=None leaves the biases out"),
    "weights on their side": (
        lambda: Dense(3, weights=np.ones((3, 2))).build((2,), RNG),
        ShapeError,
        "The weights of Dense(3) must have the shape (inputs, units), here (2, 3); received shape (3, 2). "
        "Write weights=array.T.",
    ),
    "a bias with two axes": (
        lambda: Dense(3, bias=np.zeros((1, 3))).build((2,), RNG),
        ShapeError,
        "The bias of Dense(3) must have the shape (units,), here (3,); received shape (1, 3). "
        "Write bias=array.ravel().",
    ),
    "weights for other data": (
        lambda: Dense(3, weights=np.ones((5, 3))).build((2,), RNG),
        ShapeError,
        "here (2, 3); received shape (5, 3). Give weights of that shape.",
    ),
    "He for a bias": (lambda: Dense(3, bias="he_normal").build((2,), RNG), UsageError, 'For biases write "zeros"'),
    "weights with NaN": (lambda: Dense(1, weights=[[np.nan]]), DataError, "must be finite; received 1 values"),
    "images into Dense": (lambda: Dense(3).build((8, 8), RNG), ShapeError, "samples of shape (8, 8). Write Flatten()"),
    "a single feature": (lambda: Dense(3).build((), RNG), ShapeError, "X.reshape(-1, 1)"),
    "images into BatchNorm": (lambda: BatchNorm().output_shape((8, 8)), ShapeError, "Write Flatten() before it"),
    "dropout of everything": (
        lambda: Dropout(1.0),
        UsageError,
        "rate of Dropout must be a number in [0, 1); received 1.0",
    ),
    "dropout in percent": (lambda: Dropout(20), UsageError, "received 20. Dropout(0.2) drops one input in five."),
    "negative dropout": (lambda: Dropout(-0.1), UsageError, "received -0.1"),
    "dropout as text": (lambda: Dropout("0.5"), UsageError, "received str '0.5'"),
    "momentum of nothing": (
        lambda: BatchNorm(momentum=0),
        UsageError,
        "momentum of BatchNorm must be a number in (0, 1]",
    ),
    "negative epsilon": (lambda: LayerNorm(-1e-5), UsageError, "epsilon of LayerNorm must be a positive number"),
    "a batch of one row": (
        lambda: BatchNorm().forward({"mean": 0, "variance": 1}, np.ones((1, 3)), Training()),
        ShapeError,
        "at least two rows in every batch while training: one row has no variance; received a batch of shape (1, 3)",
    ),
    "LayerNorm of one feature": (lambda: LayerNorm().output_shape((1,)), ShapeError, "at least two features"),
    "a misspelt loss": (lambda: find_loss("mean_square_error"), UsageError, "Did you mean 'mean_squared_error'?"),
    "a loss that was called": (
        lambda: find_loss(0.3),
        UsageError,
        "loss must be a name or a function fn(targets, outputs)",
    ),
    "no delta": (lambda: huber(0), UsageError, "delta of huber must be a positive number; received 0"),
    "too few targets": (
        lambda: align(np.zeros(90), (100, 1), BCE),
        ShapeError,
        "y and the outputs of the network have different numbers of rows; received y of shape (90,), outputs of shape "
        "(100, 1). Give one target for each row of X.",
    ),
    "a row of targets": (
        lambda: align(np.zeros((1, 5)), (5, 1), BCE),
        ShapeError,
        "Samples are rows: write y.ravel().",
    ),
    "targets in columns": (lambda: align(np.zeros((2, 5)), (5, 2), MSE), ShapeError, "Samples are rows: write y.T."),
    "a single target": (lambda: align(1.0, (5, 1), MSE), ShapeError, "y of shape (), outputs of shape (5, 1)"),
    "too many columns": (
        lambda: align(np.full((5, 3), 0.5), (5, 2), MSE),
        ShapeError,
        "y of shape (5, 3), outputs of shape (5, 2). Write Dense(3) as the last layer, or give y with 2 columns.",
    ),
    "labels for a regression with several outputs": (
        lambda: align([0, 1, 2], (3, 3), MSE),
        ShapeError,
        'For labels of 3 classes write Dense(3, "softmax") and loss="categorical_cross_entropy"',
    ),
    "two sigmoids for two classes": (
        lambda: align([0, 1, 1], (3, 2), BCE),
        ShapeError,
        "y does not fit the outputs of the network (binary_cross_entropy); received y of shape (3,), outputs of shape "
        "(3, 2). For labels of 2 classes",
    ),
    "one-hot rows for one output": (
        lambda: align(np.eye(2), (2, 1), BCE),
        ShapeError,
        'y is one-hot: write Dense(2, "softmax") and loss="categorical_cross_entropy", or y.argmax(axis=1)',
    ),
    "a label too many": (
        lambda: align([0, 3, 1], (3, 3), CCE),
        DataError,
        "y has the label 3, but the network has 3 outputs: labels go 0 ... 2. Give Dense(4) as the last layer",
    ),
    "labels from one": (lambda: align([1, 2, 3], (3, 3), CCE), DataError, "Labels start at 0: write y - 1."),
    "a negative label": (
        lambda: align([-1, 1, 0], (3, 3), CCE),
        DataError,
        "y has the label -1, but the network has 3 outputs: labels go 0 ... 2. Number the classes: "
        "classes, y = numpy.unique(y, return_inverse=True).",
    ),
    "numbers as labels": (
        lambda: align([0.5, 1], (2, 3), CCE),
        DataError,
        "whole numbers 0 ... 2; received the value 0.5",
    ),
    "classes with one output": (
        lambda: align([0, 1], (2, 1), CCE),
        ShapeError,
        "one output for each class, and at least two",
    ),
    "one-hot rows of another width": (
        lambda: align(np.eye(4), (4, 3), CCE),
        ShapeError,
        "Give labels 0 ... 2 of shape (4,), or one-hot rows of 3 numbers",
    ),
    "rows that are not one-hot": (
        lambda: align([[1, 0, 0], [1, 1, 0]], (2, 3), CCE),
        DataError,
        "must be one-hot, or probabilities that sum to 1; received 1 other rows; row 1 sums to 2",
    ),
    "labels -1 and 1": (
        lambda: align([-1, 1], (2, 1), BCE),
        DataError,
        "binary cross-entropy needs y in 0 ... 1; received values from -1 to 1. Write (y + 1) / 2 for labels -1 and 1.",
    ),
    "labels 1 and 2": (lambda: align([1, 2], (2, 1), BCE), DataError, "Write y - 1 for labels 1 and 2"),
    "three classes for one sigmoid": (
        lambda: align([0, 1, 2], (3, 1), BCE),
        DataError,
        'For 3 classes write Dense(3, "softmax")',
    ),
    "numbers for a cross-entropy": (
        lambda: align([0.5, -7.25], (2, 1), BCE),
        DataError,
        'write loss="mean_squared_error"',
    ),
    "negative counts": (
        lambda: align([-1.0, 2.0], (2, 1), "poisson"),
        DataError,
        "y cannot be negative; received values down to -1",
    ),
    "text": (
        lambda: align(["cat", "dog"], (2, 1), BCE, name="animal"),
        DataError,
        "animal holds text, and a network computes with numbers; received values such as 'cat', 'dog'. "
        "Number the classes: classes, animal = numpy.unique(animal, return_inverse=True).",
    ),
    "text among numbers": (lambda: align(np.array([1, "two"], object), (2, 1), MSE), DataError, "y holds text"),
    "NaN": (
        lambda: align([0, np.nan, 1, np.inf], (4, 1), BCE),
        DataError,
        "y must be finite; received 2 values that are NaN or infinite, first in row 1",
    ),
    "complex targets": (
        lambda: align([1j, 0], (2, 1), MSE),
        DtypeError,
        "y must be real numbers; received dtype complex128",
    ),
    "dates": (lambda: align(np.array(["2024-01-01"], "M8[D]"), (1, 1), MSE), DtypeError, "datetime64"),
    "rows of different lengths": (
        lambda: align([[1, 2], [3]], (2, 2), MSE),
        DataError,
        "its rows have different lengths",
    ),
    "no targets": (lambda: align(None, (2, 1), MSE), UsageError, "y is missing"),
    "empty targets": (lambda: natural_loss("sigmoid", 1, []), DataError, "y is empty; received shape (0,)"),
    "sigmoid twice": (
        lambda: check_outputs(LOSSES[f"{BCE}_from_logits"], "sigmoid"),
        UsageError,
        "binary_cross_entropy_from_logits needs logits, to which it applies its own sigmoid, from the last layer; "
        'received the output activation "sigmoid". Write "identity" as its activation, or loss="binary_cross_entropy".',
    ),
    "softmax twice": (lambda: check_outputs(LOSSES[f"{CCE}_from_logits"], "softmax"), UsageError, f'or loss="{CCE}"'),
    "no sigmoid": (
        lambda: check_outputs(LOSSES[BCE], "identity"),
        UsageError,
        f'Write "sigmoid" as its activation, or loss="{BCE}_from_logits".',
    ),
    "relu as a probability": (
        lambda: check_outputs(LOSSES[BCE], "relu"),
        UsageError,
        "needs a probability from each output",
    ),
    "sigmoids for one class of several": (
        lambda: check_outputs(LOSSES[CCE], "sigmoid"),
        UsageError,
        "positive outputs that sum to 1",
    ),
    "counts from an identity": (lambda: check_outputs(LOSSES["poisson"], "identity"), UsageError, 'Write "softplus"'),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake(mistake):
    wrong, error, says = MISTAKES[mistake]
    with pytest.raises(error) as caught:
        wrong()
    message = str(caught.value)
    assert isinstance(caught.value, CutawayError)
    assert says in message
    assert len(message) < 400, "an error is two or three sentences"
    assert "[[" not in message, "an error never prints an array"


def test_sparse_targets():
    sparse = pytest.importorskip("scipy.sparse", reason="needs SciPy")
    with pytest.raises(DtypeError, match=r"y must be dense; received a sparse matrix. Write y.toarray\(\)"):
        align(sparse.csr_array(np.eye(3)), (3, 3), CCE)
