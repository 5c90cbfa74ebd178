"""Optimizers: their rules on small numbers, on arrays of every kind, and on stand-ins for recorded arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cutaway.errors import UsageError
from cutaway.tracing import trace
from cutaway.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop, _weights_so_far, optimizer
from cutaway.train.schedules import Cosine

EVERY = [
    SGD(),
    SGD(momentum=0.9),
    SGD(momentum=0.9, nesterov=True),
    RMSprop(),
    RMSprop(momentum=0.9),
    Adam(),
    Adam(beta1=0.0, beta2=0.0),
    AdamW(),
    AdamW(weight_decay=0.0),
    Adagrad(),
    SGD(weight_decay=0.01, l1=0.01, clip_norm=1.0, clip_value=0.5),
    AdamW(l1=0.01, clip_norm=1.0, clip_value=0.5),
]
every = pytest.mark.parametrize("opt", EVERY, ids=repr)


def run(opt: Optimizer, w: Any, gradients: list[Any], lr: float = 0.1) -> tuple[Any, dict[str, Any]]:
    state = opt.init(w)
    for t, g in enumerate(gradients, start=1):
        w, state = opt.step(w, g, state, w.dtype.type(lr), w.dtype.type(t))
    return w, state


def test_rules_by_hand() -> None:
    w, g = np.array([1.0, -2.0]), np.array([0.5, 4.0])
    one = lambda opt: run(opt, w, [g])[0]  # noqa: E731
    np.testing.assert_array_equal(one(SGD()), w - 0.1 * g)
    np.testing.assert_array_equal(one(SGD(momentum=0.9)), w - 0.1 * g)
    np.testing.assert_array_equal(one(SGD(momentum=0.5, nesterov=True)), w - 0.1 * (1.5 * g))
    np.testing.assert_allclose(one(RMSprop(alpha=0.75)), w - 0.1 * np.sign(g) * 2, rtol=1e-7)
    np.testing.assert_allclose(one(Adam()), w - 0.1 * np.sign(g), rtol=1e-7)
    np.testing.assert_allclose(one(AdamW(weight_decay=0.5)), 0.95 * w - 0.1 * np.sign(g), rtol=1e-7)
    np.testing.assert_allclose(one(Adagrad()), w - 0.1 * np.sign(g), rtol=1e-9)
    np.testing.assert_allclose(run(Adagrad(), w, [g, g])[0], w - 0.1 * np.sign(g) * (1 + 2**-0.5), rtol=1e-9)
    np.testing.assert_array_equal(run(SGD(momentum=0.5), w, [g, g])[0], w - 0.1 * g - 0.1 * 1.5 * g)


def test_adam_is_the_algorithm_of_the_paper() -> None:
    rng = np.random.default_rng(0)
    gradients = [rng.normal(size=5) * 10.0**k for k in range(-3, 4)]
    w = m = v = np.zeros(5)
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-2)
    np.testing.assert_allclose(run(Adam(eps=1e-2), np.zeros(5), gradients)[0], w, rtol=1e-11)


def test_penalties_are_the_gradients_of_their_formulas() -> None:
    w, g = np.array([3.0, -1.0, 0.0]), np.array([0.25, 0.25, 0.25])
    np.testing.assert_array_equal(SGD(weight_decay=0.5).regularize(w, g), g + 0.5 * w)
    np.testing.assert_array_equal(SGD(l1=0.5).regularize(w, g), g + np.array([0.5, -0.5, 0.0]))
    np.testing.assert_array_equal(SGD(weight_decay=0.5, l1=0.5).regularize(w, g), [2.25, -0.75, 0.25])
    np.testing.assert_array_equal(AdamW(weight_decay=0.5).regularize(w, g), g)
    assert SGD().regularize(w, g) is g


def test_clipping() -> None:
    g = np.array([3.0, -4.0])
    assert SGD().clip(g) is g
    np.testing.assert_allclose(SGD(clip_norm=1.0).clip(g), [0.6, -0.8], rtol=1e-6)
    np.testing.assert_array_equal(SGD(clip_norm=6.0).clip(g), g)
    np.testing.assert_array_equal(SGD(clip_value=3.5).clip(g), [3.0, -3.5])
    np.testing.assert_allclose(SGD(clip_value=1.0, clip_norm=1.0).clip(g), [0.5**0.5, -(0.5**0.5)], rtol=1e-6)
    np.testing.assert_array_equal(SGD(clip_norm=1.0).clip(np.zeros(2)), np.zeros(2))


def test_the_gradient_of_the_loss_is_clipped_before_penalties_come_in() -> None:
    w, g = np.array([10.0]), np.array([100.0])
    assert run(SGD(clip_value=1.0, weight_decay=0.5), w, [g])[0] == 10 - 0.1 * (1 + 5)


@every
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 4), (2, 3, 4), (0,)])
def test_shape_and_dtype_stay_and_inputs_are_left_alone(opt: Optimizer, dtype: Any, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    w, g = rng.normal(size=shape).astype(dtype), rng.normal(size=shape).astype(dtype)
    w, g = np.asarray(w), np.asarray(g)
    state = opt.init(w)
    assert all(a.shape == shape and a.dtype == dtype and not a.any() for a in state.values())
    for array in (w, g, *state.values()):
        array.setflags(write=False)
    for t in (1, 2):
        new, after = opt.step(w, g, state, np.array(0.1, dtype), np.array(t, dtype))
        assert new.shape == shape and new.dtype == dtype and np.isfinite(new).all()
        assert after.keys() == state.keys()
        assert all(a.shape == shape and a.dtype == dtype for a in after.values())
        state = after


@every
def test_one_flat_vector_does_as_separate_arrays(opt: Optimizer) -> None:
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(3, 2)), rng.normal(size=4)]
    gradients = [[0.1 * rng.normal(size=p.shape) for p in parts] for _ in range(5)]  # under the norm limit
    flat = lambda arrays: np.concatenate([a.ravel() for a in arrays])  # noqa: E731
    together, _ = run(opt, flat(parts), [flat(g) for g in gradients])
    apart = [run(opt, p, [g[i] for g in gradients])[0] for i, p in enumerate(parts)]
    np.testing.assert_allclose(together, flat(apart), rtol=0, atol=1e-15)


@every
def test_float32_follows_float64(opt: Optimizer) -> None:
    rng = np.random.default_rng(0)
    w, gradients = rng.normal(size=20), [rng.normal(size=20) for _ in range(100)]
    exact, _ = run(opt, w, gradients, lr=0.01)
    single, _ = run(opt, w.astype(np.float32), [g.astype(np.float32) for g in gradients], lr=0.01)
    np.testing.assert_allclose(single, exact, rtol=0, atol=2e-5)


@pytest.mark.parametrize("t", [1, 2, 10, 1000, 10**6])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.999, 1 - 1e-6])
def test_the_bias_correction_of_adam_keeps_the_digits_of_float32(beta: float, t: int) -> None:
    exact = math.fsum(beta**k for k in range(t))
    for dtype in (np.float32, np.float64):
        found = _weights_so_far(beta, np.array(t, dtype))
        assert found.dtype == dtype and abs(found - exact) <= 4 * np.finfo(dtype).eps * exact * max(1, 1e-3 * t)


@every
def test_a_rate_of_zero_changes_nothing(opt: Optimizer) -> None:
    w = np.array([1.0, -2.0])
    np.testing.assert_array_equal(run(opt, w, [w, 3 * w], lr=0.0)[0], w)


@every
def test_every_optimizer_finds_the_bottom_of_a_bowl(opt: Optimizer) -> None:
    w = np.array([1.0, -0.5])
    state = opt.init(w)
    for t in range(1, 2001):
        lr = 0.5 if isinstance(opt, Adagrad) else 0.05 / t**0.5  # Adagrad slows down by itself
        w, state = opt.step(w, np.array([1.0, 4.0]) * w, state, np.float64(lr), np.float64(t))
    assert np.abs(w).max() < 0.05


class Recorded:
    """An array whose numbers nobody may look at: what code that is recorded gets, at its strictest."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Recorded:
        assert method in ("__call__", "reduce") and "out" not in options, "no writing in place"
        assert not any(isinstance(i, np.generic | np.ndarray) for i in inputs), "constants are plain Python numbers"
        self.log.append(ufunc.__name__)
        return Recorded(self.log)

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Recorded:
        self.log.append(function.__name__)
        return Recorded(self.log)

    def _refuse(self, *_: Any) -> Any:
        raise AssertionError("a rule looked at a number")

    __array__ = __bool__ = __float__ = __int__ = __index__ = __len__ = __iter__ = __getitem__ = _refuse
    __add__ = lambda a, b: np.add(a, b)  # noqa: E731
    __radd__ = lambda a, b: np.add(b, a)  # noqa: E731
    __sub__ = lambda a, b: np.subtract(a, b)  # noqa: E731
    __rsub__ = lambda a, b: np.subtract(b, a)  # noqa: E731
    __mul__ = lambda a, b: np.multiply(a, b)  # noqa: E731
    __rmul__ = lambda a, b: np.multiply(b, a)  # noqa: E731
    __truediv__ = lambda a, b: np.divide(a, b)  # noqa: E731
    __rtruediv__ = lambda a, b: np.divide(b, a)  # noqa: E731
    __rpow__ = lambda a, b: np.power(b, a)  # noqa: E731


@pytest.mark.parametrize(
    ("opt", "operations"),
    [
        (SGD(), 2),
        (SGD(momentum=0.9), 4),
        (SGD(momentum=0.9, nesterov=True), 6),
        (RMSprop(), 9),
        (Adam(), 10 + 10),  # 10 of them on single numbers
        (AdamW(), 10 + 10 + 3),
        (Adagrad(), 7),
        (SGD(weight_decay=0.1), 4),
        (SGD(l1=0.1), 5),
        (SGD(clip_value=0.1), 3),
        (SGD(clip_norm=0.1), 9),
    ],
    ids=repr,
)
def test_rules_are_recordable_and_take_few_operations(opt: Optimizer, operations: int) -> None:
    log: list[str] = []
    state = {name: Recorded(log) for name in opt.init(np.zeros(1))}
    opt.step(*(Recorded(log) for _ in range(2)), state, Recorded(log), Recorded(log))
    assert len(log) == operations, log


@every
def test_a_recorded_rule_prints_as_code_that_gives_the_same_numbers(opt: Optimizer) -> None:
    rng = np.random.default_rng(0)
    w, g, *states = (rng.uniform(0.5, 1.5, size=6) for _ in range(2 + len(opt.init(np.zeros(1)))))
    state = dict(zip(opt.init(w), states, strict=True))
    lr, t = np.array(0.1), np.array(3.0)
    space: dict[str, Any] = {}
    exec(str(trace(opt.step, w, g, state, lr, t)), space)
    printed = space["step"](w, g, *states, lr, t)
    new, after = opt.step(w, g, state, lr, t)
    np.testing.assert_equal(printed if states else (printed,), (new, *after.values()))


def test_choosing_by_name() -> None:
    assert [optimizer(name) for name in ("sgd", "rmsprop", "adam", "adamw", "adagrad")] == [
        SGD(0.1),
        RMSprop(0.01),
        Adam(0.001),
        AdamW(0.001, weight_decay=0.01),
        Adagrad(0.01),
    ]
    assert optimizer("Adam", lr=0.5) == Adam(0.5)
    assert optimizer("sgd", Cosine(0.5)) == SGD(Cosine(0.5))
    mine = SGD(0.3, momentum=0.9)
    assert optimizer(mine) is mine
    assert optimizer(mine, lr=0.5) == SGD(0.5, momentum=0.9)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("adamm", "the optimizer is not known; received 'adamm'. Did you mean 'adam"),
        ("", "the optimizer is not known"),
        (Adam, r"received the class Adam. Write optimizer=Adam\(lr=0.1\)"),
        (0.1, r"received float. Write optimizer=SGD\(lr=0.1\)"),
        (None, "received NoneType"),
    ],
)
def test_choices_that_are_none(choice: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        optimizer(choice)


def test_rates_come_from_the_schedule() -> None:
    np.testing.assert_array_equal(SGD(0.5).rates(2, 2), np.full(4, 0.5))
    np.testing.assert_array_equal(SGD(Cosine(0.5)).rates(2, 2), Cosine(0.5).rates(2, 2))
