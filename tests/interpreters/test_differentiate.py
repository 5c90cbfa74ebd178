"""Gradients as users ask for them: by position, name and key, nested, of higher order, and with errors that explain."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import DtypeError, ShapeError, TraceError, UsageError
from cutaway.interpreters.differentiate import gradient_graph

X = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.2]])
y = np.array([1.0, 0.0, 2.0])
W, b = np.array([0.3, -0.4]), np.float64(0.1)
FULL = 2 * X.T @ (X @ W + b - y) / 3
SUM = 2 * np.mean(X @ W + b - y)


def loss(W, b, X, y):
    return np.mean((X @ W + b - y) ** 2)


# What is differentiated -------------------------------------------------------------------------------------------


def test_the_first_argument_by_default():
    value, grad = ca.value_and_grad(loss)(W, b, X, y)
    assert value == loss(W, b, X, y)
    np.testing.assert_allclose(grad, FULL)
    assert type(grad) is np.ndarray


@pytest.mark.parametrize("wrt", [1, -3, "b"])
def test_one_argument_by_position_or_name(wrt):
    found = ca.grad(loss, wrt)(W, b, X, y)
    np.testing.assert_allclose(found, SUM)
    assert np.shape(found) == ()


@pytest.mark.parametrize("wrt", [(0, 1), ["W", "b"], ("W", 1)])
def test_several_arguments_give_a_tuple(wrt):
    found = ca.grad(loss, wrt)(W, b, X, y)
    assert type(found) is tuple
    np.testing.assert_allclose(found[0], FULL)
    np.testing.assert_allclose(found[1], SUM)


def test_arguments_passed_by_name():
    np.testing.assert_allclose(ca.grad(loss)(W, b, X=X, y=y), FULL)
    np.testing.assert_allclose(ca.grad(loss, wrt="b")(W, X=X, y=y, b=b), SUM)
    np.testing.assert_allclose(ca.grad(loss, wrt=("b", "W"))(X=X, y=y, b=b, W=W)[1], FULL)


def test_a_key_of_a_dict():
    def of_dict(p, X):
        return loss(p["W"], p["b"], X, y)

    p = {"W": W, "b": b}
    np.testing.assert_allclose(ca.grad(of_dict, "W")(p, X), FULL)
    everything = ca.grad(of_dict)(p, X)
    assert list(everything) == ["W", "b"]
    np.testing.assert_allclose(everything["b"], SUM)


Pair = namedtuple("Pair", "W b")


@pytest.mark.parametrize(
    ("nest", "take"),
    [
        (lambda W, b: [W, b], lambda p: p),
        (lambda W, b: (W, b), lambda p: p),
        (lambda W, b: Pair(W, b), lambda p: (p.W, p.b)),
        (lambda W, b: {"a": [{"W": W}, (b, None)]}, lambda p: (p["a"][0]["W"], p["a"][1][0])),
    ],
    ids=["list", "tuple", "named tuple", "nested"],
)
def test_gradients_have_the_structure_of_the_parameters(nest, take):
    p = nest(W, b)
    found = ca.grad(lambda p: loss(*take(p), X, y))(p)
    assert type(found) is type(p)
    np.testing.assert_allclose(take(found)[0], FULL)
    np.testing.assert_allclose(take(found)[1], SUM)


def test_python_numbers_are_parameters_too():
    assert ca.grad(lambda x: x**3)(2.0) == 12.0
    assert ca.grad(lambda x, n: x**n)(2.0, 3) == 12.0
    assert ca.grad(lambda n: 2.5 * n)(3) == 2.5


def test_a_parameter_that_is_not_used_has_a_gradient_of_zeros():
    found = ca.grad(lambda p: np.sum(p["used"] ** 2))({"used": W, "unused": np.ones((2, 2), np.float32)})
    np.testing.assert_array_equal(found["unused"], np.zeros((2, 2)))
    assert found["unused"].dtype == np.float32


def test_gradients_keep_shape_and_dtype():
    for x in (np.ones((1, 1)), np.ones(1, np.float32), np.float32(1.0), np.ones((2, 0)), np.ones((2, 3))[:, ::2]):
        found = ca.grad(lambda x: np.sum(x * np.float64(2)))(x)
        assert np.shape(found) == np.shape(x) and found.dtype == x.dtype


def test_results_of_one_entry_count_as_numbers():
    assert ca.grad(lambda x: x[:1] * 3)(np.ones(2)).tolist() == [3.0, 0.0]
    assert ca.grad(lambda x: (x @ x).reshape(1, 1))(np.ones(2)).tolist() == [2.0, 2.0]


def test_the_gradient_arrays_belong_to_the_caller():
    g = ca.grad(lambda x: np.sum(x))(np.ones(3))
    g += 1
    np.testing.assert_array_equal(g, 2 * np.ones(3))


# Higher order -----------------------------------------------------------------------------------------------------


def test_gradients_of_gradients():
    f = lambda x: np.sum(np.sin(x) * x**2)  # noqa: E731
    x = np.array([0.3, -1.1])
    second = ca.grad(lambda x: np.sum(ca.grad(f)(x)))(x)
    np.testing.assert_allclose(second, -np.sin(x) * x**2 + 4 * x * np.cos(x) + 2 * np.sin(x))
    assert ca.grad(ca.grad(ca.grad(lambda x: x**4)))(2.0) == 48.0


def test_an_inner_gradient_step_is_differentiated():
    def outer(theta):
        inner = theta - 0.1 * ca.grad(lambda t: np.mean((X @ t - y) ** 2))(theta)
        value, slopes = ca.value_and_grad(lambda t: np.sum(t**2))(inner)
        return value + np.sum(slopes * theta)

    h, found = 1e-6, ca.grad(outer)(W)
    for i, e in enumerate(np.eye(2)):
        np.testing.assert_allclose(found[i], (outer(W + h * e) - outer(W - h * e)) / (2 * h), rtol=1e-7)


def test_an_inner_gradient_by_a_plain_number_still_sees_the_outer_variable():
    assert ca.grad(lambda w: ca.grad(lambda t: t**2 * w)(3.0))(5.0) == 6.0


def test_jacobian():
    found = ca.jacobian(lambda W, X: np.tanh(X @ W))(W, X)
    np.testing.assert_allclose(found, (1 - np.tanh(X @ W) ** 2)[:, None] * X)
    nested = ca.jacobian(lambda p: np.outer(p["a"], p["b"]))({"a": W, "b": y})
    assert nested["a"].shape == (2, 3, 2) and nested["b"].shape == (2, 3, 3)
    np.testing.assert_array_equal(ca.jacobian(lambda x: x * 2)(np.float64(3.0)), 2.0)


def test_the_jacobian_of_a_gradient_is_the_hessian():
    f = lambda x: np.sum(x[0] ** 2 * x[1] + np.exp(x[1]))  # noqa: E731
    np.testing.assert_allclose(ca.jacobian(ca.grad(f))(np.array([2.0, 3.0])), [[6, 4], [4, np.exp(3)]])


def test_a_jacobian_can_be_differentiated():
    f = lambda x: x**3  # noqa: E731
    found = ca.grad(lambda x: np.sum(ca.jacobian(f)(x) ** 2))(np.array([1.0, 2.0]))
    np.testing.assert_allclose(found, 2 * 3 * np.array([1.0, 4.0]) * 6 * np.array([1.0, 2.0]))


def test_hessian_vector_product():
    f = lambda x: np.sum(x[0] ** 2 * x[1] + np.exp(x[1]))  # noqa: E731
    hessian = np.array([[6, 4], [4, np.exp(3)]])
    for v in np.eye(2):
        np.testing.assert_allclose(ca.hessian_vector_product(f)(v, np.array([2.0, 3.0])), hessian @ v)


def test_hessian_vector_products_keep_structure_and_choice():
    def f(scale, p):
        return scale * np.sum(p["a"] ** 2 * p["b"])

    p, v = {"a": W, "b": np.array([1.0, 2.0])}, {"a": np.array([1.0, 0.0]), "b": np.array([0.0, 1.0])}
    found = ca.hessian_vector_product(f, "p")(v, 2.0, p)
    np.testing.assert_allclose(found["a"], 4 * p["b"] * v["a"] + 4 * p["a"] * v["b"])
    np.testing.assert_allclose(found["b"], 4 * p["a"] * v["a"])
    with pytest.raises(ShapeError, match="structure and shapes of the argument"):
        ca.hessian_vector_product(f, "p")(W, 2.0, p)


def test_the_hessian_of_a_linear_function_is_zero():
    np.testing.assert_array_equal(ca.hessian_vector_product(lambda x: np.sum(3 * x))(W, W), [0, 0])


# The gradient's graph ---------------------------------------------------------------------------------------------


def test_the_graph_gives_value_and_gradients_on_other_data():
    graph = gradient_graph(loss, W, b, X, y, wrt=("W", "b"))
    graph.check()
    value, dW, db = ca.run(graph, 2 * W, b, X, y)
    assert value == loss(2 * W, b, X, y) and graph.name == "value_and_grad_of_loss"
    expected = ca.grad(loss, ("W", "b"))(2 * W, b, X, y)
    np.testing.assert_array_equal(dW, expected[0])
    np.testing.assert_array_equal(db, expected[1])


def test_only_what_leads_to_the_parameters_is_differentiated():
    graph = gradient_graph(lambda W, X: np.sum(np.tanh(np.sinh(X) @ W)), W, X)
    assert "cosh" not in [e.primitive.name for e in graph.eqns]


# Errors -----------------------------------------------------------------------------------------------------------


def test_integer_parameters_are_explained():
    message = r"W is an array of integers \(int64\): an update like W -= lr \* dW .* W\.astype\(float\), or write 0\.0"
    with pytest.raises(DtypeError, match=message):
        ca.grad(loss)(np.array([1, 2]), b, X, y)
    with pytest.raises(DtypeError, match=r"p\[layers_0_W\] is an array of integers"):
        ca.grad(lambda p: np.sum(p["layers"][0]["W"]))({"layers": [{"W": np.arange(3)}]})
    with pytest.raises(DtypeError, match=r"must be an array of real numbers; received complex128"):
        ca.grad(lambda z: np.sum(z))(np.ones(2, complex))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: ca.grad(loss, "V")(W, b, X, y),
            UsageError,
            "wrt is not known; received 'V'.*Choose one of: W, X, b, y",
        ),
        (lambda: ca.grad(loss, 7)(W, b, X, y), UsageError, "wrt=7 names no argument; received 4 arguments"),
        (lambda: ca.grad(lambda p: 1.0)({}), UsageError, "p holds no array to differentiate by"),
        (lambda: ca.grad(lambda x: x * 2)(W), ShapeError, r"array of shape \(2,\).*use ca\.jacobian"),
        (lambda: ca.grad(lambda x: (x.sum(), x))(W), ShapeError, "must return one array .*received 2 values"),
        (lambda: ca.grad(lambda x: None)(W), ShapeError, "received 0 values"),
        (lambda: ca.grad(lambda x: np.sum(X))(W), TraceError, "does not depend on its arguments"),
        (lambda: ca.grad(lambda x: "text")(W), TraceError, "received str"),
        (lambda: ca.jacobian(lambda x: [x, x])(W), ShapeError, "must return one array"),
    ],
)
def test_mistakes(call, error, message):
    with pytest.raises(error, match=message):
        call()
