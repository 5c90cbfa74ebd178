"""Whole networks, trained step by step beside PyTorch: the same weights to ten digits after each of 50 steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway as ca

torch = pytest.importorskip("torch", reason="PyTorch is the reference")
pytestmark = pytest.mark.torch

STEPS = 50
RNG = np.random.default_rng(3)
X = RNG.normal(size=(40, 3))
LABELS = RNG.integers(0, 4, size=40)
YES = (X[:, 0] * X[:, 1] > 0).astype(int)
Array = np.ndarray[Any, Any]


def sgd(p: Any, **how: Any) -> Any:
    return torch.optim.SGD(p, **how)


RULES: dict[str, tuple[ca.train.Optimizer, Callable[[Any], Any], dict[str, Any]]] = {
    "sgd": (ca.SGD(0.5), lambda p: sgd(p, lr=0.5), {}),
    "momentum": (ca.SGD(0.1, momentum=0.9), lambda p: sgd(p, lr=0.1, momentum=0.9), {}),
    "nesterov": (
        ca.SGD(0.1, momentum=0.9, nesterov=True),
        lambda p: sgd(p, lr=0.1, momentum=0.9, nesterov=True),
        {},
    ),
    "weight decay": (ca.SGD(0.3, weight_decay=0.01), lambda p: sgd(p, lr=0.3, weight_decay=0.01), {}),
    "clip_norm": (ca.SGD(0.5, clip_norm=0.05), lambda p: sgd(p, lr=0.5), {"clip_norm": 0.05}),
    "clip_value": (ca.SGD(0.5, clip_value=0.02), lambda p: sgd(p, lr=0.5), {"clip_value": 0.02}),
    "rmsprop": (ca.RMSprop(0.01), lambda p: torch.optim.RMSprop(p, lr=0.01), {}),
    "adam": (ca.Adam(0.05), lambda p: torch.optim.Adam(p, lr=0.05), {}),
    "adam with everything": (
        ca.Adam(0.05, beta1=0.8, beta2=0.95, eps=1e-6, weight_decay=0.02, clip_norm=0.1),
        lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.02),
        {"clip_norm": 0.1},
    ),
    "adamw": (
        ca.AdamW(0.05, weight_decay=0.05),
        lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.05),
        {},
    ),
    "adagrad": (ca.Adagrad(0.1), lambda p: torch.optim.Adagrad(p, lr=0.1), {}),
    "a step schedule": (
        ca.SGD(ca.Step(0.5, every=10, factor=0.5), momentum=0.5),
        lambda p: sgd(p, lr=0.5, momentum=0.5),
        {"schedule": lambda o: torch.optim.lr_scheduler.StepLR(o, 10, 0.5)},
    ),
    "a cosine": (
        ca.Adam(ca.Cosine(0.05)),
        lambda p: torch.optim.Adam(p, lr=0.05),
        {"schedule": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, STEPS)},
    ),
}


def their_network(layers: tuple[Any, ...], ours: ca.Network) -> Any:
    """PyTorch's modules with the weights of our network."""
    modules: list[Any] = []
    kinds = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU, "gelu": torch.nn.GELU}
    for layer, p in zip(layers, ours.params, strict=True):
        if isinstance(layer, ca.BatchNorm):
            modules.append(torch.nn.BatchNorm1d(len(p["gamma"])))
            continue
        module = torch.nn.Linear(*p["W"].shape, dtype=torch.float64)
        with torch.no_grad():
            module.weight.copy_(torch.tensor(p["W"].T.copy()))
            module.bias.copy_(torch.tensor(p["b"]))
        modules += [module] + ([kinds[layer.activation]()] if layer.activation in kinds else [])
    return torch.nn.Sequential(*modules).double()


def their_weights(net: Any) -> list[Array]:
    return [p.detach().numpy().T.copy() for p in net.parameters()]


def trajectories(
    layers: tuple[Any, ...], y: Array, their_loss: Any, rule: str
) -> tuple[list[list[Array]], list[list[Array]], list[float], list[float]]:
    """Weights after, and loss before, each of the steps, ours and PyTorch's."""
    optimizer, make, how = RULES[rule]
    net = ca.Network(layers, seed=1, dtype="float64").build(3)
    theirs = their_network(layers, net)
    ours: list[list[Array]] = []

    def note(record: dict[str, Any]) -> None:
        ours.append([a.copy() for p in net.params for a in p.values()])

    history = net.fit(X, y, optimizer=optimizer, epochs=STEPS, metrics=(), callbacks=note, progress=False)

    x, target = torch.tensor(X), torch.tensor(y)
    stepper = make(theirs.parameters())
    schedule = how["schedule"](stepper) if "schedule" in how else None
    their_path, their_losses = [], []
    for _ in range(STEPS):
        stepper.zero_grad()
        loss = their_loss(theirs(x), target)
        loss.backward()
        if "clip_value" in how:
            torch.nn.utils.clip_grad_value_(theirs.parameters(), how["clip_value"])
        if "clip_norm" in how:
            torch.nn.utils.clip_grad_norm_(theirs.parameters(), how["clip_norm"])
        stepper.step()
        if schedule:
            schedule.step()
        their_losses.append(float(loss.detach()))
        their_path.append(their_weights(theirs))
    return ours, their_path, history["loss"].tolist(), their_losses


def assert_same(layers: tuple[Any, ...], y: Array, their_loss: Any, rule: str) -> None:
    ours, theirs, our_losses, their_losses = trajectories(layers, y, their_loss, rule)
    np.testing.assert_allclose(our_losses, their_losses, rtol=1e-10)
    for mine, other in zip(ours, theirs, strict=True):
        for a, b in zip(mine, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)
    assert their_losses[-1] < their_losses[0]


def binary(z: Any, t: Any) -> Any:
    return torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], t.double())


SIGMOID = (ca.Dense(6, "tanh"), ca.Dense(1, "sigmoid"))
SOFTMAX = (ca.Dense(6, "tanh"), ca.Dense(4, "softmax"))


@pytest.mark.parametrize("rule", RULES)
def test_sigmoid_and_binary_cross_entropy(rule: str) -> None:
    assert_same(SIGMOID, YES, binary, rule)


@pytest.mark.parametrize("rule", RULES)
def test_softmax_and_categorical_cross_entropy(rule: str) -> None:
    assert_same(SOFTMAX, LABELS, torch.nn.functional.cross_entropy, rule)


def test_logits() -> None:
    assert_same((ca.Dense(6, "relu"), ca.Dense(1)), YES, binary, "adam")
    assert_same((ca.Dense(6, "relu"), ca.Dense(4)), LABELS, torch.nn.functional.cross_entropy, "adam")


def test_a_deep_regression_with_batch_normalisation() -> None:
    layers = (ca.Dense(8, "gelu"), ca.BatchNorm(), ca.Dense(8, "tanh"), ca.BatchNorm(), ca.Dense(2))
    y = np.stack([np.sin(X[:, 0]), X[:, 1] * X[:, 2]], axis=1)
    assert_same(layers, y, torch.nn.functional.mse_loss, "momentum")


def test_several_labels_at_once() -> None:
    y = (X > 0).astype(float)
    assert_same(
        (ca.Dense(6, "tanh"), ca.Dense(3, "sigmoid")),
        y,
        torch.nn.functional.binary_cross_entropy_with_logits,
        "sgd",
    )


def test_single_precision_stays_close() -> None:
    net = ca.Network(SIGMOID, seed=1).build(3)
    theirs = their_network(SIGMOID, net).float()
    net.fit(X, YES, optimizer=ca.SGD(0.5), epochs=STEPS, progress=False)
    stepper = torch.optim.SGD(theirs.parameters(), lr=0.5)
    for _ in range(STEPS):
        stepper.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            theirs(torch.tensor(X).float())[:, 0], torch.tensor(YES).float()
        )
        loss.backward()
        stepper.step()
    for a, b in zip([a for p in net.params for a in p.values()], their_weights(theirs), strict=True):
        assert a.dtype == b.dtype == np.float32
        np.testing.assert_allclose(a, b, atol=1e-4)
