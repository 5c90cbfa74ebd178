"""Activations that are flat before the first step: saturated sigmoids, ReLUs that are off for all samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import assigned, at_each, place_of
from cutaway.checking.lints.data.scaling import names_of
from cutaway.checking.lints.data.unused import unused_scaling
from cutaway.checking.lints.graphs import PRODUCTS, hidden_values, plain
from cutaway.checking.lints.initialization import MADE, at_the_start, made_at
from cutaway.checking.lints.trials import descent
from cutaway.checking.lints.zero_terms import cut_off
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.graph import Eqn, Graph, Var

SATURATED = 1e-3  # a slope this much below its largest is none
SHARE = 0.9  # of the hidden values: nothing can be learned
HALF = 0.5  # of them: too many, if smaller weights prove to be better
WORTH = 0.5  # of the loss: what they must leave at most
STEPS = 200


def saturation(case: Case) -> Iterator[Finding]:
    """Hidden units whose activation is flat for nearly all samples before the first step."""
    graph = recorded_loss(case)
    if graph is None:
        return
    hidden = hidden_values(graph)
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
        if share < HALF or a.size < 8:
            continue
        z = plain(eqn.inputs[0])
        product, inputs, weights, name = _behind(graph, eqn)
        ends = _ends_with_smaller_weights(case) if share < SHARE else None
        if share < SHARE and (ends is None or not ends[1] < WORTH * ends[0]):
            continue
        evidence: dict[str, Any] = {"share_of_flat_slopes": share, "largest_pre_activation": float(np.abs(z).max())}
        words = (
            f"{share:.0%} of the hidden values have a slope below {SATURATED:g} of its largest before the first step"
        )
        if ends is not None:
            evidence |= {"last_loss": ends[0], "last_loss_with_smaller_weights": ends[1], "steps": ends[2]}
            words += (
                f", and {ends[2]} steps end at a loss of {ends[0]:.3g}; with weights of a spread of 1 / sqrt(inputs) "
                f"they end at {ends[1]:.3g}"
            )
        if inputs is not None and float(np.abs(inputs).max()) > 20:
            evidence |= {"largest_input": float(np.abs(inputs).max()), "spreads_of_inputs": _ends(inputs)}
            names = names_of(case, inputs)
            made = [w for n in names for w in assigned(case, n)]
            used = [place_of(e) for e in (eqn, product) if e is not None]
            finding = Finding(
                "unscaled-inputs",
                "data",
                f"{words}: the inputs go up to {evidence['largest_input']:.4g}.",
                "Scale the inputs: X = (X - X.mean(0)) / X.std(0), with the numbers of the training rows.",
                evidence=evidence,
                hint="Look at the size of what goes into the first activation.",
                certain=not any(True for _ in unused_scaling(case)),
            )
            yield from at_each(case, finding, [*used, *made], "These are the inputs.")
        elif name is not None and weights is not None:
            evidence["largest_weight"] = float(np.abs(weights).max())
            finding = at_the_start(
                case,
                "weights-too-large",
                [name],
                f"{words}: {name} has entries up to {evidence['largest_weight']:.4g}.",
                evidence,
                "Draw them with a spread of 1 / sqrt(number of inputs).",
            )
            yield from at_each(case, finding, made_at(case, name), MADE, most=2)
        return


def _ends_with_smaller_weights(case: Case) -> tuple[float, float, int] | None:
    """The loss after the author's steps as it is, and with matrices of a spread of 1 / sqrt(inputs)."""
    if case.gradients is None:
        return None
    smaller = {}
    for name, value in case.copies().items():
        w = np.asarray(value, dtype=float)
        fan = w.shape[0] if w.ndim == 2 else 1
        spread = float(w.std())
        smaller[name] = w / (spread * np.sqrt(fan)) if w.ndim == 2 and spread * np.sqrt(fan) > 3 else w
    steps = min(case.steps, STEPS)
    try:
        one, other = descent(case, case.copies(), case.lr, steps), descent(case, smaller, case.lr, steps)
    except Exception:
        return None
    count = min(len(one), len(other))
    if count < 2 or not np.isfinite([*one[:count], *other[:count]]).all():
        return None
    return one[count - 1], other[count - 1], count - 1


def dead_units(case: Case) -> Iterator[Finding]:
    """A hidden layer of ReLUs that are all off for all samples before the first step: nothing below it ever moves."""
    graph = recorded_loss(case)
    if graph is None:
        return
    hidden = hidden_values(graph)
    made = {e.output: e for e in graph.eqns}
    for eqn in graph.eqns:
        a = np.asarray(eqn.output.value)
        if eqn.primitive.name.rpartition(".")[2] != "relu" or eqn.output not in hidden or a.ndim < 2 or a.size < 8:
            continue
        z = plain(eqn.inputs[0])
        if np.any(a) or not np.any(z) or cut_off(made, eqn.inputs[0])[0] < 0:
            continue
        *_, name = _behind(graph, eqn)
        below = made.get(eqn.inputs[0])  # type: ignore[arg-type]
        biases = [str(v.name) for v in (below.inputs if below is not None else ()) if v in graph.inputs]  # type: ignore[union-attr]
        names = [*biases, *([name] if name is not None else [])]
        finding = at_the_start(
            case,
            "dead-units",
            names,
            f"All {a.size} hidden values are zero before the first step: z is at most {z.max():.3g}, so no ReLU lets "
            "an error through.",
            {"share_of_zeros": 1.0, "largest_pre_activation": float(z.max()), "lowest_pre_activation": float(z.min())},
            "Start with biases of zero and weights drawn with a spread of sqrt(2 / number of inputs).",
        )
        yield from at_each(case, finding, made_at(case, *names), MADE, most=3)
        return


def _ends(x: Array) -> list[float]:
    spread = np.asarray(x, dtype=float).std(axis=0)
    return [float(spread.min()), float(spread.max())]


def _behind(graph: Graph, eqn: Eqn) -> tuple[Eqn | None, Array | None, Array | None, str | None]:
    """The product before an activation: its equation, constant inputs, weights, and the name of the weights."""
    made = {e.output: e for e in graph.eqns}
    todo: list[Any] = [eqn.inputs[0]]
    for _ in range(12):
        if not todo:
            break
        atom = todo.pop(0)
        if not isinstance(atom, Var) or atom not in made:
            continue
        e = made[atom]
        if e.primitive.name in PRODUCTS:
            data = weights = name = None
            for a in e.inputs:
                base = a
                while isinstance(base, Var) and base in made and made[base].primitive.name == "transpose":
                    base = made[base].inputs[0]
                if base in graph.inputs:
                    weights, name = plain(base), base.name  # type: ignore[union-attr]
                elif isinstance(base, Var) and base not in made:
                    data = plain(base)
            return e, data, weights, name
        todo += list(e.inputs)
    return None, None, None, None
