"""Adam and its kin, rule by rule and with one part broken: which of them gives some steps to rounding, if any.

A rule is put together of parts: what is carried on of the gradients (``FIRSTS``), of their squares (``SECONDS``), by
what each is divided because it began at zero (``CORRECTIONS``), and where epsilon stands. Directions that cannot be are
thrown out together, all parts at once; what is left is run beside the author's steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from cutaway.checking.records import Array

Series = list[Array]
LOOSE = 0.05  # how far steps may be off their direction, or its length, for a rule to be run
NEAREST = 0.99999  # of a beta to 1: what is nearer is an epsilon
MOST = 1500  # rules that are run
MAY_BE_SIGN = "the second moment is overwritten"  # its root is |g|, and a step along the sign may be meant


def _carried(step: Callable[[Array, Array, float, int], Array]) -> Callable[[Series, float], Series]:
    def series(gradients: Series, beta: float) -> Series:
        found, state = [], np.zeros_like(gradients[0])
        for t, g in enumerate(gradients, start=1):
            state = step(state, g, beta, t)
            found.append(state)
        return found

    return series


def _largest(gradients: Series, beta: float) -> Series:
    return list(np.maximum.accumulate(SECONDS[""](gradients, beta)))


Moment = Callable[[Series, float], Series]
STORED = "moment is stored after its correction, which is then applied again and again"
FIRSTS: dict[str, Moment] = {
    "": _carried(lambda m, g, a, t: a * m + (1 - a) * g),
    "gradient": lambda gradients, a: gradients,
    "nesterov": lambda gradients, a: [
        a * m / (1 - a ** (t + 1)) * (1 - a**t) + (1 - a) * g
        for t, (m, g) in enumerate(zip(FIRSTS[""](gradients, a), gradients, strict=True), start=1)
    ],
}
WRONG_FIRSTS: dict[str, Moment] = {
    "the first moment lacks (1 - beta1)": _carried(lambda m, g, a, t: a * m + g),
    "the first moment exchanges beta1 and 1 - beta1": _carried(lambda m, g, a, t: (1 - a) * m + a * g),
    "the first moment takes the square": _carried(lambda m, g, a, t: a * m + (1 - a) * g**2),
    "the first moment is overwritten": _carried(lambda m, g, a, t: (1 - a) * g),
    "the first moment never decays": _carried(lambda m, g, a, t: m + (1 - a) * g),
    "the first moment is carried on with the wrong sign": _carried(lambda m, g, a, t: -a * m + (1 - a) * g),
    f"the first {STORED}": _carried(lambda m, g, a, t: (a * m + (1 - a) * g) / (1 - a**t)),
}
SECONDS: dict[str, Moment] = {"": _carried(lambda v, g, b, t: b * v + (1 - b) * g**2)}
KEPT: dict[str, Moment] = {
    "adagrad": _carried(lambda v, g, b, t: v + g**2),
    "amsgrad": _largest,
    "adamax": _carried(lambda v, g, b, t: np.maximum(b * np.sqrt(v), np.abs(g)) ** 2),
}
WRONG_SECONDS: dict[str, Moment] = {
    "the second moment lacks the square": _carried(lambda v, g, b, t: b * v + (1 - b) * g),
    "the second moment takes the absolute value": _carried(lambda v, g, b, t: b * v + (1 - b) * np.abs(g)),
    "the second moment lacks (1 - beta2)": _carried(lambda v, g, b, t: b * v + g**2),
    "the second moment exchanges beta2 and 1 - beta2": _carried(lambda v, g, b, t: (1 - b) * v + b * g**2),
    MAY_BE_SIGN: _carried(lambda v, g, b, t: (1 - b) * g**2),
    "the second moment never decays": _carried(lambda v, g, b, t: v + (1 - b) * g**2),
    "the sum of squares lacks the square": _carried(lambda v, g, b, t: v + g),
    "the sum of squares takes the absolute value": _carried(lambda v, g, b, t: v + np.abs(g)),
    f"the second {STORED}": _carried(lambda v, g, b, t: (b * v + (1 - b) * g**2) / (1 - b**t)),
}
FIRST_OF_SECOND = "the second moment is taken of the first moment, not of the gradient"


# How a moment is divided by what it lacks at the start, and how that is got wrong: from its own beta, the other's and t
Correction = Callable[[float, float, float], float]
CORRECTIONS: dict[str, Correction] = {
    "": lambda own, other, t: 1 - own**t,
    "is not corrected": lambda own, other, t: 1.0,
    "is corrected as if t were always 1": lambda own, other, t: 1 - own,
    "is corrected with the other beta": lambda own, other, t: 1 - other**t,
    "is corrected with beta times t instead of its power": lambda own, other, t: 1 - own * t,
    "is corrected with a t that runs one behind": lambda own, other, t: 1 - own ** (t - 1),
    "is corrected with a t that runs one ahead": lambda own, other, t: 1 - own ** (t + 1),
    "is corrected with a t that counts by two": lambda own, other, t: 1 - own ** (2 * t),
    "is multiplied by its correction": lambda own, other, t: 1 / (1 - own**t),
    "is divided by beta**t where 1 - beta**t belongs": lambda own, other, t: own**t,
    "is divided by 1 + beta**t where 1 - beta**t belongs": lambda own, other, t: 1 + own**t,
    "is divided by (1 - beta)**t where 1 - beta**t belongs": lambda own, other, t: (1 - own) ** t,
    "is corrected by the square of 1 - beta**t: the root of the correction is missing": lambda own, other, t: (
        (1 - own**t) ** 2
    ),
    "is corrected by the root of 1 - beta**t": lambda own, other, t: (1 - own**t) ** 0.5,
}


@dataclass(frozen=True)
class Recipe:
    """One rule: its parts by name, and the numbers in it.

    Attributes
    ----------
    numerator, denominator : str
        A name of ``FIRSTS`` or ``WRONG_FIRSTS``, and of ``SECONDS``, ``KEPT`` or ``WRONG_SECONDS``.
    root : bool
        Whether the root is taken of the denominator.
    one, two : str
        How the moments are corrected.
    a, b, eps : float
    count : (int, int)
        The exponent of step 1, and what it grows by.
    exchanged, times : bool
        Whether the second moment stands above, and the first below; whether the root multiplies.
    """

    numerator: str
    denominator: str
    root: bool
    one: str
    two: str
    a: float
    b: float
    eps: float = 1e-8
    count: tuple[int, int] = (1, 1)
    exchanged: bool = False
    times: bool = False

    @property
    def mistakes(self) -> list[str]:
        """What no textbook has in it."""
        found = [n for n in (self.numerator, self.denominator) if n in WRONG_FIRSTS or n in WRONG_SECONDS]
        if self.denominator == FIRST_OF_SECOND:
            found.append(FIRST_OF_SECOND)
        found += ["the moments are exchanged"] * self.exchanged + ["the root is missing"] * (not self.root)
        found += ["the step is multiplied by the root, not divided by it"] * self.times
        plain, none = self.numerator == "gradient", "is not corrected"
        if plain and self.one == "":
            found.append("the gradient stands in for the first moment")
        stored = [n for n in found if STORED in n]
        without = STORED in self.denominator or "sum of squares" in self.denominator
        one = "" if self.one == none and (plain or self.denominator in KEPT or STORED in self.numerator) else self.one
        two = "" if self.two == none and (plain or self.denominator in KEPT or without) else self.two
        if len(stored) == 2:
            found = [f"each {STORED}", *(n for n in found if n not in stored)]
        if one and one == two:
            found.append(f"each moment {one}")
        else:
            found += [f"the {n} moment {w}" for n, w in (("first", one), ("second", two)) if w]
        if self.count != (1, 1):
            found.append("each moment is corrected with a t that goes up for every parameter")
        return found

    @property
    def name(self) -> str:
        """Its mistakes, or what textbooks call it."""
        if self.mistakes:
            return " and ".join(self.mistakes)
        kin = self.denominator or ("rmsprop" if self.numerator == "gradient" else "adam")
        return kin if self.numerator != "nesterov" else "nadam"

    def factors(self, steps: int) -> tuple[Array, Array]:
        """By what each moment is divided in each step."""
        counts = [np.float64(self.count[0] + self.count[1] * t) for t in range(steps)]
        with np.errstate(all="ignore"):
            one = [CORRECTIONS[self.one](self.a, self.b, t) for t in counts]
            two = [CORRECTIONS[self.two](self.b, self.a, t) for t in counts]
        return np.array(one), np.array(two)

    def moments(self, gradients: Series) -> tuple[Series, Series]:
        """Both moments after each step, not corrected."""
        first = (FIRSTS | WRONG_FIRSTS)[self.numerator](gradients, self.a)
        if self.denominator == FIRST_OF_SECOND:
            return first, SECONDS[""](FIRSTS[""](gradients, self.a), self.b)
        return first, (SECONDS | KEPT | WRONG_SECONDS)[self.denominator](gradients, self.b)

    def directions(self, gradients: Series) -> Iterator[tuple[str, Series]]:
        """The steps with a rate of one, for each honest place of epsilon."""
        m, v = self.moments(gradients)
        one, two = self.factors(len(gradients))
        above = [x / c for x, c in zip(m, one, strict=True)]
        below = [x / c for x, c in zip(v, two, strict=True)]
        e = self.eps
        if self.exchanged:
            yield "outside", [b / (np.sqrt(a) + e) for a, b in zip(above, below, strict=True)]
            yield "outside", [b / (np.sqrt(np.abs(a)) + e) for a, b in zip(above, below, strict=True)]
            return
        if self.times:
            yield "outside", [a * (np.sqrt(b) + e) for a, b in zip(above, below, strict=True)]
            yield "inside the root", [a * np.sqrt(b + e) for a, b in zip(above, below, strict=True)]
            return
        if not self.root:
            yield "outside", [a / (b + e) for a, b in zip(above, below, strict=True)]
            return
        yield "outside", [a / (np.sqrt(b) + e) for a, b in zip(above, below, strict=True)]
        yield (
            "before the correction",
            [a / (np.sqrt(x) + e) * np.sqrt(c) for a, x, c in zip(above, v, two, strict=True)],
        )
        yield "inside the root", [a / np.sqrt(b + e) for a, b in zip(above, below, strict=True)]
        yield "its square inside the root", [a / np.sqrt(b + e**2) for a, b in zip(above, below, strict=True)]
        yield (
            "inside the root, before the correction",
            [a / np.sqrt(x + e) * np.sqrt(c) for a, x, c in zip(above, v, two, strict=True)],
        )


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
                    usual = replace(own, one=one, two=two).name == "adam"
                    for count in counts if usual else counts[:1]:
                        found = replace(own, one=one, two=two, count=count)
                        if len(found.mistakes) < 3 and lengths is not None and _as_long(found, lengths, some):
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


def _as_long(recipe: Recipe, lengths: Array, some: Array) -> bool:
    """Whether the corrections explain how the lengths go from step to step, of those that have one."""
    one, two = (f[some] for f in recipe.factors(len(some)))
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
