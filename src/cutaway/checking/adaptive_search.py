"""Which rule of Adam's kin gives some steps to rounding, if any.

Directions that cannot be are thrown out together, all parts at once; what is left is run beside the author's steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from cutaway.checking.adaptive_rules import (
    CORRECTIONS,
    FIRST_OF_SECOND,
    FIRSTS,
    KEPT,
    SECONDS,
    STORED,
    WRONG_FIRSTS,
    WRONG_SECONDS,
    Recipe,
    Series,
    divisors,
)
from cutaway.checking.records import Array

LOOSE = 0.05  # how far steps may be off their direction, or its length, for a rule to be run
NEAREST = 0.99999  # of a beta to 1: what is nearer is an epsilon
MOST = 1500  # rules that are run


def betas_of(constants: Iterable[float]) -> list[float]:
    """The author's numbers that may be the beta of a moment, the usual ones first."""
    own = {round(c, 12) for x in constants for c in (x, 1 - x) if 0.4 < c <= NEAREST}
    usual = [0.9, 0.999, 0.99, 0.95]
    found = [c for c in usual if c in own] + sorted(own - set(usual), reverse=True)
    return [*found, *(c for c in usual[:2] if c not in found)][:5]


def recipe_of(
    gradients: Series,
    changes: Series,
    constants: Sequence[float],
    parameters: int,
    agree: Callable[[Series], float | None],
) -> tuple[Recipe, float] | None:
    """The simplest rule that gives the changes, and its rate; None if there is none.

    ``agree`` returns the rate with which a direction gives the steps to rounding.
    """
    small = sorted({c for c in constants if 0 < c <= 1e-3} | {1e-8})[:3]
    tried = 0
    betas = betas_of(constants)

    def strangeness(recipe: Recipe) -> tuple[int, ...]:
        """Textbooks' rules first, then those with one mistake; the same one in both moments counts as one."""
        wrong, rank = recipe.mistakes, betas.index(recipe.a) + betas.index(recipe.b)
        return len(wrong), rank > 1, sum(w.startswith("the ") for w in wrong), recipe.denominator in KEPT, rank

    with np.errstate(all="ignore"):
        for recipe in sorted(_possible(gradients, changes, betas, small, parameters), key=strangeness):
            if all(agree(first) is None for _, first in recipe.directions(gradients[:2])):
                tried += 1
                if tried > MOST:
                    break
                continue
            for _, directions in recipe.directions(gradients):
                rate = agree(directions)
                if rate is not None:
                    return recipe, rate
    return None


def _possible(
    gradients: Series, changes: Series, betas: list[float], small: list[float], parameters: int
) -> Iterator[Recipe]:
    """The rules whose steps have nearly the directions of these, and nearly their lengths but for one rate."""
    d, g = np.stack(changes), np.stack(gradients)
    some = np.isfinite(d).any(axis=1)  # steps that are wholly NaN have no direction
    known = np.isfinite(d[some]).all(axis=0)
    large = known & (np.abs(g[0]) > 1e-3 * np.abs(g[0]).max(initial=0))
    known = large if large.any() else known
    d, few = d[some][:, known], [x[known] for x in gradients]
    counts = [(1, 1), *((k, parameters) for k in range(1, parameters + 1) if parameters > 1)]
    series: dict[tuple[str, float], Array] = {}

    def moments(recipe: Recipe) -> tuple[Array, Array]:
        keys = ("1" + recipe.numerator, recipe.a), ("2" + recipe.denominator, recipe.b)
        if recipe.denominator == FIRST_OF_SECOND or any(key not in series for key in keys):
            series.update(zip(keys, (np.stack(m)[some] for m in recipe.moments(few)), strict=True))
        return series[keys[0]], series[keys[1]]

    for shape in _shapes():
        numerator, denominator = shape.numerator, shape.denominator
        for e in small:
            start = replace(shape, a=betas[0], b=betas[0], eps=e)
            m, v = moments(start)
            if _lengths(d[:1], m[:1], v[:1], start) is None:
                continue  # the first step is the same for every beta, but for its length
            for a, b in product(
                betas[: 1 if numerator == "gradient" else None], betas[: 1 if denominator == "adagrad" else None]
            ):
                own = replace(start, a=a, b=b)
                lengths = _lengths(d, *moments(own), own)
                for one, two in _corrections(numerator, denominator) if lengths is not None else ():
                    for count in counts if one == two == "" and own.name == "adam" else counts[:1]:
                        if lengths is None or not _as_long(own, one, two, count, lengths, some):
                            continue
                        found = replace(own, one=one, two=two, count=count)
                        if len(found.mistakes) < 3:
                            yield found


def _shapes() -> Iterator[Recipe]:
    """What stands above and below, before any number is known: at most two mistakes in all."""
    for numerator in (*FIRSTS, *WRONG_FIRSTS):
        for denominator in (*SECONDS, *KEPT, *WRONG_SECONDS, FIRST_OF_SECOND):
            wrong = (numerator in WRONG_FIRSTS) + (denominator in WRONG_SECONDS or denominator == FIRST_OF_SECOND)
            twin = (STORED in numerator and STORED in denominator) or "overwritten" in numerator + denominator
            plain = Recipe(numerator, denominator, True, "", "", 0.9, 0.999)
            if wrong < 2 or twin:
                yield plain
            if wrong == 0:
                yield from (replace(plain, root=False), replace(plain, times=True))
    yield Recipe("", "", True, "", "", 0.9, 0.999, exchanged=True)


def _corrections(numerator: str, denominator: str) -> Iterator[tuple[str, str]]:
    none = "is not corrected"
    ones = (none, "") if numerator == "gradient" else (none,) if STORED in numerator else tuple(CORRECTIONS)
    kept = denominator in ("adagrad", "adamax") or STORED in denominator or "sum of squares" in denominator
    twos = (none,) if kept else tuple(CORRECTIONS)
    twos = ("", none) if denominator == "amsgrad" else twos
    sound = numerator in FIRSTS and (denominator in SECONDS or denominator in KEPT)
    for one, two in product(ones, twos):
        if sound or (one in ("", none) and two in ("", none)):
            yield one, two


def _lengths(d: Array, m: Array, v: Array, recipe: Recipe) -> Array | None:
    """How long each step is in its direction; None if one has another direction."""
    e = recipe.eps
    if recipe.exchanged:
        directions = [v / (np.sqrt(m) + e), v / (np.sqrt(np.abs(m)) + e)]
    elif recipe.times:
        directions = [m * (np.sqrt(v) + e), m * np.sqrt(v + e)]
    elif recipe.root:
        low = np.sqrt(v)
        directions = [m / low, m / (low + e), m / np.sqrt(v + e)]
    else:
        directions = [m / (v + e)]
    for u in directions:
        lengths = np.sum(u * d, axis=1) / np.sum(u * u, axis=1)
        off = np.abs(d - lengths[:, None] * u).max(axis=1, initial=0)
        if np.all(off <= LOOSE * np.abs(d).max(axis=1, initial=0)) and np.all(lengths != 0):
            found: Array = lengths
            return found
    return None


def _as_long(recipe: Recipe, first: str, second: str, count: tuple[int, int], lengths: Array, some: Array) -> bool:
    """Whether corrections explain how the lengths go from step to step, of those that have one."""
    one = divisors(first, recipe.a, recipe.b, count, len(some))[some]
    two = divisors(second, recipe.b, recipe.a, count, len(some))[some]
    if recipe.exchanged:
        wanted = np.sqrt(one) / two
    elif recipe.times:
        wanted = 1 / (np.sqrt(two) * one)
    else:
        wanted = (np.sqrt(two) if recipe.root else two) / one
    if not np.isfinite(wanted).all() or np.any(wanted == 0):
        return not np.isfinite(wanted[0])  # the first step may be NaN
    ratio = lengths / wanted
    return bool(np.ptp(ratio) <= LOOSE * np.abs(ratio).max())
