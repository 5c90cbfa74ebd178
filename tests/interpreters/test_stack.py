"""A stacked graph computes what its one program computes for each set of inputs; what cannot be stacked says so."""

from __future__ import annotations

import importlib.util
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import TraceError
from cutaway.interpreters.stack import RULES, stacked
from cutaway.ops.random import uniform
from cutaway.tracing import PRIMITIVES, bind

K = 3


def _cases() -> Any:
    """The examples of every primitive, which the test of the rules keeps."""
    spec = importlib.util.spec_from_file_location("rules_of_primitives", Path(__file__).parents[1] / "test_rules.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module.CASES


CASES = _cases()
NOT_STACKED = {
    "numpy.searchsorted",
    "numpy.digitize",
    "numpy.linalg.norm",
    "cutaway.ops.shape.python_number",
}
"""For these no rule is written; networks with them are trained one by one."""
PARTLY = {"numpy.linalg.solve", "cutaway.ops.sparse.csr_matmul", "cutaway.ops.sparse.segment_softmax"}
"""The rule of these takes some examples only."""


def each_alone(graph: ca.graph.Graph, arguments: list[list[Any]]) -> list[Any]:
    return [ca.run(graph, *own)[0] for own in arguments]


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_primitive(name: str) -> None:
    """Every example with every choice of the arguments that differ."""
    done = 0
    for case in CASES[name]:
        sets = [case.args(np.random.default_rng(seed)) for seed in range(K)]
        arrays = [i for i, a in enumerate(sets[0]) if isinstance(a, np.ndarray)]

        def program(*xs: Any, case: Any = case, sets: Any = sets, arrays: Any = arrays) -> Any:
            full = list(sets[0])
            for i, x in zip(arrays, xs, strict=True):
                full[i] = x
            return bind(PRIMITIVES[name], *full, **case.params)

        with np.errstate(all="ignore"):
            graph = ca.trace(program, *[sets[0][i] for i in arrays])
        for count in range(1, len(arrays) + 1 if graph.eqns else 1):
            for which in itertools.combinations(range(len(arrays)), count):
                own = [[sets[k][i] if j in which else sets[0][i] for j, i in enumerate(arrays)] for k in range(K)]
                try:
                    many = stacked(graph, which, K)
                except TraceError:
                    assert name in NOT_STACKED | PARTLY or any(own[0][j].dtype == bool for j in which)
                    continue
                assert name not in NOT_STACKED
                many.check()
                joined = [
                    np.stack([own[k][j] for k in range(K)]) if j in which else own[0][j] for j in range(len(arrays))
                ]
                with np.errstate(all="ignore"):
                    (found,) = ca.run(many, *joined)
                    expected = each_alone(graph, own)
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
                assert found.dtype == np.asarray(expected[0]).dtype
                done += 1
    assert done or name in NOT_STACKED or name == "cutaway.ops.random.uniform"


def test_no_rule_is_for_a_primitive_that_is_not_there() -> None:
    assert {p.fn.__name__ for p in PRIMITIVES.values()} >= set(RULES)


X = np.random.default_rng(1).normal(size=(4, 5, 3))
PLACES_I, PLACES_J = np.array([[0, 2], [3, 3]]), np.array([[1, 0], [2, 4]])

PLACES = {
    "between": lambda x, i, j: x[i, :, j % 3],
    "beside": lambda x, i, j: x[:, j, i % 3],
    "behind an ellipsis": lambda x, i, j: x[..., i % 3],
    "with a number": lambda x, i, j: x[1, :, j % 3],
    "with a new axis": lambda x, i, j: x[:, None, j],
    "broadcast": lambda x, i, j: x[i[:, :1], j[0]],
    "between, behind a new axis": lambda x, i, j: x[None, i, :, j % 3],
    "a slice first": lambda x, i, j: x[1:, j[0]],
}


@pytest.mark.parametrize("which", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)])
@pytest.mark.parametrize("place", PLACES)
def test_indexing_and_its_gradient(place: str, which: tuple[int, ...]) -> None:
    """Where NumPy puts the axes of index arrays depends on what stands between them."""

    def program(x: Any, i: Any, j: Any) -> Any:
        taken = PLACES[place](x, i, j)
        return np.sum(np.tanh(taken) * np.arange(taken.size).reshape(taken.shape))

    rng = np.random.default_rng(2)
    sets = [
        [rng.normal(size=X.shape), rng.integers(0, 4, PLACES_I.shape), rng.integers(0, 5, PLACES_J.shape)]
        for _ in range(K)
    ]
    graph = ca.gradient_graph(program, *sets[0])
    many = stacked(graph, which, K)
    joined = [np.stack([s[i] for s in sets]) if i in which else sets[0][i] for i in range(3)]
    found = ca.run(many, *joined)
    for k in range(K):
        expected = ca.run(graph, *[sets[k][i] if i in which else sets[0][i] for i in range(3)])
        for one, whole in zip(expected, found, strict=True):
            np.testing.assert_allclose(whole[k], one, rtol=1e-12, atol=1e-14)


def test_shared_work_is_done_once() -> None:
    graph = ca.trace(lambda x, w: np.sum(np.tanh(x) @ w), np.ones((5, 2)), np.ones(2))
    many = stacked(graph, [1], 7)
    shapes = {eqn.primitive.name: eqn.output.shape for eqn in many.eqns}
    assert shapes["tanh"] == (5, 2)
    assert many.outputs[0].shape == (7,)


def test_every_output_has_the_axis() -> None:
    graph = ca.trace(lambda x, w: (x * 2.0, w, 3.0), np.ones(2), np.ones(2))
    outputs = ca.run(stacked(graph, [1], 4), np.ones(2), np.ones((4, 2)))
    assert [np.shape(y) for y in outputs] == [(4, 2), (4, 2), (4,)]
    np.testing.assert_array_equal(outputs[0], 2.0)


def test_names_and_lines_are_kept() -> None:
    def loss(w: Any) -> Any:
        hidden = np.tanh(w)
        return hidden.sum()

    many = stacked(ca.trace(loss, np.ones(3)), [0], 2)
    assert [v.name for v in many.inputs] == ["w"]
    (tanh,) = [eqn for eqn in many.eqns if eqn.primitive.name == "tanh"]
    assert tanh.output.name == "hidden" and tanh.where is not None and tanh.where.function == "loss"


def test_a_branch_that_a_stacked_value_decided_is_refused() -> None:
    def program(x: Any, w: Any) -> Any:
        return w * 2 if w.sum() > 0 else w

    with pytest.raises(TraceError, match="looked at a value that is another in each of 2 programs"):
        stacked(ca.trace(program, np.ones(2), np.ones(2)), [1], 2)
    stacked(ca.trace(program, np.ones(2), np.ones(2)), [0], 2)  # it is the same for all


def test_a_dtype_that_would_change_is_refused() -> None:
    """A Python number is weak, an array of them is not: nothing may become float64 on the way."""
    graph = ca.trace(lambda x, w: w * x.sum().item(), np.ones(2, np.float32), np.ones(2, np.float32))
    with pytest.raises(TraceError, match="at once"):
        stacked(graph, [0], 2)
    assert stacked(graph, [1], 2).outputs[0].dtype == np.float32


@pytest.mark.parametrize("seed", [0, 7, 2**40 + 5, 2**63 - 1])
def test_each_seed_draws_what_it_draws_alone(seed: int) -> None:
    seeds, steps = np.array([3, seed, 11]), np.array([0, 5, 9])
    drawn = uniform(seeds, steps, draw=2, shape=(4, 5), dtype=np.float32)
    for k in range(3):
        alone = uniform(int(seeds[k]), int(steps[k]), draw=2, shape=(4, 5), dtype=np.float32)
        np.testing.assert_array_equal(drawn[k], alone)
    np.testing.assert_array_equal(uniform(seeds, 5, draw=2, shape=(), dtype=np.float32)[1], drawn[1, 0, 0])
    graph = ca.trace(lambda s: uniform(s, 5, draw=2, shape=(4, 5), dtype=np.float32) * 2, np.zeros((), np.int64))
    np.testing.assert_array_equal(ca.run(stacked(graph, [0], 3), seeds)[0][1], drawn[1] * 2)


def test_second_derivatives_can_be_stacked() -> None:
    def loss(w: Any, x: Any) -> Any:
        return np.mean(np.tanh(x @ w) ** 2)

    x = np.random.default_rng(0).normal(size=(6, 3))
    w, v = np.random.default_rng(1).normal(size=(2, K, 3))
    graph = ca.trace(lambda w, v: ca.hessian_vector_product(loss)(v, w, x), w[0], v[0])
    found = ca.run(stacked(graph, [0, 1], K), w, v)[0]
    np.testing.assert_allclose(found, [ca.hessian_vector_product(loss)(v[k], w[k], x) for k in range(K)], rtol=1e-10)
