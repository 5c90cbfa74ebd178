"""Sums of scattered slices become joins: the same numbers, without arrays that are mostly zeros."""

import numpy as np
import pytest

import cutaway as ca
from cutaway.interpreters.differentiate import gradient_graph


def operations(graph):
    return [eqn.primitive.fn.__name__ for eqn in graph.eqns]


def both(fn, *args):
    """The gradient's operations, before and after, and the largest difference of the numbers."""
    graph = gradient_graph(fn, *args)
    short = ca.simplify(graph)
    short.check()
    before, after = ca.run(graph, *args), ca.run(short, *args)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    return operations(graph), operations(short)


X = np.random.default_rng(0).normal(size=(3, 4, 5))


def over_columns(x):
    return sum(np.tanh(x[:, t] * (t + 1)).sum() for t in range(4))


def over_halves(x):
    return np.exp(x[..., :2]).sum() + np.sin(x[..., 2:]).sum() * 2.0


def by_split(x):
    return sum(np.tanh(part * i).sum() for i, part in enumerate(np.split(x, 3)))


def by_unstack(x):
    return sum(np.tanh(x[i]).sum() * (i + 1.0) for i in range(len(x)))


def from_the_end(x):
    return sum(np.tanh(x[:, -t] * t).sum() for t in range(1, 5))


def boxes(x):
    return np.exp(x[1:]).sum() + np.exp(x[0, 1]).sum() + np.sin(x[0, 2]).sum()


@pytest.mark.parametrize("fn", [over_columns, over_halves, by_split, by_unstack, from_the_end])
def test_slices_that_cover_the_array_are_joined_once(fn):
    before, after = both(fn, X)
    assert "scatter" in before
    assert "scatter" not in after
    assert after.count("concatenated") == 1


def test_slices_that_leave_a_gap_are_joined_within_zeros():
    before, after = both(lambda x: np.exp(x[:, 1]).sum() + np.sin(x[:, 2]).sum(), X)
    assert before.count("scatter") == 2
    assert after.count("scatter") == after.count("concatenated") == 1


def test_boxes_join_along_one_axis_only():
    assert both(boxes, X)[1].count("scatter") == 2


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: np.exp(x[:, :3]).sum() + np.sin(x[:, 2:]).sum(),  # overlapping
        lambda x: np.exp(x[:, ::2]).sum() + np.sin(x[:, 1::2]).sum(),  # interleaved
        lambda x: np.exp(x[:, :2]).sum() + np.sin(x[:, 3:]).sum(),  # a gap between
        lambda x: np.exp(x[:2]).sum() + np.sin(x[:, 2:]).sum(),  # along different axes
        lambda x: np.exp(x[[0, 1]]).sum() + np.sin(x[[2, 2]]).sum(),  # chosen by arrays
        lambda x: np.exp(x[1]).sum() + np.sin(x[1]).sum() + np.cos(x[0]).sum() + np.exp(x).sum(),
        lambda x: np.exp(x[:, None, 0]).sum() + np.sin(x[:, None, 1]).sum(),
    ],
)
def test_what_is_no_row_of_slices_keeps_its_numbers(fn):
    both(fn, X)


def test_a_join_of_joins_is_one_join():
    def halved(x):
        left, right = x[:, :2], x[:, 2:]
        parts = left[:, 0], left[:, 1], right[:, 0], right[:, 1]
        return sum(np.tanh(part * (i + 1)).sum() for i, part in enumerate(parts))

    after = both(halved, X)[1]
    assert "scatter" not in after
    assert after.count("concatenated") == 1


def test_parts_that_were_joined_along_another_axis_stay_together():
    def fn(x, y):
        a = np.concatenate([x[:, 0], y[:, 0]])  # its gradient goes to slices of slices
        return np.exp(a).sum() + np.sin(x[:, 1]).sum() + np.cos(x[:, 2:]).sum()

    after = both(fn, X, X + 1)[1]
    assert "scatter" not in after


def test_the_work_grows_with_the_steps_and_not_with_their_square():
    def numbers(steps):
        x = np.random.default_rng(0).normal(size=(steps, 5))
        graph = ca.simplify(gradient_graph(lambda x: sum(np.tanh(x[t] * 2.0).sum() for t in range(steps)), x))
        return sum(np.size(eqn.output.value) for eqn in graph.eqns)

    assert numbers(60) < 2.1 * numbers(30)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_stay(dtype):
    fast = ca.compile(ca.value_and_grad(over_columns))
    _, gradient = fast(X.astype(dtype))
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient, ca.grad(over_columns)(X), rtol=1e-5, atol=1e-6)
