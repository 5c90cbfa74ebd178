"""Changed expressions tried on the backward pass itself: the right one makes the author's gradients right.

Where no value is known that an expression should have given, its changed text is computed in every pass of the loops
around it, with what the names meant there, and all that follows is computed again. Gradients that were wrong and are
right then prove the change.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checking.correction.places import Place, calling, computing, made, made_for, names_of, renamed, returned
from cutaway.checking.correction.scope import Scope
from cutaway.checking.correction.search import LARGEST, Correction, alike, corrected_line, limited
from cutaway.checking.correction.variants import variants
from cutaway.checking.correction.written import Written
from cutaway.checking.lines.backward import Spot
from cutaway.graph import Eqn, Var

if TYPE_CHECKING:
    from cutaway.checking.lines.departures import Locator

SECONDS = 2.0  # for one program
SHARE = 0.4  # of the time that is left, for one expression
PASSES = 64  # of a loop, at most


@dataclass(frozen=True)
class Mended:
    """A changed expression, where it stands, and the gradients that it makes right.

    ``also`` has the lines that make what it reads, where the change could be made as well.
    """

    spot: Spot
    correction: Correction
    right: frozenset[str]
    also: tuple[tuple[int, str], ...] = ()


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
        sites = sorted(
            found, key=lambda s: (near.get(s, len(near)), s[1] not in lines, locator.is_forward(found[s][0]), order[s])
        )
        small = [found[s] for s in sites if len(found[s]) <= PASSES and np.size(found[s][0].output.value) <= LARGEST]
        backward = locator.backward
        found_there = [p for eqns in small if (p := computing(eqns, backward)) is not None]
        calls = [p for p in calling(suspects, backward) if len(p.eqns) <= PASSES]
        self.places = [p for p in found_there if not p.operands] + calls + [p for p in found_there if p.operands]
        self.replaced: dict[Var, Any] = {}
        self.computed: dict[Var, Any] = {}

    def _site(self, eqn: Eqn) -> Any:
        spot = self.locator.backward.spot(eqn.output)
        assert spot is not None
        return spot.file, spot.line, spot.column, spot.end_line, spot.end_column, eqn.primitive.name

    def run(self) -> list[Mended]:
        """One expression that mends everything; else expressions that each mend something."""
        left = frozenset(self.locator.wrong)
        for only in dict.fromkeys((self.likely, "")):
            for place in self.places:
                if self._spoils(place) >= left and (one := self._try(place, left, left, only)) is not None:
                    return [one]
        found: list[Mended] = []
        for place in sorted(self.places, key=lambda p: -len(self._reached(p))):
            if left & self._reached(place) and (one := self._try(place, left, frozenset())) is not None:
                found.append(one)
                left -= one.right
            if not left:
                return found
        return []

    def _reached(self, place: Place) -> frozenset[str]:
        return self.locator.backward.reaches[place.eqns[0].output]

    def _spoils(self, place: Place) -> frozenset[str]:
        """The gradients that an expression goes into, in any of the passes."""
        reaches = self.locator.backward.reaches
        return frozenset().union(*(reaches[e.output] for e in place.eqns))

    def _needed(self, place: Place) -> tuple[int, ...] | None:
        """The shape of the gradient that an expression gives, where it gives less, which was spread over that."""
        names = list(self._reached(place))
        shape = self.locator.view.exact[names[0]].shape if len(names) == 1 else ()
        return shape if len(shape) == 2 and np.size(place.current()) < np.prod(shape) else None

    def _try(self, place: Place, left: frozenset[str], wanted: frozenset[str], only: str = "") -> Mended | None:
        """The first change of an expression that makes all of ``wanted`` right, or what it reaches, and spoils none."""
        backward, eqns = self.locator.backward, place.eqns
        written = Written(place.node, place.source, place.scope(backward, eqns[0]))
        if not alike(np.ravel(written.value) if place.entries else written.value, place.current()):
            return None
        scopes = [written.scope, *(place.scope(backward, e) for e in eqns[1:])]
        right_before = self._right({})
        now = time.process_time()
        end = now + (self.deadline - now) * SHARE
        wanted = wanted or (self._reached(place) & left)
        for _, how, text in sorted(limited(variants(written, shape=self._needed(place))), key=lambda v: v[0]):
            if only and how != only:
                continue
            if time.process_time() > end:
                return None
            values: dict[Var, Any] | None = {}
            computed: dict[Var, Any] = {}
            if how == "sum" and len(eqns) > 1:
                computed = self._in_turn(text, place)
            else:
                given = list(self._values(text, scopes))
                if len(given) < len(eqns) or (len(eqns) == 1 and alike(given[0], place.current())):
                    continue
                if place.operands:
                    computed = {e.output: place.with_value(k, given[k]) for k, e in enumerate(eqns)}
                elif (values := place.results(given)) is None:
                    continue
            right = self._right(values or {}, computed)
            if right >= wanted | right_before:
                self.replaced.update(values or {})
                self.computed.update(computed)
                return self._mended(place, written, text, how, wanted | right & left)
        return None

    def _mended(self, place: Place, written: Written, text: str, how: str, right: frozenset[str]) -> Mended:
        """What was found, at the line where a name that is only read gets its value from another one."""
        spot, before = place.spot, written.text
        line, also = corrected_line(place.source, spot, text), returned(spot, before, text)
        old, new = (names_of(t) for t in (before, text))
        for name in sorted(old - new):
            found = renamed(spot, name)
            if found is not None and place.operands and before == name:
                number, value = found
                end = value.end_lineno or number, value.col_offset, value.end_col_offset or 0
                spot = Spot(spot.file, number, *end, spot.function, spot.first_line, spot.call)
                before, line = ast.unparse(value), corrected_line(place.source, spot, text)
            elif found is not None:
                also.append((found[0], name))
            else:
                also += [(number, name) for number in made_for(spot, name)]
        turned = {n for n in old & new if (f"{n}.T" in text) != (f"{n}.T" in before)}
        for name in sorted(turned | ({before} & new if place.operands else set())):
            also += [(number, name) for number in made(spot, name)]
        return Mended(spot, Correction(before, text, line, None, how), right, tuple(also))

    def _values(self, text: str, scopes: Sequence[Scope]) -> Iterator[Any]:
        for scope in scopes:
            value = scope.value(text)
            if value is None or not np.isfinite(value).all():
                return
            yield value

    def _in_turn(self, text: str, place: Place) -> dict[Var, Any]:
        """How the passes are computed with a changed text one after the other: each sees what those before it gave."""
        backward = self.locator.backward

        def of(k: int, eqn: Eqn) -> Any:
            def compute(now: Any) -> Any:
                value = place.scope(backward, eqn, now).value(text)
                if value is None or not np.isfinite(value).all():
                    return None
                return place.with_value(k, value)(now) if place.operands else value

            return compute

        return {e.output: of(k, e) for k, e in enumerate(place.eqns)}

    def _right(self, values: dict[Var, Any], computed: dict[Var, Any] | None = None) -> frozenset[str]:
        """The gradients, of those that were wrong, that are right with these values."""
        numbers = self.locator.backward.rerun({**self.replaced, **values}, {**self.computed, **(computed or {})})
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
