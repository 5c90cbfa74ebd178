"""Targets that say something else than the labels they were made of: one row for all, classes that share a column."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import (
    NOWHERE,
    Where,
    assigned,
    at_each,
    line_of_value,
    root_of,
    statements_at,
    tree_of,
)
from cutaway.checking.lines.places import targets_of as written_by
from cutaway.checking.lints.graphs import PRODUCTS, inputs_of
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels, outputs
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import last_name
from cutaway.checking.running.observe import logs_of
from cutaway.checking.truth import look
from cutaway.graph import Graph, Var

FEWEST = 6  # samples
HINT = "Print a few rows of the targets beside the labels that they were made of."


def odd_targets(case: Case) -> Iterator[Finding]:
    """Targets that are the same for all samples, or that do not tell the classes of their labels apart."""
    point = look(case)
    if point.backprop is None:
        return
    scene = Scene(point.backprop)
    first = next(inputs_of(scene.graph), None)
    if first is None or point.graph is None:
        return
    _, x, axis = first
    n = np.shape(x.value)[axis]
    if n < FEWEST:
        return
    yield from _alike(case, point.graph, np.asarray(x.value), n)
    for _, a, _ in outputs(scene):
        for name, y in labels(scene, a.shape) if np.ndim(a.value) == 2 else ():
            table = y if axis == 0 else y.T
            if len(table) == n and table.shape[1] > 2 and np.isin(table, (0.0, 1.0)).all():
                yield from _of_other_classes(case, name, table, y)


def _alike(case: Case, graph: Graph, x: Array, n: int) -> Iterator[Finding]:
    """The loss takes one number for each sample, besides the inputs, and it is the same for all."""
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    compared = [e for e in graph.eqns if e.primitive.name not in PRODUCTS]
    constants = {a for e in compared for a in e.inputs if isinstance(a, Var) and a not in varying}
    of_samples = [(a, np.asarray(a.value)) for a in constants if n in np.shape(a.value)]
    if not of_samples or np.all(x == x.reshape(-1)[:1]):
        return
    if not all(np.all(y == np.take(y, [0], y.shape.index(n))) for _, y in of_samples):
        return
    a, y = max(of_samples, key=lambda entry: bool(entry[0].name))
    row = ", ".join(f"{v:g}" for v in np.take(y, 0, y.shape.index(n)).ravel()[:8])
    if a.name:
        yield from _findings(
            case,
            "same-target-for-all",
            f"All {n} targets in {a.name} are the same, ({row}): there is nothing to learn from them.",
            {"samples": n, "different_targets": 1},
            places_of(case, a.name, y),
        )


def _of_other_classes(case: Case, name: str, table: Array, y: Array) -> Iterator[Finding]:
    """Compare with the whole numbers on the line that made the targets."""
    places = places_of(case, name, y)
    found = dict(_labels_on(case, places, len(table)))
    if any(last_name(other) == name and own.ndim == 1 for other, own in found.items()) and np.all(table.sum(1) == 1):
        return  # rows that were made of these numbers to be read with them, p[np.arange(n), y]: those of one batch
    if any(not np.array_equal(a, b) for a in found.values() for b in found.values()):
        found = {}  # made of several things at once
    for numbers_name, numbers in [*found.items(), *_shifted(case, table)]:
        classes = np.unique(numbers)
        if len(classes) > table.shape[1] or len(classes) < 3:
            continue
        hot = [frozenset(np.flatnonzero(row).tolist()) for row in table]
        of_class = {int(c): {h for h, n in zip(hot, numbers, strict=True) if n == c} for c in classes}
        several = [c for c, rows in of_class.items() if len(rows) > 1]
        used = {row for rows in of_class.values() for row in rows}
        if not several and len(used) == len(classes):
            return  # each class has a row of its own, one-hot or not
        sums = table.sum(axis=1)
        wrong = int(np.sum(sums != 1))
        if wrong:
            words = f"{wrong} of {len(table)} rows of {name} have {sums.min():g} up to {sums.max():g} ones, not one"
        elif several:
            words = f"samples of one class in {numbers_name} have their one in different columns of {name}"
        else:
            words = f"the {len(classes)} classes in {numbers_name} share {len(used)} columns of {name}"
        evidence = {"samples": len(table), "classes": len(classes), "wrong_rows": wrong, "columns_used": len(used)}
        yield from _findings(case, "not-one-hot", f"These are no one-hot rows: {words}.", evidence, places)
        return


def _shifted(case: Case, table: Array) -> Iterator[tuple[str, Array]]:
    """Labels whose ones stand in the table, all of them, each the same number of places beside its own.

    That is what a wrong flat index does, ``Y.ravel()[n * rows + labels - 1] = 1``: ones get into the rows around.
    """
    count, width = table.shape
    ones = np.flatnonzero(table)
    if len(ones) != count or np.all(table.sum(axis=1) == 1):
        return
    for log in logs_of(case):
        for c in log.changes:
            if not isinstance(c.new, np.ndarray) or c.new.dtype.kind not in "iuf" or c.new.size != count:
                continue
            numbers = np.asarray(c.new, dtype=float).ravel()
            if not np.all(numbers == np.round(numbers)) or np.ptp(numbers) > width or np.ptp(numbers) < 2:
                continue
            own = np.arange(count) * width + numbers.astype(int)
            apart = {int(k) for k in (ones[0] - own[0], ones[-1] - own[-1], ones[0] - own[1], ones[1] - own[0])}
            if any(np.array_equal(np.sort((own + k) % table.size), ones) for k in apart):
                yield c.name, numbers.astype(int)
                return


def _findings(case: Case, code: str, message: str, evidence: dict[str, Any], places: list[Where]) -> Iterator[Finding]:
    fix = "Make one-hot rows: np.eye(classes)[labels], or Y[np.arange(len(labels)), labels] = 1"
    finding = Finding(code, "data", message, fix, evidence=evidence, hint=HINT)
    yield from at_each(case, finding, places, "The targets are made here.")


def places_of(case: Case, name: str, y: Array) -> list[Where]:
    """The lines that gave targets their numbers: where these were first seen, what writes to them, their names."""
    logs = logs_of(case)
    found = [w for log in logs for v in (y, y.T, np.ravel(y)) if (w := line_of_value(log, v)) != NOWHERE][:1]
    # an array that was filled has its numbers from the line that wrote the last of them
    filled = [
        (c.file, c.line)
        for log in logs
        for c in log.changes
        if c.inplace and isinstance(c.new, np.ndarray) and c.new.shape == y.shape and np.array_equal(c.new, y)
    ][:1]
    written = []
    tree = tree_of(case, case.file) if case.file else None
    for node in ast.walk(tree) if tree is not None else ():
        if any(isinstance(t, ast.Subscript) and root_of(t) == name for t in written_by(node)):
            written.append((case.file, node.lineno))  # type: ignore[attr-defined]
    return list(dict.fromkeys([*filled, *found, *written, *assigned(case, name)]))[:3]


def _labels_on(case: Case, places: list[Where], n: int) -> Iterator[tuple[str, Array]]:
    """Vectors of as many whole numbers as there are samples, that a line reads by name."""
    logs = logs_of(case)
    for where in places:
        names = {n.id for s in statements_at(case, where) for n in ast.walk(s) if isinstance(n, ast.Name)}
        for log in logs:
            for c in log.changes:
                whole = isinstance(c.new, np.ndarray) and c.new.dtype.kind in "iu"
                if whole and c.new.shape in ((n,), (n, 1), (1, n)) and last_name(c.name) in names:
                    yield c.name, np.ravel(c.new)
