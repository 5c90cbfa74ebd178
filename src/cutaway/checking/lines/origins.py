"""Where a gradient that nothing was recorded of comes from: an array of zeros, filled with plain numbers or not at all.

Writing plain numbers into a plain array is no step of a recording. Its name is known, though, from the calls in which
it was seen; the lines of that function that make the array, or write into it, are where its contents come from.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import Backward, Spot
from cutaway.checking.lines.held import Object
from cutaway.checking.lines.omissions import function_at
from cutaway.checking.lines.places import targets_of
from cutaway.checking.lines.source import parts, text_in
from cutaway.graph import Eqn, Var


def origins(backward: Backward, atom: Any) -> list[Spot]:
    """The lines that write into the array, in the order of the program; the one that makes it, if none does."""
    made, written = made_and_written(backward, atom)
    return written if written and np.any(atom.value) else made


def made_and_written(backward: Backward, atom: Any) -> tuple[list[Spot], list[Spot]]:
    """The lines that make a plain array, and those that add to it or write into it."""
    if not isinstance(atom, Var) or atom in backward.producer:
        return [], []
    for spot, name in names_of_value(backward, atom):
        made, written = _lines(spot, name)
        if made or written:
            return _spots(spot, made), _spots(spot, written)
    return [], []


def _spots(spot: Spot, lines: list[int]) -> list[Spot]:
    return [replace(spot, line=n, end_line=n, column=0, end_column=0) for n in dict.fromkeys(lines)]


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


def names_of_value(backward: Backward, var: Var) -> Iterator[tuple[Spot, str]]:
    """The calls in which a value has a name, or what holds it: ``db``, ``grads['b']``, ``self.db``."""
    seen: set[tuple[str, int, str]] = set()
    for stack in backward.stacks.values():
        for spot, names in zip(stack.spots, stack.names, strict=False):
            for name, held in names.items():
                for path in paths_in(name, held, var):
                    if (spot.file, spot.first_line, path) not in seen:
                        seen.add((spot.file, spot.first_line, path))
                        yield spot, path


def paths_in(name: str, held: Any, var: Var, depth: int = 0) -> Iterator[str]:
    """The ways to a value from a name: ``db``, ``grads['b']``, ``self.db``."""
    if held is var:
        yield name
    elif type(held) is Object and depth < 2:
        for key, value in held.attributes.items():
            yield from paths_in(f"{name}.{key}", value, var, depth + 1)
    elif depth < 2 and type(held) in (list, tuple, dict) and len(held) < 100:
        for index, value in held.items() if type(held) is dict else enumerate(held):
            yield from paths_in(f"{name}[{index!r}]", value, var, depth + 1)


def _lines(spot: Spot, name: str) -> tuple[list[int], list[int]]:
    """The lines that give a name a value, and those that add to it or write into it.

    They are looked for in the function, those of an attribute in its class.
    """
    made: list[int] = []
    written: list[int] = []
    node = function_at(spot.file, spot.first_line)
    if "." in name:
        classes = (n for n in parts(text_in(spot.file)) if isinstance(n, ast.ClassDef))
        node = next((c for c in classes if c.lineno <= spot.line <= (c.end_lineno or 0)), node)
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.AugAssign) and is_in(inner.target, name) and not isinstance(inner.op, ast.Div):
            written.append(inner.lineno)
        elif isinstance(inner, ast.Assign):
            for t in targets_of(inner):
                if is_in(t, name):
                    again = not isinstance(t, ast.Subscript) and reads(inner.value, t)
                    (written if isinstance(t, ast.Subscript) or again else made).append(inner.lineno)
                elif not isinstance(t, ast.Subscript) and name.startswith(f"{ast.unparse(t)}["):
                    made.append(inner.lineno)
    return sorted(made), sorted(written)


def is_in(target: ast.AST, name: str) -> bool:
    """Whether what is assigned to is what has this name, or a part of it; another index may be any."""
    while True:
        if ast.unparse(target) == name:
            return True
        if not isinstance(target, ast.Subscript):
            return False
        if not isinstance(target.slice, ast.Constant) and name.startswith(f"{ast.unparse(target.value)}["):
            return True
        target = target.value


def reads(value: ast.AST, target: ast.AST) -> bool:
    """Whether an expression reads what it is assigned to."""
    text = ast.unparse(target)
    kinds = (ast.Name, ast.Attribute, ast.Subscript)
    return any(isinstance(n, kinds) and ast.unparse(n) == text for n in ast.walk(value))
