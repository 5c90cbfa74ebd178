"""A function of arrays, made ready to run many times."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from cutaway import tree
from cutaway.engines.numpy_plan import Plan
from cutaway.errors import one_of
from cutaway.interpreters.simplify import simplify
from cutaway.tracing import record


def compile(fn: Callable[..., Any], *, engine: Literal["auto", "numpy"] = "auto") -> Callable[..., Any]:
    """A function that computes what ``fn`` computes, from a plan that is made once for each set of shapes and dtypes.

    Parameters
    ----------
    fn : callable
        Plain NumPy code, or for instance ``value_and_grad(loss)``. Arrays that it reads from outside, such as global
        data, are fixed when it is first called.
    engine : {"auto", "numpy"}
        How it is computed.

    Returns
    -------
    callable
        Takes the arguments of ``fn``, whose arrays may change from call to call, and returns new arrays.

    Raises
    ------
    TraceError
        When called, if ``fn`` cannot be recorded, or would have taken another path for these arguments.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> f = ca.compile(lambda W, x: np.tanh(x @ W))
    >>> f(np.ones((2, 1)), np.array([[0.0, 1.0]])).round(4)
    array([[0.7616]])
    """
    if engine not in ("auto", "numpy"):
        raise one_of(engine, ("auto", "numpy"), name="engine")
    plans: dict[Any, tuple[Plan, Any]] = {}

    @functools.wraps(fn)
    def compiled(*args: Any) -> Any:
        leaves = [leaf for _, leaf in tree.leaves(args)]
        key = (repr(tree.map_leaves(lambda _: 0, args)), *map(_kind, leaves))
        arrays = [np.asarray(x) for x in leaves if isinstance(x, (np.ndarray, np.generic))]
        if key not in plans:
            recording = record(fn, *args)
            plans[key] = Plan(simplify(recording.graph()), [np.array(a) for a in arrays]), recording.output
        plan, output = plans[key]
        for target, source in zip(plan.inputs, arrays, strict=True):
            np.copyto(target, source)
        with np.errstate(all="ignore"):
            plan.run()
        return tree.rebuild(output, [np.array(x)[()] if isinstance(x, np.ndarray) else x for x in plan.outputs])

    return compiled


def _kind(x: Any) -> Any:
    """What a plan depends on: shape and dtype of an array; anything else is a part of the program."""
    return (x.shape, x.dtype.str) if isinstance(x, (np.ndarray, np.generic)) else (type(x), x)
