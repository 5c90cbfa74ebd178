"""Numbers that leave their range: log(0), large exponents, a division by zero, a step without a slope.

What depends on training is looked at by training: the author's gradients are followed for as many steps as the program
takes, and the first equation that gives no finite number is named.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.findings.comparison import source_line
from cutaway.checking.lines.backward import record_backward, record_loss
from cutaway.checking.lints.lost_guards import lost_guards
from cutaway.checking.lints.softmax import underflow
from cutaway.checking.lints.trials import another_rule
from cutaway.checking.records import Case, Finding, Params
from cutaway.checking.running.quiet import call
from cutaway.checking.truth import look
from cutaway.graph import Eqn, Graph, Var

SECONDS = 1.5  # of training that is tried
MOST_STEPS = 1000


# Training until something is not finite ----------------------------------------------------------------------------


def not_finite(case: Case) -> Iterator[Finding]:
    """The first equation of the loss or of the gradients that is not finite, at the start or after some steps."""
    found = case.notes["not finite"] = list(_not_finite(case))
    yield from found


def _not_finite(case: Case) -> Iterator[Finding]:
    if case.loss is None:
        return
    found = _until_not_finite(case)
    if found is None:
        return
    step, params = found
    if step > 0 and another_rule(case):
        return
    for of, graph in _graphs(case, params):
        eqn = _culprit(graph)
        if eqn is not None and eqn.where is not None:
            below = list(underflow(graph, eqn, step, of))
            yield from below or [_finding(case, eqn, step, of)]
            if not below and eqn.primitive.name.startswith("log"):
                yield from lost_guards(case, graph, eqn, step)
            return


def _until_not_finite(case: Case) -> tuple[int, Params] | None:
    """The step at which the loss or a gradient is not finite while the parameters still are, and the parameters."""
    params: Params = {
        n: np.array(v, dtype=float if np.asarray(v).dtype.kind in "iu" else None) for n, v in case.params.items()
    }
    assert case.loss is not None
    started = time.process_time()
    for step in range(min(case.steps, MOST_STEPS) + 1):
        try:
            value = np.asarray(call(case.loss, params), dtype=float)
            gradients = dict(call(case.gradients, params)) if case.gradients is not None else {}
        except Exception:
            return None
        if not np.isfinite(value).all():
            return step, params
        slopes = {n: np.asarray(g, float) for n, g in gradients.items() if n in params}
        if any(not np.isfinite(g).all() for g in slopes.values()):
            return step, params
        if not slopes or time.process_time() - started > SECONDS:
            return None
        moved: Params = {}
        for n, p in params.items():
            try:
                moved[n] = np.asarray(p - case.lr * slopes[n] if n in slopes else p, dtype=p.dtype)
            except ValueError:
                return None
            if moved[n].shape != p.shape or not np.isfinite(moved[n]).all():
                return None
        params = moved
        case.notes["descended to"] = params
    return None


def _graphs(case: Case, params: Params) -> Iterator[tuple[str, Graph]]:
    assert case.loss is not None
    with contextlib.suppress(Exception):
        yield "loss", record_loss(case.loss, params)[0]
    if case.gradients is not None:
        with contextlib.suppress(Exception):
            backward = record_backward(case.gradients, params)
            yield "gradients", Graph(tuple(backward.inputs.values()), backward.eqns, tuple(backward.outputs.values()))


def _culprit(graph: Graph) -> Eqn | None:
    """The first equation that makes something not finite of finite numbers and whose result matters."""
    needed: set[Any] = {a for a in graph.outputs if isinstance(a, Var) and not _finite(a)}
    chain = []
    for eqn in reversed(graph.eqns):
        if eqn.output in needed and not _finite(eqn.output):
            chain.append(eqn)
            needed.update(a for a in eqn.inputs if isinstance(a, Var) and not _finite(a))
    return chain[-1] if chain else None


def _finite(atom: Any) -> bool:
    value = np.asarray(atom.value if isinstance(atom, Var) else atom)
    return value.dtype.kind not in "fc" or bool(np.isfinite(value).all())


def _finding(case: Case, eqn: Eqn, step: int, of: str) -> Finding:
    assert eqn.where is not None
    kind = eqn.primitive.name
    x = eqn.inputs[-1] if kind in ("divide", "remainder") else eqn.inputs[0]
    value = np.asarray(x.value if isinstance(x, Var) else x, dtype=float)
    when = "at the initial parameters" if step == 0 else f"after {step} steps"
    evidence: dict[str, Any] = {"step": step, "smallest": float(np.min(value)), "largest": float(np.max(value))}
    bad = int(np.sum(~np.isfinite(np.asarray(eqn.output.value, float))))
    evidence["not_finite"] = bad
    if kind in ("log", "log2", "log10", "log1p"):
        zeros = int(np.sum(value <= (-1 if kind == "log1p" else 0)))
        code, words = (
            "log-of-zero",
            f"{kind} is taken of {zeros} zeros or negative numbers {when}: the loss is not finite.",
        )
        fix = (
            "Keep the probabilities away from 0 and 1: p = np.clip(p, 1e-12, 1 - 1e-12); or compute the loss "
            "from the pre-activation"
        )
    elif kind in ("exp", "exp2", "cosh", "sinh", "expm1", "power"):
        code, words = "overflow", f"{kind} overflows {when}: its argument reaches {np.max(value):.4g}."
        fix = "Subtract the largest entry of each row first: np.exp(z - z.max(axis=..., keepdims=True))"
    elif kind in ("divide", "reciprocal"):
        code, words = (
            "division-by-zero",
            f"a division by zero {when}: {int(np.sum(value == 0))} of {value.size} divisors are 0.",
        )
        fix = "Keep the divisor away from 0: add a small epsilon, or clip the probabilities"
    else:
        code, words = (
            "not-finite",
            f"{kind} gives no finite number {when}; its argument reaches {np.max(np.abs(value)):.4g}.",
        )
        fix = "Keep its argument in the range where it is finite"
    file, line = eqn.where.file, eqn.where.line
    return Finding(
        code,
        "numerics",
        f"In the {of}, {words}",
        fix,
        (),
        file,
        line,
        evidence,
        source_line(file, line),
        hint="Which numbers go into this function after some steps?",
        certain=code != "not-finite",
    )


# Steps ---------------------------------------------------------------------------------------------------------------

_STEPS = frozenset(
    (
        "greater",
        "greater_equal",
        "less",
        "less_equal",
        "sign",
        "floor",
        "ceil",
        "rint",
        "round",
        "trunc",
        "heaviside",
        "argmax",
        "argmin",
        "equal",
        "not_equal",
        "where",
        "astype",
        "floor_divide",
    )
)


def step_in_path(case: Case) -> Iterator[Finding]:
    """A function without a slope between the parameters and the loss: the true gradient is zero."""
    point = look(case)
    if point.backprop is None or not point.exact or not point.user:
        return
    nothing = not any(np.any(g) for g in point.exact.values())
    flat = [n for n, g in point.exact.items() if not np.any(g) and (nothing or np.any(point.user.get(n, 0.0)))]
    if not flat:
        return
    backprop = point.backprop
    inputs = {v for v in backprop.graph.inputs if str(v.name) in flat}
    depends: set[Any] = set(inputs)
    for eqn in backprop.graph.eqns:
        if any(a in depends for a in eqn.inputs):
            depends.add(eqn.output)
    for eqn in backprop.graph.eqns:
        kind = eqn.primitive.name.rpartition(".")[2]
        reads = [a for a in eqn.inputs if isinstance(a, Var) and a in depends and a not in backprop.true]
        if kind in _STEPS and reads and eqn.output in depends and eqn.where is not None:
            file, line = eqn.where.file, eqn.where.line
            share = len(np.unique(np.asarray(eqn.output.value)))
            yield Finding(
                "step-in-path",
                "numerics",
                f"{kind} has no slope: it gives {share} different values, and the loss does not change when "
                f"{', '.join(flat)} change a "
                "little. The true gradient is zero everywhere, whatever the backward pass says.",
                "Use an activation with a slope, such as the sigmoid, while training, and the step only to predict",
                tuple(flat),
                file,
                line,
                {
                    "distinct_values": share,
                    "true_gradient": 0.0,
                    "largest_given": max(float(np.max(np.abs(point.user.get(n, 0.0)))) for n in flat),
                },
                source_line(file, line),
                hint="Which function here is flat almost everywhere?",
            )
            return
