"""A loss that is added up over the epochs and never set back, as the lines of the loop say it."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import mentions, name_of, statements_at, text_of, tree_of
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.lints.reporting.history import assigned_anew
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Change, Log, by_slot, last_name
from cutaway.checking.running.observe import log_of


def accumulating(case: Case) -> Iterator[Finding]:
    """A loss that is added up over the epochs and reported as if it were that of one."""
    log = log_of(case)
    if log is None:
        return
    numbers = (
        c
        for c in log.changes
        if isinstance(c.new, float | np.floating) or (isinstance(c.new, np.ndarray) and c.new.ndim == 0)
    )
    for seen in by_slot(numbers).values():
        growing = [c for c in seen if c.loops and c.old is not None and adds(case, c)]
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
            assigned_anew(case, where),
            hint=HINT,
        )
        return


def adds(case: Case, c: Change) -> bool:
    """Whether the line adds to the name that changed."""
    name = last_name(c.name)
    for node in statements_at(case, (c.file, c.line)):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and name_of(node.target) == name:
            return True
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add):
            own = {ast.unparse(t) for t in node.targets if name_of(t) == name}  # out.d = a.d + b.d adds to nothing
            if {ast.unparse(node.value.left), ast.unparse(node.value.right)} & own:
                return True
    return False


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
        if isinstance(node, ast.Call) and name_of(node.func) == "print":
            parts = [n for a in node.args for n in ast.walk(a)]
            divided = any(
                isinstance(n, ast.BinOp) and isinstance(n.op, ast.Div) and mentions(n.left, name) for n in parts
            )
            if any(name_of(n) == name for n in parts) and not divided:
                return f"the print in line {node.lineno}"
    return None
