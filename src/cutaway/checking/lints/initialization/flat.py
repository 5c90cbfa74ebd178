"""Activations that are flat before the first step: saturated sigmoids, ReLUs that are off for all samples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lints.graphs import PRODUCTS, hidden_values, plain
from cutaway.checking.lints.initialization import at_the_start
from cutaway.checking.places import place_of, text_of
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.graph import Eqn, Graph, Var

SATURATED = 1e-3  # a slope this much below its largest is none
SHARE = 0.9  # of the hidden values


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
        if share < SHARE or a.size < 8:
            continue
        z = plain(eqn.inputs[0])
        inputs, weights, name = _behind(graph, eqn)
        evidence: dict[str, Any] = {"share_of_flat_slopes": share, "largest_pre_activation": float(np.abs(z).max())}
        words = (
            f"{share:.0%} of the hidden values have a slope below {SATURATED:g} of its largest before the first step"
        )
        if inputs is not None and float(np.abs(inputs).max()) > 20:
            where = place_of(eqn)
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
            yield at_the_start(
                case,
                "weights-too-large",
                [name],
                f"{words}: {name} has entries up to {evidence['largest_weight']:.4g}.",
                evidence,
                "Draw them with a spread of 1 / sqrt(number of inputs).",
            )
        return


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
        if np.any(a) or not np.any(z):
            continue
        _, _, name = _behind(graph, eqn)
        below = made.get(eqn.inputs[0])  # type: ignore[arg-type]
        biases = [str(v.name) for v in (below.inputs if below is not None else ()) if v in graph.inputs]  # type: ignore[union-attr]
        yield at_the_start(
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
            return data, weights, name
        todo += list(e.inputs)
    return None, None, None
