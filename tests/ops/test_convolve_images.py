"""Sliding windows: adjoint pairs, ties, and the same numbers from plain NumPy and from a plan into reused buffers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import cutaway as ca
import cutaway.ops
from cutaway.engines.numpy_plan import Plan
from cutaway.interpreters.simplify import simplify
from cutaway.ops.convolve import fold, max_pool, patches, pick, unpool

HOW = {"axes": (2, 1), "size": (2, 2), "stride": (2, 2)}


@st.composite
def windows(draw: Any) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Return the shape of images (channels, width, height, samples) and how windows slide over them."""
    size = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    height, width = (n + draw(st.integers(0, 4)) for n in size)
    shape = (draw(st.integers(1, 2)), width, height, draw(st.integers(1, 3)))
    return shape, {"axes": (2, 1), "size": size, "stride": stride}


def test_patches_are_the_windows_of_numpy() -> None:
    x = np.arange(2 * 6 * 5 * 3.0).reshape(2, 6, 5, 3)
    found = patches(x, axes=(2, 1), size=(3, 2), stride=(1, 2))
    expected = sliding_window_view(x, (3, 2), (2, 1))[:, ::2].transpose(4, 5, 0, 1, 2, 3)
    np.testing.assert_array_equal(found, expected)
    assert found.flags.c_contiguous


@given(windows())
def test_fold_is_the_adjoint_of_patches_and_unpool_that_of_pick(case: Any) -> None:
    shape, how = case
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=shape), rng.normal(size=shape)
    p = patches(x, **how)
    q = rng.normal(size=p.shape)
    assert np.sum(p * q) == pytest.approx(np.sum(x * fold(q, shape=shape, **how)))
    y = max_pool(x, **how)
    np.testing.assert_array_equal(y, p.max(axis=(0, 1)))
    g = rng.normal(size=y.shape)
    assert np.sum(g * pick(v, x, y, **how)) == pytest.approx(np.sum(v * unpool(g, x, y, **how)))
    np.testing.assert_array_equal(pick(x, x, y, **how), y)


@given(windows())
def test_a_plan_gives_the_same_numbers_run_after_run(case: Any) -> None:
    shape, how = case

    def loss(x: Any, w: Any) -> Any:
        return np.sum(np.square(patches(x.T, **how) * w)) + np.sum(max_pool(x.T, **how) ** 3)

    rng = np.random.default_rng(1)
    x = np.round(rng.normal(size=shape), 1).T.copy()  # ties, and samples that do not lie side by side
    w = rng.normal(size=(*how["size"], 1, 1, 1, 1))
    f = ca.compile(ca.value_and_grad(loss, wrt=(0, 1)))
    for _ in range(3):
        value, grads = f(x, w)
        expected, by_numpy = ca.value_and_grad(loss, wrt=(0, 1))(x, w)
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        for a, b in zip(grads, by_numpy, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
        x, w = x[::-1].copy(), w + 1


def test_of_equals_the_first_gets_the_gradient() -> None:
    x = np.zeros((1, 2, 2, 1))
    x[0, 1, 0, 0] = x[0, 1, 1, 0] = 5.0  # one column on the right, from top to bottom
    slope = ca.grad(lambda x: max_pool(x, **HOW).sum())(x)
    np.testing.assert_array_equal(slope[0, :, :, 0], [[0, 0], [1, 0]])


def test_overlapping_windows_share_an_entry() -> None:
    x = np.array([1.0, 3.0, 2.0])
    how = {"axes": (0,), "size": (2,), "stride": (1,)}
    np.testing.assert_array_equal(ca.grad(lambda x: (max_pool(x, **how) * np.array([1.0, 10.0])).sum())(x), [0, 11, 0])


@pytest.mark.parametrize("op", [patches, max_pool])
def test_second_derivatives(op: Any) -> None:
    rng = np.random.default_rng(2)
    x, v = rng.normal(size=(2, 5, 4, 3)), rng.normal(size=(2, 5, 4, 3))

    def f(x: Any) -> Any:
        return np.sum(np.exp(op(np.sin(x), **HOW)))

    found = ca.hessian_vector_product(f)(v, x)
    h = 1e-5
    expected = (ca.grad(f)(x + h * v) - ca.grad(f)(x - h * v)) / (2 * h)
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_a_picture_in_a_frame_of_zeros_costs_one_fill_and_one_copy() -> None:
    graph = simplify(ca.trace(lambda x: np.tanh(np.pad(x, ((0, 0), (2, 1), (1, 1)))), np.ones((3, 4, 5))))
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    plan = Plan(graph, [x])
    for _ in range(2):
        plan.run()
        np.testing.assert_array_equal(plan.outputs[0], np.tanh(np.pad(x, ((0, 0), (2, 1), (1, 1)))))
        x *= 2


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 1, 2, 0), (2, 0, 3, 1)])
def test_results_lie_in_memory_as_their_arguments_do(order: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).transpose(order)
    graph = simplify(ca.trace(lambda x: np.exp(x) * 2 + np.ones(x.shape[-1]), x))
    plan = Plan(graph, [x])
    plan.run()
    assert plan.outputs[0].strides == x.strides
    np.testing.assert_allclose(plan.outputs[0], np.exp(x) * 2 + 1)


def test_windows_of_plain_numpy_are_patches() -> None:
    x, w = np.random.default_rng(0).normal(size=(4, 6, 5)), np.random.default_rng(1).normal(size=(3, 2))

    def convolution(x: Any, w: Any) -> Any:
        return np.einsum("nijkl,kl->nij", sliding_window_view(x, (3, 2), axis=(1, -1)), w)

    graph = ca.trace(convolution, x, w)
    assert next(e.primitive.fn for e in graph.eqns) is patches
    np.testing.assert_allclose(ca.run(graph, x, w)[0], convolution(x, w))
    slope = ca.grad(lambda x: np.sum(convolution(x, w) ** 2))(x)
    h = 1e-6
    there = np.sum(convolution(x + h * x, w) ** 2) - np.sum(convolution(x - h * x, w) ** 2)
    assert np.sum(slope * x) == pytest.approx(there / (2 * h), rel=1e-7)


def test_windows_of_windows() -> None:
    x = np.arange(24.0).reshape(4, 6)
    graph = ca.trace(lambda x: sliding_window_view(x, (3, 2), axis=(1, 1)) * 1.0, x)
    np.testing.assert_array_equal(ca.run(graph, x)[0], sliding_window_view(x, (3, 2), axis=(1, 1)))
