"""The true gradient of any loss, and whether it can be trusted."""

from __future__ import annotations

import numpy as np
import pytest

import cutaway.ops  # noqa: F401
from cutaway.checking.findings.repairs import repaired
from cutaway.checking.records import Case
from cutaway.checking.truth import find_truth, fit

R = np.random.default_rng(0)
X = R.normal(size=(30, 3))
Y = (X[:, :1] > 0).astype(float)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def cross_entropy(p: dict[str, np.ndarray]) -> np.floating:
    a = sigmoid(X @ p["w"])
    return -np.mean(Y * np.log(a + 1e-7) + (1 - Y) * np.log(1 - a + 1e-7))


def delta_rule(p: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"w": X.T @ (sigmoid(X @ p["w"]) - Y) / len(X)}


def test_the_exact_gradient_is_that_of_the_loss() -> None:
    truth = find_truth(Case({"w": np.zeros((3, 1))}, cross_entropy, delta_rule))
    assert len(truth.trusted) == 3
    assert all(p.witness < 1e-7 for p in truth.points)
    assert truth.generic is truth.points[1]  # away from the zeros of the initial parameters


def test_a_gradient_without_the_guard_of_the_logarithm_agrees_better_without_it() -> None:
    point = find_truth(Case({"w": np.zeros((3, 1))}, cross_entropy, delta_rule)).points[1]
    assert point.error("w", point.user["w"]) > 1e-9
    assert point.error("w", point.user["w"], point.unguarded) < 1e-14


def test_single_precision_is_compared_in_double() -> None:
    x = X.astype(np.float32)
    case = Case(
        {"w": np.full((3, 1), 0.3, np.float32)},
        lambda p: np.mean((x @ p["w"]) ** 2),
        lambda p: {"w": 2 * x.T @ (x @ p["w"]) / len(x)},
    )
    point = find_truth(case).points[0]
    assert point.narrowest == "float64"
    assert point.error("w", point.user["w"]) < 1e-12


def test_a_program_that_computes_in_single_precision_has_its_tolerance() -> None:
    case = Case(
        {"w": np.full((3, 1), 0.3)},
        lambda p: np.mean((X.astype(np.float32) @ p["w"].astype(np.float32)) ** 2),
        lambda p: {"w": 2 * X.T @ (X @ p["w"]) / len(X)},
    )
    point = find_truth(case).points[0]
    assert point.narrowest == "float32"
    assert 1e-9 < point.error("w", point.user["w"]) < point.tolerance


def test_a_gradient_of_zero_is_measured_against_the_whole() -> None:
    def loss(p: dict[str, np.ndarray]) -> np.floating:
        z = X @ p["W"] + p["b"]
        return np.sum(np.tanh((z - z.mean(0)) / z.std(0)) ** 3 * np.arange(1.0, 31.0)[:, None])

    point = find_truth(Case({"W": R.normal(size=(3, 4)), "b": np.zeros(4)}, loss)).points[0]
    assert np.max(np.abs(point.exact["b"])) < 1e-10
    assert point.error("b", np.full(4, 1e-12)) < 1e-7
    assert point.error("b", np.full(4, 1e-3)) > 1


def test_kinks_make_the_witness_unreliable_not_the_gradient() -> None:
    grid = np.array([(a, b) for a in np.linspace(-1, 1, 9) for b in np.linspace(-1, 1, 9)])
    case = Case({"W": R.normal(size=(2, 6)) * 1e-3}, lambda p: np.sum(np.maximum(grid @ p["W"], 0) ** 1.5))
    point = find_truth(case).points[0]
    assert point.trusted


def test_a_loss_that_cannot_be_recorded_is_differentiated_by_differences() -> None:
    def loss(p: dict[str, np.ndarray]) -> float:
        total = 0.0
        for v in bytearray(b"ab"):
            total += float(memoryview(np.ascontiguousarray(p["w"]))[v % 2]) ** 2
        return total

    truth = find_truth(Case({"w": np.array([0.5, -2.0])}, loss, lambda p: {"w": 2 * p["w"]}))
    assert "cannot be recorded" in truth.problem
    assert truth.numerical
    assert truth.points[0].exact["w"] == pytest.approx([1.0, -4.0])


def test_labels_that_broadcast_are_put_right_before_gradients_are_compared() -> None:
    labels = Y[:, 0]

    def loss(p: dict[str, np.ndarray]) -> np.floating:
        a = sigmoid(X @ p["w"])
        return -np.mean(labels * np.log(a) + (1 - labels) * np.log(1 - a))

    case = Case({"w": np.zeros((3, 1))}, loss, delta_rule)
    truth, findings = repaired(case, find_truth(case))
    assert [f.code for f in findings] == ["label-broadcast"]
    assert findings[0].evidence["result"] == [30, 30]
    assert all(p.error("w", p.user["w"]) < 1e-12 for p in truth.points)


def test_shapes_that_an_update_would_accept() -> None:
    assert fit(np.zeros(3), (3, 1)) is not None
    assert fit(np.float64(2.0), (3, 1)) is not None
    assert fit(np.zeros((3, 4)), (4, 3)) is None


def test_a_loss_that_is_not_finite_is_not_trusted() -> None:
    truth = find_truth(Case({"w": np.array([0.0])}, lambda p: np.log(p["w"][0] * 0), lambda p: {"w": p["w"]}))
    assert truth.trusted == []
    assert "not finite" in truth.points[0].why
