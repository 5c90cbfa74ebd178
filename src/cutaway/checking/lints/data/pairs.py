"""Rows that met the label of another row, because one of the two was shuffled without the other."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import at_each, name_of, tree_of
from cutaway.checking.lints.data.epochs import parted_in_calls
from cutaway.checking.lints.data.lost import lost_rows
from cutaway.checking.lints.data.rows import FEWEST, HINT, Rows, is_order, is_table, rows_of
from cutaway.checking.lints.data.taken import makers, yields_around
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log, last_name
from cutaway.checking.running.observe import kept_of, observe

MOST_ROWS = 20_000
MOST_NAMES = 200
ROUNDS, UPDATES = 5, 12  # that are looked at, and how many of each


def shuffled_rows(case: Case) -> Iterator[Finding]:
    """Rows that met a label of another row; where rows are lost as well, that is said."""
    if any(True for _ in lost_rows(case)):
        return
    seen = observe(case)
    log = seen.log if seen is not None else None
    for part in (log, case.notes.get("loop_log")):
        if part is not None:
            found = list(separated(case, [case.notes.get("log"), part], part))
            yield from found or parted_in_calls(case)
            return


def separated(case: Case, before: list[Log | None], log: Log) -> Iterator[Finding]:
    """Compare the pairs of rows and labels at every update with the pairs that the program started from."""
    steps = _update_times(case, log)
    # only what was there before the first update can be what the program started from
    changes = [c for part in before if part is not None and part is not log for c in part.changes]
    changes += [c for c in log.changes if c.at <= steps[0] and not c.loops]
    pairs = _first_pairs(changes)
    if not pairs:
        return
    current: dict[Any, Change] = {}
    position = 0
    tree = tree_of(case, case.file) if case.file else None
    nodes = list(ast.walk(tree)) if tree is not None else []
    read = {name_of(n) for n in nodes if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)}
    # labels that are only read through an index, y[order], need no array of their own
    orders = {last_name(c.name) for c in log.changes if isinstance(c.new, np.ndarray) and c.new.dtype.kind in "iu"}
    indexed = {
        name_of(n.value)
        for n in nodes
        if isinstance(n, ast.Subscript) and orders.intersection(name_of(m) for m in ast.walk(n.slice))
    }
    rows = Rows()
    ended = {c.frame: c.returned for c in log.calls if c.returned >= 0}
    last = -1
    for at in _looked_at(log, steps):
        # what functions held that had ended before the update that was looked at last meets nothing any more
        current = {slot: c for slot, c in current.items() if ended.get(slot[0], log.events) >= last}
        moved, last = position, at
        while position < len(log.changes) and log.changes[position].at <= at:
            change = log.changes[position]
            if isinstance(change.new, np.ndarray) and 0 < change.new.size <= MOST_ROWS * 100:
                current[change.slot] = change
            position += 1
        if not any(is_table(c.new) for c in log.changes[moved:position]):
            continue
        for pair in pairs:
            found = _mismatch(*pair, list(current.values()), lambda n: n in indexed or n not in read, rows, set(ended))
            if found is not None:
                yield from _separated(case, log, pair[0], *found)
                return


def _update_times(case: Case, log: Log) -> list[int]:
    """When parameters were given new values."""
    seen = case.notes.get("observation")
    if seen is not None and seen.log is log and any(seen.steps.values()):
        return sorted({c.at for changes in kept_of(case, log).values() for c in changes[1:]})
    shapes = {np.shape(v) for v in case.params.values()}
    times = [
        c.at for c in log.changes if c.old is not None and np.shape(c.new) in shapes and isinstance(c.new, np.ndarray)
    ]
    return sorted(set(times)) or [log.events]


def _looked_at(log: Log, steps: list[int]) -> list[int]:
    """The first updates, and the first of each round: what is parted may still be together in the first one."""
    begun: dict[Any, int] = {}
    for c in log.changes:
        if c.loops:
            begun.setdefault(c.loops[0], c.at)
    chosen = set(steps[:40])
    for start, end in itertools.pairwise([*sorted(begun.values())[: ROUNDS + 1], log.events + 1]):
        chosen.update([at for at in steps if start <= at < end][:UPDATES])
    return sorted(chosen)


Pair = tuple[int, tuple[str, list[bytes]], list[tuple[str, list[bytes], Any]], list[list[bytes]]]


def _first_pairs(changes: list[Change]) -> list[Pair]:
    """Inputs (rows nearly all different) and the arrays of as many samples that were there before anything moved."""
    first: dict[Any, Change] = {}
    for c in changes:
        if not isinstance(c.new, np.ndarray) or c.slot in first or c.new.ndim not in (1, 2) or not c.new.size:
            continue
        if not is_order(c.new):
            first[c.slot] = c
    found: list[Pair] = []
    turned = Rows()
    for axis in (0, 1):
        for c in list(first.values())[:MOST_NAMES]:
            if c.new.ndim != 2 or not FEWEST <= c.new.shape[axis] <= MOST_ROWS or c.new.dtype.kind not in "fiu":
                continue
            n = c.new.shape[axis]
            rows = turned.of(c.new, axis)
            if len(set(rows)) < 0.7 * n or c.new.shape[1 - axis] > 5000:
                continue
            labels = [
                (o.name, turned.of(o.new, 0 if o.new.ndim == 1 else axis), o.slot)
                for o in list(first.values())[:MOST_NAMES]
                if o.slot != c.slot
                and (o.new.shape[0] if o.new.ndim == 1 else o.new.shape[axis]) == n
                and o.at <= c.at + 40
                and not any(c.at < m.at <= o.at and _moved(c.new, m.new, axis) for m in first.values())
            ]
            # another table of as many columns is the inputs again, scaled or copied
            labels = [entry for entry in labels if len(set(entry[1])) >= 2 and len(entry[1][0]) != max(len(rows[0]), 9)]
            if labels and not any(set(rows) == set(known[1][1]) for known in found if known[0] == axis):
                older = [m.new for m in first.values() if m.at < c.at and m.new.shape == c.new.shape]
                found.append((axis, (c.name, rows), labels, [turned.of(m, axis) for m in older]))
            if len(found) >= 3:
                return found
    return found


def _moved(x: Array, y: Array, axis: int) -> bool:
    """Whether a later table holds the samples of an earlier one in another order, perhaps beside other columns."""
    if y.ndim != 2 or y.shape[axis] != x.shape[axis]:
        return False
    one = np.take(x, 0, 1 - axis)
    alike = np.flatnonzero(np.isclose(y.sum(axis), one.sum()))
    columns = (np.take(y, j, 1 - axis) for j in alike)
    return any(not np.array_equal(c, one) and np.array_equal(np.sort(c), np.sort(one)) for c in columns)


def _mismatch(
    axis: int,
    x0: tuple[str, list[bytes]],
    y0s: list[tuple[str, list[bytes], Any]],
    older: list[list[bytes]],
    current: list[Change],
    taken_by_index: Callable[[str], bool],
    known: Rows,
    calls: set[int],
) -> tuple[Change, Change, int, int] | None:
    """An array of rows of ``x0`` that stands beside labels of other rows, and beside no labels of its own."""
    where: dict[bytes, list[int]] = {}
    for i, row in enumerate(x0[1]):
        where.setdefault(row, []).append(i)
    values = [(labels, set(labels)) for _, labels, _ in y0s]
    width = len(x0[1][0])

    def at_home(y: Change, own: list[bytes], labels: list[bytes]) -> bool:
        """Whether labels stand beside their own rows in the call that they were given to."""
        for x in current:
            if x.slot[0] == y.slot[0] and x is not y and x.new.ndim == 2 and x.new.shape[1 - axis] * 8 == width:
                rows = known.of(x.new, axis)
                places = [where.get(row, ()) for row in rows]
                if len(rows) == len(own) and all(
                    any(labels[i] == label for i in at) for at, label in zip(places, own, strict=True)
                ):
                    return True
        return False

    for x in current:
        if x.new.ndim != 2 or not FEWEST <= x.new.shape[axis] <= len(x0[1]) or x.new.shape[1 - axis] * 8 != width:
            continue
        rows = known.of(x.new, axis)
        moved = rows != x0[1] or x.inplace
        if sum(row in where for row in rows) < 0.95 * len(rows) or rows in older:
            continue  # an older table was never beside these labels
        candidates: list[tuple[Change, int, int]] = []
        aligned = False
        for y in current:
            if y.slot == x.slot or y.new.ndim not in (1, 2):
                continue
            count = y.new.shape[0] if y.new.ndim == 1 else y.new.shape[axis]
            if count != len(rows):
                continue
            own = known.of(y.new, 0 if y.new.ndim == 1 else axis)
            for labels, some in values:
                if not some.issuperset(own):
                    continue
                wrong = sum(
                    label not in {labels[i] for i in where[row]}
                    for row, label in zip(rows, own, strict=True)
                    if row in where
                )
                if wrong == 0:
                    aligned = True
                elif {x.slot[0], y.slot[0]} <= calls and x.slot[0] != y.slot[0] and at_home(y, own, labels):
                    continue  # in its own call, it is beside the rows that it belongs to; x is that of another call
                elif len(set(own)) < 2 and (y.slot[0] != x.slot[0] or y.slot[0] == 0):
                    continue  # labels of one class alone, of who knows which rows
                elif own != labels or (moved and not taken_by_index(last_name(y.name))):
                    candidates.append((y, wrong, len(rows)))
            if aligned:
                break
        if candidates and not aligned:
            beside = (x.slot[0], x.slot[1][:-1])  # of a list of batches, those of one batch
            y, wrong, count = max(candidates, key=lambda c: ((c[0].slot[0], c[0].slot[1][:-1]) == beside, c[0].at))
            if wrong >= max(1, count // 20):
                return x, y, wrong, count
    return None


def _separated(case: Case, log: Log, axis: int, x: Change, y: Change, wrong: int, count: int) -> Iterator[Finding]:
    x, y = (next(c for c in log.changes if c.identity == z.identity and np.array_equal(c.new, z.new)) for z in (x, y))
    later = y if y.at >= x.at else x
    where = (later.file, later.line)
    call = next((c for c in log.calls if c.frame == later.frame and later.slot == (c.frame, later.slot[1])), None)
    if call is not None and later.slot[1][0] in call.arguments and later.old is None:
        where = (later.file, call.caller_line)  # an argument is what the caller wrote
    one, other = (x.name, y.name)
    words = f"{wrong} of the {count} rows of {one} stand beside a label in {other} that belongs to another row" + (
        f" ({one} was last given a value in line {x.line}, {other} in line {y.line})." if x.line != y.line else "."
    )
    own, labels = ("X", "y") if one.endswith("]") or other.endswith("]") else (one, other)
    finding = Finding(
        "rows-separated-from-labels",
        "data",
        words,
        f"Draw one permutation and use it for both: i = rng.permutation(len({own})); "
        f"{own} = {own}[i]; {labels} = {labels}[i]",
        evidence={"rows": count, "rows_with_a_label_of_another": wrong, "lines": sorted({x.line, y.line})},
        hint=HINT,
    )
    made = makers(case, where)
    places = [*made, where, *yields_around(case, where), *_moved_in_loops(log, axis, x, y)]
    words = "Or here, where they are taken." if made else "Or here, where the rows are given another order."
    yield from at_each(case, finding, places, words)


def _moved_in_loops(log: Log, axis: int, x: Change, y: Change) -> list[tuple[str, int]]:
    """The lines at which tables with these rows or labels, or that they were taken of, were put in another order."""
    found = []
    for part in (x, y):
        along = axis if part.new.ndim > 1 else 0
        known = set(rows_of(part.new, along))
        for c in log.changes:
            if c.at > max(x.at, y.at) or not c.loops or not isinstance(c.new, np.ndarray):
                continue
            if np.shape(c.old) != c.new.shape or c.new.ndim != part.new.ndim or is_order(c.new):
                continue
            if max(c.new.shape) < FEWEST or c.new.shape[along] < part.new.shape[along]:
                continue
            rows, old = rows_of(c.new, along), rows_of(c.old, along)
            if known <= set(rows) and rows != old and sorted(rows) == sorted(old):
                found.append((c.file, c.line))
    return list(dict.fromkeys(found))[:3]
