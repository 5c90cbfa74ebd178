"""Changed expressions tried on the backward pass itself: the right one makes the author's gradients right.

Where no value is known that an expression should have given, its changed text is computed in every pass of the loops
around it, with what the names meant there, and all that follows is computed again. Gradients that were wrong and are
right then prove the change.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checking.correction.scope import Scope
from cutaway.checking.correction.search import LARGEST, Correction, alike, corrected_line, expression, limited
from cutaway.checking.correction.variants import variants
from cutaway.checking.correction.written import Written
from cutaway.checking.lines.backward import Spot, shown
from cutaway.graph import Eqn, Var

if TYPE_CHECKING:
    from cutaway.checking.lines.departures import Locator

SECONDS = 2.0  # for one program
SHARE = 0.4  # of the time that is left, for one expression
PASSES = 64  # of a loop, at most


@dataclass(frozen=True)
class Mended:
    """A changed expression, where it stands, and the gradients that it makes right."""

    spot: Spot
    correction: Correction
    right: frozenset[str]


def mended(locator: Locator, first: Sequence[Eqn] = (), seconds: float = SECONDS, likely: str = "") -> list[Mended]:
    """Changed expressions that together make all wrong gradients right; an empty list where none are found.

    Parameters
    ----------
    locator : Locator
        The backward pass and what is wrong about it.
    first : sequence of Eqn
        Where to look first.
    seconds : float
        The time for all trials.
    likely : str
        The kind of change that is tried before all others.
    """
    return _Trials(locator, first, time.process_time() + seconds, likely).run()


class _Trials:
    def __init__(self, locator: Locator, first: Sequence[Eqn], deadline: float, likely: str) -> None:
        self.locator, self.deadline, self.likely = locator, deadline, likely
        suspects = [e for e in locator.eqns if locator.backward.reaches[e.output] <= set(locator.wrong)]
        found: dict[Any, list[Eqn]] = {}
        for eqn in suspects:
            found.setdefault(self._site(eqn), []).append(eqn)
        near = {self._site(e): k for k, e in enumerate(first)}
        lines = {s.line for e in first if (s := locator.backward.spot(e.output)) is not None}
        order = {site: k for k, site in enumerate(found)}
        self.sites = sorted(
            found, key=lambda s: (near.get(s, len(near)), s[1] not in lines, locator.is_forward(found[s][0]), order[s])
        )
        self.passes = found
        self.replaced: dict[Var, Any] = {}

    def _site(self, eqn: Eqn) -> Any:
        spot = self.locator.backward.spot(eqn.output)
        assert spot is not None
        return spot.file, spot.line, spot.column, spot.end_line, spot.end_column, eqn.primitive.name

    def run(self) -> list[Mended]:
        """One expression that mends everything; else expressions that each mend something."""
        left = frozenset(self.locator.wrong)
        for only in dict.fromkeys((self.likely, "")):
            for site in self.sites:
                if self._reached(site) >= left and (one := self._try(site, left, left, only)) is not None:
                    return [one]
        found: list[Mended] = []
        for site in sorted(self.sites, key=lambda s: -len(self._reached(s))):
            if left & self._reached(site) and (one := self._try(site, left, frozenset())) is not None:
                found.append(one)
                left -= one.right
            if not left:
                return found
        return []

    def _reached(self, site: Any) -> frozenset[str]:
        return self.locator.backward.reaches[self.passes[site][0].output]

    def _try(self, site: Any, left: frozenset[str], wanted: frozenset[str], only: str = "") -> Mended | None:
        """The first change of an expression that makes all of ``wanted`` right, or what it reaches, and spoils none."""
        backward, eqns = self.locator.backward, self.passes[site]
        stacks = [backward.stacks[e.output] for e in eqns]
        spot = stacks[0].spots[0]
        node, source = expression(spot)
        if node is None or source is None or len(eqns) > PASSES or np.size(eqns[0].output.value) > LARGEST:
            return None
        written = Written(node, source, Scope(stacks[0].names[0], stacks[0].globals[0]))
        if not alike(written.value, eqns[0].output.value):
            return None
        scopes = [written.scope, *(Scope(s.names[0], s.globals[0]) for s in stacks[1:])]
        right_before = self._right({})
        now = time.process_time()
        end = now + (self.deadline - now) * SHARE
        wanted = wanted or (self._reached(site) & left)
        for _, how, text in sorted(limited(variants(written)), key=lambda v: v[0]):
            if only and how != only:
                continue
            if time.process_time() > end:
                return None
            if how == "sum" and len(eqns) > 1:
                if self._right({}, self._in_turn(text, eqns)) >= wanted | right_before:
                    line = corrected_line(source, spot, text)
                    return Mended(spot, Correction(written.text, text, line, None, how), wanted)
                continue
            values = {e.output: v for e, v in self._values(text, eqns, scopes)}
            if len(values) < len(eqns):
                continue
            if len(eqns) == 1 and alike(values[eqns[0].output], eqns[0].output.value):
                continue
            right = self._right(values)
            if right >= wanted | right_before:
                self.replaced.update(values)
                line = corrected_line(source, spot, text)
                return Mended(spot, Correction(written.text, text, line, values[eqns[0].output], how), wanted)
        return None

    def _values(self, text: str, eqns: Sequence[Eqn], scopes: Sequence[Scope]) -> Iterator[tuple[Eqn, Any]]:
        for eqn, scope in zip(eqns, scopes, strict=True):
            value = scope.value(text)
            if value is None or not np.isfinite(value).all():
                return
            yield eqn, value

    def _in_turn(self, text: str, eqns: Sequence[Eqn]) -> dict[Var, Any]:
        """How the passes are computed with a changed text one after the other: each sees what those before it gave."""

        def of(eqn: Eqn) -> Any:
            stack = self.locator.backward.stacks[eqn.output]
            names = stack.names[0]

            def compute(now: Any) -> Any:
                value = Scope({k: shown(v, now) for k, v in names.items()}, stack.globals[0]).value(text)
                return value if value is None or np.isfinite(value).all() else None

            return compute

        return {e.output: of(e) for e in eqns}

    def _right(self, values: dict[Var, Any], computed: dict[Var, Any] | None = None) -> frozenset[str]:
        """The gradients, of those that were wrong, that are right with these values."""
        numbers = self.locator.backward.rerun({**self.replaced, **values}, computed)
        if numbers is None:
            return frozenset()
        view, found = self.locator.view, set()
        for name in self.locator.wrong:
            truth = view.exact[name]
            got = np.asarray(numbers[name])
            fits = got.shape == truth.shape and bool(np.isfinite(got).all())
            if fits and view.error(name, got, truth) <= self.locator.tolerance * 5:
                found.add(name)
        return frozenset(found)
