"""What confirms the exact gradient: differences, the complex step, and when each of them proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.checking.records import Case, Witness
from cutaway.checking.truth import find_truth, look

R = np.random.default_rng(0)
X = R.normal(size=(30, 3))
W = R.normal(size=(3, 2))
GRID = np.array([(a, b) for a in np.linspace(-1, 1, 9) for b in np.linspace(-1, 1, 9)])
Loss = Callable[[dict[str, Any]], Any]


def witnesses(loss: Loss, w: np.ndarray) -> tuple[Witness, Witness]:
    point = look(Case({"w": w}, loss))
    differences, step = point.witnesses
    assert (differences.name, step.name) == ("differences", "complex step")
    return differences, step


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


SMOOTH: dict[str, Loss] = {
    "sigmoid": lambda p: np.mean(1 / (1 + np.exp(-(X @ p["w"]))) ** 2),
    "tanh and a power": lambda p: np.sum(np.tanh(X @ p["w"]) ** 3),
    "softmax with its maximum": lambda p: -np.mean(np.log(softmax(X @ p["w"])[:, 0])),
    "maximum": lambda p: np.mean(np.maximum(X @ p["w"], 0) ** 2),
    "a mask": lambda p: np.mean(X @ p["w"] * (X @ p["w"] > 0)),
    "where and absolute": lambda p: np.sum(np.where(X @ p["w"] > 0, np.abs(X @ p["w"]), 0.1 * X @ p["w"])),
    "clip": lambda p: np.sum(np.clip(X @ p["w"], -1.0, 1.0)),
    "written into": lambda p: np.sum(_filled(p["w"]) ** 2),
}


def _filled(w: Any) -> Any:
    out = np.zeros((30, 2))
    for i in range(30):
        out[i] = X[i] @ w
    return out


@pytest.mark.parametrize("name", SMOOTH)
def test_both_confirm_a_gradient(name: str) -> None:
    differences, step = witnesses(SMOOTH[name], W)
    assert differences.reliable and differences.error < 1e-7
    assert step.reliable and step.error < 1e-14


def test_kinks_within_the_step_are_no_matter_for_the_complex_step() -> None:
    differences, step = witnesses(lambda p: np.sum(np.maximum(GRID @ p["w"], 0)), R.normal(size=(2, 6)) * 1e-6)
    assert not differences.reliable and "kink within the step" in differences.why
    assert step.reliable and step.error < 1e-14


def test_on_a_kink_neither_proves_anything() -> None:
    differences, step = witnesses(lambda p: np.mean(np.maximum(X @ p["w"], 0)), np.zeros((3, 2)))
    assert not differences.reliable and "kink" in differences.why
    assert not step.reliable and "maximum stands exactly on its kink in line" in step.why


def test_cancellation() -> None:
    differences, step = witnesses(lambda p: np.mean((X @ p["w"]) ** 2) + 1e9, W)
    assert not differences.reliable and differences.why.startswith("cancellation")
    assert step.reliable and step.error < 1e-14


def test_single_precision() -> None:
    def loss(p: dict[str, Any]) -> Any:
        return np.mean((X.astype(np.float32) @ p["w"].astype(np.float32)) ** 2) + np.float32(1e4)

    differences, step = witnesses(loss, W)
    assert not differences.reliable and "computed in float32" in differences.why
    assert step.error < 1e-5 and "rounds to float32" in step.why


def test_a_saturated_loss_has_nothing_to_compare() -> None:
    differences, step = witnesses(lambda p: np.mean(np.tanh(1e3 * p["w"])), np.full((3, 2), 5.0))
    assert not differences.reliable and "saturated" in differences.why
    assert not step.reliable and "gradient is zero" in step.why


def test_a_function_that_is_not_of_a_complex_variable() -> None:
    differences, step = witnesses(lambda p: np.linalg.norm(X @ p["w"]), W)
    assert differences.reliable
    assert not step.reliable and step.why.startswith("norm in line")


def test_a_loss_that_is_not_finite() -> None:
    for witness in witnesses(lambda p: np.log(p["w"][0] * 0), np.zeros(1)):
        assert not witness.reliable and "not finite" in witness.why


def test_a_rule_that_is_wrong_is_contradicted_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    from cutaway.checking import truth

    def differentiated(point: truth.Point) -> None:
        point.exact = {"w": 1.01 * 2 * point.params["w"]}

    monkeypatch.setattr(truth, "differentiate", differentiated)
    point = look(Case({"w": np.array([1.0, 2.0])}, lambda p: np.sum(p["w"] ** 2)))
    assert all(w.reliable and 5e-3 < w.error < 2e-2 for w in point.witnesses)
    assert not point.trusted and "disagree" in point.why


def test_the_complex_step_through_the_authors_own_function() -> None:
    """A loss that the recorder cannot take, and that runs in complex arithmetic, is known to the last digits."""

    def loss(p: dict[str, Any]) -> Any:
        w = p["w"]
        return sum(w.view(complex if w.dtype.kind == "c" else float).tolist()[i] ** 3 for i in range(2))

    point = look(Case({"w": np.array([0.5, -2.0])}, _not_recorded(loss)))
    assert point.graph is None and point.trusted
    assert point.witnesses[1].reliable and point.narrowest == "float64"
    assert point.exact["w"] == pytest.approx([0.75, 12.0], rel=1e-14)


def _not_recorded(loss: Loss) -> Loss:
    def guarded(p: dict[str, Any]) -> Any:
        memoryview(p["w"])  # an array, and nothing that stands for one
        return loss(p)

    return guarded


def test_they_stand_in_the_report_and_in_the_document() -> None:
    report = ca.check(SMOOTH["maximum"], lambda p: {"w": 2 * X.T @ np.maximum(X @ p["w"], 0) / 60}, {"w": W})
    assert report.verdict == "correct"
    assert [w["name"] for w in report.to_json()["witnesses"]] == ["differences", "complex step"]
    assert all(w["reliable"] and w["relative_error"] < 1e-7 for w in report.to_json()["witnesses"])
    for text in (str(report), report.markdown(), report.html()):
        assert "differences agree to" in text and "complex step agrees to" in text.replace("\n", " ")


def test_of_several_points_the_worst_that_is_known_counts() -> None:
    truth = find_truth(Case({"w": np.zeros((3, 2))}, lambda p: np.mean(np.maximum(X @ p["w"], 0))))
    assert not truth.points[0].witnesses[1].reliable
    assert all(w.reliable for w in truth.witnesses)
