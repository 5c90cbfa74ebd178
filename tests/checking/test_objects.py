"""Networks that are objects: what is found in them, and that they are left as they were."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.checking.objects import case_of
from cutaway.errors import UsageError

X = np.random.default_rng(1).normal(size=(20, 2))
Y = X[:, :1] * X[:, 1:]


class Base:
    """A network with everything but a backward pass."""

    def __init__(self) -> None:
        r = np.random.default_rng(0)
        self.W1, self.b1 = r.normal(size=(2, 5)), np.zeros(5)
        self.layers = [{"W": r.normal(size=(5, 1)), "b": np.zeros(1)}]
        self.unused = np.ones(3)

    def forward(self, X: Any) -> Any:
        self.A = np.tanh(X.dot(self.W1) + self.b1)
        return self.A @ self.layers[0]["W"] + self.layers[0]["b"]

    def loss(self, X: Any, y: Any) -> Any:
        return np.mean((self.forward(X) - y) ** 2)

    def errors(self, output: Any, y: Any, slope: bool = True) -> tuple[Any, Any]:
        d = 2 * (output - y) / len(y)
        return d, d @ self.layers[0]["W"].T * (1 - self.A**2 if slope else 1)


class Returns(Base):
    slope = True

    def backward(self, X: Any, y: Any) -> Any:
        d, e = self.errors(self.forward(X), y, self.slope)
        return X.T.dot(e), e.sum(axis=0), self.A.T @ d, d.sum(axis=0)


class Changes(Base):
    def backprop(self, X: Any, y: Any, output: Any, learning_rate: float = 0.1) -> None:
        d, e = self.errors(output, y)
        self.W1 -= learning_rate * X.T.dot(e)
        self.b1 -= learning_rate * e.sum(axis=0)
        self.layers[0]["W"] -= learning_rate * self.A.T @ d
        self.layers[0]["b"] -= learning_rate * d.sum(axis=0)


class Keeps(Base):
    def backward(self, y: Any, output: Any) -> None:
        d, e = self.errors(output, y)
        self.dW1, self.db1 = X.T @ e, e.sum(axis=0)
        self.gradients_of_layer = [self.A.T @ d, d.sum(axis=0)]


@pytest.mark.parametrize("kind", [Returns, Changes, Keeps])
def test_a_right_object(kind: type[Base]) -> None:
    net = kind()
    before = {k: v.copy() for k, v in vars(net).items() if isinstance(v, np.ndarray)}
    report = ca.check(net, X, Y)
    assert report.verdict == "correct", report.findings
    assert [p.name for p in report.parameters] == ["W1", "b1", "layers[0]['W']", "layers[0]['b']"]
    assert all(np.array_equal(getattr(net, k), v) for k, v in before.items()) and not hasattr(net, "A")


def test_a_wrong_object() -> None:
    net = Returns()
    net.slope = False
    report = ca.check(net, X, Y)
    assert report.verdict == "faulty"
    assert {p.name for p in report.parameters if p.verdict == "wrong"} == {"W1", "b1"}


def test_the_learning_rate_of_the_object_is_taken() -> None:
    net = Changes()
    net.learning_rate = 0.5  # type: ignore[attr-defined]
    assert case_of(net, X, Y).lr == 0.5
    assert case_of(Changes(), X, Y).lr == 0.1


class Trains(Base):
    """The loss is computed in the loop that trains, and nowhere else."""

    loss = None  # type: ignore[assignment]
    slope = True

    def train(self, X: Any, y: Any, epochs: int = 1000, lr: float = 0.1) -> list[float]:
        history = []
        for _ in range(epochs):
            output = self.forward(X)
            loss = np.mean((output - y) ** 2)
            history.append(loss)
            d, e = self.errors(output, y, self.slope)
            self.layers[0]["W"] -= lr * self.A.T @ d
            self.layers[0]["b"] -= lr * d.sum(axis=0)
            self.W1 -= lr * X.T @ e
            self.b1 -= lr * e.sum(axis=0)
        return history


@pytest.mark.parametrize("slope", [True, False])
def test_a_loss_that_stands_only_in_the_loop_of_train(slope: bool) -> None:
    net = Trains()
    net.slope = slope
    before = net.W1.copy()
    report = ca.check(net, X, Y)
    assert report.verdict == ("correct" if slope else "faulty"), report
    assert len(report.parameters) == 4
    wrong = {p.name for p in report.parameters if p.verdict == "wrong"}
    assert wrong == (set() if slope else {"W1", "b1"})
    assert np.array_equal(net.W1, before) and not hasattr(net, "A")


def test_a_training_loop_without_a_loss_is_named() -> None:
    class Trains2(Trains):
        def train(self, X: Any, y: Any, epochs: int = 10, lr: float = 0.1) -> None:  # type: ignore[override]
            for _ in range(epochs):
                e = self.errors(self.forward(X), y)[1]
                self.W1 -= lr * X.T @ e

    with pytest.raises(UsageError, match=r"training loop in line \d+ of .*test_objects\.py was found, but no loss"):
        ca.check(Trains2(), X, Y)


def test_what_is_not_found_is_said() -> None:
    class Empty:
        pass

    with pytest.raises(UsageError, match=r"No loss was found in the object.*received Empty with no methods") as caught:
        ca.check(Empty(), X, Y)
    assert "nor one in the loop of a method called train_step" in str(caught.value)
    assert "def loss(p): net.W1" in str(caught.value) and "ca.check(loss, gradients" in str(caught.value)
    with pytest.raises(UsageError, match="No backward pass was found"):
        ca.check(Base(), X, Y)
    with pytest.raises(UsageError, match="needs data for a network object"):
        case_of(Base(), None, None)
