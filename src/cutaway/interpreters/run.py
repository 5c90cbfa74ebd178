"""Run a graph on other data."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from cutaway.errors import PeekWarning, ShapeError, TraceError, UsageError
from cutaway.graph import Atom, Graph, Var


def evaluate(graph: Graph, *inputs: Any) -> dict[Var, Any]:
    """The value of every variable of ``graph`` for ``inputs``; shapes and peeks are not checked."""
    values: dict[Var, Any] = dict(zip(graph.inputs, inputs, strict=True))

    def read(atom: Atom) -> Any:
        return values.get(atom, atom.value) if isinstance(atom, Var) else atom

    for eqn in graph.eqns:
        values[eqn.output] = eqn.primitive.fn(*map(read, eqn.inputs), **eqn.params)
    return values


def run(graph: Graph, *inputs: Any) -> tuple[Any, ...]:
    """Compute the outputs of ``graph`` for ``inputs``.

    Parameters
    ----------
    graph : Graph
        A recorded program.
    *inputs : arrays
        One for each input, of the shape that was recorded.

    Returns
    -------
    tuple of arrays
        One for each output.

    Raises
    ------
    ShapeError
        If an input has another shape than the example it was recorded with.
    TraceError
        If the program would have taken another path for these inputs: a branch or an index that depended on a value.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> graph = ca.trace(lambda x: x**2 + 1, np.zeros(3))
    >>> ca.run(graph, np.array([1.0, 2.0, 3.0]))
    (array([ 2.,  5., 10.]),)
    """
    check_inputs(graph, inputs)
    values = evaluate(graph, *inputs)
    check_peeks(graph, values)
    return tuple(values.get(a, a.value) if isinstance(a, Var) else a for a in graph.outputs)


def check_inputs(graph: Graph, inputs: tuple[Any, ...]) -> None:
    """Raise unless ``inputs`` have the number and shapes of the recorded ones."""
    if len(inputs) != len(graph.inputs):
        names = ", ".join(graph.names[v] for v in graph.inputs)
        raise UsageError(
            f"The graph of {graph.name} has {len(graph.inputs)} inputs ({names})", received=f"{len(inputs)} arguments"
        )
    for var, x in zip(graph.inputs, inputs, strict=True):
        if np.shape(x) != var.shape:
            raise ShapeError(
                f"{graph.names[var]} has another shape than in the recording",
                received=f"shape {np.shape(x)}, recorded with {var.shape}",
                instead="Record the function again with arrays of the new shape",
            )


def refuse_random(graph: Graph) -> None:
    """Raise if the program drew random numbers: a graph that runs again would use the same ones."""
    if any(peek.kind == "random" for peek in graph.peeks):
        raise TraceError(
            f"{graph.name} drew random numbers while it was recorded; they are frozen in the graph",
            instead="Draw them outside and pass them as an argument, or use ca.Dropout",
        )


def check_peeks(graph: Graph, values: dict[Var, Any]) -> None:
    """Raise where the program would have decided otherwise for other values; warn where a number left the recording."""
    refuse_random(graph)
    for peek in graph.peeks:
        if peek.var is None or peek.kind == "print":
            continue
        old, new = peek.var.value, values.get(peek.var, peek.var.value)
        if bool(old) == bool(new) if peek.kind == "branch" else np.array_equal(old, new):
            continue
        what = {"branch": "if or while", "index": "an index or a size", "number": "a plain Python number"}[peek.kind]
        if peek.kind == "number":
            warnings.warn(
                f"{peek.where}: a value was read as {what}; if it was used again, it is frozen as recorded",
                PeekWarning,
                stacklevel=3,
            )
            continue
        received = f"{old} when recorded, {new} now" if np.ndim(old) == 0 else "other entries than when recorded"
        raise TraceError(
            f"{peek.where}: the program used a value as {what}, and it would go another way for these inputs",
            received=received,
            instead="Write np.where(condition, a, b) for a choice between values, or record again",
        )
