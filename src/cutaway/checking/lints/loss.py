"""Losses that do not mean what their author thinks: targets that the output cannot reach, rows that are not one-hot.

Labels that broadcast against outputs are found before gradients are compared: :mod:`cutaway.checking.findings.repairs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.findings.comparison import source_line
from cutaway.checking.lines.places import NOWHERE, assigned, of_numbers, place_of
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels, outputs
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.observe import logs_of
from cutaway.checking.truth import Point, look
from cutaway.graph import Var

RANGES = {"sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, np.inf)}
PLACES = 3  # of targets
LAST = 100  # equations in which the output is looked for
CALLS = 500  # that are looked at for them
AS_IT_IS = frozenset(
    (
        "reshape",
        "clip",
        "log",
        "negative",
        "astype",
        "add",
        "subtract",
        "take_at",
        "maximum",
        "minimum",
        "copy",
        "transpose",
    )
)


def targets_out_of_range(case: Case) -> Iterator[Finding]:
    """Targets outside of what the output's activation can give."""
    point = look(case)
    if point.backprop is None:
        return
    scene = Scene(point.backprop)
    for _, a, kind in outputs(scene):
        if kind not in RANGES:
            continue
        low, high = RANGES[kind]
        for name, y in labels(scene, a.shape):
            how = _meets(scene, a, y)
            outside = (y < low - 1e-6) | (y > high + 1e-6)
            if how == "product":  # y log p: the sign may stand with y
                mixed = (y < -1e-6) if (y > 1e-6).any() else np.zeros(y.shape, bool)
                outside = ((np.abs(y) > 1 + 1e-6) & _has_complement(scene, y)) | mixed
            if how and outside.any():
                made = list(assigned(case, name)) or _line_of(scene, a)
                yield from _out_of_range(case, kind, y, outside, made, places_of_activation(point, scene, a))
                return
    yield from _out_of_range_of_logits(case, scene)


def _out_of_range_of_logits(case: Case, scene: Scene) -> Iterator[Finding]:
    """The same where the sigmoid is part of the loss: its derivative by the output is ``sigmoid(z) - y``, or so often.

    That holds in whatever way the loss is written.
    """
    targets: dict[tuple[int, ...], list[tuple[str, Any]]] = {}
    for eqn in scene.eqns[: -LAST - 1 : -1]:
        z, error = eqn.output, scene.true.get(eqn.output)
        if error is None or np.size(error) < 2 or not np.any(error):
            continue
        if z.shape not in targets:
            targets[z.shape] = labels(scene, z.shape)
        z_value, error = np.asarray(z.value, dtype=float), np.asarray(error, dtype=float)
        with np.errstate(over="ignore"):
            probability = 1 / (1 + np.exp(-z_value))
        for name, y in targets[z.shape]:
            outside = (y < -1e-6) | (y > 1 + 1e-6)
            difference = probability - y
            factor = float(np.vdot(difference, error) / np.vdot(error, error))
            if outside.any() and np.allclose(factor * error, difference, rtol=1e-6, atol=1e-9 * np.abs(y).max()):
                yield from _out_of_range(
                    case, "sigmoid", y, outside, list(assigned(case, name)) or _line_of(scene, z), ()
                )
                return


def _out_of_range(
    case: Case,
    kind: str,
    y: Array,
    outside: Array,
    made: Iterable[tuple[str, int]],
    activations: Iterable[tuple[str, int]],
) -> Iterator[Finding]:
    low, high = RANGES[kind]
    count = int(outside.sum())
    allowed = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and above"
    message = (
        f"{count} of {y.size} targets lie outside {allowed}, all that {kind} can give: they run from {y.min():g} to "
        f"{y.max():g}, so the loss can never become small."
    )
    evidence = {
        "outside": count,
        "targets": int(y.size),
        "lowest": float(y.min()),
        "highest": float(y.max()),
        "activation": kind,
    }
    fix = f"Scale the targets into {allowed}, or leave out {kind} at the output"
    numbers = set(y[outside].tolist())
    places = [w for one in made for w in (*of_numbers(case, one, numbers), one)]
    places += _returned(case, numbers) if len(set(places)) < PLACES else []
    for i, (file, line) in enumerate(dict.fromkeys([*places, *activations])):
        yield Finding(
            "targets-out-of-range",
            "data" if i < len(places) else "loss",
            message if i < len(places) else f"The output's {kind} stands here.",
            fix,
            (),
            file,
            line,
            evidence,
            source_line(file, line),
            hint="Compare the range of the targets with that of the output.",
            certain=i < len(places),
        )


def _returned(case: Case, numbers: set[float]) -> list[tuple[str, int]]:
    """The lines at which functions return arrays that hold all these numbers: the data as it was read."""
    for log in logs_of(case):
        for call in log.calls[:CALLS]:
            for one in call.result if isinstance(call.result, tuple) else (call.result,):
                held = (
                    set(np.unique(one).tolist()) if isinstance(one, np.ndarray) and one.dtype.kind in "fiu" else set()
                )
                if numbers <= held and call.result_line:
                    return [(call.code.co_filename, call.result_line)]
    return []


def _has_complement(scene: Scene, y: Any) -> bool:
    """Whether 1 - y is in the loss too; where it is not, what is above one may be the weight of a class."""
    others = [other for _, other in labels(scene, y.shape)]
    return any(np.allclose(np.abs(other), np.abs(1 - sign * y)) for other in others for sign in (1, -1))


def no_probability(case: Case) -> Iterator[Finding]:
    """A logarithm of what an activation gives that is no probability, such as ReLU or tanh."""
    point = look(case)
    if point.backprop is None:
        return
    scene = Scene(point.backprop)
    made = {e.output: e for e in scene.eqns}
    for eqn in scene.eqns:
        if eqn.primitive.name != "log" or np.ndim(eqn.output.value) < 1:
            continue
        atom: Any = eqn.inputs[0]
        for _ in range(6):
            below = made.get(atom)
            if below is None or below.primitive.name not in (
                "clip",
                "add",
                "maximum",
                "minimum",
                "subtract",
                "reshape",
            ):
                break
            atom = next((a for a in below.inputs if a in made), None)
        below = made.get(atom)
        kind = below.primitive.name.rpartition(".")[2] if below is not None else ""
        value = np.asarray(below.output.value) if below is not None else np.zeros(0)
        outside = int(np.sum((value < 0) | (value > 1)))
        if below is None or kind not in ("relu", "leaky relu", "tanh") or not outside:
            continue
        stack = point.stacks.get((below.of or below).output)
        spots = [(s.file, s.line) for s in stack.spots[:2]] if stack else _line_of(scene, below.output)
        for file, line in dict.fromkeys(spots):
            yield Finding(
                "not-a-probability",
                "loss",
                f"The loss takes the logarithm of what {kind} gives here: {outside} of {value.size} values lie "
                f"outside 0 to 1, from {value.min():.3g} to {value.max():.3g}.",
                "Let the output be a sigmoid (or a softmax), or take the squared error.",
                (),
                file,
                line,
                {"outside": outside, "lowest": float(value.min()), "highest": float(value.max()), "activation": kind},
                source_line(file, line),
                hint="What range do the values have of which the loss takes the logarithm?",
            )
        return


def _meets(scene: Scene, a: Var, y: Any) -> str:
    """How the activated value, or its logarithm, meets the targets; empty if it is scaled before.

    What is subtracted from a logarithm is no target but a logarithm of one: ``log(y) - log(p)``.
    """
    carried, logarithms = {a}, set[Var]()
    for eqn in scene.eqns:
        atoms = [x for x in eqn.inputs if isinstance(x, Var)]
        if not any(x in carried for x in atoms):
            continue
        kind = eqn.primitive.name.rpartition(".")[2]
        fixed = [x for x in atoms if x not in scene.live and np.size(x.value) == y.size and np.size(x.value) > 1]
        if any(np.array_equal(np.ravel(x.value), np.ravel(y)) for x in fixed):
            return {"subtract": "" if logarithms.intersection(atoms) else "difference", "multiply": "product"}.get(
                kind, ""
            )
        if kind in AS_IT_IS and not fixed:
            carried.add(eqn.output)
            if kind == "log" or logarithms.intersection(atoms):
                logarithms.add(eqn.output)
    return ""


def places_of_activation(point: Point, scene: Scene, a: Var) -> list[tuple[str, int]]:
    """Where an activation is computed, and where the function that computes it is called."""
    stack = point.stacks.get((scene.eqns[scene.number[a]].of or scene.eqns[scene.number[a]]).output)
    return list(dict.fromkeys((s.file, s.line) for s in stack.spots[:2])) if stack else _line_of(scene, a)


def _line_of(scene: Scene, var: Var) -> list[tuple[str, int]]:
    where = place_of(scene.eqns[scene.number[var]])
    return [where] if where != NOWHERE else []


def not_one_hot(case: Case) -> Iterator[Finding]:
    """Rows of targets for softmax that do not sum to one."""
    point = look(case)
    if point.backprop is None:
        return
    scene = Scene(point.backprop)
    for eqn in scene.eqns:
        if not eqn.primitive.name.endswith("softmax") or eqn.output not in scene.true or np.ndim(eqn.output.value) != 2:
            continue
        axis = eqn.params.get("axis", -1)
        if axis is None:
            continue
        for name, y in labels(scene, eqn.output.shape):
            sums = y.sum(axis=axis)
            ones = np.abs(sums - 1) < 1e-6
            if (
                ones.all()
                or (y < 0).any()
                or not _meets(scene, eqn.output, y)
                or np.all(np.abs(y.sum(axis=1 - axis % 2) - 1) < 1e-6)
            ):
                continue
            wrong = int((~ones).sum())
            evidence = {
                "rows": int(ones.size),
                "wrong_rows": wrong,
                "smallest_sum": float(sums.min()),
                "largest_sum": float(sums.max()),
            }
            places = list(assigned(case, name)) or _line_of(scene, eqn.output)
            for file, line in places[:2]:
                yield Finding(
                    "not-one-hot",
                    "data",
                    f"{wrong} of {ones.size} rows of the targets {name} do not sum to 1: they sum to "
                    f"{sums.min():g} up to {sums.max():g}.",
                    "Make one-hot rows: np.eye(classes)[labels]",
                    (),
                    file,
                    line,
                    evidence,
                    source_line(file, line),
                    hint="Print the row sums of the targets.",
                )
            return
