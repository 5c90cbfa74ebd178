"""A wrong value that was only put together from others: which of its pieces are wrong, and where they were computed.

Joining arrays, reshaping them and writing into them computes nothing. What such a result should be says what each piece
should have been, so the place is the one that computed a piece that is another; a loop may have computed them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checking.backprop import pull_back
from cutaway.graph import Eqn, Var

if TYPE_CHECKING:
    from cutaway.checking.lines.departures import Departure, Locator

JOINING = ("concatenated", "concatenate", "stack", "reshape", "transpose", "astype", "copy")
"""Operations whose rule of backpropagation, a rearrangement, gives the pieces of any array of that shape."""

WRITING = "put_at"
MOST = 400  # pieces


def of_pieces(locator: Locator, departure: Departure) -> list[Departure]:
    """The departures of the pieces; the departure itself where it computed something, or nothing is known of it."""
    if departure.wanted is None:
        return [departure]
    found: dict[Any, list[tuple[Eqn, Any]]] = {}
    for eqn, wanted in ((departure.eqn, departure.wanted), *departure.others):
        for piece, value in _pieces(locator, eqn, np.asarray(wanted), np.ones(np.shape(wanted))):
            spot = locator.backward.spot(piece.output)
            if spot is None:
                return [departure]
            found.setdefault((spot.file, spot.line, spot.column, spot.end_column), []).append((piece, value))
    computed = {piece for group in found.values() for piece, _ in group}
    if not found or len(computed) > MOST or departure.eqn in computed:
        return [departure]
    made = [locator.departure(*group[0], None) for group in found.values()]
    return [
        replace(d, others=tuple(group[1:]), residual=departure.residual)
        for d, group in zip(made, found.values(), strict=True)
    ]


def _pieces(locator: Locator, eqn: Eqn, wanted: Any, matters: Any) -> Iterator[tuple[Eqn, Any]]:
    """The equations that computed what is wrong in a value, and what they should have given; ``matters`` is a mask."""
    kind = eqn.primitive.name.rpartition(".")[2]
    below = [(i, locator.backward.producer.get(a)) for i, a in enumerate(eqn.inputs) if isinstance(a, Var)]
    joins = kind in JOINING or (kind == WRITING and len(eqn.inputs) == 2)  # with an array as index rows may come twice
    if not joins or not any(e for _, e in below):
        if _differ(eqn.output.value, wanted, matters):
            yield eqn, wanted
        return
    for i, inner in below:
        part, mask = (_part(eqn, i, x) for x in (wanted, matters))
        if part is None or mask is None:
            continue
        if inner is not None:
            yield from _pieces(locator, inner, part, mask)
        elif _differ(eqn.inputs[i].value, part, mask):  # type: ignore[union-attr]
            yield eqn, wanted  # a plain array is joined in: that is done here


def _part(eqn: Eqn, i: int, whole: Any) -> Any:
    try:
        return pull_back(eqn, i, whole)
    except (ValueError, IndexError, TypeError):
        return None


def _differ(value: Any, wanted: Any, matters: Any) -> bool:
    top = float(np.max(np.abs(wanted), initial=0.0))
    return np.shape(value) == np.shape(wanted) and bool(
        np.max(np.abs(value - wanted) * matters, initial=0.0) > 1e-6 * top
    )
