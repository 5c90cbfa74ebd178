"""Products of SciPy's sparse matrices and recorded arrays, from both sides, in all formats."""

from __future__ import annotations

import operator

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import TraceError

sparse = pytest.importorskip("scipy.sparse")
rng = np.random.default_rng(0)
dense = rng.normal(size=(4, 5)) * (rng.uniform(size=(4, 5)) < 0.5)
W = rng.normal(size=(5, 2))
KINDS = [f"{form}_{kind}" for form in ("csr", "csc", "coo", "lil", "dia") for kind in ("matrix", "array")]

PRODUCTS = {
    "S @ W": lambda S, W: S @ W,
    "S.dot(W)": lambda S, W: S.dot(W),
    "S @ w": lambda S, W: S @ W[:, 0],
    "W.T @ S.T": lambda S, W: W.T @ S.T,
    "w @ S.T": lambda S, W: W[:, 1] @ S.T,
    "chained": lambda S, W: S.T @ np.tanh(S @ W),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PRODUCTS)
def test_product(kind, name, agrees):
    S, product = getattr(sparse, kind)(dense), PRODUCTS[name]
    graph = agrees(lambda W: np.sum(product(S, W) ** 2), W)
    np.testing.assert_allclose(product(S, W), product(dense, W))
    assert any(e.primitive.name.endswith("sparse_matmul") for e in graph.eqns)
    second = ca.hessian_vector_product(lambda W: np.sum(product(S, W) ** 3))
    full = ca.hessian_vector_product(lambda W: np.sum(product(dense, W) ** 3))
    np.testing.assert_allclose(second(W + 1, W), full(W + 1, W))


def test_star_is_the_matrix_product_of_matrices(agrees):
    S = sparse.csr_matrix(dense)
    agrees(lambda W: np.sum((S * W) ** 2), W)
    agrees(lambda W: np.sum((W.T * S.T) ** 2), W)


def test_a_printed_graph_takes_the_matrix_as_an_argument():
    S = sparse.csr_array(dense)

    def product(W):
        A = S
        return np.exp(A @ W)

    graph = ca.trace(product, W)
    assert "np.exp(A @ W)" in graph.source()
    names: dict = {}
    exec(graph.source(), names)
    np.testing.assert_array_equal(names["product"](W, **graph.constants), np.exp(S @ W))


def multiply_by_entry(S, W):
    return S.multiply(W[:4, :1])


@pytest.mark.parametrize(
    "f", [multiply_by_entry, lambda S, W: S * W[0, 0], lambda S, W: W[:4, :1] + S], ids=["multiply", "scalar", "sum"]
)
def test_entrywise_operations_are_refused_not_frozen(f):
    S = sparse.csr_array(dense)
    with pytest.raises(TraceError):
        ca.grad(lambda W: f(S, W).sum())(W)


def test_products_of_plain_arrays_are_untouched():
    S = sparse.csr_matrix(dense)
    before = operator.matmul(S, W)

    def loss(V):
        np.testing.assert_allclose(S @ np.array(dense.T.tolist()), dense @ dense.T)
        return np.sum(S @ V)

    ca.grad(loss)(W)
    np.testing.assert_array_equal(S @ W, before)
