"""Rows that are gone for good: a table in which fewer and fewer of its own rows are left, each several times."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import statements_at, text_of
from cutaway.checking.lints.data.rows import FEWEST, HINT, rows_of
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Change, Log, by_slot
from cutaway.checking.running.observe import logs_of

DIFFERENT = 0.7  # of the rows of a table: how many must differ, for it to hold samples
MOST = 20_000  # rows


def lost_rows(case: Case) -> Iterator[Finding]:
    """``random.shuffle`` of an array, a swap through views, a table replaced by a sample of itself."""
    if "lost rows" not in case.notes:
        case.notes["lost rows"] = list(_lost_rows(case))
    yield from case.notes["lost rows"]


def _lost_rows(case: Case) -> Iterator[Finding]:
    for log in [*logs_of(case), case.notes.get("loop_log")]:
        if log is None:
            continue
        ends = _ends_of_rounds(log)
        for seen in by_slot(c for c in log.changes if isinstance(c.new, np.ndarray)).values():
            found = _lost(seen, ends)
            if found is not None:
                culprit, before, left = found
                same = (c for c in log.changes if c.identity == culprit.identity and c.inplace and culprit.inplace)
                first = next((c for c in same if len(set(rows_of(c.new, 0))) < before), culprit)
                yield _finding(case, seen, first, before, left)
                return


def _ends_of_rounds(log: Log) -> list[int]:
    """The last event of each round of the outermost loops, and of everything."""
    last: dict[object, int] = {}
    for c in log.changes:
        if c.loops:
            last[c.loops[0]] = c.at
    return [*sorted(last.values()), log.events]


def _lost(seen: list[Change], ends: list[int]) -> tuple[Change, int, int] | None:
    """The change after which rows are missing for ever, how many there were and how many are left at the end."""
    first = seen[0].new
    if len(seen) < 2 or first.ndim < 2 or first.dtype.kind not in "fiu" or not FEWEST <= len(first) <= MOST:
        return None
    if any(c.new.shape != first.shape for c in seen):
        return None
    before = set(rows_of(first, 0))
    if len(before) < DIFFERENT * len(first):
        return None
    times = [c.at for c in seen]
    states = [seen[max(bisect_right(times, end) - 1, 0)] for end in ends]
    kept, losses = before, 0
    for c in dict((id(c.new), c) for c in states).values():
        rows = set(rows_of(c.new, 0))
        if not rows <= kept:
            return None
        losses += rows < kept
        kept = rows
    inplace = all(c.inplace for c in seen[1:])
    if losses < (1 if inplace else 2):
        return None  # one sample with replacement may be meant
    culprit = next(c for c in seen[1:] if len(set(rows_of(c.new, 0))) < len(before))
    return culprit, len(before), len(kept)


def _finding(case: Case, seen: list[Change], c: Change, before: int, left: int) -> Finding:
    where = (c.file, c.line)
    nodes = [n for s in statements_at(case, where) for n in ast.walk(s)]
    shuffled = any(isinstance(n, ast.Attribute | ast.Name) and ast.unparse(n).endswith("shuffle") for n in nodes)
    if shuffled:
        why = "random.shuffle swaps the rows of an array through views, so that one is written over the other: "
        fix = f"np.random.shuffle({c.name}), or a permutation: {c.name} = {c.name}[rng.permutation(len({c.name}))]"
    elif c.inplace:
        why = "the rows of an array are views, and one is written over the other: "
        fix = f"Swap by an index, {c.name}[[i, j]] = {c.name}[[j, i]], or {c.name} = {c.name}[rng.permutation(n)]"
    else:
        why = f"{c.name} is replaced by a sample of itself, drawn with replacement: "
        fix = f"Draw a permutation: {c.name} = {c.name}[rng.permutation(len({c.name}))]"
    rows = rows_of(seen[-1].new, 0)
    most = max(rows.count(r) for r in set(rows))
    return Finding(
        "rows-lost",
        "data",
        f"{why}of the {before} different rows of {c.name} {left} are left after what was watched, one of them "
        f"{most} times.",
        fix,
        (),
        *where,
        {"different_rows": before, "different_rows_left": left, "most_copies_of_one": most},
        text_of(case, where),
        hint=HINT,
    )
