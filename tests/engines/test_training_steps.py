"""The plan of a training step, several steps long, against its graph run equation by equation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway import tree
from cutaway.engines.numpy_plan import Plan
from cutaway.nn import find_loss
from cutaway.train.step import Objective, training_step, views_of

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(9, 4))
YES, LABELS = (X[:, :1] > 0).astype(float), np.eye(3)[np.arange(9) % 3]

NETWORKS: dict[str, tuple[list[Any], str, Array]] = {
    "logistic": ([ca.Dense(1, "sigmoid")], "binary_cross_entropy", YES),
    "sigmoids": ([ca.Dense(5, "sigmoid"), ca.Dense(1, "sigmoid")], "binary_cross_entropy", YES),
    "classes": ([ca.Dense(6, "relu"), ca.Dense(3, "softmax")], "categorical_cross_entropy", LABELS),
    "wide": ([ca.Dense(40, "gelu"), ca.Dense(30, "silu"), ca.Dense(3)], "mean_squared_error", LABELS),
    "normalised": (
        [ca.Dense(6, bias=None), ca.BatchNorm(), ca.Activation("elu"), ca.LayerNorm(), ca.Dense(1)],
        "huber",
        X[:, :1],
    ),
    "dropout": ([ca.Dense(6, "tanh"), ca.Dropout(0.4), ca.Dense(1, "softplus")], "poisson", YES),
    "without biases": ([ca.Dense(6, "leaky_relu", bias=None), ca.Dense(1, bias=None)], "mean_absolute_error", YES),
    "a step of no slope": ([ca.Dense(6, "step"), ca.Dense(1, "sigmoid")], "binary_cross_entropy", YES),
}
OPTIMIZERS = [
    ca.SGD(0.1),
    ca.SGD(0.1, momentum=0.9, nesterov=True, weight_decay=0.01, l1=0.01, clip_norm=0.5),
    ca.Adam(0.05),
    ca.AdamW(0.05, clip_value=0.1),
    ca.RMSprop(0.01, momentum=0.5),
    ca.Adagrad(0.1),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("case", NETWORKS)
@pytest.mark.parametrize("weighed", [False, True], ids=["rows alike", "rows weighed"])
def test_a_plan_trains_as_its_graph_does(case: str, optimizer: Any, dtype: str, weighed: bool) -> None:
    layers, loss, y = NETWORKS[case]
    net = ca.Network(layers, seed=1, dtype=dtype).build(4)
    theta = np.concatenate([a.ravel() for _, a in tree.leaves(net.params)])
    net.params = tree.rebuild(net.params, views_of(theta, [a.shape for _, a in tree.leaves(net.params)]))
    slots = {k: np.array(v) for k, v in optimizer.init(theta).items()}
    batch = [X.astype(dtype), y.astype(dtype)] + ([RNG.uniform(0.5, 1.5, size=9).astype(dtype)] if weighed else [])
    step = training_step(Objective.of(net, find_loss(loss)), optimizer, net.params, net.state, batch, theta, slots)
    step.graph.check()

    seed, count = np.array(3), np.array(0)
    lr, t = np.full((), 0.05, dtype), np.ones((), dtype)
    leaves = [a for part in (net.params, net.state, batch) for _, a in tree.leaves(part)]
    arrays = [*leaves, seed, count, theta, *slots.values(), lr, t]
    n_params = sum(1 for _ in tree.leaves(net.params))
    shapes = [a.shape for a in arrays[:n_params]]
    slow = [a.copy() for a in arrays]
    plan = Plan(step.graph, arrays, step.updates)
    at = len(leaves) + 2  # where theta stands
    close = {"rtol": 1e-9, "atol": 1e-12} if dtype == "float64" else {"rtol": 2e-3, "atol": 2e-4}
    start = theta.copy()
    for k in range(4):
        for place in (count, slow[at - 1]):
            place[...] = k
        for place in (t, slow[-1]):
            place[...] = k + 1
        plan.run()
        expected = ca.run(step.graph, *slow)
        for output, i in step.updates.items():
            slow[i] = np.array(expected[output])
        slow[:n_params] = views_of(slow[at], shapes)
        for found, right in zip(arrays, slow, strict=True):
            np.testing.assert_allclose(found, right, **close)
        np.testing.assert_allclose(plan.outputs[0], expected[0], **close)
        np.testing.assert_allclose(plan.outputs[1], expected[1], **close)
    assert not np.allclose(theta, start)


def test_the_update_needs_no_copies() -> None:
    """The new weights and slots are computed in the memory of the old ones."""
    net = ca.Network([ca.Dense(16, "tanh"), ca.Dense(1, "sigmoid")]).build(4)
    theta = np.concatenate([a.ravel() for _, a in tree.leaves(net.params)])
    net.params = tree.rebuild(net.params, views_of(theta, [a.shape for _, a in tree.leaves(net.params)]))
    for optimizer in OPTIMIZERS:
        slots = {k: np.array(v) for k, v in optimizer.init(theta).items()}
        batch = [X.astype("float32"), YES.astype("float32")]
        objective = Objective.of(net, find_loss("binary_cross_entropy"))
        step = training_step(objective, optimizer, net.params, net.state, batch, theta, slots)
        leaves = [a for part in (net.params, net.state, batch) for _, a in tree.leaves(part)]
        numbers = [np.zeros((), "float32"), np.ones((), "float32")]
        plan = Plan(step.graph, [*leaves, np.array(0), np.array(0), theta, *slots.values(), *numbers], step.updates)
        assert "update" not in plan.explain() and "keep" not in plan.explain()
