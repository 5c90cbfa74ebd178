"""Which rule made these steps: gradient descent, momentum, Adam and their kin, or one of them with a mistake in it.

Rules that are linear in what is known (the gradient, the last step, the last gradient, the weights) are fitted; the
others, of ``adaptive_rules``, are run beside the author's, with the author's constants. A rule counts only if it gives
the steps to rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from cutaway.checking.adaptive_rules import Recipe
from cutaway.checking.adaptive_search import recipe_of
from cutaway.checking.records import Array

ENTRIES = 60  # of each parameter that a rule is tried on
TOLERANCE = 1e-6  # of the largest entry of a step
REST = 1e-9  # of a weight
HUGE = 1e100  # its square is still a number


@dataclass(frozen=True)
class Rule:
    """A rule that gives the steps.

    Attributes
    ----------
    name : str
        ``sgd``, ``linear`` (with momentum, Nesterov or decay), ``first step apart`` (momentum, from the second step
        on), ``one step behind`` (of the gradients before), or the name of an adaptive rule or mistake.
    rate : float
        What the gradient is multiplied by: positive is descent.
    coefficients : dict
        Of ``last_step``, ``last_gradient`` and ``weights`` in a linear rule, ``first``, the rate of a first step apart;
        the constants of an adaptive one.
    mistake : bool
        Whether no textbook has it.
    recipe : Recipe, optional
        Of an adaptive rule.
    """

    name: str
    rate: float
    coefficients: dict[str, float] = field(default_factory=dict)
    mistake: bool = False
    recipe: Recipe | None = None


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
        # what has all but come to rest is lost in the weights' rounding
        small = (t for t in range(3, count) if np.abs(d[t]).max(initial=0) < REST * np.abs(w[t]).max(initial=0))
        count = min(count, next(small, count))
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


def rule_of(
    steps: Steps,
    constants: Iterable[float] = (),
    parameters: int = 1,
    known: Sequence[Rule] = (),
    smallest: int = 1,
) -> Rule | None:
    """The simplest rule that gives all the steps of one of some parameters, or None.

    ``known`` are the rules of others; of fewer numbers than ``smallest``, no other adaptive rule is looked for.
    """
    simple = (_descent(steps) or _linear(steps) or _behind(steps)) if steps.finite else None
    found = simple or _adaptive(steps, list(constants), parameters, known, smallest)
    return found or (_first_apart(steps) if steps.finite else None)


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


def _first_apart(steps: Steps) -> Rule | None:
    """Momentum whose first velocity is another multiple of the gradient than the share of it in all later ones."""
    rest = Steps(steps.weights[1:], steps.gradients[1:], steps.changes[1:], steps.precision)
    if len(rest.changes) < 3 or steps.changes[0].size < 2:
        return None
    g, d = steps.gradients[0], steps.changes[0]
    norm = float(g @ g)
    first = -float(g @ d) / norm if norm else 0.0
    if not first or not steps.agrees(0, -first * g):
        return None
    matrix = np.stack([np.concatenate(rest.gradients), np.concatenate(steps.changes[:-1])], axis=1)
    (rate, share), *_ = np.linalg.lstsq(matrix, np.concatenate(rest.changes), rcond=None)
    if not share or not rest.agree(np.split(matrix @ (rate, share), len(rest.changes))):
        return None
    return Rule("first step apart", -float(rate), {"last_step": float(share), "first": first})


def _behind(steps: Steps) -> Rule | None:
    """Momentum, or plain descent, by what was known one step before: the first step moves nothing."""
    g, d = steps.gradients, steps.changes
    if len(d) < 4 or np.any(d[0]) or sum(x.size for x in d[1:]) < 5:
        return None
    matrix = np.stack([np.concatenate(g[:-1]), np.concatenate(d[:-1])], axis=1)
    (rate, share), *_ = np.linalg.lstsq(matrix, np.concatenate(d[1:]), rcond=None)
    if not rate or not steps.agree([d[0], *np.split(matrix @ (rate, share), len(d) - 1)]):
        return None
    return Rule("one step behind", -float(rate), {"last_step": float(share)})


def _adaptive(
    steps: Steps, constants: list[float], parameters: int, known: Sequence[Rule], smallest: int
) -> Rule | None:
    count = len(steps.changes)
    if count < 2 and (steps.finite or steps.changes[0].size < 8):
        return None

    def rate_of(directions: Sequence[Array]) -> float | None:
        u, d = directions[0], steps.changes[0]
        sure = np.isfinite(u) & np.isfinite(d)
        norm = float(u[sure] @ u[sure])
        rate = -float(u[sure] @ d[sure]) / norm if norm else 0.0
        if not np.isfinite(rate) or rate == 0:
            return None
        # most rules part after a step or two
        return rate if all(steps.agrees(t, -rate * u) for t, u in enumerate(directions)) else None

    with np.errstate(all="ignore"):
        for rule in known:  # of other parameters: likely the same
            for _, directions in rule.recipe.directions(steps.gradients) if rule.recipe is not None else ():
                rate = rate_of(directions)
                if rate is not None:
                    return replace(rule, rate=rate)
        if steps.changes[0].size < smallest:
            return None
        found = recipe_of(steps.gradients, steps.changes, constants, min(parameters, 12), rate_of)
    if found is None:
        return None
    recipe, rate = found
    numbers = {"beta1": recipe.a, "beta2": recipe.b, "eps": recipe.eps}
    return Rule(recipe.name, rate, numbers, bool(recipe.mistakes), recipe)
