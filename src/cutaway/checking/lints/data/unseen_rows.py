"""Rows of the data that the loop never takes, although it takes batches in the same order in every round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lints.data.rows import rows_of
from cutaway.checking.lints.graphs import PRODUCTS, data_of
from cutaway.checking.log import Log
from cutaway.checking.observe import observe
from cutaway.checking.places import Where, text_of, tree_of
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.graph import Graph

FEWEST = 8  # rows of the data


def unseen_rows(case: Case) -> Iterator[Finding]:
    """Compare the batches of each round with the rows that the loss is computed of."""
    seen = observe(case)
    graph = recorded_loss(case) if seen is not None else None
    if seen is None or graph is None or seen.log.sampled:
        return
    for data, axis in _tables(graph):
        known = rows_of(data, axis)
        if len(known) < FEWEST:
            continue
        for where, rounds in _taken(seen.log, data, axis, frozenset(known)).items():
            batches = list(rounds.values())
            if len(batches) < 2 or len(batches[0]) < 2 or any(b != batches[0] for b in batches[1:]):
                continue
            never = len([r for r in known if not any(r in b for b in batches[0])])
            size = max(len(b) for b in batches[0])
            if never < size:
                continue
            for i, place in enumerate(dict.fromkeys([where, *_loop_line(case, where)])):
                yield Finding(
                    "rows-never-seen",
                    "data",
                    f"{never} of {len(known)} rows are in no batch: every round takes the same "
                    f"{len(batches[0])} batches of up to {size}."
                    if i == 0
                    else "The batches are counted here.",
                    "Let the slice move with the loop, to the end: for i in range(0, len(X), size): X[i : i + size].",
                    (),
                    *place,
                    {"rows": len(known), "rows_never_seen": never, "batches": len(batches[0]), "rounds": len(batches)},
                    text_of(case, place),
                    hint="Count the rows that one round of the loop has seen.",
                    certain=i == 0,
                )
            return


def _tables(graph: Graph) -> Iterator[tuple[Array, int]]:
    """The constant inputs of the first product, and the axis of their samples."""
    first = next((e for e in graph.eqns if e.primitive.name in PRODUCTS), None)
    for data, axis in data_of(graph, first) if first is not None else ():
        yield np.asarray(data.value, dtype=float), axis


def _taken(log: Log, data: Array, axis: int, known: frozenset[bytes]) -> dict[Where, dict[Any, list[frozenset[bytes]]]]:
    """For each line: the batches of every round of its outermost loop, as sets of rows."""
    arrays: list[tuple[int, Where, Any, Any]] = [(c.at, (c.file, c.line), c.loops, c.new) for c in log.changes]
    files = {call.frame: call.code.co_filename for call in log.calls}
    for call in log.calls:
        place = files.get(call.caller, call.code.co_filename), call.caller_line
        arrays += [(call.at, place, call.loops, a) for a in call.arguments.values()]
    found: dict[Where, dict[Any, list[frozenset[bytes]]]] = {}
    for _, place, loops, array in sorted(arrays, key=lambda a: a[0]):
        if not isinstance(array, np.ndarray) or array.ndim != 2 or len(loops) < 2 or array.dtype.kind not in "fiu":
            continue
        if array.shape[1 - axis] != data.shape[1 - axis] or array.shape[axis] >= data.shape[axis]:
            continue
        rows = frozenset(rows_of(array, axis))
        if rows and rows <= known:
            found.setdefault(place, {}).setdefault(loops[0], []).append(rows)
    return found


def _loop_line(case: Case, where: Where) -> list[Where]:
    tree = tree_of(case, where[0]) if where[0] else None
    lines = [
        n.lineno
        for n in (ast.walk(tree) if tree is not None else ())
        if isinstance(n, ast.For | ast.While) and n.lineno <= where[1] <= (n.end_lineno or 0)
    ]
    return [(where[0], max(lines))] if lines else []
