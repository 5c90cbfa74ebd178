"""A training step as one graph: forward, loss, gradient, optimizer update."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cutaway import tree
from cutaway.errors import TraceError, UsageError
from cutaway.graph import Graph, Var
from cutaway.interpreters.differentiate import differentiate
from cutaway.interpreters.simplify import simplify
from cutaway.nn.forward import Forward
from cutaway.nn.layers import Layer
from cutaway.nn.losses import LOSSES, Loss
from cutaway.tracing import Traced, record, value_of
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder
from cutaway.train.optimizers import Optimizer

if TYPE_CHECKING:
    from cutaway.nn.network import Network

Array = NDArray[Any]


@dataclass(frozen=True)
class Objective:
    """What is minimised: the layers up to the loss.

    Where the last activation and the loss are two halves of one formula (sigmoid and binary cross-entropy, softmax and
    categorical cross-entropy), the outputs here are the logits, and the loss is computed from them, exactly.
    """

    layers: tuple[Layer, ...]
    loss: Loss
    fixed: Any = None  # what goes through the layers at every step; a batch then is the places in it that count

    @classmethod
    def of(cls, network: Network, loss: Loss, fixed: Any = None) -> Objective:
        """The objective of a network."""
        last = network.layers[-1]
        twin = LOSSES.get(f"{loss.name}_from_logits")
        if twin is not None and LOSSES.get(loss.name) is loss and last.output_activation in ("sigmoid", "softmax"):
            linear = replace(last, activation="identity")  # type: ignore[type-var]  # all layers are dataclasses
            return cls((*network.layers[:-1], linear), twin, fixed)
        return cls(network.layers, loss, fixed)

    def __call__(self, run: Forward, params: Any, state: Any, x: Any, t: Any, w: Any = None) -> tuple[Any, Any]:
        """Mean loss of a batch, and the outputs; ``w`` (n,) are weights whose mean over all rows is 1."""
        z = run.through(self.layers, params, state, x if self.fixed is None else self.fixed)
        if self.fixed is not None:
            z = z[x]
        losses = self.loss(t, z)
        if np.ndim(losses) == 0:
            if w is not None:
                raise UsageError(
                    f"Weights need one loss for each row, and {self.loss.name} gives a single number",
                    instead="Return an array of shape (n,) from the loss function",
                )
            value = losses
        else:
            value = np.mean(losses if w is None else losses * w)
        return value, z


@dataclass(frozen=True)
class StepGraph:
    """The graph of a training step and the meaning of its inputs and outputs.

    The forward graph's inputs are followed by the flat vector of all parameters, the optimizer's state, the learning
    rate and the number of the step as a float. The forward graph's outputs, the loss first, are followed by new values:
    ``updates`` says of which inputs.
    """

    graph: Graph
    updates: dict[int, int]


def with_update(
    forward: Graph, n_params: int, optimizer: Optimizer, theta: Array, optimizer_state: dict[str, Array]
) -> StepGraph:
    """Add gradient and update to a graph whose first output is the loss and whose first inputs are the parameters."""
    recorder = Recorder.reopen(forward)
    output = forward.outputs[0]
    assert isinstance(output, Var)
    grads = differentiate(recorder, output, forward.inputs[:n_params])
    if not any((type(g) is Traced and not g.constant) or np.any(value_of(g)) for g in grads):
        raise TraceError(
            "The gradient of the loss is zero for all parameters, whatever their values",
            instead="Compute the loss from the parameters; comparisons, rounding and the step activation have no slope",
        )

    def new_input(array: Array, name: str) -> Any:
        return Traced(recorder, recorder.input(array, name))

    flat = np.concatenate([np.reshape(g, -1) for g in grads])
    weights = new_input(theta, "theta")
    slots = {k: new_input(v, k) for k, v in optimizer_state.items()}
    lr, t = new_input(np.ones((), theta.dtype), "lr"), new_input(np.ones((), theta.dtype), "t")
    with np.errstate(all="ignore"):
        new_weights, new_slots = optimizer.step(weights, flat, slots, lr, t)
    finals = [new_weights, *(new_slots[k] for k in optimizer_state)]
    atoms = (*forward.outputs, *(as_atom(recorder, x) for x in finals))
    first = len(forward.outputs)
    updates = {first + i: len(forward.inputs) + i for i in range(len(finals))}
    return StepGraph(simplify(recorder.graph(atoms, "training_step")), updates)


def training_step(
    objective: Objective,
    optimizer: Optimizer,
    params: list[dict[str, Array]],
    state: list[dict[str, Array]],
    batch: Sequence[Array],
    theta: Array,
    optimizer_state: dict[str, Array],
) -> StepGraph:
    """Record one training step on an example batch (x, targets[, weights]).

    Inputs of the forward graph: params, state, batch, seed, number of the step. Outputs: loss, outputs, new state.
    """

    def forward(params: Any, state: Any, batch: Any, seed: Any, step: Any) -> Any:
        run = Forward(training=True, dtype=theta.dtype, seed=seed, step=step)
        value, outputs = objective(run, params, state, *batch)
        return value, outputs, {f"{i}.{k}": v for (i, k), v in run.updates.items()}

    seed, count = np.zeros((), np.int64), np.zeros((), np.int64)
    recording = record(forward, params, state, list(batch), seed, count, roots=[objective.loss.fn, *objective.layers])
    value, outputs, updates = recording.output
    if type(value) is not Traced or value.constant:
        raise TraceError(
            f"The loss {objective.loss.name} does not depend on the outputs of the network",
            instead="Compute it from both arguments, fn(targets, outputs)",
        )
    n_params = sum(1 for _ in tree.leaves(params))
    graph = simplify(recording.graph(value, outputs, updates))
    step = with_update(graph, n_params, optimizer, theta, optimizer_state)
    state_names = [f"{i}.{k}" for i, entry in enumerate(state) for k in entry]
    of_state = {2 + i: n_params + state_names.index(name) for i, name in enumerate(updates)}
    return StepGraph(step.graph, of_state | step.updates)


def evaluation(
    objective: Objective, params: list[dict[str, Array]], state: list[dict[str, Array]], batch: Sequence[Array]
) -> Graph:
    """The graph of loss and outputs in inference mode; inputs are params, state and batch."""

    def forward(params: Any, state: Any, batch: Any) -> Any:
        return objective(Forward(training=False, dtype=batch[1].dtype), params, state, *batch)

    return simplify(record(forward, params, state, list(batch), roots=[objective.loss.fn, *objective.layers]).graph())


def views_of(flat: Array, shapes: list[tuple[int, ...]]) -> list[Array]:
    """Views of a vector, one after the other, in these shapes."""
    ends = np.cumsum([math.prod(s) for s in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]
