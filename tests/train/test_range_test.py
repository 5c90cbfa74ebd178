"""The learning-rate range test: what it records, when it ends, what it suggests; the network is left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import UsageError
from cutaway.train import RangeTest, lr_range

DATA = ca.data.load("moons", n_samples=200)


def network(seed: int = 0, **options: Any) -> ca.Network:
    return ca.Network([ca.Dense(8, "tanh"), ca.Dropout(0.1), ca.Dense(1, "sigmoid")], seed=seed, **options)


def test_the_rate_rises_by_the_same_factor_from_step_to_step() -> None:
    found = lr_range(network(), DATA.X, DATA.y, lowest=1e-4, highest=1e-2, steps=21)
    np.testing.assert_allclose(found.rates, np.geomspace(1e-4, 1e-2, 21))
    assert not found.diverged
    assert [record["step"] for record in found] == list(range(1, 22))
    assert found.records[3] == {"step": 4, "lr": found.rates[3], "loss": found.losses[3], "mean": found.means[3]}


def test_each_step_is_one_of_training() -> None:
    """All rows at once and a rate that hardly rises: the losses are those of training at that rate."""
    found = lr_range(
        network(dtype="float64"),
        *(DATA.X, DATA.y),
        lowest=0.5,
        highest=0.5 + 1e-12,
        steps=30,
        batch_size=None,
        optimizer="sgd",
    )
    net = network(dtype="float64")
    history = net.fit(DATA.X, DATA.y, optimizer=ca.SGD(0.5), epochs=30, progress=False)
    np.testing.assert_allclose(found.losses, history["loss"], rtol=1e-9)


def test_the_mean_forgets() -> None:
    found = lr_range(network(), DATA.X, DATA.y, steps=12)
    weights = 0.9 ** np.arange(12)[::-1]
    assert found.means[-1] == pytest.approx(np.average(found.losses, weights=weights))
    assert found.means[0] == found.losses[0]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_suggested_rate_trains_and_the_highest_explodes(optimizer: str) -> None:
    found = lr_range(network(), DATA.X, DATA.y, optimizer=optimizer, highest=1e4)
    assert found.diverged
    assert len(found) < 200
    assert np.isfinite(found.losses).all() and np.isfinite(found.means).all()
    assert found.suggested is not None
    assert found.suggested == found.rates[found.means.argmin()] / 10
    net = network()
    history = net.fit(DATA.X, DATA.y, optimizer=optimizer, lr=found.suggested, batch_size=32, epochs=60, progress=False)
    assert history.last["accuracy"] > 0.85


def test_a_loss_that_is_not_finite_ends_it_at_once() -> None:
    def fragile(targets: Any, outputs: Any) -> Any:
        return np.exp(np.exp(np.exp(np.abs(outputs - targets) * 9))).mean(axis=1)

    found = lr_range(ca.Network([ca.Dense(1)]), DATA.X, DATA.y.astype(float), loss=fragile)
    assert found.diverged
    assert len(found) == 0
    assert found.suggested is None


def test_a_loss_that_does_not_fall_suggests_nothing() -> None:
    flat = np.full(5, 0.7)
    assert RangeTest(np.geomspace(0.1, 1, 5), flat, flat, False).suggested is None
    net = ca.Network([ca.Dense(1, "sigmoid")])
    assert lr_range(net, DATA.X, DATA.y, lowest=1e-12, highest=1e-10, steps=20, batch_size=None).suggested is None


@pytest.mark.parametrize("built", [False, True])
def test_the_network_is_left_as_it_is(built: bool) -> None:
    net, same = network(), network()
    if built:
        net.build(2), same.build(2)
    first = lr_range(net, DATA.X, DATA.y, steps=50)
    assert (net.input_shape, net.loss) == (same.input_shape, None)
    assert [list(layer) for layer in net.params] == [list(layer) for layer in same.params]
    for mine, other in zip(net.params, same.params, strict=True):
        assert all(np.array_equal(mine[k], other[k]) for k in other)
    assert np.array_equal(lr_range(net, DATA.X, DATA.y, steps=50).losses, first.losses)


def test_running_statistics_are_left_as_they_are() -> None:
    net = ca.Network([ca.Dense(4), ca.BatchNorm(), ca.Dense(1, "sigmoid")]).build(2)
    before = [{k: v.copy() for k, v in layer.items()} for layer in net.state]
    lr_range(net, DATA.X, DATA.y, steps=10)
    assert any(before) and all(np.array_equal(a[k], b[k]) for a, b in zip(before, net.state, strict=True) for k in a)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    a, b, c = (lr_range(network(), DATA.X, DATA.y, steps=30, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(a.losses, b.losses)
    assert not np.array_equal(a.losses, c.losses)


def test_on_a_graph_all_nodes_go_through() -> None:
    club: Any = ca.data.load("karate")
    net = ca.Network([ca.GraphConv(8, club.adjacency, "relu"), ca.GraphConv(1, club.adjacency, "sigmoid")])
    found = lr_range(net, club.X, club.y, rows=club.train, steps=40)
    assert len(found) > 10


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lowest": 0}, "lowest must be a positive number"),
        ({"highest": float("inf")}, "highest must be a positive number"),
        ({"lowest": 1.0, "highest": 0.1}, "The rate must rise; received lowest=1, highest=0.1"),
        ({"steps": 1}, "steps must be a whole number of at least 2"),
    ],
)
def test_what_cannot_be_tested(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        lr_range(network(), DATA.X, DATA.y, **options)
