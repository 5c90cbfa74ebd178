"""Graphs are plain records: what is legal, how they are named, and how they print as code that can be pasted back."""

from __future__ import annotations

from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import cutaway as ca
from cutaway.graph import ZERO, Eqn, Graph, Primitive, Var, Where, function_name, literal

SIN = Primitive("sin", np.sin)
ADD = Primitive("add", np.add, infix=("{0} + {1}", 11))


def run_source(graph: Graph, *inputs: Any) -> Any:
    names: dict[str, Any] = {}
    exec(graph.source(), names)
    return names[graph.source().split("def ")[1].split("(")[0]](*inputs, **graph.constants)


def small_graph() -> tuple[Graph, Var, Var, Var]:
    x, y, z = Var(np.float64(1.0), "x"), Var(np.float64(0.8), "y"), Var(np.float64(1.8))
    return Graph((x,), (Eqn(SIN, (x,), {}, y), Eqn(ADD, (y, 1.0), {}, z)), (z,)), x, y, z


# Legal graphs -----------------------------------------------------------------------------------------------------


def test_a_legal_graph_passes_its_check():
    small_graph()[0].check()


def test_a_value_must_be_defined_before_it_is_used():
    graph, *_ = small_graph()
    with pytest.raises(AssertionError, match=r"equation 0 \(add\) reads y: float64\[\] before it is defined"):
        Graph(graph.inputs, graph.eqns[::-1], graph.outputs).check()


def test_a_value_must_be_defined_once():
    graph, x, _, _ = small_graph()
    with pytest.raises(AssertionError, match=r"defines y: float64\[\] twice"):
        Graph(graph.inputs, (*graph.eqns, graph.eqns[0]), graph.outputs).check()
    with pytest.raises(AssertionError, match="an input is listed twice"):
        Graph((x, x), graph.eqns, graph.outputs).check()


def test_variables_that_no_equation_defines_are_constants():
    x, c, y = Var(np.ones(2), "x"), Var(np.arange(2.0), "c"), Var(np.ones(2))
    graph = Graph((x,), (Eqn(ADD, (x, c), {}, y),), (y, c))
    graph.check()
    assert list(graph.constants) == ["c"] and graph.uses() == {x: 1, c: 2, y: 1}
    np.testing.assert_array_equal(run_source(graph, x.value)[0], [1.0, 2.0])


def test_records_show_what_they_are():
    graph, x, _, _ = small_graph()
    assert repr(graph) == "<Graph f: 1 inputs, 2 equations>"
    assert repr(x) == "x: float64[]" and repr(Var(np.ones((2, 3), np.float32))) == "value: float32[2,3]"
    assert str(Where("net.py", 3, "loss")) == "net.py:3" and repr(SIN) == "Primitive(sin)"
    assert Var(2.0).dtype == np.float64 and Var(True).dtype == bool and Var(3).shape == ()


def test_one_rule_serves_all_further_arguments():
    prim = Primitive("many", max, [ZERO, lambda g, y, *args: g])
    assert prim.rule(0) is ZERO and prim.rule(1) is prim.rule(7)


# Names ------------------------------------------------------------------------------------------------------------


def test_names_are_identifiers_and_unique():
    names = ["x", "x", "self.W1", "p['W']", "lambda", "np", "2nd", None, None, "sin", "___", "slice"]
    variables = tuple(Var(np.float64(1.0), name) for name in names)
    graph = Graph(variables, (Eqn(SIN, (variables[0],), {}, Var(np.float64(0.8))),), variables)
    found = list(graph.names.values())[: len(names)]
    assert found == ["x", "x_2", "self_W1", "p_W", "_lambda", "np_2", "_2nd", "t", "t_2", "sin_2", "t_3", "slice_2"]
    assert len(set(graph.names.values())) == len(graph.names)
    run_source(graph, *(v.value for v in variables))


def test_functions_have_the_names_by_which_they_are_imported():
    special = pytest.importorskip("scipy.special")
    assert function_name(np.linalg.inv) == "numpy.linalg.inv" and function_name(np.exp) == "numpy.exp"
    assert function_name(special.expit) == "scipy.special.expit"
    assert function_name(np.strings.isalpha) == "numpy.strings.isalpha"


# Printing ---------------------------------------------------------------------------------------------------------


def test_a_graph_prints_as_the_program_reads():
    def loss(W, b):
        Z = np.ones((1, 2)) @ W + b
        return np.mean(np.tanh(Z) ** 2)

    graph = ca.trace(loss, np.ones((2, 3)), np.zeros(3))
    lines = str(graph).splitlines()
    assert lines[0] == "import numpy as np"
    assert lines[3] == "def loss(W, b, *, t):"
    assert lines[4].startswith("    Z = t @ W + b  # test_graph.py:")
    assert lines[5] == "    return np.mean(np.tanh(Z) ** 2)"


LITERALS = [
    *(3, -2.5, True, "text", None, (1,), (1, 2.0), [1, (2,)], slice(1, None, -1), float("inf"), -float("inf")),
    *(np.float32(0.1), np.int64(7), np.bool_(True), np.dtype("float32"), np.arange(3), np.ones((1, 2), np.float32)),
    np.float64("nan"),
]


@pytest.mark.parametrize("value", LITERALS, ids=repr)
def test_literals_are_source(value):
    again = eval(literal(value), {"np": np})
    assert type(again) is type(value)
    if isinstance(value, (np.ndarray, np.generic)):
        np.testing.assert_array_equal(again, value)
        assert again.dtype == value.dtype
    else:
        assert again == value


expressions = st.recursive(
    st.sampled_from(["a", "b", "2.0", "-3.0"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "@", "<", ">=", "%"]), inner).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
        inner.map(lambda t: f"-({t})"),
        inner.map(lambda t: f"np.abs({t})"),
        inner.map(lambda t: f"np.transpose(np.atleast_2d({t}))"),
    ),
    max_leaves=7,
)


@hypothesis.given(expressions)
@hypothesis.settings(max_examples=150, suppress_health_check=[hypothesis.HealthCheck.filter_too_much])
def test_brackets_stand_where_python_needs_them(text):
    f = eval(f"lambda a, b: 1.0 * ({text})", {"np": np})
    a, b = np.array([[1.5, 2.0], [0.5, -1.0]]), np.array([[0.7, -1.2], [2.0, 0.3]])
    with np.errstate(all="ignore"):
        try:
            expected = f(a, b)
            graph = ca.trace(f, a, b)
        except (TypeError, ValueError):
            hypothesis.reject()
        found = run_source(graph, a, b)
    np.testing.assert_allclose(found, expected, rtol=1e-15, equal_nan=True)


def test_long_expressions_get_lines_of_their_own():
    def loss(x):
        for _ in range(30):
            x = np.sin(x) + np.cos(x) * 1.2345678
        return np.sum(x)

    graph = ca.trace(loss, np.ones(3))
    assert max(map(len, graph.source().splitlines())) < 160
    np.testing.assert_allclose(run_source(graph, np.ones(3)), loss(np.ones(3)), rtol=1e-15)


def test_functions_of_the_project_are_imported_by_the_source():
    from cutaway.ops.special import sigmoid

    def write(x):
        y = sigmoid(x) * 1
        y[np.array([0, 2])] = 0.5
        return y

    source = ca.trace(write, np.ones(3)).source()
    assert "from cutaway.ops.special import sigmoid" in source
    assert "from cutaway.ops.select import Slot" in source and "from cutaway.ops.select import put_at" in source
    np.testing.assert_array_equal(run_source(ca.trace(write, np.ones(3)), np.zeros(3)), [0.5, 0.5, 0.5])
