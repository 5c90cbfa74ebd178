"""An average over the batches of an epoch that counts a last, smaller batch as if it were a full one, or not at all.

The test of an average: were the loss 1 in every batch, it should be shown as 1. What is shown is searched among all
numbers of the program for the few wrong averages that there are of such batches.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.lines.places import Where, at_each, name_of, statements_at, tree_of
from cutaway.checking.lints.data.unseen_rows import tables
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.lints.reporting.batch_numbers import Key, Round, plain_numbers, rounds, series_of, sizes_of
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Change, Log, last_name
from cutaway.checking.running.observe import logs_of, observe

CLOSE = 1e-10  # relative: the same number, computed in another order
Shown: TypeAlias = "tuple[float, list[Where]]"


@dataclass(frozen=True)
class _Average:
    """A wrong average: what it shows for some numbers, and for ones; and in words how it is made."""

    shown: float
    of_ones: float
    how: str
    right: float
    weights: Any


def batch_weights(case: Case) -> Iterator[Finding]:
    """Averages over batches of which one is smaller than the others, or is left out, that do not add up to one."""
    graph = recorded_loss(case)
    table = max((d.shape[axis] for d, axis in tables(graph)), default=0) if graph is not None else 0
    seen = observe(case)
    for log in logs_of(case):
        history = seen.history if seen is not None and seen.log is log else []
        numbers = all_numbers(log, history)
        found: dict[str, tuple[Finding, list[Where]]] = {}
        for one in rounds(log):
            sizes = sizes_of(one, table, log.sampled)
            if sizes is None:
                continue
            for key, series in {**series_of(one), **inline(case, log, one)}.items():
                for average in _wrong(series, sizes, table, summed=key[0] == "sum"):
                    add = adder(one, series, average.weights)
                    lines = lines_showing(numbers, average.shown) or lines_dividing(case, log, add, average.shown)
                    if lines:
                        name = add.name if add is not None else name_of_series(one, key)
                        places = [(add.file, add.line)] if add is not None else []
                        if name not in found:
                            found[name] = _finding(name, average, sizes, table), [*places, *lines[:1]]
        if found:
            finding = next(iter(found.values()))[0]
            firsts = [places[0] for _, places in found.values()]
            rest = [w for _, places in found.values() for w in places[1:]]
            counted = _count_of(case, log, max(sum(sizes_ := finding.evidence["rows"]), table), sizes_[0])
            words = "Or here: this is part of the same average."
            yield from at_each(case, finding, [*firsts, *rest, *counted], words, most=4, certain=True)
            return


def _finding(name: str, average: _Average, sizes: list[int], table: int) -> Finding:
    rows = max(sum(sizes), table)
    batches = f"{len(sizes)} batches of {sizes[0]}" + (f", the last of {sizes[-1]}" if sizes[-1] < sizes[0] else "")
    return Finding(
        "batches-weighted-wrongly",
        "reporting",
        f"Of {batches} of {rows} rows, {name} is averaged {average.how}: were it 1 in every batch, "
        f"{average.of_ones:.4g} would be shown. It shows {average.shown:.6g}, where the mean over the rows is "
        f"{average.right:.6g}.",
        "Weight each batch with the rows that it has, total += value * len(batch), and divide by their sum.",
        evidence={
            "shown": average.shown,
            "mean_over_rows": average.right,
            "shown_for_ones": average.of_ones,
            "rows": sizes,
        },
        hint=HINT,
    )


def _wrong(series: list[float], sizes: list[int], table: int, summed: bool) -> Iterator[_Average]:
    """The wrong averages of one number for each batch, each with the weights that it gives them.

    What is ``summed`` may have been multiplied by the rows of its batch before.
    """
    values, n = np.array(series, dtype=float), np.array(sizes, dtype=float)
    m, size, rows = len(sizes), float(sizes[0]), float(n.sum())
    right = float(values @ n / rows)
    whole = rows // size  # batches that are full
    counts = all(v == int(v) and 0 <= v <= k for v, k in zip(series, sizes, strict=True))
    weights: list[tuple[Any, str]] = []
    if sizes[-1] < size:
        nominal = f"with {size:.0f} rows for each batch over {rows:.0f}"
        weights.append((np.full(m, size / rows), nominal))
        if whole > 1:
            weights.append((np.full(m, 1 / whole), f"as a sum over {m} batches divided by {whole:.0f}"))
        for number in () if summed else (m, whole):
            weights.append((n / (number * size), f"as a sum over {rows:.0f} rows divided by {number * size:.0f}"))
    elif table > rows and table // size == m:
        weights.append((np.full(m, size / table), f"as a sum over {rows:.0f} rows divided by {table}"))
        weights.append((np.full(m, 1 / (m + 1)), f"as a sum over {m} batches divided by {m + 1}"))
    for w, how in weights:
        if abs(float(w.sum()) - 1) > CLOSE and float(values @ w) != 0:
            yield _Average(float(values @ w), float(w.sum()), how, right, w)
    if counts and sizes[-1] < size and any(series):
        for number in (m, whole):
            divisor = number * size
            how = f"as a count in {rows:.0f} rows divided by {divisor:.0f}"
            yield _Average(float(values.sum() / divisor), rows / divisor, how, float(values.sum() / rows), np.ones(m))


def inline(case: Case, log: Log, one: Round) -> dict[Key, list[float]]:
    """What ``total += np.mean(e) * size`` adds, without the number that it is multiplied with or divided by."""
    found = {}
    for key, added in series_of(one).items():
        c = one.names[key] if key[0] == "sum" else None
        for node in statements_at(case, (c.file, c.line)) if c is not None else ():
            value = node.value if isinstance(node, ast.AugAssign) else None
            if c is not None and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult | ast.Div):
                for side in (value.right, value.left)[: 1 + isinstance(value.op, ast.Mult)]:
                    k = _value(side, log, c)
                    if k:
                        times = 1 / k if isinstance(value.op, ast.Mult) else k
                        found["inline", *key[1:]] = [a * times for a in added]
    return found


def name_of_series(one: Round, key: Key) -> str:
    """What the author calls a number that each batch has."""
    if key in one.names:
        return one.names[key].name.rsplit("[", 1)[0]
    return f"what {key[1].co_name} returns" if key[0] == "call" else "the loss"


def adder(one: Round, series: list[float], weights: Any) -> Change | None:
    """The change that adds such a number to a sum: as it is, or times a multiple of its weight."""
    values = np.array(series)
    for key, added in series_of(one).items():
        for wanted in (values * weights, values) if key[0] == "sum" else ():
            k = float(np.dot(added, wanted)) / float(np.dot(wanted, wanted))
            if k > 0 and np.allclose(added, k * wanted, rtol=1e-9, atol=0):
                return one.names[key]
    return None


# Where it is shown --------------------------------------------------------------------------------------------------


def all_numbers(log: Log, history: list[float]) -> tuple[Any, list[Where]]:
    """Every number of the program, in order of size, with the line on which it was seen."""
    found: list[Shown] = []
    for c in log.changes:
        if isinstance(c.new, float | np.floating):
            found.append((float(c.new), [(c.file, c.line)]))
    for call in log.calls:
        where = (call.code.co_filename, call.result_line)
        found += [(number, [where]) for _, number in plain_numbers(call.result)]
    found += [(h, [w for v, w_ in found if v == h for w in w_][:1]) for h in history]
    finite = sorted(((v, w[0]) for v, w in found if w and math.isfinite(v)), key=lambda p: p[0])
    return np.array([v for v, _ in finite]), [w for _, w in finite]


def lines_showing(numbers: tuple[Any, list[Where]], wanted: float) -> list[Where]:
    """The first line on which a number was seen."""
    values, lines = numbers
    low, high = sorted((wanted * (1 - CLOSE), wanted * (1 + CLOSE)))
    return lines[int(np.searchsorted(values, low)) : int(np.searchsorted(values, high, "right"))][:1]


def lines_dividing(case: Case, log: Log, add: Change | None, wanted: float) -> list[Where]:
    """The line that divides the sum of such numbers so that it gives what is wanted, without giving it a name."""
    tree = tree_of(case, add.file) if add is not None else None
    if add is None or tree is None:
        return []
    last = [c for c in log.changes if c.slot == add.slot and c.loops[:-1] == add.loops[:-1] and c.loops]
    total, name = float(last[-1].new), last_name(add.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and name_of(node.left) == name:
            divisor = _value(node.right, log, add)
            if divisor and abs(total / divisor - wanted) <= CLOSE * abs(wanted):
                return [(add.file, node.lineno)]
    return []


def _value(node: ast.expr, log: Log, near: Change) -> float | None:
    """What a divisor comes to: numbers, names, lengths, and what is computed of them."""
    if isinstance(node, ast.Constant):
        return float(node.value) if isinstance(node.value, int | float) else None
    if isinstance(node, ast.BinOp):
        a, b = _value(node.left, log, near), _value(node.right, log, near)
        if a is None or b is None:
            return None
        kind = type(node.op)
        if kind in (ast.Div, ast.FloorDiv):
            return None if not b else a / b if kind is ast.Div else a // b
        return a * b if kind is ast.Mult else a + b if kind is ast.Add else a - b if kind is ast.Sub else None
    if isinstance(node, ast.Call) and len(node.args) == 1:
        called = name_of(node.func)
        if called == "len":
            found = _last(node.args[0], log, near)
            return float(len(found)) if isinstance(found, np.ndarray) and found.ndim else None
        inner = _value(node.args[0], log, near)
        kinds: dict[str, Any] = {"int": int, "float": float, "ceil": math.ceil, "floor": math.floor}
        return float(kinds[called](inner)) if called in kinds and inner is not None else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and name_of(node.value) == "shape":
        found = _last(getattr(node.value, "value", node), log, near)
        axis = node.slice.value
        return float(found.shape[axis]) if isinstance(found, np.ndarray) and axis in range(found.ndim) else None
    found = _last(node, log, near)
    return float(found) if isinstance(found, float | int | np.number) else None


def _last(node: ast.expr, log: Log, near: Change) -> Any:
    """What a name last stood for, in the function of a change or else in the module."""
    name = ast.unparse(node)
    for owner in (near.frame, 0):
        own = [c.new for c in log.changes if c.slot == (owner, (name,))]
        if own:
            return own[-1]
    named = [c.new for c in log.changes if c.name == name and len(c.slot[1]) == 1]
    given = [c.arguments[name] for c in log.calls if c.frame == near.frame and name in c.arguments]
    return given[-1] if given else named[-1] if named else None


def _count_of(case: Case, log: Log, rows: int, size: int) -> list[Where]:
    """Where the number of full batches is computed."""
    wanted = {rows // size, rows / size}
    numbers = (c for c in log.changes if type(c.new) in (int, float) and not c.loops and c.new in wanted and c.new > 1)
    return [w for c in numbers if _divides(case, w := (c.file, c.line))][:1]


def _divides(case: Case, where: Where) -> bool:
    nodes = (n for s in statements_at(case, where) for n in ast.walk(s))
    return any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div | ast.FloorDiv) for n in nodes)
