"""Which rule made these steps: gradient descent, momentum, Adam and their kin, or one of them with a mistake in it.

Rules that are linear in what is known (the gradient, the last step, the last gradient, the weights) are fitted; the
others are run beside the author's, with the author's constants. A rule counts only if it gives the steps to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np

from cutaway.checking.records import Array

ENTRIES = 60  # of each parameter that a rule is tried on
TOLERANCE = 1e-6  # of the largest entry of a step
HUGE = 1e100  # its square is still a number


@dataclass(frozen=True)
class Rule:
    """A rule that gives the steps.

    Attributes
    ----------
    name : str
        ``sgd``, ``linear`` (with momentum, Nesterov or decay), or the name of an adaptive rule or mistake.
    rate : float
        What the gradient is multiplied by: positive is descent.
    coefficients : dict
        Of ``last_step``, ``last_gradient`` and ``weights`` in a linear rule; the constants of an adaptive one.
    mistake : bool
        Whether no textbook has it.
    """

    name: str
    rate: float
    coefficients: dict[str, float] = field(default_factory=dict)
    mistake: bool = False


@dataclass(frozen=True)
class Steps:
    """Updates of one parameter, one after the other, flattened: weights before, gradients, changes."""

    weights: list[Array]
    gradients: list[Array]
    changes: list[Array]
    precision: float  # relative, of the arithmetic

    @classmethod
    def of(cls, weights: Sequence[Array], gradients: Sequence[Array], changes: Sequence[Array]) -> Steps | None:
        """None if the numbers are not usable: not finite, or of shapes that do not fit."""
        if not weights or any(np.shape(g) != np.shape(w) for g, w in zip(gradients, weights, strict=True)):
            return None
        single = any(np.asarray(w).dtype == np.float32 for w in weights)
        pick = slice(None, None, max(1, np.size(weights[0]) // ENTRIES))
        w, g, d = ([np.ravel(np.asarray(a, dtype=float))[pick] for a in part] for part in (weights, gradients, changes))
        # a step may end in NaN: that too is something that a rule must explain; what comes after it tells nothing
        usable = [bool((np.abs(a) < HUGE).all() and (np.abs(b) < HUGE).all()) for a, b in zip(w, g, strict=True)]
        count = usable.index(False) if False in usable else len(usable)
        w, g, d = w[:count], g[:count], d[:count]
        if not any(np.isfinite(a).any() for a in d):
            return None
        return cls(w, g, d, 1e-6 if single else 1e-14)

    @property
    def finite(self) -> bool:
        """Whether every step is a number."""
        return all(bool(np.isfinite(d).all()) for d in self.changes)

    @cached_property
    def _slack(self) -> list[tuple[Array, float]]:
        """Of each step which entries are numbers, and how far rounding may take them."""
        found = []
        for d, w in zip(self.changes, self.weights, strict=True):
            known = np.isfinite(d)
            largest = float(np.abs(d[known]).max(initial=0))
            slack = max(TOLERANCE, 100 * self.precision) * largest + 20 * self.precision * np.abs(w).max(initial=0)
            found.append((known, slack))
        return found

    def agrees(self, t: int, found: Array) -> bool:
        """Whether ``found`` is the change of step ``t``, to the rounding of ``weights + change``."""
        known, slack = self._slack[t]
        if not np.array_equal(known, np.isfinite(found)):
            return False
        return bool((np.abs(found - self.changes[t])[known] <= slack).all())

    def agree(self, found: Sequence[Array]) -> bool:
        """Whether ``found`` are these changes."""
        return all(self.agrees(t, f) for t, f in enumerate(found))


def rule_of(steps: Steps, constants: Iterable[float] = (), parameters: int = 1) -> Rule | None:
    """The simplest rule that gives all the steps of one of some parameters, or None."""
    simple = (_descent(steps) or _linear(steps)) if steps.finite else None
    return simple or _adaptive(steps, list(constants), parameters)


def _descent(steps: Steps) -> Rule | None:
    """Each step is the gradient times a number, which may change from step to step."""
    rates, found = [], []
    for g, d in zip(steps.gradients, steps.changes, strict=True):
        norm = float(g @ g)
        rate = -float(g @ d) / norm if norm else 0.0
        rates.append(rate)
        found.append(-rate * g)
    if not steps.agree(found):
        return None
    used = [r for r, g in zip(rates, steps.gradients, strict=True) if np.any(g)]
    if not used or (steps.changes[0].size == 1 and np.ptp(used) > TOLERANCE * abs(used[0])):
        return None  # of one number, every step is a multiple
    return Rule("sgd", used[0], {"first": used[0], "last": used[-1], "least": min(used), "largest": max(used)})


LINEAR = (("d",), ("d", "g1"), ("w",), ("d", "w"), ("d", "g1", "w"))
NAMES = {"d": "last_step", "g1": "last_gradient", "w": "weights"}


def _linear(steps: Steps) -> Rule | None:
    zero = np.zeros_like(steps.changes[0])
    columns = {
        "g": steps.gradients,
        "d": [zero, *steps.changes[:-1]],
        "g1": [zero, *steps.gradients[:-1]],
        "w": steps.weights,
    }
    target = np.concatenate(steps.changes)
    for terms in LINEAR:
        used = ("g", *terms)
        if target.size < len(used) + 3 or len(steps.changes) < 3:
            continue
        matrix = np.stack([np.concatenate(columns[c]) for c in used], axis=1)
        scale = np.abs(matrix).max(axis=0)
        if np.any(scale == 0) or not np.any(steps.changes[0]):
            continue
        solution, *_ = np.linalg.lstsq(matrix / scale, target, rcond=None)
        coefficients = solution / scale
        if steps.agree(np.split(matrix @ coefficients, len(steps.changes))):
            found = {NAMES[c]: float(x) for c, x in zip(terms, coefficients[1:], strict=True)}
            return Rule("linear", -float(coefficients[0]), found)
    return None


# Adaptive rules: each gives the direction of every step, from m and v and the number of the step --------------------

Direction = Callable[[Array, Array, Array, int, float, float, float], Array]


def _hat(m: Array, b: float, t: int) -> Array:
    return m / (1 - b**t)


RIGHT: dict[str, Direction] = {
    "adam": lambda g, m, v, t, a, b, e: _hat(m, a, t) / (np.sqrt(_hat(v, b, t)) + e),
    "rmsprop": lambda g, m, v, t, a, b, e: g / (np.sqrt(v) + e),
    "adam, eps inside the root": lambda g, m, v, t, a, b, e: _hat(m, a, t) / np.sqrt(_hat(v, b, t) + e),
    "rmsprop, eps inside the root": lambda g, m, v, t, a, b, e: g / np.sqrt(v + e),
    "adam, square of eps inside the root": lambda g, m, v, t, a, b, e: _hat(m, a, t) / np.sqrt(_hat(v, b, t) + e**2),
    "adam, eps before the correction": lambda g, m, v, t, a, b, e: _hat(m, a, t) / (np.sqrt(v) + e) * np.sqrt(1 - b**t),
    "nadam": lambda g, m, v, t, a, b, e: (
        (a * _hat(m, a, t + 1) + (1 - a) * g / (1 - a**t)) / (np.sqrt(_hat(v, b, t)) + e)
    ),
    "rmsprop, corrected": lambda g, m, v, t, a, b, e: g / (np.sqrt(_hat(v, b, t)) + e),
}
# How a moment is divided by what it lacks at the start, and how that is got wrong: from its own beta, the other's and t
Correction = Callable[[float, float, int], float]
CORRECTIONS: dict[str, Correction] = {
    "": lambda own, other, t: 1 - own**t,
    "is not corrected": lambda own, other, t: 1.0,
    "is corrected as if t were always 1": lambda own, other, t: 1 - own,
    "is corrected with the other beta": lambda own, other, t: 1 - other**t,
    "is corrected with beta times t instead of its power": lambda own, other, t: 1 - own * t,
    "is corrected with a t that runs one behind": lambda own, other, t: 1 - own ** (t - 1),
    "is corrected with a t that runs one ahead": lambda own, other, t: 1 - own ** (t + 1),
    "is multiplied by its correction": lambda own, other, t: 1 / (1 - own**t),
}


def _corrected(first: Correction, second: Correction) -> Direction:
    return lambda g, m, v, t, a, b, e: m / first(a, b, t) / (np.sqrt(v / second(b, a, t)) + e)


def _wrongly_corrected() -> dict[str, Direction]:
    """Both moments with the same mistake first, since one line in a helper makes both."""
    found: dict[str, Direction] = {}
    ways = sorted(product(CORRECTIONS, CORRECTIONS), key=lambda w: (w[0] != w[1], "" not in w))
    for one, two in ways:
        if one and one == two:
            found[f"each moment {one}"] = _corrected(CORRECTIONS[one], CORRECTIONS[two])
        elif one or two:
            words = [f"the {n} moment {w}" for n, w in (("first", one), ("second", two)) if w]
            found[" and ".join(words)] = _corrected(CORRECTIONS[one], CORRECTIONS[two])
    return found


WRONG: dict[str, Direction] = {
    **_wrongly_corrected(),
    "the root is missing": lambda g, m, v, t, a, b, e: _hat(m, a, t) / (_hat(v, b, t) + e),
    "the moments are exchanged": lambda g, m, v, t, a, b, e: _hat(v, b, t) / (np.sqrt(_hat(m, a, t)) + e),
    "the gradient stands in for the first moment": lambda g, m, v, t, a, b, e: (
        _hat(g, a, t) / (np.sqrt(_hat(v, b, t)) + e)
    ),
}

Moment = Callable[[Array, Array, float], Array]
FIRSTS: dict[str, Moment] = {"": lambda m, g, a: a * m + (1 - a) * g}
WRONG_FIRSTS: dict[str, Moment] = {
    "the first moment lacks (1 - beta1)": lambda m, g, a: a * m + g,
    "the first moment exchanges beta1 and 1 - beta1": lambda m, g, a: (1 - a) * m + a * g,
    "the first moment takes the square": lambda m, g, a: a * m + (1 - a) * g**2,
    "the first moment is overwritten": lambda m, g, a: (1 - a) * g,
}
SECONDS: dict[str, Moment] = {"": lambda v, g, b: b * v + (1 - b) * g**2}
SUM: dict[str, Moment] = {"adagrad": lambda v, g, b: v + g**2}
WRONG_SECONDS: dict[str, Moment] = {
    "the second moment lacks the square": lambda v, g, b: b * v + (1 - b) * g,
    "the second moment takes the absolute value": lambda v, g, b: b * v + (1 - b) * np.abs(g),
    "the second moment lacks (1 - beta2)": lambda v, g, b: b * v + g**2,
    "the second moment exchanges beta2 and 1 - beta2": lambda v, g, b: (1 - b) * v + b * g**2,
    "the second moment is overwritten": lambda v, g, b: (1 - b) * g**2,
}


def betas_of(constants: Iterable[float]) -> list[float]:
    """The author's numbers that may be the beta of a moment, the usual ones first."""
    own = {round(c, 12) for x in constants for c in (x, 1 - x) if 0.4 < c < 1}
    usual = [0.9, 0.999, 0.99, 0.95]
    found = [c for c in usual if c in own] + sorted(own - set(usual), reverse=True)
    return [*found, *(c for c in usual[:2] if c not in found)][:5]


def _counted_for_each(parameters: int) -> dict[str, Direction]:
    """A count of steps that goes up once for every parameter instead of once for all."""

    def direction(place: int) -> Direction:
        def of(g: Array, m: Array, v: Array, t: int, a: float, b: float, e: float) -> Array:
            count = place + (t - 1) * parameters
            return _hat(m, a, count) / (np.sqrt(_hat(v, b, count)) + e)

        return of

    words = "each moment is corrected with a t that goes up for every parameter"
    return {words + " " * (k - 1): direction(k) for k in range(1, parameters + 1)} if parameters > 1 else {}


def _adaptive(steps: Steps, constants: list[float], parameters: int = 1) -> Rule | None:
    if len(steps.changes) < 2 and (steps.finite or steps.changes[0].size < 8):
        return None
    betas = betas_of(constants)
    small = sorted({c for c in constants if 0 < c <= 1e-4} | {1e-8})[:3]
    plain = [(RIGHT, FIRSTS, SECONDS, False), ({"": RIGHT["rmsprop"]}, FIRSTS, SUM, False)]
    broken = [
        ({"": RIGHT["adam"]}, WRONG_FIRSTS, SECONDS, True),
        ({"": RIGHT["adam"]}, FIRSTS, WRONG_SECONDS, True),
        (_counted_for_each(min(parameters, 12)), FIRSTS, SECONDS, True),
        (WRONG, FIRSTS, SECONDS, True),
        ({"": RIGHT["rmsprop"]}, FIRSTS, WRONG_SECONDS, True),
        ({"the root is missing": lambda g, m, v, t, a, b, e: g / (v + e)}, FIRSTS, {**SECONDS, **SUM}, True),
    ]
    for directions, firsts, seconds, mistake in plain + broken:
        for (name, way), (first, m_of), (second, v_of) in product(directions.items(), firsts.items(), seconds.items()):
            for a, b, e in product(betas, betas, small):
                found = _run(steps, way, m_of, v_of, a, b, e)
                if found is not None:
                    title = ", ".join(filter(None, (name.strip(), first, second)))
                    return Rule(title, found, {"beta1": a, "beta2": b, "eps": e}, mistake)
    return None


def _run(steps: Steps, way: Direction, first: Moment, second: Moment, a: float, b: float, e: float) -> float | None:
    """The learning rate with which the rule gives the steps, or None."""
    m = v = np.zeros_like(steps.changes[0])
    directions: list[Array] = []
    with np.errstate(all="ignore"):
        for t, g in enumerate(steps.gradients, start=1):
            m, v = first(m, g, a), second(v, g, b)
            directions.append(way(g, m, v, t, a, b, e))
            if t == 1:
                u, d = directions[0], steps.changes[0]
                known = np.isfinite(u) & np.isfinite(d)
                norm = float(u[known] @ u[known])
                rate = -float(u[known] @ d[known]) / norm if norm else 0.0
                if not np.isfinite(rate) or rate == 0:
                    return None
            if not steps.agrees(t - 1, -rate * directions[-1]):
                return None  # most rules part after a step or two
    return rate
