"""A bias that is missing where inputs are multiplied one by one: a single number, or one sample after the other.

As for matrices of inputs, the output is nailed down at an input of zeros, and the network trained with a bias and
without one says what it is worth: :mod:`cutaway.checking.lints.initialization.biases`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.lines.places import at_each, origin_of, place_of
from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.lints.initialization.without_bias import SHAPES, SOME, matters, smallest_losses
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.graph import Eqn, Graph, Var
from cutaway.interpreters.run import evaluate

FEWEST = 4  # samples
MOST = 2000  # equations


@dataclass(frozen=True)
class _Product:
    """An equation that multiplies a parameter by constants; which of its arguments these are."""

    eqn: Eqn
    parameter: Var
    constant: int


def no_bias_for_single_inputs(case: Case) -> Iterator[Finding]:
    """A neuron without a bias whose inputs come one by one, where a bias makes the loss much smaller."""
    graph = recorded_loss(case)
    if graph is None or next(inputs_of(graph), None) is not None:
        return
    products = _products(graph)
    data = [plain(p.eqn.inputs[p.constant]) for p in products]
    if not products or sum(np.size(d) for d in data) < FEWEST or len(graph.eqns) > MOST:
        return
    empty = _with_zeros(graph, products, data)
    rng = np.random.default_rng(0)
    points = [{v: np.asarray(v.value) + rng.normal(size=np.shape(v.value)) for v in graph.inputs} for _ in range(3)]
    losses = [_loss(empty, point) for point in points] if empty is not None else []
    if not losses or not np.isfinite(losses).all() or np.ptp(losses) > 1e-12 * max(abs(losses[0]), 1e-12):
        return
    first = products[0]
    other = first.eqn.inputs[1 - first.constant]
    shape = np.shape(plain(other)) if first.eqn.primitive.name == "multiply" else np.shape(first.eqn.output.value)
    worth = smallest_losses(graph, {p.eqn for p in products}, shape, SOME * losses[0])
    if worth is None or not np.isfinite(worth).all() or not matters(graph, *worth, losses[0]):
        return
    without, with_one = worth
    weights = products[0].parameter
    places = [place_of(products[0].eqn), origin_of(case, str(weights.name))]
    finding = Finding(
        "no-bias",
        "initialization",
        f"There is no bias: for an input of zero the output is the same whatever {weights.name} is. "
        f"The smallest loss found is {without:.3g}; with a bias it is {with_one:.3g}.",
        "Add a bias to the product.",
        (str(weights.name),),
        evidence={
            "loss_at_zero_inputs": float(losses[0]),
            "smallest_loss_without_a_bias": without,
            "smallest_loss_with_one": with_one,
        },
        hint="What can your network answer when its input is zero?",
    )
    yield from at_each(case, finding, places, "The weights are made here, and no bias.")


def _products(graph: Graph) -> list[_Product]:
    """The products of one parameter with constants of one shape, those that hold most numbers."""
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    root: dict[Any, Var] = {v: v for v in graph.inputs}
    groups: dict[Any, list[_Product]] = {}
    for eqn in graph.eqns:
        kind = eqn.primitive.name
        if kind in SHAPES and eqn.inputs[0] in root:
            root[eqn.output] = root[eqn.inputs[0]]
        if kind not in ("multiply", "dot", "matmul") or len(eqn.inputs) != 2:
            continue
        for i, a in enumerate(eqn.inputs):
            other = eqn.inputs[1 - i]
            if isinstance(other, Var) and other in root and not (isinstance(a, Var) and a in varying):
                key = root[other], kind, i, np.shape(plain(a))
                groups.setdefault(key, []).append(_Product(eqn, root[other], i))
    sizes = {key: len(found) * int(np.prod(key[3])) for key, found in groups.items()}
    return groups[max(sizes, key=lambda key: sizes[key])] if sizes else []


def _with_zeros(graph: Graph, products: Sequence[_Product], data: Sequence[Array]) -> Graph | None:
    """The loss for inputs of zeros; what is the same in all samples stays. None where nothing would change."""
    together = np.stack(data) if len(data) > 1 else data[0]
    if np.ndim(together) == 0:
        return None
    steady = np.all(together == together[:1], axis=0)
    if np.all(steady):
        return None
    new = {p.eqn: np.where(steady, x, 0.0) for p, x in zip(products, data, strict=True)}
    at = {p.eqn: p.constant for p in products}
    eqns = []
    for eqn in graph.eqns:
        if eqn in new:
            inputs = tuple(Var(new[eqn]) if i == at[eqn] else a for i, a in enumerate(eqn.inputs))
            eqn = Eqn(eqn.primitive, inputs, eqn.params, eqn.output, eqn.where, eqn.of)
        eqns.append(eqn)
    return Graph(graph.inputs, tuple(eqns), graph.outputs)


def _loss(graph: Graph, point: dict[Any, Any]) -> float:
    loss: Any = graph.outputs[0]
    try:
        with np.errstate(all="ignore"):
            values: dict[Any, Any] = evaluate(Graph(tuple(point), graph.eqns, ()), *point.values())
            return float(values.get(loss, loss.value) if isinstance(loss, Var) else loss)
    except Exception:
        return float("nan")
