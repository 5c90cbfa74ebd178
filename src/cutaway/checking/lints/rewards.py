"""Labels that the loss cannot reward: for some of them it is the same whatever the output is, or falls without end.

The slope of the loss by the output is looked at for many outputs, not only for those of the network as it stands:
0 and 1 in a formula for -1 and 1 leave half of the samples without any slope, and the other way round without an end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.lines.places import NOWHERE, Where, at_each, place_of
from cutaway.checking.lints.data.targets import places_of
from cutaway.checking.lints.loss import RANGES
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels, outputs
from cutaway.checking.records import Array, Case, Finding
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
        slopes = slopes_by(scene.graph, [z])
        said = judged(slopes, y, groups, activated) if slopes is not None else None
        if said is not None:
            places = places_of(case, name, y), _meeting(scene, z, y)
            yield from labels_not_rewarded(case, int(y.size), said, *places)


Said: TypeAlias = "tuple[int, str, str]"  # how many labels, what is wrong with them, and the proof


def judged(slopes: Slopes, y: Array, groups: list[Array], activated: bool = False) -> Said | None:
    """What is wrong with one of two groups of labels, or with both, given the slopes of the loss by the output."""
    tried, near, far = slopes
    values = np.unique(y)
    scale = float(np.abs(tried).max(initial=0))
    tried = np.where(np.abs(tried) > 1e-12 * scale, tried, 0.0)
    flat = np.all(tried == 0, axis=0)
    for v, group, other in zip(values, groups, groups[::-1], strict=True):
        count, these = int(group.sum()), f"For the {int(group.sum())} of {y.size} labels that are {_said(v)} the loss "
        if np.all(flat[group]) and not np.any(flat[other]):
            words = "is the same whatever the output is: they teach nothing."
            return count, these + words, "a slope of 0 at all outputs"
        if not activated and _endless(near, far, group) and not _endless(near, far, other):
            words = "falls without end as the output grows or falls: no output is right for them."
            return count, these + words, "a slope that never comes to 0"
    if values[0] * values[1] > 0 and not np.any(flat) and (np.all(tried >= 0) or np.all(tried <= 0)):
        way = "falls" if np.all(tried >= 0) else "grows"
        words = f"For all {y.size} labels, {_said(values[0])} and {_said(values[1])}, the loss falls as the output "
        return int(y.size), f"{words}{way}: one answer is right for all.", "slopes of one sign at all outputs"
    return None


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


Slopes: TypeAlias = "tuple[Array, Array, Array]"  # at outputs of all sizes, far out on both sides, and farther


def slopes_by(graph: Graph, outputs: list[Var]) -> Slopes | None:
    """The slopes of the loss by an output, or by one number for each sample, whatever these are."""
    from cutaway.interpreters.differentiate import differentiate
    from cutaway.tracing.recorder import Recorder

    recorder = Recorder.reopen(graph)
    found: list[Any] = list(differentiate(recorder, graph.outputs[0], outputs))  # type: ignore[arg-type]
    slopes = [getattr(s, "variable", s) for s in found]
    taken = set(outputs)
    eqns = tuple(e for e in recorder.eqns if e.output not in taken)
    single = len(outputs) == 1
    shape = np.shape(outputs[0].value) if single else (len(outputs),)
    start = {v: np.asarray(v.value) for v in graph.inputs}
    rng = np.random.default_rng(0)

    def at(numbers: Array) -> Array:
        parts = [numbers] if single else [np.reshape(n, v.shape) for n, v in zip(numbers, outputs, strict=True)]
        known: dict[Any, Any] = {**start, **dict(zip(outputs, parts, strict=True))}
        values: dict[Any, Any] = evaluate(Graph(tuple(known), eqns, ()), *known.values())
        answers = [np.asarray(values.get(s, getattr(s, "value", s)), dtype=float) for s in slopes]
        return np.broadcast_to(answers[0], shape) if single else np.array([a.sum() for a in answers])

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


def labels_not_rewarded(case: Case, size: int, said: Said, made: list[Where], met: Where) -> Iterator[Finding]:
    """The findings, at the lines that made the labels and at the one that uses them in the loss."""
    count, words, proof = said
    finding = Finding(
        "labels-not-rewarded",
        "data",
        words,
        "Use the labels that the formula of the loss is written for: y = 2 * y - 1 makes -1 and 1 of 0 and 1, "
        "y = (y + 1) / 2 the other way round.",
        evidence={"labels": size, "labels_not_rewarded": count, "proof": proof},
        hint="Put each label into the formula of the loss: which output makes it small?",
    )
    yield from at_each(case, finding, made, "The labels are made here.")
    if met != NOWHERE:
        here = replace(finding, kind="loss", message="The loss uses them here.", certain=False)
        yield from at_each(case, here if made else replace(finding, kind="loss"), [met], "")


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
