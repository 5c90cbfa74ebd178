"""Which operand of a wrong result is wrong: where one is known to be right, it is the other.

A slope may be right and the error that comes in wrong; of a sum, one part may be the true one; what an adapter takes
from the change of a parameter, ``(old - new) / rate``, is wrong because of what was added to the old one.
"""

from __future__ import annotations

from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.graph import Atom, Eqn, Var

if TYPE_CHECKING:
    from cutaway.checking.lines.backward import Backward, Spot
    from cutaway.checking.lines.departures import Departure, Locator

MOST = 5  # factors of one product
_FARTHEST = 12  # operations from a result to the operand


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


def slope_made(locator: Locator, departure: Departure) -> Departure | None:
    """The departure of a wrong slope that another line made, where what it is multiplied by is a true error."""
    factors = _factors(locator, departure.eqn)
    if departure.wanted is None or not 1 < len(factors) <= MOST:
        return None
    for k, atom in enumerate(factors):
        eqn = locator.backward.producer.get(atom) if isinstance(atom, Var) else None
        spot = locator.backward.spot(eqn.output) if eqn is not None else None
        if eqn is None or spot is None or spot.line == departure.spot.line:
            continue
        error = np.asarray(prod(_value(a) for i, a in enumerate(factors) if i != k))
        value = np.asarray(eqn.output.value)
        if error.shape == value.shape == np.shape(departure.wanted) and locator.truths.multiples(error):
            wanted = np.where(error != 0, departure.wanted / np.where(error != 0, error, 1.0), value)
            found = locator.departure(eqn, wanted, None)
            found.residual = locator.residual({eqn.output: wanted}, {}, locator.backward.reaches[eqn.output])
            return found
    return None


def mask_lines(locator: Locator, departure: Departure) -> list[Spot]:
    """The lines that make the zeros and ones that a wrong result is multiplied by, where these are others."""
    found = []
    for atom in _factors(locator, departure.eqn):
        eqn = locator.backward.producer.get(atom) if isinstance(atom, Var) else None
        spot = locator.backward.spot(eqn.output) if eqn is not None else None
        if eqn is not None and spot is not None and spot.line != departure.spot.line and eqn.output.shape:
            found += [spot] if np.isin(eqn.output.value, (0, 1)).all() else []
    return found


def slope_lines(locator: Locator, made: Departure) -> list[Spot]:
    """The lines of a wrong slope; where a function gave back what the forward pass computed, those of the function."""
    backward, value = locator.backward, made.eqn.output
    stack = backward.stacks[value].spots
    return [*backward.passed.get(value, ()), *stack[1:]] if locator.is_forward(made.eqn) else list(stack)


def unspread(backward: Backward, eqn: Eqn, wanted: Any) -> tuple[Eqn, Any]:
    """The smaller value that an equation only spreads over a parameter's shape, and what is wanted instead of it.

    ``dW + np.zeros_like(W)``, ``np.broadcast_to(dW, W.shape).copy()``; the equation itself where it does more.
    """
    found, now, kind = (eqn, wanted), wanted, eqn.primitive.name.rpartition(".")[2]
    while now is not None and kind in ("add", "multiply", "broadcast_to", "copy", "astype"):
        for small, other in (eqn.inputs, eqn.inputs[::-1]) if len(eqn.inputs) == 2 else ((eqn.inputs[0], None),):
            inner = backward.producer.get(small) if isinstance(small, Var) else None
            if inner is not None and backward.spot(inner.output) is not None and _idle(backward, kind, other):
                break
        else:
            break
        if other is not None:
            now = now - _value(other) if kind == "add" else now / _value(other)
        eqn, kind = inner, inner.primitive.name.rpartition(".")[2]
        if np.size(eqn.output.value) < np.size(wanted):
            found = eqn, now
    return found


def reshaped(backward: Backward, departure: Departure) -> Spot | None:
    """The expression that computed what the departure only gives another shape; None if it does more."""
    eqn: Eqn | None = departure.eqn
    while eqn is not None and eqn.primitive.name.rpartition(".")[2] in (
        "reshape",
        "take_at",
        "transpose",
        "expand_dims",
    ):
        below = eqn.inputs[0]
        eqn = backward.producer.get(below) if isinstance(below, Var) else None
        if eqn is not None and np.size(eqn.output.value) != np.size(departure.eqn.output.value):
            return None
    return None if eqn is None or eqn is departure.eqn else backward.spot(eqn.output)


def _idle(backward: Backward, kind: str, other: Atom | None) -> bool:
    """Whether what something is added to or multiplied by is a plain array, or zero, that gives it another shape."""
    if other is None:
        return True
    plain = not isinstance(other, Var) or (other not in backward.producer and str(other.name) not in backward.inputs)
    value = _value(other)
    if kind == "add":
        return not np.any(value)
    return plain and value.size > 1 and bool(np.all(value))


def narrowed(locator: Locator, departure: Departure) -> Departure:
    """The departure of the operand that is wrong, as far as the others are right; the departure itself if none is."""
    found = departure
    for _ in range(_FARTHEST):
        inner = _narrower(locator, found) if found.wanted is not None else None
        if inner is None:
            break
        found = inner
    if found is departure or found.spot == departure.spot:
        return departure
    names = locator.backward.reaches[found.eqn.output]
    found.residual = locator.residual({found.eqn.output: found.wanted}, {}, names & set(locator.wrong))
    return found if found.residual <= 5 * locator.tolerance else departure


def _narrower(locator: Locator, departure: Departure) -> Departure | None:
    eqn, wanted, kind = departure.eqn, np.asarray(departure.wanted), departure.eqn.primitive.name
    if kind == "negative":
        return _computed(locator, eqn.inputs[0], -wanted, departure)
    if kind not in ("add", "subtract", "multiply", "divide"):
        return None
    a, b = eqn.inputs
    x, y = _value(a), _value(b)
    if kind in ("multiply", "divide"):
        if y.size == 1 and _plain(locator, b) and np.all(y):
            return _computed(locator, a, wanted / y if kind == "multiply" else wanted * y, departure)
        if kind == "multiply" and x.size == 1 and _plain(locator, a) and np.all(x):
            return _computed(locator, b, wanted / x, departure)
        return None
    if x.shape != y.shape or _right(locator, a) == _right(locator, b):
        return None
    if _right(locator, a):
        return _computed(locator, b, wanted - x if kind == "add" else x - wanted, departure)
    return _computed(locator, a, wanted - y if kind == "add" else wanted + y, departure)


def _computed(locator: Locator, atom: Atom, wanted: Any, departure: Departure) -> Departure | None:
    """The departure of an operand that the author computed."""
    eqn = locator.backward.producer.get(atom) if isinstance(atom, Var) else None
    if eqn is None or locator.backward.spot(eqn.output) is None:
        return None
    if eqn.output.shape != np.shape(wanted) and departure.eqn.output.shape == np.shape(wanted):
        return None
    of = departure.of if departure.of not in locator.view.backprop.graph.inputs else None
    return locator.departure(eqn, wanted, of)


def _plain(locator: Locator, atom: Atom) -> bool:
    return not isinstance(atom, Var) or atom not in locator.backward.producer


def _right(locator: Locator, atom: Atom) -> bool:
    """Whether an operand is a parameter as it was given, or a true part of a cotangent."""
    if not isinstance(atom, Var):
        return False
    if atom not in locator.backward.producer:
        return str(atom.name) in locator.backward.inputs
    return locator.truths.has(atom.value) or locator.true_parts.has(atom.value)


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
