"""The stable forms against mpmath, at arguments where the textbook's formulas overflow or lose all their digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.graph import Graph, Var
from cutaway.interpreters.differentiate import differentiate
from cutaway.interpreters.simplify import simplify
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder

mpmath = pytest.importorskip("mpmath", reason="the references have 60 digits")
mp = mpmath.mp.clone()
mp.dps = 60

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # recording runs the formula that overflows

Array = np.ndarray[Any, Any]
_SIZES = (0.0, 5e-324, 1e-310, 1e-45, 1e-30, 1e-8, 1e-3, 0.5, 1.0, 5.0, 16.7, 36.8, 40.0, 87.0, 89.0, 104.0, 700.0)
Z = np.array([s * size for size in (*_SIZES, 709.0, 710.0, 745.0, 750.0, 1000.0, 1e4) for s in (1, -1)])
DTYPES = ("float64", "float32")
ULPS = 8


def textbook_sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def textbook_softmax(z: Any) -> Any:
    return np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)


def value_and_slope(program: Callable[..., Any], z: Array, weights: Array | float = 1.0) -> tuple[Array, Array]:
    """What the simplified program gives, and the derivative of the weighted sum of it, as a training step has them."""
    graph = simplify(ca.trace(program, z))
    with np.errstate(all="ignore"):
        value, slope = ca.run(simplify(with_gradient(graph, weights)), z)
    assert value.dtype == slope.dtype == z.dtype
    return value, slope


def with_gradient(graph: Graph, weights: Array | float = 1.0) -> Graph:
    recorder = Recorder.reopen(graph)
    (out,) = graph.outputs
    assert isinstance(out, Var)
    (grad,) = differentiate(recorder, out, graph.inputs, np.broadcast_to(weights, out.shape).astype(out.dtype))
    return recorder.graph((out, as_atom(recorder, grad)))


def assert_close(found: Array, exact: Any, least: float) -> None:
    """A few units in the last place, of the exact number or of ``least``, whichever is more."""
    limits = np.finfo(found.dtype)
    for got, true in zip(found.ravel(), np.ravel(exact), strict=True):
        allowed = ULPS * float(limits.eps) * max(abs(true), least) + float(limits.smallest_normal)
        assert abs(mp.mpf(float(got)) - true) <= allowed, f"{got!r} is not {mp.nstr(true, 20)}"


# Functions of a sigmoid -------------------------------------------------------------------------------------------


def softplus(z: Any) -> Any:
    return mp.log1p(mp.exp(z)) if z < 0 else z + mp.log1p(mp.exp(-z))


def sigmoid(z: Any) -> Any:
    return 1 / (1 + mp.exp(-z))


def cross_entropy(t: float) -> tuple[Any, Any]:
    """Value, and derivative with ``sigmoid(z) - t`` taken without cancellation."""
    return (
        lambda z: t * softplus(-z) + (1 - t) * softplus(z),
        lambda z: (1 - t) * sigmoid(z) - t * sigmoid(-z),
    )


LOGISTIC: dict[str, tuple[Callable[..., Any], tuple[Any, Any]]] = {
    "1 / (1 + exp(-z))": (textbook_sigmoid, (sigmoid, lambda z: sigmoid(z) * sigmoid(-z))),
    "1 / (1 + exp(z))": (
        lambda z: 1 / (1 + np.exp(z)),
        (lambda z: sigmoid(-z), lambda z: -sigmoid(z) * sigmoid(-z)),
    ),
    "exp(z) / (1 + exp(z))": (
        lambda z: np.exp(z) / (1 + np.exp(z)),
        (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    ),
    "(1 + tanh(z / 2)) / 2": (lambda z: (1 + np.tanh(z / 2)) / 2, (sigmoid, lambda z: sigmoid(z) * sigmoid(-z))),
    "log(1 + exp(z))": (lambda z: np.log(1 + np.exp(z)), (softplus, sigmoid)),
    "log1p(exp(z))": (lambda z: np.log1p(np.exp(z)), (softplus, sigmoid)),
    "logaddexp(0, z)": (lambda z: np.logaddexp(0, z), (softplus, sigmoid)),
    "log(sigmoid(z))": (
        lambda z: np.log(textbook_sigmoid(z)),
        (lambda z: -softplus(-z), lambda z: sigmoid(-z)),
    ),
    "log(sigmoid(-z))": (
        lambda z: np.log(1 / (1 + np.exp(z))),
        (lambda z: -softplus(z), lambda z: -sigmoid(z)),
    ),
    "log(1 - sigmoid(z))": (
        lambda z: np.log(1 - textbook_sigmoid(z)),
        (lambda z: -softplus(z), lambda z: -sigmoid(z)),
    ),
    "log1p(-sigmoid(z))": (
        lambda z: np.log1p(-textbook_sigmoid(z)),
        (lambda z: -softplus(z), lambda z: -sigmoid(z)),
    ),
}
for _t in (0.0, 1.0, 0.25):
    LOGISTIC[f"cross-entropy of {_t}"] = (
        lambda z, t=_t: -(t * np.log(textbook_sigmoid(z)) + (1 - t) * np.log(1 - textbook_sigmoid(z))),
        cross_entropy(_t),
    )
    LOGISTIC[f"cross-entropy of {_t} by entries"] = (
        lambda z, t=_t: (
            np.full(z.shape, -t, z.dtype) * np.log(textbook_sigmoid(z))
            - np.full(z.shape, 1 - t, z.dtype) * np.log(1 - textbook_sigmoid(z))
        ),
        cross_entropy(_t),
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", LOGISTIC)
def test_functions_of_a_sigmoid(case: str, dtype: str) -> None:
    program, (exact, exact_slope) = LOGISTIC[case]
    z = Z.astype(dtype)
    value, slope = value_and_slope(program, z)
    points = [mp.mpf(float(x)) for x in z]
    assert_close(value, [exact(x) for x in points], 0)
    # y (1 - y) and p - t are differences of numbers up to 1; all the others have every digit
    differences = ("exp" in case and "log" not in case) or "tanh" in case or "cross" in case
    assert_close(slope, [exact_slope(x) for x in points], 1 if differences else 0)


# Functions of a softmax -------------------------------------------------------------------------------------------

ROWS = np.array(
    [
        [0.0, 0.0, 0.0],
        [1.0, 2.0, 3.0],
        [1e4, -1e4, 0.0],
        [1e4, 1e4, 1e4],
        [-1e4, -1e4, -1e4],
        [-1e4, -1e4 + 1, -1e4 + 2],
        [710.0, 709.0, 0.0],
        [88.0, 89.0, -104.0],
        [40.0, 0.0, -40.0],
        [5e-324, -5e-324, 0.0],
        [-745.0, -746.0, -747.0],
    ]
)
G = np.array([0.5, -1.0, 2.0])
"""Weights of the entries in the sum whose derivative is taken."""


def p(row: Any) -> Any:
    top = max(row)
    e = [mp.exp(x - top) for x in row]
    return [x / mp.fsum(e) for x in e]


def log_sum(row: Any) -> Any:
    top = max(row)
    return top + mp.log(mp.fsum(mp.exp(x - top) for x in row))


def softmax_slope(row: Any, g: Any) -> Any:
    mean = mp.fsum(a * b for a, b in zip(g, p(row), strict=True))
    return [share * (a - mean) for share, a in zip(p(row), g, strict=True)]


def log_softmax_slope(row: Any, g: Any) -> Any:
    return [a - share * mp.fsum(g) for share, a in zip(p(row), g, strict=True)]


def shifted(z: Any) -> Any:
    return textbook_softmax(z - np.max(z, axis=1, keepdims=True))


def logsumexp_shifted(z: Any) -> Any:
    top = np.max(z, axis=1, keepdims=True)
    return np.log(np.sum(np.exp(z - top), axis=1, keepdims=True)) + top


ROW_WISE: dict[str, tuple[Callable[..., Any], Any, Any]] = {
    "softmax": (textbook_softmax, p, softmax_slope),
    "softmax in columns": (
        lambda z: (np.exp(z.T) / np.sum(np.exp(z.T), axis=0)).T,
        p,
        softmax_slope,
    ),
    "shifted softmax": (shifted, p, softmax_slope),
    "softmax shifted by one number": (lambda z: textbook_softmax(z - np.max(z)), p, softmax_slope),
    "log(softmax)": (
        lambda z: np.log(textbook_softmax(z)),
        lambda row: [x - log_sum(row) for x in row],
        log_softmax_slope,
    ),
    "log(shifted softmax)": (
        lambda z: np.log(shifted(z)),
        lambda row: [x - log_sum(row) for x in row],
        log_softmax_slope,
    ),
    "z - log(sum(exp(z)))": (
        lambda z: z - np.log(np.sum(np.exp(z), axis=1, keepdims=True)),
        lambda row: [x - log_sum(row) for x in row],
        log_softmax_slope,
    ),
    "log(sum(exp(z)))": (
        lambda z: np.log(np.sum(np.exp(z), axis=1, keepdims=True)),
        lambda row: [log_sum(row)],
        lambda row, g: [share * g[0] for share in p(row)],
    ),
    "log(sum(exp(z))) without keepdims": (
        lambda z: np.log(np.sum(np.exp(z), axis=1)).reshape(-1, 1),
        lambda row: [log_sum(row)],
        lambda row, g: [share * g[0] for share in p(row)],
    ),
    "log(sum(exp(z - top))) + top": (
        logsumexp_shifted,
        lambda row: [log_sum(row)],
        lambda row, g: [share * g[0] for share in p(row)],
    ),
    "cross-entropy of a label": (
        lambda z: np.log(textbook_softmax(z))[:, 1:2],
        lambda row: [row[1] - log_sum(row)],
        lambda row, g: [g[0] * ((i == 1) - share) for i, share in enumerate(p(row))],
    ),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ROW_WISE)
def test_functions_of_a_softmax(case: str, dtype: str) -> None:
    program, exact, exact_slope = ROW_WISE[case]
    rows = ROWS.astype(dtype)
    width = program(rows[:1]).shape[1]
    g = G[:width].astype(dtype)
    value, slope = value_and_slope(program, rows, g)
    for row, got, got_slope in zip(rows, value, slope, strict=True):
        point = [mp.mpf(float(x)) for x in row]
        assert_close(got, exact(point), 1)
        assert_close(got_slope, exact_slope(point, [mp.mpf(float(x)) for x in g]), 1)


def test_over_all_entries_at_once() -> None:
    z = np.array([[1e4, -1e4], [1e4 - 1, 3.0]])
    every = [mp.mpf(x) for x in z.ravel()]
    value, slope = value_and_slope(lambda z: np.log(np.sum(np.exp(z))), z)
    assert_close(value, [log_sum(every)], 1)
    assert_close(slope, p(every), 1)
    value, slope = value_and_slope(lambda z: np.exp(z) / np.sum(np.exp(z)), z, G[:2])
    assert_close(value, p(every), 1)
    assert_close(slope, softmax_slope(every, [mp.mpf(x) for x in (*G[:2], *G[:2])]), 1)


# A clip between ---------------------------------------------------------------------------------------------------

CLIPPED: dict[str, Callable[..., Any]] = {
    "log(clip(p))": lambda p, low, high: np.log(np.clip(p, low, high)),
    "log(1 - clip(p))": lambda p, low, high: np.log(1 - np.clip(p, low, high)),
    "log1p(-clip(p))": lambda p, low, high: np.log1p(-np.clip(p, low, high)),
    "log(clip(1 - p))": lambda p, low, high: np.log(np.clip(1 - p, low, high)),
}
LIMITS = [(1e-7, 1 - 1e-7), (1e-15, 1 - 1e-15), (1e-12, 1.0), (1e-3, 0.9), (0.25, 0.75), (1e-30, 1 - 1e-6)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("low, high", LIMITS)
@pytest.mark.parametrize("case", CLIPPED)
def test_a_clip_between(case: str, low: float, high: float, dtype: str) -> None:
    """Beyond the limits it is what the clipped program gives, derivative 0 included; elsewhere the exact value."""
    z = np.concatenate([Z, np.linspace(-8, 8, 41)]).astype(dtype)
    eps = float(np.finfo(dtype).eps)

    def program(z: Any) -> Any:
        return CLIPPED[case](textbook_sigmoid(z), low, high)

    value, slope = value_and_slope(program, z)
    with np.errstate(all="ignore"):
        clipped, clipped_slope = ca.run(with_gradient(ca.trace(program, z)), z)

    of_p = case == "log(clip(p))"
    points = [mp.mpf(float(x)) for x in z]
    logged = np.array([float(sigmoid(x if of_p else -x)) for x in points])  # what the logarithm is taken of
    limited = np.array([float(sigmoid(-x if case == "log(clip(1 - p))" else x)) for x in points])
    lowest, highest = float(z.dtype.type(low)), float(z.dtype.type(high))  # as NumPy compares with them
    free = (limited > lowest * (1 + 4 * eps)) & (limited < highest * (1 - 4 * eps))
    beyond = (limited < lowest * (1 - 4 * eps)) | (limited > highest * (1 + 4 * eps))
    has_its_digits = of_p | (logged > 1e-3)  # 1 - p is computed as a difference
    assert (beyond.any() or high == 1 or highest == 1) and (free & has_its_digits).sum() > 20

    sign = 1 if of_p else -1
    inside = [x for x, ok in zip(points, free, strict=True) if ok]
    assert_close(value[free], [-softplus(-sign * x) for x in inside], 0)
    assert_close(slope[free], [sign * sigmoid(-sign * x) for x in inside], 0)
    same = free & has_its_digits
    np.testing.assert_allclose(value[same], clipped[same], rtol=2000 * eps, atol=8 * eps)
    np.testing.assert_allclose(slope[same], clipped_slope[same], rtol=2000 * eps, atol=8 * eps)

    same = beyond & (has_its_digits | (logged < low))
    np.testing.assert_allclose(value[same], clipped[same], rtol=2 * eps, atol=eps)
    assert (np.abs(slope[beyond]) <= eps).all()
    assert not clipped_slope[beyond & np.isfinite(clipped_slope)].any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("low, high", LIMITS)
def test_a_clip_between_softmax_and_logarithm(low: float, high: float, dtype: str) -> None:
    rows = ROWS.astype(dtype)

    def program(z: Any) -> Any:
        return np.log(np.clip(shifted(z), low, high))

    value, _ = value_and_slope(program, rows)
    unlimited, _ = value_and_slope(lambda z: np.log(shifted(z)), rows)
    shares = shifted(rows)
    free = (shares > low * 1.001) & (shares < high * 0.999)
    beyond = (shares < low * 0.999) | (shares > high * 1.001)
    assert free.any() and beyond.any()
    np.testing.assert_array_equal(value[free], unlimited[free])
    np.testing.assert_allclose(value[beyond], program(rows)[beyond], rtol=2 * np.finfo(dtype).eps)
