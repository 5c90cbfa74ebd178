"""A recorded program computed anew, with other constants or with other equations in the place of some of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from cutaway.graph import Atom, Eqn, Graph, Primitive, Var

Instead = Callable[[Eqn, tuple[Atom, ...]], Iterable[Eqn] | None]
"""What is computed instead of an equation, with its arguments as they are now; None where it stays."""


def computed(primitive: Primitive, inputs: tuple[Atom, ...], params: Mapping[str, Any], like: Eqn) -> Eqn:
    """An equation with its value, at the place of another one."""
    with np.errstate(all="ignore"):
        value = primitive.fn(*(a.value if isinstance(a, Var) else a for a in inputs), **params)
    return Eqn(primitive, inputs, params, Var(value, like.output.name), like.where, like.of)


def remade(graph: Graph, replaced: Mapping[Var, Var], instead: Instead = lambda eqn, inputs: None) -> Graph | None:
    """The program with these constants and equations instead, computed anew; None if the shapes do not allow it."""
    new: dict[Var, Var] = dict(replaced)
    eqns: list[Eqn] = []
    try:
        for eqn in graph.eqns:
            inputs = tuple(new.get(a, a) if isinstance(a, Var) else a for a in eqn.inputs)
            others = instead(eqn, inputs)
            if others is None:
                others = [eqn if inputs == eqn.inputs else computed(eqn.primitive, inputs, eqn.params, eqn)]
            eqns += others
            if eqns[-1].output is not eqn.output:
                new[eqn.output] = eqns[-1].output
    except (ValueError, IndexError, TypeError):
        return None
    outputs = tuple(new.get(a, a) if isinstance(a, Var) else a for a in graph.outputs)
    return Graph(graph.inputs, tuple(eqns), outputs, graph.peeks, graph.name)
