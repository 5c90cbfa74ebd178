"""Reverse-mode differentiation: go through the equations backwards and apply each primitive's rule.

The rules are plain NumPy on recorded arrays, so that a gradient is itself a graph: it prints, runs, compiles and can be
differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cutaway import tree
from cutaway.errors import GradientNotWrittenError, GradientUndefinedError, ShapeError
from cutaway.graph import Atom, Eqn, Graph, NoGradient, Var
from cutaway.interpreters.arguments import Wrt, array_output, nested, record_chosen, scalar_output
from cutaway.interpreters.run import evaluate
from cutaway.interpreters.simplify import simplify
from cutaway.ops.shape import astype
from cutaway.tracing import Recording, Traced
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder


def differentiate(recorder: Recorder, output: Var, wrt: Sequence[Var], seed: Any = 1.0) -> list[Any]:
    """Record the cotangents of ``wrt``.

    Parameters
    ----------
    recorder : Recorder
        Holds the equations that compute ``output``; the gradient's equations are appended to it.
    output : Var
        What is differentiated.
    wrt : sequence of Var
        With respect to what.
    seed : array of the shape of ``output``
        Its cotangent.

    Returns
    -------
    list of arrays
        One for each of ``wrt``, of its shape and dtype.
    """
    eqns = list(recorder.eqns)
    live = _depending_on(eqns, wrt)
    cotangents: dict[Var, Any] = {output: seed}
    finished = set(wrt)
    with np.errstate(all="ignore"):
        for eqn in reversed(eqns):
            g = cotangents.get(eqn.output)
            if g is None or eqn.output not in live:
                continue
            if eqn.output not in finished:
                del cotangents[eqn.output]
            recorder.origin = eqn
            try:
                _pull_back(recorder, eqn, g, live, cotangents)
            finally:
                recorder.origin = None
        return [_finish(recorder, cotangents.get(var), var) for var in wrt]


def _depending_on(eqns: list[Eqn], wrt: Sequence[Var]) -> set[Var]:
    """Floating-point variables that depend on ``wrt``: only through them does a gradient flow."""
    live = set(wrt)
    for eqn in eqns:
        if eqn.output.dtype.kind in "fc" and any(a in live for a in eqn.inputs if isinstance(a, Var)):
            live.add(eqn.output)
    return live


def _pull_back(recorder: Recorder, eqn: Eqn, g: Any, live: set[Var], cotangents: dict[Var, Any]) -> None:
    args = [Traced(recorder, a) if isinstance(a, Var) else a for a in eqn.inputs]
    y = Traced(recorder, eqn.output)
    for i, atom in enumerate(eqn.inputs):
        if not isinstance(atom, Var) or atom not in live:
            continue
        rule = eqn.primitive.rule(i)
        if isinstance(rule, NoGradient):
            if rule.reason == "zero":
                continue
            raise _no_gradient(eqn, rule)
        part = rule(g, y, *args, **eqn.params)
        if np.result_type(_plain(part)) != atom.dtype and atom.dtype.kind == "f" and atom.shape == np.shape(part):
            part = astype(part, atom.dtype)
        before = cotangents.get(atom)
        total = cotangents[atom] = part if before is None else before + part
        if type(total) is Traced and total.variable.name is None and atom.name:
            total.variable.name = f"d_{atom.name}"


def _plain(x: Any) -> Any:
    return x.value if type(x) is Traced else x


def _no_gradient(eqn: Eqn, why: NoGradient) -> Exception:
    place = f" ({eqn.where})" if eqn.where else ""
    if why.reason == "undefined":
        return GradientUndefinedError(
            f"{eqn.primitive.name} works on integers or bits and has no derivative{place}",
            instead="Keep it out of the path from the parameters to the loss",
        )
    return GradientNotWrittenError(
        f"The derivative of {eqn.primitive.name} is not written yet{place}",
        instead="Write the step with other functions, or add its rule",
    )


def _finish(recorder: Recorder, g: Any, var: Var) -> Any:
    """The cotangent of one variable, zeros where nothing flows back, in its own dtype (of a Python integer: float)."""
    dtype = var.dtype if var.dtype.kind == "f" else np.dtype(float)
    if g is None:
        g = np.zeros(var.shape, dtype)
    if np.shape(g) != var.shape:
        g = np.broadcast_to(g, var.shape)
    return g if np.result_type(_plain(g)) == dtype else astype(g, dtype)


# What users call --------------------------------------------------------------------------------------------------


def value_and_grad(fn: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., tuple[Any, Any]]:
    """A function that computes ``fn`` and its exact gradient.

    Parameters
    ----------
    fn : callable
        Plain NumPy code that returns one number, such as a loss.
    wrt : int, str, or sequence of them
        The arguments to differentiate by, by position or name; a name may also be a key of a dict that is the first
        argument. By default the first argument.

    Returns
    -------
    callable
        ``(value, gradient)`` for the same arguments as ``fn``. The gradient has the structure of the argument: an
        array, or the dict, list, tuple or nesting of them that was passed; a tuple of these for several arguments.

    Raises
    ------
    DtypeError
        If a parameter is an array of integers.
    ShapeError
        If ``fn`` returns an array of more than one entry.
    TraceError
        If ``fn`` does something that cannot be recorded, or its result does not depend on the parameters at all.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> def loss(W):
    ...     return np.mean((np.array([[1.0, 2.0]]) @ W - 3) ** 2)
    >>> ca.value_and_grad(loss)(np.zeros((2, 1)))
    (np.float64(9.0), array([[ -6.],
           [-12.]]))
    """

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        recording, chosen = record_chosen(fn, args, kwargs, wrt)
        output = scalar_output(recording)
        flat = [leaf for part in chosen for _, leaf in tree.leaves(part)]
        variables = [x.variable for x in flat]
        grads = differentiate(recording.recorder, output, variables)
        plain = not nested(args)
        if plain and not all(np.isfinite(_plain(g)).all() for g in grads):
            grads = _in_stable_form(recording, output, variables)
        rest = iter(_results(grads, args))
        parts = tuple(tree.map_leaves(lambda _: next(rest), part) for part in chosen)
        value = output.value if plain else Traced(recording.recorder, output)
        return value, parts[0] if isinstance(wrt, (int, str)) else parts

    return value_and_gradient


def _in_stable_form(recording: Recording, output: Var, wrt: Sequence[Var]) -> list[Any]:
    """The gradient where the rules overflow: that of the same function in its numerically stable form.

    The rules of ``1 / (1 + exp(-z))``, one after the other, give 0 times infinity for large ``-z``; the derivative of
    the whole is as good as 0.
    """
    graph = simplify(recording.graph(Traced(recording.recorder, output)))
    (atom,) = graph.outputs
    assert isinstance(atom, Var)
    return differentiate(Recorder.reopen(graph), atom, wrt)


def grad(fn: Callable[..., Any], wrt: Wrt = 0) -> Callable[..., Any]:
    """A function that computes the exact gradient of ``fn``; see :func:`value_and_grad`.

    Examples
    --------
    >>> import cutaway as ca
    >>> ca.grad(lambda x: x**3)(2.0)
    np.float64(12.0)
    >>> ca.grad(ca.grad(lambda x: x**3))(2.0)
    np.float64(12.0)
    """
    both = value_and_grad(fn, wrt)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def jacobian(fn: Callable[..., Any], wrt: int | str = 0) -> Callable[..., Any]:
    """A function that computes all derivatives of all entries of ``fn``'s result.

    Parameters
    ----------
    fn : callable
        Plain NumPy code that returns one array.
    wrt : int or str
        The argument to differentiate by.

    Returns
    -------
    callable
        Gives an array of shape ``(*result, *argument)``, nested as the argument is.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> ca.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """

    def compute(*args: Any, **kwargs: Any) -> Any:
        recording, (chosen,) = record_chosen(fn, args, kwargs, wrt)
        flat = [leaf for _, leaf in tree.leaves(chosen)]
        output = array_output(recording)
        shape, dtype = output.shape, output.dtype
        if nested(args):
            slopes = [_row(recording.recorder, output, flat, i) for i in np.ndindex(shape)]
            stacked = [
                np.reshape(np.stack(row), (*shape, *x.shape))
                for row, x in zip(zip(*slopes, strict=True), flat, strict=True)
            ]
            return tree.rebuild(chosen, stacked)
        seed = recording.recorder.input(np.ones(shape, dtype), "seed")
        grads = differentiate(recording.recorder, output, [x.variable for x in flat], Traced(recording.recorder, seed))
        graph = recording.recorder.graph(tuple(as_atom(recording.recorder, g) for g in grads))
        inputs = [v.value for v in graph.inputs[:-1]]
        rows: list[list[Any]] = [[] for _ in flat]
        for i in np.ndindex(shape):
            basis = np.zeros(shape, dtype)
            basis[i] = 1
            values = evaluate(graph, *inputs, basis)
            for row, atom in zip(rows, graph.outputs, strict=True):
                row.append(np.asarray(values.get(atom, atom.value) if isinstance(atom, Var) else atom))
        stacked = [np.reshape(row, (*shape, *x.shape)) for row, x in zip(rows, flat, strict=True)]
        return tree.rebuild(chosen, stacked)

    return compute


def hessian_vector_product(fn: Callable[..., Any], wrt: int | str = 0) -> Callable[..., Any]:
    """A function that computes the Hessian of ``fn`` times a vector, without forming the Hessian.

    Returns
    -------
    callable
        ``(vector, *args)``, where ``vector`` has the structure of the argument differentiated by; gives the product in
        the same structure.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> ca.hessian_vector_product(lambda x: np.sum(x**3))(np.array([1.0, 0.0]), np.array([2.0, 5.0]))
    array([12.,  0.])
    """

    def compute(vector: Any, *args: Any, **kwargs: Any) -> Any:
        recording, (chosen,) = record_chosen(fn, args, kwargs, wrt)
        variables = [leaf.variable for _, leaf in tree.leaves(chosen)]
        directions = [v for _, v in tree.leaves(vector)]
        if [np.shape(v) for v in directions] != [x.shape for x in variables]:
            raise ShapeError(
                "The vector must have the structure and shapes of the argument",
                received=f"{[np.shape(v) for v in directions]} for {[x.shape for x in variables]}",
            )
        grads = differentiate(recording.recorder, scalar_output(recording), variables)
        along = sum(np.sum(g * astype(v, _plain(g).dtype)) for g, v in zip(grads, directions, strict=True))
        if type(along) is Traced and not along.constant:
            grads = differentiate(recording.recorder, along.variable, variables)
        else:
            grads = [np.zeros(x.shape, x.dtype) for x in variables]  # the slope is the same everywhere
        return tree.rebuild(chosen, _results(grads, args))

    return compute


def gradient_graph(fn: Callable[..., Any], *args: Any, wrt: Wrt = 0, **kwargs: Any) -> Graph:
    """The graph whose outputs are the value of ``fn`` and its gradients, one for each array of ``wrt``."""
    recording, chosen = record_chosen(fn, args, kwargs, wrt)
    output = scalar_output(recording)
    flat = [leaf for part in chosen for _, leaf in tree.leaves(part)]
    grads = differentiate(recording.recorder, output, [x.variable for x in flat])
    outputs: tuple[Atom, ...] = (output, *(as_atom(recording.recorder, g) for g in grads))
    return recording.recorder.graph(outputs, f"value_and_grad_of_{recording.name}")


def _results(grads: list[Any], args: tuple[Any, ...]) -> list[Any]:
    """Gradients as users get them: plain, unless they are part of something that is being recorded."""
    return grads if nested(args) else [np.array(_plain(g)) if np.ndim(g) else _plain(g) for g in grads]


def _row(recorder: Recorder, output: Var, flat: list[Traced], place: tuple[int, ...]) -> list[Any]:
    basis = np.zeros(output.shape, output.dtype)
    basis[place] = 1
    return differentiate(recorder, output, [x.variable for x in flat], Traced(recorder, recorder.constant(basis)))
