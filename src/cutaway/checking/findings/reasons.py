"""Why code that looks wrong is right: a short *because* for each thing that makes people suspicious."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.findings.comparison import Comparison
from cutaway.checking.lines.shelf import proportional
from cutaway.checking.mistakes import Scene
from cutaway.checking.mistakes.heads import labels, outputs
from cutaway.checking.mistakes.slopes import OF_OUTPUT
from cutaway.checking.records import Case
from cutaway.graph import Var


def becauses(case: Case, comparison: Comparison) -> list[str]:
    """What is unusual in a correct program, and why it is right."""
    if not comparison.seen or comparison.backward is None:
        return list(_arithmetic(case, comparison))
    found = [
        *_slopes(comparison),
        *_deltas(comparison),
        *_sums(comparison),
        *_zeros(comparison),
        *_arithmetic(case, comparison),
    ]
    return list(dict.fromkeys(found))


def _slopes(comparison: Comparison) -> Iterator[str]:
    """Slopes that are computed from the output of the activation."""
    assert comparison.backward is not None
    values = [e for e in comparison.backward.relevant() if e.primitive.name in ("multiply", "subtract")]
    for eqn in comparison.seen[0].backprop.graph.eqns:
        kind = eqn.primitive.name.rpartition(".")[2]
        if kind not in ("sigmoid", "tanh") or np.size(eqn.output.value) < 2:
            continue
        slope = OF_OUTPUT[kind](np.asarray(eqn.output.value))
        for other in values:
            match = proportional(other.output.value, slope) if np.shape(other.output.value) == np.shape(slope) else None
            if match is not None and abs(match[0] - 1) < 1e-6:
                formula = "a * (1 - a)" if kind == "sigmoid" else "1 - a**2"
                yield (
                    f"{formula} takes the slope of {kind} from its output a: that is the derivative at the "
                    f"pre-activation"
                )
                break


def _deltas(comparison: Comparison) -> Iterator[str]:
    """Output minus target as the whole error at the pre-activation; target minus output."""
    assert comparison.backward is not None
    view = comparison.seen[0]
    scene = Scene(view.backprop)
    for z, a, kind in outputs(scene):
        true = scene.true.get(z)
        if true is None or np.size(true) < 2:
            continue
        p = np.asarray(a.value, float)
        if kind in ("sigmoid", "softmax") and any(proportional(true, p - y) for _, y in labels(scene, p.shape)):
            yield (
                f"output - target is the whole error in front of {kind}: in the derivative of cross-entropy "
                f"its slope cancels"
            )
        for eqn in comparison.backward.relevant():
            match = proportional(eqn.output.value, true)
            if match is not None and match[0] < 0:
                yield "the error is target - output, so what is added to the weights is minus the gradient: it descends"
                break


def _sums(comparison: Comparison) -> Iterator[str]:
    """Losses that are sums."""
    kinds = {e.primitive.name for e in comparison.seen[0].backprop.graph.eqns if np.size(e.output.value) == 1}
    divides = any(
        e.primitive.name in ("divide", "multiply") and np.size(e.output.value) == 1
        for e in comparison.seen[0].backprop.graph.eqns
    )
    if "sum" in kinds and "mean" not in kinds and not divides:
        yield "the loss is a sum over the samples, and so is its gradient: no 1/n is missing"


def _zeros(comparison: Comparison) -> Iterator[str]:
    """Parameters on which the loss does not depend."""
    for name in comparison.seen[0].exact:
        sizes = [float(np.max(np.abs(v.exact[name]), initial=0.0)) for v in comparison.seen]
        whole = [max(float(np.max(np.abs(g), initial=0.0)) for g in v.exact.values()) for v in comparison.seen]
        if all(s < 1e-9 * w for s, w in zip(sizes, whole, strict=True)):
            yield (
                f"the gradient of {name} is zero: what follows takes away whatever {name} adds, as a normalisation does"
            )


def _arithmetic(case: Case, comparison: Comparison) -> Iterator[str]:
    """Guards of logarithms, single precision, kinks."""
    if any(np.asarray(v).dtype == np.float32 for v in case.params.values()):
        yield "the parameters are float32: both gradients were computed in double precision, where they can be compared"
    for view in comparison.seen:
        if view.point.unguarded and any(
            view.point.error(n, view.user[n]) > 1e-12 > 0.1 * view.point.error(n, view.user[n], view.point.unguarded)
            for n in view.user
            if n in view.exact
        ):
            yield "the gradient is that of the loss without the epsilon or clip in its logarithm; the two hardly differ"
            break
    for view in comparison.seen:
        kinks = sum(
            int(np.sum(np.abs(np.asarray(e.inputs[0].value)) < 1e-4))
            for e in view.backprop.graph.eqns
            if e.primitive.name in ("relu", "leaky relu", "absolute") and isinstance(e.inputs[0], Var)
        )
        if kinks:
            yield (
                f"{kinks} pre-activations lie within a finite difference's step of a kink: there the exact "
                f"gradient decides, not the difference"
            )
            break
