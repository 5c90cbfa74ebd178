"""Each rewrite rule by itself, from its own text; where no rule may apply; and the shorter graph as a graph."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import TraceError
from cutaway.graph import Graph, Var
from cutaway.interpreters.differentiate import differentiate
from cutaway.interpreters.patterns import Rewrite
from cutaway.interpreters.rewriting import by_op, rewritten
from cutaway.interpreters.simplify import RULES, simplify
from cutaway.ops import special
from cutaway.ops.special import sigmoid, softmax
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
FUNCTIONS = {**vars(np), **vars(special)}
X = RNG.normal(size=(4, 3))
Y = RNG.uniform(0.5, 2, size=(4, 3))


def names(graph: Graph) -> list[str]:
    return [eqn.primitive.fn.__name__ for eqn in graph.eqns]


def outputs(graph: Graph, *args: Array) -> tuple[Any, ...]:
    with np.errstate(all="ignore"):
        return ca.run(graph, *args)


def with_gradients(graph: Graph) -> Graph:
    """The graph with the derivatives of the sum of its first output as further outputs."""
    recorder = Recorder.reopen(graph)
    (out, *_) = graph.outputs
    assert isinstance(out, Var)
    grads = differentiate(recorder, out, graph.inputs, np.ones(out.shape, out.dtype))
    return recorder.graph((out, *(as_atom(recorder, g) for g in grads)))


# Every rule -------------------------------------------------------------------------------------------------------


def example(rule: Rewrite, dtype: str) -> tuple[Graph, list[Array]]:
    """The text of a rule, recorded: its names stand for arrays, but for a few that are numbers."""
    code = compile(rule.text, rule.text, "eval")
    numbers = {"a": 3.0, "b": 0.7, "low": 0.2, "high": 0.9}
    samples_in_columns = ("axis=k)" in rule.text and "max" in rule.text) or "/ sum" in rule.text
    numbers["k"] = 0 if samples_in_columns and "keepdims" not in rule.text else 1
    yes = (X > 0).astype(dtype)

    def program(x: Any, y: Any, z: Any) -> Any:
        known = {"x": x, "y": y, "z": z, "c": y > 1, **numbers}
        if "w" in code.co_names:  # 1 - y, computed beforehand
            known |= {"y": yes, "w": 1 - yes}
        return eval(code, {}, ChainMap(known, FUNCTIONS))

    args = [Y.astype(dtype), Y[::-1].astype(dtype), X.astype(dtype)]
    return ca.trace(program, *args), args


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text)
def test_every_rule_keeps_values_and_derivatives(rule: Rewrite, dtype: str) -> None:
    graph, args = example(rule, dtype)
    alone = rewritten(graph, by_op([rule]))
    assert names(alone) != names(graph), "the rule does not apply to its own text"
    close = {"rtol": 1e-12, "atol": 1e-13} if dtype == "float64" else {"rtol": 2e-5, "atol": 1e-6}
    for other in (alone, simplify(graph)):
        other.check()
        found = outputs(with_gradients(other), *args)
        for before, after in zip(outputs(with_gradients(graph), *args), found, strict=True):
            assert (before.dtype, before.shape) == (after.dtype, after.shape)
            np.testing.assert_allclose(after, before, **close)


def test_no_rule_stands_twice() -> None:
    assert len({rule.pattern for rule in RULES}) == len(RULES)


# Where rules must not apply ---------------------------------------------------------------------------------------

SQUARE = RNG.normal(size=(3, 3))
EXTREME = np.array([[-800.0, -40.0, 0.0], [40.0, 800.0, 1e4], [-1e4, 1e-320, 3.0]])


def columns(z: Any, axis: int) -> Any:
    return np.exp(z) / np.sum(np.exp(z), axis=axis)


LOOK_ALIKE: dict[str, tuple[Callable[..., Any], set[str]]] = {
    "a softmax divided along the wrong axis": (lambda z: columns(z, 1), {"softmax"}),
    "a softmax of something else": (lambda z: np.exp(z) / np.sum(np.exp(2 * z), axis=1, keepdims=True), {"softmax"}),
    "a shift along another axis": (
        lambda z: softmax(z - np.max(z, axis=0, keepdims=True), axis=1),
        set(),
    ),
    "a shift along the wrong axis": (lambda z: softmax(z - np.max(z, axis=1), axis=0), set()),
    "a sum along another axis": (
        lambda z: z - np.log(np.sum(np.exp(z), axis=1)),
        {"log_softmax"},
    ),
    "not one": (lambda z: 1 / (1.5 + np.exp(-z)), {"sigmoid"}),
    "not one, either": (lambda z: np.log(2 + np.exp(z)), {"softplus"}),
    "an epsilon inside of the logarithm": (lambda z: np.log(sigmoid(z) + 1e-9), {"softplus"}),
    "limits that let everything pass": (lambda z: np.log(np.clip(sigmoid(z), 0.0, 1.0)), {"softplus"}),
    "limits that are negative": (lambda z: np.log(1 - np.clip(sigmoid(z), -1.0, 0.9)), {"softplus"}),
    "an upper limit above one": (lambda z: np.log(1 - np.clip(sigmoid(z), 1e-3, 1.5)), {"softplus"}),
    "limits in the wrong order": (lambda z: np.log(np.clip(sigmoid(z), 0.9, 0.1)), {"softplus"}),
    "a limit for each entry": (lambda z: np.log(np.clip(sigmoid(z), np.full(3, 0.1), 0.9)), {"softplus"}),
    "limits that depend on the data": (lambda z: np.log(np.clip(sigmoid(z), np.min(z) * 0 + 0.1, 0.9)), {"softplus"}),
    "weights that do not add up": (
        lambda z: np.array([0.3, 1.0, 0.0]) * np.log(sigmoid(z)) + np.array([0.3, 0.0, 1.0]) * np.log(1 - sigmoid(z)),
        {"cross_entropy_of_logits"},
    ),
    "two different logits": (
        lambda z: 0.3 * np.log(sigmoid(z)) + (1 - 0.3) * np.log(1 - sigmoid(2 * z)),
        {"cross_entropy_of_logits"},
    ),
    "a factor too large": (lambda z: (z * 1e200) * 1e200, {"square"}),
    "a factor too small": (lambda z: (np.square(z * 1e150) * 1e-200) * 1e-200, {"negative"}),
    "a choice that is broadcast": (lambda z: np.where(z > 0, z[0], z[0]), {"square"}),
    "a row that is broadcast": (lambda z: (z[0] - 0) / (1 + 0 * z), {"square"}),
    "numbers of more bits": (lambda z: np.float64(1) / (1 + np.exp(-z)), {"square"}),
    "division by zero": (lambda z: (z / 0.0) * 2.0, {"square"}),
    "a number of few bits": (lambda z: -(z * np.uint8(3)), {"square"}),
    "a truth value": (lambda z: -(z * np.True_), {"square"}),
    "two numbers of few bits": (lambda z: (z * np.float16(300)) * np.float16(300), {"square"}),
}


@pytest.mark.parametrize("program, absent", LOOK_ALIKE.values(), ids=LOOK_ALIKE)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_only_looks_alike_is_left_alone(program: Callable[..., Any], absent: set[str]) -> None:
    for z in (SQUARE, EXTREME, SQUARE.astype("float32")):
        graph = ca.trace(program, z)
        shorter = simplify(graph)
        assert not absent & set(names(shorter))
        for before, after in zip(outputs(graph, z), outputs(shorter, z), strict=True):
            assert before.dtype == after.dtype
            fine = np.isfinite(before)
            np.testing.assert_allclose(after[fine], before[fine], rtol=1e-6 if z.dtype == "float32" else 1e-13)


INTEGERS: dict[str, Callable[..., Any]] = {
    "a product that wraps around": lambda n: (n * 100) * 100,
    "a negative of an unsigned number": lambda n: -(n * 2),
    "a sum of negatives": lambda n: np.sum(-n),
    "a difference": lambda n: -(n - 2),
    "a power": lambda n: n**2,
    "a power of a real number": lambda n: n**2.0,
    "a root": lambda n: n**0.5,
    "a product with a real number": lambda n: n * -1.0,
    "a difference from a real number": lambda n: 0.0 - n,
    "a mean of negatives": lambda n: np.mean(-n),
    "a negative times a real number": lambda n: -n * 0.5,
    "a real number minus a negative": lambda n: 0.5 - -n,
    "a truth value as a number": lambda n: (n > 2) * 1,
    "a quotient": lambda n: (n / 4) * 2,
}


def numpy_allows(program: Callable[..., Any], dtype: str) -> bool:
    try:
        program(np.array([0, 1, 2, 100], dtype=dtype))
    except (TypeError, OverflowError):
        return False
    return True


INTEGER_CASES = [
    pytest.param(program, dtype, id=f"{name} of {dtype}")
    for name, program in INTEGERS.items()
    for dtype in ("uint8", "int8", "int64", "bool")
    if numpy_allows(program, dtype)
]


@pytest.mark.parametrize("program, dtype", INTEGER_CASES)
def test_integers_keep_their_arithmetic(program: Callable[..., Any], dtype: str) -> None:
    n = np.array([0, 1, 2, 100], dtype=dtype)
    graph = ca.trace(program, n)
    (before,), (after,) = outputs(graph, n), outputs(simplify(graph), n)
    assert before.dtype == after.dtype
    np.testing.assert_array_equal(after, before)


def test_ties_keep_their_slope() -> None:
    """Against a number the slope of a maximum at a tie is 0, against an array a half: a rewrite must not change it."""
    z = np.array([0.0, 1.0, -1.0])
    for program, expected in (
        (lambda z: np.maximum(z, 0), [0.0, 1.0, 0.0]),
        (lambda z: np.maximum(z, np.zeros(3)), [0.5, 1.0, 0.0]),
        (lambda z: np.minimum(np.zeros(3), z), [0.5, 0.0, 1.0]),
    ):
        _, slope = outputs(with_gradients(simplify(ca.trace(program, z))), z)
        assert slope.tolist() == expected


# The graph as a graph ---------------------------------------------------------------------------------------------


def test_equal_expressions_become_one() -> None:
    def program(x: Any) -> Any:
        return np.sin(x) + np.cos(np.sin(x)) + np.sum(x, axis=0) + np.sum(x, axis=1)[:3]

    graph = ca.trace(program, X)
    assert names(graph).count("sin") == 2
    shorter = names(simplify(graph))
    assert shorter.count("sin") == 1
    assert shorter.count("sum") == 2, "sums along different axes are different"


def test_numbers_of_different_types_are_different() -> None:
    x = np.ones(3, "float32")
    graph = ca.trace(lambda x: (x + 2, x + np.float64(2), x + np.float32(2)), x)
    assert [a.dtype.name for a in outputs(simplify(graph), x)] == ["float32", "float64", "float32"]


def test_draws_of_random_numbers_are_different() -> None:
    from cutaway.ops.random import uniform

    seed = np.array(3)
    graph = ca.trace(lambda seed: uniform(seed, 0, draw=1, shape=(4,)) - uniform(seed, 0, draw=2, shape=(4,)), seed)
    assert np.abs(outputs(simplify(graph), seed)[0]).min() > 0
    graph = ca.trace(lambda seed: uniform(seed, 0, draw=1, shape=(4,)) - uniform(seed, 0, draw=1, shape=(4,)), seed)
    assert names(simplify(graph)).count("uniform") == 1


def test_what_nobody_needs_goes() -> None:
    def program(x: Any) -> Any:
        np.linalg.inv(x @ x.T + np.eye(4))
        return x + 1

    assert names(simplify(ca.trace(program, X))) == ["add"]


def test_inputs_and_outputs_stay_in_place() -> None:
    graph = ca.trace(lambda x, unused, y: (y * 1, x, x + 0, 3.0, np.zeros(2)), X, X, Y)
    shorter = simplify(graph)
    assert shorter.inputs == graph.inputs
    assert shorter.eqns == ()
    found = outputs(shorter, X, X, Y)
    for got, expected in zip(found, (Y, X, X, 3.0, np.zeros(2)), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_views_and_copies_of_the_same_thing_go() -> None:
    def program(x: Any) -> Any:
        same = x.T.T.reshape(12).reshape(2, 6).reshape(4, 3).copy().astype("float64")
        return np.broadcast_to(same, (4, 3)) * np.transpose(x.T.reshape(3, 2, 2), (0, 2, 1)).reshape(3, 4).T

    shorter = simplify(ca.trace(program, X))
    assert names(shorter) == ["transpose", "reshape", "transpose", "reshape", "transpose", "multiply"]
    np.testing.assert_array_equal(outputs(shorter, X)[0], program(X))


def test_a_sum_over_a_single_entry_is_a_reshape() -> None:
    x = X[:, :1]
    graph = ca.trace(lambda x: np.sum(x, axis=1) + np.mean(x, axis=1) + np.max(x, axis=-1), x)
    assert not {"sum", "mean", "max"} & set(names(simplify(graph)))
    np.testing.assert_array_equal(outputs(simplify(graph), x)[0], 3 * x[:, 0])
    counted = ca.trace(lambda x: np.sum(x > 0, axis=1), x)
    assert outputs(simplify(counted), x)[0].dtype == np.int64


def test_uniform_constants_become_numbers_where_shape_and_dtype_allow() -> None:
    x = X.astype("float32")
    assert names(simplify(ca.trace(lambda x: x * np.ones((4, 3), "float32"), x))) == []
    wider = ca.trace(lambda x: x[:1] * np.ones((4, 3), "float32"), x)
    assert outputs(simplify(wider), x)[0].shape == (4, 3)
    finer = ca.trace(lambda x: x * np.ones((4, 3)), x)
    assert outputs(simplify(finer), x)[0].dtype == np.float64
    mixed = ca.trace(lambda x: x * np.array([1.0, 1.0, 2.0], "float32"), x)
    np.testing.assert_array_equal(outputs(simplify(mixed), x)[0], x * np.array([1, 1, 2], "float32"))


def test_peeks_stay() -> None:
    def program(x: Any) -> Any:
        total = np.sum(x * 1)
        if total > 0:  # nothing else needs the comparison
            return x + 1
        return x - 1

    graph = ca.trace(program, Y)
    shorter = simplify(graph)
    assert [p.kind for p in shorter.peeks] == [p.kind for p in graph.peeks] == ["branch"]
    assert [p.where for p in shorter.peeks] == [p.where for p in graph.peeks]
    np.testing.assert_array_equal(outputs(shorter, 2 * Y)[0], 2 * Y + 1)
    with pytest.raises(TraceError, match="if or while"):
        ca.run(shorter, -Y)


def test_names_and_lines_stay() -> None:
    def program(x: Any) -> Any:
        p = 1 / (1 + np.exp(-x))
        return p * 2

    (first, _) = simplify(ca.trace(program, X)).eqns
    assert (first.primitive.fn.__name__, first.output.name) == ("sigmoid", "p")
    assert first.where is not None and first.where.function == "program"


def test_a_recorded_network_is_not_changed_by_simplifying_it() -> None:
    graph = ca.trace(lambda z: np.log(1 / (1 + np.exp(-z))), X)
    before = graph.source()
    simplify(graph)
    assert graph.source() == before


# Common spellings -------------------------------------------------------------------------------------------------


def sigmoid_by_sign(z: Any) -> Any:
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


def shifted_softmax(z: Any) -> Any:
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


T = (Y > 1).astype(float)
SPELLINGS: dict[str, tuple[Callable[..., Any], list[str]]] = {
    "a sigmoid in two branches": (sigmoid_by_sign, ["sigmoid"]),
    "the logarithm of it": (lambda z: np.log(sigmoid_by_sign(z)), ["negative", "softplus", "negative"]),
    "a softmax with a shift": (shifted_softmax, ["softmax"]),
    "its logarithm": (lambda z: np.log(shifted_softmax(z)), ["log_softmax"]),
    "the logarithm of some of its entries": (
        lambda z: np.log(shifted_softmax(z)[np.arange(4), [0, 2, 1, 1]]),
        ["log_softmax", "take_at"],
    ),
    "a softmax in columns": (lambda z: np.exp(z) / np.exp(z).sum(axis=0), ["softmax"]),
    "a steep sigmoid": (lambda z: np.log(1 / (1 + np.exp(-3 * z))), ["multiply", "softplus", "negative"]),
    "a sigmoid of a difference": (lambda z: np.log(1 / (1 + np.exp(-(z - 1)))), ["subtract", "softplus", "negative"]),
    "cross-entropy": (
        lambda z: -np.mean(T * np.log(sigmoid(z)) + (1 - T) * np.log(1 - sigmoid(z))),
        ["cross_entropy_of_logits", "mean"],
    ),
    "cross-entropy with the minus inside": (
        lambda z: np.mean(-np.abs(z) * np.log(sigmoid(z)) - (1 - np.abs(z)) * np.log(1 - sigmoid(z))),
        ["absolute", "cross_entropy_of_logits", "mean"],
    ),
    "cross-entropy as a sum": (
        lambda z: -np.sum(np.log(sigmoid(z)) * T + np.log(1 - sigmoid(z)) * (1 - T)) / 4,
        ["cross_entropy_of_logits", "sum", "divide"],
    ),
    "cross-entropy from logits": (
        lambda z: np.mean(np.log(1 + np.exp(z)) - T * z),
        ["cross_entropy_of_logits", "mean"],
    ),
}


@pytest.mark.parametrize("program, expected", SPELLINGS.values(), ids=SPELLINGS)
def test_common_spellings_become_the_stable_form(program: Callable[..., Any], expected: list[str]) -> None:
    graph = simplify(ca.trace(program, X))
    assert names(graph) == expected
    np.testing.assert_allclose(outputs(graph, X)[0], program(X), rtol=1e-13)
    value, slope = outputs(simplify(with_gradients(graph)), 100 * X)
    assert np.isfinite(value).all() and np.isfinite(slope).all()
