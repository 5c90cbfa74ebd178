"""Odd biases: one for every sample instead of every unit, or none where an input of zeros needs one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import NOWHERE, assigned, at_each, origin_of, place_of, text_of
from cutaway.checking.lints.data.folded import folded_labels
from cutaway.checking.lints.data.scaling import names_of
from cutaway.checking.lints.graphs import PRODUCTS, data_of, inputs_of
from cutaway.checking.lints.initialization import at_the_start
from cutaway.checking.lints.initialization.without_bias import SOME, best_constant, fits, matters, with_inputs
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding
from cutaway.graph import Eqn, Graph, Var
from cutaway.interpreters.run import evaluate

ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky relu", "square", "power", "expit")
MUCH, HARDLY = 0.2, 0.9  # of a loss: what a bias leaves of it, and what a network leaves that has learned nothing
MOST = 20_000  # numbers: a minimisation of larger networks takes too long


def odd_biases(case: Case) -> Iterator[Finding]:
    """A bias for every sample instead of every unit; an output that no parameter can move at an input of zeros."""
    graph = recorded_loss(case)
    if graph is None:
        return
    products = {e.output: e for e in graph.eqns if e.primitive.name in PRODUCTS}
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
            data = next(data_of(graph, products[other]), None)
            if np.ndim(bias.value) != 2 or data is None:
                continue
            x, axis = data
            samples = x.value.shape[axis]
            if bias.value.shape == other.value.shape and samples > 1 and bias.value.shape[axis] == samples:
                units = bias.value.shape[1 - axis]
                shape = f"(1, {units})" if axis == 0 else f"({units}, 1)"
                yield at_the_start(
                    case,
                    "bias-for-every-sample",
                    [str(bias.name)],
                    f"{bias.name} has shape {bias.value.shape}: one bias for each of the {samples} samples, "
                    f"where each of "
                    f"the {units} units needs one.",
                    {"shape": list(bias.value.shape), "samples": samples, "units": units},
                    f"Make it of shape {shape}.",
                )
    yield from _no_bias(case, graph)


def _no_bias(case: Case, graph: Graph) -> Iterator[Finding]:
    """Replace the inputs by zeros: if the loss is then the same for all parameters, the output is nailed down there."""
    first = next((found for found in inputs_of(graph) if np.size(found[1].value)), None)
    if first is None or folded_labels(case):
        return  # rows of zeros that are none of the author's inputs
    eqn, x, axis = first
    if any(
        e.primitive.name == "add" and eqn.output in e.inputs and set(graph.inputs) & set(e.inputs) for e in graph.eqns
    ):
        return  # there is one, whatever else takes away its effect
    samples_first = axis == 0
    data = np.asarray(x.value, dtype=float) if samples_first else np.asarray(x.value, dtype=float).T
    empty = [i for i, row in enumerate(data) if not np.any(row)]
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(3):
        values: dict[Any, Any] = {v: np.asarray(v.value) + rng.normal(size=np.shape(v.value)) for v in graph.inputs}
        # a column that is the same in all samples does the work of a bias
        steady = np.all(data == data[:1], axis=0)
        zeros = np.where(steady, data, 0.0)
        losses.append(_evaluated(with_inputs(graph, x, zeros if samples_first else zeros.T), values))
    if not np.isfinite(losses).all():
        return
    if np.ptp(losses) > 1e-12 * max(abs(losses[0]), 1e-12):
        if not steady.any():
            yield from _first_layer(case, graph, eqn, x, samples_first)
        return
    where = place_of(eqn)
    certain = bool(empty) and len(data) <= 16
    worth = fits(graph, eqn, x, samples_first, well=SOME * float(losses[0])) if not certain else None
    proof: dict[str, float] = {}
    if worth is not None and np.isfinite(worth).all():
        proof = {"smallest_loss_without_a_bias": worth[0], "smallest_loss_with_one": worth[1]}
        certain = matters(graph, *worth, float(losses[0]))
    weights = tuple(str(v.name) for v in graph.inputs if v in eqn.inputs)
    made = [origin_of(case, *weights)] if weights else []
    inputs = [w for name in names_of(case, np.asarray(x.value)) for w in assigned(case, name)]
    inputs = sorted(inputs, key=lambda w: -w[1])[:2]
    for i, at in enumerate(dict.fromkeys([where, *made, *inputs])):
        if at == NOWHERE:
            continue
        yield Finding(
            "no-bias",
            "initialization",
            "The inputs are made here, and no column of ones."
            if at in inputs
            else "The weights are made here, and no bias."
            if i
            else "There is no bias: for an input of zeros the output is the same whatever the weights are"
            + (
                f", and {len(empty)} of the {len(data)} samples {'is' if len(empty) == 1 else 'are'} such an input."
                if empty
                else "."
            )
            + (
                f" The smallest loss found is {worth[0]:.3g}; with a bias it is {worth[1]:.3g}."
                if proof and worth
                else ""
            ),
            "Add a bias to the product, or a column of ones to the inputs.",
            weights,
            *at,
            {"samples": len(data), "samples_of_zeros": len(empty), "loss_at_zero_inputs": float(losses[0]), **proof},
            text_of(case, at),
            hint="What can your network answer when all inputs are zero?",
            certain=certain and i == 0,
        )
        if not certain:
            return


def _first_layer(case: Case, graph: Graph, eqn: Eqn, x: Var, samples_first: bool) -> Iterator[Finding]:
    """A bias further up, and none in the first layer: a network of odd units can then not tell x from -x."""
    behind = [e for e in graph.eqns if eqn.output in e.inputs]
    size = np.size(x.value) + sum(np.size(v.value) for v in graph.inputs)
    if not behind or any(e.primitive.name.rpartition(".")[2] not in ACTIVATIONS for e in behind) or size > MOST:
        return
    constant = best_constant(graph, x)
    worth = fits(graph, eqn, x, samples_first, well=HARDLY * constant)
    if worth is None or not worth[1] < MUCH * worth[0]:
        return
    weights = tuple(str(v.name) for v in graph.inputs if v in eqn.inputs)
    without, with_one = worth
    finding = Finding(
        "no-bias",
        "initialization",
        f"The first layer has no bias. The smallest loss found is {without:.3g}, hardly better than "
        f"{constant:.3g}, that of one answer for all samples; with a bias it is {with_one:.3g}.",
        "Add a bias to the product, or a column of ones to the inputs.",
        weights,
        evidence={
            "smallest_loss_without_a_bias": without,
            "smallest_loss_with_one": with_one,
            "of_a_constant": constant,
        },
        hint="What can your network answer when all inputs change their sign?",
    )
    places = (place_of(eqn), origin_of(case, *weights))
    yield from at_each(case, finding, places, "The weights are made here, and no bias.")


def _evaluated(graph: Graph, known: dict[Any, Any]) -> float:
    """The loss for other values of its inputs and of a constant; NaN where there is none."""
    loss: Any = graph.outputs[0]
    try:
        with np.errstate(all="ignore"):
            values = evaluate(Graph(tuple(known), graph.eqns, ()), *known.values())
            return float(values.get(loss, loss.value) if isinstance(loss, Var) else loss)
    except Exception:
        return float("nan")
