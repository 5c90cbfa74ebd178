"""Expressions which, times one number in every pass, make all gradients right: where a sign or a factor is wrong.

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
