"""Where a backward pass that is made of many small steps, or wrong in several places, leaves the true one.

In a loop over samples, units or time steps no single value spoils a gradient: each pass of the loop does. So what one
expression gave in all its passes is replaced at once, by the true cotangents of one expression of the loss in all its
passes. What makes some gradients right and leaves the right ones right is kept, and the rest is peeled further.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checking.backprop import pull_back
from cutaway.checking.truth import fit
from cutaway.graph import Eqn, Var

if TYPE_CHECKING:
    from cutaway.checking.lines.departures import Departure, Locator

SECONDS = 2.5  # for all rounds together
ROUNDS = 6  # places that are wrong independently of one another
LIKELY = 4  # true values that an expression is first compared with
LONGEST = 24  # passes of an inner loop that may run backwards


@dataclass
class Passes:
    """What one expression gave in all its passes, and what it should have given."""

    eqns: tuple[Eqn, ...]
    wanted: tuple[Any, ...]
    right: frozenset[str]


def peel(locator: Locator) -> list[Departure]:
    """The departures that together make all gradients right; an empty list if some stays wrong."""
    return Peeling(locator).run()


class Peeling:
    """The search; ``replaced`` holds what was found already."""

    def __init__(self, locator: Locator) -> None:
        self.locator, self.deadline = locator, time.process_time() + SECONDS
        self.replaced: dict[Var, Any] = {}
        self.users = [group for group in _sites(locator.eqns, locator.backward.stacks) if self._floating(group)]
        self.users.sort(key=lambda g: (locator.is_forward(g[0]), locator.backward.place[g[0].output]))
        self.truths = list(self._truths())
        self._sorted: dict[int, list[Any]] = {}

    def run(self) -> list[Departure]:
        """Round after round, until nothing is wrong any more."""
        found: list[Departure] = []
        left = set(self.locator.wrong)
        for _ in range(ROUNDS):
            best = self._best(left)
            if best is None:
                return []
            self.replaced.update({e.output: w for e, w in zip(best.eqns, best.wanted, strict=True)})
            left -= best.right
            departure = self.locator.departure(best.eqns[0], best.wanted[0], None)
            departure.others = tuple(zip(best.eqns[1:], best.wanted[1:], strict=True))
            found.append(departure)
            if not left:
                break
        if left:
            return []
        residual = self.locator.residual(self.replaced, {})
        for departure in found:
            departure.residual = residual
        return found if residual <= self.locator.tolerance * 50 else []

    def _best(self, left: set[str]) -> Passes | None:
        """The earliest of the expressions that, when they are right, make most gradients right.

        What an expression gave and what it should have given are most often alike: such pairs are tried first.
        """
        best: Passes | None = None
        patience = float("inf")
        for sweep in (slice(0, LIKELY), slice(LIKELY, None)):
            for k, group in enumerate(self.users):
                reached = {n for e in group for n in self.locator.backward.reaches[e.output]}
                if not reached <= set(self.locator.wrong) or not reached & left:
                    continue
                if best is not None and len(reached & left) <= len(best.right):
                    continue
                for eqns, wanted in self._likely(k)[sweep]:
                    if time.process_time() > min(self.deadline, patience):
                        return best
                    found = self._solved(eqns, wanted, left, reached)
                    if found is not None and (best is None or len(found.right) > len(best.right)):
                        best, patience = found, time.process_time() + SECONDS / (2 * ROUNDS)
                        if len(best.right) == len(reached & left):
                            break
                if best is not None and len(best.right) == len(left):
                    return best
            if best is not None:
                return best
        return best

    def _likely(self, k: int) -> list[Any]:
        """The pairs of a group of equations, the most alike first; none where the group is right as it is."""
        if k not in self._sorted:
            found: list[tuple[float, int, Sequence[Eqn], Sequence[Any]]] = []
            for eqns, wanted in self._pairs(self.users[k]):
                mine = np.concatenate([np.ravel(e.output.value) for e in eqns])
                theirs = np.concatenate([np.ravel(w) for w in wanted])
                size = float(np.linalg.norm(mine) * np.linalg.norm(theirs))
                alike = abs(float(mine @ theirs)) / size if len(mine) == len(theirs) and 0 < size < np.inf else 0.0
                if len(mine) > 1 and alike > 0.999 and np.allclose(mine, theirs, rtol=1e-9, atol=0):
                    found = []
                    break
                found.append((alike, len(found), eqns, wanted))
            found.sort(key=lambda f: (-f[0], f[1]))
            self._sorted[k] = [(eqns, wanted) for _, _, eqns, wanted in found]
        return self._sorted[k]

    def _pairs(self, group: Sequence[Eqn]) -> Iterator[tuple[Sequence[Eqn], Sequence[Any]]]:
        shape = _squeezed(group[0].output.shape)
        for truth in self.truths:
            if shape == () and len(group) > 1:
                yield from ((group, entries) for entries in _entries(truth, len(group)))
            for turned in (False, True):
                like = _squeezed(np.shape(truth[0]))
                if turned and (len(like) != 2 or like[0] != like[1]):
                    break
                if like != shape:
                    continue
                values = [np.transpose(t) for t in truth] if turned else truth
                count = gcd(len(group), len(values))
                if count == 1 and len(group) + len(values) > 2:
                    continue
                a, b = len(group) // count, len(values) // count
                for i in range(a):
                    for j in range(b):
                        for order in _orders(count if a * b == 1 else 1):
                            chosen = values[j::b]
                            yield group[i::a], [chosen[k] for k in order] if order is not None else chosen

    def _solved(self, eqns: Sequence[Eqn], wanted: Sequence[Any], left: set[str], reached: set[str]) -> Passes | None:
        """What is right if the values are ``c`` times what is wanted; the gradients are linear in them."""
        shaped = [np.reshape(w, e.output.shape) for e, w in zip(eqns, wanted, strict=True)]
        mine, theirs = (np.concatenate([np.ravel(x) for x in xs]) for xs in ([e.output.value for e in eqns], shaped))
        if theirs.size < 2 or not np.isfinite(mine).all():
            return None
        top = float(np.max(np.abs(mine)))
        if top == 0 and len(eqns) == 1:
            return None
        if float(np.max(np.abs(mine - theirs))) <= 1e-9 * top:  # right already
            return None
        none, one = (self._rerun(eqns, [f * w for w in shaped]) for f in (0.0, 1.0))
        if none is None or one is None:
            return None
        moved = {n for n in reached if not np.array_equal(none[n], one[n])}
        factors = {n: c for n in moved if (c := self._factor(n, none[n], one[n])) is not None}
        for c in dict.fromkeys(round(c, 9) for n, c in factors.items() if n in left and c):
            right = frozenset(n for n, k in factors.items() if abs(k - c) <= 1e-6 * abs(c) and n in left)
            if right and all(n in factors and abs(factors[n] - c) <= 1e-6 * abs(c) for n in moved - left):
                return Passes(tuple(eqns), tuple(c * w for w in shaped), right)
        return None

    def _rerun(self, eqns: Sequence[Eqn], values: Sequence[Any]) -> dict[str, Any] | None:
        return self.locator.backward.rerun(
            {**self.replaced, **{e.output: v for e, v in zip(eqns, values, strict=True)}}
        )

    def _factor(self, name: str, none: Any, one: Any) -> float | None:
        """The ``c`` with which one gradient is right; None if there is none."""
        view = self.locator.view
        truth = view.exact[name]
        a, b = fit(none, truth.shape), fit(one, truth.shape)
        if a is None or b is None or not (np.isfinite(a).all() and np.isfinite(b).all()):
            return None
        slope = np.ravel(b - a)
        below = float(slope @ slope)
        if below == 0:
            return None
        c = float(slope @ np.ravel(truth - a)) / below
        return c if view.error(name, a + c * (b - a), truth) <= self.locator.tolerance * 5 else None

    def _floating(self, group: Sequence[Eqn]) -> bool:
        return group[0].output.dtype.kind == "f" and any(np.size(e.output.value) for e in group)

    def _truths(self) -> Iterator[list[Any]]:
        """True cotangents, one list for each expression of the loss; then what flows back from single uses."""
        view = self.locator.view
        backprop, stacks = view.backprop, view.point.stacks
        live = [e for e in backprop.graph.eqns if e.output in backprop.true]
        sites = list(_sites(live, stacks))
        for group in sites:
            yield [np.asarray(backprop.true[e.output]) for e in group]
        for v in backprop.graph.inputs:
            if v in backprop.true:
                yield [np.asarray(backprop.true[v])]
        uses: dict[Any, int] = {}
        for e in live:
            for a in e.inputs:
                uses[a if isinstance(a, Var) else None] = uses.get(a if isinstance(a, Var) else None, 0) + 1
        for group in sites:
            for i, atom in enumerate(group[0].inputs):
                if isinstance(atom, Var) and atom in backprop.live and uses.get(atom, 0) > 1:
                    parts = [pull_back(e, i, backprop.true[e.output]) for e in group if len(e.inputs) > i]
                    if all(p is not None for p in parts):
                        yield [np.asarray(p) for p in parts]


def _entries(truth: Sequence[Any], count: int) -> Iterator[list[Any]]:
    """The numbers in some arrays, one after the other, where there are just so many: row by row, column by column."""
    size = np.size(truth[0])
    if size > 1 and sum(np.size(t) for t in truth) == count:
        yield [n for t in truth for n in np.ravel(t)]
        if len(_squeezed(np.shape(truth[0]))) > 1:
            yield [n for t in truth for n in np.ravel(np.transpose(t))]


def _orders(count: int) -> Iterator[list[int] | None]:
    """As it is; backwards; with each run of an inner loop backwards."""
    yield None
    if count > 1:
        yield list(range(count))[::-1]
    for r in range(2, min(count - 1, LONGEST) + 1):
        if count % r == 0:
            yield [k - k % r + (r - 1 - k % r) for k in range(count)]


def _sites(eqns: Sequence[Eqn], stacks: Any) -> Iterator[list[Eqn]]:
    """The equations of each expression, called from the same lines; those of one shape together."""
    found: dict[Any, list[Eqn]] = {}
    for eqn in eqns:
        stack = stacks.get((eqn.of or eqn).output)
        path = tuple((s.file, s.line, s.column, s.end_column) for s in stack.spots) if stack else eqn.where
        found.setdefault((path, eqn.primitive.name, _squeezed(eqn.output.shape)), []).append(eqn)
    yield from found.values()


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)
