"""A recorded program as a function of PyTorch's: the same equations, the same names, written down by a table."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cutaway.errors import PeekWarning, ShapeError, TraceError
from cutaway.export.torch.primitives import PRIMITIVES, REFUSED
from cutaway.export.torch.words import dtype, number
from cutaway.graph import Atom, Eqn, Graph, Var, _identifier
from cutaway.interpreters.run import refuse_random
from cutaway.nn.activations import activation_name

_ATOM, _POWER, _UNARY, _COMPARE = 100, 14, 13, 6  # binding strengths of Python
_WIDTH = 90  # longer expressions get a line of their own
_FLOAT_ONLY = {"divide", "matmul", "mean", "linalg.solve", "linalg.inv", "linalg.det", "linalg.cholesky", "linalg.norm"}
_FLOAT_ONLY |= {"cutaway.ops.linear.contracted", "cutaway.ops.join.concatenated", "cutaway.ops.linear.sparse_matmul"}
_FLOAT_ONLY |= {"cutaway.ops.special.cross_entropy_of_logits"}
_ELSEWHERE = {"where", "cutaway.ops.shape.astype", "cutaway.ops.select.take_at", "cutaway.ops.select.scatter"}


def source(graph: Graph, name: str | None = None) -> tuple[str, set[str]]:
    """Source of a function of PyTorch's that computes ``graph``, and the names of what must be copied beside it.

    Its arguments are the inputs of the graph; constants of the graph are its keyword-only arguments.

    Raises
    ------
    TraceError
        If a primitive has no twin in PyTorch, or the program drew random numbers or branched on a value.
    """
    _refuse_peeks(graph)
    names, uses = graph.names, graph.uses()
    page: set[str] = set()
    inline: dict[Var, tuple[str, int]] = {}
    body: list[str] = []

    def text(atom: Atom) -> tuple[str, int]:
        if not isinstance(atom, Var):
            found = number(atom)
            return found, _UNARY if found.startswith("-") else _ATOM
        return inline.pop(atom) if atom in inline else (names[atom], _ATOM)

    for eqn in graph.eqns:
        line, strength = _expression(eqn, [text(a) for a in eqn.inputs], page)
        twice = line.count(names[eqn.output]) if eqn.output.name else 0
        if eqn.output.name is None and not twice and uses.get(eqn.output) == 1 and len(line) < _WIDTH:
            inline[eqn.output] = (line, strength)
        else:
            body.append(f"    {names[eqn.output]} = {line}")
    results = ", ".join(text(a)[0] for a in graph.outputs)
    constants = list(graph.constants)
    arguments = [names[v] for v in graph.inputs] + (["*", *constants] if constants else [])
    head = f"def {name or _identifier(graph.name)}({', '.join(arguments)}):"
    return "\n".join([head, *body, f"    return {results}"]), page


def _refuse_peeks(graph: Graph) -> None:
    refuse_random(graph)
    for peek in graph.peeks:
        if peek.var is not None and peek.kind in ("branch", "index"):
            raise TraceError(
                f"{peek.where}: the program decided by a value, and a module of PyTorch's would always go this way",
                instead="Write np.where(condition, a, b) for a choice between values",
            )
        if peek.var is not None and peek.kind == "number":
            warnings.warn(
                f"{peek.where}: a value was read as a plain Python number; if it was used again, it is frozen as "
                "recorded",
                PeekWarning,
                stacklevel=4,
            )


def _expression(eqn: Eqn, args: list[tuple[str, int]], page: set[str]) -> tuple[str, int]:
    """Source text of one equation, and how strongly it binds."""
    prim = eqn.primitive
    if prim.name in REFUSED:
        raise TraceError(
            f"{prim.name} has no twin in PyTorch: {REFUSED[prim.name]}",
            received=str(eqn.where) if eqn.where else None,
            instead="Leave it out of what is exported",
        )
    args, after = _cast(eqn, args)
    if prim.infix and not eqn.params:
        template, strength = prim.infix
        equal_left, equal_right = strength not in (_COMPARE, _POWER), strength == _POWER
        needs = (strength + (not equal_left), strength + (not equal_right))
        texts = [t if s >= need else f"({t})" for (t, s), need in zip(args, needs, strict=False)]
        line = template.format(*texts)
        return (f"({line}){after}", _ATOM) if after else (line, strength)
    write = PRIMITIVES[prim.name]
    method = not isinstance(write, str) or "{0}." in write or "{}." in write or "{0} " in write
    texts = [f"({t})" if s < _ATOM and method and i == 0 else t for i, (t, s) in enumerate(args)]
    line = write.format(*texts) if isinstance(write, str) else write(texts, eqn, page)
    if texts and texts[0] != args[0][0] and re.search(r"\w\(" + re.escape(texts[0]) + r"[,)]", line):
        line = line.replace(texts[0], args[0][0], 1)  # an argument of a call needs no brackets
    weak = line.startswith("-") or (isinstance(write, str) and "{0} " in write)
    return (f"({line}){after}", _ATOM) if after else (line, _COMPARE if weak else _ATOM)


# Dtypes: NumPy lets integers meet floats as float64, PyTorch as its default float32 --------------------------------


def _cast(eqn: Eqn, args: list[tuple[str, int]]) -> tuple[list[tuple[str, int]], str]:
    """The arguments, with casts where PyTorch would give another dtype than NumPy, and a cast of the result."""
    want = eqn.output.dtype
    if want.kind != "f" or eqn.primitive.name in _ELSEWHERE - {"where"}:
        return args, ""
    atoms = [(i, a) for i, a in enumerate(eqn.inputs) if isinstance(a, Var) and not hasattr(a.value, "tocsr")]
    if eqn.primitive.name == "where":
        atoms = [(i, a) for i, a in atoms if i > 0]
    elif eqn.primitive.name.startswith("cutaway.ops.select."):
        atoms = [(i, a) for i, a in atoms if i < 2]
    elif eqn.primitive.name.startswith("cutaway.ops.sparse."):
        atoms = atoms[:-1] if eqn.primitive.name.endswith("softmax") else atoms[:-2]
    if not atoms:
        return args, ""
    strict = eqn.primitive.name in _FLOAT_ONLY
    if (_promoted(eqn.inputs) == want and not strict) or all(a.dtype == want for _, a in atoms):
        return args, ""
    changed = list(args)
    for i, atom in atoms:
        if atom.dtype != want:
            text, strength = args[i]
            changed[i] = (f"{text if strength == _ATOM else f'({text})'}.to({dtype(want)})", _ATOM)
    return changed, ""


def _promoted(atoms: Sequence[Atom]) -> np.dtype[Any]:
    """The dtype of PyTorch's result: arrays decide, then arrays of no axes, then numbers, unless these are floats."""
    groups: list[list[np.dtype[Any]]] = [[], [], []]
    for a in atoms:
        if isinstance(a, Var):
            groups[0 if a.shape else 1].append(a.dtype)
        else:
            groups[2].append(np.dtype(np.float32) if isinstance(a, (float, np.floating)) else np.dtype(np.int64))
    found = np.dtype(bool)
    for group in groups:
        own = np.result_type(*group) if group else np.dtype(bool)
        if "biuf".index(own.kind) > "biuf".index(found.kind):
            found = own
    return found


# Functions of the user's own --------------------------------------------------------------------------------------


def own_function(fn: Callable[..., Any], shapes: Sequence[Any], dtype: str, name: str | None = None) -> tuple[str, str]:
    """Name and source of a function of the user's own that must hold for any number of rows.

    Parameters
    ----------
    fn : callable
        Plain NumPy.
    shapes : sequence of shapes, or of tuples of shapes
        Of its arguments, with two different numbers of rows.
    dtype : str
        Of its arguments.

    Raises
    ------
    ShapeError
        If the program is another one for another number of rows.
    """
    from cutaway.export.torch.copied import with_needs
    from cutaway.tracing import trace

    texts = []
    label = name or _identifier(activation_name(fn).strip("<>"))
    rng = np.random.default_rng(0)
    for several in shapes:
        given = several if isinstance(several[0], tuple) else (several,)
        graph = trace(fn, *(rng.uniform(0.1, 0.9, shape).astype(dtype) for shape in given))
        if graph.constants:
            graph = _with_constants(graph)
        text, page = source(graph, label)
        texts.append("\n\n\n".join([*with_needs(page), text]))
    if len(set(texts)) > 1:
        raise ShapeError(
            f"{label} computes something else for another number of rows, and cannot be written for any number",
            instead="Take sizes from the arrays alone, for instance x.mean(axis=0)",
        )
    return label, texts[0]


def _with_constants(graph: Graph) -> Graph:
    """The same graph with its constants as numbers in its text; TraceError if one is an array."""
    from dataclasses import replace

    values: dict[Var, Any] = {}
    for var in graph._constant_vars:
        if np.ndim(var.value):
            raise TraceError(
                f"{graph.name} holds an array, {graph.names[var]}, which a network has no place for",
                received=f"shape {var.shape}",
                instead="Export it by itself with cutaway.export.torch.module",
            )
        values[var] = np.asarray(var.value).item()
    swap = lambda a: values.get(a, a) if isinstance(a, Var) else a  # noqa: E731
    eqns = tuple(Eqn(e.primitive, tuple(map(swap, e.inputs)), e.params, e.output, e.where, e.of) for e in graph.eqns)
    return replace(graph, eqns=eqns, outputs=tuple(map(swap, graph.outputs)), _cache={})
