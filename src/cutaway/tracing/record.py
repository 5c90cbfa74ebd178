"""Record a function: the way from a Python function and example arguments to a graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cutaway import tree
from cutaway.errors import TraceError
from cutaway.graph import Atom, Graph, Var
from cutaway.tracing.array import Traced
from cutaway.tracing.recorder import Recorder, active
from cutaway.tracing.world import recording


@dataclass(frozen=True)
class Recording:
    """A function that was run once on example arguments.

    Attributes
    ----------
    recorder : Recorder
        Goes on recording, for gradients.
    inputs : tuple of nested arguments
        The arguments with a :class:`Traced` for every recorded array.
    output : nested
        What the function returned.
    name : str
        The function's name.
    """

    recorder: Recorder
    inputs: tuple[Any, ...]
    output: Any
    name: str

    def graph(self, *outputs: Any) -> Graph:
        """The graph that computes ``outputs`` (what the function returned, unless given)."""
        found = [leaf for _, leaf in tree.leaves(outputs or self.output)]
        return self.recorder.graph(tuple(as_atom(self.recorder, x) for x in found), self.name)


def as_atom(recorder: Recorder, x: Any) -> Atom:
    """The atom of a value that a recorded function returned."""
    if type(x) is Traced:
        return x.variable
    var = recorder.float_var(x)
    if var is not None:
        return var
    if isinstance(x, np.ndarray) and x.dtype == object:
        raise TraceError("A recorded function returned an array of objects", instead="Return np.stack([...]) of them")
    return recorder.atom(x)


def argument_names(fn: Callable[..., Any], count: int) -> list[str]:
    """Names of the positional parameters of ``fn``."""
    try:
        names = [
            p.name
            for p in inspect.signature(fn).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        names = []
    return [names[i] if i < len(names) else f"x{i}" for i in range(count)]


def record(
    fn: Callable[..., Any],
    *args: Any,
    scalars: Sequence[int] = (),
    roots: Sequence[Any] = (),
    **kwargs: Any,
) -> Recording:
    """Run ``fn(*args, **kwargs)`` once, recording what it does with every array among ``args``.

    Parameters
    ----------
    fn : callable
        Plain NumPy code.
    *args : arrays, or dicts, lists and tuples of arrays
        Example arguments. Arrays and NumPy scalars become inputs of the graph; Python numbers, strings and other
        objects are passed as they are, and are part of the program.
    scalars : sequence of int
        Positions of arguments whose Python floats become inputs too.
    roots : sequence of objects
        Further functions and objects of the author's that ``fn`` calls.
    **kwargs
        Arrays among them are constants of the program; everything else is passed as it is.
    """
    args, kwargs = tree.map_leaves(_own, args), tree.map_leaves(_own, kwargs)
    leaves = [leaf for arg in args for _, leaf in tree.leaves(arg)]
    outer = next((x.recorder for x in leaves if type(x) is Traced), active())
    recorder = outer or Recorder()
    names = argument_names(fn, len(args))

    def enter(i: int, path: str, leaf: Any) -> Any:
        nested = path if len(args) == 1 and path else f"{names[i]}_{path}" if path else names[i]
        is_input = isinstance(leaf, (np.ndarray, np.generic)) or (i in scalars and isinstance(leaf, (int, float)))
        if type(leaf) is Traced or not is_input:
            return leaf
        if outer is None:
            return Traced(recorder, recorder.input(leaf, nested))
        var = Var(leaf, nested)
        recorder.varying.add(var)
        return Traced(recorder, var)

    inputs = tuple(
        tree.rebuild(arg, [enter(i, path, leaf) for path, leaf in tree.leaves(arg)]) for i, arg in enumerate(args)
    )
    # The function gets boxes of its own: what it writes into its arguments does not move the inputs.
    boxes = tree.map_leaves(
        lambda x: Traced(recorder, x.variable) if type(x) is Traced and outer is None else x, inputs
    )
    fixed = {name: tree.map_leaves(partial(_fixed, recorder, name), arg) for name, arg in kwargs.items()}
    if outer is not None:
        output = fn(*boxes, **fixed)
    else:
        with recording(recorder, fn, *args, *kwargs.values(), *roots):
            output = _called(fn, boxes, fixed)
        recorder.settle()
    return Recording(recorder, inputs, output, getattr(fn, "__name__", "f"))


def _own(x: Any) -> Any:
    """An array as this thread knows it: another thread that is recording puts stand-ins into the names they share."""
    return x.value if type(x) is Traced and x.constant and x.recorder is not active() else x


def _fixed(recorder: Recorder, name: str, x: Any) -> Any:
    """An array that is passed by keyword: a constant of the program."""
    return Traced(recorder, Var(x, name)) if type(x) is np.ndarray and x.dtype.kind in "biuf" else x


def _called(fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    try:
        return fn(*args, **kwargs)
    except ValueError as error:
        if isinstance(error.__cause__, TraceError):  # NumPy says "setting an array element with a sequence" over it
            raise error.__cause__.with_traceback(error.__traceback__) from None
        raise


def trace(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Graph:
    """Record ``fn`` on example arguments.

    Parameters
    ----------
    fn : callable
        Plain NumPy code; it is run once.
    *args : arrays, or dicts, lists and tuples of arrays
        Example arguments; arrays become the inputs of the graph, everything else is part of the program.
    **kwargs
        Passed to ``fn``; arrays among them are constants of the graph.

    Returns
    -------
    Graph
        One flat list of equations. It prints as NumPy code.

    Raises
    ------
    TraceError
        If the code does something that cannot be recorded; the message says what to write instead.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> def f(W, x):
    ...     return np.tanh(x @ W)
    >>> graph = ca.trace(f, np.ones((2, 1)), np.ones((3, 2)))
    >>> [eqn.primitive.name for eqn in graph.eqns]
    ['matmul', 'tanh']
    """
    return record(fn, *args, **kwargs).graph()
