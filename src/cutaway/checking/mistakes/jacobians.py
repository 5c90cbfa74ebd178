"""Mistakes about softmax, whose outputs all depend on all scores: its derivative is a matrix, ``diag(a) - a a'``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.backprop import Change
from cutaway.checking.mistakes.mistake import Mistake, Scene, variables

Share: TypeAlias = "Callable[[Any, Any, Any], Any]"
"""What is made of the error ``g``, the outputs ``a`` and the axis of the classes."""

RIGHT = r"a \odot (\delta - \sum_j \delta_j a_j)"


def jacobians(scene: Scene) -> Iterator[Mistake]:
    """Every way of getting the derivative of a softmax wrong."""
    numbers = [k for k, e in enumerate(scene.eqns) if e.primitive.fn.__name__ == "softmax" and scene.active(k, 0)]
    for group in scene.groups(numbers):
        yield from _of(scene, group)


def _of(scene: Scene, group: tuple[int, ...]) -> Iterator[Mistake]:
    eqns = [scene.eqns[k] for k in group]
    z, a = scene.name(eqns[0].inputs[0]), scene.name(eqns[0].output)
    axis = eqns[0].params.get("axis", -1)
    what = f"softmax at {z}" if len(group) == 1 else f"softmax in {len(group)} places"
    total = f"np.sum(dA * {a})" if axis is None else f"np.sum(dA * {a}, axis={axis}, keepdims=True)"
    fix = f"Multiply the error dA by the whole derivative of {what}: {a} * (dA - {total})"
    for code, words, wrong, cost, make in WAYS:
        changes: dict[Any, Change] = {(k, 0): _change(make, e) for k, e in zip(group, eqns, strict=True)}
        yield Mistake(code, words.format(what=what), fix, changes, {}, variables(eqns, 0), wrong, RIGHT, cost)


def _change(make: Share, eqn: Any) -> Change:
    a, axis = np.asarray(eqn.output.value), eqn.params.get("axis", -1)
    axis = tuple(range(a.ndim)) if axis is None else axis

    def change(g: Any, part: Any) -> Any:
        return make(np.asarray(g), a, axis)

    return change


def _along(g: Any, axis: Any) -> Any:
    return np.sum(g, axis=axis, keepdims=True)


def _others(g: Any, axis: Any) -> Any:
    """The sum over the samples instead of the classes."""
    if np.ndim(g) < 2 or not isinstance(axis, int):
        return np.full(np.shape(g), np.nan)
    return np.sum(g, axis=tuple(i for i in range(np.ndim(g)) if i != axis % np.ndim(g)), keepdims=True)


def _one(g: Any, a: Any, axis: Any, which: int) -> Any:
    """One column of the matrix, times the error: all that is left where each round of a loop writes over the last."""
    if isinstance(axis, tuple):
        if np.ndim(a) != 1:
            return np.full(np.shape(g), np.nan)
        axis = 0
    last = np.take(a, [which], axis=axis)
    shape = [1] * np.ndim(a)
    shape[axis] = -1
    here = np.zeros(np.shape(a)[axis])
    here[which] = 1.0
    return g * a * (here.reshape(shape) - last)


def _full(g: Any, a: Any, axis: Any) -> Any:
    return a * (g - _along(g * a, axis))


_DIAGONAL = "the terms between different outputs are missing"
WAYS: tuple[tuple[str, str, str, float, Share], ...] = (
    (
        "softmax-elementwise",
        "takes a(1 - a), entry by entry, for the derivative of {what}: " + _DIAGONAL,
        r"\delta \odot a (1 - a)",
        1.0,
        lambda g, a, axis: g * a * (1 - a),
    ),
    ("missing-slope", "leaves out the derivative of {what}", r"\delta", 1.0, lambda g, a, axis: g),
    (
        "softmax-elementwise",
        "takes a alone, as if each score had an exponential of its own, for the derivative of {what}: " + _DIAGONAL,
        r"\delta \odot a",
        1.1,
        lambda g, a, axis: g * a,
    ),
    (
        "softmax-off-diagonal",
        "has the terms between different outputs alone in the derivative of {what}: each output's own is missing",
        r"-a \odot \sum_{j \neq i} \delta_j a_j",
        1.2,
        lambda g, a, axis: -a * (_along(g * a, axis) - g * a),
    ),
    (
        "softmax-off-diagonal",
        "subtracts the sum over the outputs in the derivative of {what}, and nothing else",
        r"-a \sum_j \delta_j a_j",
        1.2,
        lambda g, a, axis: -a * _along(g * a, axis),
    ),
    (
        "softmax-wrong-axis",
        "sums over the samples, not over the classes, in the derivative of {what}",
        r"a \odot (\delta - \sum_n \delta_n a_n)",
        1.1,
        lambda g, a, axis: a * (g - _others(g * a, axis)),
    ),
    (
        "softmax-wrong-axis",
        "sums over everything, not over the classes of each sample, in the derivative of {what}",
        r"a \odot (\delta - \sum \delta a)",
        1.1,
        lambda g, a, axis: a * (g - np.sum(g * a)),
    ),
    (
        "softmax-sum-misspelt",
        "subtracts the sum of the errors, not of errors times outputs, in the derivative of {what}",
        r"a \odot (\delta - \sum_j \delta_j)",
        1.2,
        lambda g, a, axis: a * (g - _along(g, axis)),
    ),
    (
        "softmax-sum-misspelt",
        "subtracts the mean, not the sum, in the derivative of {what}",
        r"a \odot (\delta - \mathrm{mean}_j \, \delta_j a_j)",
        1.2,
        lambda g, a, axis: a * (g - np.mean(g * a, axis=axis, keepdims=True)),
    ),
    (
        "softmax-sum-misspelt",
        "adds the sum where it has to be subtracted in the derivative of {what}",
        r"a \odot (\delta + \sum_j \delta_j a_j)",
        1.2,
        lambda g, a, axis: a * (g + _along(g * a, axis)),
    ),
    (
        "softmax-sum-misspelt",
        "multiplies the error by a, but not its sum, in the derivative of {what}",
        r"a \odot \delta - \sum_j \delta_j a_j",
        1.2,
        lambda g, a, axis: a * g - _along(g * a, axis),
    ),
    (
        "softmax-sum-misspelt",
        "does not multiply by a in front in the derivative of {what}",
        r"\delta - \sum_j \delta_j a_j",
        1.2,
        lambda g, a, axis: g - _along(g * a, axis),
    ),
    (
        "slope-twice",
        "multiplies by the derivative of {what} twice",
        r"J J \delta",
        1.0,
        lambda g, a, axis: _full(_full(g, a, axis), a, axis),
    ),
    (
        "slope-twice",
        "multiplies by the derivative of {what}, and by a(1 - a) as well",
        r"a (1 - a) \odot J \delta",
        1.0,
        lambda g, a, axis: a * (1 - a) * _full(g, a, axis),
    ),
    (
        "softmax-overwritten",
        "keeps one column of the derivative of {what}: each entry is overwritten in the loop, not added up",
        r"\delta \odot J_{\cdot n}",
        1.3,
        lambda g, a, axis: _one(g, a, axis, -1),
    ),
    (
        "softmax-overwritten",
        "has the first column alone of the derivative of {what}",
        r"\delta \odot J_{\cdot 1}",
        1.4,
        lambda g, a, axis: _one(g, a, axis, 0),
    ),
    (
        "slope-misspelt",
        "uses 1 - a for the derivative of {what}",
        r"\delta \odot (1 - a)",
        1.3,
        lambda g, a, axis: g * (1 - a),
    ),
    (
        "slope-misspelt",
        "uses the slope of tanh for the derivative of {what}",
        r"\delta \odot (1 - a^2)",
        1.3,
        lambda g, a, axis: g * (1 - a**2),
    ),
)
"""(code, words, in LaTeX, how far-fetched, what is made of the error)."""
