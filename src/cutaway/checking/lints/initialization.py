"""Can training get away from where it starts? Equal hidden units, weights of zero, saturation, odd biases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.lints.loss import assigned
from cutaway.checking.lints.without_bias import fits
from cutaway.checking.places import Where, text_of
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding, Params
from cutaway.graph import Eqn, Graph, Var

STEPS = 5
SATURATED = 1e-3  # a slope this much below its largest is none
LARGE = 20.0  # of an entry of the inputs
UP = 1e3  # times the first loss
WORTH = 0.5  # of a loss: what a bias must save
SHARE = 0.9  # of the hidden values


def equal_units(case: Case) -> Iterator[Finding]:
    """Hidden units that start equal, get equal gradients, and so stay copies of one unit for ever."""
    weights = {n: np.asarray(v, dtype=float) for n, v in case.params.items()}
    matrices = {n: w for n, w in weights.items() if w.ndim == 2 and min(w.shape) >= 1 and max(w.shape) >= 2}
    if len(matrices) < 2:
        return  # one layer: there are no hidden units
    path = _descend(case, weights)
    if path is None:
        return
    last, moved = path
    if all(not np.any(w) for w in matrices.values()):
        stuck = [n for n in matrices if not np.any(last[n])]
        if stuck and any(moved.values()):
            yield _finding(
                case,
                "zero-weights",
                stuck,
                f"All weights start at zero, and after {STEPS} steps {_list(stuck)} {_is(stuck)} still exactly zero: "
                "no layer passes an error on to the other.",
                {"steps": STEPS, "largest_weight_after": 0.0},
            )
            return
    for name, w in matrices.items():
        if min(w.shape) < 2:
            continue
        for axis in (0, 1):
            if w.shape[1 - axis] < 2 or not _all_equal(w, axis) or not _all_equal(last[name], axis):
                continue
            if not moved[name]:
                continue
            partner = _partner(name, w.shape[1 - axis], matrices, last)
            if partner is None:
                continue
            units = w.shape[1 - axis]
            yield _finding(
                case,
                "equal-units",
                [name, partner],
                f"The {units} hidden units behind {name} start with equal weights and get equal gradients: "
                f"after {STEPS} "
                f"steps they are still {units} copies of one unit.",
                {"units": units, "largest_difference_between_units": 0.0, "steps": STEPS, "shape": list(w.shape)},
            )
            return


def _partner(name: str, units: int, matrices: dict[str, Array], last: Params) -> str | None:
    """Another weight matrix that treats so many units alike: the one on the other side of the hidden layer."""
    for other, w in matrices.items():
        if other != name and any(
            w.shape[1 - a] == units and _all_equal(w, a) and _all_equal(last[other], a) for a in (0, 1)
        ):
            return other
    return None


def _all_equal(w: Array, axis: int) -> bool:
    """Whether all slices across ``axis`` are the same: of columns for ``axis=0``."""
    slices = w if axis == 1 else w.T
    spread = float(np.ptp(slices, axis=0).max(initial=0))
    return spread <= 1e-10 * max(float(np.abs(w).max(initial=0)), 1e-12)


def _descend(case: Case, start: Params) -> tuple[Params, dict[str, bool]] | None:
    """Parameters after some steps along the true gradient, and which of them moved; None if it is not known."""
    from cutaway.interpreters.differentiate import grad

    if case.loss is None:
        return None
    p = {n: v.copy() for n, v in start.items()}
    moved = dict.fromkeys(p, False)
    try:
        with np.errstate(all="ignore"):
            for _ in range(STEPS):
                g = grad(case.loss)({n: v.copy() for n, v in p.items()})
                for n in p:
                    if not np.isfinite(g[n]).all():
                        return None
                    moved[n] |= bool(np.any(g[n]))
                    scale = max(float(np.abs(g[n]).max()), 1e-12)
                    p[n] = p[n] - 0.1 * g[n] / max(scale, 1.0)
    except Exception:
        return None
    return p, moved


# What the graph of the loss shows ----------------------------------------------------------------------------------


def saturation(case: Case) -> Iterator[Finding]:
    """Hidden units whose activation is flat for nearly all samples before the first step."""
    graph = recorded_loss(case)
    if graph is None:
        return
    hidden = _before_a_product(graph)
    for eqn in graph.eqns:
        if (
            eqn.output not in hidden
            or eqn.primitive.name.rpartition(".")[2] not in ("tanh", "sigmoid", "expit")
            or np.ndim(eqn.output.value) < 2
        ):
            continue
        a = np.asarray(eqn.output.value, dtype=float)
        slope = 1 - a**2 if eqn.primitive.name == "tanh" else 4 * a * (1 - a)
        share = float(np.mean(slope < SATURATED))
        if share < SHARE or a.size < 8:
            continue
        z = _plain(eqn.inputs[0])
        inputs, weights, name = _behind(graph, eqn)
        evidence: dict[str, Any] = {"share_of_flat_slopes": share, "largest_pre_activation": float(np.abs(z).max())}
        words = (
            f"{share:.0%} of the hidden values have a slope below {SATURATED:g} of its largest before the first step"
        )
        if inputs is not None and float(np.abs(inputs).max()) > 20:
            where = (eqn.where.file, eqn.where.line) if eqn.where else ("", 0)
            evidence |= {"largest_input": float(np.abs(inputs).max()), "spreads_of_inputs": _ends(inputs)}
            yield Finding(
                "unscaled-inputs",
                "data",
                f"{words}: the inputs go up to {evidence['largest_input']:.4g}.",
                "Scale the inputs: X = (X - X.mean(0)) / X.std(0), with the numbers of the training rows.",
                (),
                *where,
                evidence,
                text_of(case, where),
                hint="Look at the size of what goes into the first activation.",
            )
        elif name is not None and weights is not None:
            evidence["largest_weight"] = float(np.abs(weights).max())
            yield _finding(
                case,
                "weights-too-large",
                [name],
                f"{words}: {name} has entries up to {evidence['largest_weight']:.4g}.",
                evidence,
                "Draw them with a spread of 1 / sqrt(number of inputs).",
            )
        return


def exploding(case: Case) -> Iterator[Finding]:
    """Inputs so large that the author's own first steps throw the loss up."""
    graph = recorded_loss(case)
    if graph is None or case.gradients is None or case.loss is None:
        return
    first = next((found for e in graph.eqns if (found := _inputs_of(e, graph)) is not None), None)
    if first is None:
        return
    eqn, x = first
    data = _plain(x)
    if float(np.abs(data).max(initial=0)) <= LARGE:
        return
    p, losses = case.copies(), []
    with np.errstate(all="ignore"):
        for _ in range(STEPS + 1):
            losses.append(float(case.loss({n: v.copy() for n, v in p.items()})))
            if not np.isfinite(losses[-1]):
                break
            g = case.gradients({n: v.copy() for n, v in p.items()})
            p = {n: v - case.lr * np.asarray(g[n]) for n, v in p.items()}
    died = np.isfinite(losses[-1]) and _off(case, case.copies()) == 0 and _off(case, p) > 0
    if not np.isfinite(losses[0]) or (
        not died and np.isfinite(losses).all() and max(losses) <= UP * max(abs(losses[0]), 1e-12)
    ):
        return
    names = list(_names_of(case, data))
    line = (eqn.where.file, eqn.where.line) if eqn.where else ("", 0)
    step = len(losses) - 1 if died else int(np.argmax(np.where(np.isfinite(losses), losses, np.inf)))
    what = (
        f"after {step} steps the ReLUs of a whole layer are off for all samples."
        if died
        else f"the first steps throw the loss from {losses[0]:.3g} to {losses[step]:.3g}."
    )
    evidence = {"losses": [float(v) for v in losses], "largest_input": float(np.abs(data).max()), "step": step}
    for i, where in enumerate(dict.fromkeys([*(w for n in names for w in assigned(case, n)), line])):
        yield Finding(
            "unscaled-inputs",
            "data" if where != line else "numerics",
            f"The inputs go up to {evidence['largest_input']:.4g}, and {what}"
            if i == 0
            else "The inputs are used here as they are.",
            "Scale the inputs: X = (X - X.mean(0)) / X.std(0), with the numbers of the training rows.",
            (),
            *where,
            evidence,
            text_of(case, where),
            hint="Look at the size of what goes into the first layer.",
            certain=i == 0,
        )


def _names_of(case: Case, data: Array) -> Iterator[str]:
    """What the program calls an array, in its module."""
    program = case.notes.get("program")
    for name, value in (program.namespace if program is not None else {}).items():
        if isinstance(value, np.ndarray) and np.array_equal(value, data):
            yield name


def _off(case: Case, params: Params) -> int:
    """Hidden layers of ReLUs that are zero for all samples."""
    graph = recorded_loss(replace(case, params=params))
    hidden = _before_a_product(graph) if graph is not None else set()
    relus = [e.output for e in (graph.eqns if graph is not None else ()) if e.primitive.name.endswith("relu")]
    return sum(v in hidden and np.ndim(v.value) == 2 and not np.any(v.value) for v in relus)


def _inputs_of(eqn: Eqn, graph: Graph) -> tuple[Eqn, Var] | None:
    """A product with constant inputs."""
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    if eqn.primitive.name not in ("matmul", "dot"):
        return None
    return next(
        ((eqn, a) for a in eqn.inputs if isinstance(a, Var) and a not in varying and np.ndim(a.value) == 2), None
    )


def dead_units(case: Case) -> Iterator[Finding]:
    """A hidden layer of ReLUs that are all off for all samples before the first step: nothing below it ever moves."""
    graph = recorded_loss(case)
    if graph is None:
        return
    hidden = _before_a_product(graph)
    made = {e.output: e for e in graph.eqns}
    for eqn in graph.eqns:
        a = np.asarray(eqn.output.value)
        if eqn.primitive.name.rpartition(".")[2] != "relu" or eqn.output not in hidden or a.ndim < 2 or a.size < 8:
            continue
        z = _plain(eqn.inputs[0])
        if np.any(a) or not np.any(z):
            continue
        _, _, name = _behind(graph, eqn)
        below = made.get(eqn.inputs[0])  # type: ignore[arg-type]
        biases = [str(v.name) for v in (below.inputs if below is not None else ()) if v in graph.inputs]  # type: ignore[union-attr]
        yield _finding(
            case,
            "dead-units",
            [*biases, *([name] if name is not None else [])],
            f"All {a.size} hidden values are zero before the first step: z is at most {z.max():.3g}, so no ReLU lets "
            "an error through.",
            {"share_of_zeros": 1.0, "largest_pre_activation": float(z.max()), "lowest_pre_activation": float(z.min())},
            "Start with biases of zero and weights drawn with a spread of sqrt(2 / number of inputs).",
        )
        return


def _ends(x: Array) -> list[float]:
    spread = np.asarray(x, dtype=float).std(axis=0)
    return [float(spread.min()), float(spread.max())]


def _before_a_product(graph: Graph) -> set[Var]:
    """The values from which a later matrix product is computed: those of hidden layers."""
    found: set[Var] = set()
    for e in reversed(graph.eqns):
        if e.primitive.name in ("matmul", "dot") or e.output in found:
            found.update(a for a in e.inputs if isinstance(a, Var))
    return found


def _plain(x: Any) -> Array:
    return np.asarray(x.value if isinstance(x, Var) else x, dtype=float)


def _behind(graph: Graph, eqn: Eqn) -> tuple[Array | None, Array | None, str | None]:
    """The product before an activation: constant inputs, weights, and the name of the weights."""
    made = {e.output: e for e in graph.eqns}
    todo: list[Any] = [eqn.inputs[0]]
    for _ in range(12):
        if not todo:
            break
        atom = todo.pop(0)
        if not isinstance(atom, Var) or atom not in made:
            continue
        e = made[atom]
        if e.primitive.name in ("matmul", "dot"):
            data = weights = name = None
            for a in e.inputs:
                base = a
                while isinstance(base, Var) and base in made and made[base].primitive.name == "transpose":
                    base = made[base].inputs[0]
                if base in graph.inputs:
                    weights, name = _plain(base), base.name  # type: ignore[union-attr]
                elif isinstance(base, Var) and base not in made:
                    data = _plain(base)
            return data, weights, name
        todo += list(e.inputs)
    return None, None, None


def odd_biases(case: Case) -> Iterator[Finding]:
    """A bias for every sample instead of every unit; an output that no parameter can move at an input of zeros."""
    graph = recorded_loss(case)
    if graph is None:
        return
    products = {e.output: e for e in graph.eqns if e.primitive.name in ("matmul", "dot")}
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    for eqn in graph.eqns:
        if eqn.primitive.name != "add" or len(eqn.inputs) != 2:
            continue
        for bias, other in (eqn.inputs, eqn.inputs[::-1]):
            if (
                bias not in graph.inputs
                or other not in products
                or not isinstance(bias, Var)
                or not isinstance(other, Var)
            ):
                continue
            data = [
                a for a in products[other].inputs if isinstance(a, Var) and a not in varying and np.ndim(a.value) == 2
            ]
            if np.ndim(bias.value) != 2 or not data:
                continue
            axis = 0 if products[other].inputs[0] is data[0] else 1
            samples = data[0].value.shape[axis]
            if bias.value.shape == other.value.shape and samples > 1 and bias.value.shape[axis] == samples:
                units = bias.value.shape[1 - axis]
                shape = f"(1, {units})" if axis == 0 else f"({units}, 1)"
                yield _finding(
                    case,
                    "bias-for-every-sample",
                    [str(bias.name)],
                    f"{bias.name} has shape {bias.value.shape}: one bias for each of the {samples} samples, "
                    f"where each of "
                    f"the {units} units needs one.",
                    {"shape": list(bias.value.shape), "samples": samples, "units": units},
                    f"Make it of shape {shape}.",
                )
    yield from _no_bias(case, graph, varying)


def _no_bias(case: Case, graph: Graph, varying: set[Var]) -> Iterator[Finding]:
    """Replace the inputs by zeros: if the loss is then the same for all parameters, the output is nailed down there."""
    first = next(
        (
            (e, a)
            for e in graph.eqns
            if e.primitive.name in ("matmul", "dot")
            for a in e.inputs
            if isinstance(a, Var) and a not in varying and np.ndim(a.value) == 2 and min(a.value.shape) >= 1
        ),
        None,
    )
    if first is None:
        return
    eqn, x = first
    samples_first = eqn.inputs[0] is x
    data = np.asarray(x.value, dtype=float) if samples_first else np.asarray(x.value, dtype=float).T
    empty = [i for i, row in enumerate(data) if not np.any(row)]
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(3):
        values: dict[Any, Any] = {v: np.asarray(v.value) + rng.normal(size=np.shape(v.value)) for v in graph.inputs}
        # a column that is the same in all samples does the work of a bias
        steady = np.all(data == data[:1], axis=0)
        zeros = np.where(steady, data, 0.0)
        losses.append(_evaluated(graph, {**values, x: zeros if samples_first else zeros.T}))
    if not np.isfinite(losses).all() or np.ptp(losses) > 1e-12 * max(abs(losses[0]), 1e-12):
        return
    where = (eqn.where.file, eqn.where.line) if eqn.where else ("", 0)
    certain = bool(empty) and len(data) <= 16
    worth = fits(graph, eqn, x, samples_first) if not certain else None
    proof: dict[str, float] = {}
    if worth is not None and np.isfinite(worth).all():
        proof = {"smallest_loss_without_a_bias": worth[0], "smallest_loss_with_one": worth[1]}
        # with the output nailed down at the origin: hardly better than the answer there, and a bias changes that
        certain = worth[1] < WORTH * worth[0] and worth[0] > WORTH * float(losses[0])
    yield Finding(
        "no-bias",
        "initialization",
        "There is no bias: for an input of zeros the output is the same whatever the weights are"
        + (
            f", and {len(empty)} of the {len(data)} samples {'is' if len(empty) == 1 else 'are'} such an input."
            if empty
            else "."
        )
        + (f" The smallest loss found is {worth[0]:.3g}; with a bias it is {worth[1]:.3g}." if proof and worth else ""),
        "Add a bias to the product, or a column of ones to the inputs.",
        tuple(str(v.name) for v in graph.inputs if v in eqn.inputs),
        *where,
        {"samples": len(data), "samples_of_zeros": len(empty), "loss_at_zero_inputs": float(losses[0]), **proof},
        text_of(case, where),
        hint="What can your network answer when all inputs are zero?",
        certain=certain,
    )


def _evaluated(graph: Graph, known: dict[Any, Any]) -> float:
    values = dict(known)

    def value(a: Any) -> Any:
        return (values.get(a, a.value)) if isinstance(a, Var) else a

    try:
        with np.errstate(all="ignore"):
            for e in graph.eqns:
                values[e.output] = e.primitive.fn(*map(value, e.inputs), **e.params)
            return float(value(graph.outputs[0]))
    except Exception:
        return float("nan")


def _finding(
    case: Case,
    code: str,
    names: list[str],
    message: str,
    evidence: dict[str, Any],
    fix: str = "Draw the weights at random, each another: rng.normal(0, 1 / sqrt(number of inputs), shape).",
) -> Finding:
    where: Where = ("", 0)
    for name in names:
        if name in case.origins:
            where = (case.origins[name].file, case.origins[name].line)
            break
    return Finding(
        code,
        "initialization",
        message,
        fix,
        tuple(names),
        *where,
        evidence,
        text_of(case, where),
        hint="Look at the numbers that the parameters start with.",
    )


def _list(names: list[str]) -> str:
    return ", ".join(names)


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


LINTS = (equal_units, saturation, exploding, dead_units, odd_biases)
