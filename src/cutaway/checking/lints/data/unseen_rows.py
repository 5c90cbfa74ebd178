"""Rows of the data that the loop never takes, although it takes batches in the same order in every round."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, TypeGuard

import numpy as np

from cutaway.checking.lines.places import Where, assigned, at_each, name_of, statements_at, targets_of, tree_of
from cutaway.checking.lints.data.epochs import never_in_calls
from cutaway.checking.lints.data.lost import lost_rows
from cutaway.checking.lints.data.rows import rows_of
from cutaway.checking.lints.graphs import PRODUCTS, data_of
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import observe
from cutaway.graph import Graph

FEWEST = 8  # rows of the data
DRAWS = ("choice", "randint", "integers", "permutation", "sample", "random_integers")
MOST = 0.2  # of the rows, that may be left over


def unseen_rows(case: Case) -> Iterator[Finding]:
    """Compare the batches of each round with the rows that the loss is computed of, or that the gradient is given."""
    found = list(_in_arrays(case))
    yield from found or _in_calls(case)


def _in_calls(case: Case) -> Iterator[Finding]:
    seen = observe(case)
    for where, batches, rounds, known, unseen in never_in_calls(case):
        if seen is not None and not _kept_apart(seen.log, known, unseen) and not any(True for _ in lost_rows(case)):
            rows, never = len(known), sum(x in unseen for x in known)
            evidence = {"rows": rows, "rows_never_seen": never, "batches": batches, "rounds": rounds}
            words = f"{never} of {rows} samples are in no batch, in {rounds} rounds of {batches} batches."
            yield from _findings(case, where, words, evidence)


def _in_arrays(case: Case) -> Iterator[Finding]:
    seen = observe(case)
    graph = recorded_loss(case) if seen is not None else None
    if seen is None or graph is None or seen.log.sampled:
        return
    for data, axis in tables(graph):
        known = rows_of(data, axis)
        if len(known) < FEWEST:
            continue
        for where, rounds in _taken(case, seen.log, data, axis, frozenset(known)).items():
            batches = list(rounds.values())
            if len(batches) < 2 or any(b != batches[0] for b in batches[1:]):
                continue
            unseen = {r for r in known if not any(r in b for b in batches[0])}
            never = len([r for r in known if r in unseen])
            size = max(len(b) for b in batches[0])
            # a rest that makes no full batch is often left out, but not so large a share, and the same in every round
            alone = len(set(batches[0])) == 1
            if never < MOST * len(known) and (alone or never < size):
                continue
            if (alone and not _moves(case, where) and not _drawn_anew(case, where)) or _kept_apart(
                seen.log, known, unseen
            ):
                continue
            words = (
                f"{never} of {len(known)} rows are in no batch: every round takes the same {len(batches[0])} batches "
                f"of up to {size}."
            )
            evidence = {"rows": len(known), "rows_never_seen": never}
            yield from _findings(case, where, words, evidence | {"batches": len(batches[0]), "rounds": len(batches)})
            return


def _findings(case: Case, where: Where, words: str, evidence: dict[str, Any]) -> Iterator[Finding]:
    finding = Finding(
        "rows-never-seen",
        "data",
        words,
        "Let the slice move with the loop, to the end: for i in range(0, len(X), size): X[i : i + size].",
        evidence=evidence,
        hint="Count the rows that one round of the loop has seen.",
    )
    yield from at_each(case, finding, [where, *_loop_line(case, where)], "The batches are cut or counted here.")


def tables(graph: Graph) -> Iterator[tuple[Array, int]]:
    """The constant inputs of the first product, and the axis of their samples."""
    first = next((e for e in graph.eqns if e.primitive.name in PRODUCTS), None)
    for data, axis in data_of(graph, first) if first is not None else ():
        yield np.asarray(data.value, dtype=float), axis


def _taken(
    case: Case, log: Log, data: Array, axis: int, known: frozenset[bytes]
) -> dict[Where, dict[Any, list[frozenset[bytes]]]]:
    """For each line: the batches of every round of its outermost loop, as sets of rows."""
    arrays: list[tuple[int, Where, Any, Any]] = [(c.at, (c.file, c.line), c.loops, c.new) for c in log.changes]
    files = {call.frame: call.code.co_filename for call in log.calls}
    for call in log.calls:
        place = files.get(call.caller, call.code.co_filename), call.caller_line
        arrays += [(call.at, place, call.loops, a) for a in call.arguments.values()]
    found: dict[Where, dict[Any, list[frozenset[bytes]]]] = {}
    for _, place, loops, array in sorted(arrays, key=lambda a: a[0]):
        if not isinstance(array, np.ndarray) or array.ndim != 2 or not loops or array.dtype.kind not in "fiu":
            continue
        if array.shape[1 - axis] != data.shape[1 - axis] or array.shape[axis] >= data.shape[axis]:
            continue
        if len(loops) < 2 and not _drawn_anew(case, place):
            continue  # of one loop, each round may take all the rows that it wants
        rows = frozenset(rows_of(array, axis))
        if rows and rows <= known:
            found.setdefault(place, {}).setdefault(loops[0], []).append(rows)
    return found


def _moves(case: Case, where: Where) -> bool:
    """Whether a line takes a slice whose ends depend on what the loops around it count, set or count to."""
    around = _loops_around(case, where)
    counted = {n.id for loop in around if isinstance(loop, ast.For) for n in ast.walk(loop.target) if _is_name(n)}
    counted |= {n.id for loop in around if isinstance(loop, ast.For) for n in ast.walk(loop.iter) if _is_name(n)}
    counted |= {name_of(t) for loop in around for n in ast.walk(loop) for t in targets_of(n)} - {""}
    slices = [n for s in statements_at(case, where) for n in ast.walk(s) if isinstance(n, ast.Slice)]
    return any(_is_name(n) and n.id in counted for part in slices for n in ast.walk(part))


def _drawn_anew(case: Case, where: Where) -> bool:
    """Whether a line takes rows by numbers that the loop around it draws at random."""
    used = {n.id for s in statements_at(case, where) for x in ast.walk(s) for n in _inside(x)}
    for loop in _loops_around(case, where):
        for node in ast.walk(loop):
            calls = [n for n in ast.walk(node.value) if isinstance(n, ast.Call)] if isinstance(node, ast.Assign) else []
            drawn = any(name_of(n.func) in DRAWS for n in calls)
            if drawn and used & {name_of(t) for t in targets_of(node)}:
                return True
    return False


def _inside(node: ast.AST) -> list[ast.Name]:
    """The names in the index of a subscript."""
    return [n for n in ast.walk(node.slice) if _is_name(n)] if isinstance(node, ast.Subscript) else []


def _is_name(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name)


def _kept_apart(log: Log, known: list[bytes], unseen: set[bytes]) -> bool:
    """Whether the program has an array of just these rows, most of them, or of their numbers: those for the test."""
    length = len(next(iter(unseen))) // 8
    numbers = {i for i, row in enumerate(known) if row in unseen}
    arrays = [c.new for c in log.changes] + [a for call in log.calls for a in call.arguments.values()]
    for array in arrays:
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
            continue
        if array.ndim == 1 and array.dtype.kind != "f":
            chosen = set((np.flatnonzero(array) if array.dtype.kind == "b" else array).tolist())
            if chosen and chosen <= numbers and 2 * len(chosen) >= len(numbers):
                return True
        for axis in (0, 1) if array.ndim > 1 else ():
            if array.size == length * array.shape[0 if axis == 0 else -1]:
                rows = set(rows_of(array, axis))
                if rows and rows <= unseen and 2 * len(rows) >= len(unseen):
                    return True
    return False


def _loops_around(case: Case, where: Where) -> list[ast.For | ast.While]:
    """The loops that a line stands in, outermost first."""
    tree = tree_of(case, where[0]) if where[0] else None
    nodes = ast.walk(tree) if tree is not None else ()
    found = [n for n in nodes if isinstance(n, ast.For | ast.While) and n.lineno <= where[1] <= (n.end_lineno or 0)]
    return sorted(found, key=lambda n: n.lineno)


def _loop_line(case: Case, where: Where) -> list[Where]:
    """The innermost loop around a line, and the lines that set where its slices end and what it counts to."""
    loops = _loops_around(case, where)
    if not loops:
        return []
    inner = loops[-1]
    calls = [n for n in ast.walk(inner) if isinstance(n, ast.Call)]
    seeds = [(where[0], n.lineno) for n in calls if name_of(n.func) in ("seed", "RandomState", "default_rng")]
    counts = inner.iter if isinstance(inner, ast.For) else inner.test
    lengths = [n for n in ast.walk(counts) if isinstance(n, ast.Call) and name_of(n.func) == "len"]
    measured = {id(n) for call in lengths for n in ast.walk(call)}
    names = [n.id for n in ast.walk(counts) if isinstance(n, ast.Name) and id(n) not in measured]
    slices = (n for n in ast.walk(inner) if isinstance(n, ast.Slice))
    ends = {n.id for part in slices for n in ast.walk(part) if _is_name(n)}
    sets = [n for n in ast.walk(inner) if isinstance(n, ast.Assign) and any(name_of(t) in ends for t in targets_of(n))]
    set_at = ((where[0], n.lineno) for n in sets)
    return [*seeds, *set_at, (where[0], inner.lineno), *(w for n in names for w in assigned(case, n))]
