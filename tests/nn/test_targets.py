"""Targets are aligned with outputs, never broadcast; the natural loss follows from the output layer and the labels."""

import numpy as np
import pytest

from cutaway.nn import LOSSES, align, check_outputs, find_loss, natural_loss


@pytest.mark.parametrize(
    "targets",
    [[0, 1, 1], [0.0, 1.0, 1.0], [False, True, True], [[0], [1], [1]], np.array([0, 1, 1], np.uint8), (0, 1, 1)],
)
@pytest.mark.parametrize("name", ["binary_cross_entropy", "binary_cross_entropy_from_logits", "mean_squared_error"])
def test_a_column_is_made_explicitly(targets, name):
    aligned = align(targets, (3, 1), name)
    assert aligned.tolist() == [[0.0], [1.0], [1.0]]
    assert aligned.dtype == np.float64


@pytest.mark.parametrize(
    "targets", [[2, 0], [2.0, 0.0], [[2], [0]], [[0, 0, 1], [1, 0, 0]], np.array([2, 0], np.uint8)]
)
def test_labels_become_one_hot_rows(targets):
    assert align(targets, (2, 3), "categorical_cross_entropy").tolist() == [[0, 0, 1], [1, 0, 0]]


def test_soft_targets_are_kept():
    assert align([0.25, 1.0], (2, 1), "binary_cross_entropy").tolist() == [[0.25], [1.0]]
    rows = np.array([[0.5, 0.5], [0.1, 0.9]], np.float32)
    assert np.array_equal(align(rows, (2, 2), "categorical_cross_entropy"), rows)


def test_several_outputs_and_images():
    assert align(np.ones((4, 3)), (4, 3), "mean_squared_error").shape == (4, 3)
    assert align(np.ones((4, 5, 5)), (4, 5, 5), "mean_squared_error").shape == (4, 5, 5)
    assert align([[1, 0], [1, 1]], (2, 2), "binary_cross_entropy").tolist() == [[1, 0], [1, 1]]


def test_the_targets_of_the_caller_are_not_touched():
    y = np.array([[0.0], [1.0]])
    align(y, (2, 1), "mean_squared_error")[0, 0] = 9
    assert y[0, 0] == 0.0


def test_own_loss_gets_the_shape_of_the_outputs_or_integer_labels():
    own = find_loss(lambda t, y: -np.log(y[np.arange(len(t)), t]))
    assert align([0, 1], (2, 1), own).tolist() == [[0.0], [1.0]]
    labels = align([0, 2], (2, 3), own)
    assert labels.dtype == np.int64
    assert own(labels, np.full((2, 3), 1 / 3)) == pytest.approx(np.log([3, 3]))


def test_a_table_from_pandas():
    pandas = pytest.importorskip("pandas", reason="pandas is optional")
    assert align(pandas.Series([0, 1]), (2, 1), "binary_cross_entropy").tolist() == [[0.0], [1.0]]
    assert align(pandas.DataFrame({"t": [0.5, 1.5]}), (2, 1), "huber").tolist() == [[0.5], [1.5]]


def test_broadcasting_was_the_danger():
    """Labels (n,) against outputs (n, 1) give all n² pairs in NumPy: a mean that can rise while the network learns."""
    y, outputs = np.array([0.0, 1.0, 1.0]), np.array([[0.1], [0.9], [0.8]])
    wrong = np.square(y - outputs).mean()
    right = LOSSES["mean_squared_error"](align(y, outputs.shape, "mean_squared_error"), outputs).mean()
    assert right == pytest.approx(0.02)
    assert wrong > 10 * right


BCE, CCE, MSE = "binary_cross_entropy", "categorical_cross_entropy", "mean_squared_error"


@pytest.mark.parametrize(
    ("activation", "n_outputs", "targets", "chosen", "says"),
    [
        ("sigmoid", 1, [0, 1, 1], BCE, "the output is one sigmoid unit and y holds classes"),
        ("sigmoid", 1, [0.0, 1.0, 1.0], BCE, "classes"),
        ("sigmoid", 1, [[True], [False]], BCE, "classes"),
        ("sigmoid", 1, [-1, 1], BCE, "classes"),  # align then says what to write instead
        ("sigmoid", 1, [0.2, 0.7], MSE, "y holds numbers"),
        ("sigmoid", 3, [[1, 0, 1], [0, 0, 1]], BCE, "the outputs are 3 sigmoid units"),
        ("softmax", 3, [0, 2, 1], CCE, "distribution over classes"),
        ("softmax", 2, [[0.5, 0.5]], CCE, "distribution over classes"),
        ("identity", 1, [0, 1, 1], f"{BCE}_from_logits", "the classes 0 and 1"),
        ("identity", 1, [0.0, 1.0], MSE, "numbers"),
        ("identity", 1, [0, 1, 2], MSE, "numbers"),
        ("identity", 3, [0, 1, 2], f"{CCE}_from_logits", "class labels"),
        ("identity", 3, [[0.0], [2.0]], f"{CCE}_from_logits", "class labels"),
        ("identity", 2, [[0, 1], [1, 0]], f"{CCE}_from_logits", "one-hot rows"),
        ("identity", 2, [[0.3, 1.5], [1.0, 0.0]], MSE, "numbers"),
        ("tanh", 1, [-1, 1], MSE, "numbers"),
        (np.sin, 1, [0, 1], MSE, "one sin unit"),
    ],
)
def test_natural_loss(activation, n_outputs, targets, chosen, says):
    loss, why = natural_loss(activation, n_outputs, targets)
    assert loss is LOSSES[chosen]
    assert why.startswith(f"The loss is {chosen}, because ")
    assert says in why
    assert why.endswith(".")
    check_outputs(loss, activation)


def test_outputs_that_suit_their_loss():
    for loss, activation in (
        (BCE, "sigmoid"),
        (f"{BCE}_from_logits", "identity"),
        (CCE, "softmax"),
        ("poisson", "softplus"),
        ("poisson", np.exp),
        (BCE, lambda z: z**2 / (1 + z**2)),
        (MSE, "sigmoid"),
        ("huber", "tanh"),
    ):
        check_outputs(LOSSES[loss], activation)
    check_outputs(find_loss(lambda t, y: t - y), "relu")
