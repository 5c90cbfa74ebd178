"""Variables carry the author's own names and lines; whoever prints a graph reads the program again."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import cutaway as ca

X = np.arange(6.0).reshape(3, 2) / 5
targets = np.array([[0.0], [1.0], [1.0]])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(W1, b1, W2):
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    cache = {}
    cache["Z2"] = A1 @ W2
    A2 = sigmoid(cache["Z2"])
    error = A2 - targets
    return np.mean(error**2)


PARAMETERS = (np.ones((2, 4)), np.zeros(4), np.ones((4, 1)))


def named(graph: Any) -> dict[str, Any]:
    return {e.output.name: e for e in graph.eqns if e.output.name}


def test_values_have_the_names_that_they_were_assigned_to():
    graph = ca.trace(forward, *PARAMETERS)
    assert [v.name for v in graph.inputs] == ["W1", "b1", "W2"]
    assert {"Z1", "A1", "cache['Z2']", "A2", "error"} <= named(graph).keys()
    assert named(graph)["Z1"].primitive.name == "add" and named(graph)["A2"].primitive.name == "divide"
    assert {v.name for v in graph._constant_vars} == {"X", "targets"}
    assert set(graph.constants) == {"X", "targets"}


def test_names_hold_when_the_code_has_run_often():
    for _ in range(20):  # Python specialises instructions of code that runs often
        graph = ca.trace(forward, *PARAMETERS)
    assert {"Z1", "A1", "cache['Z2']", "A2", "error"} <= named(graph).keys()


def test_equations_carry_file_line_and_function():
    lines, first = inspect.getsourcelines(forward)
    where = named(ca.trace(forward, *PARAMETERS))["Z1"].where
    assert where.file == __file__ and where.function == "forward"
    assert where.line == first + next(i for i, line in enumerate(lines) if "Z1 =" in line)
    assert str(where) == f"{__file__}:{where.line}"
    lines, first = inspect.getsourcelines(sigmoid)
    assert named(ca.trace(forward, *PARAMETERS))["A2"].where.line == first + 1


def test_gradients_are_named_after_what_they_belong_to():
    from cutaway.interpreters.differentiate import gradient_graph

    graph = gradient_graph(forward, *PARAMETERS, wrt=(0, 1, 2))
    assert {"d_W1", "d_b1", "d_W2", "d_Z1", "d_A1"} <= {e.output.name for e in graph.eqns}
    backward = next(e for e in graph.eqns if e.output.name == "d_W1")
    assert backward.of is named(graph)["Z1"] or backward.of in graph.eqns
    assert all(e.where == e.of.where for e in graph.eqns if e.of is not None)


def test_dicts_and_lists_give_their_keys():
    def loss(params):
        return sum(np.sum(w) for layer in params["layers"] for w in layer)

    graph = ca.trace(loss, {"layers": [(np.ones(2), np.ones(3))]})
    assert [v.name for v in graph.inputs] == ["layers_0_0", "layers_0_1"]
    graph = ca.trace(lambda x, p: x + p["W"], np.ones(2), {"W": np.ones(2)})
    assert [v.name for v in graph.inputs] == ["x", "p_W"]


def test_augmented_and_unpacked_names():
    def step(W, dW):
        W -= 0.1 * dW
        a, b = W[0] * 2, W[1] * 3
        self_total = a + b
        return self_total

    names = named(ca.trace(step, np.ones(2), np.ones(2)))
    assert {"W", "self_total"} <= names.keys()
    assert names["W"].primitive.name == "subtract"
