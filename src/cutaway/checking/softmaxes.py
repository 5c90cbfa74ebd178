"""A softmax as a single equation, however it is spelled.

``e / e.sum(axis=1)[:, None]``, ``(e.T / e.sum(axis=1)).T``, ``e * (1 / e.sum())``: that a value is the softmax of
another is seen in the numbers, and that it depends on nothing else, in the graph.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.graph import Atom, Eqn, Graph, Var
from cutaway.interpreters.rewriting import without_dead
from cutaway.ops.special import SOFTMAX, softmax

NEAR = 8  # equations from the exponential to the shares
_ARITHMETIC = ("divide", "multiply", "reciprocal", "power", "add", "negative", "subtract", "exp", "log")
_BETWEEN = frozenset((*_ARITHMETIC, "sum", "matmul", "contracted", "reshape", "transpose", "take_at"))


def with_softmaxes(graph: Graph) -> Graph:
    """``graph`` in which each value that is the softmax of another is computed in one equation."""
    producers: dict[Var, Eqn | None] = {**dict.fromkeys(graph.inputs), **{e.output: e for e in graph.eqns}}
    users: dict[Var, list[Eqn]] = {}
    for eqn in graph.eqns:
        for atom in eqn.inputs:
            if isinstance(atom, Var):
                users.setdefault(atom, []).append(eqn)
    made: dict[Var, Eqn] = {}
    for eqn in graph.eqns:
        if eqn.primitive.fn.__name__ == "exp" and isinstance(eqn.inputs[0], Var):
            for z in _scores(eqn.inputs[0], producers):
                found = next(_shares(z, eqn, users, producers), None)
                if found is not None:
                    made.setdefault(found.output, found)
                    break
    if not made:
        return graph
    eqns = tuple(made.get(e.output, e) for e in graph.eqns)
    return without_dead(Graph(graph.inputs, eqns, graph.outputs, graph.peeks, graph.name))


def _scores(x: Var, producers: dict[Var, Eqn | None]) -> Iterator[Var]:
    """What the softmax may be of: the scores before their largest was subtracted, or what is exponentiated."""
    before = producers.get(x)
    if before is not None and before.primitive.name == "subtract":
        z, top = before.inputs
        if isinstance(z, Var) and z.shape == x.shape and _only_from(top, z, producers):
            yield z
    yield x


def _shares(z: Var, exponential: Eqn, users: dict[Var, list[Eqn]], producers: dict[Var, Eqn | None]) -> Iterator[Eqn]:
    """The equations after the exponential whose value is the softmax of ``z`` and depends on nothing else."""
    axes = [*(range(z.value.ndim) if z.value.ndim > 1 else ()), None]
    with np.errstate(all="ignore"):
        expected = {axis: softmax(z.value, axis) for axis in axes}
    todo, seen = [exponential], {exponential.output}
    while todo and len(seen) < _far(z):
        eqn = todo.pop(0)
        for axis, shares in expected.items():
            y = eqn.output
            # exp(z) alone is none, though where all scores are 0 it is 1, as a softmax of one score is
            bare = eqn is exponential and z is exponential.inputs[0]
            same = y.shape == z.shape and z.value.size > 1 and np.allclose(y.value, shares, rtol=1e-9, atol=0)
            if same and not bare and _only_from(y, z, producers):
                yield Eqn(SOFTMAX, (z,), {"axis": axis}, y, eqn.where, eqn.of or eqn)
        for user in users.get(eqn.output, ()):
            if user.primitive.fn.__name__ in _BETWEEN and user.output not in seen:
                seen.add(user.output)
                todo.append(user)


def _far(z: Var) -> int:
    """How many values there may be around a softmax: a loop, or Python's sum, adds row after row."""
    return 4 * NEAR + 3 * max(z.shape, default=0)


def _only_from(value: Atom, source: Var, producers: dict[Var, Eqn | None]) -> bool:
    """Whether ``source`` and plain numbers are all that a value is computed from, in a few steps."""
    seen: set[Atom] = set()
    todo = [value]
    while todo:
        atom = todo.pop()
        if not isinstance(atom, Var) or atom is source or atom in seen or atom not in producers:
            continue
        seen.add(atom)
        producer = producers[atom]
        if producer is None or len(seen) > _far(source):
            return False
        todo += producer.inputs
    return True
