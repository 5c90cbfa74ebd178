"""What a bias would be worth: the network is trained as it stands, and again with a bias in its first product."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

import numpy as np

from cutaway.checking.lints.graphs import PRODUCTS
from cutaway.graph import Eqn, Graph, Var
from cutaway.interpreters.run import evaluate
from cutaway.tracing import PRIMITIVES

STEPS = 150  # of the minimiser
SECONDS = 2.5  # for all of its ways: where it takes longer, what a bias is worth is not known
MOST = 400_000  # entries of the inputs
WORTH = 0.5  # of the loss without a bias, what is left with one; of the loss at zero, what is left without
LITTLE, PART = 0.05, 0.4  # the same for a bias that saves more
HUGE, SOME = 0.01, 0.05  # the same for linear models
OTHER_STARTS = (1.0, 1.0)  # spreads of what the minimiser starts from as well
SHAPES = ("reshape", "transpose", "astype", "copy", "take_at")


class _TimeIsUpError(Exception):
    """The minimiser has not come to an end."""


def fits(graph: Graph, eqn: Eqn, x: Var, samples_first: bool, well: float = 0.0) -> tuple[float, float] | None:
    """The smallest losses found without and with a bias in the first product; None where that is not known.

    Parameters
    ----------
    graph : Graph
        Of the loss.
    eqn : Eqn
        The first product, of the inputs with a parameter, perhaps transposed.
    x : Var
        The inputs.
    samples_first : bool
        Whether the rows of ``x`` are samples.
    well : float
        A loss with which nobody needs a bias: if it is reached without one, nothing is returned.
    """
    made = {e.output: e for e in graph.eqns}
    atom: Any = next((a for a in eqn.inputs if a is not x), None)
    while isinstance(atom, Var) and atom in made and made[atom].primitive.name in SHAPES:
        atom = made[atom].inputs[0]
    if isinstance(atom, Var) and atom in made and made[atom].primitive.name == "add":  # two matrices that are one
        atom = made[atom].inputs[0]
    if atom not in graph.inputs or np.size(x.value) > MOST:
        return None
    outputs = np.shape(eqn.output.value)
    axis = (0 if samples_first else -1) % len(outputs)
    shape = tuple(1 if i == axis else n for i, n in enumerate(outputs))
    weights = sum(np.size(v.value) for v in graph.inputs)
    if weights < outputs[axis] <= weights + np.prod(shape):
        return None  # one number for each sample then: that alone makes the loss small
    return smallest_losses(graph, {eqn}, shape, well)


def smallest_losses(
    graph: Graph, products: Collection[Eqn], shape: tuple[int, ...], well: float = 0.0
) -> tuple[float, float] | None:
    """The smallest losses found without and with a bias of this shape that is added to each of these products.

    The same number of ways is gone from other starts where the bias seems to matter: it could have been luck.
    """
    rng = np.random.default_rng(1)
    until = time.process_time() + SECONDS
    bias = Var(np.zeros(shape), "bias")
    try:
        with np.errstate(all="ignore"):
            plain, biased = Gradient(graph, until), Gradient(with_bias(graph, products, bias), until)
            without, with_one = plain.smallest({}), np.inf
            if without <= well:
                return None
            # biases of zero may be a saddle that the minimiser stays on
            for spread in (0.0, *OTHER_STARTS):
                with_one = min(with_one, biased.smallest({bias: spread * rng.normal(size=shape)}))
                if with_one < WORTH * without:
                    break
            for spread in OTHER_STARTS if with_one < WORTH * without else ():
                elsewhere = {v: _moved(np.asarray(v.value, dtype=float), spread, rng) for v in graph.inputs}
                without = min(without, plain.smallest(elsewhere))
                if without <= well:
                    return None
            return without, with_one
    except Exception:
        return None


def matters(graph: Graph, without: float, with_one: float, at_zero: float) -> bool:
    """Whether these losses say that a bias is needed; ``at_zero`` is that of an input of zeros for all samples.

    With the output nailed down there, training is hardly better than the answer there, and a bias changes that. A
    linear model may be better, as a slope without an intercept is: there the bias has to take nearly all of what is
    left. (Many classes can be parted a little better with a bias, which proves nothing.)
    """
    if not with_one < WORTH * at_zero:
        return False
    if any(with_one < left * without and without > of_it * at_zero for left, of_it in ((WORTH, WORTH), (LITTLE, PART))):
        return True
    return with_one < HUGE * without and without > SOME * at_zero and _is_quadratic(graph)


def _is_quadratic(graph: Graph) -> bool:
    """Whether a loss is a parabola along each line, as that of a linear model is: its third difference is zero."""
    rng = np.random.default_rng(0)
    ways = [(np.asarray(v.value, dtype=float), rng.normal(size=np.shape(v.value))) for v in graph.inputs]
    losses = []
    for t in range(4):
        known: dict[Any, Any] = {v: start + t * way for v, (start, way) in zip(graph.inputs, ways, strict=True)}
        values: dict[Any, Any] = evaluate(Graph(tuple(known), graph.eqns, ()), *known.values())
        losses.append(float(values[graph.outputs[0]]))
    third = losses[3] - 3 * losses[2] + 3 * losses[1] - losses[0]
    return abs(third) <= 1e-9 * max(map(abs, losses))


def with_bias(graph: Graph, products: Collection[Eqn], bias: Var) -> Graph:
    """The loss with one parameter more, which is added to each of these products."""
    eqns: list[Eqn] = []
    new: dict[Any, Var] = {}
    for eqn in graph.eqns:
        inputs = tuple(new.get(a, a) if isinstance(a, Var) else a for a in eqn.inputs)
        eqns.append(Eqn(eqn.primitive, inputs, eqn.params, eqn.output, eqn.where, eqn.of))
        if eqn in products:
            new[eqn.output] = Var(np.asarray(eqn.output.value) + np.asarray(bias.value))
            eqns.append(Eqn(PRIMITIVES["numpy.add"], (eqn.output, bias), {}, new[eqn.output], eqn.where))
    return Graph((*graph.inputs, bias), tuple(eqns), graph.outputs)


def with_inputs(graph: Graph, x: Var, values: Any) -> Graph:
    """The loss for other inputs of all products; where ``x`` is a target as well, as for an autoencoder, it stays."""
    other = Var(np.asarray(values, dtype=float))
    eqns = tuple(
        Eqn(e.primitive, tuple(other if a is x else a for a in e.inputs), e.params, e.output, e.where, e.of)
        if e.primitive.name in PRODUCTS
        else e
        for e in graph.eqns
    )
    return Graph(graph.inputs, eqns, graph.outputs)


def best_constant(graph: Graph, x: Var) -> float:
    """The smallest loss found if all inputs are zero: that of an answer which is the same for all samples."""
    try:
        with np.errstate(all="ignore"):
            return Gradient(with_inputs(graph, x, np.zeros(np.shape(x.value)))).smallest({})
    except Exception:
        return float("nan")


def _moved(value: Any, spread: float, rng: np.random.Generator) -> Any:
    """Another start for a parameter, about as large as it is."""
    size = float(np.std(value)) or 1.0
    return value + spread * size * rng.normal(size=np.shape(value))


class Gradient:
    """A loss with its gradient, computed again for other weights."""

    def __init__(self, graph: Graph, until: float = float("inf")) -> None:
        from cutaway.interpreters.differentiate import differentiate
        from cutaway.tracing.recorder import Recorder

        self.inputs = list(graph.inputs)
        (self.output,) = graph.outputs
        self.until = until
        recorder = Recorder.reopen(graph)
        found = differentiate(recorder, self.output, self.inputs)  # type: ignore[arg-type]
        self.slopes = [getattr(g, "variable", g) for g in found]
        self.eqns = tuple(recorder.eqns)

    def smallest(self, start: dict[Any, Any]) -> float:
        """The loss at the end of a minimisation that begins near the parameters as they are."""
        from scipy.optimize import minimize

        begin = {v: np.asarray(start.get(v, v.value), dtype=float) for v in self.inputs}
        rng = np.random.default_rng(0)
        flat = np.concatenate([np.ravel(b) for b in begin.values()])
        flat = flat + 0.01 * rng.normal(size=flat.size)

        def both(numbers: Any) -> tuple[float, Any]:
            if time.process_time() > self.until:
                raise _TimeIsUpError
            known: dict[Any, Any] = {}
            at = 0
            for v, b in begin.items():
                known[v] = numbers[at : at + b.size].reshape(b.shape)
                at += b.size
            values: dict[Any, Any] = evaluate(Graph(tuple(known), self.eqns, ()), *known.values())
            slopes = [np.asarray(values.get(s, getattr(s, "value", s)), dtype=float) for s in self.slopes]
            sized = [np.broadcast_to(s, b.shape).ravel() for s, b in zip(slopes, begin.values(), strict=True)]
            return float(values[self.output]), np.concatenate(sized)

        return float(minimize(both, flat, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).fun)
