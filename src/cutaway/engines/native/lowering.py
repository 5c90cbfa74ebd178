"""Spell out what works along a whole axis, so that its parts become folds and entry-by-entry functions."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from cutaway.graph import Graph

_ALONG_AXES = frozenset(("softmax", "log_softmax", "cross_entropy_of_scores", "logsumexp"))


def lowered(graph: Graph) -> Graph:
    """The same graph without softmax and its relatives."""
    if not any(eqn.primitive.fn.__name__ in _ALONG_AXES for eqn in graph.eqns):
        return graph
    from cutaway.interpreters.rewriting import rewritten

    return rewritten(graph, _rules())


@functools.cache
def _rules() -> Any:
    from cutaway.engines.lower import _cross_entropy_of_scores, _log_softmax, _softmax
    from cutaway.interpreters.patterns import rewrite
    from cutaway.interpreters.rewriting import by_op

    return by_op(
        (
            rewrite("softmax(x, axis=k)", _softmax),
            rewrite("log_softmax(x, axis=k)", _log_softmax),
            rewrite("cross_entropy_of_scores(z, t, axis=k)", _cross_entropy_of_scores),
            rewrite("logsumexp(x, axis=k)", _logsumexp),
        )
    )


def _logsumexp(x: Any, k: Any) -> Any:
    top = np.max(x, axis=k, keepdims=True)
    return np.squeeze(np.log(np.sum(np.exp(x - top), axis=k, keepdims=True)) + top, k)
