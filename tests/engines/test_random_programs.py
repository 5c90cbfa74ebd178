"""Random programs in plain NumPy, run in every way there is: all must give the same numbers.

A program is drawn as a list of steps; each step picks an operation and the values that it works on. What would leave
the range in which floating-point numbers behave is replaced by a tanh while the program is drawn, so that all ways may
be held to the same numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import cutaway as ca
from cutaway.engines.numpy_plan import Plan
from cutaway.graph import Graph, Var
from cutaway.interpreters.differentiate import differentiate
from cutaway.interpreters.simplify import simplify
from cutaway.tracing import Traced
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder

Array = np.ndarray[Any, Any]
Values = list[Any]
EXAMPLES = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def softmax(z: Any) -> Any:
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def one_row(x: Any) -> Any:
    return x if np.ndim(x) == 0 else x[-1]


ONE: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "exp": np.exp,
    "negative": lambda x: -x,
    "square": lambda x: x**2,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "log sigmoid": lambda x: np.log(1 / (1 + np.exp(-x))),
    "log of the rest": lambda x: np.log(1 - 1 / (1 + np.exp(-x))),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "softmax": lambda x: softmax(x) if np.ndim(x) else x,
    "log softmax": lambda x: np.log(softmax(x)) if np.ndim(x) else x,
    "relu": lambda x: np.maximum(x, 0),
    "abs": np.abs,
    "root": lambda x: np.sqrt(np.abs(x) + 0.5),
    "clip": lambda x: np.clip(x, -0.7, 0.6),
    "where": lambda x: np.where(x > 0.1, x, 0.3 * x),
    "times one": lambda x: x * 1 + 0,
    "scale": lambda x: 0.5 * (3 * x) / 2,
    "transpose": lambda x: x.T,
    "flat": lambda x: np.ravel(x),
    "column": lambda x: np.reshape(x, (-1, 1)),
    "copy": lambda x: np.copy(x),
    "sum": np.sum,
    "mean of rows": lambda x: np.mean(x, axis=0) if np.ndim(x) else x,
    "sum of columns": lambda x: np.sum(x, axis=-1, keepdims=True) if np.ndim(x) else x,
    "max of rows": lambda x: np.max(x, axis=0) if np.ndim(x) else x,
    "last": one_row,
    "every other": lambda x: x[::2] if np.ndim(x) else x,
    "backwards": lambda x: x[::-1] if np.ndim(x) else x,
    "twice": lambda x: np.sin(x) * np.sin(x),
    "constant": lambda x: x * np.full(np.shape(x), 0.5, np.result_type(x)),
    "centred": lambda x: x - np.mean(x),
}
TWO: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "subtract negative": lambda x, y: x - -y,
    "multiply": lambda x, y: -x * y,
    "divide": lambda x, y: x / (y * y + 1),
    "maximum": np.maximum,
    "matmul": lambda x, y: x @ y,
    "outer": lambda x, y: np.outer(x, y),
    "join": lambda x, y: np.concatenate([np.ravel(x), np.ravel(y)]),
    "stack": lambda x, y: np.concatenate([x, y], axis=0),
    "cross-entropy": lambda z, t: np.log(1 + np.exp(z)) - t * z,
}


@dataclass(frozen=True)
class Step:
    operation: str
    first: int
    second: int

    def __call__(self, values: Values) -> Any:
        if self.operation in ONE:
            return ONE[self.operation](values[self.first])
        return TWO[self.operation](values[self.first], values[self.second])


@dataclass(frozen=True)
class Program:
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    inputs: tuple[Array, ...]

    def __call__(self, *inputs: Any) -> tuple[Any, ...]:
        values = list(inputs)
        for step in self.steps:
            values.append(step(values))
        return tuple(values[i] for i in self.outputs)


def tame(value: Any) -> bool:
    return np.size(value) > 0 and np.isfinite(value).all() and np.abs(value).max() < 30 and np.size(value) < 400


@st.composite
def programs(draw: st.DrawFn, dtype: str = "float64") -> Program:
    n, d, k = (draw(st.integers(1, 7)) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    layouts = st.sampled_from(["C", "F", "strided"])
    inputs = []
    for shape in ((n, d), (d, k), (k,), (n, k), ()):
        array = rng.uniform(-1.5, 1.5, size=shape).astype(dtype)
        layout = draw(layouts)
        if layout == "strided" and shape:
            array = np.repeat(array, 2, axis=-1)[..., ::2]
        inputs.append(np.asarray(array, order="F" if layout == "F" else "K"))
    values: Values = list(inputs)
    steps: list[Step] = []
    for _ in range(draw(st.integers(1, 20))):
        recent = st.integers(0, len(values) - 1).map(lambda i: len(values) - 1 - i)  # the last ones most often
        step = Step(draw(st.sampled_from([*ONE, *TWO])), draw(recent), draw(recent))
        try:
            value = step(values)
        except (ValueError, TypeError):  # shapes that do not fit
            continue
        if not tame(value):
            step = Step("tanh", step.first, 0)
            value = step(values)
        steps.append(step)
        values.append(value)
    assume(steps)
    last = len(values) - 1
    further = draw(st.lists(st.integers(0, last), max_size=3))
    return Program(tuple(steps), (last, *further), tuple(inputs))


def fresh(inputs: tuple[Array, ...], seed: int) -> list[Array]:
    """Other numbers in arrays of the same layout."""
    rng = np.random.default_rng(seed)
    found = []
    for a in inputs:
        array = np.repeat(a, 2, axis=-1)[..., ::2] if not (a.flags.forc or a.ndim == 0) else np.copy(a, order="K")
        array[...] = a + rng.uniform(-1e-3, 1e-3, a.shape)
        found.append(array)
    return found


def same(found: Any, expected: Any, dtype: str = "float64") -> None:
    close = {"rtol": 1e-9, "atol": 1e-10} if dtype == "float64" else {"rtol": 1e-3, "atol": 1e-4}
    for a, b in itertools.zip_longest(found, expected):
        assert np.shape(a) == np.shape(b) and np.result_type(a) == np.result_type(b)
        np.testing.assert_allclose(a, b, **close)


def with_gradients(graph: Graph) -> Graph:
    """The graph, and the derivatives of the sum of its first output."""
    recorder = Recorder.reopen(graph)
    out = graph.outputs[0]
    assert isinstance(out, Var)
    grads = differentiate(recorder, out, graph.inputs, np.ones(out.shape, out.dtype)[()])
    return recorder.graph((*graph.outputs, *(as_atom(recorder, g) for g in grads)))


def recorded(program: Program) -> Graph:
    graph = ca.trace(program, *program.inputs)
    out = graph.outputs[0]
    assume(isinstance(out, Var) and any(eqn.output is out for eqn in graph.eqns))
    return graph


@EXAMPLES
@given(programs())
def test_simplifying_keeps_values_and_gradients(program: Program) -> None:
    graph = recorded(program)
    expected = program(*program.inputs)
    short = simplify(graph)
    short.check()
    assert short.inputs == graph.inputs
    same(ca.run(short, *program.inputs), expected)

    full = ca.run(with_gradients(graph), *program.inputs)
    for other in (with_gradients(short), simplify(with_gradients(graph)), simplify(with_gradients(short))):
        other.check()
        same(ca.run(other, *program.inputs), full)


@EXAMPLES
@given(programs())
def test_simplifying_twice_changes_nothing(program: Program) -> None:
    short = simplify(with_gradients(recorded(program)))
    assert str(simplify(short)) == str(short)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("simplified", [False, True], ids=["as recorded", "simplified"])
def test_a_plan_gives_what_the_graph_gives(dtype: str, simplified: bool) -> None:
    @EXAMPLES
    @given(programs(dtype))
    def check(program: Program) -> None:
        graph = with_gradients(recorded(program))
        graph = simplify(graph) if simplified else graph
        inputs = fresh(program.inputs, 0)
        plan = Plan(graph, inputs)
        for seed in (1, 2, 3):
            new = fresh(program.inputs, seed)
            for array, numbers in zip(inputs, new, strict=True):
                np.copyto(array, numbers)
            plan.run()
            for array, numbers in zip(inputs, new, strict=True):
                np.testing.assert_array_equal(array, numbers)  # inputs are read only
            same(plan.outputs, ca.run(graph, *new), dtype)
        once = [np.copy(a) for a in plan.outputs]
        plan.run()
        for again, before in zip(plan.outputs, once, strict=True):
            np.testing.assert_array_equal(again, before)

    check()


@EXAMPLES
@given(programs(), st.data())
def test_updates_are_made_at_once_after_everything_was_read(program: Program, data: st.DataObject) -> None:
    graph = simplify(with_gradients(recorded(program)))
    fitting: dict[int, list[int]] = {}
    for i, var in enumerate(graph.inputs):
        for o, atom in enumerate(graph.outputs):
            if isinstance(atom, Var) and (atom.shape, atom.dtype) == (var.shape, var.dtype):
                fitting.setdefault(i, []).append(o)
    updates: dict[int, int] = {}
    for i, outputs in fitting.items():
        o = data.draw(st.sampled_from(outputs))
        if o not in updates:
            updates[o] = i
    inputs = fresh(program.inputs, 0)
    plan = Plan(graph, inputs, updates)
    state = fresh(program.inputs, 0)
    for _ in range(2):
        expected = [np.copy(a) for a in ca.run(graph, *state)]
        assume(all(map(tame, expected)))
        plan.run()
        same(plan.outputs, expected)
        for o, i in updates.items():
            np.copyto(state[i], expected[o])
        for array, numbers in zip(inputs, state, strict=True):
            np.testing.assert_allclose(array, numbers, rtol=1e-9, atol=1e-10)


@EXAMPLES
@given(programs())
def test_parameters_may_be_views_of_the_vector_that_is_updated(program: Program) -> None:
    """As in a training step: the program reads the parameters, the update is computed on one flat vector."""
    graph = simplify(with_gradients(recorded(program)))
    n = len(graph.inputs)
    recorder = Recorder.reopen(graph)
    grads = [Traced(recorder, a) if isinstance(a, Var) else a for a in graph.outputs[-n:]]
    flat = np.concatenate([np.ravel(a) for a in program.inputs])
    theta = Traced(recorder, recorder.input(flat, "theta"))
    new = theta - 0.01 * np.concatenate([np.ravel(g) for g in grads])
    step = simplify(recorder.graph((*graph.outputs, as_atom(recorder, new))))

    memory = flat.copy()
    ends = np.cumsum([a.size for a in program.inputs])[:-1]
    views = [part.reshape(a.shape) for part, a in zip(np.split(memory, ends), program.inputs, strict=True)]
    plan = Plan(step, [*views, memory], {len(graph.outputs): n})
    for _ in range(3):
        before = [v.copy() for v in views]
        expected = [np.copy(a) for a in ca.run(step, *before, memory.copy())]
        plan.run()
        same(plan.outputs, expected)
        np.testing.assert_allclose(memory, expected[-1], rtol=1e-9, atol=1e-10)
