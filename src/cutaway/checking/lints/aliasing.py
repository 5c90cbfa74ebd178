"""Two names of one array: what is written to one is written to the other."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.lines.places import (
    at_each,
    mentions,
    name_of,
    origin_of,
    statements_at,
    text_of,
    tree_of,
    whole_targets,
)
from cutaway.checking.lints.update.steps import own_gradients
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Change, last_name
from cutaway.checking.running.observe import Observation, log_of, logs_of, observe

HINT = "Which of your names are two names of one array?"


def same_array(case: Case) -> Iterator[Finding]:
    """A list whose entries are one and the same array, which is written to in place."""
    for log in logs_of(case):
        written: dict[int, int] = {}
        for c in log.changes:
            if c.inplace and isinstance(c.new, np.ndarray):
                written[c.identity] = max(c.at, written.get(c.identity, 0))
        entries: dict[Any, dict[Any, Change]] = {}
        for c in log.changes:
            if isinstance(c.new, np.ndarray) and len(c.slot[1]) > 1 and c.identity in written and not c.inplace:
                entries.setdefault((c.slot[0], c.slot[1][:-1], c.identity), {}).setdefault(c.slot[1][-1], c)
        for (_, path, identity), found in entries.items():
            changes = sorted(found.values(), key=lambda c: c.at)
            if len(changes) < 2 or written[identity] <= changes[0].at:
                continue
            if not all(isinstance(c.slot[1][-1], int) for c in changes):
                continue
            last = changes[-1]
            name = last.name.rsplit("[", 1)[0]
            grown = last.at > changes[0].at
            first = changes[0]
            where = (first.file, first.line)
            yield Finding(
                "history-of-one-array" if grown else "shared-array",
                "reporting" if grown else "update",
                f"{len(changes)} entries of {name} are one and the same array, so what is written to one is "
                f"written to all.",
                f"Keep a copy: {name}.append(a.copy())."
                if grown
                else "Make a new array for each: [np.zeros(s) for s in shapes].",
                (),
                *where,
                {"entries": len(changes), "distinct_arrays": 1, "list": str(path[0]) if path else name},
                text_of(case, where),
                hint=HINT,
            )
            return


def shared_parameters(case: Case) -> Iterator[Finding]:
    """Two parameters that are one array, which each moves in place along a gradient of its own."""
    seen = observe(case)
    moving = {n: c for n, c in seen.first.items() if seen.steps[n]} if seen is not None else {}
    for (one, a), (other, b) in itertools.combinations(moving.items(), 2):
        if a.identity != b.identity or a.slot == b.slot or not all(_in_place(seen, n) for n in (one, other)):
            continue
        gradients = own_gradients(case) if case.gradients is not None else {}
        apart = [gradients[n] for n in (one, other) if n in gradients]
        if len(apart) < 2 or apart[0].shape != apart[1].shape or np.allclose(apart[0], apart[1]):
            continue
        made = origin_of(case, other, one)
        finding = Finding(
            "shared-array",
            "update",
            f"{one} and {other} are two names of one array, so each step of one moves the other too, which has another "
            "gradient.",
            f"Make an array for each: a copy, {other} = {one}.copy(), or better numbers of its own.",
            (one, other),
            evidence={"distinct_arrays": 1, "names": 2},
            hint=HINT,
        )
        first = next(at_each(case, finding, [made, (b.file, b.line)], ""))
        yield from (first, replace(first, kind="initialization", message="It begins with this line.", certain=False))
        return


def _in_place(seen: Observation | None, name: str) -> bool:
    return seen is not None and any(c.inplace for step in seen.steps[name] for c in step.changes)


def kept_by_reference(case: Case) -> Iterator[Finding]:
    """``best = W`` in a loop that then writes to W in place: both names show the newest numbers."""
    log = log_of(case)
    if log is None:
        return
    named: dict[int, list[Change]] = {}
    for c in log.changes:
        if isinstance(c.new, np.ndarray) and not c.inplace and c.loops:
            named.setdefault(c.identity, []).append(c)
    # of each line that writes to an array, the last time counts: all that was named before it
    written = {
        (c.identity, c.slot, c.line): c
        for c in log.changes
        if c.inplace and isinstance(c.new, np.ndarray) and c.loops and c.identity in named
    }
    over = {call.frame: call.returned for call in log.calls if call.returned >= 0}
    for c in written.values():
        for other in [o for o in named.get(c.identity, []) if o.slot != c.slot and o.at < c.at]:
            if over.get(other.slot[0], c.at) < c.at:
                continue  # a name of a call that is over
            for node in statements_at(case, (other.file, other.line)):
                if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                    continue
                target, value = _pair(node, other.name)
                to, source = name_of(target), name_of(value)
                if isinstance(value, ast.Tuple | ast.List):
                    source = next((n for x in value.elts if (n := name_of(x)) and _writes(case, c, n)), "")
                elif to not in (last_name(other.name), other.name.split("[", 1)[0]):
                    continue
                if not to or not source or to == source or not _writes(case, c, source):
                    continue
                if not _conditional(case, other.file, node) and not _read_after(case, other.file, node, c.line, to):
                    continue
                where = (other.file, other.line)
                yield Finding(
                    "kept-by-reference",
                    "update",
                    f"{to} is another name for the array of {source}, which line {c.line} goes on writing to: what was "
                    "kept changes with it.",
                    f"Keep a copy: {to} = {source}.copy()",
                    (),
                    *where,
                    {"written_to_in_line": c.line, "distinct_arrays": 1},
                    text_of(case, where),
                    text_of(case, where).replace(f"= {ast.unparse(value)}", f"= {ast.unparse(value)}.copy()", 1),
                    hint=HINT,
                )
                return


def _pair(node: ast.Assign, name: str) -> tuple[ast.expr, ast.expr]:
    """The target and the value of an assignment; of several at once, those of this name."""
    target, value = node.targets[0], node.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=False)
        return next(
            ((t, v) for t, v in pairs if name_of(t) in (last_name(name), name.split("[", 1)[0])), (target, value)
        )
    return target, value


def _conditional(case: Case, file: str, statement: ast.stmt) -> bool:
    """Whether a statement stands under an ``if`` within a loop: something is kept that comes only now and then."""
    tree = tree_of(case, file)
    if tree is None:
        return False
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and any(
            getattr(n, "lineno", 0) == statement.lineno and isinstance(n, ast.Assign) for n in ast.walk(node)
        ):
            return True
    return False


def _read_after(case: Case, file: str, statement: ast.stmt, line: int, name: str) -> bool:
    """Whether a loop reads the name again behind ``line``: an old value is wanted there."""
    tree = tree_of(case, file)
    for loop in ast.walk(tree) if tree is not None else ():
        if isinstance(loop, ast.For | ast.While) and loop.lineno < statement.lineno <= line <= (loop.end_lineno or 0):
            for n in ast.walk(loop):
                if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) and n.lineno > line:
                    return True
    return False


def _writes(case: Case, c: Change, name: str) -> bool:
    """Whether the line of a change writes to what is kept under a name."""
    targets = [t for node in statements_at(case, (c.file, c.line)) for t in whole_targets(node)[:1]]
    return any(mentions(target, name) for target in targets)
