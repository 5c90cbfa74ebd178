"""Rewrite a graph into a shorter and numerically safer one that computes the same.

Common subexpressions become one, constants are computed, dead equations go, algebra is tidied, and expressions that
overflow or lose their digits (``log(sigmoid(z))``, ``log(softmax(z))``, ``log(1 + exp(z))``, ...) become their stable
forms. :data:`RULES` is the whole list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.graph import Graph
from cutaway.interpreters.patterns import Rewrite, rewrite
from cutaway.interpreters.rewriting import by_op, rewritten
from cutaway.ops.special import cross_entropy_of_logits, log_softmax, logsumexp, sigmoid, softmax, softplus
from cutaway.tracing import Traced, value_of


def _scalar(x: Any) -> bool:
    return type(x) is not Traced and np.ndim(x) == 0


def _real(x: Any, y: Any = 0.0) -> bool:
    """Whether these are floating-point numbers: of integers of few bits, such as pixels, a negative wraps around."""
    return all(type(v) in (int, float) or np.result_type(value_of(v)).kind == "f" for v in (x, y))


def _factor(x: Any) -> bool:
    """Whether ``x`` is a Python number that may be turned into another one; NumPy's own may be too small for it."""
    return type(x) in (int, float) and x != 0


def _bound(limit: float, like: Any, fn: Callable[[Any], Any]) -> float:
    """``fn(limit)`` as it comes out in the precision of ``like``: 1 - 1e-8 is 1 in float32."""
    with np.errstate(all="ignore"):
        return float(fn(np.asarray(limit, like.dtype)))


def _clip_log(log: Any, low: float, high: float) -> Any:
    """``log`` of a probability between two limits, of which those that no probability reaches are left out."""
    if high >= 0:
        return log if low == -np.inf else np.maximum(log, low)
    return np.clip(log, low, high)


def _log_clip(log: Any, low: Any, high: Any) -> Any:
    """``log(clip(exp(log), low, high))``: the same numbers, since log is increasing."""
    return _clip_log(log, _bound(low, log, np.log), _bound(high, log, np.log))


def _log_one_minus_clip(log_of_rest: Any, low: Any, high: Any) -> Any:
    def log_rest(limit: Any) -> Any:
        return np.log(1 - limit)

    return _clip_log(log_of_rest, _bound(high, log_of_rest, log_rest), _bound(low, log_of_rest, log_rest))


def _bounds(low: Any, high: Any, **_: Any) -> bool:
    return _scalar(low) and _scalar(high) and 0 < low < high


def _bounds_of_share(low: Any, high: Any, **_: Any) -> bool:
    return _bounds(low, high) and high <= 1


def _as_one_factor(combined: Callable[[Any, Any], Any]) -> Callable[..., bool]:
    """Whether two numbers make one that neither overflows nor loses digits."""

    def when(x: Any, a: Any, b: Any) -> bool:
        if not (_real(x) and _factor(a) and _factor(b)):
            return False
        limits = np.finfo(x.dtype)
        return bool(limits.tiny <= abs(combined(float(a), float(b))) <= limits.max)

    return when


def _columns(z: Any, k: Any = None, **_: Any) -> bool:
    """Whether ``sum(z, axis=k)`` broadcasts against ``z`` as it would with ``keepdims``: samples in columns."""
    return k == 0 and np.ndim(z) == 2


def _bernoulli(text: str, sign: int) -> list[Rewrite]:
    """``y log p + (1 - y) log(1 - p)`` in one of its spellings; ``1 - y`` may be computed, or be a constant ``w``."""

    def replacement(z: Any, y: Any, w: Any = None) -> Any:
        return cross_entropy_of_logits(z, y) if sign > 0 else -cross_entropy_of_logits(z, y)

    def complementary(y: Any, w: Any, **_: Any) -> bool:
        constant = all(type(x) is not Traced or x.constant for x in (y, w))
        return constant and np.array_equal(1 - value_of(y), value_of(w))

    return [
        rewrite(text.format(rest="(1 - y)"), replacement),
        rewrite(text.format(rest="w"), replacement, complementary),
    ]


_SIGMOID = [
    rewrite("1 / (1 + exp(-z))", lambda z: sigmoid(z)),
    rewrite("(1 + exp(-z)) ** -1", lambda z: sigmoid(z)),
    rewrite("reciprocal(1 + exp(-z))", lambda z: sigmoid(z)),
    rewrite("1 / (1 + exp(z))", lambda z: sigmoid(-z)),
    rewrite("(1 + exp(z)) ** -1", lambda z: sigmoid(-z)),
    rewrite("reciprocal(1 + exp(z))", lambda z: sigmoid(-z)),
    rewrite("exp(z) / (1 + exp(z))", lambda z: sigmoid(z)),
    rewrite("0.5 * (1 + tanh(0.5 * z))", lambda z: sigmoid(z)),
    rewrite("0.5 * (1 + tanh(z / 2))", lambda z: sigmoid(z)),
    rewrite("(1 + tanh(z / 2)) / 2", lambda z: sigmoid(z)),
    rewrite("0.5 + 0.5 * tanh(0.5 * z)", lambda z: sigmoid(z)),
    rewrite("log(1 + exp(z))", lambda z: softplus(z)),
    rewrite("log1p(exp(z))", lambda z: softplus(z)),
    rewrite("logaddexp(0, z)", lambda z: softplus(z)),
    rewrite("log(sigmoid(z))", lambda z: -softplus(-z)),
    rewrite("log(1 - sigmoid(z))", lambda z: -softplus(z)),
    rewrite("log1p(-sigmoid(z))", lambda z: -softplus(z)),
    rewrite("log(clip(sigmoid(z), low, high))", lambda z, low, high: _log_clip(-softplus(-z), low, high), _bounds),
    rewrite(
        "log(1 - clip(sigmoid(z), low, high))",
        lambda z, low, high: _log_one_minus_clip(-softplus(z), low, high),
        _bounds_of_share,
    ),
    rewrite(
        "log1p(-clip(sigmoid(z), low, high))",
        lambda z, low, high: _log_one_minus_clip(-softplus(z), low, high),
        _bounds_of_share,
    ),
    rewrite("log(clip(1 - sigmoid(z), low, high))", lambda z, low, high: _log_clip(-softplus(z), low, high), _bounds),
    *_bernoulli("y * -softplus(-z) + {rest} * -softplus(z)", -1),
    *_bernoulli("-(y * softplus(-z)) + -({rest} * softplus(z))", -1),
    *_bernoulli("-(y * softplus(-z)) - {rest} * softplus(z)", -1),
    *_bernoulli("y * softplus(-z) + {rest} * softplus(z)", 1),
    *_bernoulli("y * softplus(-z) - {rest} * -softplus(z)", 1),
    rewrite("softplus(z) - y * z", lambda y, z: cross_entropy_of_logits(z, y)),
]

_SOFTMAX = [
    rewrite("exp(z) / sum(exp(z), axis=k, keepdims=True)", lambda z, k: softmax(z, k)),
    rewrite("exp(z) / sum(exp(z), axis=k)", lambda z, k: softmax(z, k), _columns),
    rewrite("exp(z) / sum(exp(z))", lambda z: softmax(z, None)),
    rewrite("softmax(z - max(z, axis=k, keepdims=True), axis=k)", lambda z, k: softmax(z, k)),
    rewrite("softmax(z - max(z, axis=k), axis=k)", lambda z, k: softmax(z, k), _columns),
    rewrite("softmax(z - max(z), axis=k)", lambda z, k: softmax(z, k)),
    rewrite("log(softmax(z, axis=k))", lambda z, k: log_softmax(z, k)),
    rewrite(
        "log(clip(softmax(z, axis=k), low, high))",
        lambda z, k, low, high: _log_clip(log_softmax(z, k), low, high),
        _bounds,
    ),
    rewrite("log(sum(exp(z)))", lambda z: logsumexp(z)),
    rewrite("log(sum(exp(z), axis=k))", lambda z, k: logsumexp(z, k)),
    rewrite("log(sum(exp(z), axis=k, keepdims=True))", lambda z, k: logsumexp(z, k, keepdims=True)),
    rewrite(
        "logsumexp(z - max(z, axis=k, keepdims=True), axis=k, keepdims=True) + max(z, axis=k, keepdims=True)",
        lambda z, k: logsumexp(z, k, keepdims=True),
    ),
    rewrite("z - logsumexp(z, axis=k, keepdims=True)", lambda z, k: log_softmax(z, k)),
]

_ALGEBRA = [
    rewrite("x * 1", lambda x: x, _real),
    rewrite("x / 1", lambda x: x, _real),
    rewrite("x ** 1", lambda x: x, _real),
    rewrite("x + 0", lambda x: x, _real),
    rewrite("x - 0", lambda x: x, _real),
    rewrite("0 - x", lambda x: -x, _real),
    rewrite("x * -1", lambda x: -x, _real),
    rewrite("x ** 2", lambda x: np.square(x), _real),
    rewrite("x ** 0.5", lambda x: np.sqrt(x), _real),
    rewrite("x * x", lambda x: np.square(x), _real),
    rewrite("-(-x)", lambda x: x, _real),
    rewrite("mean(-x)", lambda x: -np.mean(x), _real),
    rewrite("sum(-x)", lambda x: -np.sum(x), _real),
    rewrite("x + -y", lambda x, y: x - y, _real),
    rewrite("x - -y", lambda x, y: x + y, _real),
    rewrite("-x * y", lambda x, y: -(x * y), _real),
    rewrite("-x / y", lambda x, y: -(x / y), _real),
    rewrite("-(x - y)", lambda x, y: y - x, _real),
    rewrite("-(x * a)", lambda x, a: x * -a, lambda x, a: _real(x) and _factor(a)),
    rewrite("(x * a) * b", lambda x, a, b: x * (a * b), _as_one_factor(lambda a, b: a * b)),
    rewrite("(x / a) * b", lambda x, a, b: x * (b / a), _as_one_factor(lambda a, b: b / a)),
    rewrite("(x * a) / b", lambda x, a, b: x * (a / b), _as_one_factor(lambda a, b: a / b)),
    rewrite("where(c, x, x)", lambda c, x: x, lambda x, **_: type(x) is Traced),
]

RULES: tuple[Rewrite, ...] = (*_SIGMOID, *_SOFTMAX, *_ALGEBRA)
_BY_OP = by_op(RULES)


def simplify(graph: Graph) -> Graph:
    """A graph that computes the same outputs with fewer, numerically safer equations.

    Parameters
    ----------
    graph : Graph
        Any recorded graph.

    Returns
    -------
    Graph
        With the same inputs and outputs. Values agree to rounding where the original did not overflow or cancel, and
        are right where it did.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> g = ca.trace(lambda z: np.log(1 / (1 + np.exp(-z))), np.array([0.0]))
    >>> [eqn.primitive.fn.__name__ for eqn in ca.simplify(g).eqns]
    ['negative', 'softplus', 'negative']
    >>> ca.run(ca.simplify(g), np.array([-800.0]))
    (array([-800.]),)
    """
    return rewritten(graph, _BY_OP)
