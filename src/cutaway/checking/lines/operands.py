"""Which factor of a wrong product is wrong: where the slope is right, it is the error that comes in."""

from __future__ import annotations

from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.graph import Atom, Eqn, Var

if TYPE_CHECKING:
    from cutaway.checking.lines.departures import Departure, Locator

MOST = 5  # factors of one product


def incoming(locator: Locator, departure: Departure) -> Departure:
    """The departure of the error that is multiplied by a right slope; the departure itself if there is none such."""
    factors = _factors(locator, departure.eqn)
    if departure.wanted is None or not 1 < len(factors) <= MOST:
        return departure
    for count in range(1, len(factors)):
        for chosen in combinations(range(len(factors)), count):
            rest = [a for k, a in enumerate(factors) if k not in chosen]
            slope = np.asarray(prod(_value(factors[k]) for k in chosen))
            if len(rest) == 1 and locator.slopes.has(slope):
                return _blamed(locator, departure, rest[0], slope) or departure
    return departure


def _blamed(locator: Locator, departure: Departure, atom: Atom, slope: Any) -> Departure | None:
    eqn = locator.backward.producer.get(atom) if isinstance(atom, Var) else None
    if eqn is None or locator.is_forward(eqn) or locator.backward.spot(eqn.output) is None:
        return None
    value = np.asarray(eqn.output.value)
    if value.shape != np.shape(departure.wanted) or value.shape != slope.shape:
        return None
    wanted = np.where(slope != 0, departure.wanted / np.where(slope != 0, slope, 1.0), value)
    found = locator.departure(eqn, wanted, departure.of)
    found.residual = locator.residual({eqn.output: wanted}, {}, locator.backward.reaches[eqn.output])
    found.incoming = found.residual <= 5 * locator.tolerance
    return found if found.incoming else None


def _factors(locator: Locator, eqn: Eqn) -> list[Atom]:
    """What is multiplied on the line of a product."""
    if eqn.primitive.name != "multiply":
        return []
    found: list[Atom] = []
    line = locator.backward.spot(eqn.output)
    for atom in eqn.inputs:
        inner = locator.backward.producer.get(atom) if isinstance(atom, Var) else None
        spot = locator.backward.spot(inner.output) if inner is not None else None
        same = spot is not None and line is not None and (spot.call, spot.line) == (line.call, line.line)
        found += (_factors(locator, inner) if inner is not None and same else []) or [atom]
    return found


def _value(atom: Atom) -> Any:
    return np.asarray(atom.value if isinstance(atom, Var) else atom)
