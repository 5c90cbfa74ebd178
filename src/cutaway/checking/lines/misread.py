"""A right value that is computed and not used: ``delta = error * slope``, and then ``error`` where ``delta`` belongs.

The line that computes what the error is before the slope is right then, and so is the next one. At fault are those that
go on with the wrong one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checking.truth import fit
from cutaway.graph import Eqn, Var

if TYPE_CHECKING:
    from cutaway.checking.lines.departures import Departure, Locator

FARTHEST = 4  # equations from the wrong value to the right one: the factors of a slope


def misread(locator: Locator, departure: Departure) -> list[Departure]:
    """The equations that read the wrong value where the right one is computed from it; the departure itself if none."""
    backward, wrong = locator.backward, departure.eqn.output
    if departure.wanted is None or locator.is_forward(departure.eqn):
        return [departure]
    chain = _to_right(locator, wrong, departure.wanted)
    readers = [backward.eqns[k] for k in backward.users.get(wrong, ())] if chain else []
    readers = [e for e in readers if e.output not in chain and backward.reaches.get(e.output)]
    values = backward.values({wrong: departure.wanted}) if readers else None
    if values is None:
        return [departure]
    return [locator.departure(e, values[e.output], departure.of) for e in readers if e.output in values]


def _to_right(locator: Locator, wrong: Var, wanted: Any) -> set[Var]:
    """The values on the way from a wrong value to the right one, each computed entry by entry; empty if none is."""
    paths: list[tuple[Var, ...]] = [(wrong,)]
    for _ in range(FARTHEST):
        longer = []
        for path in paths:
            for eqn in _entry_by_entry(locator, path[-1]):
                if _same(eqn.output.value, wanted):
                    return {*path[1:], eqn.output}
                longer.append((*path, eqn.output))
        paths = longer
    return set()


def _entry_by_entry(locator: Locator, var: Var) -> Iterator[Eqn]:
    for k in locator.backward.users.get(var, ()):
        eqn = locator.backward.eqns[k]
        if eqn.primitive.elementwise and not locator.is_forward(eqn):
            yield eqn


def _same(value: Any, wanted: Any) -> bool:
    fitted = fit(value, np.shape(wanted)) if np.size(value) == np.size(wanted) else None
    top = float(np.max(np.abs(wanted), initial=0.0))
    return fitted is not None and bool(np.max(np.abs(fitted - wanted), initial=0.0) <= 1e-6 * top)
