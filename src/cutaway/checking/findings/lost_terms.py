"""Parts of a loss that are computed and then lost: their name is set back in a loop, or nothing ever adds them.

The proof is the author's own gradient: it is exactly that of the loss with these parts put back, at every point.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.checking.findings.comparison import source_line
from cutaway.checking.lines.backward import Spot
from cutaway.checking.lines.omissions import returns_of
from cutaway.checking.lines.places import root_of, targets_of
from cutaway.checking.lines.source import parsed, text_in
from cutaway.checking.recognition import recognised
from cutaway.checking.records import Finding
from cutaway.checking.truth import Point, Truth
from cutaway.graph import Eqn, Graph, Var
from cutaway.tracing import PRIMITIVES

MOST = 400  # values that nothing reads; more of them are no terms
TRIED = 12  # names
LATER = ("append", "extend", "add", "insert")


@dataclass
class _Lost:
    """What was computed under one name and never read, and the value of that name that the loss did read."""

    file: str
    name: str
    first_line: int  # of the function
    lines: list[int] = field(default_factory=list)
    values: list[Var] = field(default_factory=list)
    kept: Var | None = None


def put_back(truth: Truth) -> list[Finding]:
    """Let the truth be about the loss with its lost parts, if that is the one whose gradient the author takes."""
    seen = [p for p in truth.points if p.graph is not None and p.user and p.exact and p.trusted]
    if not seen or all(_agrees(p, p.exact) for p in seen):
        return []
    for lost in list(_lost(seen[0]))[:TRIED]:
        meant = [_with(point, lost.name) for point in seen]
        if any(m is None or not _agrees(p, m.inputs(m.true)) for p, m in zip(seen, meant, strict=True)):
            continue
        before = seen[0].value
        for point, other in zip(seen, meant, strict=True):
            assert other is not None
            point.graph, point.backprop, point.bare, point.unguarded = other.graph, other, None, {}
            point.exact = other.inputs(other.true)
            point.value = float(np.ravel(other.output.value)[0])
        return list(_said(lost, before, seen[0].value))
    return []


def _agrees(point: Point, exact: dict[str, Any]) -> bool:
    errors = point.errors(point.user, exact)
    return set(errors) == set(point.exact) and all(e <= point.tolerance for e in errors.values())


def _lost(point: Point) -> Iterator[_Lost]:
    """The values of the loss's program that nothing reads, by the name that they were given."""
    assert point.graph is not None
    read = {a for e in point.graph.eqns for a in e.inputs} | set(point.graph.outputs)
    reached = _ancestors(point.graph)
    ends = [e for e in point.graph.eqns if e.output not in read and e.output.dtype.kind == "f"]
    found: dict[tuple[str, int, str], _Lost] = {}
    for eqn in ends if len(ends) <= MOST else ():
        for spot, name in _names(point, eqn):
            one = found.setdefault((spot.file, spot.first_line, name), _Lost(spot.file, name, spot.first_line))
            one.lines += [spot.line] * (spot.line not in one.lines)
            one.values.append(eqn.output)
    for eqn in point.graph.eqns:
        for spot, name in _names(point, eqn) if found and eqn.output in reached else ():
            same = found.get((spot.file, spot.first_line, name))
            if same is not None and all(v.shape == eqn.output.shape for v in same.values):
                same.kept = eqn.output  # the last one is what the name stood for in the end
    for one in found.values():
        if one.kept is not None or all(np.size(v.value) == 1 for v in one.values):
            yield one


def _with(point: Point, name: str) -> Backprop | None:
    """The loss with what was lost under this name added to what was kept under it, or to the loss itself."""
    assert point.graph is not None
    lost = [one for one in _lost(point) if one.name == name]
    if not lost:
        return None
    into: dict[Var, list[Var]] = {}
    (output,) = point.graph.outputs
    assert isinstance(output, Var)
    for one in lost:
        into.setdefault(one.kept or output, []).extend(one.values)
    # a part may have been computed after what it belongs to: what is kept is read from the end of the program on
    order = {e.output: k for k, e in enumerate(point.graph.eqns)}
    if any(order[v] > order[kept] and kept is not output for kept, values in into.items() for v in values):
        return None
    eqns: list[Eqn] = []
    new: dict[Var, Var] = {}
    with np.errstate(all="ignore"):
        for eqn in point.graph.eqns:
            inputs = tuple(new.get(a, a) if isinstance(a, Var) else a for a in eqn.inputs)
            if inputs != eqn.inputs:
                value = eqn.primitive.fn(*(a.value if isinstance(a, Var) else a for a in inputs), **eqn.params)
                new[eqn.output] = Var(value, eqn.output.name)
                eqn = Eqn(eqn.primitive, inputs, eqn.params, new[eqn.output], eqn.where, eqn.of)
            eqns.append(eqn)
            if eqn.output in into and eqn.output is not output:
                _sum(eqns, new, eqn, eqn.output, into[eqn.output])
        end = new.get(output, output)
        for values in [into[output]] if output in into else ():
            last = next(e for e in reversed(eqns) if e.output is end)
            _sum(eqns, new, last, output, values)
    return Backprop(recognised(Graph(point.graph.inputs, tuple(eqns), (new.get(output, output),))))


def _sum(eqns: list[Eqn], new: dict[Var, Var], like: Eqn, old: Var, values: list[Var]) -> None:
    """Add values to one that the program goes on with."""
    total = new.get(old, old)
    for value in values:
        value = new.get(value, value)
        parts = np.reshape(value.value, np.shape(total.value)), total.value
        output = Var(np.asarray(parts[0] + parts[1]))
        eqns.append(Eqn(PRIMITIVES["numpy.add"], (total, value), {}, output, like.where))
        total = output
    new[old] = total


def _ancestors(graph: Graph) -> set[Any]:
    reached: set[Any] = set(graph.outputs)
    for eqn in reversed(graph.eqns):
        if eqn.output in reached:
            reached.update(a for a in eqn.inputs if isinstance(a, Var))
    return reached


def _names(point: Point, eqn: Eqn) -> list[tuple[Spot, str]]:
    """The names that the statement which computed something gives a value, or puts one into."""
    stack = point.stacks.get(eqn.output)
    spots = stack.spots[:1] if stack is not None else ()
    return [(spot, name) for spot in spots for name in _written(spot.file, spot.first_line, spot.line)]


@lru_cache(maxsize=4096)
def _written(file: str, first_line: int, line: int) -> list[str]:
    found = []
    for node in _function(file, first_line):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0):
            found += [root_of(t) for t in targets_of(node)]
            call = node.value if isinstance(node, ast.Expr) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in LATER:
                found.append(root_of(call.func.value))
    return list(dict.fromkeys(found))


@lru_cache(maxsize=64)
def _function(file: str, first_line: int) -> list[ast.AST]:
    """All that stands in the function that begins on a line, or in the whole file."""
    tree = parsed(text_in(file))
    if tree is None:
        return []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and first_line in (node.lineno, *(d.lineno for d in node.decorator_list)):
            return list(ast.walk(node))
    return list(ast.walk(tree))


def _said(lost: _Lost, before: float, after: float) -> Iterator[Finding]:
    """The line that writes over what was computed; where there is none, the line that leaves it out."""
    nodes = _function(lost.file, lost.first_line)
    over = [n for n in nodes if isinstance(n, ast.Assign) and _anew(n, lost.name)]
    # in the same loop, or behind
    loops = [
        n
        for n in nodes
        if isinstance(n, ast.For | ast.While) and any(n.lineno <= line <= (n.end_lineno or 0) for line in lost.lines)
    ]
    again = [n.lineno for n in over if any(n in ast.walk(loop) for loop in loops)]
    behind = [n.lineno for n in over if n.lineno > max(lost.lines)]
    places: list[int] = list(dict.fromkeys([*again, *behind]))[:3]
    count = len(lost.values)
    values = f"{count} values of {lost.name} never reach" if count > 1 else f"a value of {lost.name} never reaches"
    proof = (
        f"the loss is {before:.4g}, with {'them' if count > 1 else 'it'} it is {after:.4g}, "
        f"and your gradient is exactly that of this sum"
    )
    evidence = {"values_lost": count, "loss": before, "loss_with_them": after}
    if places:
        message = f"{lost.name} is written over here before anything has read it: {values} the loss. "
        fix = (
            f"Set {lost.name} before the loop, and add to it in the loop: {lost.name} += ..."
            if again
            else f"Add to {lost.name} instead of writing over it"
        )
        code = "overwritten-in-the-loss"
    else:
        message = f"{values[:1].upper()}{values[1:]} the loss: nothing reads it. "
        fix = f"Add {lost.name} to the loss"
        code = "left-out-of-the-loss"
        places = list(dict.fromkeys([*returns_of(lost.file, lost.first_line)[-1:], *lost.lines[:1]]))
    for i, line in enumerate(places):
        yield Finding(
            code,
            "loss",
            message + proof[:1].upper() + proof[1:] + "." if not i else f"Or here: {lost.name} is lost.",
            fix,
            (),
            lost.file,
            line,
            evidence,
            source_line(lost.file, line),
            hint="Follow each part of the loss from the line that computes it to the number that is returned.",
            certain=i == 0,
        )


def _anew(node: ast.Assign, name: str) -> bool:
    """Whether a statement gives a name a value without reading it."""
    own = any(root_of(t) == name for t in targets_of(node))
    return own and not any(
        isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load) and ast.unparse(n) == name
        for n in ast.walk(node.value)
    )
