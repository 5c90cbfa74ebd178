"""A program in which nothing moves: its steps go to names of their own, ``for w, g in zip(Ws, gs): w = w - 0.1 * g``.

A name that a loop or a call gave is bound to a new array, nobody reads it again, and each round begins with the same
numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import text_of
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.program import Program

ROUNDS = 3  # that begin with the same numbers
Scope = ast.For | ast.FunctionDef


def resting_case(program: Program, log: Log) -> Case | None:
    """A case of the arrays whose steps are lost, with what is to be said of them; None if there are none."""
    lines: dict[int, list[Change]] = {}
    names: dict[int, str] = {}
    for name, statement in _rebound(program.tree):
        changes = [c for c in log.changes if c.line == statement.lineno and c.name == name and c.file == program.path]
        changes = [c for c in changes if np.shape(c.old) == np.shape(c.new) and c.old is not None and c.loops]
        starts = _distinct(changes)
        if starts and len(changes) >= ROUNDS * len(starts) and not _held(log, changes):
            lines[statement.lineno], names[statement.lineno] = changes, name
    if not lines:
        return None
    params: dict[str, Array] = {}
    for line, changes in lines.items():
        starts = _distinct(changes)
        params |= {f"{names[line]}{i if len(starts) > 1 else ''}": np.array(s, float) for i, s in enumerate(starts)}
    case = Case(
        params, None, None, file=program.path, source=program.source, notes={"program": program, "loop_log": log}
    )
    listed = " and ".join(dict.fromkeys(names.values()))
    for line, changes in lines.items():
        where = (program.path, line)
        moved = max(float(np.abs(np.asarray(c.new) - np.asarray(c.old)).max()) for c in changes)
        case.notes.setdefault("findings", []).append(
            Finding(
                "result-not-kept",
                "update",
                f"Here {names[line]} becomes the name of a new array, which nobody reads; what it was taken from keeps "
                f"the old one. All {len(changes)} steps begin with the same numbers, and nothing is ever trained.",
                f"Change the array itself ({names[line]} -= ..., or {names[line]}[...] = ...), or put the new one back "
                "where it came from.",
                tuple(params),
                *where,
                {"steps": len(changes), "largest_step": moved, "parameters_that_changed": 0},
                text_of(case, where),
                hint=f"Print {listed} at the start of every round.",
            )
        )
    return case


def _rebound(tree: ast.Module) -> Iterator[tuple[str, ast.Assign]]:
    """Statements ``w = w - ...`` of a name that a loop or an argument gave, and that is not read behind it."""
    for scope in ast.walk(tree):
        if not isinstance(scope, Scope):
            continue
        given = (
            {n.id for n in ast.walk(scope.target) if isinstance(n, ast.Name)}
            if isinstance(scope, ast.For)
            else {a.arg for a in (*scope.args.args, *scope.args.kwonlyargs)}
        )
        for node in scope.body:
            target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
            if not isinstance(target, ast.Name) or target.id not in given or not isinstance(node, ast.Assign):
                continue
            steps = isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add | ast.Sub)
            if steps and _reads(node.value, target.id) and not _read_behind(tree, scope, node, target.id):
                yield target.id, node


def _reads(node: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in ast.walk(node))


def _read_behind(tree: ast.Module, scope: Scope, node: ast.stmt, name: str) -> bool:
    """Whether a name is read after a statement, before the loop or the call gives it another value."""
    if any(_reads(later, name) for later in scope.body if later.lineno > node.lineno):
        return True
    if isinstance(scope, ast.FunctionDef):
        return False
    around = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.lineno <= scope.lineno]
    inside = [f for f in around if (scope.end_lineno or 0) <= (f.end_lineno or 0)]
    behind = ast.walk(inside[-1] if inside else tree)
    reads = [n for n in behind if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
    bound = {
        n.lineno
        for n in ast.walk(inside[-1] if inside else tree)
        if isinstance(n, ast.For | ast.comprehension)
        for n in ast.walk(n.target)
        if isinstance(n, ast.Name) and n.id == name and n.lineno > (scope.end_lineno or 0)
    }
    return any(n.lineno > (scope.end_lineno or 0) and not any(b <= n.lineno for b in bound) for n in reads)


def _distinct(changes: list[Change]) -> list[Array]:
    found: list[Array] = []
    for c in changes:
        if not any(np.array_equal(c.old, other) for other in found):
            found.append(c.old)
    return found


def _held(log: Log, changes: list[Change]) -> bool:
    """Whether some of the new values are also had by another name."""
    own = {c.slot for c in changes}
    return any(
        np.shape(c.new) == np.shape(changes[0].new) and c.slot not in own and np.array_equal(c.new, changes[0].new)
        for c in log.changes
        if c.at >= changes[0].at
    )
