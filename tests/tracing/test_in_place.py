"""Writing into arrays: aliases and views see each other's writes as in NumPy, and the graph stays functional."""

from __future__ import annotations

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import DtypeError, ShapeError, TraceError

rng = np.random.default_rng(2)
X = rng.normal(size=(4, 3))
W = rng.normal(size=(3, 2))


def descent(W):
    W = W.copy()
    for _ in range(3):
        error = X @ W - 1
        dW = X.T @ error / len(X)
        W -= 0.1 * dW
    return np.sum(W**2)


def alias(W):
    W = W + 0
    same, W[0] = W, 2.0
    W *= 3
    return np.sum(same**2) + np.sum(W)


def view_then_write(W):
    W = W.copy()
    first, corner, turned = W[0], W[:2, :1], W.T
    first[...] = first * 2
    corner += 1
    turned[1] = 0.5
    return np.sum(W**2) + np.sum(first**3) + np.sum(turned * 2)


def rows_that_become_columns(W):
    W = W * 1
    total = 0.0
    for row in W:
        row.shape += (1,)
        total = total + np.sum(row @ row.T)
    row[1] = 7 * W[0, 1]  # still a view of the last row
    return total + np.sum(W**3)


def write_base_then_read_view(W):
    W = W.copy()
    flat, grid, row = W.ravel(), W.reshape(2, 3), W[1]
    W[1] = W[0] ** 2
    return np.sum(flat**2) + np.sum(grid[1] ** 3) + np.prod(row)


def view_of_view(W):
    W = W.copy()
    W[1:][0][:1] = W[0, 0] ** 2
    W[1:].T[0] *= 2
    return np.sum(W**2)


def copies_are_apart(W):
    A = W.copy()
    B = A.copy()
    C = A[[0, 1]]
    A[0] = 0
    return np.sum(B**2) + np.sum(C**3) + np.sum(A)


def masked(W):
    A = W @ W.T
    A[A < 0] = 0
    B = W @ W.T
    B[B < 0] *= 0.1
    C = W + 0
    C[np.array([True, False, True])] = W[:2] ** 2
    return np.sum(A) + np.sum(B**2) + np.sum(C)


def accumulated(W):
    total = np.zeros((3, 2))
    hidden = np.zeros((4, 2))
    for k in range(4):
        total += W * k
        hidden[k] = X[k] @ W
        hidden[k, 0] += W[0, 0]
    return np.sum(total**2) + np.sum(hidden**2)


def lists_of_numbers_added(W):
    total, row = np.zeros((2, 2)), np.zeros(2)
    for k in range(2):
        total += [[W[0, 0] * k, W[1, 0] ** 2], [W[2, 1], 1.0]]
        row += [W[k, 0], W[k, 1] * W[0, 0]]
    return np.sum(total**2) + np.sum(row**3)


def filled_by_entries(W):
    out = np.empty((2, 3))
    for i in range(2):
        for j in range(3):
            out[i, j] = W[j, i] ** 2
    return np.sum(out[0] * out[1])


def with_out(W):
    A, B = np.zeros((4, 2)), np.zeros((4, 2))
    np.dot(X, W, out=A)
    np.add(A, 1, out=B)
    np.tanh(B, B)
    np.maximum(A, 0, out=A)
    C = np.zeros(2)
    np.sum(A, axis=0, out=C)
    return np.sum(B**2) + np.sum(C**2)


def added_at(W):
    table = np.zeros((3, 2))
    np.add.at(table, [0, 2, 2], W)
    np.subtract.at(table, (0, [1, 1]), W[0])
    return np.sum(table**2)


def scalars_are_immutable(W):
    total = W[0, 0]
    before = total
    total += 1
    total *= W[1, 1]
    return total * before


def slices(W):
    A = np.zeros((5, 4))
    A[1:4, 1:3] = W
    A[::2] += 1
    A[..., 0] = W[:, 0].sum()
    A[-1] = [W[0, 0], 1.0, 2.0, W[0, 1]]
    A[0, :2], A[0, 2:] = W[0], W[1]
    return np.sum(A**3)


def twice_the_same_place(W):
    A = np.zeros(3)
    A[[0, 0, 2]] = W[:, 0]
    return np.sum(A**2)


def swapped_rows(W):
    A = W.copy()
    A[[0, 1]] = A[[1, 0]]
    return np.sum(A * np.arange(6.0).reshape(3, 2))


def functions(W):
    A = W.copy()
    np.fill_diagonal(A, W[0] ** 2)
    np.copyto(A, W**3, where=A > 0)
    np.put(A, [0, 3], W[1] ** 2)
    np.place(A, A > 1, [0.5])
    A.flat[5] = W[0, 0] ** 2
    A.put([1], W[2, 0])
    return np.sum(A**2)


def into_arguments(W):
    W[0] = 0  # the caller's array is not this one
    W += 1
    return np.sum(W**2)


PROGRAMS = [
    *(descent, alias, view_then_write, write_base_then_read_view, view_of_view, copies_are_apart, masked, accumulated),
    rows_that_become_columns,
    lists_of_numbers_added,
    *(
        filled_by_entries,
        with_out,
        added_at,
        scalars_are_immutable,
        slices,
        twice_the_same_place,
        swapped_rows,
        functions,
    ),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_program(program, agrees):
    agrees(program, W)


def test_the_callers_arrays_are_not_changed_by_a_recording():
    before, data = W.copy(), X.copy()
    ca.grad(into_arguments)(W)
    np.testing.assert_array_equal(W, before)

    def spoils_globals(W):
        global X
        X[0] = 7.0
        X -= X.mean()
        return np.sum(X @ W)

    ca.grad(spoils_globals)(W)
    np.testing.assert_array_equal(X, data)


def test_gradient_of_what_was_overwritten_is_zero():
    np.testing.assert_array_equal(ca.grad(into_arguments)(W)[0], [0, 0])


def test_writing_into_a_captured_array_stays_inside_the_recording():
    buffer = np.zeros(2)

    def loss(W):
        buffer[:] = W[0]
        return np.sum(buffer**2)

    np.testing.assert_allclose(ca.grad(loss)(W)[0], 2 * W[0])
    np.testing.assert_array_equal(buffer, [0, 0])


def with_local_import(W):
    import numpy as np

    out = np.zeros(3)
    out[0] = W[0, 0]
    return out.sum()


def slice_with_local_import(W):
    import numpy as np

    out = np.zeros(2)
    out[:] = W[0]
    return out.sum()


def in_place_with_local_import(W):
    import numpy as np

    out = np.zeros((3, 2))
    out += W
    return out.sum()


@pytest.mark.parametrize("program", [with_local_import, slice_with_local_import, in_place_with_local_import])
def test_writing_into_a_plain_array_is_a_clear_error(program):
    with pytest.raises(TraceError, match=r"plain (array|contents)"):
        ca.grad(program)(W)


def test_shuffling_in_place():
    def loss(W):
        A = X.copy()
        np.random.seed(5)
        np.random.shuffle(A)
        return np.sum((A @ W) * np.arange(4.0)[:, None])

    np.testing.assert_allclose(ca.value_and_grad(loss)(W)[0], loss(W))


def test_a_generators_shuffle_is_refused_with_the_way_out():
    def loss(W):
        A = W.copy()
        np.random.default_rng(0).shuffle(A)
        return np.sum(A)

    with (
        pytest.warns(UserWarning, match="shuffling"),
        pytest.raises(TraceError, match=r"x\[rng\.permutation\(len\(x\)\)\]"),
    ):
        ca.grad(loss)(W)


def test_integers_do_not_take_fractions():
    counts = np.array([1, 2])

    def loss(W):
        counts_now = counts.copy()
        counts_now += W[0]
        return np.sum(counts_now)

    with pytest.raises(DtypeError, match="cannot store float64 values in an array of int64"):
        ca.grad(loss)(W)


def test_in_place_results_must_have_the_shape():
    def loss(W):
        a = np.zeros(2)
        a += W
        return a.sum()

    with pytest.raises(ShapeError, match=r"result \(3, 2\) for an array of shape \(2,\)"):
        ca.grad(loss)(W)


def test_the_shape_of_an_array_of_its_own_cannot_be_set():
    def columns(W):
        W = W * 1
        W.shape = (2, 3)
        return np.sum(W)

    with pytest.raises(TraceError, match=r"Write x = x\.reshape\(\(2, 3\)\)"):
        ca.trace(columns, W)
