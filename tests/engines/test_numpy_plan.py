"""Plans: where values live, what is updated in place, and that nothing else is ever written to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.engines.numpy_plan import Plan
from cutaway.errors import TraceError, UsageError
from cutaway.graph import Graph
from cutaway.interpreters.simplify import simplify
from cutaway.ops.special import cross_entropy_of_logits, log_softmax, sigmoid, softmax, softplus

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)


def normal(*shape: int, dtype: str = "float64") -> Array:
    return RNG.normal(size=shape).astype(dtype)


def check(program: Callable[..., Any], *args: Array, updates: dict[int, int] | None = None) -> Plan:
    """Run the program as a plan, twice, and compare with the graph, run twice."""
    graph = ca.trace(program, *args)
    inputs, state = [a.copy(order="K") for a in args], [a.copy() for a in args]
    plan = Plan(graph, inputs, updates)
    rtol = 1e-12 if all(a.dtype != np.float32 for a in args) else 1e-5
    for _ in range(2):
        expected = [np.copy(a) for a in ca.run(graph, *state)]
        plan.run()
        for found, right in zip(plan.outputs, expected, strict=True):
            assert (np.shape(found), np.result_type(found)) == (right.shape, right.dtype)
            np.testing.assert_allclose(found, right, rtol=rtol, atol=rtol)
        for output, i in (updates or {}).items():
            state[i] = expected[output]
            assert plan.outputs[output] is inputs[i]
        for found, right in zip(inputs, state, strict=True):
            np.testing.assert_allclose(found, right, rtol=rtol, atol=rtol)
    return plan


# Each kind of equation, on arrays so small that buffers of different shapes are shared, and on tall ones ------------

EQUATIONS: dict[str, Callable[..., Any]] = {
    "softmax": lambda x, y: softmax(x * 2.0),
    "log softmax": lambda x, y: log_softmax(x * 2.0),
    "softmax of columns": lambda x, y: softmax(x * 2.0, 0),
    "softmax and its logarithm": lambda x, y: (softmax(x * 2.0), log_softmax(x * 2.0)),
    "sigmoid": lambda x, y: sigmoid(x * 2.0),
    "sigmoid of a view": lambda x, y: sigmoid((x * 2.0).T),
    "sigmoid with a bias": lambda x, y: sigmoid(x * 2.0 + y[0]),
    "softplus": lambda x, y: softplus(x * 2.0),
    "cross-entropy": lambda x, y: cross_entropy_of_logits(x * 2.0, y * 1.5),
    "cross-entropy, labels broadcast": lambda x, y: cross_entropy_of_logits(x * 2.0, y[0] * 1.5),
    "clip": lambda x, y: np.clip(x * 2.0, y - 1, y + 0.5),
    "clip of a row by arrays": lambda x, y: np.clip(x[0] * 2.0, y - 1, y * 0.5 + 1),
    "where": lambda x, y: np.where(x * 2.0 > 0, y * 3.0, x - 1),
    "where, broadcast": lambda x, y: np.where(x[0] * 2.0 > 0, x[0] * 3.0, y * 2.0),
    "where with numbers": lambda x, y: np.where(x > 0, 1.0, 0.0) * y,
    "comparison as numbers": lambda x, y: (x > y).astype("float64") * 2,
    "to fewer bits": lambda x, y: (x * 2).astype("float32"),
    "to more bits": lambda x, y: (x * 2).astype("float32").astype("float64"),
    "counts": lambda x, y: np.sum(x > 0, axis=0),
    "sum of all": lambda x, y: np.sum(x * y),
    "sum of columns": lambda x, y: np.sum(x * y, axis=0),
    "sum of rows": lambda x, y: np.sum(x * y, axis=1),
    "sum of rows, kept": lambda x, y: np.sum(x * y, axis=1, keepdims=True),
    "sum of a transposed": lambda x, y: np.sum((x * y).T, axis=0, keepdims=True),
    "sum of a slice": lambda x, y: np.sum((x * y)[::2], axis=0),
    "mean of all": lambda x, y: np.mean(x * y),
    "mean of columns": lambda x, y: np.mean(x * y, axis=0),
    "mean of rows": lambda x, y: np.mean(x * y, axis=1),
    "mean of counts": lambda x, y: np.mean(x > 0),
    "extremes": lambda x, y: np.max(x * 2, axis=0) - np.min(y * 2, axis=1, keepdims=True),
    "spread": lambda x, y: np.std(x, axis=0) + np.var(y),
    "product": lambda x, y: (x * 2) @ (y * 2).T,
    "product with a vector": lambda x, y: (x * 2) @ y[0],
    "product with a transposed": lambda x, y: ((x * 2).T @ (y * 2)).T,
    "outer product": lambda x, y: (x[:, :1] * 2) @ (y[:1] * 2),
    "three products": lambda x, y: np.einsum("ij,kj->ik", x * 2, y),
    "a sum of views": lambda x, y: (x * 2.0)[1:] + (y * 3.0)[:-1],
    "one entry": lambda x, y: (x * 2.0)[0, 0] + y,
    "a row twice": lambda x, y: (x * 2)[[0, 0, 1]] * 3,
    "the largest": lambda x, y: (x * 2)[np.argmax(y, axis=0), [0, 1]],
    "turned around": lambda x, y: np.exp((x * 2)[::-1].T),
    "joined": lambda x, y: np.concatenate([np.ravel(x * 2), np.ravel(y * 3.0)]),
    "joined twice": lambda x, y: np.concatenate([np.ravel(t := x * 2), np.ravel(t), np.ravel(t)]),
    "joined and used": lambda x, y: np.concatenate([np.ravel(t := softplus(x * 2)), np.ravel(t + y)]) * t.sum(),
    "joined into two": lambda x, y: (np.concatenate([u := x[0] * 2, y[0]]), np.concatenate([y[0], u])),
    "joined, turned": lambda x, y: np.concatenate([np.ravel((x * 2).T), y[0]]),
    "joined rows": lambda x, y: np.concatenate([x * 2, y], axis=1),
    "joined dtypes": lambda x, y: np.concatenate([np.ravel(x > 0), y[0]]),
    "spread out": lambda x, y: np.broadcast_to(np.sum(x * 1), (3, 2)) * 2.0,
    "only spread out": lambda x, y: np.broadcast_to(x[0] * 2, (3, 2)),
    "an input": lambda x, y: (x, y.T),
    "a constant": lambda x, y: (x * 2, np.arange(3.0), 5.0),
    "a chain": lambda x, y: np.exp(np.tanh(np.sin(x * 2.0) + y) - x) ** 2 / 3,
    "inverse": lambda x, y: np.linalg.inv(x.T @ x + np.eye(2)),
}


@pytest.mark.parametrize("rows", [2, 5, 200])
@pytest.mark.parametrize("program", EQUATIONS.values(), ids=EQUATIONS)
def test_equations(program: Callable[..., Any], rows: int) -> None:
    x, y = normal(rows, 2), RNG.uniform(size=(rows, 2))
    check(program, x, y)
    check(program, np.asfortranarray(x), np.asfortranarray(y))
    check(program, normal(rows, 4)[:, ::2], normal(2 * rows, 2)[::2])


@pytest.mark.parametrize("program", EQUATIONS.values(), ids=EQUATIONS)
def test_equations_in_single_precision(program: Callable[..., Any]) -> None:
    check(program, normal(5, 2, dtype="float32"), RNG.uniform(size=(5, 2)).astype("float32"))


def test_arrays_without_entries() -> None:
    check(lambda x: (np.sum((x * 2.0) @ np.ones((0, 3))), np.concatenate([np.ravel(x), [1.0]])), np.ones((2, 0)))
    check(lambda x: np.sum(x * 2, axis=0), np.ones((0, 3)))


def test_a_vector_of_one_entry_in_a_product() -> None:
    check(lambda x, w: x @ w, normal(3, 1), normal(1))
    check(lambda x, w: w @ x, normal(1, 3), normal(1))


# Updates ----------------------------------------------------------------------------------------------------------

A, B, C = np.ones(2), np.array([3.0, 4.0]), np.array([5.0, 7.0])
M = normal(3, 3)
UPDATES: dict[str, tuple[Callable[..., Any], tuple[Array, ...], dict[int, int]]] = {
    "a step": (lambda a, b: a - 0.1 * b, (A, B), {0: 0}),
    "swapped": (lambda a, b: (b, a), (A, B), {0: 0, 1: 1}),
    "swapped and computed": (lambda a, b: (b * 1.0, a * 1.0), (A, B), {0: 0, 1: 1}),
    "around three": (lambda a, b, c: (b, c, a), (A, B, C), {0: 0, 1: 1, 2: 2}),
    "around three, the other way": (lambda a, b, c: (c, a, b), (A, B, C), {0: 0, 1: 1, 2: 2}),
    "one into two": (lambda a, b, c: (c, c), (A, B, C), {0: 0, 1: 1}),
    "a result into two": (lambda a, b: ((s := a + b), s), (A, B), {0: 0, 1: 1}),
    "each from both": (lambda a, b: (a + b, a - b), (A, B), {0: 0, 1: 1}),
    "one from the new other": (lambda a, b: ((new := a + b), new * b), (A, B), {0: 0, 1: 1}),
    "momentum": (lambda w, v, g: ((u := 0.9 * v + g), w - 0.1 * u), (A, B, C), {0: 1, 1: 0}),
    "the old value too": (lambda w: (w, w - 1.0), (A,), {1: 0}),
    "a view of the old value": (lambda w: (w.T, w - 1.0), (M,), {1: 0}),
    "the old value in another shape": (lambda w: (w.reshape(-1), w - 1.0), (M,), {1: 0}),
    "an entry of the old value": (lambda w: (w[1], w * 2.0), (M,), {1: 0}),
    "a view of the new value": (lambda w: ((new := w - 1.0).T, new), (M,), {1: 0}),
    "the new value twice": (lambda w: ((new := w - 1.0), new), (M,), {1: 0}),
    "read after its update": (lambda a, b: ((new := a * 2.0), new + np.sum(a)), (A, B), {0: 0}),
    "transposed": (lambda w: w.T, (M,), {0: 0}),
    "transposed and computed": (lambda w: w.T * 2 + w, (M,), {0: 0}),
    "backwards": (lambda w: w[::-1] + w, (B,), {0: 0}),
    "a product": (lambda w, x: w @ x, (M, normal(3, 3)), {0: 0}),
    "a softmax": (lambda w: softmax(w), (M,), {0: 0}),
    "a clip by itself": (lambda w, x: np.clip(x, w - 1, w), (M, 2 * M.T), {0: 0}),
    "a choice by itself": (lambda w: np.where(w > 0, w, 0.5 * w.T), (M,), {0: 0}),
    "a constant": (lambda w: np.arange(2.0), (A,), {0: 0}),
    "a number": (lambda w: (w * 2, 3.0 + 0 * w[0]), (A,), {0: 0}),
    "joined": (lambda w, x: np.concatenate([w[1:], x[:1]]), (A, B), {0: 0}),
    "unchanged": (lambda w: w, (A,), {0: 0}),
    "a counter": (lambda n, w: (n + 1, w / n), (np.array(1), A), {0: 0, 1: 1}),
    "not all of them": (lambda a, b, c: (a + 1, b + 2, c + 3), (A, B, C), {2: 2}),
}


@pytest.mark.parametrize("program, args, updates", UPDATES.values(), ids=UPDATES)
def test_updates(program: Callable[..., Any], args: tuple[Array, ...], updates: dict[int, int]) -> None:
    check(program, *args, updates=updates)


def test_an_update_entry_by_entry_needs_no_copy() -> None:
    w, g = normal(50), normal(50)
    plan = Plan(ca.trace(lambda w, g: w - 0.1 * g, w, g), [w, g], {0: 0})
    assert "update" not in plan.explain()
    assert plan.bytes < 2 * w.nbytes


@pytest.mark.parametrize("first", ["w", "v"])
def test_inputs_that_share_memory(first: str) -> None:
    """Two inputs see one array: an update of the one is seen through the other in the next run, and not before."""
    memory = np.arange(4.0)

    def step(w: Any, v: Any) -> Any:
        new = w + 1.0 if first == "w" else 2.0 * v
        return (new, np.sum(v * 10)) if first == "w" else (new, np.sum(w * 10))

    args = [memory, memory[::-1]]
    graph = ca.trace(step, *[a.copy() for a in args])
    plan = Plan(graph, args, {0: 0})
    for _ in range(3):
        expected = [np.copy(a) for a in ca.run(graph, memory.copy(), memory[::-1].copy())]
        plan.run()
        np.testing.assert_array_equal(plan.outputs[1], expected[1])
        np.testing.assert_array_equal(memory, expected[0])


def test_overlapping_inputs_that_are_both_updated() -> None:
    memory = np.arange(6.0)
    graph = ca.trace(lambda a, b: (a + b, a * b), np.ones(3), np.ones(3))
    plan = Plan(graph, [memory[:3], memory[3:]], {0: 1, 1: 0})
    plan.run()
    assert memory.tolist() == [0.0, 4.0, 10.0, 3.0, 5.0, 7.0]


# Memory -----------------------------------------------------------------------------------------------------------


def a_network(rows: int) -> tuple[Graph, list[Array]]:
    def loss(p: Any, x: Any, t: Any) -> Any:
        for i in range(6):
            x = np.tanh(x @ p[f"W{i}"] + p[f"b{i}"])
        return np.mean((x - t) ** 2)

    params = {f"W{i}": normal(8, 8) for i in range(6)} | {f"b{i}": normal(8) for i in range(6)}
    x, t = normal(rows, 8), normal(rows, 8)
    return simplify(ca.gradient_graph(loss, params, x, t)), [*params.values(), x, t]


def test_buffers_are_shared() -> None:
    graph, inputs = a_network(1000)
    plan = Plan(graph, inputs)
    apart = sum(eqn.output.value.nbytes for eqn in graph.eqns)
    hidden = 6 * inputs[-1].nbytes  # the backward pass needs what each layer gave
    assert hidden < plan.bytes < 0.6 * apart
    plan.run()
    for found, expected in zip(plan.outputs, ca.run(graph, *inputs), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


def test_a_chain_entry_by_entry_needs_one_buffer() -> None:
    x = normal(1000)
    plan = Plan(ca.trace(lambda x: np.exp(np.sin(np.tanh(x * 2) + 1) / 3), x), [x])
    assert plan.bytes < 1.1 * x.nbytes
    assert len(plan.calls) == 6


def test_views_cost_nothing() -> None:
    x = normal(6, 4)
    plan = Plan(ca.trace(lambda x: x.T[1:].reshape(3, 2, 3)[0, 1], x), [x])
    plan.run()
    assert plan.bytes <= 8 * 18 + 64  # the reshape of a transposed array is a copy
    np.testing.assert_array_equal(plan.outputs[0], x.T[1:].reshape(3, 2, 3)[0, 1])


def test_runs_do_not_allocate_outputs() -> None:
    x = normal(6, 4)
    plan = Plan(ca.trace(lambda x: (np.exp(x), x.sum(axis=0)), x), [x])
    before = [a.ctypes.data for a in plan.outputs]
    plan.run()
    assert [a.ctypes.data for a in plan.outputs] == before


def test_inputs_may_be_read_only() -> None:
    x = normal(6, 4)
    x.flags.writeable = False
    plan = Plan(ca.trace(lambda x: np.exp(x) @ x.T, x), [x])
    plan.run()
    np.testing.assert_allclose(plan.outputs[0], np.exp(x) @ x.T)


# Errors, guards, explanations -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "inputs, message",
    [
        ([np.ones(3)], "The graph has 2 inputs; received 1 arrays."),
        (
            [np.ones(3), np.ones(4)],
            "The plan was made for x of shape (3,), float64; received ndarray of shape (4,), float64.",
        ),
        (
            [np.ones(3, "float32"), np.ones(3)],
            "The plan was made for w of shape (3,), float64; received ndarray of shape (3,), float32.",
        ),
        (
            [np.ones(3), [1.0, 1.0, 1.0]],
            "The plan was made for x of shape (3,), float64; received list of shape (3,), .",
        ),
    ],
)
def test_other_inputs_than_it_was_made_for(inputs: list[Any], message: str) -> None:
    def f(w: Any, x: Any) -> Any:
        return w * x

    with pytest.raises(UsageError) as caught:
        Plan(ca.trace(f, np.ones(3), np.ones(3)), inputs)
    assert str(caught.value) == message


def test_a_branch_that_would_go_another_way() -> None:
    def f(x: Any) -> Any:
        return np.exp(x) if np.sum(x) > 0 else -x

    x = np.array([1.0, 2.0])
    plan = Plan(simplify(ca.trace(f, x)), [x])
    plan.run()
    x[0] = 5
    plan.run()
    np.testing.assert_allclose(plan.outputs[0], np.exp(x))
    x[0] = -5
    with pytest.raises(TraceError, match="used a value as if or while, and it would go another way"):
        plan.run()


def test_a_number_that_left_the_recording() -> None:
    def f(x: Any) -> Any:
        scale = int(np.sum(x))
        return x * scale

    x = np.array([1.0, 2.0])
    plan = Plan(ca.trace(f, x), [x])
    plan.run()
    x[:] = 10
    with pytest.raises(TraceError, match="used a value as an index or a size"):
        plan.run()


def test_random_numbers_that_were_drawn_while_recording() -> None:
    def noisy(x: Any) -> Any:
        return x + np.random.normal(size=2)

    x = np.ones(2)
    with pytest.raises(TraceError, match="noisy drew random numbers while it was recorded"):
        Plan(ca.trace(noisy, x), [x])


def test_the_explanation_lists_every_call() -> None:
    def f(x: Any, W: Any) -> Any:
        z = x @ W
        return np.tanh(z)

    plan = Plan(ca.trace(f, np.ones((5, 2)), np.ones((2, 3))), [np.ones((5, 2)), np.ones((2, 3))])
    assert plan.explain().splitlines() == [
        f"2 NumPy calls, {plan.bytes:,} bytes of buffers",
        "  matmul -> float64[5, 3]  z",
        "  tanh -> float64[5, 3]",
    ]
