"""A value that the backward pass still needs, and that was written over before: ``z[z <= 0] = 0`` on the author's own.

The wrong expression is computed again with the array as it was; if that gives what is wanted, the writing is at fault.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from cutaway.checking.lines.backward import Backward, Spot
from cutaway.checking.lines.departures import Departure
from cutaway.checking.lines.source import parts, text_in
from cutaway.checking.truth import fit
from cutaway.graph import Eqn, Var


def overwritten(backward: Backward, departure: Departure) -> list[Spot]:
    """The lines that write over an array which the expression at fault should have read as it was."""
    if departure.wanted is None or departure.others:
        return []
    above = backward.ancestors(departure.eqn.output)
    for eqn in reversed([e for e in backward.eqns if e.output in above and _writes(backward, e)]):
        chain = list(_chain(backward, eqn))
        before = _base(chain[-1])
        assert before is not None
        values = backward.values({eqn.output: before.value})
        again = values.get(departure.eqn.output) if values is not None else None
        again = None if again is None else fit(again, np.shape(departure.wanted))
        top = float(np.max(np.abs(departure.wanted), initial=0.0))
        if again is not None and float(np.max(np.abs(again - departure.wanted), initial=0.0)) <= 1e-6 * top:
            spots = [s for e in reversed(chain) if (s := backward.spot(e.output)) is not None]
            return list({(s.file, s.line): s for s in spots}.values())
    return []


def written_into(backward: Backward) -> Iterator[tuple[Eqn, Var]]:
    """The equations that stand for writing into an array, each with that array as it was."""
    for eqn in backward.relevant():
        base = _base(eqn) if _writes(backward, eqn) else None
        if base is not None:
            yield eqn, base


def _chain(backward: Backward, eqn: Eqn) -> Iterator[Eqn]:
    """A write, and those into the same array before it."""
    at: Eqn | None = eqn
    while at is not None and _writes(backward, at):
        yield at
        below = _base(at)
        at = backward.producer.get(below) if below is not None else None


def _base(eqn: Eqn) -> Var | None:
    """The array that is written into: the one that keeps its shape; with a mask, the one that is kept."""
    alike = [a for a in eqn.inputs if isinstance(a, Var) and np.shape(a.value) == eqn.output.shape]
    kept = [a for a in alike if np.asarray(a.value).dtype.kind == "f"]
    return kept[-1 if eqn.primitive.name == "where" else 0] if kept else None


def _writes(backward: Backward, eqn: Eqn) -> bool:
    """Whether an equation stands for writing into an array that has a value already."""
    spot = backward.spot(eqn.output)
    base = _base(eqn)
    if spot is None or base is None:
        return False
    place = spot.line, spot.column, spot.end_column
    return bool(np.any(base.value)) and place in _writing(text_in(spot.file))


@lru_cache(maxsize=16)
def _writing(text: str) -> frozenset[tuple[int, int, int | None]]:
    """Where the program writes ``x[i] = ...`` and ``x *= ...``."""
    return frozenset(
        (n.lineno, n.col_offset, n.end_col_offset)
        for n in parts(text)
        if isinstance(n, ast.AugAssign) or (isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    )
