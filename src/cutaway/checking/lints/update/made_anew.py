"""A velocity or a moment that is made of zeros again in every step, so that no step carries on the last one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, at_each, root_of, statements_at, targets_of, tree_of
from cutaway.checking.lints.update.steps import HINT
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.observe import observe

ROUNDS = 3  # in which it must be zero before it is carried on


def made_anew(case: Case) -> Iterator[Finding]:
    """``v = mu * v + g`` where ``v`` is zero before, in every round of the loop."""
    seen = observe(case)
    if seen is None:
        return
    carried: dict[tuple[str, Where], list[Change]] = {}
    zeros: dict[object, Change] = {}  # by slot, and by array: where it began in this round
    made: dict[tuple[str, Where], Change] = {}
    for c in seen.log.changes:
        if not isinstance(c.new, np.ndarray) or c.new.dtype.kind != "f":
            continue
        if not np.any(c.new):
            zeros[c.slot] = c
            first = zeros.get(c.identity)
            if not c.inplace and (first is None or first.loops[:1] != c.loops[:1]):
                zeros[c.identity] = c
        elif c.loops and any(
            (carries(n) or _after_decay(case, c.file, n)) and _gives(n, c.name)
            for n in statements_at(case, (c.file, c.line))
        ):
            key = c.name.rsplit("[", 1)[0], (c.file, c.line)
            carried.setdefault(key, []).append(c)
            maker = zeros.get(c.identity) if c.inplace else None
            maker = maker or zeros.get(c.slot)
            if maker is not None:
                made[key] = maker
    shapes = {np.shape(v) for v in case.params.values()}
    done: set[Where] = set()
    for (name, line), changes in carried.items():
        rounds = {c.loops[0] for c in changes}
        before = [c.old for c in changes]
        if len(rounds) < ROUNDS or any(np.shape(c.new) not in shapes for c in changes):
            continue
        if any(old is not None and np.any(old) for old in before):
            continue
        maker = made.get((name, line))
        where = (maker.file, maker.line) if maker is not None and maker.loops else None
        where = _object_made(seen.log, changes[-1]) or where or line
        if where in done:
            continue
        done.add(where)
        tree = tree_of(case, where[0])
        loops = (n for n in ast.walk(tree) if isinstance(n, ast.For)) if tree is not None else ()
        looped = any(n.lineno == where[1] for n in loops)
        finding = Finding(
            "velocity-reset",
            "update",
            f"{name} is all zeros before each of the {len(changes)} times that line {line[1]} carries it on, in "
            f"{len(rounds)} rounds: "
            + (
                "the name of the loop gets the new one, and what it was taken from stays as it was."
                if looped
                else "it is made anew in every step, so no step knows of the last one."
            ),
            f"Write into the array: {name}[...] = ..." if looped else f"Make {name} once, before the loop.",
            tuple(n for n, v in case.params.items() if np.shape(v) == np.shape(changes[0].new)),
            evidence={"rounds": len(rounds), "times_carried_on": len(changes), "largest_before": 0.0},
            hint=HINT,
        )
        yield from at_each(case, finding, (line, where) if looped else (where, line), "Or here.", certain=True)


def _gives(node: ast.stmt, name: str) -> bool:
    """Whether a statement gives this name its value, not another one that stands on the same line."""
    own = name.split("[", 1)[0].rpartition(".")[2]
    return own in {root_of(t).rpartition(".")[2] for t in targets_of(node)}


def carries(node: ast.stmt) -> bool:
    """Whether a statement gives a name its own old value, times something, plus something new."""
    if isinstance(node, ast.AugAssign):
        target = ast.unparse(node.target)
        return isinstance(node.op, ast.Add | ast.Sub) and any(
            ast.unparse(n) == target for n in ast.walk(node.value) if isinstance(n, ast.expr)
        )
    if not isinstance(node, ast.Assign):
        return False
    return any(_times_itself(node.value, ast.unparse(t)) for t in targets_of(node))


def _after_decay(case: Case, file: str, node: ast.stmt) -> bool:
    """``v += g`` where the same function has ``v *= mu`` just before."""
    if not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Add | ast.Sub):
        return False
    tree = tree_of(case, file)
    for block in ast.walk(tree) if tree is not None else ():
        body = getattr(block, "body", None)
        if isinstance(body, list) and node in body[1:]:
            before = body[body.index(node) - 1]
            decays = isinstance(before, ast.AugAssign) and isinstance(before.op, ast.Mult)
            return decays and ast.unparse(before.target) == ast.unparse(node.target)
    return False


def _times_itself(value: ast.expr, target: str) -> bool:
    """Whether an expression is a sum that has ``mu * target`` in it, with another name or a number."""
    if not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Add | ast.Sub):
        return False
    for part in ast.walk(value):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            sides = [_looked_up(part.left), _looked_up(part.right)]
            other = [s for s in (part.left, part.right) if _looked_up(s) != target]
            if target in sides and other and isinstance(other[0], ast.Name | ast.Attribute | ast.Constant | ast.BinOp):
                return True
    return False


def _looked_up(node: ast.expr) -> str:
    """An expression as text; ``d.get(k, zeros)`` as ``d[k]``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
        return f"{ast.unparse(node.func.value)}[{ast.unparse(node.args[0])}]"
    return ast.unparse(node)


def _object_made(log: Log, c: Change) -> Where | None:
    """The line of a loop that makes the object that a change belongs to."""
    for call in log.calls:
        if (
            call.code.co_name == "__init__"
            and call.loops
            and call.at < c.at
            and id(call.arguments.get("self")) == c.slot[0]
        ):
            return c.file, call.caller_line
    return None
