"""A result that is thrown away: ``np.clip(p, 1e-7, 1)`` alone on its line leaves ``p`` as it was.

That such a line changes nothing needs no proof; that it was meant to is shown by the numbers, which it would have
changed, and by the name, which is read again. It is looked for in the file, in the loss, where that is not finite any
more, and in the whole training.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.lines.places import at_each, name_of, targets_of, tree_of
from cutaway.checking.lints.data.unseen_rows import tables
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding, Kind
from cutaway.checking.running.log import Log
from cutaway.checking.running.lost import (
    LIMITS,
    LONGER,
    SAMPLES,
    SHAPES,
    TYPES,
    Lost,
    first_of,
    subject_of,
)
from cutaway.checking.running.observe import STEPS, logs_of, watched
from cutaway.checking.running.quiet import call as call_quietly

SECONDS = 1.5  # that the whole training may take
USEFUL = (*LIMITS, *SHAPES, *TYPES, "add", "subtract", "multiply", "divide", "true_divide")
HINT = "Which lines compute something that nothing uses?"


def thrown_away(case: Case) -> Iterator[Finding]:
    """Calls whose value is lost, though it is another than what they were given and that is read again."""
    program = case.notes.get("program")
    if program is None or not program.lost:
        return
    tree = tree_of(case, case.file)
    calls = {n: call for n, call in program.lost.items() if tree is not None and _is_missed(tree, call)}
    where_seen: dict[int, tuple[str, Lost]] = {}
    for place, log in _logs(case, calls):
        for number, lost in log.lost.items():
            if number in calls and lost.changed and number not in where_seen:
                where_seen[number] = place, lost
        if len(where_seen) == len(calls):
            break
    for number, (place, lost) in where_seen.items():
        yield from _findings(case, calls[number], place, lost)


def _logs(case: Case, calls: dict[int, ast.Call]) -> Iterator[tuple[str, Log]]:
    """What was seen of each part of the program: the parts that take longer come last."""
    if not calls:
        return
    if case.loss is not None:
        yield "loss", watched(case, case.loss, case.copies(), calls_only=True)[1]
        later = case.notes.get("descended to")  # where the loss is not finite any more, if it is so somewhere
        if later is not None:
            yield "loss", watched(case, case.loss, {n: np.array(v) for n, v in later.items()}, calls_only=True)[1]
    for log in logs_of(case):
        yield "program" if log is case.notes.get("log") else "loop", log
    if case.gradients is not None:
        yield "loop", watched(case, case.gradients, case.copies(), calls_only=True)[1]
    if case.train is not None and case.steps > STEPS:
        started = time.process_time()
        watched(case, case.train, STEPS, calls_only=True)
        each = (time.process_time() - started) / STEPS
        steps = min(case.steps, int(SECONDS / max(each, 1e-6)))
        if steps > STEPS:
            yield "loop", watched(case, case.train, steps, calls_only=True)[1]


def _findings(case: Case, call: ast.Call, place: str, lost: Lost) -> Iterator[Finding]:
    function, subject = name_of(call.func), _subject(call)
    shown = ast.unparse(call)
    before, after = np.asarray(lost.before), np.asarray(lost.first)
    evidence: dict[str, Any] = {"carried_out": lost.count, "with_another_result": lost.changed}
    if function in SAMPLES and before.ndim == 0:
        what, target = f"{after.size} numbers are drawn in another order, and nothing takes them", "order"
    elif before.shape != after.shape:
        what, target = f"{subject} stays of shape {before.shape}, and the result has {after.shape}", subject
    elif before.dtype.kind != after.dtype.kind:
        what, target = f"{subject} stays of {before.dtype}, and the result is of {after.dtype}", subject
    else:
        other = before != after
        i = np.unravel_index(int(np.argmax(other)), other.shape) if other.ndim else ()
        what = f"{subject} stays as it was, and {int(np.sum(other))} of its {other.size} numbers would have changed, "
        what, target = what + f"as {before[i]:.6g} to {after[i]:.6g}", subject
        evidence |= {"numbers_that_would_change": int(np.sum(other)), "before": before[i], "after": after[i]}
    where = (case.file, call.lineno)
    finding = Finding(
        "result-thrown-away",
        _kind(case, call, place, lost),
        f"The result of {shown} is thrown away: {what}.",
        f"Keep it: {target} = {shown}",
        (),
        *where,
        evidence,
        corrected=f"{target} = {shown}",
        hint=HINT,
    )
    certain = bool(lost.loops) or _in_function(case, call) or _is_worth_it(case, call, lost)
    yield from at_each(case, replace(finding, certain=certain), [where], "")


def _is_worth_it(case: Case, call: ast.Call, lost: Lost) -> bool:
    """Whether the loss can be computed with the result, and is another with it.

    A line that stands outside of all functions and loops may be there to show its value, as in a notebook; so it must
    be the only one that does, and none whose value is good to look at.
    """
    program, name = case.notes["program"], _subject(call)
    if name_of(call.func) not in USEFUL or name not in program.namespace or case.loss is None:
        return False
    tops = [n.value for n in program.tree.body if isinstance(n, ast.Expr) and not isinstance(n.value, ast.Constant)]
    if sum(isinstance(v, ast.Name | ast.Attribute | ast.Subscript) or subject_of(v) is not None for v in tops) > 1:
        return False
    kept = program.namespace[name]
    try:
        before = float(np.asarray(call_quietly(case.loss, case.params)))
        program.namespace[name] = lost.first
        after = float(np.asarray(call_quietly(case.loss, case.params)))
    except Exception:
        return False
    finally:
        program.namespace[name] = kept
    return np.isfinite(after) and (before != after or name_of(call.func) in TYPES)


def _in_function(case: Case, call: ast.Call) -> bool:
    tree = tree_of(case, case.file)
    functions = (n for n in (ast.walk(tree) if tree is not None else ()) if isinstance(n, ast.FunctionDef))
    return any(n.lineno < call.lineno <= (n.end_lineno or 0) for n in functions)


def _kind(case: Case, call: ast.Call, place: str, lost: Lost) -> Kind:
    """What kind of mistake it is, from where the line stands and what it was given."""
    function, subject = name_of(call.func), lost.before
    if place == "loss":
        zero = any(isinstance(a, ast.Constant) and a.value == 0 for a in call.args)  # that is an activation
        return "numerics" if function == "clip" or (function in LIMITS and not zero) else "loss"
    if function in SAMPLES:
        return "data"
    numbers = np.asarray(subject)
    if function in LONGER and numbers.ndim == 1 and len(lost.first) == len(numbers) + 1 and lost.loops:
        return "reporting"
    graph = recorded_loss(case)
    if graph is not None and any(numbers.shape[:1] == (d.shape[axis],) for d, axis in tables(graph)):
        return "data"
    if any(numbers.shape == np.shape(v) for v in case.params.values()):
        return "update" if place == "loop" or lost.loops else "initialization"
    return "data" if place == "program" else "update"


def _subject(call: ast.Call) -> str:
    function = call.func
    own = isinstance(function, ast.Attribute) and ast.unparse(function.value) not in ("np", "numpy", "jnp")
    if own and isinstance(function, ast.Attribute) and function.attr not in SAMPLES:
        return ast.unparse(function.value)
    return ast.unparse(first_of(call))


# In the program -------------------------------------------------------------------------------------------------------


def _is_missed(tree: ast.Module, call: ast.Call) -> bool:
    """Whether what the call was made of is read again, and nothing else takes such a result.

    At the end of a notebook's cell such a line only shows its value: there a later line does the same for good.
    """
    inner: ast.AST = tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.lineno <= call.lineno <= (node.end_lineno or 0):
            inner = node
    if name_of(call.func) in SAMPLES:
        return inner is not tree or _in_loop(tree, call.lineno)
    subject = ast.parse(_subject(call), mode="eval").body
    while isinstance(subject, ast.Subscript):
        subject = subject.value
    name = name_of(subject)
    nodes = [n for n in ast.walk(tree if isinstance(subject, ast.Attribute) else inner) if hasattr(n, "lineno")]
    kept = any(
        isinstance(n, ast.Assign)
        and any(name_of(t) == name for t in targets_of(n))
        and any(isinstance(c, ast.Call) and name_of(c.func) == name_of(call.func) for c in ast.walk(n.value))
        and n.lineno >= call.lineno
        for n in nodes
    )
    again = isinstance(subject, ast.Attribute) or _in_loop(inner, call.lineno)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)] if inner is tree else []
    called_later = {id(n) for f in functions for n in ast.walk(f)}
    reads = (
        n
        for n in nodes
        if name_of(n) == name and isinstance(getattr(n, "ctx", None), ast.Load) and n.lineno != call.lineno
    )
    return not kept and any(again or n.lineno > call.lineno or id(n) in called_later for n in reads)


def _in_loop(tree: ast.AST, line: int) -> bool:
    loops = (n for n in ast.walk(tree) if isinstance(n, ast.For | ast.While))
    return any(n.lineno < line <= (n.end_lineno or 0) for n in loops)
