"""What a bias would be worth: the network is trained as it stands, and with a column of ones beside its inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.graph import Eqn, Graph, Var
from cutaway.interpreters.run import evaluate

STEPS = 150  # of the minimiser
MOST = 400_000  # entries of the inputs


def fits(graph: Graph, eqn: Eqn, x: Var, samples_first: bool) -> tuple[float, float] | None:
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
    long = np.concatenate([weights, np.zeros_like(np.take(weights, [0], side))], side)
    try:
        with np.errstate(all="ignore"):
            gradient = _Gradient(graph)
            return gradient.smallest({x: data}, {atom: weights}), gradient.smallest({x: wide}, {atom: long})
    except Exception:
        return None


class _Gradient:
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
