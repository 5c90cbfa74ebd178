"""The expressions of a backward pass that may be wrong: those that compute, those that only read, calls from outside.

``g += bi_grad`` computes a sum, and it is the name in it that may be the wrong one; a helper that builds its result
entry by entry is right, and it is its call that may have the arguments the wrong way round.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.correction.scope import Scope
from cutaway.checking.correction.search import alike, expression
from cutaway.checking.lines.backward import Backward, Spot, Stack
from cutaway.checking.lines.held import shown
from cutaway.checking.lines.omissions import function_at
from cutaway.checking.lines.source import parsed, parts, text_in
from cutaway.graph import Eqn, Var

READS = (ast.Name, ast.Attribute, ast.Subscript)


@dataclass(frozen=True, eq=False)
class Place:
    """An expression, and the equations that it stands for in all passes of the loops around it.

    Attributes
    ----------
    spot : Spot
        Where it stands.
    node, source : ast.expr, str
        What is written there, and the program's text.
    eqns : tuple of Eqn
        The equations whose results it gives; of one that is only read, those that read it.
    level : int
        0 in the innermost call, 1 in the one around it.
    operands : tuple of int
        Of an expression that is only read: which argument of each equation it is.
    entries : tuple of tuples of Eqn
        Of a call that gives a list of numbers: the equations of the numbers, pass by pass.
    """

    spot: Spot
    node: ast.expr
    source: str
    eqns: tuple[Eqn, ...]
    level: int = 0
    operands: tuple[int, ...] = ()
    entries: tuple[tuple[Eqn, ...], ...] = ()

    def scope(self, backward: Backward, eqn: Eqn, now: Mapping[Var, Any] | None = None) -> Scope:
        """What the names meant in one pass; ``now`` has values that would have been others."""
        stack = backward.stacks[eqn.output]
        names = stack.names[self.level]
        return Scope({k: shown(v, now) for k, v in names.items()} if now else names, stack.globals[self.level])

    def current(self) -> Any:
        """What the expression gave in the first pass."""
        eqn = self.eqns[0]
        if self.entries:
            return np.array([e.output.value for e in self.entries[0]], float)
        return _value(eqn.inputs[self.operands[0]]) if self.operands else eqn.output.value

    def results(self, given: Sequence[Any]) -> dict[Var, Any] | None:
        """What the equations give, pass by pass, if the expression gives this; None if it can't be that."""
        if not self.entries:
            numbers = all(
                np.size(e.output.value) > 1 or np.ndim(v) == np.ndim(e.output.value)
                for e, v in zip(self.eqns, given, strict=True)
            )
            return {e.output: v for e, v in zip(self.eqns, given, strict=True)} if numbers else None
        flat = [np.ravel(v) for v in given]
        if any(len(v) != len(eqns) for v, eqns in zip(flat, self.entries, strict=True)):
            return None
        return {e.output: n for v, eqns in zip(flat, self.entries, strict=True) for e, n in zip(eqns, v, strict=True)}

    def with_value(self, k: int, value: Any) -> Callable[[Mapping[Var, Any]], Any]:
        """How the ``k``-th equation is computed if the expression that it reads had given ``value``."""
        eqn = self.eqns[k]

        def compute(now: Mapping[Var, Any]) -> Any:
            args = [now.get(a, a.value) if isinstance(a, Var) else a for a in eqn.inputs]
            args[self.operands[k]] = value
            found = eqn.primitive.fn(*args, **eqn.params)
            return found if np.shape(found) == eqn.output.shape else None

        return compute


def computing(eqns: Sequence[Eqn], backward: Backward) -> Place | None:
    """The expression that gives a value, or the name that is added, on the line of some equations."""
    spot = backward.spot(eqns[0].output)
    if spot is None:
        return None
    node, source = expression(spot)
    if node is not None and source is not None:
        return Place(spot, node, source, tuple(eqns))
    return _reading(spot, eqns, backward)


def _reading(spot: Spot, eqns: Sequence[Eqn], backward: Backward) -> Place | None:
    """``bi_grad`` of ``g += bi_grad`` or of ``g[t] = bi_grad``."""
    source = text_in(spot.file)
    for node in parts(source):
        if not isinstance(node, ast.AugAssign | ast.Assign) or node.lineno != spot.line:
            continue
        target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
        if not isinstance(node.value, READS) or target.col_offset != spot.column:
            continue
        place = Place(spot, node.value, source, tuple(eqns))
        text = ast.get_source_segment(source, node.value) or ""
        operands = [_operand(e, place.scope(backward, e).value(text)) for e in eqns]
        if all(k is not None for k in operands):
            return Place(spot, node.value, source, tuple(eqns), 0, tuple(k for k in operands if k is not None))
    return None


def _operand(eqn: Eqn, value: Any) -> int | None:
    """Which argument of an equation a value is, the last one first."""
    for k in reversed(range(len(eqn.inputs))):
        if value is not None and alike(_value(eqn.inputs[k]), value):
            return k
    return None


def _value(atom: Any) -> Any:
    return atom.value if isinstance(atom, Var) else atom


def calling(eqns: Sequence[Eqn], backward: Backward) -> Iterator[Place]:
    """The calls whose results were computed in a function of the author's.

    A call gives what it computed last; or a list of all that one expression in it computed.
    """
    calls: dict[Any, dict[int, list[Eqn]]] = {}
    for eqn in eqns:
        stack = backward.stacks[eqn.output]
        if len(stack.spots) > 1 and len(stack.names) > 1:
            calls.setdefault(_place(stack), {}).setdefault(stack.spots[0].call, []).append(eqn)
    for found in calls.values():
        chosen = tuple(many[-1] for many in found.values())
        spot = backward.stacks[chosen[0].output].spots[1]
        node, source = expression(spot)
        if not isinstance(node, ast.Call) or source is None:
            continue
        yield Place(spot, node, source, chosen, 1)
        entries = tuple(tuple(e for e in many if _same_site(backward, e, many[-1])) for many in found.values())
        if len(entries[0]) > 1 and all(np.size(e.output.value) == 1 for e in entries[0]):
            yield Place(spot, node, source, chosen, 1, (), entries)


def _same_site(backward: Backward, eqn: Eqn, other: Eqn) -> bool:
    a, b = (backward.stacks[e.output].spots[0] for e in (eqn, other))
    return eqn.primitive is other.primitive and (a.line, a.column) == (b.line, b.column)


def _place(stack: Stack) -> Any:
    spot = stack.spots[1]
    return spot.file, spot.line, spot.column, spot.end_line, spot.end_column


def names_of(text: str) -> set[str]:
    """The plain names in an expression."""
    return {node.id for node in parts(text) if isinstance(node, ast.Name)}


def renamed(spot: Spot, name: str) -> tuple[int, ast.expr] | None:
    """The line on which a name gets its value, where that is one that has another name already; None otherwise."""
    for found in _alone(spot, name):
        if isinstance(found.value, READS):
            return found.lineno, found.value
    return None


def made(spot: Spot, name: str) -> list[int]:
    """The line that computes what a name holds, if it is one alone."""
    return [found.lineno for found in _alone(spot, name)]


def made_for(spot: Spot, name: str) -> list[int]:
    """The line that computes what a name holds, if the name is read at one place alone."""
    node = function_at(spot.file, spot.first_line)
    reads = [n for n in ast.walk(node) if getattr(n, "id", "") == name and isinstance(n.ctx, ast.Load)] if node else []  # type: ignore[attr-defined]
    return made(spot, name) if len(reads) == 1 else []


def returned(spot: Spot, before: str, after: str) -> list[tuple[int, str]]:
    """Where the functions of the author's return their values that an expression calls before it is changed."""
    gone = _called(before) - _called(after)
    tree = parsed(text_in(spot.file)) if gone else None
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in gone] if tree else []
    return [(n.lineno, f.name) for f in functions for n in ast.walk(f) if isinstance(n, ast.Return)]


def _called(text: str) -> set[str]:
    """The names of functions and methods that an expression calls."""
    calls = [n.func for n in parts(text) if isinstance(n, ast.Call)]
    return {f.id if isinstance(f, ast.Name) else f.attr for f in calls if isinstance(f, ast.Name | ast.Attribute)}


def _alone(spot: Spot, name: str) -> list[ast.Assign]:
    """The assignment to a name, if nothing else in its function gives it a value: no loop, no argument."""
    node = function_at(spot.file, spot.first_line)
    found: list[ast.AST] = []
    for inner in ast.walk(node) if node is not None else ():
        if isinstance(inner, ast.Assign | ast.AugAssign | ast.For | ast.arg):
            targets = inner.targets if isinstance(inner, ast.Assign) else [getattr(inner, "target", inner)]
            if any(getattr(t, "id", getattr(t, "arg", "")) == name for x in targets for t in ast.walk(x)):
                found.append(inner)
    return [n for n in found if isinstance(n, ast.Assign)] if len(found) == 1 else []
