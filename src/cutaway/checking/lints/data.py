"""Do the rows, labels and numbers that reach the network belong together? Watched in the author's loop."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.observe import Observation, observe, watched
from cutaway.checking.places import Where, statements_at, text_of, tree_of
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.watch import Change, Log, last_name

FEWEST = 4  # rows that a pair must have to be followed
MOST_ROWS = 20_000
MOST_NAMES = 200
HINT = "Follow one row through the loop: is its label still beside it, and does every row come once in an epoch?"


# Weights of whole numbers -----------------------------------------------------------------------------------------


def integer_weights(case: Case) -> Iterator[Finding]:
    """Weights of an integer dtype that the author's own update writes back as integers."""
    for name, value in case.params.items():
        if np.asarray(value).dtype.kind not in "iu":
            continue
        gradient = _gradient_of(case, name)
        kept, words = _stays_integer(case, name)
        where = _origin(case, name)
        evidence: dict[str, Any] = {"dtype": str(np.asarray(value).dtype), "largest_gradient": gradient}
        yield Finding(
            "integer-weights",
            "data",
            f"{name} is an array of {np.asarray(value).dtype}"
            + (f", so {words}." if kept else "; if it is ever written to in place, fractions are cut off."),
            f"Make it an array of floats: {_floated(case, where) or 'np.array([0.0, ...])'}",
            (name,),
            *where,
            evidence,
            text_of(case, where),
            _floated(case, where),
            hint="Look at the dtype of the weights, and at what is left of a small step.",
            certain=kept,
        )


def _gradient_of(case: Case, name: str) -> float | None:
    try:
        assert case.gradients is not None
        floats = {n: np.asarray(v, dtype=float).copy() for n, v in case.params.items()}
        with np.errstate(all="ignore"):
            return float(np.abs(case.gradients(floats)[name]).max())
    except Exception:
        return None


def _stays_integer(case: Case, name: str) -> tuple[bool, str]:
    """Whether the author's loop or update keeps a parameter integer, and in words what that does."""
    value = np.asarray(case.params[name])
    seen = observe(case)
    if seen is not None:
        if seen.error is not None and "cast" in str(seen.error).lower():
            return True, f"the update stops: {type(seen.error).__name__}"
        of_shape = [c for c in seen.log.changes if isinstance(c.new, np.ndarray) and c.new.shape == value.shape]
        own = [c.slot for c in of_shape if c.new.dtype == value.dtype and np.array_equal(c.new, value)]
        moved = [c for c in of_shape if c.slot in own and c.old is not None]
        if own and all(c.new.dtype.kind in "iu" for c in moved):
            return True, (
                f"every new value is cut off to a whole number: after the first steps it has changed in "
                f"{len(moved)} of them"
            )
    if case.update is not None:
        given = {n: np.array(v) for n, v in case.params.items()}
        gradients = {n: np.full(np.shape(v), 0.37) for n, v in given.items()}
        result, _, problem = watched(case, case.update, given, gradients, case.lr)
        after = (result if isinstance(result, dict) else given).get(name)
        if problem is not None and "cast" in str(problem).lower():
            return True, f"the update stops: {type(problem).__name__}"
        if problem is None and np.asarray(after).dtype.kind in "iu":
            return True, "a step of 0.37 times the learning rate is cut off to a whole number"
    return False, ""


def _floated(case: Case, where: Where) -> str:
    """The line with its whole numbers inside ``np.array(...)`` written as floats."""
    text = text_of(case, where)
    for node in statements_at(case, where):
        calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
        for call in calls:
            assert isinstance(call.func, ast.Attribute)
            if call.func.attr == "array" and not call.keywords:
                source = ast.unparse(call)
                return f"{source[:-1]}, dtype=float)" if source else text
    return ""


def _origin(case: Case, name: str) -> Where:
    place = case.origins.get(name)
    return (place.file, place.line) if place is not None else ("", 0)


# Rows and their labels --------------------------------------------------------------------------------------------


def shuffled_rows(case: Case) -> Iterator[Finding]:
    """Rows that met a label of another row."""
    seen = observe(case)
    log = seen.log if seen is not None else None
    for part in (log, case.notes.get("loop_log")):
        if part is not None:
            yield from separated(case, [case.notes.get("log"), part], part)
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
    read = {_called(n) for n in nodes if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)}
    # labels that are only read through an index, y[order], need no array of their own
    orders = {last_name(c.name) for c in log.changes if isinstance(c.new, np.ndarray) and c.new.dtype.kind in "iu"}
    indexed = {
        _called(n.value)
        for n in nodes
        if isinstance(n, ast.Subscript) and orders.intersection(_called(m) for m in ast.walk(n.slice))
    }
    rows = _Rows()
    for at in steps[:40]:
        moved = position
        while position < len(log.changes) and log.changes[position].at <= at:
            change = log.changes[position]
            if isinstance(change.new, np.ndarray) and 0 < change.new.size <= MOST_ROWS * 100:
                current[change.slot] = change
            position += 1
        if not any(_is_table(c.new) for c in log.changes[moved:position]):
            continue
        for axis, x0, y0s in pairs:
            found = _mismatch(axis, x0, y0s, list(current.values()), lambda n: n in indexed or n not in read, rows)
            if found is not None:
                yield _separated(case, log, *found)
                return


def _is_order(array: Array) -> bool:
    """Whether an array is a permutation: numbers of rows, not labels."""
    return array.ndim == 1 and array.dtype.kind in "iu" and bool(np.array_equal(np.sort(array), np.arange(len(array))))


def _is_table(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim in (1, 2) and max(value.shape) >= FEWEST


def _called(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _update_times(case: Case, log: Log) -> list[int]:
    """When parameters were given new values."""
    seen = case.notes.get("observation")
    if seen is not None and seen.log is log and any(seen.steps.values()):
        return sorted({change.at for steps in seen.steps.values() for step in steps for change in step.changes})
    shapes = {np.shape(v) for v in case.params.values()}
    times = [
        c.at for c in log.changes if c.old is not None and np.shape(c.new) in shapes and isinstance(c.new, np.ndarray)
    ]
    return sorted(set(times)) or [log.events]


class _Rows:
    """The samples of arrays as bytes, each array turned once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[Array, list[bytes]]] = {}

    def of(self, array: Array, axis: int) -> list[bytes]:
        key = (id(array), axis)
        if key not in self.known:
            self.known[key] = array, rows_of(array, axis)
        return self.known[key][1]


def rows_of(array: Array, axis: int) -> list[bytes]:
    """The samples of an array, each as bytes."""
    turned = array if axis == 0 else np.moveaxis(array, -1, 0)
    flat = np.ascontiguousarray(turned.reshape(len(turned), -1).astype(float))
    return [row.tobytes() for row in flat]


Pair = tuple[int, tuple[str, list[bytes]], list[tuple[str, list[bytes], Any]]]


def _first_pairs(changes: list[Change]) -> list[Pair]:
    """Inputs (rows nearly all different) and the arrays of as many samples that were there before anything moved."""
    first: dict[Any, Change] = {}
    for c in changes:
        if not isinstance(c.new, np.ndarray) or c.slot in first or c.new.ndim not in (1, 2) or not c.new.size:
            continue
        if not _is_order(c.new):
            first[c.slot] = c
    found: list[Pair] = []
    turned = _Rows()
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
            ]
            # another table of as many columns is the inputs again, scaled or copied
            labels = [entry for entry in labels if len(set(entry[1])) >= 2 and len(entry[1][0]) != max(len(rows[0]), 9)]
            if labels and not any(set(rows) == set(known[1][1]) for known in found if known[0] == axis):
                found.append((axis, (c.name, rows), labels))
            if len(found) >= 3:
                return found
    return found


def _mismatch(
    axis: int,
    x0: tuple[str, list[bytes]],
    y0s: list[tuple[str, list[bytes], Any]],
    current: list[Change],
    taken_by_index: Callable[[str], bool],
    known: _Rows,
) -> tuple[Change, Change, int, int] | None:
    """An array of rows of ``x0`` that stands beside labels of other rows, and beside no labels of its own."""
    where: dict[bytes, list[int]] = {}
    for i, row in enumerate(x0[1]):
        where.setdefault(row, []).append(i)
    values = [(labels, set(labels)) for _, labels, _ in y0s]
    width = len(x0[1][0])
    for x in current:
        if x.new.ndim != 2 or not FEWEST <= x.new.shape[axis] <= len(x0[1]) or x.new.shape[1 - axis] * 8 != width:
            continue
        rows = known.of(x.new, axis)
        moved = rows != x0[1] or x.inplace
        if sum(row in where for row in rows) < 0.95 * len(rows):
            continue
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
                elif len(set(own)) < 2 and (y.slot[0] != x.slot[0] or y.slot[0] == 0):
                    continue  # labels of one class alone, of who knows which rows
                elif own != labels or (moved and not taken_by_index(last_name(y.name))):
                    candidates.append((y, wrong, len(rows)))
            if aligned:
                break
        if candidates and not aligned:
            y, wrong, count = max(candidates, key=lambda c: c[0].at)
            if wrong >= max(1, count // 20):
                return x, y, wrong, count
    return None


def _separated(case: Case, log: Log, x: Change, y: Change, wrong: int, count: int) -> Finding:
    x, y = (next(c for c in log.changes if c.identity == z.identity and np.array_equal(c.new, z.new)) for z in (x, y))
    later = y if y.at >= x.at else x
    where = (later.file, later.line)
    call = next((c for c in log.calls if c.frame == later.frame and later.slot == (c.frame, later.slot[1])), None)
    if call is not None and later.slot[1][0] in call.arguments and later.old is None:
        where = (later.file, call.caller_line)  # an argument is what the caller wrote
    one, other = (x.name, y.name)
    return Finding(
        "rows-separated-from-labels",
        "data",
        f"{wrong} of the {count} rows of {one} stand beside a label in {other} that belongs to another row"
        + (f" ({one} was last given a value in line {x.line}, {other} in line {y.line})." if x.line != y.line else "."),
        f"Draw one permutation and use it for both: i = rng.permutation(len({last_name(one)})); "
        f"{one} = {one}[i]; {other} = {other}[i]",
        (),
        *where,
        {"rows": count, "rows_with_a_label_of_another": wrong, "lines": sorted({x.line, y.line})},
        text_of(case, where),
        hint=HINT,
    )


# Batches ----------------------------------------------------------------------------------------------------------


def batches(case: Case) -> Iterator[Finding]:
    """Batches without rows, or that overlap."""
    seen = observe(case)
    log = seen.log if seen is not None else case.notes.get("loop_log")
    if log is None:
        return
    yield from _empty(case, log)
    yield from _overlapping(case, log)


def _empty(case: Case, log: Log) -> Iterator[Finding]:
    """A name in a loop that holds some rows first and none later."""
    slots: dict[Any, list[Change]] = {}
    for c in log.changes:
        if isinstance(c.new, np.ndarray) and c.new.ndim and c.loops:
            slots.setdefault(c.slot, []).append(c)
    for seen in slots.values():
        none = [c for c in seen if c.new.size == 0]
        some = [c for c in seen if c.new.size]
        if none and some:
            c = none[0]
            where = (c.file, c.line)
            yield Finding(
                "empty-batch",
                "data",
                f"{c.name} has {some[0].new.shape} the first time and {c.new.shape} later: batches without any rows.",
                "Slice from start to start + size: X[i : i + size].",
                (),
                *where,
                {"first_shape": list(some[0].new.shape), "later_shape": list(c.new.shape), "times": len(none)},
                text_of(case, where),
                hint=HINT,
            )
            return


def _overlapping(case: Case, log: Log) -> Iterator[Finding]:
    """Slices of one array, taken one after the other in a loop, that share most of their rows."""
    slots: dict[Any, list[Change]] = {}
    for c in log.changes:
        if isinstance(c.new, np.ndarray) and c.new.ndim == 2 and c.loops and min(c.new.shape) > 1:
            slots.setdefault(c.slot, []).append(c)
    for seen in slots.values():
        inner = [c for c in seen if c.loops[:-1] == seen[0].loops[:-1] and c.loops[-1][:2] == seen[0].loops[-1][:2]]
        if len(inner) < 3 or any(c.inplace for c in inner):
            continue
        for axis in (0, 1):
            tables = [rows_of(c.new, axis) for c in inner[:6]]
            size = len(tables[0])
            if size < FEWEST or any(len(t) != size for t in tables):
                continue
            if all(a[1:] == b[:-1] and a != b for a, b in itertools.pairwise(tables)):
                c = inner[1]
                where = (c.file, c.line)
                yield Finding(
                    "overlapping-batches",
                    "data",
                    f"Each batch in {c.name} is the last one moved by a single row: {size - 1} of its {size} "
                    f"rows come again.",
                    f"Step by the size of a batch: X[i * {size} : (i + 1) * {size}].",
                    (),
                    *where,
                    {"batch_size": size, "rows_in_common": size - 1},
                    text_of(case, where),
                    hint=HINT,
                )
                return


# Unused scaling ---------------------------------------------------------------------------------------------------


def unused_scaling(case: Case) -> Iterator[Finding]:
    """Inputs that were scaled under a name that nothing reads."""
    logs = [
        part for part in (case.notes.get("log"), _log(observe(case)), case.notes.get("loop_log")) if part is not None
    ]
    tree = tree_of(case, case.file) if case.file else None
    if tree is None:
        return
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    read |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            continue
        name = node.targets[0].id
        if name in read or not isinstance(node.value, ast.BinOp | ast.Call):
            continue
        sources = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        scaled = _value(logs, name, node.lineno)
        for source in sources & read:
            raw = _value(logs, source, None)
            if scaled is None or raw is None or scaled.shape != raw.shape or scaled.ndim != 2 or len(scaled) < FEWEST:
                continue
            spread, after = _spread(raw), _spread(scaled)
            if spread > 5 * after > 0 and _affine(raw, scaled):
                where = (case.file, node.lineno)
                yield Finding(
                    "scaled-but-not-used",
                    "data",
                    f"{name} is {source} scaled (largest entry {after:.3g} instead of {spread:.3g}), and "
                    f"nothing reads it: "
                    f"the network is given {source}.",
                    f"Use {name} from here on, or assign to {source}.",
                    (),
                    *where,
                    {"largest_before": spread, "largest_after": after, "shape": list(raw.shape)},
                    text_of(case, where),
                    hint="Which of your arrays does the network really get?",
                )


def _log(seen: Observation | None) -> Log | None:
    return seen.log if seen is not None else None


def _value(logs: list[Log], name: str, line: int | None) -> Array | None:
    for log in logs:
        for c in log.changes:
            if c.name == name and isinstance(c.new, np.ndarray) and (line is None or c.line == line):
                found: Array = c.new
                return found
    return None


def _spread(a: Array) -> float:
    return float(np.abs(a).max(initial=0))


def _affine(raw: Array, scaled: Array) -> bool:
    """Whether each column of ``scaled`` is a multiple of that of ``raw`` plus a number."""
    for axis in (0, 1):
        a, b = (np.asarray(m, dtype=float) if axis == 0 else np.asarray(m, dtype=float).T for m in (raw, scaled))
        a, b = a - a.mean(0), b - b.mean(0)
        norm = np.sqrt((a**2).sum(0) * (b**2).sum(0))
        if np.all(np.abs(np.abs((a * b).sum(0)) - norm) <= 1e-6 * (norm + 1e-300)) and np.any(norm > 0):
            return True
    return False


LINTS = (integer_weights, shuffled_rows, batches, unused_scaling)
