"""Where a wrong sign or factor enters: at the expression which, times one number, makes everything right.

A sign that two layers have in common turns the gradient of one of them alone; a factor of one term of the loss leaves
no gradient a multiple of the true one. The value at which such a gradient departs is then a sum, or a whole gradient;
the expression is found by computing each of them anew, times the number, with all that follows from it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cutaway.checking.lines.departures import Departure, Locator
from cutaway.checking.lines.shelf import ALIKE, proportional
from cutaway.checking.truth import fit
from cutaway.graph import Eqn, Var

SECONDS = 1.5  # for the trials
MOST = 3  # places


def better_placed(locator: Locator, departures: list[Departure], k: float) -> list[Departure]:
    """The expressions that make everything right when they are divided by ``k``, if none of the departures does."""
    found = scaled(locator, k)
    known = {(d.spot.file, d.spot.line) for d in departures}
    if not found or (known & {(d.spot.file, d.spot.line) for d in found} and _unlikely(locator, found[0].eqn, k)):
        return departures
    return found


def scaled(locator: Locator, k: float) -> list[Departure]:
    """The expressions that are ``k`` times what they should be, the likeliest first; at most three lines."""
    found: dict[tuple[str, int], tuple[int, int, Departure]] = {}
    started = time.process_time()
    for group in _sites(locator):
        if time.process_time() - started > SECONDS:
            break
        if any(locator.is_forward(e) for e in group) or not _mends(locator, group, k):
            continue
        departure = locator.departure(group[0], np.asarray(group[0].output.value) / k, None)
        departure.residual = 0.0
        rank = _unlikely(locator, group[0], k), -locator.backward.place[group[0].output]
        where = (departure.spot.file, departure.spot.line)
        if where not in found or rank < found[where][:2]:
            found[where] = (*rank, departure)
    ranked = sorted(found.values(), key=lambda f: f[:2])
    return [d for *_, d in ranked[: 1 if ranked and ranked[0][0] == 0 else MOST]]


def _sites(locator: Locator) -> Iterator[list[Eqn]]:
    """The equations of each expression, wherever it is called from; then those of each way to it."""
    by_place: dict[Any, list[Eqn]] = {}
    by_path: dict[Any, list[Eqn]] = {}
    for eqn in locator.backward.relevant():
        stack = locator.backward.stacks.get(eqn.output)
        if stack is not None and stack.spots and eqn.output.dtype.kind == "f":
            path = tuple((s.file, s.line, s.column, s.end_column) for s in stack.spots)
            by_place.setdefault((path[:1], eqn.primitive), []).append(eqn)
            by_path.setdefault((path, eqn.primitive), []).append(eqn)
    yield from by_place.values()
    known = {tuple(id(e) for e in group) for group in by_place.values()}
    yield from (group for group in by_path.values() if tuple(id(e) for e in group) not in known)


def _mends(locator: Locator, group: Sequence[Eqn], k: float) -> bool:
    """Whether all gradients are right with the values of these equations divided by ``k``."""
    backward, view = locator.backward, locator.view
    numbers = backward.rerun({}, {e.output: _divided(e, k) for e in group})
    if numbers is None:
        return False
    for name, truth in view.exact.items():
        got = fit(numbers[name], truth.shape) if name in numbers else None
        if got is None or view.error(name, got, truth) > 5 * locator.tolerance:
            return False
    return True


def _divided(eqn: Eqn, k: float) -> Callable[[Mapping[Var, Any]], Any]:
    def compute(now: Mapping[Var, Any]) -> Any:
        args = [now.get(a, a.value) if isinstance(a, Var) else a for a in eqn.inputs]
        return eqn.primitive.fn(*args, **eqn.params) / k

    return compute


def _unlikely(locator: Locator, eqn: Eqn, k: float) -> int:
    """0 for a slope times ``k``, 1 where signs change or numbers multiply, 2 elsewhere."""
    value = np.asarray(eqn.output.value, float)
    if np.size(value) > 1 and locator.slopes.has(value / k):
        return 0
    kind = eqn.primitive.name.rpartition(".")[2]
    numbers = any(np.size(a.value if isinstance(a, Var) else a) == 1 for a in eqn.inputs)
    return (
        1 if kind in (("negative", "subtract") if k == -1 else ("multiply", "divide")) and (k == -1 or numbers) else 2
    )


# One factor, of some parameters alone ---------------------------------------------------------------------------------


def entrances(locator: Locator, names: list[str], k: float) -> list[Departure]:
    """Where a factor enters that only these gradients have; where none enters, one is missing at their ends."""
    found: dict[Var, Departure] = {}
    for name in names:
        departure = _where_it_enters(locator, name, k)
        if departure is not None:
            found.setdefault(departure.eqn.output, departure)
    return list(found.values())


def _where_it_enters(locator: Locator, name: str, k: float) -> Departure | None:
    backward = locator.backward
    chain = backward.ancestors(backward.outputs.get(name, 0))
    shared: float | None = None
    first: Departure | None = None
    for eqn in sorted((e for e in locator.eqns if e.output in chain), key=locator.is_forward):
        if np.size(eqn.output.value) < 2 and np.size(locator.view.exact[name]) >= 2:
            continue
        found = _coefficients(locator, eqn, k)
        if not found:
            continue
        if not backward.reaches[eqn.output] <= set(locator.wrong):
            shared = found[0]
            continue
        c = next((c for c in found if shared and _is_times(c / shared, k)), found[0])
        here = locator.departure(eqn, np.asarray(eqn.output.value) / k if k else None, None)
        left = 0.0 if here.wanted is None else locator.residual({eqn.output: here.wanted}, {}, frozenset((name,)))
        if left > 5 * locator.tolerance and _passes(locator, eqn) == 1:
            continue  # one of several paths
        if shared is None:  # nothing right depends on it: the factor may enter at the very beginning
            return here
        first = first or here
        if _is_times(c / shared, k):
            return here
    end = locator.given_as(name)
    if end is not None and k and end.spot == backward.spot(end.eqn.output):
        end.wanted = np.asarray(end.eqn.output.value) / k
    return end or first


def _is_times(c: float, k: float) -> bool:
    return abs(c - k) <= ALIKE * max(1.0, abs(k)) * 10


def _coefficients(locator: Locator, eqn: Eqn, k: float) -> list[float]:
    """Every ``c`` such that a value is ``c`` times a true cotangent; of a number, 1, -1 or ``k`` times."""
    value, truths = np.asarray(eqn.output.value), list(locator.true.values())
    if value.size == 1 and value.dtype.kind == "f":
        number = float(value.ravel()[0])
        singles = [float(np.ravel(g)[0]) for g in truths if np.size(g) == 1]
        return [c for c in (1.0, k, -1.0) if any(g and abs(number - c * g) <= ALIKE * abs(c * g) for g in singles)]
    near = (truths[i] for i in locator.truths.multiples(value))
    found = (proportional(value, g) for g in near if np.size(g) > 1 or value.size == 1)
    return [match[0] for match in found if match]


def is_sum_of_passes(locator: Locator, eqn: Eqn) -> bool:
    """Whether a value is what a loop adds up."""
    kind = eqn.primitive.name.rpartition(".")[2]
    return kind in ("add", "subtract", "put_at", "add_at") and _passes(locator, eqn) > 1


def _passes(locator: Locator, eqn: Eqn) -> int:
    """How often the expression of an equation ran: in each pass of a loop."""
    spot = locator.backward.spot(eqn.output)
    spots = (locator.backward.spot(e.output) for e in locator.eqns if e.primitive is eqn.primitive)
    place = spot and (spot.line, spot.column, spot.end_column)
    return sum(s is not None and (s.line, s.column, s.end_column) == place for s in spots)
