"""Patterns are read as NumPy expressions, and match what such an expression records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.graph import Graph
from cutaway.interpreters.patterns import Binding, Pattern, name_of, parse

X = np.array([[0.5, 1.0, 2.0], [0.1, 0.2, 0.3]])


def matches(text: str, program: Any, *args: Any) -> list[Binding]:
    """Every way in which the last equation of a program is the pattern."""
    graph: Graph = ca.trace(program, *args)
    producers = {eqn.output: eqn for eqn in graph.eqns}
    return list(parse(text).match_eqn(graph.eqns[-1], producers, {}))


def test_an_expression_becomes_calls_names_and_numbers() -> None:
    z = Pattern(name="z")
    assert parse("log(1 + exp(-z))") == Pattern(
        "log", (Pattern("add", (Pattern(number=1.0), Pattern("exp", (Pattern("negative", (z,)),)))),)
    )
    assert parse("(z @ w) ** -1") == Pattern("power", (Pattern("matmul", (z, Pattern(name="w"))), Pattern(number=-1.0)))
    assert parse("sum(z, axis=k, keepdims=True)") == Pattern("sum", (z,), (("axis", "k"), ("keepdims", True)))


@pytest.mark.parametrize("text", ["z[0]", "z if z else z", "f.g(z)", "'z'"])
def test_what_is_no_pattern(text: str) -> None:
    with pytest.raises(ValueError, match="not a pattern"):
        parse(text)


def test_numpy_has_two_names_for_some_functions() -> None:
    assert name_of("abs") == "absolute"
    assert name_of("softplus") == "softplus"
    assert matches("abs(x)", np.abs, X)


def test_names_stand_for_anything() -> None:
    (found,) = matches("exp(z)", lambda x: np.exp(x @ x.T), X)
    assert found["z"].shape == (2, 2)
    (found,) = matches("x ** y", lambda x: x**3, X)
    assert found["y"] == 3


def test_a_name_stands_for_one_value() -> None:
    assert matches("x * x", lambda x: x * x, X)
    assert not matches("x * x", lambda x: x * (x + 1), X)
    assert not matches("x * x", lambda x, y: x * y, X, X)  # equal by chance alone
    assert matches("(x * a) * a", lambda x: x * 3.0 * 3.0, X)
    assert not matches("(x * a) * a", lambda x: x * 3.0 * 4.0, X)
    assert not matches("(x * a) * a", lambda x: x * 3.0 * 3, X)  # a float and an integer may promote otherwise


def test_numbers_stand_for_themselves() -> None:
    assert matches("1 + x", lambda x: 1 + x, X)
    assert matches("1 + x", lambda x: np.float64(1) + x, X)
    assert not matches("1 + x", lambda x: 2 + x, X)
    assert not matches("1 + x", lambda x: np.ones((2, 3)) + x, X)
    assert matches("x ** -1", lambda x: x**-1.0, X)


def test_sums_and_products_match_in_either_order() -> None:
    assert matches("1 + x", lambda x: x + 1, X)
    assert matches("1 - x", lambda x: 1 - x, X)
    assert not matches("1 - x", lambda x: x - 1, X)
    assert not matches("1 / x", lambda x: x / 1, X)


def test_every_order_is_tried() -> None:
    """The first order of the inner product fits by itself, but not with what stands outside."""
    assert len(matches("(x * y) + x", lambda a, b: b * a + a, X, X + 1)) == 1
    found = matches("(x * a) * b", lambda x: (2.0 * x) * 3.0, X)
    assert [(f["a"], f["b"]) for f in found if isinstance(f["a"], float) and isinstance(f["b"], float)] == [(2.0, 3.0)]


def test_parameters_must_agree_in_number_and_value() -> None:
    rows = "sum(x, axis=1, keepdims=True)"
    assert matches(rows, lambda x: np.sum(x, axis=1, keepdims=True), X)
    assert not matches(rows, lambda x: np.sum(x, axis=0, keepdims=True), X)
    assert not matches(rows, lambda x: np.sum(x, axis=1), X)
    assert not matches("sum(x)", lambda x: np.sum(x, axis=1), X)
    assert matches("sum(x)", lambda x: np.sum(x), X)
    (found,) = matches("sum(x, axis=k)", lambda x: np.sum(x, axis=(0, 1)), X)
    assert found["k"] == (0, 1)


def test_a_parameter_is_the_same_everywhere() -> None:
    text = "exp(x) / sum(exp(x), axis=k) - max(x, axis=k)"
    square = np.eye(3)
    assert matches(text, lambda x: np.exp(x) / np.exp(x).sum(axis=0) - x.max(axis=0), square)

    def program(x: Any, axis: int, other: int) -> Any:
        e = np.exp(x)
        return e / e.sum(axis=axis) - x.max(axis=other)

    assert matches(text, lambda x: program(x, 0, 0), square)
    assert not matches(text, lambda x: program(x, 0, 1), square)


def test_other_functions_and_inputs_do_not_match() -> None:
    assert not matches("log(x)", np.log1p, X)
    assert not matches("log(exp(x))", np.log, X)
    assert not matches("add(x, y)", lambda x: -x, X)
