"""Fifty steps of every optimizer, with every option and schedule, are those of PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cutaway.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from cutaway.train.schedules import Cosine, Exponential, OneCycle, Schedule, Step, WarmUp

torch = pytest.importorskip("torch", reason="trajectories are compared with PyTorch's")
pytestmark = pytest.mark.torch

STEPS_PER_EPOCH, EPOCHS = 5, 10
SHAPES = ((3, 2), (4,))
SIZE = 10
LR = 0.03
rng = np.random.default_rng(1)
A, B, START = rng.normal(size=(SIZE, SIZE)) / SIZE**0.5, rng.normal(size=SIZE), rng.normal(size=SIZE)

# each with the class of torch and its options there
OPTIMIZERS: list[tuple[type[Optimizer], dict[str, Any], str, dict[str, Any]]] = [
    (SGD, {}, "SGD", {}),
    (SGD, {"momentum": 0.9}, "SGD", {"momentum": 0.9}),
    (SGD, {"momentum": 0.9, "nesterov": True}, "SGD", {"momentum": 0.9, "nesterov": True}),
    (RMSprop, {}, "RMSprop", {}),
    (RMSprop, {"alpha": 0.9, "eps": 0.1, "momentum": 0.5}, "RMSprop", {"alpha": 0.9, "eps": 0.1, "momentum": 0.5}),
    (Adam, {}, "Adam", {}),
    (Adam, {"beta1": 0.5, "beta2": 0.8, "eps": 0.1}, "Adam", {"betas": (0.5, 0.8), "eps": 0.1}),
    (AdamW, {}, "AdamW", {}),
    (AdamW, {"weight_decay": 0.2}, "AdamW", {"weight_decay": 0.2}),
    (Adagrad, {}, "Adagrad", {}),
    (Adagrad, {"eps": 1e-2}, "Adagrad", {"eps": 1e-2}),
]
EXTRAS: list[dict[str, float]] = [
    {},
    {"weight_decay": 0.1},
    {"l1": 0.05},
    {"clip_norm": 0.5},
    {"clip_value": 0.3},
    {"clip_value": 0.4, "clip_norm": 0.6},
    {"weight_decay": 0.1, "l1": 0.05, "clip_norm": 0.5},
    {"weight_decay": 0.1, "l1": 0.05, "clip_norm": 0.5, "clip_value": 0.3},
]
_rates = torch.optim.lr_scheduler
# each with torch's schedulers for a step and for an epoch
SCHEDULES: list[tuple[Schedule, Callable[[Any], Any] | None, Callable[[Any], Any] | None]] = [
    (Step(LR, every=3, factor=0.5), None, lambda o: _rates.StepLR(o, 3, 0.5)),
    (Exponential(LR, 0.9), None, lambda o: _rates.ExponentialLR(o, 0.9)),
    (Cosine(LR), None, lambda o: _rates.CosineAnnealingLR(o, EPOCHS)),
    (Cosine(LR, floor=0.01), None, lambda o: _rates.CosineAnnealingLR(o, EPOCHS, eta_min=0.01)),
    (
        OneCycle(LR),
        lambda o: _rates.OneCycleLR(o, LR, total_steps=STEPS_PER_EPOCH * EPOCHS, cycle_momentum=False),
        None,
    ),
    (
        OneCycle(LR, rise=0.51, start=0.1, end=0.001),
        lambda o: _rates.OneCycleLR(
            o,
            LR,
            epochs=EPOCHS,
            steps_per_epoch=STEPS_PER_EPOCH,
            pct_start=0.51,
            div_factor=10,
            final_div_factor=100,
            cycle_momentum=False,
        ),
        None,
    ),
    (WarmUp(LR, epochs=2), lambda o: _rates.LambdaLR(o, lambda k: min(1.0, (k + 1) / 10)), None),
    (
        WarmUp(Cosine(LR), steps=7),
        lambda o: _rates.LinearLR(o, start_factor=1 / 7, total_iters=6),
        lambda o: _rates.CosineAnnealingLR(o, EPOCHS),
    ),
    (
        WarmUp(Step(LR, every=1, factor=0.8), epochs=3),
        lambda o: _rates.LinearLR(o, start_factor=1 / 15, total_iters=14),
        lambda o: _rates.StepLR(o, 1, 0.8),
    ),
]


def gradient(w: Any) -> Any:
    """Return the gradient of a quadratic bowl with waves: ``sum((A w - B)**2) / 2 + sum(cos(2 w))``."""
    return A.T @ (A @ w - B) - 2 * np.sin(2 * w)


def ours(opt: Optimizer) -> Any:
    w, path = START, []
    state = opt.init(w)
    for t, lr in enumerate(opt.rates(STEPS_PER_EPOCH, EPOCHS), start=1):
        w, state = opt.step(w, gradient(w), state, lr, np.float64(t))
        path.append(w)
    return np.array(path)


def theirs(
    name: str,
    options: dict[str, Any],
    extras: dict[str, float],
    per_step: Callable[[Any], Any] | None = None,
    per_epoch: Callable[[Any], Any] | None = None,
) -> Any:
    sizes = [int(np.prod(s)) for s in SHAPES]
    parts = [torch.tensor(p).reshape(s) for p, s in zip(np.split(START, np.cumsum(sizes)[:-1]), SHAPES, strict=True)]
    params = [torch.nn.Parameter(p) for p in parts]
    extras = dict(extras)
    l1, norm, value = (extras.pop(k, None) for k in ("l1", "clip_norm", "clip_value"))
    opt = getattr(torch.optim, name)(params, lr=LR, **{**options, **extras})
    step_rates, epoch_rates = per_step and per_step(opt), per_epoch and per_epoch(opt)
    a, b, path = torch.tensor(A), torch.tensor(B), []
    for t in range(1, STEPS_PER_EPOCH * EPOCHS + 1):
        opt.zero_grad()
        w = torch.cat([p.reshape(-1) for p in params])
        (((a @ w - b) ** 2).sum() / 2 + torch.cos(2 * w).sum()).backward()
        if value is not None:
            torch.nn.utils.clip_grad_value_(params, value)
        if norm is not None:
            torch.nn.utils.clip_grad_norm_(params, norm)
        if l1 is not None:
            sum(l1 * p.abs().sum() for p in params).backward()
        opt.step()
        path.append(torch.cat([p.detach().reshape(-1) for p in params]).numpy().copy())
        if step_rates:
            step_rates.step()
        if epoch_rates and t % STEPS_PER_EPOCH == 0:
            epoch_rates.step()
    return np.array(path)


def short(value: object) -> str:
    """Return the same words in every process, for the names of tests."""
    return "" if callable(value) and not isinstance(value, type) and "<lambda>" in repr(value) else str(value)[:50]


@pytest.mark.parametrize("extras", EXTRAS, ids=str)
@pytest.mark.parametrize(("kind", "options", "name", "their_options"), OPTIMIZERS, ids=str)
def test_with_every_option(
    kind: type[Optimizer], options: dict[str, Any], name: str, their_options: dict[str, Any], extras: dict[str, float]
) -> None:
    path = ours(kind(LR, **{**options, **extras}))
    np.testing.assert_allclose(path, theirs(name, their_options, extras), rtol=0, atol=1e-10)
    assert np.abs(path[-1] - START).max() > 0.01  # it went somewhere


@pytest.mark.parametrize(("schedule", "per_step", "per_epoch"), SCHEDULES, ids=short)
@pytest.mark.parametrize(("kind", "options", "name", "their_options"), OPTIMIZERS, ids=str)
def test_with_every_schedule(
    kind: type[Optimizer],
    options: dict[str, Any],
    name: str,
    their_options: dict[str, Any],
    schedule: Schedule,
    per_step: Any,
    per_epoch: Any,
) -> None:
    path = ours(kind(schedule, **options))
    np.testing.assert_allclose(path, theirs(name, their_options, {}, per_step, per_epoch), rtol=0, atol=1e-10)


def test_the_options_matter() -> None:
    """Every option changes the path, so that agreement above is agreement about something."""
    plain = ours(SGD(LR))
    for extras in EXTRAS[1:]:
        assert np.abs(ours(SGD(LR, **extras)) - plain).max() > 1e-3
