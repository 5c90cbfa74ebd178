"""Rows that were meant to be held out: they are rows of the training, or were not scaled as these were."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import Stack, record_loss
from cutaway.checking.lines.places import Where, assigned, at_each, name_of, statements_at, targets_of, text_of, tree_of
from cutaway.checking.lints.data.rows import rows_of
from cutaway.checking.lints.data.unseen_rows import tables
from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Log, last_name
from cutaway.checking.running.observe import log_of, logs_of
from cutaway.graph import Var

HELD_OUT = re.compile(r"(?<!e)val$|valid|validation|test|holdout|held_out|^x_?(te|va)$", re.IGNORECASE)
NUMBER = re.compile(r"(^|_)(val|valid|validation|test)(_|$)", re.IGNORECASE)
FEWEST = 8  # rows
SHARED = 0.1  # of the rows that are held out
RAW, FAR = 1.0, 5.0  # spreads: how near the mean of raw rows lies to that of others, and how far from scaled ones
SHIFT = 0.25  # spreads: by how much two scalings may differ


def trained_rows(case: Case) -> Iterator[Finding]:
    """An array whose name says that it is for validation or test, and that has rows of the training data."""
    graph = recorded_loss(case)
    first = next(iter(tables(graph)), None) if graph is not None else None
    if first is None:
        return
    data, axis = first
    known = rows_of(data, axis)
    if len(known) < FEWEST or len(set(known)) < 0.9 * len(known):
        return
    seen = set(known)
    for log in logs_of(case):
        for c in log.changes:
            if not _is_table(c.new, data, axis) or not HELD_OUT.search(last_name(c.name)):
                continue
            where = (c.file, c.line)
            rows = rows_of(c.new, axis)
            shared = sum(row in seen for row in rows)
            if len(rows) < FEWEST or shared < max(3, SHARED * len(rows)) or not _cut_out(case, where, c.name):
                continue
            if not _judged_on(case, c.new) or _apart(case, data, axis, seen, set(rows)):
                continue
            yield Finding(
                "trained-on-held-out",
                "reporting",
                f"{shared} of the {len(rows)} rows of {c.name} are among the {len(known)} rows that the training loss "
                "is taken of: a number computed from them says nothing about new ones.",
                "Cut the data once, without overlap: X_train, X_test = X[:n], X[n:], and the labels alike.",
                (),
                *where,
                {"rows": len(rows), "rows_of_the_training": shared, "training_rows": len(known)},
                text_of(case, where),
                hint=HINT,
            )
            return


def training_for_held_out(case: Case) -> Iterator[Finding]:
    """A number whose name says validation or test, computed from the training rows, while nothing reads the others."""
    graph = recorded_loss(case)
    first = next(iter(tables(graph)), None) if graph is not None else None
    tree = tree_of(case, case.file) if case.file else None
    if first is None or tree is None:
        return
    data, axis = first
    loads = [n for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)]
    read = {name_of(n) for n in loads}
    unread = [
        c
        for log in logs_of(case)
        for c in log.changes
        if _is_table(c.new, data, axis)
        and HELD_OUT.search(last_name(c.name))
        and last_name(c.name) not in read
        and _cut_out(case, (c.file, c.line), c.name)
    ]
    log = log_of(case)
    if not unread or log is None:
        return
    for c in log.changes:
        if not isinstance(c.new, float) or not NUMBER.search(last_name(c.name)):
            continue
        for call in log.calls:
            if call.caller_line != c.line or call.result != c.new or call.returned > c.at:
                continue
            if any(_same(a, data) for a in call.arguments.values()):
                where = (c.file, c.line)
                yield Finding(
                    "training-for-held-out",
                    "reporting",
                    f"{c.name} is computed from the {data.shape[axis]} training rows; {unread[0].name}, with "
                    f"{unread[0].new.shape[axis]} rows cut out in line {unread[0].line}, is read nowhere.",
                    f"Give it the rows of {last_name(unread[0].name)}, and their labels.",
                    (),
                    *where,
                    {"training_rows": data.shape[axis], "rows_not_read": unread[0].new.shape[axis], "times_read": 0},
                    text_of(case, where),
                    hint=HINT,
                )
                return


def _apart(case: Case, data: Array, axis: int, known: set[bytes], held_out: set[bytes]) -> bool:
    """Whether the program has a table of most of the rows without any of those: what it may really train on."""
    for log in logs_of(case):
        tables_there = (c.new for c in log.changes if _is_table(c.new, data, axis))
        for table in tables_there:
            rows = rows_of(table, axis)
            if 2 * len(rows) >= len(known) and known.issuperset(rows) and held_out.isdisjoint(rows):
                return True
    return False


def _is_table(value: Any, data: Array, axis: int) -> bool:
    if not isinstance(value, np.ndarray) or value.ndim != 2 or value.dtype.kind not in "fiu":
        return False
    return bool(value.shape[1 - axis] == data.shape[1 - axis])


def _cut_out(case: Case, where: Where, name: str) -> bool:
    """Whether a line assigns to the name what it cuts out of another array, or that array itself."""
    for node in statements_at(case, where):
        if isinstance(node, ast.Assign) and last_name(name) in {name_of(t) for t in targets_of(node)}:
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            cut = [n.value for p in parts for n in ast.walk(p) if isinstance(n, ast.Subscript)]
            return any(isinstance(n, ast.Name | ast.Attribute) for n in cut) or all(
                isinstance(p, ast.Name) for p in parts
            )
    return False


def _judged_on(case: Case, rows: Array) -> bool:
    """Whether a function that returns one number is given these rows, or the metric reads them."""
    for log in logs_of(case):
        for call in log.calls:
            if isinstance(call.result, float) and any(_same(a, rows) for a in call.arguments.values()):
                return True
    return any(_same(value, rows) for _, value, _ in _metric_inputs(case))


def _same(a: Any, b: Array) -> bool:
    return isinstance(a, np.ndarray) and a.shape == b.shape and bool(np.array_equal(a, b))


def _metric_inputs(case: Case) -> Iterator[tuple[Var, Array, list[Where]]]:
    """The data in the products of the metric, and the lines of the calls around each."""
    if case.metric is None:
        return
    try:
        graph, stacks = record_loss(case.metric, case.copies())
    except Exception:
        return
    for eqn, x, _ in inputs_of(graph):
        stack: Stack | None = stacks.get(eqn.output)
        yield x, np.asarray(x.value), [(s.file, s.line) for s in stack.spots] if stack is not None else []


def scaled_otherwise(case: Case) -> Iterator[Finding]:
    """Rows that the network is judged on and that were not scaled, or by other numbers than those of the training."""
    graph = recorded_loss(case)
    first = next(inputs_of(graph), None) if graph is not None else None
    if first is None:
        return
    _, x, axis = first
    data = plain(x) if axis == 0 else plain(x).T
    logs = logs_of(case)
    raw = _raw(logs, data, axis)
    if raw is None:
        return
    for name, value, places in _judged(case, logs, data, axis):
        rows = np.asarray(value, dtype=float) if axis == 0 else np.asarray(value, dtype=float).T
        spread, scaled = raw.std(0), data.std(0)
        use = (spread > 0) & (scaled > 0)
        from_raw = np.abs(rows.mean(0) - raw.mean(0))[use] / spread[use]
        from_scaled = np.abs(rows.mean(0) - data.mean(0))[use] / scaled[use]
        if from_raw.max() < RAW and from_scaled.max() > FAR:
            message = (
                f"The network is taught with scaled rows (up to {np.abs(data).max():.3g}) and judged here on rows of "
                f"{name} as they were before (up to {np.abs(rows).max():.4g}): the means of a feature lie "
                f"{from_scaled.max():.3g} spreads away from those of the training."
            )
            evidence: dict[str, Any] = {
                "largest_in_training": float(np.abs(data).max()),
                "largest_here": float(np.abs(rows).max()),
                "spreads_between_the_means": float(from_scaled.max()),
            }
        else:
            other = _raw(logs, rows, axis, but=rows)
            if other is None:
                continue
            a, b = _map(raw, data), _map(other, rows)
            shift = float(np.abs(a[1] - b[1] + (a[0] - b[0]) * raw.mean(0))[use].max())
            if shift < SHIFT:
                continue
            message = (
                f"{name} is scaled by its own mean and spread, the training rows by theirs: the same number before "
                f"becomes two that lie up to {shift:.2g} spreads apart."
            )
            evidence = {"largest_difference": shift, "rows": len(rows), "training_rows": len(data)}
        finding = Finding(
            "scaled-otherwise",
            "data",
            message,
            "Scale them by the numbers of the training rows: mean, spread = X_train.mean(0), X_train.std(0), "
            "and use these for both.",
            evidence=evidence,
            hint=HINT,
        )
        yield from at_each(case, finding, places, "These are the rows.")
        return


def _judged(case: Case, logs: list[Log], data: Array, axis: int) -> Iterator[tuple[str, Array, list[Where]]]:
    """Other tables than the training rows that numbers are computed from: what they are called, and the lines."""
    for x, value, lines in _metric_inputs(case):
        if value.shape[1 - axis] == data.shape[1] and len(value) >= FEWEST and not _within(value, data, axis):
            name = str(x.name or "the metric")
            named = [w for w in lines if name in text_of(case, w)]
            yield name, value, list(dict.fromkeys([*named, *lines[:1], *assigned(case, name)]))[:4]


def _within(value: Array, data: Array, axis: int) -> bool:
    known = set(rows_of(data, 0))
    return all(row in known for row in rows_of(value, axis))


def _raw(logs: list[Log], scaled: Array, axis: int, but: Array | None = None) -> Array | None:
    """The array of which each feature of ``scaled`` is a positive multiple plus a number."""
    for log in logs:
        for c in log.changes:
            if not isinstance(c.new, np.ndarray) or c.new.ndim != 2 or c.new.dtype.kind not in "fiu":
                continue
            a = np.asarray(c.new if axis == 0 else c.new.T, dtype=float)
            if a.shape != scaled.shape or np.array_equal(a, scaled) or not np.isfinite(a).all():
                continue
            u, v = a - a.mean(0), scaled - scaled.mean(0)
            norm = np.sqrt((u**2).sum(0) * (v**2).sum(0))
            if np.all(np.abs((u * v).sum(0) - norm) <= 1e-6 * norm) and np.any(norm > 0):
                return a
    return None


def _map(raw: Array, scaled: Array) -> tuple[Array, Array]:
    """The factor of each feature, and the number added."""
    spread = raw.std(0)
    factor = scaled.std(0) / np.where(spread > 0, spread, 1)
    return factor, scaled.mean(0) - factor * raw.mean(0)
