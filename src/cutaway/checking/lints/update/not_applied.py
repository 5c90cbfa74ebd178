"""A parameter that stays where it is although it has a gradient: its new value goes to another name, or is not made."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cutaway.checking.lines.places import (
    NOWHERE,
    Where,
    exchanged,
    line_of_value,
    name_of,
    statements_at,
    text_of,
    tree_of,
    where_of,
    whole_targets,
)
from cutaway.checking.lints.update.never_run import branches
from cutaway.checking.lints.update.steps import HINT, Seen
from cutaway.checking.optimizers import Rule
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import bare


def not_applied(
    case: Case, one: Seen, all_seen: list[Seen], rules: Mapping[str, tuple[Seen, Rule]]
) -> Iterator[Finding]:
    """A parameter that stays where it is although it has a gradient and others move."""
    if not rules and len(all_seen) > 1:
        return
    rate = next((r.rate for _, r in rules.values() if r.name == "sgd"), one.rate)
    first = one.steps[0]
    assert first.gradient is not None
    where, other = _kept_elsewhere(case, one, rate)
    evidence = {
        "steps": max((len(s.steps) for s in all_seen), default=1),
        "largest_change": 0.0,
        "largest_gradient": float(np.abs(first.gradient).max()),
    }
    if other is None and not one.sure:
        return
    if other is None:
        kept_from = branches(case, _moving_lines(rules))
        for last in kept_from or _forgotten(case, one, rules):
            yield Finding(
                "update-not-applied",
                "update",
                f"{one.name} never changes, though its gradient is up to {evidence['largest_gradient']:.3g}"
                + (": the condition here keeps it from being updated." if kept_from else "."),
                f"Update it as the others: {one.name} = {one.name} - lr * its gradient."
                if not kept_from
                else "Update all parameters, whatever this condition says.",
                (one.name,),
                *last,
                evidence,
                text_of(case, last),
                hint=HINT,
            )
        return
    corrected = ""
    for node in statements_at(case, where):
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        if isinstance(target, ast.Name) and target.id == other:
            corrected = exchanged(case, where, target, _own_name(node, one.name))
    yield Finding(
        "update-to-another-name",
        "update",
        f"The updated {one.name} is kept as {other}; {one.name} itself never changes.",
        f"Assign it to {one.name}" + (f": {corrected}" if corrected else "."),
        (one.name,),
        *where,
        evidence,
        text_of(case, where),
        corrected,
        hint=HINT,
    )


def _own_name(node: ast.stmt, name: str) -> str:
    """The parameter as this line calls it."""
    value = node.value if isinstance(node, ast.Assign) else None
    parts = list(ast.walk(value)) if value is not None else []
    names = [n.id for n in parts if isinstance(n, ast.Name)]
    fields = [n for n in parts if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    own = next((n for n in fields if isinstance(target, ast.Name) and n.attr == target.id), None)
    return name if name in names or not names else ast.unparse(own) if own is not None else names[0]


def _kept_elsewhere(case: Case, one: Seen, rate: float) -> tuple[Where, str | None]:
    """The line that computed the new value, and the name that got it."""
    for step in one.steps:
        if step.gradient is None:
            continue
        wanted = np.asarray(step.before, dtype=float) - rate * np.asarray(step.gradient, dtype=float)
        if not np.any(wanted != step.before):
            continue
        for change in one.log.changes:
            if not isinstance(change.new, np.ndarray) or change.new.shape != wanted.shape:
                continue
            if np.allclose(change.new, wanted, rtol=1e-9, atol=1e-12 * np.abs(wanted).max(initial=0)):
                return (change.file, change.line), bare(change.name)
    return NOWHERE, None


def _moving_lines(rules: Mapping[str, tuple[Seen, Rule]]) -> list[Where]:
    """The lines that move the parameters whose rules are known."""
    near: list[Where] = []
    for other, _ in rules.values():
        where = line_of_value(other.log, other.steps[0].after)
        where = where if where != NOWHERE else where_of(c for step in other.steps for c in step.changes)
        near += [where] * (where != NOWHERE and where not in near)
    return near


def _forgotten(case: Case, one: Seen, rules: Mapping[str, tuple[Seen, Rule]]) -> list[Where]:
    """Where a parameter is forgotten: its own line among those that update the others, or a list that lacks it."""
    near = _moving_lines(rules)
    loops = [w for where in near for w in _loops_over_names(case, where)]
    found = list(dict.fromkeys(loops))
    for file, line in near:
        tree = tree_of(case, file)
        for function in ast.walk(tree) if tree is not None else ():
            body = getattr(function, "body", None)
            if not isinstance(function, ast.FunctionDef | ast.For | ast.While) or not isinstance(body, list):
                continue
            if function.lineno <= line <= (function.end_lineno or 0):
                for node in ast.walk(function):
                    thrown = isinstance(node, ast.Expr) and isinstance(node.value, ast.BinOp)  # computed, not kept
                    if thrown and any(name_of(n) == bare(one.name) for n in ast.walk(node)):
                        found.insert(0, (file, node.lineno))  # type: ignore[attr-defined]
                    for target in whole_targets(node):
                        if name_of(target) == bare(one.name) and (file, target.lineno) not in found:
                            found.append((file, target.lineno))
    keys: dict[Any, dict[Any, Where]] = {}
    for c in one.log.changes:
        if len(c.slot[1]) > 1 and isinstance(c.new, np.ndarray):
            keys.setdefault((c.slot[0], c.slot[1][:-1]), {}).setdefault(c.slot[1][-1], (c.file, c.line))
    for entries in keys.values():
        if one.name not in entries and len(rules) > 1 and all(name in entries for name in rules):
            where = next(iter(entries.values()))
            found += [where] * (where not in found)
    return (found + near[:1] * bool(loops))[:3] or near[:1] or [NOWHERE]


def _loops_over_names(case: Case, where: Where) -> list[Where]:
    """The loop that counts or names what an updating line works on: it ends too early, or begins too late.

    Its variables stand on the line, in an index or a name, or are what the line writes into.
    """
    tree = tree_of(case, where[0])
    loops = [
        n
        for n in (ast.walk(tree) if tree is not None else ())
        if isinstance(n, ast.For) and n.lineno <= where[1] <= (n.end_lineno or 0)
    ]
    if not loops:
        return []
    inner = max(loops, key=lambda n: n.lineno)
    own = {n.id for n in ast.walk(inner.target) if isinstance(n, ast.Name)}
    used = {
        n.id
        for s in statements_at(case, where)
        for t in whole_targets(s)
        for n in ast.walk(t)
        if isinstance(n, ast.Name)
    }
    return [(where[0], inner.lineno)] if own & used else []


def noted(case: Case) -> Iterator[Finding]:
    """What was seen of updates that go astray while the program's loop was looked for."""
    yield from case.notes.get("findings", ())
