"""The author's loss as a graph in which activations are single equations, however they are spelled.

``1 / (1 + np.exp(-z))`` becomes one sigmoid, ``z * (z > 0)`` one ReLU, ``e / e.sum(...)`` one softmax. A rule of
backpropagation can then be broken at an activation as a whole, which is how people break it.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from cutaway.checking.records import Case
from cutaway.checking.softmaxes import with_softmaxes
from cutaway.graph import Graph, Primitive
from cutaway.interpreters.patterns import Rewrite, rewrite
from cutaway.interpreters.rewriting import by_op, rewritten
from cutaway.interpreters.simplify import RULES
from cutaway.tracing import Traced, bind, record


def relu(z: Any) -> Any:
    """``max(z, 0)``, entry by entry."""
    return bind(RELU, z) if type(z) is Traced else np.maximum(z, 0)


def leaky_relu(z: Any, slope: float) -> Any:
    """``z`` where it is positive, ``slope * z`` elsewhere."""
    return bind(LEAKY_RELU, z, slope=slope) if type(z) is Traced else np.where(z > 0, z, slope * z)


RELU = Primitive("relu", relu, [lambda g, y, z: g * (z > 0)], elementwise=True)
LEAKY_RELU = Primitive(
    "leaky relu", leaky_relu, [lambda g, y, z, slope: g * np.where(z > 0, 1.0, slope)], elementwise=True
)


def _number(c: Any) -> bool:
    """Whether something is one plain number, of Python's or of NumPy's: ``np.float32(1e-7)`` is as good as ``1e-7``."""
    return isinstance(c, (int, float, np.integer, np.floating)) and not isinstance(c, bool)


def _fraction(c: Any, **_: Any) -> bool:
    return _number(c) and bool(0 < c < 1)


def _euler(c: Any, **_: Any) -> bool:
    return _number(c) and float(c) == np.e


def _open_above(h: Any, **_: Any) -> bool:
    return np.ndim(h) == 0 and h == np.inf


def _spellings() -> list[Rewrite]:
    positive = ("greater(z, 0)", "greater_equal(z, 0)", "less(0, z)", "less_equal(0, z)")
    negative = ("less(z, 0)", "less_equal(z, 0)")
    found = [
        rewrite("power(c, z)", lambda c, z: np.exp(z), _euler),
        rewrite("maximum(z, 0)", lambda z: relu(z)),
        rewrite("clip(z, 0, h)", lambda z, h: relu(z), _open_above),
        rewrite("maximum(z, z * c)", lambda z, c: leaky_relu(z, c), _fraction),
        rewrite("(z + absolute(z)) / 2", lambda z: relu(z)),
        rewrite("0.5 * (z + absolute(z))", lambda z: relu(z)),
        rewrite("(exp(z) - exp(-z)) / (exp(z) + exp(-z))", lambda z: np.tanh(z)),
        rewrite("2 / (1 + exp(-2 * z)) - 1", lambda z: np.tanh(z)),
        rewrite("2 * sigmoid(2 * z) - 1", lambda z: np.tanh(z)),
        rewrite("sinh(z) / cosh(z)", lambda z: np.tanh(z)),
    ]
    for sign in positive:
        found += [
            rewrite(f"where({sign}, z, 0)", lambda z: relu(z)),
            rewrite(f"z * {sign}", lambda z: relu(z)),
            rewrite(f"z * astype({sign}, dtype=d)", lambda z, d: relu(z)),
            rewrite(f"where({sign}, z, z * c)", lambda z, c: leaky_relu(z, c), _fraction),
        ]
    for sign in negative:
        found += [
            rewrite(f"where({sign}, 0, z)", lambda z: relu(z)),
            rewrite(f"where({sign}, z * c, z)", lambda z, c: leaky_relu(z, c), _fraction),
        ]
    # Of the library's own rules, those that make an activation; logarithms stay as the author wrote them.
    return found + [rule for rule in RULES if not re.search(r"log|softplus|\bx\b", rule.text)]


_BY_OP = by_op(_spellings())


def recognised(graph: Graph) -> Graph:
    """``graph`` with its activations as single equations."""
    return with_softmaxes(rewritten(graph, _BY_OP))


def recorded_loss(case: Case) -> Graph | None:
    """The loss at the initial parameters, with its activations recognised; None if it cannot be recorded."""
    if case.loss is None:
        return None
    params, loss, found = case.notes.get("recorded loss", (None, None, None))
    if params is not case.params or loss is not case.loss:  # a copy of the case may have others, and shares its notes
        try:
            with np.errstate(all="ignore"):
                p = {n: np.array(v, dtype=float) for n, v in case.params.items()}
                found = recognised(record(case.loss, p).graph())
        except Exception:
            found = None
        case.notes["recorded loss"] = case.params, case.loss, found
    graph: Graph | None = found
    return graph


# A loss's guards against log(0) -------------------------------------------------------------------------------------

TINY = 1e-3  # an epsilon inside a logarithm or a limit of a clip is smaller than this


def without_guards(graph: Graph) -> Graph:
    """``graph`` without the epsilons and clips that keep its logarithms finite.

    Backward passes are usually derived from the loss without them: their gradient is that of this graph.
    """
    return with_softmaxes(rewritten(graph, _GUARDS))


def _small(c: Any, **_: Any) -> bool:
    return _number(c) and bool(0 < abs(c) < TINY)


def _limits(x: Any, low: Any, high: Any) -> bool:
    return np.ndim(low) == 0 == np.ndim(high) and -np.inf < low < TINY and high > 1 - TINY


_GUARDS = by_op(
    [
        rewrite("log(x + c)", lambda x, c: np.log(x), _small),
        rewrite("log((1 - x) + c)", lambda x, c: np.log(1 - x), _small),
        rewrite("log((1 + c) - x)", lambda x, c: np.log(1 - x), _small),
        rewrite("log(1 - x + c)", lambda x, c: np.log(1 - x), _small),
        rewrite("clip(x, low, high)", lambda x, low, high: x, _limits),
        rewrite("maximum(x, c)", lambda x, c: x, _small),
        rewrite("minimum(x, c)", lambda x, c: x, lambda x, c: _number(c) and bool(1 - TINY < c < 1)),
        rewrite("x / (y + c)", lambda x, y, c: x / y, _small),
    ]
)
