"""The loss around a network's weights: the right heights, normalised directions, paths, and nothing is changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.train import Trajectory, loss_surface
from cutaway.train.surface import _filterwise, flat

DATA = ca.data.load("moons", n_samples=100)


def network(seed: int = 0, units: int = 5) -> ca.Network:
    layers = [ca.Dense(units, "tanh"), ca.Dropout(0.5), ca.Dense(1, "sigmoid")]
    return ca.Network(layers, seed=seed, dtype="float64").build(2)


def put(net: ca.Network, vector: np.ndarray) -> ca.Network:
    """Give a network these weights."""
    start = 0
    for layer in net.params:
        for array in layer.values():
            array[...] = vector[start : start + array.size].reshape(array.shape)
            start += array.size
    return net


def test_each_height_is_the_loss_of_a_network_with_those_weights() -> None:
    net, rng = network(), np.random.default_rng(0)
    a, b = rng.normal(size=(2, 21))
    found = loss_surface(net, DATA.X, DATA.y, directions=(a, b), span=2, resolution=5)
    assert found.x.tolist() == found.y.tolist() == [-2, -1, 0, 1, 2]
    for i, j in [(0, 0), (1, 3), (4, 2), (2, 2)]:
        there = put(network(), flat(net) + found.x[j] * a + found.y[i] * b)
        assert found.losses[i, j] == pytest.approx(there.evaluate(DATA.X, DATA.y)["loss"], rel=1e-9)
    assert found.centre == found.losses[2, 2]


def test_a_network_as_a_direction_lies_at_one() -> None:
    net, first, second = network(), network(1), network(2)
    found = loss_surface(net, DATA.X, DATA.y, directions=(first, second), resolution=3)
    assert found.losses[1, 2] == pytest.approx(first.evaluate(DATA.X, DATA.y)["loss"], rel=1e-9)
    assert found.losses[2, 1] == pytest.approx(second.evaluate(DATA.X, DATA.y)["loss"], rel=1e-9)


def test_random_directions_are_as_long_as_the_weights_of_each_unit() -> None:
    net = ca.Network([ca.Conv2D(3, 2), ca.Flatten(), ca.Dense(4), ca.Dense(2, "softmax")], seed=1).build((4, 4, 1))
    direction = _filterwise(net, np.random.default_rng(0))
    start = 0
    for layer in net.params:
        for name, array in layer.items():
            part = direction[start : start + array.size].reshape(array.shape)
            start += array.size
            if name == "b":
                assert not part.any()
            else:
                axes = tuple(range(array.ndim - 1))
                np.testing.assert_allclose(np.sum(part**2, axis=axes), np.sum(array**2, axis=axes), rtol=1e-5)
                assert not np.allclose(part, array)
    assert start == direction.size


def test_rescaling_a_layer_leaves_the_picture_as_it_is() -> None:
    """Ten times the weights of a relu layer and a tenth of the next are the same function."""
    layers = [ca.Dense(6, "relu"), ca.Dense(1, "sigmoid")]
    net = ca.Network(layers, seed=3, dtype="float64").build(2)
    same = ca.Network(layers, seed=3, dtype="float64").build(2)
    same.params[0]["W"] *= 10
    same.params[1]["W"] /= 10
    a, b = (loss_surface(n, DATA.X, DATA.y, resolution=7, seed=5).losses for n in (net, same))
    np.testing.assert_allclose(a, b, rtol=1e-9)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    a, b, c = (loss_surface(network(), DATA.X, DATA.y, resolution=5, seed=seed).losses for seed in (0, 0, 1))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_the_path_of_a_training_lies_in_its_plane() -> None:
    net, way = network(), Trajectory()
    first = flat(net)
    net.fit(DATA.X, DATA.y, optimizer=ca.Adam(0.05), epochs=20, callbacks=way, progress=False)
    assert len(way.weights) == 21
    assert np.array_equal(way.weights[0], first)
    assert np.array_equal(way.weights[-1], flat(net))
    found = loss_surface(net, DATA.X, DATA.y, path=way.weights, resolution=9)
    assert found.path is not None and found.path.shape == (21, 2)
    np.testing.assert_allclose(found.path[-1], 0, atol=1e-9)
    assert (found.path[0] > 0).all()
    assert found.x[0] < found.path[:, 0].min() and found.path[:, 0].max() < found.x[-1]
    assert found.y[0] < found.path[:, 1].min() and found.path[:, 1].max() < found.y[-1]
    assert found.explained is not None and 0.9 < found.explained <= 1
    assert "principal direction 1 of the path" in found.names[0]


def test_a_path_in_given_directions_is_projected() -> None:
    net, rng = network(), np.random.default_rng(0)
    a, b, off = np.linalg.qr(rng.normal(size=(21, 3)))[0].T
    path = [flat(net) + 2 * a + b, flat(net) - a + off, flat(net)]
    found = loss_surface(net, DATA.X, DATA.y, directions=(a, b), path=path, resolution=3)
    np.testing.assert_allclose(found.path, [[2, 1], [-1, 0], [0, 0]], atol=1e-12)
    assert found.explained == pytest.approx(6 / 7)


def test_nothing_is_changed() -> None:
    net = network()
    before = flat(net)
    arrays = [a for layer in net.params for a in layer.values()]
    loss_surface(net, DATA.X, DATA.y, resolution=3)
    assert np.array_equal(flat(net), before)
    assert [id(a) for layer in net.params for a in layer.values()] == [id(a) for a in arrays]
    assert net.loss is None


def test_on_a_graph_the_rows_are_those_that_count() -> None:
    club: Any = ca.data.load("karate")
    layers = [ca.GraphConv(4, club.adjacency, "relu"), ca.GraphConv(1, club.adjacency, "sigmoid")]
    net = ca.Network(layers).build(34)
    found = loss_surface(net, club.X, club.y, rows=club.test, resolution=3)
    assert found.centre == pytest.approx(net.evaluate(club.X, club.y, rows=club.test)["loss"], rel=1e-5)


def test_walls_may_be_infinite() -> None:
    net = ca.Network([ca.Dense(1)], dtype="float32").build(2)
    net.params[0]["W"] += 1
    found = loss_surface(net, DATA.X, DATA.y.astype(float), span=1e30, resolution=5)
    assert np.isinf(found.losses).any() and np.isfinite(found.centre)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"directions": (np.ones(21),)}, UsageError, "There are two directions; received 1"),
        ({"directions": (np.ones(21), np.ones(20))}, ShapeError, "one number for each of the 21 weights"),
        ({"directions": (np.ones(21), 2 * np.ones(21))}, DataError, "must point different ways"),
        ({"path": [np.ones(21)]}, DataError, "A path has two points or more; received 1"),
        ({"path": [np.ones(20), np.ones(20)]}, ShapeError, "a point of path"),
        ({"span": 0}, UsageError, "span must be a positive number"),
        ({"resolution": 2}, UsageError, "resolution must be a whole number of at least 3"),
    ],
)
def test_what_cannot_be_drawn(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        loss_surface(network(), DATA.X, DATA.y, **options)


def test_a_straight_path_has_one_direction_only() -> None:
    start = flat(network())
    with pytest.raises(DataError, match="straight line"):
        loss_surface(network(), DATA.X, DATA.y, path=[start + 2, start + 1, start])


def test_weights_must_be_there() -> None:
    with pytest.raises(UsageError, match="no weights yet"):
        loss_surface(ca.Network([ca.Dense(1)]), DATA.X, DATA.y)
