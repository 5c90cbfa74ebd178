"""``net.fit``: what it records, what it weighs, what it holds out, and that networks learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import TraceError
from cutaway.ops.special import softplus

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 2))
YES = (X[:, 0] + X[:, 1] > 0).astype(int)
LABELS = np.arange(30) % 3
NUMBERS = np.sin(X[:, 0]) + X[:, 1]
COUNTS = RNG.integers(0, 4, size=30)
"""Weights of rows; some are 0."""


def binary(*hidden: Any, **how: Any) -> ca.Network:
    layers = hidden or (ca.Dense(6, "tanh"),)
    return ca.Network([*layers, ca.Dense(1, "sigmoid")], **{"seed": 1, "dtype": "float64", **how})


def fit(net: ca.Network, x: Any = X, y: Any = YES, **how: Any) -> ca.History:
    return net.fit(x, y, **{"epochs": 5, "optimizer": ca.SGD(0.5), "progress": False, **how})


def weights(net: ca.Network) -> Array:
    return np.concatenate([a.ravel() for part in (net.params, net.state) for layer in part for a in layer.values()])


# Records ----------------------------------------------------------------------------------------------------------


def test_one_record_for_each_epoch() -> None:
    history = fit(binary(), validation=0.2)
    assert [r["epoch"] for r in history] == [1, 2, 3, 4, 5]
    assert history.stopped == "finished"
    for record in history:
        assert list(record) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "lr", "seconds"]
        assert all(type(value) in (int, float) for value in record.values())
        assert record["seconds"] > 0 and record["lr"] == 0.5 and 0 <= record["val_accuracy"] <= 1


def test_the_loss_of_an_epoch_was_measured_before_its_update() -> None:
    net = binary().build(2)
    before = net.evaluate(X, YES)
    history = fit(net, epochs=1)
    assert history["loss"][0] == pytest.approx(before["loss"], rel=1e-12)
    assert history["accuracy"][0] == before["accuracy"]
    again = fit(net, epochs=1, validation=(X, YES))
    assert again["loss"][0] < before["loss"]
    assert again["val_loss"][0] == pytest.approx(net.evaluate(X, YES)["loss"], rel=1e-12)


@pytest.mark.parametrize("batch_size", [None, 30, 29, 7, 1])
def test_the_loss_of_an_epoch_is_the_mean_over_all_rows(batch_size: int | None) -> None:
    """With a learning rate of 0 the rows are all seen with the same weights, whatever the batches."""
    net = binary().build(2)
    expected = net.evaluate(X, YES)
    history = fit(net, optimizer=ca.SGD(0.0), batch_size=batch_size)
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-12)
    np.testing.assert_allclose(history["accuracy"], expected["accuracy"], rtol=1e-12)


def test_batches_are_updates() -> None:
    """Two batches in order are two fits of one step each."""
    whole, parts = binary(), binary()
    fit(whole, epochs=1, batch_size=20, shuffle=False)
    for rows in (slice(0, 20), slice(20, 30)):
        fit(parts, X[rows], YES[rows], epochs=1)
    np.testing.assert_allclose(weights(whole), weights(parts), rtol=1e-12)


def test_all_rows_are_seen_once_in_each_epoch_in_another_order() -> None:
    seen: list[float] = []

    def spy(targets: Array, predictions: Array) -> float:
        seen.extend(targets.tolist())
        return 0.0

    net = ca.Network([ca.Dense(1)], dtype="float64")
    fit(net, y=NUMBERS, batch_size=7, epochs=3, metrics=[spy], optimizer=ca.SGD(0.01))
    epochs = np.reshape(seen, (3, 30))
    for order in epochs:
        np.testing.assert_array_equal(np.sort(order), np.sort(NUMBERS))
    assert len({tuple(order) for order in epochs}) == 3
    seen.clear()
    fit(net, y=NUMBERS, batch_size=7, epochs=2, metrics=[spy], shuffle=False, optimizer=ca.SGD(0.01))
    np.testing.assert_array_equal(np.reshape(seen, (2, 30)), [NUMBERS, NUMBERS])


def test_the_learning_rate_is_recorded() -> None:
    history = fit(binary(), optimizer="adam", lr=ca.Step(0.1, every=2, factor=0.5))
    np.testing.assert_allclose(history["lr"], [0.1, 0.1, 0.05, 0.05, 0.025])


def test_training_goes_on_where_it_stood() -> None:
    once, twice = binary(), binary()
    fit(once, epochs=10)
    fit(twice, epochs=4)
    fit(twice, epochs=6)
    np.testing.assert_array_equal(weights(once), weights(twice))


# Metrics and callbacks --------------------------------------------------------------------------------------------


def half(targets: Array, predictions: Array) -> float:
    return 0.5


class Worst:
    def __call__(self, targets: Array, predictions: Array) -> float:
        return float(np.abs(targets - predictions).max())


@pytest.mark.parametrize(
    "metrics, names",
    [
        ((), []),
        (None, ["accuracy"]),
        ("f1", ["f1"]),
        (half, ["half"]),
        (["precision", "recall", half], ["precision", "recall", "half"]),
        ([Worst()], ["metric"]),
    ],
)
def test_metrics(metrics: Any, names: list[str]) -> None:
    net = binary()
    history = fit(net, metrics=metrics, validation=0.2)
    expected = ["epoch", "loss", *names, "val_loss", *(f"val_{name}" for name in names), "lr", "seconds"]
    assert list(history.columns) == expected
    assert list(net.evaluate(X, YES, metrics=metrics)) == ["loss", *names]


def test_metrics_of_a_regression() -> None:
    net = ca.Network([ca.Dense(8, "tanh"), ca.Dense(1)], dtype="float64")
    history = fit(net, y=NUMBERS, epochs=300, optimizer=ca.Adam(0.05))
    assert "r2" in history.columns and history["r2"][-1] > 0.95
    found = net.evaluate(X, NUMBERS, metrics=["mean_squared_error", "r2"])
    assert found["loss"] == pytest.approx(found["mean_squared_error"])
    assert found["r2"] == pytest.approx(1 - found["loss"] / NUMBERS.var())


def test_functions_listen_and_stop() -> None:
    heard: list[int] = []
    history = fit(binary(), callbacks=lambda record: heard.append(record["epoch"]))
    assert heard == [1, 2, 3, 4, 5]
    history = fit(binary(), callbacks=[lambda record: record["epoch"] >= 3])
    assert (len(history), history.stopped) == (3, "early stopping")


def test_every_callback_hears_every_epoch_and_its_end() -> None:
    heard: list[Any] = []

    class Ear(ca.Callback):
        def __init__(self, name: str, stop: int) -> None:
            self.name, self.stop = name, stop

        def on_start(self, run: Any) -> None:
            heard.append((self.name, "start", run.epochs, run.steps_per_epoch))

        def on_epoch(self, record: Any, run: Any) -> bool:
            assert run.history.last == record and run.epoch == record["epoch"]
            heard.append((self.name, record["epoch"]))
            return bool(record["epoch"] == self.stop)

        def on_end(self, history: ca.History) -> None:
            heard.append((self.name, history.stopped))

    fit(binary(), batch_size=8, callbacks=[Ear("a", 2), Ear("b", 9)])
    assert heard == [
        ("a", "start", 5, 4),
        ("b", "start", 5, 4),
        ("a", 1),
        ("b", 1),
        ("a", 2),
        ("b", 2),
        ("a", "early stopping"),
        ("b", "early stopping"),
    ]


def test_a_callback_that_fails_is_not_silent_and_the_others_are_closed() -> None:
    ended: list[str] = []

    class Closing(ca.Callback):
        def on_end(self, history: ca.History) -> None:
            ended.append("closed")

    def wrong(record: Any) -> None:
        raise RuntimeError("mine")

    net = binary()
    with pytest.raises(RuntimeError, match="mine"):
        fit(net, callbacks=[Closing(), wrong])
    assert ended == ["closed"]
    assert np.isfinite(net.predict_proba(X)).all()


def test_callbacks_may_predict_with_the_network_in_training() -> None:
    shapes: list[Any] = []
    net = ca.Network([ca.Dense(4, "tanh"), ca.Dense(1)], dtype="float64")  # logits: the loss says what they mean
    fit(net, callbacks=lambda record: shapes.append((net.predict(X).dtype, net.predict_proba(X).shape)))
    assert shapes == [(np.int64, (30, 2))] * 5


# Held-out rows ----------------------------------------------------------------------------------------------------


class Parts(ca.Callback):
    """Notes the rows to train on and those held out."""

    def on_start(self, run: Any) -> None:
        self.trained, self.held_out = run.data[0].copy(), run.held_out[0].copy()
        self.labels = run.held_out[1].copy()


def test_a_share_is_held_out() -> None:
    parts, other = Parts(), Parts()
    fit(binary(), y=LABELS % 2, validation=0.2, callbacks=parts)
    assert (len(parts.trained), len(parts.held_out)) == (24, 6)
    together = np.concatenate([parts.trained, parts.held_out])
    np.testing.assert_array_equal(np.sort(together[:, 0]), np.sort(X[:, 0]))
    for seed in range(4):
        fit(binary(), y=LABELS % 2, validation=0.2, callbacks=other, seed=seed)
        assert other.labels.sum() == 2, "a third of the labels are 1: of the rows held out as well"
    fit(binary(), y=LABELS % 2, validation=0.2, callbacks=other, seed=5)
    assert set(parts.held_out[:, 0]) != set(other.held_out[:, 0])
    fit(binary(), y=LABELS % 2, validation=0.25, callbacks=parts)
    fit(binary(), y=LABELS % 2, validation=np.float32(0.25), callbacks=other)
    np.testing.assert_array_equal(parts.held_out, other.held_out)


@pytest.mark.parametrize("weight", [None, COUNTS], ids=["all alike", "weighed"])
def test_rows_that_are_held_out_are_not_trained_on(weight: Any) -> None:
    parts = Parts()
    share, pair = binary(), binary()
    first = fit(share, validation=0.3, callbacks=parts, sample_weight=weight)
    rows = [int(np.flatnonzero((row == X).all(axis=1))[0]) for row in parts.trained]
    held = [i for i in range(30) if i not in rows]
    weight = None if weight is None else weight[rows]
    second = fit(pair, X[rows], YES[rows], validation=(X[held], YES[held]), sample_weight=weight)
    np.testing.assert_array_equal(weights(share), weights(pair))
    np.testing.assert_allclose(first["val_loss"], second["val_loss"], rtol=1e-12)


@pytest.mark.parametrize("nothing", [None, 0, 0.0])
def test_nothing_is_held_out(nothing: Any) -> None:
    assert "val_loss" not in fit(binary(), validation=nothing)


def test_validation_is_measured_as_when_predicting() -> None:
    """Without dropout, and with the collected statistics."""
    net = binary(ca.Dense(6, "relu"), ca.BatchNorm(), ca.Dropout(0.5))
    history = fit(net, validation=(X, YES), batch_size=10)
    assert history["val_loss"][-1] == pytest.approx(net.evaluate(X, YES)["loss"], rel=1e-12)
    assert history["val_loss"][-1] != pytest.approx(history["loss"][-1])


# Weights of rows and classes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 7.5])
def test_a_weight_counts_as_repetitions(scale: float) -> None:
    weighed, repeated = binary(), binary()
    a = fit(weighed, sample_weight=scale * COUNTS, epochs=20, metrics=())
    b = fit(repeated, np.repeat(X, COUNTS, axis=0), np.repeat(YES, COUNTS), epochs=20, metrics=())
    np.testing.assert_allclose(a["loss"], b["loss"], rtol=1e-12)
    np.testing.assert_allclose(weights(weighed), weights(repeated), rtol=1e-10, atol=1e-12)


def test_weights_count_in_small_batches_too() -> None:
    """Row by row: a weight of 0 leaves the network as it was, and a weight twice the mean doubles the step."""
    weighed, alone = binary(), binary()
    fit(weighed, X[:2], YES[:2], sample_weight=[0.0, 3.0], batch_size=1, shuffle=False, epochs=1)
    fit(alone, X[1:2], YES[1:2], optimizer=ca.SGD(1.0), epochs=1)
    np.testing.assert_allclose(weights(weighed), weights(alone), rtol=1e-12)
    assert fit(weighed, sample_weight=COUNTS, batch_size=1).stopped == "finished"


def test_equal_weights_change_nothing() -> None:
    plain, weighed = binary(), binary()
    fit(plain, batch_size=8)
    fit(weighed, batch_size=8, sample_weight=np.full(30, 3.0))
    np.testing.assert_allclose(weights(plain), weights(weighed), rtol=1e-12)


def test_weights_of_classes() -> None:
    by_class, by_row, balanced, by_hand = (binary() for _ in range(4))
    fit(by_class, class_weight={0: 1.0, 1: 3.0})
    fit(by_row, sample_weight=np.where(YES == 1, 3.0, 1.0))
    np.testing.assert_allclose(weights(by_class), weights(by_row), rtol=1e-12)
    fit(balanced, class_weight="balanced")
    fit(by_hand, sample_weight=np.where(YES == 1, 30 / YES.sum(), 30 / (30 - YES.sum())))
    np.testing.assert_allclose(weights(balanced), weights(by_hand), rtol=1e-12)
    assert not np.allclose(weights(balanced), weights(by_class))


def test_weights_of_classes_and_rows_multiply() -> None:
    both, product = (ca.Network([ca.Dense(3, "softmax")], dtype="float64") for _ in range(2))
    of_classes = np.array([1.0, 2.0, 0.5])
    fit(both, y=LABELS, sample_weight=COUNTS + 1, class_weight=dict(enumerate(of_classes)))
    fit(product, y=LABELS, sample_weight=(COUNTS + 1) * of_classes[LABELS])
    np.testing.assert_allclose(weights(both), weights(product), rtol=1e-12)


def test_weights_stay_with_their_rows() -> None:
    """When rows are shuffled into batches, and when some are held out."""
    y = np.where(COUNTS > 0, YES, 1 - YES)  # rows of weight 0 have wrong labels
    net = binary(ca.Dense(16, "tanh"))
    fit(net, y=y, sample_weight=COUNTS, batch_size=5, epochs=300, validation=0.1, optimizer=ca.Adam(0.05))
    assert (net.predict(X)[COUNTS > 0] == YES[COUNTS > 0]).mean() > 0.9


# The loss ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last, y, name",
    [
        (ca.Dense(1, "sigmoid"), YES, "binary_cross_entropy"),
        (ca.Dense(1), YES, "binary_cross_entropy_from_logits"),
        (ca.Dense(3, "softmax"), LABELS, "categorical_cross_entropy"),
        (ca.Dense(3), LABELS, "categorical_cross_entropy_from_logits"),
        (ca.Dense(1), NUMBERS, "mean_squared_error"),
    ],
    ids=lambda value: str(value) if isinstance(value, (str, ca.Dense)) else "",
)
def test_the_natural_loss_is_chosen_and_said(last: ca.Dense, y: Array, name: str) -> None:
    net = ca.Network([ca.Dense(4, "tanh"), last])
    history = fit(net, y=y)
    assert net.loss is not None and net.loss.name == name
    assert [note for note in history.notes if note.startswith(f"The loss is {name}, because")] == history.notes


def test_a_loss_that_was_named_needs_no_note() -> None:
    assert fit(binary(), loss="binary_cross_entropy").notes == []


def test_probabilities_and_logits_are_the_same_training() -> None:
    """The sigmoid and the cross-entropy of it are computed as one; so are softmax and its cross-entropy."""
    for activation, units, y in (("sigmoid", 1, YES), ("softmax", 3, LABELS)):
        apart, together = (
            ca.Network([ca.Dense(5, "tanh"), ca.Dense(units, last)], seed=2, dtype="float64")
            for last in (activation, "identity")
        )
        a, b = fit(apart, y=y), fit(together, y=y)
        np.testing.assert_array_equal(weights(apart), weights(together))
        np.testing.assert_array_equal(a["loss"], b["loss"])
        np.testing.assert_allclose(apart.predict_proba(X), together.predict_proba(X), rtol=1e-12)


def test_a_certain_and_wrong_network_learns_at_full_speed() -> None:
    """A logit of 1000 has a probability of 1, whose logarithm has lost everything; the gradient has not."""
    net = ca.Network([ca.Dense(1, "sigmoid", weights=[[1000.0]])])
    history = fit(net, np.ones((4, 1)), [0, 0, 0, 0], optimizer=ca.SGD(1.0), epochs=2)
    assert history["loss"][0] == pytest.approx(1000, rel=1e-6)
    assert history["loss"][0] - history["loss"][1] == pytest.approx(2, rel=1e-4)


def own_cross_entropy(y: Any, p: Any) -> Any:
    """As in many a tutorial: a clip, a logarithm, a Python number at the end."""
    eps = 1e-12
    p = np.clip(p, eps, 1 - eps)
    m = y.shape[0]
    cost = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / m
    return float(np.squeeze(cost))


def own_rows(y: Any, z: Any) -> Any:
    total = 0.0
    for k in range(z.shape[1]):
        total = total + np.where(y[:, k] == 1, np.log1p(np.exp(-z[:, k])), np.log1p(np.exp(z[:, k])))
    return total / z.shape[1]


class OwnLoss:
    """With settings, and something that it keeps."""

    def __init__(self, strength: float) -> None:
        self.strength = strength

    def __call__(self, targets: Any, outputs: Any) -> Any:
        self.error = outputs - targets
        return self.strength * np.mean(self.error**2, axis=1)


def test_a_loss_of_ones_own_that_gives_one_number() -> None:
    own, ours = binary(), binary()
    a = fit(own, loss=own_cross_entropy)
    b = fit(ours, loss="binary_cross_entropy")
    np.testing.assert_allclose(a["loss"], b["loss"], rtol=1e-10)
    np.testing.assert_allclose(weights(own), weights(ours), rtol=1e-9)
    assert own.loss is not None and own.loss.name == "own_cross_entropy"
    np.testing.assert_array_equal(own.predict(X), ours.predict(X))
    assert a.columns == b.columns, "the sigmoid tells that these are classes"


def test_a_loss_of_ones_own_that_gives_one_number_for_each_row() -> None:
    y = (X > 0).astype(float)
    own, ours = (ca.Network([ca.Dense(2)], dtype="float64") for _ in range(2))
    a = fit(own, y=y, loss=own_rows, sample_weight=COUNTS, batch_size=7)
    b = fit(ours, y=y, loss="binary_cross_entropy_from_logits", sample_weight=COUNTS, batch_size=7)
    np.testing.assert_allclose(a["loss"], b["loss"], rtol=1e-10)
    np.testing.assert_allclose(weights(own), weights(ours), rtol=1e-9)


def test_a_loss_of_ones_own_as_an_object() -> None:
    own, ours = (ca.Network([ca.Dense(1)], dtype="float64") for _ in range(2))
    loss = OwnLoss(0.5)
    fit(own, y=NUMBERS, loss=loss)
    fit(ours, y=NUMBERS, loss="mean_squared_error", optimizer=ca.SGD(0.25))
    np.testing.assert_allclose(weights(own), weights(ours), rtol=1e-12)
    assert isinstance(loss.error, np.ndarray), "nothing recorded is left behind"
    assert loss.strength == 0.5


def test_labels_reach_a_loss_of_ones_own_unchanged() -> None:
    kinds: set[Any] = set()

    def picked(labels: Any, p: Any) -> Any:
        kinds.add((labels.dtype.name, labels.shape))
        return -np.log(p[np.arange(len(labels)), labels])

    own, ours = (ca.Network([ca.Dense(4, "tanh"), ca.Dense(3, "softmax")], dtype="float64") for _ in range(2))
    fit(own, y=LABELS, loss=picked)
    fit(ours, y=LABELS)
    assert kinds == {("int64", (30,))}
    np.testing.assert_allclose(weights(own), weights(ours), rtol=1e-9, atol=1e-12)


def test_losses_that_cannot_be_trained() -> None:
    with pytest.raises(TraceError, match="does not depend on the outputs"):
        fit(binary(), loss=lambda targets, outputs: 1.0)
    with pytest.raises(TraceError, match="The gradient of the loss is zero for all parameters"):
        fit(binary(), loss=lambda targets, outputs: np.sum(targets))
    with pytest.raises(TraceError, match="comparisons, rounding and the step activation have no slope"):
        fit(binary(), loss=lambda targets, outputs: np.mean((outputs > 0.5) != targets))
    with pytest.raises(TraceError, match="drew random numbers"):
        fit(binary(), loss=lambda targets, outputs: np.mean((outputs - np.random.rand(30, 1)) ** 2))


def test_a_loss_that_fails_says_so_itself() -> None:
    def wrong(targets: Any, outputs: Any) -> Any:
        return targets @ outputs

    with pytest.raises(ValueError, match="matmul"):
        fit(binary(), loss=wrong)


# Activations ------------------------------------------------------------------------------------------------------


def own_tanh(z: Any) -> Any:
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


def own_relu(z: Any) -> Any:
    a = z.copy()
    a[a < 0] = 0
    return a


class Scaled:
    scale = 1.0

    def __call__(self, z: Any) -> Any:
        self.last = z
        return self.scale * np.log(1 + np.exp(z))


@pytest.mark.parametrize(
    "own, name",
    [(own_tanh, "tanh"), (own_relu, "relu"), (Scaled(), "softplus"), (softplus, "softplus"), (np.tanh, "tanh")],
)
def test_an_activation_of_ones_own(own: Any, name: str) -> None:
    start = {"weights": "glorot_uniform"}
    mine, ours = binary(ca.Dense(6, own, **start)), binary(ca.Dense(6, name, **start))
    fit(mine, batch_size=8)
    fit(ours, batch_size=8)
    np.testing.assert_allclose(weights(mine), weights(ours), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(mine.predict_proba(X), ours.predict_proba(X), rtol=1e-9)


def test_a_layer_of_ones_own() -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True, repr=False)
    class Scale(ca.Layer):
        """Each feature has a factor of its own."""

        def build(self, shape: Any, rng: Any) -> Any:
            return ca.nn.Weights(params={"s": np.full(shape, 2.0)}, state={"seen": np.zeros(())})

        def forward(self, p: Any, x: Any, run: Any) -> Any:
            if run.training:
                run.update("seen", p["seen"] + x.shape[0])
            return x * p["s"]

    net = binary(Scale(), ca.Dense(3, "tanh"))
    fit(net, batch_size=20, epochs=2)
    assert net.state[0]["seen"] == 60
    assert not np.allclose(net.params[0]["s"], 2.0)


# Precision, learning ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_is_computed_in_the_networks_precision(dtype: str) -> None:
    net = binary(ca.Dense(6, "gelu"), ca.BatchNorm(), ca.Dropout(0.2), ca.LayerNorm(), dtype=dtype)
    fit(net, X.astype("float64"), batch_size=8, sample_weight=COUNTS, optimizer=ca.Adam(np.float64(0.01)))
    for layer in (*net.params, *net.state):
        assert {a.dtype.name for a in layer.values()} <= {dtype}
    assert net(X).dtype.name == dtype
    assert net.predict_proba(X).dtype.name == dtype


@pytest.mark.parametrize(
    "x", [X.astype("float32"), X.tolist(), np.asfortranarray(X), (10 * X).astype("int8"), X > 0, X[:, ::-1]]
)
def test_inputs_of_any_kind(x: Any) -> None:
    kept = np.array(x)
    assert fit(binary(), x).stopped == "finished"
    np.testing.assert_array_equal(x, kept)  # and they are left alone


def test_data_frames() -> None:
    pandas = pytest.importorskip("pandas", reason="tables of pandas are taken too")
    table = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": YES})
    net = binary()
    fit(net, table[["a", "b"]], table["y"])
    other = binary()
    fit(other)
    np.testing.assert_array_equal(weights(net), weights(other))
    np.testing.assert_array_equal(net.predict(table[["a", "b"]]), other.predict(X))


def test_images_are_flattened() -> None:
    images = RNG.normal(size=(12, 4, 4))
    net = ca.Network([ca.Flatten(), ca.Dense(2, "softmax")])
    assert fit(net, images, np.arange(12) % 2).stopped == "finished"
    assert net.predict_proba(images).shape == (12, 2)


def test_exclusive_or() -> None:
    x, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    for seed in range(3):
        net = ca.Network([ca.Dense(8, "tanh"), ca.Dense(1, "sigmoid")], seed=seed)
        history = net.fit(x, y, optimizer=ca.Adam(0.1), epochs=200, progress=False)
        np.testing.assert_array_equal(net.predict(x), y)
        assert history["accuracy"][-1] == 1 and history["loss"][-1] < 0.05


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw", "adagrad"])
def test_every_optimizer_learns(optimizer: str) -> None:
    net = binary()
    history = net.fit(X, YES, optimizer=optimizer, lr=0.1, epochs=100, batch_size=10, progress=False)
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert net.evaluate(X, YES)["accuracy"] > 0.9


def test_a_line_is_found_exactly() -> None:
    net = ca.Network([ca.Dense(1)], dtype="float64")
    fit(net, y=3 * X[:, 0] - 2 * X[:, 1] + 1, optimizer=ca.SGD(0.3, momentum=0.5), epochs=300)
    np.testing.assert_allclose(net.params[0]["W"].ravel(), [3, -2], atol=1e-9)
    np.testing.assert_allclose(net.params[0]["b"], [1], atol=1e-9)
    assert net.evaluate(X, 3 * X[:, 0] - 2 * X[:, 1] + 1)["r2"] == pytest.approx(1)


def test_penalties_shrink_weights() -> None:
    sizes = []
    for decay in (0.0, 0.1):
        net = binary()
        fit(net, optimizer=ca.SGD(0.5, weight_decay=decay), epochs=100)
        sizes.append(float(np.sum(weights(net) ** 2)))
    assert sizes[1] < 0.5 * sizes[0]


def test_progress_is_quiet_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    fit(binary(), progress=True)
    assert capfd.readouterr() == ("", "")
