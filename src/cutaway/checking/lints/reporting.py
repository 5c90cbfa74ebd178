"""Are the printed and kept numbers those of the network? Sums never reset, lists of one array, odd accuracies."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.observe import observe
from cutaway.checking.places import Where, statements_at, text_of, tree_of
from cutaway.checking.records import Case, Finding
from cutaway.checking.watch import Change, Log, last_name
from cutaway.graph import Graph, Var

HINT = "Work out one printed number by hand, from the parameters of that moment."


def _log(case: Case) -> Log | None:
    seen = observe(case)
    return seen.log if seen is not None else case.notes.get("loop_log")


# Sums ---------------------------------------------------------------------------------------------------------------


def accumulating(case: Case) -> Iterator[Finding]:
    """A loss that is added up over the epochs and reported as if it were that of one."""
    log = _log(case)
    if log is None:
        return
    slots: dict[Any, list[Change]] = {}
    for c in log.changes:
        if isinstance(c.new, float | np.floating) or (isinstance(c.new, np.ndarray) and c.new.ndim == 0):
            slots.setdefault(c.slot, []).append(c)
    for seen in slots.values():
        growing = [c for c in seen if c.loops and c.old is not None and _adds(case, c)]
        if len(growing) < 3 or (seen[0].loops and seen[0].loops[0][:2] == growing[0].loops[0][:2]):
            continue  # it starts inside the loop: it is reset there
        others = [c for c in seen[1:] if c not in growing]
        outer = {c.loops[0][2] for c in growing if c.loops[0][:2] == growing[0].loops[0][:2]}
        if others or len(outer) < 3:
            continue
        totals = {c.loops[0][2]: float(c.new) for c in growing}
        shown = _reported(case, log, growing, totals)
        if shown is None:
            continue
        c = growing[0]
        where = (c.file, c.line)
        parts = [float(b.new) - float(a.new) for a, b in itertools.pairwise(growing)]
        yield Finding(
            "loss-accumulates",
            "reporting",
            f"{c.name} is added to in every round of the loop and never set back, so {shown} shows a sum that can only "
            f"grow: {', '.join(f'{float(g.new):.4g}' for g in growing[:4])}; the single values are "
            f"{', '.join(f'{x:.4g}' for x in parts[:3])}.",
            f"Set {c.name} to zero at the start of each epoch, or assign instead of adding.",
            (),
            *where,
            {"shown": [float(g.new) for g in growing[:6]], "added": parts[:5]},
            text_of(case, where),
            _assigned(case, where),
            hint=HINT,
        )
        return


def summed(case: Case) -> Iterator[Finding]:
    """A reported number that is the sum of the losses of all steps so far."""
    seen = observe(case)
    if seen is None or case.loss is None or set(seen.steps) != set(case.params):
        return
    count = min((len(s) for s in seen.steps.values() if s), default=0)
    if count < 3:
        return
    try:
        with np.errstate(all="ignore"):
            losses = [
                float(case.loss({n: np.array(v) for n, v in seen.values(t).items()})) for t in range(min(count, 5))
            ]
    except Exception:
        return
    if not np.isfinite(losses).all() or not all(losses):
        return
    sums = np.cumsum(losses)
    slots: dict[Any, list[Change]] = {}
    for c in seen.log.changes:
        if isinstance(c.new, float | np.floating) and c.loops:
            slots.setdefault(c.slot, []).append(c)
    lists: dict[Any, dict[Any, float]] = {}
    for slot, changes in slots.items():
        if len(slot[1]) > 1 and isinstance(slot[1][-1], int):
            lists.setdefault((slot[0], slot[1][:-1]), {})[slot[1][-1]] = float(changes[0].new)
    kept = [[entries[i] for i in sorted(entries)][: len(sums)] for entries in lists.values()]
    if not any(
        len(k) == len(sums) and np.allclose(k, sums, rtol=1e-9, atol=0) for k in [*kept, seen.history[: len(sums)]]
    ):
        return  # a sum that is divided before it is shown is a mean
    for changes in slots.values():
        values = [float(c.new) for c in changes[: len(sums)]]
        if len(values) == len(sums) and np.allclose(values, sums, rtol=1e-9, atol=0):
            c = changes[1]
            where = (c.file, c.line)
            yield Finding(
                "loss-accumulates",
                "reporting",
                f"{c.name} is not the loss but the sum of all losses so far: "
                f"{', '.join(f'{x:.4g}' for x in values[:4])}, where "
                f"the loss is {', '.join(f'{x:.4g}' for x in losses[:4])}.",
                f"Set {c.name} to zero at the start of each epoch, or assign instead of adding.",
                (),
                *where,
                {"shown": values, "losses": losses},
                text_of(case, where),
                _assigned(case, where),
                hint=HINT,
            )
            return


def _adds(case: Case, c: Change) -> bool:
    """Whether the line adds to the name that changed."""
    for node in statements_at(case, (c.file, c.line)):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and _name(node.target) == last_name(c.name):
            return True
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add):
            own = {_name(t) for t in node.targets}
            if last_name(c.name) in own and {_name(node.value.left), _name(node.value.right)} & own:
                return True
    return False


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _reported(case: Case, log: Log, growing: list[Change], totals: dict[int, float]) -> str | None:
    """Where the sums are shown: in a list that gets one in every round, or printed; None if divided by the rounds."""
    last = growing[-1].loops[0][:2]
    by_list: dict[Any, list[Change]] = {}
    for c in log.changes:
        if len(c.slot[1]) > 1 and isinstance(c.new, float | np.floating) and c.loops and c.loops[0][:2] == last:
            by_list.setdefault((c.slot[0], c.slot[1][:-1]), []).append(c)
    for kept in by_list.values():
        values = [(totals.get(c.loops[0][2]), float(c.new), c) for c in kept]
        ratios = [v / t for t, v, _ in values if t]
        if len(ratios) >= 3 and np.ptp(ratios) <= 1e-9 * abs(ratios[0]) and ratios[0]:
            return values[0][2].name.rsplit("[", 1)[0]
    tree = tree_of(case, growing[0].file)
    name = last_name(growing[0].name)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Call) and _name(node.func) == "print":
            parts = [n for a in node.args for n in ast.walk(a)]
            divided = any(
                isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div) and _mentions(n.left, name) for n in parts
            )
            if any(_name(n) == name for n in parts) and not divided:
                return f"the print in line {node.lineno}"
    return None


def _mentions(node: ast.AST, name: str) -> bool:
    return any(_name(n) == name for n in ast.walk(node))


def _assigned(case: Case, where: Where) -> str:
    for node in statements_at(case, where):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            return text_of(case, where).replace("+=", "=", 1)
    return ""


def stale(case: Case) -> Iterator[Finding]:
    """A history that shows one value again and again while the loss of the parameters changes."""
    seen = observe(case)
    if seen is None or case.loss is None or len(seen.history) < 3 or set(seen.steps) != set(case.params):
        return
    shown = seen.history
    if len(set(shown)) > 1 or not np.isfinite(shown).all():
        return
    count = min((len(s) for s in seen.steps.values() if s), default=0)
    try:
        with np.errstate(all="ignore"):
            losses = [
                float(case.loss({n: np.array(v) for n, v in seen.values(t).items()})) for t in range(min(count, 4))
            ]
    except Exception:
        return
    if len(losses) < 3 or np.ptp(losses) <= 1e-9 * abs(losses[0]):
        return
    kept = [c for c in seen.log.changes if len(c.slot[1]) > 1 and np.ndim(c.new) == 0 and c.new == shown[0]]
    if len(kept) < 2:
        return
    where = (kept[1].file, kept[1].line)
    yield Finding(
        "loss-of-old-weights",
        "reporting",
        f"The history shows {shown[0]:.6g} again and again, while the loss of the parameters goes "
        f"{', '.join(f'{x:.6g}' for x in losses)}.",
        "Compute the loss anew in every step, from the parameters of that step.",
        (),
        *where,
        {"shown": shown[:4], "losses": losses},
        text_of(case, where),
        hint=HINT,
    )


# Lists of one array -------------------------------------------------------------------------------------------------


def same_array(case: Case) -> Iterator[Finding]:
    """A list whose entries are one and the same array, which is written to in place."""
    logs = [log for log in (case.notes.get("log"), _log(case)) if log is not None]
    for log in logs:
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
                hint="Which of your names are two names of one array?",
            )
            return


def kept_by_reference(case: Case) -> Iterator[Finding]:
    """``best = W`` in a loop that then writes to W in place: both names show the newest numbers."""
    log = _log(case)
    if log is None:
        return
    named: dict[int, list[Change]] = {}
    for c in log.changes:
        if isinstance(c.new, np.ndarray) and not c.inplace and c.loops:
            named.setdefault(c.identity, []).append(c)
    done: set[Any] = set()
    for c in log.changes:
        if not (c.inplace and isinstance(c.new, np.ndarray) and c.loops) or (c.identity, c.slot, c.line) in done:
            continue
        done.add((c.identity, c.slot, c.line))
        for other in [o for o in named.get(c.identity, []) if o.slot != c.slot and o.at < c.at]:
            for node in statements_at(case, (other.file, other.line)):
                if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                    continue
                to, source = _name(node.targets[0]), _name(node.value)
                if isinstance(node.value, ast.Tuple | ast.List):
                    source = next((n for x in node.value.elts if (n := _name(x)) and _writes(case, c, n)), "")
                elif last_name(other.name) != to:
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
                    text_of(case, where).replace(
                        f"= {ast.unparse(node.value)}", f"= {ast.unparse(node.value)}.copy()", 1
                    ),
                    hint="Which of your names are two names of one array?",
                )
                return


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
    for node in statements_at(case, (c.file, c.line)):
        target = (
            node.target
            if isinstance(node, ast.AugAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if target is not None and _mentions(target, name):
            return True
    return False


# Accuracies ---------------------------------------------------------------------------------------------------------


def odd_metric(case: Case) -> Iterator[Finding]:
    """A metric that compares every sample with every other, or takes the largest over the samples."""
    for fn, args in _metrics(case):
        graph = _recorded(fn, args)
        if graph is None:
            continue
        n = _samples(graph)
        for eqn in graph.eqns:
            shapes = [np.shape(a.value) if isinstance(a, Var) else np.shape(a) for a in eqn.inputs]
            out = np.shape(eqn.output.value)
            where = (eqn.where.file, eqn.where.line) if eqn.where else ("", 0)
            if len(shapes) == 2 and len(out) == 2 and out[0] == out[1] > 1 and {len(s) for s in shapes} <= {1, 2}:
                column = {(out[0], 1)} & set(shapes)
                row = {(out[0],), (1, out[0])} & set(shapes)
                if column and row and eqn.primitive.elementwise:
                    yield Finding(
                        "metric-broadcasts",
                        "reporting",
                        f"Arrays of shapes {shapes[0]} and {shapes[1]} are compared: that gives {out}, every "
                        f"sample with every "
                        "other, so the number is not an accuracy.",
                        f"Give both one shape: y.reshape(-1, 1), or predictions.ravel(): {out[0]} comparisons.",
                        (),
                        *where,
                        {"shapes": [list(s) for s in shapes], "result": list(out), "comparisons": int(np.prod(out))},
                        text_of(case, where),
                        hint=HINT,
                    )
                    return
            axis = eqn.params.get("axis")
            if eqn.primitive.name == "argmax" and isinstance(axis, int) and len(shapes[0]) == 2 and n:
                axis %= 2
                rows, classes = shapes[0][axis], shapes[0][1 - axis]
                if rows == n and classes != n and classes < n:
                    yield Finding(
                        "metric-axis",
                        "reporting",
                        f"The largest is taken over axis {axis}, the {n} samples, where it should be over the "
                        f"{classes} classes.",
                        f"Take argmax over axis {1 - axis}.",
                        (),
                        *where,
                        {"shape": list(shapes[0]), "axis": axis, "samples": n, "classes": classes},
                        text_of(case, where),
                        hint=HINT,
                    )
                    return


def _metrics(case: Case) -> Iterator[tuple[Callable[..., Any], tuple[Any, ...]]]:
    if case.metric is not None:
        yield case.metric, (case.copies(),)
    log, program = _log(case), case.notes.get("program")
    if log is None or program is None:
        return
    functions = {f.__code__: f for f in program.namespace.values() if hasattr(f, "__code__")}
    done = set()
    for call in log.calls:
        if call.code in functions and call.code not in done and isinstance(call.result, float | np.floating):
            done.add(call.code)
            arrays = [a for a in call.arguments.values() if isinstance(a, np.ndarray)]
            if arrays:
                yield functions[call.code], tuple(call.arguments.values())


def _recorded(fn: Callable[..., Any], args: tuple[Any, ...]) -> Graph | None:
    from cutaway.tracing import record

    try:
        with np.errstate(all="ignore"):
            return record(fn, *args).graph()
    except Exception:
        return None


def _samples(graph: Graph) -> int | None:
    """Rows of the constant that meets the first product."""
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    for e in graph.eqns:
        if e.primitive.name in ("matmul", "dot"):
            for i, a in enumerate(e.inputs):
                if isinstance(a, Var) and a not in varying and np.ndim(a.value) == 2:
                    return int(a.value.shape[i])
    return None


LINTS = (accumulating, summed, stale, same_array, kept_by_reference, odd_metric)
