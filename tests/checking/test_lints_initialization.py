"""Where training starts: equal units, zeros, saturation and odd biases are found; ordinary starts are left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cutaway.checking.lints.initialization.biases import odd_biases
from cutaway.checking.lints.initialization.equal_units import equal_units
from cutaway.checking.lints.initialization.flat import saturation
from cutaway.checking.lints.initialization.stuck import stuck_at_zero
from cutaway.checking.records import Case

RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 3))
Y = np.sin(X[:, :1])
GATE = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def network(params: dict[str, Any], data: Any = X, targets: Any = Y, act: Callable[[Any], Any] = np.tanh) -> Case:
    def loss(p: Any) -> Any:
        return np.mean((act(data @ p["W"] + p["b"]) @ p["V"] + p["c"] - targets) ** 2)

    return Case(params, loss)


def drawn(scale: float = 1.0) -> dict[str, Any]:
    r = np.random.default_rng(1)
    return {"W": scale * r.normal(size=(3, 5)), "b": np.zeros(5), "V": r.normal(size=(5, 1)), "c": np.zeros(1)}


def test_an_ordinary_start_is_left_alone() -> None:
    for lint in (equal_units, stuck_at_zero, saturation, odd_biases):
        assert list(lint(network(drawn()))) == []


def test_equal_units() -> None:
    params = {"W": np.full((3, 5), 0.5), "b": np.zeros(5), "V": np.full((5, 1), 0.5), "c": np.zeros(1)}
    (finding,) = equal_units(network(params))
    assert (finding.code, finding.evidence["units"]) == ("equal-units", 5)


def test_equal_weights_of_one_side_come_apart() -> None:
    params = {**drawn(), "V": np.full((5, 1), 0.5)}
    assert list(equal_units(network(params))) == []


def test_weights_of_zero() -> None:
    params = {"W": np.zeros((3, 5)), "b": np.zeros(5), "V": np.zeros((5, 1)), "c": np.zeros(1)}
    (finding,) = stuck_at_zero(network(params))
    assert finding.code == "zero-weights" and set(finding.parameters) == {"W", "V"}


def test_one_layer_may_start_at_zero() -> None:
    def loss(p: Any) -> Any:
        z = X @ p["W"] + p["b"]
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return -np.mean(np.log((e / e.sum(axis=1, keepdims=True))[:, 0]))

    assert list(equal_units(Case({"W": np.zeros((3, 4)), "b": np.zeros(4)}, loss))) == []


@pytest.mark.parametrize(
    ("scale", "size", "code"), [(1.0, 1.0, None), (1.0, 300.0, "unscaled-inputs"), (200.0, 1.0, "weights-too-large")]
)
def test_saturated_units(scale: float, size: float, code: str | None) -> None:
    found = list(saturation(network(drawn(scale), size * X)))
    assert [f.code for f in found] == ([code] if code else [])
    assert all(f.evidence["share_of_flat_slopes"] > 0.9 for f in found)


def test_a_bias_for_every_sample() -> None:
    params = {**drawn(), "b": np.zeros((30, 5))}
    (finding,) = odd_biases(network(params))
    assert finding.code == "bias-for-every-sample" and finding.evidence == {"shape": [30, 5], "samples": 30, "units": 5}


@pytest.mark.parametrize(("data", "certain"), [(GATE, True), (GATE + 0.5, False)], ids=["zeros-in-the-data", "none"])
def test_no_bias_is_a_defect_only_where_a_sample_needs_one(data: Any, certain: bool) -> None:
    def loss(p: Any) -> Any:
        return np.mean((np.tanh(data @ p["W"]) @ p["V"] - np.array([[1.0], [0.0], [0.0], [1.0]])) ** 2)

    r = np.random.default_rng(2)
    (finding,) = odd_biases(Case({"W": r.normal(size=(2, 3)), "V": r.normal(size=(3, 1))}, loss))
    assert (finding.code, finding.certain) == ("no-bias", certain)


RING = RNG.uniform(-1, 1, (120, 2))
INSIDE = (np.hypot(*RING.T) < 0.6)[:, None] * 1.0


@pytest.mark.parametrize(
    ("targets", "columns", "certain"),
    [(INSIDE, False, True), (INSIDE, True, True), (RING.sum(axis=1, keepdims=True) > 0, False, False)],
    ids=["a class around the origin", "columns", "a side of it"],
)
def test_no_bias_is_a_defect_where_training_with_one_shows_it(targets: Any, columns: bool, certain: bool) -> None:
    def loss(p: Any) -> Any:
        z = (p["V"].T @ np.tanh(p["W"].T @ RING.T)).T if columns else np.tanh(RING @ p["W"]) @ p["V"]
        return np.mean(np.log1p(np.exp(z)) - targets * z)

    r = np.random.default_rng(2)
    finding = next(iter(odd_biases(Case({"W": r.normal(size=(2, 8)), "V": r.normal(size=(8, 1))}, loss))))
    assert (finding.code, finding.certain) == ("no-bias", certain)
    if certain:
        assert finding.evidence["smallest_loss_with_one"] < 0.5 * finding.evidence["smallest_loss_without_a_bias"]


def test_inputs_that_are_targets_stay_targets_where_they_are_replaced_by_zeros() -> None:
    data = X - X.mean(axis=0)
    r = np.random.default_rng(2)
    params = {"E": r.normal(size=(3, 2)), "D": r.normal(size=(2, 3))}
    (finding,) = odd_biases(Case(params, lambda p: np.mean((data @ p["E"] @ p["D"] - data) ** 2)))
    assert not finding.certain and finding.evidence["loss_at_zero_inputs"] == pytest.approx(np.mean(data**2))


def test_a_column_of_ones_is_a_bias() -> None:
    ones = np.c_[GATE, np.ones(4)]

    def loss(p: Any) -> Any:
        return np.mean((np.tanh(ones @ p["W"]) @ p["V"] - 1) ** 2)

    r = np.random.default_rng(2)
    assert list(odd_biases(Case({"W": r.normal(size=(3, 3)), "V": r.normal(size=(3, 1))}, loss))) == []
