"""Which mistake gives the author's numbers? Break one rule of backpropagation after the other, and compare.

Constant factors and wrong penalties need no search: they are read from the numbers. For the rest every mistake of the
catalogue is made, and what it gives is compared with the author's gradient. A mistake that makes more parameters agree
is kept and further ones are added to it, from the output downwards, since a wrong upper layer spoils all below. Only
what equals the author's numbers in every parameter, at every point, is a diagnosis.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.checking.findings.factors import constant_factor, terms_of
from cutaway.checking.mistakes import Mistake, Scene, catalogue
from cutaway.checking.records import Array
from cutaway.checking.truth import Point, Truth
from cutaway.graph import Var

MATCH = 20.0  # times the tolerance of the comparison: a diagnosis may lose some digits more
SECONDS = 4.0  # for the whole search
LONG = 300  # equations from which on mistakes are not even tried where they would spoil what is right
BEAM = 6  # partial explanations that are tried to be completed
DEEPEST = 4  # mistakes that are put together


@dataclass
class Explanation:
    """What explains the author's numbers.

    Attributes
    ----------
    mistakes : tuple of Mistake
        The mistakes, made at the generic point; empty if factors alone explain everything.
    factors : dict
        A constant factor for each wrong parameter whose gradient has one.
    terms : dict
        For each parameter with a wrong penalty: the coefficients of the loss's terms and of the parameter itself.
    residual : float
        Largest relative difference that remains, over all points and parameters.
    explained : set of str
        The parameters that are explained.
    scene : Scene, optional
        Where the mistakes were made.
    tried : int
        How many mistakes and combinations were tried.
    others : tuple of Mistake
        Single mistakes that give the same numbers and are more far-fetched.
    """

    mistakes: tuple[Mistake, ...] = ()
    factors: dict[str, float] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)
    residual: float = 0.0
    explained: set[str] = field(default_factory=set)
    scene: Scene | None = None
    tried: int = 0
    others: tuple[Mistake, ...] = ()


@dataclass
class View:
    """A point as the search sees it: one backward pass (with or without the guards of the logarithm) as the truth."""

    point: Point
    backprop: Backprop
    exact: dict[str, Array]
    user: dict[str, Array]

    def error(self, name: str, numbers: Any, target: Any) -> float:
        """Largest difference, relative to the larger of the scales of the target and of the truth."""
        if not np.isfinite(numbers).all():
            return float("inf")
        top = float(np.max(np.abs(target))) if np.size(target) else 0.0
        return float(np.max(np.abs(numbers - target), initial=0.0)) / max(top, 1e-3 * self.point.scale(name), 1e-300)


def views(truth: Truth) -> list[View]:
    """The trusted points, the generic one first; without guards where the author's numbers fit better so."""
    points = [p for p in truth.trusted if p.backprop is not None and p.user]
    generic = truth.generic
    points.sort(key=lambda p: p is not generic)
    found = []
    for p in points:
        assert p.backprop is not None
        bare = p.bare
        chosen, exact = p.backprop, p.exact
        if bare is not None and _closer(p):
            chosen, exact = bare, p.unguarded
        found.append(View(p, chosen, exact, p.user))
    return found


def _closer(p: Point) -> bool:
    """Whether the author's numbers fit the loss without guards at least as well."""
    if not p.unguarded or not all(np.isfinite(g).all() for g in p.unguarded.values()):
        return False
    with_guards, without = p.errors(p.user), p.errors(p.user, p.unguarded)
    return min(without.values(), default=0.0) <= min(with_guards.values(), default=0.0) * 1.001


def explain(truth: Truth, lr: float = 0.1, seconds: float = SECONDS) -> Explanation | None:
    """The cheapest explanation of the author's numbers; None if nothing in the catalogue gives them."""
    seen = views(truth)
    if not seen:
        return None
    search = Search(seen, lr, time.process_time() + seconds)
    return search.run()


class Search:
    """The search at the generic point; what is found is verified at all others."""

    def __init__(self, seen: list[View], lr: float, deadline: float, given: Sequence[tuple[str, Array]] = ()) -> None:
        self.views, self.view, self.lr, self.deadline = seen, seen[0], lr, deadline
        self.tolerance = max(v.point.tolerance for v in seen) * MATCH
        self.names = [n for n in self.view.exact if all(n in v.user for v in seen)]
        self.wrong = [
            n
            for n in self.names
            if any(v.error(n, v.user[n], v.exact[n]) > self.tolerance for v in seen if _comparable(v, n))
        ]
        self.given = given
        self.scene = Scene(self.view.backprop, lr, self.view.point.stacks, given)
        self.scenes: dict[int, tuple[Scene, dict[Any, Mistake]]] = {}
        self.tried = 0

    def run(self) -> Explanation | None:
        """Factors, then penalties, then the catalogue."""
        if not self.wrong:
            return Explanation()
        factors = {
            n: k
            for n in self.wrong
            if (k := constant_factor(self.views, n, self.tolerance)) is not None and abs(k) > 1e-9
        }
        if len(factors) == len(self.wrong):
            return Explanation(factors=factors, explained=set(self.wrong), residual=self._residual(factors))
        terms = terms_of(self.views, [n for n in self.wrong if n not in factors], self.tolerance)
        if len(terms) + len(factors) == len(self.wrong):
            return Explanation(factors=factors, terms=terms, explained=set(self.wrong), residual=0.0)
        for common in (1.0, *dict.fromkeys(factors.values())):
            found = self._search(common, factors, terms)
            if found is not None:
                return found
        return None

    def _residual(self, factors: dict[str, float]) -> float:
        return max(
            (
                v.error(n, v.user[n], k * v.exact[n])
                for v in self.views
                for n, k in factors.items()
                if _comparable(v, n)
            ),
            default=0.0,
        )

    # The catalogue ---------------------------------------------------------------------------------------------

    def _search(self, common: float, factors: dict[str, float], terms: dict[str, Any]) -> Explanation | None:
        """Mistakes under a common factor: that of the parameters above them."""
        settled = set(terms) if common == 1.0 else set(terms) | {n for n, k in factors.items() if k != common}
        wrong = [n for n in self.wrong if n not in settled and (common == 1.0 or n not in factors)]
        if not wrong:
            return None
        target = {n: self.view.user[n] / (common if n in self.wrong else 1.0) for n in self.names}
        kept = [n for n in self.names if n not in self.wrong or (common != 1.0 and n in factors)]
        catalogued = sorted(self._possible(kept), key=lambda m: m.cost)
        beam: list[tuple[tuple[Mistake, ...], frozenset[str]]] = [((), frozenset())]
        helpful: list[Mistake] = []
        for _ in range(DEEPEST):
            grown: list[tuple[tuple[Mistake, ...], frozenset[str]]] = []
            complete: list[tuple[tuple[Mistake, ...], float]] = []
            for mistakes, matched in beam:
                for j, m in enumerate((*helpful, *catalogued)):
                    if complete and j == len(helpful) > 0:  # mistakes that explain something each, and all together
                        break
                    if time.process_time() > self.deadline or _settled(complete, mistakes, m):
                        break
                    if any(set(m.changes) & set(o.changes) or (m.seeds and o.seeds) for o in mistakes):
                        continue
                    tried = (*mistakes, m)
                    good, k = self._agrees(self.view, tried, target, wrong, kept)
                    if len(good) == len(wrong) and self._holds_elsewhere(tried, wrong, kept, common * k):
                        complete.append((tried, k))
                    elif (k == 1.0 or m.seeds) and good > matched:
                        grown.append((tried, good))
            if complete:
                complete.sort(key=_price)
                best, k = complete[0]
                others = tuple(c[0][0] for c in complete[1:] if len(c[0]) == 1 and c[1] == k)
                extra = (
                    {n: common * k for n in wrong} if abs(common * k - 1) > self.tolerance and not best[0].seeds else {}
                )
                kept_factors = {n: f for n, f in factors.items() if n not in wrong}
                return Explanation(
                    best,
                    {**kept_factors, **extra},
                    terms,
                    self._misfit(best, wrong, common * k),
                    set(self.wrong),
                    self.scene,
                    self.tried,
                    others,
                )
            grown.sort(key=lambda s: (-len(s[1]), sum(m.cost for m in s[0])))
            helpful = helpful or [s[0][0] for s in grown]
            beam = _distinct(grown)[:BEAM]
            if not beam:
                break
        return None

    def _possible(self, kept: list[str]) -> list[Mistake]:
        """The catalogue; of a loop over samples, without what would spoil a gradient that is right."""
        found = list(catalogue(self.scene))
        if len(self.scene.eqns) < LONG or not kept:
            return found
        reached: dict[Var, frozenset[str]] = {v: frozenset((str(v.name),)) for v in self.scene.graph.inputs}
        for eqn in self.scene.eqns:
            below = [reached[a] for a in eqn.inputs if isinstance(a, Var) and a in reached]
            if eqn.output in self.scene.live and below:
                reached[eqn.output] = frozenset().union(*below)
        right = frozenset(kept)

        def spares(m: Mistake) -> bool:
            changed = [*m.seeds, *(self.scene.eqns[k].inputs[i] for k, i in m.changes)]
            return all(reached.get(v, frozenset()).isdisjoint(right) for v in changed)  # type: ignore[arg-type]

        return [m for m in found if spares(m)]

    def _agrees(
        self, view: View, mistakes: tuple[Mistake, ...], target: dict[str, Any], wrong: list[str], kept: list[str]
    ) -> tuple[frozenset[str], float]:
        """The wrong parameters that the mistakes explain, exactly or (all of them) up to a common factor."""
        self.tried += 1
        numbers = self._made(view, mistakes)
        if any(m.seeds for m in mistakes):
            return self._scaled(view, mistakes, numbers, target, wrong, kept)
        if any(view.error(n, numbers[n], target[n]) > self.tolerance for n in kept):
            return frozenset(), 1.0
        good = frozenset(n for n in wrong if view.error(n, numbers[n], target[n]) <= self.tolerance)
        if good:
            return good, 1.0
        if len(mistakes) == 1:
            k = _common_factor(numbers, target, wrong)
            if k and all(view.error(n, k * numbers[n], target[n]) <= self.tolerance for n in wrong):
                return frozenset(wrong), k
        return good, 1.0

    def _scaled(
        self,
        view: View,
        mistakes: tuple[Mistake, ...],
        one: dict[str, Any],
        target: dict[str, Any],
        wrong: list[str],
        kept: list[str],
    ) -> tuple[frozenset[str], float]:
        """As :meth:`_agrees`, for an error at the output that is known up to a factor."""
        factor = self._seed_factor(view, mistakes, one, target, wrong)
        if factor is None:
            return frozenset(), 1.0
        k, none = factor
        numbers = {n: none[n] + k * (one[n] - none[n]) for n in one}
        if any(view.error(n, numbers[n], target[n]) > self.tolerance for n in kept):
            return frozenset(), 1.0
        good = frozenset(n for n in wrong if view.error(n, numbers[n], target[n]) <= self.tolerance)
        return good, k

    def _seed_factor(
        self, view: View, mistakes: tuple[Mistake, ...], one: dict[str, Any], target: dict[str, Any], wrong: list[str]
    ) -> tuple[float, dict[str, Any]] | None:
        zeros = {var: np.zeros(np.shape(seed)) for m in mistakes for var, seed in m.seeds.items()}
        changes = {edge: change for m in mistakes for edge, change in m.changes.items()}
        none = view.backprop.inputs(view.backprop.broken(changes, zeros))
        above = below = 0.0
        for n in wrong:
            slope = (one[n] - none[n]) / view.point.scale(n)
            if not np.isfinite(slope).all():
                return None
            above += float(np.sum(slope * (target[n] - none[n]) / view.point.scale(n)))
            below += float(np.sum(slope * slope))
        return (above / below, none) if below > 0 else None

    def _made(self, view: View, mistakes: tuple[Mistake, ...]) -> dict[str, Any]:
        """The gradients with these mistakes; what cannot be computed with them matches nothing."""
        changes = {edge: change for m in mistakes for edge, change in m.changes.items()}
        seeds = {var: seed for m in mistakes for var, seed in m.seeds.items()}
        try:
            return view.backprop.inputs(view.backprop.broken(changes, seeds))
        except (ValueError, IndexError):
            return {n: np.full(g.shape, np.nan) for n, g in view.exact.items()}

    def _holds_elsewhere(self, mistakes: tuple[Mistake, ...], wrong: list[str], kept: list[str], k: float) -> bool:
        """Whether the same mistakes give the author's numbers at the other points too."""
        for j, view in enumerate(self.views[1:], start=1):
            again = self._same_in(j, mistakes)
            if again is None:
                continue
            numbers = self._made(view, again)
            seeded = any(m.seeds for m in again)
            if seeded:
                scaled = self._seed_factor(view, again, numbers, view.user, wrong)
                if scaled is None or abs(scaled[0] - k) > 1e-4 * abs(k):
                    return False
                numbers = {n: scaled[1][n] + k * (numbers[n] - scaled[1][n]) for n in numbers}
            for n in (*wrong, *kept):
                factor = k if n in wrong and not seeded else 1.0
                if _comparable(view, n) and view.error(n, numbers[n] * factor, view.user[n]) > 10 * self.tolerance:
                    if n in kept and n in self.wrong:
                        continue
                    return False
        return True

    def _same_in(self, j: int, mistakes: tuple[Mistake, ...]) -> tuple[Mistake, ...] | None:
        if j not in self.scenes:
            scene = Scene(self.views[j].backprop, self.lr, self.views[j].point.stacks, self.given)
            made: dict[Any, Mistake] = {}
            if len(scene.eqns) == len(self.scene.eqns):
                for m in catalogue(scene):
                    made.setdefault(_key(m, scene), m)
            self.scenes[j] = scene, made
        _, table = self.scenes[j]
        found = tuple(table.get(_key(m, self.scene)) for m in mistakes)
        return None if any(m is None for m in found) else found  # type: ignore[return-value]

    def _misfit(self, mistakes: tuple[Mistake, ...], wrong: list[str], k: float) -> float:
        numbers = self._made(self.view, mistakes)
        if any(m.seeds for m in mistakes):
            scaled = self._seed_factor(self.view, mistakes, numbers, self.view.user, wrong)
            assert scaled is not None
            numbers, k = {n: scaled[1][n] + scaled[0] * (numbers[n] - scaled[1][n]) for n in numbers}, 1.0
        return max(self.view.error(n, numbers[n] * k, self.view.user[n]) for n in wrong)


def _key(m: Mistake, scene: Scene) -> Any:
    return m.code, m.words, tuple(sorted(m.changes)), tuple(scene.number.get(v, -1) for v in m.seeds)


def _price(found: tuple[tuple[Mistake, ...], float]) -> float:
    """How far-fetched mistakes under a factor are."""
    return sum(m.cost for m in found[0]) + (found[1] != 1.0)


def _settled(complete: list[tuple[tuple[Mistake, ...], float]], mistakes: tuple[Mistake, ...], m: Mistake) -> bool:
    """Whether something cheaper explains everything already; an overwritten sum may be a path that was left out."""
    if not complete or any(c[0][0].code == "overwritten-not-added" for c in complete):
        return False
    return min(map(_price, complete)) < _price(((*mistakes, m), 1.0))


def _distinct(states: list[Any]) -> list[Any]:
    """One state for each set of parameters that it explains."""
    seen: dict[Any, Any] = {}
    for state in states:
        seen.setdefault((state[1], state[0][-1].code), state)
    return list(seen.values())


def _common_factor(numbers: dict[str, Any], target: dict[str, Any], wrong: list[str]) -> float | None:
    name = max(wrong, key=lambda n: np.size(numbers[n]))
    made = np.asarray(numbers[name])
    if not np.isfinite(made).all():
        return None
    below = float(np.sum(made * made))
    return float(np.sum(made * target[name])) / below if below > 0 else None


def _comparable(view: View, name: str) -> bool:
    return bool(np.isfinite(view.user[name]).all()) and view.user[name].shape == view.exact[name].shape
