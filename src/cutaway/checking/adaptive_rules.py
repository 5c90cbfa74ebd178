"""Adam and its kin, rule by rule and with one part broken.

A rule is put together of parts: what is carried on of the gradients (``FIRSTS``), of their squares (``SECONDS``), by
what each is divided because it began at zero (``CORRECTIONS``), and where epsilon stands.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checking.records import Array

Series = list[Array]
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

    @functools.cached_property
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
        return divisors(self.one, self.a, self.b, self.count, steps), divisors(
            self.two, self.b, self.a, self.count, steps
        )

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


@functools.lru_cache(maxsize=4096)
def divisors(correction: str, own: float, other: float, count: tuple[int, int], steps: int) -> Array:
    """By what a moment is divided in each step."""
    with np.errstate(all="ignore"):
        return np.array(
            [CORRECTIONS[correction](own, other, np.float64(count[0] + count[1] * t)) for t in range(steps)]
        )
