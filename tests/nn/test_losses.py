"""Losses: by hand, at extreme outputs, in both forms of labels; predictions and probabilities; those of one's own."""

import numpy as np
import pytest

from cutaway.errors import ShapeError, UsageError
from cutaway.nn import ACTIVATIONS, LOSSES, Loss, find_loss, huber, one_hot


def example(name, dtype=np.float64, n=6):
    rng = np.random.default_rng(0)
    loss = LOSSES[name]
    z = rng.normal(size=(n, 3))
    if loss.task == "multiclass":
        return one_hot(rng.integers(3, size=n), 3, dtype), (
            z if loss.reads == "logits" else ACTIVATIONS["softmax"](z)
        ).astype(dtype)
    if loss.task == "binary":
        return rng.integers(2, size=(n, 3)).astype(dtype), (
            z if loss.reads == "logits" else ACTIVATIONS["sigmoid"](z)
        ).astype(dtype)
    return rng.integers(4, size=(n, 3)).astype(dtype), np.exp(z).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_one_number_for_each_row(name, dtype):
    targets, outputs = example(name, dtype)
    losses = LOSSES[name](targets, outputs)
    assert losses.shape == (6,)
    assert losses.dtype == dtype
    alone = [float(LOSSES[name](targets[i : i + 1], outputs[i : i + 1])[0]) for i in range(6)]
    assert losses == pytest.approx(alone, rel=1e-6)


def test_values_by_hand():
    t, y = np.array([[1.0, 3.0]]), np.array([[2.0, 0.0]])
    assert LOSSES["mean_squared_error"](t, y).tolist() == [5.0]
    assert LOSSES["mean_absolute_error"](t, y).tolist() == [2.0]
    assert LOSSES["huber"](t, y).tolist() == [(0.5 + 2.5) / 2]
    assert huber(2.0)(t, y).tolist() == [(0.5 + 4.0) / 2]
    assert LOSSES["poisson"](np.array([[2.0]]), np.array([[np.e]])) == pytest.approx([np.e - 2])
    assert LOSSES["binary_cross_entropy"](np.array([[1.0]]), np.array([[0.25]])) == pytest.approx([np.log(4)])
    labels, p = np.array([2]), np.array([[0.25, 0.25, 0.5]])
    assert LOSSES["categorical_cross_entropy"](labels, p) == pytest.approx([np.log(2)])


@pytest.mark.parametrize("name", ["categorical_cross_entropy", "categorical_cross_entropy_from_logits"])
def test_integer_labels_and_one_hot_rows_are_the_same(name):
    targets, outputs = example(name)
    assert np.array_equal(LOSSES[name](targets, outputs), LOSSES[name](targets.argmax(axis=1), outputs))


@pytest.mark.parametrize("kind", ["binary", "categorical"])
def test_from_logits_equals_from_probabilities(kind):
    targets, z = example(f"{kind}_cross_entropy_from_logits")
    p = ACTIVATIONS["sigmoid" if kind == "binary" else "softmax"](z)
    assert LOSSES[f"{kind}_cross_entropy_from_logits"](targets, z) == pytest.approx(
        LOSSES[f"{kind}_cross_entropy"](targets, p), rel=1e-12
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_certain_and_wrong_stays_finite_and_silent(dtype):
    t, p = np.array([[1.0], [0.0], [1.0], [0.0]], dtype), np.array([[0.0], [1.0], [1.0], [0.0]], dtype)
    losses = LOSSES["binary_cross_entropy"](t, p)
    assert np.isfinite(losses).all()
    assert (losses[:2] > 60).all()
    assert losses[2:].tolist() == [0.0, 0.0]
    sure = np.array([[1.0, 0.0]], dtype)
    assert LOSSES["categorical_cross_entropy"](sure, sure).tolist() == [0.0]
    assert 60 < LOSSES["categorical_cross_entropy"](sure, sure[:, ::-1])[0] < 100


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_of_any_size_are_exact(dtype):
    z = np.array([[1e4], [-1e4]], dtype)
    binary = LOSSES["binary_cross_entropy_from_logits"]
    assert binary(np.ones((2, 1), dtype), z).tolist() == [0.0, 1e4]
    assert binary(np.zeros((2, 1), dtype), z).tolist() == [1e4, 0.0]
    classes = LOSSES["categorical_cross_entropy_from_logits"]
    assert classes(np.array([0, 1]), np.array([[1e4, -1e4], [1e4, -1e4]], dtype)).tolist() == [0.0, 2e4]


def test_huber_meets_the_square_within_delta():
    t, y = np.zeros((5, 1)), np.linspace(-1, 1, 5)[:, None]
    assert huber(1.0)(t, y) == pytest.approx(0.5 * LOSSES["mean_squared_error"](t, y))
    assert huber() == LOSSES["huber"]
    assert huber(2.0).name == "huber(delta=2)"


def test_binary_predictions():
    p = np.array([[0.2], [0.5], [0.9]])
    loss = LOSSES["binary_cross_entropy"]
    assert loss.predict(p).tolist() == [0, 0, 1]
    assert loss.predict(p).dtype == np.int64
    assert loss.probabilities(p) is p
    logits = LOSSES["binary_cross_entropy_from_logits"]
    assert logits.predict(np.array([[-0.1], [0.1]])).tolist() == [0, 1]
    assert logits.probabilities(np.array([[0.0]])).tolist() == [[0.5]]
    assert logits.predict(np.array([[-1.0, 1.0], [1.0, 1.0]])).tolist() == [[0, 1], [1, 1]]


def test_class_predictions():
    z = np.array([[0.0, 3.0, 1.0], [5.0, 3.0, 1.0]])
    loss = LOSSES["categorical_cross_entropy_from_logits"]
    assert loss.predict(z).tolist() == [1, 0]
    assert loss.probabilities(z).sum(axis=1) == pytest.approx([1.0, 1.0])
    assert LOSSES["categorical_cross_entropy"].probabilities(z) is z


def test_predicted_numbers():
    loss = LOSSES["mean_squared_error"]
    assert loss.predict(np.array([[1.5], [2.0]])).tolist() == [1.5, 2.0]
    assert loss.predict(np.ones((2, 3))).shape == (2, 3)
    with pytest.raises(UsageError, match="numbers, not probabilities"):
        loss.probabilities(np.ones((2, 1)))


def test_targets_take_the_form_of_predictions():
    assert LOSSES["binary_cross_entropy_from_logits"].labels(np.array([[0.0], [0.3], [1.0]])).tolist() == [0, 0, 1]
    assert LOSSES["categorical_cross_entropy"].labels(np.eye(3)[[2, 0]]).tolist() == [2, 0]
    assert LOSSES["huber"].labels(np.array([[1.0], [2.0]])).tolist() == [1.0, 2.0]


def test_own_loss_for_each_row_each_output_or_the_whole_batch():
    t, y = np.zeros((4, 2)), np.full((4, 2), 2.0)
    assert find_loss(lambda t, y: ((t - y) ** 2).sum(axis=1))(t, y).tolist() == [8.0] * 4
    assert find_loss(lambda t, y: (t - y) ** 2)(t, y).tolist() == [4.0] * 4
    assert find_loss(lambda t, y: ((t - y) ** 2).mean())(t, y) == 4.0


def test_own_loss_that_broadcasts_is_refused():
    def careless(targets, outputs):
        return (targets[:, 0] - outputs) ** 2

    with pytest.raises(ShapeError, match=r"careless must give one number for each row.*shape \(5, 5\)"):
        find_loss(careless)(np.zeros((5, 1)), np.zeros((5, 1)))


@pytest.mark.parametrize(
    ("activation", "task"),
    [("sigmoid", "binary"), ("softmax", "multiclass"), ("relu", "regression"), (np.sin, "regression")],
)
def test_task_of_an_own_loss_follows_from_the_output(activation, task):
    assert find_loss(lambda t, y: t - y, activation=activation).task == task


def test_a_record_passes_through():
    own = Loss("hinge", lambda t, y: np.maximum(0, 1 - t * y), "binary", "logits")
    assert find_loss(own) is own
