"""A softmax that is none: taken over the wrong axis, or from exponents that are far below zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.checking.findings.comparison import source_line
from cutaway.checking.lines.places import NOWHERE, Where, at_each, place_of
from cutaway.checking.lines.settings import axis_set_at
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels
from cutaway.checking.records import Case, Finding
from cutaway.checking.truth import Point, look
from cutaway.graph import Eqn, Graph, Var
from cutaway.ops.special import SOFTMAX

EXACT = 1e-9  # how far shares may be from one together
NEAR = 5  # equations from what is divided by a sum to that sum
MAXIMA = ("max", "amax", "nanmax")


def softmax_axis(case: Case) -> Iterator[Finding]:
    """A softmax whose probabilities do not sum to one for each sample."""
    point = look(case)
    if point.backprop is None:
        return
    for eqn, classes in _over_others(point.backprop):
        axis, p = eqn.params.get("axis", -1), np.asarray(eqn.output.value)
        sums = p.sum(axis=classes)
        where = place_of(eqn)
        total = _total(point, eqn, classes)
        over = "over all entries" if axis is None else f"over axis {axis % 2}"
        finding = Finding(
            "softmax-axis",
            "numerics",
            f"The softmax is taken {over}, the samples' axis included: the probabilities of one sample sum to "
            f"{sums.min():.3g} "
            f"up to {sums.max():.3g} instead of 1.",
            f"Sum and take the maximum over the classes: axis={classes}, keepdims=True",
            evidence={
                "axis": axis,
                "needed": classes,
                "smallest_sum": float(sums.min()),
                "largest_sum": float(sums.max()),
            },
            hint="Print the sums of the probabilities of each sample.",
        )
        found = list(at_each(case, finding, [total, where], "Or here, where each is divided by this sum."))
        places = [(found[0].file, found[0].line), *axis_set_at(case, where)[:2]]
        first, *others = at_each(case, finding, places, "Or here, where the axis is set.")
        others = [*found[1:], *(f for f in others if f.line not in {o.line for o in found})]
        words = "The loss is taken of these probabilities, which are none: it is not the one that was meant."
        yield from (first, *others, replace(first, kind="loss", message=words, certain=False))


def _over_others(backprop: Backprop) -> Iterator[tuple[Eqn, int]]:
    """The softmaxes of a loss that are not taken over the axis of the classes, and which that is."""
    scene, found = Scene(backprop), False
    for eqn in scene.eqns:
        if not eqn.primitive.name.endswith("softmax") or np.ndim(eqn.output.value) != 2 or eqn.output not in scene.true:
            continue
        found = True
        axis, classes = eqn.params.get("axis", -1), _class_axis(scene, eqn, np.asarray(eqn.output.value))
        if classes is not None and (axis is None or axis % 2 != classes):
            yield eqn, classes
    yield from _by_their_sums(scene) if not found else ()


def _by_their_sums(scene: Scene) -> Iterator[tuple[Eqn, int]]:
    """The first value from exponentials that sums to one over the samples, in whatever way it was computed."""
    powers = False
    for eqn in scene.eqns:
        powers = powers or eqn.primitive.name.rpartition(".")[2] in ("exp", "softmax")
        p = np.asarray(eqn.output.value)
        if not powers or p.ndim != 2 or min(p.shape) < 2 or p.dtype.kind != "f" or eqn.output not in scene.true:
            continue
        whole = [axis for axis in (0, 1) if (p > 0).all() and (np.abs(p.sum(axis=axis) - 1) < EXACT).all()]
        classes = _class_axis(scene, eqn, p) if len(whole) == 1 or abs(p.sum() - 1) < EXACT else None
        if classes is not None and classes not in whole:
            yield Eqn(SOFTMAX, (), {"axis": whole[0] if whole else None}, eqn.output, eqn.where, eqn.of or eqn), classes
            return


def _total(point: Point, eqn: Eqn, classes: int) -> Where:
    """Where the sum is taken by which the exponentials are divided, over an axis that is not that of the classes."""
    eqns = point.graph.eqns if point.graph is not None else ()
    made: dict[Any, Eqn] = {e.output: e for e in eqns}
    start = made.get((eqn.of or eqn).output)
    todo = [(0, start)] if start is not None else []
    while todo:
        depth, e = todo.pop(0)
        power = made.get(_through(made, e.inputs[0])) if e.primitive.name == "sum" else None
        if power is not None and power.primitive.name == "exp" and np.ndim(power.output.value) == 2:
            axes = np.atleast_1d((0, 1) if e.params.get("axis") is None else e.params["axis"]) % 2
            if axes.tolist() != [classes]:
                return place_of(e)
        todo += [(depth + 1, b) for a in e.inputs if depth < NEAR and (b := made.get(a)) is not None]
    return _equal_to_the_sum(eqns, eqn)


def _equal_to_the_sum(eqns: Sequence[Eqn], eqn: Eqn) -> Where:
    """Where a value is computed that is the sum of exponentials over this axis: by a loop, a product with ones."""
    shape, axis = eqn.output.shape, eqn.params.get("axis", -1)
    for power in (e for e in reversed(eqns) if e.primitive.name == "exp" and e.output.shape == shape):
        total = np.ravel(np.sum(power.output.value, axis=axis))
        for e in eqns:
            if e.output.value.size == total.size and np.allclose(np.ravel(e.output.value), total, rtol=1e-12, atol=0):
                return place_of(e)
    return NOWHERE


def _class_axis(scene: Scene, eqn: Eqn, p: Any) -> int | None:
    """The axis of the classes: along which the targets sum to one, or to whose places class numbers point."""
    if min(p.shape) < 2:
        return None
    for other in scene.eqns:
        if (
            other.primitive.name.endswith("take_at")
            and len(other.inputs) >= 3
            and np.shape(_value(other.inputs[0])) == p.shape
        ):
            slots = [np.asarray(_value(a)) for a in other.inputs[1:]]
            if len(slots) == 2 and all(s.dtype.kind in "iu" and s.ndim == 1 for s in slots):
                first, second = (np.array_equal(s, np.arange(len(s))) for s in slots)
                if first != second:
                    return 1 if first else 0
    for _, y in labels(scene, p.shape):
        hot = [_is_hot(y, axis) for axis in (0, 1)]
        if hot[0] != hot[1] and (y >= 0).all():
            return 0 if hot[0] else 1
    return None


def _is_hot(y: Any, axis: int) -> bool:
    """Whether labels are one-hot along an axis, softened maybe; weights that sum to one over the samples are not."""
    alike = np.ptp(np.sort(y, axis=axis), axis=1 - axis).max() < 1e-6
    return bool(alike and (np.abs(y.sum(axis=axis) - 1) < 1e-6).all() and y.max() > 0.5)


def _value(atom: Any) -> Any:
    return atom.value if isinstance(atom, Var) else atom


def underflow(graph: Graph, eqn: Eqn, step: int, of: str) -> Iterator[Finding]:
    """A softmax whose rows are divided by a sum of zeros: its exponents are far below zero, and why."""
    made = {e.output: e for e in graph.eqns}
    total = made.get(_through(made, eqn.inputs[-1])) if eqn.primitive.name == "divide" else None
    if total is None or total.primitive.name != "sum":
        return
    power = made.get(_through(made, total.inputs[0]))
    if power is None or power.primitive.name != "exp":
        return
    exponents = np.asarray(_value(power.inputs[0]), dtype=float)
    axis = total.params.get("axis")
    highest = np.max(exponents, axis=axis, keepdims=True)
    empty = highest < np.log(np.finfo(float).tiny)
    below: Any = power.inputs[0]
    moved = made.get(below)
    largest = (
        next((e for a in moved.inputs if (e := made.get(_through(made, a))) and e.primitive.name in MAXIMA), None)
        if moved
        else None
    )
    if not empty.any() or eqn.where is None:
        return
    shift = largest is not None and moved is not None
    when = f"after {step} steps" if step else "at the initial parameters"
    own = f"axis={axis}, keepdims=True" if axis is not None else "axis=..., keepdims=True"
    which = (
        "the largest of all scores" if shift and largest and largest.params.get("axis") is None else "another maximum"
    )
    words = (
        f"In the {of}, {which} is subtracted here, not that of each row: {when} the exponents of "
        if shift
        else f"In the {of}, {when} the exponents of "
    ) + (
        f"{int(empty.sum())} of {empty.size} rows are {float(highest.min()):.4g} and below, where exp gives 0, so that "
        "they are divided by a sum of 0."
    )
    place = moved if shift and moved is not None else power
    spots = [place_of(e) for e in (place, largest, power, eqn) if e is not None]
    for i, (file, line) in enumerate(w for w in dict.fromkeys(spots) if w[1]):
        yield Finding(
            "underflow",
            "numerics",
            words if i == 0 else "Or here, where it is used.",
            f"Subtract from each row its own largest entry: z - z.max({own})",
            (),
            file,
            line,
            {"step": step, "rows": int(empty.size), "rows_of_zeros": int(empty.sum()), "highest": float(highest.min())},
            source_line(file, line),
            hint="Print the largest exponent of each row.",
            certain=i == 0,
        )


def _through(made: dict[Any, Eqn], atom: Any) -> Any:
    """The value before it was reshaped."""
    while atom in made and made[atom].primitive.name.rpartition(".")[2] in (
        "reshape",
        "expand_dims",
        "take_at",
        "broadcast_to",
        "squeeze",
        "transpose",
    ):
        atom = made[atom].inputs[0]
    return atom
