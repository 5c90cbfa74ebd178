"""Where a gradient that nothing was recorded of comes from: an array of zeros, filled with plain numbers or not at all.

Writing plain numbers into a plain array is no step of a recording. Its name is known, though, from the calls in which
it was seen; the lines of that function that make the array, or write into it, are where its contents come from.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import Backward, Spot
from cutaway.checking.lines.omissions import function_at
from cutaway.graph import Eqn, Var


def origins(backward: Backward, atom: Any) -> list[Spot]:
    """The lines that write into the array, in the order of the program; the one that makes it, if none does."""
    if not isinstance(atom, Var) or atom in backward.producer:
        return []
    for spot, name in _names(backward, atom):
        made, written = _lines(spot, name)
        chosen = written if np.any(atom.value) and written else made
        if chosen:
            return [
                Spot(spot.file, line, line, 0, 0, spot.function, spot.first_line, spot.call)
                for line in dict.fromkeys(chosen)
            ]
    return []


def plainly_made(backward: Backward, eqn: Eqn) -> list[tuple[str, int]]:
    """Where a function of the backward pass makes a plain array that something is computed with."""
    plain = [a for a in eqn.inputs if isinstance(a, Var) and a not in backward.producer and np.ndim(a.value)]
    spots = [s for a in plain if str(a.name) not in backward.inputs for s in origins(backward, a)]
    return list(dict.fromkeys((s.file, s.line) for s in spots if s.function != "<module>"))


def constants_in(backward: Backward, name: str) -> Iterator[Var]:
    """The plain arrays that are added to on the way to the gradient of a parameter, the last one first."""
    atom = backward.outputs.get(name)
    while isinstance(atom, Var) and atom in backward.producer:
        eqn = backward.producer[atom]
        if eqn.primitive.name not in ("add", "subtract", "multiply", "divide", "reshape", "astype", "copy"):
            return
        plain = [a for a in eqn.inputs if isinstance(a, Var) and a not in backward.producer and np.ndim(a.value)]
        yield from (a for a in plain if np.shape(a.value) == eqn.output.shape and str(a.name) not in backward.inputs)
        atom = next((a for a in eqn.inputs if isinstance(a, Var) and a in backward.producer), None)


def added_up(backward: Backward, name: str) -> list[Spot]:
    """The lines that add to the gradient of a parameter, in the order of the program, and to no other one."""
    found: dict[tuple[str, int], Spot] = {}
    left, seen = [backward.outputs.get(name)], set[Var]()
    while left:
        atom = left.pop()
        eqn = backward.producer.get(atom) if isinstance(atom, Var) and atom not in seen else None
        if eqn is None or eqn.primitive.name not in ("add", "multiply", "divide", "reshape", "astype", "copy"):
            continue
        seen.add(eqn.output)
        below = [a for a in eqn.inputs if isinstance(a, Var) and a in backward.producer]
        spot = backward.spot(eqn.output)
        if eqn.primitive.name == "add" and spot is not None and backward.reaches[eqn.output] == {name}:
            found[spot.file, spot.line] = spot
        elif len(below) > 1:
            continue
        left += below
    return [found[where] for where in sorted(found)]


def _names(backward: Backward, var: Var) -> Iterator[tuple[Spot, str]]:
    """The calls in which a value, or a list or dict that holds it, has a name."""
    seen: set[tuple[str, int, str]] = set()
    for stack in backward.stacks.values():
        for spot, names in zip(stack.spots, stack.names, strict=False):
            for name, held in names.items():
                if (spot.file, spot.first_line, name) not in seen and _holds(held, var):
                    seen.add((spot.file, spot.first_line, name))
                    yield spot, name


def _holds(held: Any, var: Var, depth: int = 0) -> bool:
    if held is var:
        return True
    if depth < 2 and type(held) in (list, tuple, dict) and len(held) < 100:
        return any(_holds(v, var, depth + 1) for v in (held.values() if type(held) is dict else held))
    return False


def _lines(spot: Spot, name: str) -> tuple[list[int], list[int]]:
    """The lines of a function that give a name a value, and those that add to it or write into it."""
    made: list[int] = []
    written: list[int] = []
    node = function_at(spot.file, spot.first_line)
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.AugAssign) and _root(inner.target) == name and not isinstance(inner.op, ast.Div):
            written.append(inner.lineno)
        elif isinstance(inner, ast.Assign):
            for target in inner.targets:
                for t in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                    if _root(t) == name:
                        (written if isinstance(t, ast.Subscript) else made).append(inner.lineno)
    return sorted(made), sorted(written)


def _root(node: ast.AST) -> str:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
