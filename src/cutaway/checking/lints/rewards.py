"""Labels that the loss cannot reward: for some of them it is the same whatever the output is, or falls without end.

The slope of the loss by the output is looked at for many outputs, not only for those of the network as it stands:
0 and 1 in a formula for -1 and 1 leave half of the samples without any slope, and the other way round without an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import NOWHERE, Where, place_of, text_of
from cutaway.checking.lints.data.targets import places_of
from cutaway.checking.lints.loss import RANGES
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels, outputs
from cutaway.checking.records import Array, Case, Finding, Kind
from cutaway.checking.running.observe import logs_of
from cutaway.checking.truth import look
from cutaway.graph import Graph, Var
from cutaway.interpreters.run import evaluate
from cutaway.ops.linear import MATMUL

SIZES = (0.3, 1.0, 3.0, 10.0, 30.0)  # of the outputs that are tried, both signs of each
FAR = (50.0, 500.0)  # outputs between which a loss that has an end changes its slope
FEWEST = 2  # samples of each label
MOST, LONGEST = 200_000, 300  # outputs, and operations of the loss: those of one sample after the other are many


def unrewarded_labels(case: Case) -> Iterator[Finding]:
    """Two kinds of labels, for one of which the loss has no slope, or no end."""
    point = look(case)
    if point.backprop is None or len(point.backprop.graph.eqns) > LONGEST:
        return
    scene = Scene(point.backprop)
    z = _score(scene)
    if z is not None and np.size(z.value) <= MOST:
        activated = any(kind in RANGES for _, _, kind in outputs(scene) if kind != "relu")
        known = labels(scene, np.shape(z.value))
        two = [(name, y) for name, y in known if len(np.unique(y)) == 2]
        # other numbers beside them, weights or ratings, may say which samples do not count
        if not two or any(len(np.unique(y)) > 2 or not _alike(y, two[0][1]) for _, y in known):
            return
        name, y = next(((n, v) for n, v in two if n in _names(case)), None) or _in_program(case, *two[0])
        values = np.unique(y)
        groups = [np.broadcast_to(y == v, np.shape(z.value)) for v in values]
        if any(int(g.sum()) < FEWEST for g in groups):
            return
        slopes = _slopes(scene.graph, z)
        if slopes is None:
            return
        tried, near, far = slopes
        scale = float(np.abs(tried).max(initial=0))
        flat = np.all(np.abs(tried) <= 1e-12 * scale, axis=0) if scale else np.zeros(np.shape(z.value), bool)
        for v, group, other in zip(values, groups, groups[::-1], strict=True):
            count = int(group.sum())
            if flat.shape == group.shape and np.all(flat[group]) and not np.any(flat[other]):
                words = (
                    f"For the {count} of {y.size} labels that are {_said(v)} the loss is the same whatever the output "
                    "is: they teach nothing."
                )
                yield from _findings(case, scene, z, name, y, count, words, "a slope of 0 at all outputs")
                return
            if not activated and _endless(near, far, group) and not _endless(near, far, other):
                words = (
                    f"For the {count} of {y.size} labels that are {_said(v)} the loss falls without end as the output "
                    "grows or falls: no output is right for them."
                )
                yield from _findings(case, scene, z, name, y, count, words, "a slope that never comes to 0")
                return


def _score(scene: Scene) -> Var | None:
    """The output as it is before an activation or a label: the last product with its bias."""
    products = [e for e in scene.eqns if e.primitive is MATMUL and e.output in scene.true and np.ndim(e.output.value)]
    if not products:
        return None
    found = products[-1].output
    if any(np.array_equal(e.output.value, found.value) for e in products[:-1]):
        return None  # computed twice, h(x) in both terms of a cross-entropy: changing one of them says nothing
    for eqn in scene.eqns[scene.number[found] + 1 :]:
        if found in eqn.inputs and eqn.output in scene.true:
            kind = eqn.primitive.name.rpartition(".")[2]
            others = [a for a in eqn.inputs if a is not found and isinstance(a, Var)]
            bias = kind == "add" and all(a in scene.live for a in others)
            if bias or kind in ("reshape", "squeeze", "ravel", "transpose", "take_at"):
                found = eqn.output
            else:
                break
    return found


def _said(v: float) -> str:
    return f"{v:g}" if v else "0"


def _alike(a: Array, b: Array) -> bool:
    """Whether two arrays of two numbers say the same."""
    return len(np.unique(a)) == 1 or bool(np.array_equal(a == a.flat[0], b == b.flat[0]))


def _names(case: Case) -> set[str]:
    program = case.notes.get("program")
    return set(program.namespace) if program is not None else set()


def _in_program(case: Case, name: str, y: Array) -> tuple[str, Array]:
    """The array of the program that says the same as one that the loss has computed of it, such as ``-y``."""
    for log in logs_of(case):
        for c in log.changes:
            if isinstance(c.new, np.ndarray) and c.new.size == y.size and c.new.dtype.kind in "fiu":
                own = np.asarray(c.new, dtype=float).reshape(np.shape(y))
                if len(np.unique(own)) == 2 and _alike(own, y):
                    return c.name, own
    return name, y


def _slopes(graph: Graph, z: Var) -> tuple[Array, Array, Array] | None:
    """The slopes of the loss by the output: for outputs of all sizes, then far out on both sides, then farther."""
    from cutaway.interpreters.differentiate import differentiate
    from cutaway.tracing.recorder import Recorder

    recorder = Recorder.reopen(graph)
    found: list[Any] = list(differentiate(recorder, graph.outputs[0], [z]))  # type: ignore[arg-type]
    slope = getattr(found[0], "variable", found[0])
    eqns = tuple(e for e in recorder.eqns if e.output is not z)
    shape = np.shape(z.value)
    rng = np.random.default_rng(0)

    def at(output: Array) -> Array:
        known: dict[Any, Any] = {**{v: np.asarray(v.value) for v in graph.inputs}, z: output}
        values: dict[Any, Any] = evaluate(Graph(tuple(known), eqns, ()), *known.values())
        return np.broadcast_to(np.asarray(values.get(slope, getattr(slope, "value", slope)), dtype=float), shape)

    try:
        with np.errstate(all="ignore"):
            # signs that differ from entry to entry: what all outputs have in common may not count, as in a softmax
            signs = [np.where(rng.random(shape) < 0.5, -1.0, 1.0) for _ in SIZES]
            tried = [at(s * size * way) for size, s in zip(SIZES, signs, strict=True) for way in (-1, 1)]
            near, far = (np.array([at(np.full(shape, way * size)) for way in (-1.0, 1.0)]) for size in FAR)
    except Exception:
        return None
    whole = np.array(tried)
    return (whole, near, far) if np.isfinite(whole).all() else None


def _endless(near: Array, far: Array, group: Array) -> bool:
    """Whether the loss still falls outwards, as steeply far out as near, for all samples of a group."""
    if not (np.isfinite(near).all() and np.isfinite(far).all()):
        return False
    for side, way in enumerate((-1.0, 1.0)):
        a, b = way * near[side][group], way * far[side][group]
        if np.all(a < 0) and np.allclose(a, b, rtol=1e-6, atol=0):
            return True
    return False


def _findings(
    case: Case, scene: Scene, z: Var, name: str, y: Array, count: int, words: str, proof: str
) -> Iterator[Finding]:
    made = places_of(case, name, y)
    met = _meeting(scene, z, y)
    places: list[tuple[Where, Kind]] = [(w, "data") for w in made] + ([(met, "loss")] if met != NOWHERE else [])
    for i, (where, kind) in enumerate(places):
        yield Finding(
            "labels-not-rewarded",
            kind,
            words if i == 0 else "The labels are made here." if kind == "data" else "The loss uses them here.",
            "Use the labels that the formula of the loss is written for: y = 2 * y - 1 makes -1 and 1 of 0 and 1, "
            "y = (y + 1) / 2 the other way round.",
            (),
            *where,
            {"labels": int(y.size), "labels_not_rewarded": count, "proof": proof},
            text_of(case, where),
            hint="Put each label into the formula of the loss: which output makes it small?",
            certain=i == 0,
        )


def _meeting(scene: Scene, z: Var, y: Array) -> Where:
    """The first line on which the labels meet the output."""
    carried: set[Any] = {z}
    for eqn in scene.eqns:
        if any(a in carried for a in eqn.inputs):
            carried.add(eqn.output)
            for a in eqn.inputs:
                if a not in carried and np.size(a.value if isinstance(a, Var) else a) == y.size > 1:
                    return place_of(eqn)
    return NOWHERE
