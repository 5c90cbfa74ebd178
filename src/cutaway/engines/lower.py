"""Spell the functions of neural networks out in NumPy's own, so that their parts can be shared and written in place.

The softmax of the gradient and the logarithm of the loss then use one and the same exponential.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.graph import Graph
from cutaway.interpreters.patterns import rewrite
from cutaway.interpreters.rewriting import by_op, rewritten


def _sigmoid(minus_x: Any) -> Any:
    return np.reciprocal(np.exp(minus_x) + 1)


def _log1p_exp_minus_abs(x: Any) -> Any:
    return np.log1p(np.exp(np.minimum(x, -x)))  # the sigmoid of the gradient needs -x, too


def _exp_of_shifted(x: Any, axis: Any) -> tuple[Any, Any]:
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted, np.exp(shifted)


def _softmax(x: Any, k: Any = None) -> Any:
    _, e = _exp_of_shifted(x, k)
    return e / np.sum(e, axis=k, keepdims=True)


def _log_softmax(x: Any, k: Any = None) -> Any:
    shifted, e = _exp_of_shifted(x, k)
    return shifted - np.log(np.sum(e, axis=k, keepdims=True))


def _cross_entropy_of_scores(z: Any, t: Any, k: Any) -> Any:
    shifted, e = _exp_of_shifted(z, k)
    log = np.log(np.sum(e, axis=k, keepdims=True))
    return np.squeeze(log, k) - np.sum(t * shifted, axis=k)


def _one_bias_for_many(x: Any, b: Any) -> bool:
    return 1 < np.size(b) < np.size(x)  # of a single unit, the sum is needed anyway: by the loss


LOWERING = by_op(
    (
        rewrite("sigmoid(x + b)", lambda x, b: _sigmoid(-b - x), _one_bias_for_many),  # negates the few, not the many
        rewrite("sigmoid(x)", lambda x: _sigmoid(-x)),
        rewrite("softplus(x)", lambda x: np.maximum(x, 0) + _log1p_exp_minus_abs(x)),
        rewrite("cross_entropy_of_logits(z, y)", lambda z, y: np.maximum(z, 0) - z * y + _log1p_exp_minus_abs(z)),
        rewrite("softmax(x, axis=k)", _softmax),
        rewrite("log_softmax(x, axis=k)", _log_softmax),
        rewrite("cross_entropy_of_scores(z, t, axis=k)", _cross_entropy_of_scores),
    )
)


def lower(graph: Graph) -> Graph:
    """The same graph in terms that the reference engine computes without temporary arrays."""
    return rewritten(graph, LOWERING)
