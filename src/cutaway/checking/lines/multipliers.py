"""What an error is multiplied by: a mask, a kernel, a matrix of derivatives, often made on a line of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checking.lines.backward import Spot
from cutaway.graph import Var

if TYPE_CHECKING:
    from cutaway.checking.lines.departures import Departure, Locator

MOST = 3  # lines that fill one array

_ROW_BY_ROW = ("put_at", "concatenated", "reshape", "copy")


def multipliers(departure: Departure, locator: Locator) -> Iterator[Spot]:
    """Where that by which the error is multiplied was computed from the values of the forward pass."""
    eqn, produced = departure.eqn, locator.backward.producer
    while eqn.primitive.name.rpartition(".")[2] in _ROW_BY_ROW:
        rows = [a for a in eqn.inputs if isinstance(a, Var) and a in produced]
        if not rows:
            return
        eqn = produced[rows[-1]]
    for atom in eqn.inputs:
        if not isinstance(atom, Var) or locator.backward.spot(atom) is None:
            continue
        if _depends_on_error(atom, locator) or locator.is_forward(produced[atom]):
            continue
        yield from _filled(atom, locator)


def _filled(atom: Any, locator: Locator) -> list[Spot]:
    """The lines that write the entries of an array, the last one first; of one made whole, the line that makes it."""
    produced = locator.backward.producer
    found: dict[tuple[str, int], Spot] = {}
    while atom in produced and len(found) < MOST:
        spot = locator.backward.spot(atom)
        if spot is not None:
            found.setdefault((spot.file, spot.line), spot)
        if produced[atom].primitive.name.rpartition(".")[2] != "put_at":
            break
        atom = produced[atom].inputs[0]
    return list(found.values())


def _depends_on_error(atom: Any, locator: Locator) -> bool:
    """Whether a value is computed from a true cotangent: the error, and not what it is multiplied by."""
    held = (np.asarray(v.value) for v in locator.backward.ancestors(atom))
    return any(v.dtype.kind == "f" and v.size > 1 and np.ptp(v) > 0 and locator.truths.multiples(v) for v in held)
