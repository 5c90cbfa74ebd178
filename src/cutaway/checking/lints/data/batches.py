"""Batches that lose rows or repeat them: empty ones, ones that overlap."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import text_of
from cutaway.checking.lints.data.rows import FEWEST, HINT, rows_of
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Log, by_slot
from cutaway.checking.running.observe import log_of


def batches(case: Case) -> Iterator[Finding]:
    """Batches without rows, or that overlap."""
    log = log_of(case)
    if log is None:
        return
    yield from _empty(case, log)
    yield from _overlapping(case, log)


def _empty(case: Case, log: Log) -> Iterator[Finding]:
    """A name in a loop that holds some rows first and none later."""
    arrays = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.ndim and c.loops)
    for seen in by_slot(arrays).values():
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
    tables_of_loops = (
        c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.ndim == 2 and c.loops and min(c.new.shape) > 1
    )
    for seen in by_slot(tables_of_loops).values():
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
