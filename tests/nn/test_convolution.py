"""Layers of images: what they compute, against loops; shapes, starts, errors, and networks made of them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import ShapeError, UsageError
from cutaway.nn.saving import layer_from_json, layer_to_json

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 7, 6, 2))


def through(layer: Any, x: np.ndarray, **p: Any) -> np.ndarray:
    y: np.ndarray = layer.forward(p, x, None)
    assert y.shape == (len(x), *layer.output_shape(x.shape[1:]))
    return y


def test_a_convolution_is_a_weighted_sum_of_each_window() -> None:
    W, b = RNG.normal(size=(3, 2, 2, 4)), RNG.normal(size=4)
    found = through(ca.Conv2D(4, (3, 2), stride=(2, 1)), X, W=W, b=b)
    for n, i, j, f in np.ndindex(found.shape):
        window = X[n, 2 * i : 2 * i + 3, j : j + 2]
        assert found[n, i, j, f] == pytest.approx(np.sum(window * W[..., f]) + b[f], abs=1e-12)


def test_zeros_around_the_image() -> None:
    W = RNG.normal(size=(3, 3, 2, 1))
    padded = np.pad(X, ((0, 0), (1, 1), (1, 1), (0, 0)))
    inside = through(ca.Conv2D(1, 3, bias=None), padded, W=W)
    np.testing.assert_allclose(through(ca.Conv2D(1, 3, padding=1, bias=None), X, W=W), inside)
    np.testing.assert_allclose(through(ca.Conv2D(1, 3, padding="same", bias=None), X, W=W), inside)


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_divides_the_size_by_the_stride(kernel: int, stride: int) -> None:
    layer = ca.Conv2D(1, kernel, stride=stride, padding="same")
    for n in range(1, 12):
        assert layer.output_shape((n, 20, 1)) == (math.ceil(n / stride), math.ceil(20 / stride), 1)


@pytest.mark.parametrize("stride", [None, 1, (2, 3)])
def test_pooling_keeps_the_largest_or_the_mean(stride: Any) -> None:
    down, right = stride if isinstance(stride, tuple) else (stride or 2, stride or 3)
    largest = through(ca.MaxPool2D((2, 3), stride), X)
    mean = through(ca.AvgPool2D((2, 3), stride), X)
    for n, i, j, c in np.ndindex(largest.shape):
        window = X[n, down * i : down * i + 2, right * j : right * j + 3, c]
        assert largest[n, i, j, c] == window.max()
        assert mean[n, i, j, c] == pytest.approx(window.mean(), abs=1e-12)


def test_the_mean_of_each_channel() -> None:
    np.testing.assert_allclose(through(ca.GlobalAveragePool(), X), X.reshape(3, 42, 2).mean(axis=1))


@pytest.mark.parametrize(
    "layer", [ca.Conv2D(2, 3, bias=None), ca.MaxPool2D(2), ca.AvgPool2D(2), ca.GlobalAveragePool()]
)
def test_an_image_without_channels_has_one(layer: Any) -> None:
    p = {"W": RNG.normal(size=(3, 3, 1, 2))}
    np.testing.assert_array_equal(through(layer, X[..., 0], **p), through(layer, X[..., :1], **p))


def test_a_softmax_is_over_the_channels() -> None:
    y = through(ca.Conv2D(4, 3, "softmax"), X, W=RNG.normal(size=(3, 3, 2, 4)), b=np.zeros(4))
    np.testing.assert_allclose(y.sum(axis=-1), 1)


# How it starts -------------------------------------------------------------------------------------------------------


def test_the_first_weights_have_the_variance_of_the_papers() -> None:
    def spread(activation: str) -> float:
        W = ca.Conv2D(64, (5, 3), activation).build((9, 9, 32), np.random.default_rng(0)).params["W"]
        assert W.shape == (5, 3, 32, 64)
        return float(W.std())

    assert spread("relu") == pytest.approx(math.sqrt(2 / (15 * 32)), rel=0.02)
    assert spread("tanh") == pytest.approx(math.sqrt(2 / (15 * 32 + 15 * 64)), rel=0.02)


def test_orthogonal_filters() -> None:
    W = ca.Conv2D(8, 3, weights="orthogonal").build((9, 9, 2), np.random.default_rng(0)).params["W"]
    np.testing.assert_allclose(W.reshape(18, 8).T @ W.reshape(18, 8), np.eye(8), atol=1e-12)


def test_given_weights() -> None:
    W = RNG.normal(size=(3, 3, 2, 4))
    built = ca.Conv2D(4, 3, weights=W, bias=1.5).build((7, 6, 2), RNG).params
    np.testing.assert_array_equal(built["W"], W)
    np.testing.assert_array_equal(built["b"], np.full(4, 1.5))
    assert ca.Conv2D(4, 3, bias=None).build((7, 6, 2), RNG).params.keys() == {"W"}


# Networks ------------------------------------------------------------------------------------------------------------


def lenet() -> ca.Network:
    return ca.Network(
        [
            ca.Conv2D(8, 3, "relu", padding="same"),
            ca.MaxPool2D(2),
            ca.Conv2D(16, (2, 3), "tanh", padding="same"),
            ca.AvgPool2D(2, 1),
            ca.Dropout(0.1),
            ca.Flatten(),
            ca.Dense(10, "softmax"),
        ],
        seed=1,
    )


def test_digits_are_learned_saved_and_loaded(tmp_path: Path) -> None:
    split = ca.data.load("digits").split(test=0.2)
    X, X_test = (part.X.reshape(-1, 8, 8) / 16 for part in (split.train, split.test))
    net = lenet()
    net.fit(X, split.train.y, optimizer=ca.Adam(0.01), epochs=20, batch_size=64, progress=False)
    assert net.evaluate(X_test, split.test.y)["accuracy"] > 0.95
    net.save(tmp_path / "net.safetensors")
    again = ca.Network.load(tmp_path / "net.safetensors")
    assert repr(again.layers) == repr(net.layers)
    np.testing.assert_array_equal(again(X), net(X))
    assert "Conv2D(16, (2, 3), 'tanh', padding='same')  4 x 4 x 16" in net.summary()


def test_training_is_the_same_to_the_bit_and_so_are_parts_of_a_large_validation_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = RNG.normal(size=(90, 8, 8)), RNG.integers(0, 10, 90)

    def history() -> dict[str, Any]:
        found = lenet().fit(X[:50], y[:50], validation=(X[50:], y[50:]), epochs=2, batch_size=16, progress=False)
        return {k: v for k, v in found.last.items() if k != "seconds"}

    whole = history()
    assert history() == whole
    monkeypatch.setattr("cutaway.train.compiled._LARGE", 0)
    monkeypatch.setattr("cutaway.train.compiled._PART", 15 * 64)
    assert history() == pytest.approx(whole, rel=1e-6)


def test_many_images_are_predicted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    net, X = lenet(), RNG.normal(size=(50, 8, 8))
    whole = net(X)
    monkeypatch.setattr("cutaway.nn.layered._NUMBERS", 64 * 7)
    np.testing.assert_allclose(net(X), whole, rtol=1e-5)


def test_layers_through_json() -> None:
    for layer in lenet().layers[:4]:
        again = layer_from_json(layer_to_json(layer))
        assert again == layer
        assert repr(again) == repr(layer)


# Mistakes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: ca.Conv2D(0, 3), "filters of Conv2D must be a whole number of at least 1; received 0"),
        (lambda: ca.Conv2D(4, 2.5), "kernel_size of Conv2D must be a whole number"),
        (lambda: ca.Conv2D(4, (3, 3, 1)), r"kernel_size of Conv2D must be a whole number or two, \(height, width\)"),
        (lambda: ca.Conv2D(4, 3, stride=0), "stride of Conv2D must be a whole number of at least 1"),
        (lambda: ca.Conv2D(4, 3, padding="full"), r"padding of Conv2D must be \"valid\", \"same\" or a number"),
        (lambda: ca.Conv2D(4, 3, padding=-1), "padding of Conv2D must be"),
        (lambda: ca.Conv2D(4, 3, "rleu"), "Did you mean 'relu'"),
        (lambda: ca.Conv2D(4, 3, weights="he"), "weights of Conv2D is not known"),
        (lambda: ca.MaxPool2D(0), "size of MaxPool2D must be a whole number"),
        (lambda: ca.AvgPool2D(2, (1, 2, 3)), "stride of AvgPool2D must be a whole number or two"),
    ],
)
def test_settings_that_are_refused(wrong: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        wrong()


@pytest.mark.parametrize(
    ("layer", "shape", "says"),
    [
        (ca.Conv2D(4, 3), (784,), r"takes images .* samples of shape \(784,\)\. Write X\.reshape\(-1, 28, 28\)"),
        (ca.MaxPool2D(2), (30,), r"Write X\.reshape\(-1, height, width\)"),
        (ca.GlobalAveragePool(), (2, 3, 4, 5), "takes images"),
        (ca.Conv2D(4, 9), (8, 8, 1), r"windows of Conv2D\(4, 9\) are larger than the image; .*\(8, 8, 1\)"),
        (ca.MaxPool2D((1, 3)), (2, 2), "larger than the image"),
        (ca.Conv2D(4, 3, weights=np.ones((4, 2, 3, 3))), (7, 6, 2), r"transpose\(2, 3, 1, 0\)"),
        (ca.Conv2D(4, 3, bias=np.ones(3)), (7, 6, 2), r"The bias of Conv2D.*\(filters,\), here \(4,\); .*\(3,\)"),
    ],
)
def test_shapes_that_are_refused(layer: Any, shape: tuple[int, ...], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        layer.build(shape, RNG)
