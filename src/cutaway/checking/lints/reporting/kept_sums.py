"""A sum over the batches of all epochs so far, divided by what belongs to one: what is shown grows like 1, 2, 3."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, assigned, at_each, name_of, tree_of
from cutaway.checking.lints.data.unseen_rows import tables
from cutaway.checking.lints.reporting import HINT
from cutaway.checking.lints.reporting.kept_counts import FEWEST, divisions, divisors_of, is_number, told
from cutaway.checking.lints.reporting.sums import accumulating, adds
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Change, Log, by_slot
from cutaway.checking.running.observe import logs_of


def sums_over_epochs(case: Case) -> Iterator[Finding]:
    """Counts and losses that are never set back, shown as a share of the rows or batches of one epoch."""
    graph = recorded_loss(case)
    rows = {d.shape[axis] for d, axis in tables(graph)} if graph is not None else set()
    for log in logs_of(case):
        if any(True for _ in accumulating(case)):
            return
        tall = rows | {max(c.new.shape) for c in log.changes if isinstance(c.new, np.ndarray) and c.new.ndim}
        for ends, totals, parts, starts, nodes in [*_totals(case, log), *_lists(case, log)]:
            for node, function in nodes:
                divisors = divisors_of(case, log, ends, node.right)
                if divisors is None or len(set(divisors)) > 1 or divisors[0] not in {*tall, parts}:
                    continue
                if told(log, ends[0], node, function):
                    shown = divisors_of(case, log, ends, node) or [t / divisors[0] for t in totals]
                    yield from _findings(case, ends, shown, node, divisors[0], starts)
                    return


Grown = tuple[list[Change], list[float], int, list[Where], list[tuple[ast.BinOp, ast.AST]]]
"""The last addition of each round, the sums there, how many a round adds, the lines, and where it is divided."""


def _totals(case: Case, log: Log) -> Iterator[Grown]:
    """Numbers that grow in every round of a loop, and that nothing sets back."""
    for seen in by_slot(c for c in log.changes if is_number(c.new)).values():
        growing = [c for c in seen if c.loops and c.old is not None and adds(case, c)]
        if len(growing) < FEWEST or len(growing) < len(seen) - 1:
            continue
        if seen[0].loops and seen[0].loops[0][:2] == growing[0].loops[0][:2]:
            continue
        rounds = _rounds(growing)
        if rounds is None:
            continue
        ends = [changes[-1] for changes in rounds]
        starts = [(growing[0].file, growing[0].line), (seen[0].file, seen[0].line)]
        totals = [float(c.new) for c in ends]
        if _vary(totals):
            yield ends, totals, len(rounds[0]), starts, list(divisions(case, seen[0]))


def _lists(case: Case, log: Log) -> Iterator[Grown]:
    """Lists that get a number for each batch and are never emptied, where their sum is divided."""
    kept: dict[tuple[int, tuple[object, ...]], list[Change]] = {}
    for c in log.changes:
        if is_number(c.new) and c.loops and len(c.slot[1]) > 1 and type(c.slot[1][-1]) is int:
            kept.setdefault((c.slot[0], c.slot[1][:-1]), []).append(c)
    for items in kept.values():
        rounds = _rounds(items)
        if rounds is None or len({c.slot[1][-1] for c in items}) < len(items) or len(rounds[0]) < 2:
            continue
        name = items[0].name.rsplit("[", 1)[0]
        tree = tree_of(case, items[0].file)
        nodes: list[tuple[ast.BinOp, ast.AST]] = [
            (node, scope)
            for scope in (ast.walk(tree) if tree is not None else ())
            if isinstance(scope, ast.FunctionDef | ast.Module)
            for node in ast.walk(scope)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _sums(node.left, name)
        ]
        sums = np.cumsum([sum(float(c.new) for c in changes) for changes in rounds]).tolist()
        if nodes and _vary(sums):
            made = [*assigned(case, name), *((c.file, c.line) for c in rounds[0][:1])]
            yield [changes[-1] for changes in rounds], sums, len(rounds[0]), made, nodes


def _sums(node: ast.expr, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and name_of(node.func) == "sum"
        and bool(node.args)
        and ast.unparse(node.args[0]) == name
    )


def _rounds(changes: list[Change]) -> list[list[Change]] | None:
    """The changes of each round of the outermost loop, as many in each; None if there are too few."""
    found: dict[int, list[Change]] = {}
    loop = changes[0].loops[0][:2]
    for c in changes:
        if c.loops[0][:2] == loop:
            found.setdefault(c.loops[0][2], []).append(c)
    rounds = list(found.values())
    if len(rounds) < FEWEST or list(found) != list(range(len(rounds))) or not any(len(c.loops) > 1 for c in changes):
        return None
    return rounds if len({len(r) for r in rounds}) == 1 else None


def _vary(totals: list[float]) -> bool:
    """Whether something else is added in every round: what counts rows or steps adds the same."""
    added = [b - a for a, b in itertools.pairwise([0.0, *totals])]
    return all(math.isfinite(t) for t in totals) and np.ptp(added) > 1e-9 * abs(totals[0]) and min(added) > 0


def _findings(
    case: Case, ends: list[Change], shown: list[float], node: ast.BinOp, divisor: float, starts: list[Where]
) -> Iterator[Finding]:
    right = [b - a for a, b in itertools.pairwise([0.0, *shown])]
    finding = Finding(
        "loss-accumulates",
        "reporting",
        f"{ast.unparse(node)} divides a sum over all rounds so far by what belongs to one, {divisor:g}: it shows "
        f"{', '.join(f'{x:.4g}' for x in shown[:4])}, "
        f"where the rounds have {', '.join(f'{x:.4g}' for x in right[:3])}.",
        "Set the sum to zero, or the list to [], at the start of each epoch.",
        evidence={"shown": shown[:6], "means": right[:6], "divisor": divisor},
        hint=HINT,
    )
    places: list[Where] = [(ends[0].file, node.lineno), *starts]
    yield from at_each(case, finding, places, "Or here, where the sum starts and grows.", most=3)
