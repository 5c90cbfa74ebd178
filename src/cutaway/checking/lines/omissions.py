"""Where something was left out there may be no operation at all: ``dZ = dA``, ``return grad``, a call that is missing.

The value of the last right equation then goes on under another name, through a function that returns it as it came, or
into the next call; the line at which it does so is where the missing operation belongs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import Backward, Spot
from cutaway.checking.lines.held import shown
from cutaway.checking.lines.source import assignments, parsed, parts, text_in
from cutaway.graph import Eqn, Var


def omissions(backward: Backward, eqn: Eqn) -> Iterator[Spot]:
    """The lines that hand on the value of ``eqn`` without the operation that is missing, most telling first."""
    yield from backward.passed.get(eqn.output, ())
    yield from aliases(backward, eqn.output)
    for atom in _read_on_line(backward, eqn):
        yield from aliases(backward, atom)
    yield from _handed_over(backward, eqn)


def _read_on_line(backward: Backward, eqn: Eqn) -> list[Var]:
    """The values that the line of an equation reads."""
    here = backward.stacks[eqn.output].spots[0]
    found: dict[Var, None] = {}
    for other in backward.eqns:
        stack = backward.stacks.get(other.output)
        if stack and stack.spots and (stack.spots[0].line, stack.spots[0].call) == (here.line, here.call):
            found.update(dict.fromkeys(a for a in other.inputs if isinstance(a, Var)))
    return list(found)


def aliases(backward: Backward, var: Var) -> Iterator[Spot]:
    """Assignments that give a value a second name."""
    seen: set[tuple[str, int]] = set()
    for eqn in backward.eqns:
        stack = backward.stacks.get(eqn.output)
        if stack is None or not stack.names:
            continue
        names = {n for n, value in stack.names[0].items() if value is var}
        if len(names) < 2:
            continue
        spot = stack.spots[0]
        for line, target, source in renamings(spot.file, spot.first_line):
            if target in names and source in names and (spot.file, line) not in seen:
                seen.add((spot.file, line))
                yield Spot(spot.file, line, line, 0, 0, spot.function, spot.first_line, spot.call)


def stored(backward: Backward, var: Any) -> Iterator[Spot]:
    """Assignments of a value, by its name, into a dict, a list or an attribute."""
    seen: set[int] = set()
    for eqn in backward.eqns:
        stack = backward.stacks.get(eqn.output)
        if stack is None or not stack.names:
            continue
        names = {n for n, value in stack.names[0].items() if value is var}
        spot = stack.spots[0]
        for line, target, source in renamings(spot.file, spot.first_line):
            if source in names and ("[" in target or "." in target) and line not in seen:
                seen.add(line)
                yield Spot(spot.file, line, line, 0, 0, spot.function, spot.first_line, spot.call)


def numbers(
    backward: Backward, eqns: list[Eqn], k: float, sizes: dict[float, str]
) -> Iterator[tuple[Spot, str, float, float]]:
    """``(where, name, what it is, what it should be)`` of a number that explains a constant factor ``k``."""
    seen: set[str] = set()
    for eqn in eqns:
        stack = backward.stacks.get(eqn.output)
        if stack is None or not stack.names:
            continue
        spot = stack.spots[0]
        used = _names_on(spot.file, spot.line, spot.end_line)
        for name, value in stack.names[0].items():
            value = shown(value)
            if (
                name not in used
                or name in seen
                or not isinstance(value, (int, float, np.number))
                or isinstance(value, bool)
            ):
                continue
            seen.add(name)
            for meant in (float(value) * k, float(value) / k):
                if any(abs(meant - n) <= 1e-6 * n for n in sizes):
                    node = function_at(spot.file, spot.first_line)
                    for line in assignments(node, name) if node else ():
                        yield (
                            Spot(spot.file, line, line, 0, 0, spot.function, spot.first_line, spot.call),
                            name,
                            float(value),
                            meant,
                        )
                    break


def _handed_over(backward: Backward, eqn: Eqn) -> Iterator[Spot]:
    """The call into which a value goes straight from the call that computed it."""
    mine = backward.stacks.get(eqn.output)
    if mine is None or not mine.spots:
        return
    here = {spot.call: spot for spot in mine.spots}
    for consumer in backward.relevant():
        if eqn.output not in consumer.inputs:
            continue
        stack = backward.stacks.get(consumer.output)
        if stack is None or not stack.spots or stack.spots[0].call == mine.spots[0].call:
            continue
        for spot in stack.spots:
            if spot.call in here:
                if spot.line != here[spot.call].line:
                    yield spot
                return


# Reading the source -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _functions(source: str) -> dict[int, ast.AST]:
    tree = parsed(source)
    if tree is None:
        return {}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    found: dict[int, ast.AST] = {1: tree}
    for node in ast.walk(tree):
        if isinstance(node, kinds):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            found[first] = node
    return found


def function_at(file: str, first_line: int) -> ast.AST | None:
    """The function, or the module, that starts at a line."""
    return _functions(text_in(file)).get(first_line)


def renamings(file: str, first_line: int) -> Iterator[tuple[int, str, str]]:
    """(line, target, source) of assignments of a plain name in a function."""
    node = function_at(file, first_line)
    for inner in ast.walk(node) if node else ():
        if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Name):
            for target in inner.targets:
                yield inner.lineno, ast.unparse(target), inner.value.id


@lru_cache(maxsize=256)
def _names_on(file: str, line: int, end_line: int) -> frozenset[str]:
    """The names that the statements on some lines read."""
    names = (n for n in parts(text_in(file)) if isinstance(n, ast.Name))
    return frozenset(n.id for n in names if line <= n.lineno <= end_line)


def returns(fn: Any) -> list[int]:
    """The lines at which a plain function gives its result."""
    code = getattr(fn, "__code__", None)
    return returns_of(code.co_filename, code.co_firstlineno) if code is not None else []


def returns_of(file: str, first_line: int) -> list[int]:
    """The lines at which the function that starts at a line gives its result."""
    node = function_at(file, first_line)
    if isinstance(node, ast.Lambda):
        return [node.body.lineno]
    return (
        [inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Return)]
        if isinstance(node, ast.FunctionDef)
        else []
    )
