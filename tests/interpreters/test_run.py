"""Running a graph on other data: the same numbers as the program, checked shapes, and named errors."""

from __future__ import annotations

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import ShapeError, UsageError
from cutaway.interpreters.run import evaluate

rng = np.random.default_rng(0)
X = rng.normal(size=(5, 3))


def program(W, b):
    hidden = np.tanh(X @ W + b)
    return hidden, np.mean(hidden**2)


W, b = rng.normal(size=(3, 2)), rng.normal(size=2)


def test_other_data_give_what_the_program_gives():
    graph = ca.trace(program, W, b)
    for _ in range(3):
        V, c = rng.normal(size=(3, 2)), rng.normal(size=2)
        for found, expected in zip(ca.run(graph, V, c), program(V, c), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_the_recorded_data_give_the_recorded_values():
    graph = ca.trace(program, W, b)
    for found, atom in zip(ca.run(graph, W, b), graph.outputs, strict=True):
        np.testing.assert_array_equal(found, atom.value)


def test_other_dtypes_flow_through():
    hidden, loss = ca.run(ca.trace(lambda W: (2 * np.exp(W), np.sum(W)), W), W.astype(np.float32))
    assert hidden.dtype == loss.dtype == np.float32


def test_outputs_that_are_inputs_or_constants():
    graph = ca.trace(lambda W: (W, X, 3.0, W + 1), W)
    same, constant, number, more = ca.run(graph, W + 1)
    np.testing.assert_array_equal(same, W + 1)
    np.testing.assert_array_equal(constant, X)
    assert number == 3.0
    np.testing.assert_array_equal(more, W + 2)


def test_every_value_can_be_asked_for():
    graph = ca.trace(program, W, b)
    values = evaluate(graph, W, b)
    assert set(values) == {*graph.inputs, *(e.output for e in graph.eqns)}
    for var, value in values.items():
        np.testing.assert_array_equal(value, var.value)


def test_inputs_are_not_changed():
    def writes(W):
        W += 1
        W[0] = 0
        return W * 2

    before = W.copy()
    ca.run(ca.trace(writes, W), W)
    np.testing.assert_array_equal(W, before)


def test_another_shape_is_an_error_that_names_the_input():
    graph = ca.trace(program, W, b)
    with pytest.raises(ShapeError, match=r"W has another shape .* shape \(3, 4\), recorded with \(3, 2\)"):
        ca.run(graph, np.ones((3, 4)), b)


def test_another_number_of_inputs_is_an_error_that_names_them():
    with pytest.raises(UsageError, match=r"program has 2 inputs \(W, b\); received 1 arguments"):
        ca.run(ca.trace(program, W, b), W)
