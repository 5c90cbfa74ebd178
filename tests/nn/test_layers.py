"""Layers: shapes, weights, what they do while training and while predicting, and how they print."""

import numpy as np
import pytest

from cutaway.nn import Activation, BatchNorm, Dense, Dropout, Flatten, Layer, LayerNorm, Normal


class Run:
    """A pass as the network makes it, with everything open to the test."""

    def __init__(self, training=True, dtype=np.float64, seed=0):
        self.training, self.dtype, self.updates = training, dtype, {}
        self.rng = np.random.default_rng(seed)

    def uniform(self, shape):
        return self.rng.random(shape, dtype=self.dtype)

    def update(self, name, value):
        assert self.training, "state changes only while training"
        self.updates[name] = value


def made(layer, shape, dtype=np.float64):
    weights = layer.build(shape, np.random.default_rng(0))
    return {name: array.astype(dtype) for name, array in {**weights.params, **weights.state}.items()}


LAYERS = [
    (Dense(4), (3,)),
    (Dense(4, "relu", bias=None), (3,)),
    (Dense(4, "softmax", weights=Normal(0.5), bias=0.1), (3,)),
    (Dense(2, np.sin), (3,)),
    (Activation("tanh"), (3,)),
    (Activation("gelu"), (2, 3)),
    (Flatten(), (2, 3)),
    (Flatten(), (3,)),
    (Dropout(0.25), (3,)),
    (Dropout(0.0), (2, 3)),
    (BatchNorm(), (3,)),
    (LayerNorm(), (3,)),
    (LayerNorm(), (2, 3)),
]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=[f"{layer}-{shape}" for layer, shape in LAYERS])
def test_contract(layer, shape, dtype, training):
    p = made(layer, shape, dtype)
    run = Run(training, dtype)
    x = np.random.default_rng(1).normal(size=(5, *shape)).astype(dtype)
    kept = x.copy(), {name: array.copy() for name, array in p.items()}
    y = layer.forward(p, x, run)
    assert y.shape == (5, *layer.output_shape(shape))
    assert y.dtype == dtype
    assert np.array_equal(x, kept[0]), "the input was written to"
    assert all(np.array_equal(p[name], kept[1][name]) for name in p), "the weights were written to"
    state = layer.build(shape, np.random.default_rng(0)).state
    assert set(run.updates) == (set(state) if training else set())
    for name, value in run.updates.items():
        assert value.shape == state[name].shape
        assert value.dtype == dtype


@pytest.mark.parametrize(("layer", "shape"), LAYERS, ids=[f"{layer}-{shape}" for layer, shape in LAYERS])
def test_weights_are_float64_and_follow_the_seed(layer, shape):
    first, second = (layer.build(shape, np.random.default_rng(3)) for _ in range(2))
    for a, b in ((first.params, second.params), (first.state, second.state)):
        assert all(array.dtype == np.float64 for array in a.values())
        assert all(np.array_equal(a[name], b[name]) for name in a)


def test_printed_as_the_code_that_makes_it():
    for layer in (
        Dense(8),
        Dense(8, "relu", weights="he_uniform", bias=None),
        Dense(8, weights=Normal(0.5)),
        Dropout(0.2),
        BatchNorm(momentum=0.2),
        LayerNorm(),
        Flatten(),
        Activation("tanh"),
    ):
        assert eval(repr(layer)) == layer
    assert repr(Dense(8, "relu")) == "Dense(8, 'relu')"
    assert repr(Dense(2, np.sin, weights=[[1, 2]])) == "Dense(2, sin, weights=<given array of shape (1, 2)>)"


def test_dense_computes_by_hand():
    layer = Dense(2, "relu", weights=[[1.0, -1.0], [2.0, 0.5]], bias=[0.5, 0.0])
    assert layer.forward(made(layer, (2,)), np.array([[1.0, 1.0]]), Run()).tolist() == [[3.5, 0.0]]


@pytest.mark.parametrize(
    ("activation", "variance"), [("relu", 2 / 400), ("gelu", 2 / 400), ("tanh", 2 / 600), (np.sin, 2 / 600)]
)
def test_default_weights_follow_the_activation(activation, variance):
    w = made(Dense(200, activation), (400,))["W"]
    assert w.var() == pytest.approx(variance, rel=0.03)


def test_he_weights_keep_the_size_of_a_deep_relu_network():
    x = np.random.default_rng(0).normal(size=(200, 128))
    for seed in range(20):
        layer = Dense(128, "relu")
        weights = layer.build((128,), np.random.default_rng(seed)).params
        x = layer.forward(weights, x, Run())
    assert 0.1 < np.square(x).mean() < 10  # He et al. (2015), equation 10: the second moment is kept


def test_flatten_keeps_the_order_and_takes_no_rows():
    layer = Flatten()
    assert layer.forward({}, np.arange(6.0).reshape(1, 2, 3), Run()).tolist() == [[0, 1, 2, 3, 4, 5]]
    assert layer.forward({}, np.empty((0, 2, 3)), Run()).shape == (0, 6)


def test_dropout_drops_the_share_and_keeps_the_mean():
    x = np.ones((400, 500))
    y = Dropout(0.3).forward({}, x, Run())
    assert (y == 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / x.size))
    assert np.unique(y) == pytest.approx([0, 1 / 0.7])


def test_dropout_does_nothing_when_predicting_and_differs_between_calls():
    x, layer, run = np.ones((8, 8)), Dropout(0.5), Run()
    assert layer.forward({}, x, Run(training=False)) is x
    assert not np.array_equal(layer.forward({}, x, run), layer.forward({}, x, run))


def test_batch_norm_normalises_the_batch_whatever_its_scale():
    x = np.random.default_rng(0).normal(1e3, 50.0, size=(64, 3))
    layer = BatchNorm()
    y = layer.forward(made(layer, (3,)), x, Run())
    assert y.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-10)
    assert y.var(axis=0) == pytest.approx(np.ones(3), rel=1e-6)


def test_batch_norm_predicts_one_row_with_the_running_values():
    layer = BatchNorm()
    p = made(layer, (2,)) | {"mean": np.array([1.0, 2.0]), "variance": np.array([4.0, 9.0])}
    y = layer.forward(p, np.array([[3.0, -1.0]]), Run(training=False))
    assert y == pytest.approx(np.array([[1.0, -1.0]]), rel=1e-5)


def test_layer_norm_is_the_same_when_training_and_predicting():
    layer, x = LayerNorm(), np.random.default_rng(0).normal(size=(4, 3))
    p = made(layer, (3,))
    assert np.array_equal(layer.forward(p, x, Run(True)), layer.forward(p, x, Run(False)))


def test_a_layer_of_ones_own_needs_only_forward():
    class Double(Layer):
        def forward(self, p, x, run):
            return 2 * x

    layer = Double()
    assert layer.build((3,), np.random.default_rng(0)).params == {}
    assert layer.output_shape((3,)) == (3,)
    assert layer.forward({}, np.ones(2), Run()).tolist() == [2.0, 2.0]
