"""What a bias would be worth: the network is trained as it stands, and with a column of ones beside its inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.graph import Eqn, Graph, Var
from cutaway.interpreters.run import evaluate

STEPS = 150  # of the minimiser
MOST = 400_000  # entries of the inputs
WORTH = 0.5  # of a loss: what a bias must save
OTHER_STARTS = (1.0, 1.0)  # spreads of the biases that the minimiser starts from as well


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
    turned = False
    while isinstance(atom, Var) and atom in made and made[atom].primitive.name == "transpose":
        atom, turned = made[atom].inputs[0], not turned
    if atom not in graph.inputs or not isinstance(atom, Var) or np.size(x.value) > MOST:
        return None
    data = np.asarray(x.value, dtype=float)
    weights = np.asarray(atom.value, dtype=float)
    axis = 1 if samples_first else 0  # of the features, in the inputs
    wide = np.concatenate([data, np.ones_like(np.take(data, [0], axis))], axis)
    side = 0 if weights.ndim == 1 or samples_first is not turned else 1
    biases = np.zeros_like(np.take(weights, [0], side))
    rng = np.random.default_rng(1)
    try:
        with np.errstate(all="ignore"):
            gradient = Gradient(graph)
            without, with_one = gradient.smallest({x: data}, {atom: weights}), np.inf
            if without <= well:
                return None
            # biases of zero may be a saddle that the minimiser stays on
            for spread in (0.0, *OTHER_STARTS):
                start = np.concatenate([weights, biases + spread * rng.normal(size=biases.shape)], side)
                with_one = min(with_one, gradient.smallest({x: wide}, {atom: start}))
                if with_one < WORTH * without:
                    break
            return without, with_one
    except Exception:
        return None


def best_constant(graph: Graph, x: Var) -> float:
    """The smallest loss found if all inputs are zero: that of an answer which is the same for all samples."""
    try:
        with np.errstate(all="ignore"):
            return Gradient(graph).smallest({x: np.zeros(np.shape(x.value))}, {})
    except Exception:
        return float("nan")


class Gradient:
    """A loss with its gradient, computed again for inputs and weights of other shapes."""

    def __init__(self, graph: Graph) -> None:
        from cutaway.interpreters.differentiate import differentiate
        from cutaway.tracing.recorder import Recorder

        self.inputs = list(graph.inputs)
        (self.output,) = graph.outputs
        recorder = Recorder.reopen(graph)
        found = differentiate(recorder, self.output, self.inputs)  # type: ignore[arg-type]
        self.slopes = [getattr(g, "variable", g) for g in found]
        self.eqns = tuple(recorder.eqns)

    def smallest(self, constants: dict[Any, Any], start: dict[Any, Any]) -> float:
        """The loss at the end of a minimisation that begins near the parameters as they are."""
        from scipy.optimize import minimize

        begin = {v: np.asarray(start.get(v, v.value), dtype=float) for v in self.inputs}
        rng = np.random.default_rng(0)
        flat = np.concatenate([np.ravel(b) for b in begin.values()])
        flat = flat + 0.01 * rng.normal(size=flat.size)

        def both(numbers: Any) -> tuple[float, Any]:
            known, at = dict(constants), 0
            for v, b in begin.items():
                known[v] = numbers[at : at + b.size].reshape(b.shape)
                at += b.size
            values: dict[Any, Any] = evaluate(Graph(tuple(known), self.eqns, ()), *known.values())
            slopes = [np.asarray(values.get(s, getattr(s, "value", s)), dtype=float) for s in self.slopes]
            sized = [np.broadcast_to(s, b.shape).ravel() for s, b in zip(slopes, begin.values(), strict=True)]
            return float(values[self.output]), np.concatenate(sized)

        return float(minimize(both, flat, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).fun)
