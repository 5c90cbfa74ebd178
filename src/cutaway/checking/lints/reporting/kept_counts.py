"""A mean whose sum starts anew in every epoch while its count goes on: what is shown falls like 1, 1/2, 1/3."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, at_each, mentions, name_of, tree_of, whole_targets
from cutaway.checking.lints.recomputed import names_at, safely, with_attributes
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Change, Log, by_slot, last_name
from cutaway.checking.running.observe import logs_of

FEWEST = 3  # epochs that must be seen
CLOSE = 1e-9


def counts_kept(case: Case) -> Iterator[Finding]:
    """A sum that is set back in each round of a loop, divided by a count that is not."""
    for log in logs_of(case):
        slots = by_slot(c for c in log.changes if is_number(c.new))
        for slot, seen in slots.items():
            rounds = _set_back(seen)
            if rounds is None:
                continue
            for node, function in divisions(case, seen[0]):
                divisors = divisors_of(case, log, rounds, node.right)
                if divisors is None or not _grow(divisors) or not told(log, rounds[0], node, function):
                    continue
                counter = _counter(log, slots, node, slot)
                if counter is None:
                    continue
                case.notes["count kept"] = True  # of what is shown, nothing else has to be said
                times = divisors_of(case, log, rounds, node)
                shown = times or [float(c.new) / d for c, d in zip(rounds, divisors, strict=True)]
                yield from _findings(case, seen, node, shown, divisors, counter)
                return


def is_number(x: Any) -> bool:
    """Whether something is a plain number."""
    return isinstance(x, float | int | np.number) and not isinstance(x, bool)


def _set_back(seen: list[Change]) -> list[Change] | None:
    """Of a sum that is zero again in every round of a loop and grows in it: where it stands at the end of each."""
    loop = next((c.loops[0][:2] for c in seen if c.loops), None)
    rounds: dict[int, list[Change]] = {}
    for c in seen:
        if c.loops and c.loops[0][:2] == loop:
            rounds.setdefault(c.loops[0][2], []).append(c)
    if len(rounds) < FEWEST or list(rounds) != list(range(len(rounds))):
        return None
    for i, changes in rounds.items():
        zeros = [c for c in changes if float(c.new) == 0]
        if (i and not zeros) or not any(len(c.loops) > 1 or c.old is not None for c in changes):
            return None
    ends = [changes[-1] for changes in rounds.values()]
    values = [float(c.new) for c in ends]
    return ends if all(math.isfinite(v) and v for v in values) and len(set(values)) > 1 else None


def divisions(case: Case, c: Change) -> Iterator[tuple[ast.BinOp, ast.AST]]:
    """Where the program divides a number by something, each with the function that it stands in."""
    tree = tree_of(case, c.file) if c.file else None
    name = last_name(c.name)
    for scope in ast.walk(tree) if tree is not None else ():
        if isinstance(scope, ast.FunctionDef | ast.Module):
            for node in ast.walk(scope):
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                    left = node.left
                    while isinstance(left, ast.Call) and len(left.args) == 1:
                        left = left.args[0]
                    if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult):  # 100 * hits / seen
                        left = next((s for s in (left.left, left.right) if name_of(s) == name), left)
                    if name_of(left) == name:
                        yield node, scope


def divisors_of(case: Case, log: Log, ends: list[Change], node: ast.expr) -> list[float] | None:
    """What an expression is at the end of each round; None if it cannot be computed."""
    values = []
    following = [c.at for c in ends[1:]]
    for c, until in zip(ends, [*following, None], strict=True):
        at = max((d.at for d in log.changes if d.at >= c.at and d.loops[:1] == c.loops[:1]), default=c.at)
        at = at if until is None else min(at, until)
        expression, known = with_attributes(log, node, names_at(case, log, c, at), at, {})
        number = safely(c.file, expression, known)
        if not is_number(number):
            return None
        values.append(float(number))
    return values


def _grow(values: list[float]) -> bool:
    """Whether a divisor grows by the same number in each round."""
    first = values[0]
    return first > 0 and all(abs(v - (i + 1) * first) <= CLOSE * abs(v) for i, v in enumerate(values))


def told(log: Log, c: Change, node: ast.BinOp, function: ast.AST) -> bool:
    """Whether the mean is printed, kept in a list or returned in every round, under a name or as it is."""
    if not _in_each_round(log, c, node, function):
        return False
    telling = [
        n
        for n in ast.walk(function)
        if isinstance(n, ast.Return | ast.Yield) or (isinstance(n, ast.Call) and name_of(n.func) in _TELLING)
    ]
    if any(part is node for n in telling for part in ast.walk(n)):
        return True
    for statement in ast.walk(function):
        if isinstance(statement, ast.Assign) and any(part is node for part in ast.walk(statement.value)):
            targets = whole_targets(statement)
            if any(isinstance(t, ast.Subscript) for t in targets):
                return True
            names = {name_of(t) for t in targets} - {""}
            return any(mentions(n, name) for n in telling for name in names)
    return False


def _in_each_round(log: Log, c: Change, node: ast.BinOp, function: ast.AST) -> bool:
    """Whether a division stands in the loop whose rounds are meant, or in a function that each of them calls."""
    if any(_around(loop, node.lineno, c.line) for loop in ast.walk(function)):
        return True
    name = function.name if isinstance(function, ast.FunctionDef) else ""
    calls = [k for k in log.calls if k.code.co_name == name and k.loops]
    return len({k.loops[0][2] for k in calls if k.loops[0][:2] == c.loops[0][:2]}) >= FEWEST


def _around(loop: ast.AST, *lines: int) -> bool:
    """Whether these lines stand in a loop."""
    if not isinstance(loop, ast.For | ast.While):
        return False
    return all(loop.lineno <= line <= (loop.end_lineno or 0) for line in lines)


_TELLING = frozenset(("print", "append", "write", "info", "log", "debug", "format", "insert", "set_postfix"))


def _counter(log: Log, slots: dict[Any, list[Change]], node: ast.BinOp, own: Any) -> Change | None:
    """The first value of what the divisor counts with; None if it is but the number of a round."""
    texts = {ast.unparse(n) for n in ast.walk(node.right) if isinstance(n, ast.Name | ast.Attribute)}
    for slot, seen in slots.items():
        if slot == own or seen[0].name not in texts or len(seen) < 2:
            continue
        if all(float(b.new) > float(a.new) for a, b in itertools.pairwise(seen)):
            return seen[0]
    return None


def _findings(
    case: Case, seen: list[Change], node: ast.BinOp, shown: list[float], divisors: list[float], counter: Change
) -> Iterator[Finding]:
    name = seen[0].name
    right = [s * d / divisors[0] for s, d in zip(shown, divisors, strict=True)]
    finding = Finding(
        "count-never-reset",
        "reporting",
        f"{name} starts anew in every round of the loop, {counter.name} goes on counting: "
        f"{', '.join(f'{d:g}' for d in divisors[:3])}. So {ast.unparse(node)} shows "
        f"{', '.join(f'{x:.4g}' for x in shown[:3])}, where the means are {', '.join(f'{x:.4g}' for x in right[:3])}: "
        "it falls like 1, 1/2, 1/3.",
        f"Set {counter.name} back to 0 where {name} is.",
        evidence={"shown": shown[:6], "means": right[:6], "counts": divisors[:6]},
        hint=HINT,
    )
    file = seen[0].file
    zero = next((c for c in seen if c.loops and float(c.new) == 0), seen[0])
    places: list[Where] = [(file, node.lineno), (counter.file, counter.line), (zero.file, zero.line)]
    yield from at_each(case, finding, places, f"Or here: {counter.name} and {name} have to start together.", most=3)
