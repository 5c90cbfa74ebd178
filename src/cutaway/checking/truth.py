"""The true gradient of the author's own loss, and how far it can be trusted.

The loss is recorded and differentiated; differences of losses and the complex step are the witnesses. All are looked
at at the author's initial parameters and at two points near them where nothing is zero, equal or saturated, since a
mistake may hide in such special places. Arrays are compared as wholes, relative to their largest entry.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.checking.guards import attempt
from cutaway.checking.lines.backward import Stack, record_loss
from cutaway.checking.recognition import recognised, without_guards
from cutaway.checking.records import Array, Case, Params, Witness
from cutaway.checking.running.quiet import call
from cutaway.checking.witnesses import (
    COMPLEX,
    DIFFERENCES,
    STEP,
    by_complex_step,
    by_differences,
    own_complex_slope,
    slope,
)
from cutaway.errors import CutawayError
from cutaway.graph import Graph, Var
from cutaway.interpreters.simplify import simplify

TOLERANCE = {"float64": 1e-7, "float32": 5e-4, "float16": 5e-2}
"""Largest relative difference that rounding explains, by the narrowest dtype that the programs compute in."""

FLOOR = 1e-6  # an array whose gradient is this much smaller than the whole gradient counts as zero


@dataclass
class Point:
    """What is known at one choice of parameters.

    Attributes
    ----------
    params : dict of arrays
        The parameters, as floats.
    graph : Graph or None
        The recorded loss, with activations as single equations; None if it cannot be recorded.
    stacks : dict
        Where each value of the loss was computed.
    backprop, bare : Backprop or None
        The true backward pass of the loss, and of the loss without the guards of its logarithms, where it has any.
    exact : dict of arrays
        The true gradient.
    unguarded : dict of arrays
        The true gradient of the loss without the epsilons and clips in its logarithms, where it has any.
    user : dict of arrays
        The author's gradient.
    value : float
        The loss.
    trusted : bool
        Whether everything is finite and the witnesses agree.
    why : str
        Why it is not trusted.
    witness : float
        Largest relative difference between the exact gradient and central differences in random directions.
    witnesses : list of Witness
        What differences and the complex step say of the exact gradient here.
    narrowest : str
        The narrowest floating-point dtype that took part.
    """

    params: Params
    graph: Graph | None = None
    backprop: Backprop | None = None
    bare: Backprop | None = None
    stacks: dict[Var, Stack] = field(default_factory=dict)
    exact: dict[str, Array] = field(default_factory=dict)
    unguarded: dict[str, Array] = field(default_factory=dict)
    user: dict[str, Array] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    value: float = float("nan")
    trusted: bool = False
    why: str = ""
    witness: float = float("nan")
    witnesses: list[Witness] = field(default_factory=list)
    narrowest: str = "float64"
    _tops: dict[str, tuple[Array, float]] = field(default_factory=dict, repr=False)

    @property
    def tolerance(self) -> float:
        """The relative difference that rounding explains here."""
        return TOLERANCE[self.narrowest]

    def scale(self, name: str) -> float:
        """What differences of this parameter's gradient are measured in."""
        whole = max(map(self._top_of, self.exact), default=0.0)
        return max(self._top_of(name), FLOOR * whole, 1e-300)

    def _top_of(self, name: str) -> float:
        array, known = self.exact[name], self._tops.get(name)
        if known is None or known[0] is not array:
            known = self._tops[name] = array, _top(array)
        return known[1]

    def error(self, name: str, numbers: Any, exact: dict[str, Array] | None = None) -> float:
        """Largest difference of ``numbers`` from the true gradient, relative to its scale."""
        truth = (exact or self.exact)[name]
        numbers = np.asarray(numbers, float)
        if numbers.shape != truth.shape:
            fitted = fit(numbers, truth.shape)
            if fitted is None:
                return float("inf")
            numbers = fitted
        if not np.isfinite(numbers).all():
            return float("inf")
        return _top(numbers - truth) / self.scale(name)

    def errors(self, numbers: dict[str, Any], exact: dict[str, Array] | None = None) -> dict[str, float]:
        """:meth:`error` of every parameter for which there are numbers."""
        return {name: self.error(name, numbers[name], exact) for name in self.exact if name in numbers}


def _top(x: Any) -> float:
    return float(np.max(np.abs(x))) if np.size(x) else 0.0


def fit(numbers: Any, shape: tuple[int, ...]) -> Array | None:
    """``numbers`` in another shape, as an update ``W -= lr * dW`` would use them; None if they do not fit."""
    numbers = np.asarray(numbers)
    if numbers.shape == shape:
        return np.asarray(numbers)
    if numbers.size == int(np.prod(shape)) and _squeezed(numbers.shape) == _squeezed(shape):
        return np.reshape(numbers, shape)
    try:
        return np.asarray(np.broadcast_to(numbers, shape))
    except ValueError:
        return None


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


@dataclass
class Truth:
    """Everything that the comparison of a case is based on.

    Attributes
    ----------
    points : list of Point
        The author's parameters first, then points nearby.
    problem : str
        Why the loss could not be recorded, or the gradients not computed; empty otherwise.
    numerical : bool
        Whether the true gradient comes from differences of losses alone.
    notes : list of str
        What is worth saying about how far the numbers can be trusted.
    """

    points: list[Point]
    problem: str = ""
    numerical: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def trusted(self) -> list[Point]:
        """The points at which something certain can be said."""
        return [p for p in self.points if p.trusted]

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        """Of each witness, what it says at worst where it can say anything; where it can nowhere, why."""
        found: dict[str, list[Witness]] = {}
        for point in self.trusted or self.points:
            for w in point.witnesses:
                found.setdefault(w.name, []).append(w)
        return tuple(
            max((w for w in said if w.reliable), key=lambda w: (bool(w.why), w.error), default=said[0])
            for said in found.values()
        )

    @property
    def generic(self) -> Point | None:
        """The point at which mistakes are searched: away from zeros and equal entries, if there is one."""
        trusted = self.trusted
        return trusted[1] if len(trusted) > 1 and trusted[0] is self.points[0] else trusted[0] if trusted else None


def find_truth(case: Case) -> Truth:
    """Record, differentiate and witness the case's loss."""
    if case.loss is None:
        return Truth([], "there is no loss to differentiate")
    start = {name: _as_float(value) for name, value in case.params.items()}
    case.notes.pop("initial point", None)
    first = look(case)
    points, truth = [first], Truth([first])
    if first.graph is None and first.why:
        truth.problem = first.why
    truth.numerical = first.graph is None and first.trusted
    for seed in (1, 2):
        point = _nearby(case, start, seed)
        if point is not None:
            points.append(point)
    truth.points = points
    truth.notes += [f"at the initial parameters: {first.why}"] if first.why and not truth.problem else []
    return truth


def _as_float(value: Any) -> Array:
    """Parameters in double precision: what the author computes in single precision is compared there too."""
    return np.array(value, dtype=float)


def _nearby(case: Case, start: Params, seed: int) -> Point | None:
    """A point near ``start`` where the network is neither saturated nor special."""
    rng = np.random.default_rng(seed)
    directions = {name: rng.standard_normal(value.shape) * _size(value) for name, value in start.items()}
    best = None
    for scale in (1.0, 0.3, 0.1, 0.03, 0.01, 1e-3):
        point = _look(case, {name: start[name] + scale * directions[name] for name in start})
        if point.trusted:
            if not point.backprop or _lively(point):
                return point
            best = best or point
    return best


def _size(value: Array) -> float:
    """The size of a step that makes a parameter clearly different, and a layer not saturated."""
    spread = float(np.sqrt(np.mean(value**2))) if value.size else 0.0
    fan = max(value.shape) if value.ndim > 1 else 4
    return float(max(0.5 * spread, 0.7 / np.sqrt(fan)))


def _lively(point: Point) -> bool:
    """Whether activations are spread out: not saturated, not all on one side of a kink."""
    assert point.backprop is not None
    for eqn in point.backprop.graph.eqns:
        y = np.asarray(eqn.output.value)
        if eqn.primitive.name.endswith(("sigmoid", "softmax")) and np.mean(np.abs(y * (1 - y)) < 1e-4) > 0.5:
            return False
        if eqn.primitive.name == "tanh" and np.mean(1 - y**2 < 1e-4) > 0.5:
            return False
        if eqn.primitive.name == "relu" and not 0.02 < np.mean(y > 0) < 0.98:
            return False
    return True


def look(case: Case) -> Point:
    """The case at its initial parameters; looked at once, however many ask."""
    if "initial point" not in case.notes:
        case.notes["initial point"] = _look(case, {n: _as_float(v) for n, v in case.params.items()})
    point: Point = case.notes["initial point"]
    return point


def _look(case: Case, params: Params) -> Point:
    point = Point(params)
    assert case.loss is not None
    try:
        point.graph, point.stacks, point.narrowest = recorded(case.loss, params)
    except Exception as error:
        point.why = f"the loss cannot be recorded: {error}"
    try:
        point.value = float(np.asarray(call(case.loss, params)))
    except Exception as error:
        point.why = point.why or f"the loss cannot be computed: {type(error).__name__}: {error}"
        return point
    _user(case, point)
    if point.graph is not None:
        attempt(case, "the exact gradient", lambda: differentiate(point), None)
        if set(point.exact) != set(params):  # differences of the loss have to do
            point.graph, point.backprop, point.exact, point.bare, point.unguarded = None, None, {}, None, {}
    _witness(case, point)
    return point


def recorded(loss: Any, params: Params) -> tuple[Graph, dict[Var, Stack], str]:
    """The graph of a loss, the places of its values, and the narrowest floating-point dtype in it."""
    graph, stacks = record_loss(loss, params)
    if len(graph.outputs) != 1 or not isinstance(graph.outputs[0], Var):
        raise CutawayError("the loss does not depend on the parameters")
    if np.size(graph.outputs[0].value) != 1:
        raise CutawayError(f"the loss is not one number, it has shape {graph.outputs[0].shape}")
    kinds = [e.output.dtype for e in graph.eqns if e.output.dtype.kind == "f"]
    return graph, stacks, min((d for d in kinds), key=lambda d: d.itemsize, default=np.dtype(float)).name


def differentiate(point: Point) -> None:
    """Find the true gradient of the recorded loss at a point, with the guards of its logarithms and without them."""
    assert point.graph is not None
    with np.errstate(all="ignore"):
        graph = recognised(point.graph)
        point.backprop = Backprop(graph)
        point.exact = point.backprop.inputs(point.backprop.true)
        if not all(np.isfinite(g).all() for g in point.exact.values()):  # overflow: in its stable form it has none
            stable = Backprop(simplify(point.graph))
            point.exact = stable.inputs(stable.true)
        bare = without_guards(graph)
        if len(bare.eqns) < len(graph.eqns):
            point.bare = Backprop(bare)
            point.unguarded = point.bare.inputs(point.bare.true)
            if not all(np.isfinite(g).all() for g in point.unguarded.values()):
                stable = Backprop(simplify(bare))
                point.unguarded = stable.inputs(stable.true)


def _user(case: Case, point: Point) -> None:
    if case.gradients is None:
        return
    try:
        found = call(case.gradients, point.params)
    except Exception as error:
        point.why = f"the gradients cannot be computed: {type(error).__name__}: {error}"
        return
    for name, value in dict(found).items():
        if name not in point.params or value is None:
            continue
        try:
            array = np.array(value, dtype=float)
        except (TypeError, ValueError):
            continue
        if np.asarray(value).dtype.kind == "f":
            point.narrowest = min(point.narrowest, np.asarray(value).dtype.name, key=lambda d: np.dtype(d).itemsize)
        point.raw[name] = array
        fitted = fit(array, point.params[name].shape)
        point.user[name] = array if fitted is None else fitted


# Witnesses -----------------------------------------------------------------------------------------------------------


def _witness(case: Case, point: Point) -> None:
    """Ask the witnesses; where none of them can say anything, the recorded gradient stands alone."""
    if not np.isfinite(point.value) or not all(np.isfinite(g).all() for g in point.exact.values()):
        point.why = point.why or "the loss is not finite here"
        point.witnesses = [Witness(name, float("nan"), False, point.why) for name in (DIFFERENCES, COMPLEX)]
        return
    if point.why and point.graph is not None:
        return
    if point.graph is None:
        _numerical(case, point)
        return
    assert case.loss is not None
    differences = by_differences(case.loss, point.params, point.exact, point.value, point.narrowest)
    step = by_complex_step(point.graph, point.params, point.exact)
    point.witnesses = [differences, step]
    point.witness = differences.error
    point.trusted = differences.error < (1e-2 if differences.why else 1e-3)
    if step.reliable and not differences.reliable:
        point.trusted = step.error < 1e-3
    if not point.trusted:
        point.why = "the recorded gradient and differences of the loss disagree"


_MOST = 3000  # entries that are differentiated one by one where nothing better is possible
_LONGEST = 12.0  # seconds for them


def _numerical(case: Case, point: Point) -> None:
    """The gradient by the complex step through the author's function, or by central differences with two steps.

    Where two step sizes disagree nothing is said.
    """
    if sum(v.size for v in point.params.values()) > _MOST:
        return
    assert case.loss is not None
    bad, entries, complex_slopes = 0, 0, True
    by_step: dict[str, Array] = {}
    until = time.process_time() + _LONGEST
    for name, value in point.params.items():
        slopes, steps = np.zeros(value.shape), np.zeros(value.shape)
        for i in np.ndindex(value.shape):
            if time.process_time() > until:
                point.exact.clear()
                point.why = "the loss cannot be recorded, and its differences, entry by entry, take too long"
                return
            direction = {n: np.zeros(v.shape) for n, v in point.params.items()}
            direction[name][i] = 1 + abs(value[i])
            near, far = (slope(case.loss, point.params, direction, h) for h in (STEP, 3 * STEP))
            slopes[i] = near / direction[name][i]
            bad += abs(near - far) > 1e-3 * (abs(near) + 1e-6)
            entries += 1
            own = own_complex_slope(case.loss, point.params, direction) if complex_slopes else None
            complex_slopes = own is not None and abs(own - near) <= 1e-3 * (abs(near) + 1e-6)
            steps[i] = (own or 0.0) / direction[name][i]
        point.exact[name], by_step[name] = slopes, steps
    kinks = f"two step sizes disagree at {bad} of {entries} entries: kinks or jumps within the step" if bad else ""
    point.witnesses = [Witness(DIFFERENCES, float("nan"), not bad, kinks)]
    if complex_slopes:
        apart = max(_top(by_step[n] - g) / max(_top(g), 1e-300) for n, g in point.exact.items())
        point.exact = by_step
        point.witnesses = [Witness(DIFFERENCES, apart, not bad, kinks), Witness(COMPLEX, 0.0, True)]
    else:
        point.narrowest = "float32"  # differences are no better than single precision
        why = "the loss does not run in complex arithmetic, or not to the same slopes"
        point.witnesses.append(Witness(COMPLEX, float("nan"), False, why))
    point.witness = 0.0
    point.trusted = bool(np.isfinite(point.value)) and bad == 0
    if not point.trusted:
        point.why = "differences of the loss depend on their step: the loss has kinks or jumps here"
