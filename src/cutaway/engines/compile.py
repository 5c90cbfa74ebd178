"""A function of arrays, made ready to run many times."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from cutaway import tree
from cutaway.engines.numpy_plan import Plan
from cutaway.errors import MissingPackageError, UsageError, one_of
from cutaway.graph import Graph, Var
from cutaway.interpreters.simplify import simplify
from cutaway.tracing import record


def compile(fn: Callable[..., Any], *, engine: Literal["auto", "numpy", "native"] = "auto") -> Callable[..., Any]:
    """A function that computes what ``fn`` computes, from a plan that is made once for each set of shapes and dtypes.

    Parameters
    ----------
    fn : callable
        Plain NumPy code, or for instance ``value_and_grad(loss)``. Arrays that it reads from outside, such as global
        data, are fixed when it is first called.
    engine : {"auto", "numpy", "native"}
        How it is computed: with NumPy, or in machine code. One call says nothing of how many will follow, so "auto"
        takes NumPy.

    Returns
    -------
    callable
        Takes the arguments of ``fn``, whose arrays may change from call to call, and returns new arrays. Its
        ``explain()`` says how the last call was computed.

    Raises
    ------
    TraceError
        When called, if ``fn`` cannot be recorded, or would have taken another path for these arguments.
    UsageError
        When called, if there is no machine code for ``fn`` and ``engine="native"``; the message names the equation.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> f = ca.compile(lambda W, x: np.tanh(x @ W))
    >>> f(np.ones((2, 1)), np.array([[0.0, 1.0]])).round(4)
    array([[0.7616]])
    """
    if engine not in ("auto", "numpy", "native"):
        raise one_of(engine, ("auto", "numpy", "native"), name="engine")
    plans: dict[Any, tuple[Plan | _Native, Any]] = {}
    last: list[Plan | _Native] = []

    @functools.wraps(fn)
    def compiled(*args: Any) -> Any:
        leaves = [leaf for _, leaf in tree.leaves(args)]
        key = (repr(tree.map_leaves(lambda _: 0, args)), *map(_kind, leaves))
        arrays = [np.asarray(x) for x in leaves if isinstance(x, (np.ndarray, np.generic))]
        if key not in plans:
            recording = record(fn, *args)
            make = _Native if engine == "native" else Plan
            plans[key] = make(simplify(recording.graph()), [np.array(a) for a in arrays]), recording.output
        plan, output = plans[key]
        last[:] = [plan]
        for target, source in zip(plan.inputs, arrays, strict=True):
            np.copyto(target, source)
        with np.errstate(all="ignore"):
            plan.run()
        return tree.rebuild(output, [np.array(x)[()] if isinstance(x, np.ndarray) else x for x in plan.outputs])

    def explain() -> str:
        return last[0].explain() if last else "not called yet"

    compiled.explain = explain  # type: ignore[attr-defined]
    return compiled


class _Native:
    """A program in machine code, to be used as a plan is."""

    def __init__(self, graph: Graph, inputs: list[np.ndarray[Any, Any]]) -> None:
        from cutaway.engines.native.discover import compiled
        from cutaway.engines.native.machine import why_not
        from cutaway.engines.native.nodes import Unsupported

        reason = why_not()
        if reason is not None:
            raise MissingPackageError(f"There is no native engine: {reason}", instead='Write engine="numpy"')
        self.inputs = inputs
        self._computed = [i for i, a in enumerate(graph.outputs) if isinstance(a, Var)]
        self.outputs: list[Any] = list(graph.outputs)
        try:
            self._program = compiled(graph, (), results=self._computed)
        except Unsupported as error:
            raise UsageError(
                f"There is no machine code for {graph.name}", received=str(error), instead='Write engine="numpy"'
            ) from None
        self.explain = self._program.explain

    def run(self) -> None:
        """Compute the outputs for what the input arrays hold now."""
        for i, array in enumerate(self.inputs):
            self._program.put(i, array)
        self._program.run()
        for i in self._computed:
            self.outputs[i] = self._program.output(i)


def _kind(x: Any) -> Any:
    """What a plan depends on: shape and dtype of an array; anything else is a part of the program."""
    return (x.shape, x.dtype.str) if isinstance(x, (np.ndarray, np.generic)) else (type(x), x)
