"""A loss that is computed sample by sample: the equations of one expression, one for each sample, seen together.

A loop over samples records the same expression again and again. Where one of its operands is a number of the sample's
own, its label, the numbers of all passes are the labels, and the other operands are what the network says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.records import Array
from cutaway.checking.truth import Point
from cutaway.graph import Eqn, Graph, Var

FEWEST, MOST = 4, 5_000  # samples


@dataclass(frozen=True)
class Family:
    """One expression that meets something else in each pass of a loop.

    Attributes
    ----------
    eqns : tuple of Eqn
        The equations, in the order in which they ran.
    live : tuple of Var
        Their operands that depend on parameters.
    fixed : ndarray
        Their other operands, along the first axis.
    """

    eqns: tuple[Eqn, ...]
    live: tuple[Var, ...]
    fixed: Array


def families(graph: Graph, point: Point, names: tuple[str, ...], size: int | None = 1) -> Iterator[Family]:
    """The families of equations of these primitives whose other operand has ``size`` entries; more than one, for None.

    Those with the most passes come first.
    """
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    found: dict[Any, list[tuple[Eqn, Var, Any]]] = {}
    for eqn in graph.eqns:
        if eqn.primitive.name.rpartition(".")[2] not in names or len(eqn.inputs) != 2:
            continue
        for i, atom in enumerate(eqn.inputs):
            other = eqn.inputs[1 - i]
            if isinstance(atom, Var) and atom in varying and not (isinstance(other, Var) and other in varying):
                value = other.value if isinstance(other, Var) else other
                if np.size(value) == size if size is not None else np.size(value) > 1:
                    found.setdefault((_site(point, eqn), i, np.shape(value)), []).append((eqn, atom, value))
    for members in sorted(found.values(), key=len, reverse=True):
        if FEWEST <= len(members) <= MOST:
            eqns, live, fixed = zip(*members, strict=True)
            yield Family(eqns, live, np.array(fixed, dtype=float))


def _site(point: Point, eqn: Eqn) -> Any:
    """The expression that an equation was recorded from, and the calls around it."""
    stack = point.stacks.get(eqn.output)
    spots = tuple((s.file, s.line, s.column) for s in stack.spots) if stack is not None else eqn.where
    return eqn.primitive.name, spots
