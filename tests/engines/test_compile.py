"""``ca.compile``: the same results as the function itself, for any arguments, from plans that are made when needed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import DataError, TraceError, UsageError

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 2))
W = RNG.normal(size=(2, 3))


def layer(W: Any, x: Any) -> Any:
    return np.tanh(x @ W)


def counted(calls: list[int], fn: Any) -> Any:
    def count(*args: Any) -> Any:
        calls.append(1)
        return fn(*args)

    return count


def test_one_plan_for_each_shape_and_dtype() -> None:
    calls: list[int] = []
    f = ca.compile(counted(calls, layer))
    for _ in range(3):
        np.testing.assert_allclose(f(W, X), layer(W, X), rtol=1e-13)
    assert len(calls) == 1
    np.testing.assert_allclose(f(W, X[:2]), layer(W, X[:2]), rtol=1e-13)
    assert len(calls) == 2
    single = f(W.astype("float32"), X.astype("float32"))
    assert single.dtype == np.float32 and len(calls) == 3
    np.testing.assert_allclose(single, layer(W, X), rtol=1e-5)
    np.testing.assert_allclose(f(W * 2, X[:2] + 1), layer(W * 2, X[:2] + 1), rtol=1e-13)
    assert len(calls) == 3


def test_results_are_new_arrays() -> None:
    f = ca.compile(lambda x: (x, x * 2, x.T, np.arange(2.0), np.sum(x)))
    first = f(X)
    kept = [np.copy(a) for a in first]
    second = f(X + 1)
    for a in (*first, *second):
        if np.ndim(a):
            a[...] = 0  # may be written to
    third = f(X)
    for a, b in zip(third, kept, strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in ((a, b) for a in third[:4] for b in (*first, *second, X)):
        assert not np.may_share_memory(a, b)
    assert type(third[4]) is np.float64


def test_arguments_are_not_written_to() -> None:
    f = ca.compile(lambda x: np.exp(x, out=x * 1) + x.sum())
    before = X.copy()
    f(X)
    np.testing.assert_array_equal(X, before)


def test_arguments_may_have_any_layout() -> None:
    f = ca.compile(layer)
    for x in (np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2], X[::-1], np.ascontiguousarray(X.T).T):
        np.testing.assert_allclose(f(W, x), layer(W, x), rtol=1e-13)


class Pair(NamedTuple):
    left: Any
    right: Any


def test_nested_arguments_and_results() -> None:
    def f(p: Any, data: Any) -> Any:
        (x, [y]) = data
        return {"sum": x @ p["W"] + p["b"][0], "rest": [(y, None), Pair(x * 2, p["b"][1])]}

    p = {"W": W, "b": [np.ones(3), np.zeros(2)]}
    got = ca.compile(f)(p, (X, [X.T]))
    assert list(got) == ["sum", "rest"]
    np.testing.assert_allclose(got["sum"], X @ W + 1)
    (pair, named) = got["rest"]
    assert pair[1] is None and isinstance(pair, tuple) and isinstance(named, Pair)
    np.testing.assert_array_equal(named.left, 2 * X)


def test_arguments_of_another_structure_are_another_program() -> None:
    one, two = np.ones(1), np.full(1, 2.0)
    f = ca.compile(lambda p: p["a"] - p["b"])
    assert f({"a": one, "b": two}) == -1
    assert f({"b": one, "a": two}) == 1
    g = ca.compile(lambda p: p)
    assert isinstance(g((one, two)), tuple)
    assert isinstance(g([one, two]), list)
    h = ca.compile(lambda x, y: -x if y is None else y)
    assert (h(one, None), h(None, one)) == (-1, 1)


def test_numbers_and_words_are_a_part_of_the_program() -> None:
    calls: list[int] = []

    def f(x: Any, power: Any, how: str) -> Any:
        return getattr(np, how)(x**power)

    compiled = ca.compile(counted(calls, f))
    for power, how in ((2, "sum"), (3, "sum"), (2.0, "sum"), (2, "mean"), (2, "sum"), (3, "sum")):
        np.testing.assert_allclose(compiled(X, power, how), f(X, power, how), rtol=1e-13)
    assert len(calls) == 4


def test_numpy_numbers_are_data() -> None:
    calls: list[int] = []
    f = ca.compile(counted(calls, lambda x, lr: x * lr))
    for lr in (0.1, 0.2, 0.3):
        np.testing.assert_allclose(f(X, np.float64(lr)), X * lr)
    assert len(calls) == 1


def test_value_and_gradient() -> None:
    def loss(p: Any, x: Any, t: Any) -> Any:
        z = np.tanh(x @ p["W"] + p["b"]).sum(axis=1)
        return np.mean(np.log(1 + np.exp(z)) - t * z)

    p = {"W": W, "b": np.zeros(3)}
    f = ca.compile(ca.value_and_grad(loss))
    for scale in (1.0, 0.5, 2.0):
        p = {k: scale * v for k, v in p.items()}
        value, grads = f(p, X, X[:, 0])
        expected, expected_grads = ca.value_and_grad(loss)(p, X, X[:, 0])
        np.testing.assert_allclose(value, expected, rtol=1e-12)
        for k in p:
            np.testing.assert_allclose(grads[k], expected_grads[k], rtol=1e-10, atol=1e-15)


def test_second_derivatives() -> None:
    f = ca.compile(ca.grad(lambda x: np.sum(ca.grad(lambda y: np.sum(y**3))(x))))
    np.testing.assert_allclose(f(X), 6 * X, rtol=1e-12)


def test_a_descent_by_hand() -> None:
    """W -= lr * dW in the function is recorded; the new weights come back, the old ones stay."""

    def step(W: Any, x: Any) -> Any:
        dW = x.T @ (x @ W)
        W = W.copy()
        W -= 0.01 * dW
        return W

    f, fast, slow = ca.compile(step), W.copy(), W.copy()
    for _ in range(10):
        fast, slow = f(fast, X), step(slow, X)
    np.testing.assert_allclose(fast, slow, rtol=1e-12)


def test_a_branch_that_goes_another_way() -> None:
    def f(x: Any) -> Any:
        if x.sum() > 0:
            return np.sqrt(x)
        return -x

    compiled = ca.compile(f)
    np.testing.assert_array_equal(compiled(np.ones(2)), np.ones(2))
    np.testing.assert_array_equal(compiled(np.full(2, 4.0)), np.full(2, 2.0))
    with pytest.raises(TraceError, match="it would go another way for these inputs; received True when recorded"):
        compiled(-np.ones(2))
    np.testing.assert_array_equal(compiled(np.full(2, 4.0)), np.full(2, 2.0))


def test_truth_of_a_number() -> None:
    compiled = ca.compile(lambda x: x * 2 if x.sum() else x)
    np.testing.assert_array_equal(compiled(np.ones(2)), np.full(2, 2.0))
    np.testing.assert_array_equal(compiled(np.full(2, 3.0)), np.full(2, 6.0))  # another number, and true as well
    with pytest.raises(TraceError):
        compiled(np.zeros(2))


def test_printing_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        print(f"sum {x.sum():.1f}")
        return x * 2

    compiled = ca.compile(f)
    compiled(np.ones(2))
    compiled(np.zeros(2))
    assert capsys.readouterr().out == "sum 2.0\n"  # while it is recorded


def test_random_numbers_are_refused() -> None:
    def noisy(x: Any) -> Any:
        return x + np.random.normal(size=x.shape)

    with pytest.raises(TraceError, match="noisy drew random numbers while it was recorded"):
        ca.compile(noisy)(X)


def test_errors_of_the_function_pass_through() -> None:
    def f(x: Any) -> Any:
        raise DataError("This is no data")

    with pytest.raises(DataError, match="This is no data"):
        ca.compile(f)(X)
    with pytest.raises(np.linalg.LinAlgError):
        ca.compile(np.linalg.inv)(np.zeros((2, 2)))
    inverse = ca.compile(lambda x: np.linalg.inv(x))
    inverse(np.eye(2))
    with pytest.raises(np.linalg.LinAlgError):
        inverse(np.zeros((2, 2)))
    np.testing.assert_array_equal(inverse(np.eye(2)), np.eye(2))


def test_an_unknown_engine() -> None:
    with pytest.raises(UsageError, match="engine is not known; received 'nunpy'"):
        ca.compile(layer, engine="nunpy")  # type: ignore[arg-type]


def test_nothing_warns_where_plain_numpy_would() -> None:
    f = ca.compile(lambda x: np.log(x))
    f(np.ones(2))
    assert f(np.array([0.0, 1.0]))[0] == -np.inf


def test_it_keeps_the_name_and_the_words() -> None:
    f = ca.compile(layer)
    assert (f.__name__, f.__wrapped__) == ("layer", layer)
