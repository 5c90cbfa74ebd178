"""Every primitive, from the registry: its value, its printed source, and its gradient at first and second order.

The reference for a gradient knows nothing of the rules: the complex step where the function is analytic (NumPy computes
it for complex numbers), else central differences with extrapolation. A primitive without a case here fails a test.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import hypothesis
import hypothesis.extra.numpy as arrays_of
import numpy as np
import pytest

import cutaway as ca
import cutaway.ops
from cutaway.errors import GradientNotWrittenError, GradientUndefinedError
from cutaway.graph import NOT_WRITTEN, UNDEFINED, ZERO, NoGradient, Primitive
from cutaway.ops.select import Slot
from cutaway.tracing import PRIMITIVES, bind

Rng = np.random.Generator


@dataclass
class Case:
    """Example arguments of a primitive; ``analytic`` if NumPy computes it for complex numbers too."""

    args: Callable[[Rng], tuple[Any, ...]]
    params: dict[str, Any] = field(default_factory=dict)
    analytic: bool = False


words = str.split


# Arguments --------------------------------------------------------------------------------------------------------


def real(*shape: int, low: float = -2.0, high: float = 2.0) -> Callable[[Rng], Any]:
    return lambda rng: rng.uniform(low, high, shape)


def apart(*shape: int) -> Callable[[Rng], Any]:
    """Numbers that are no integers and differ from each other: no kink, no jump, no tie is near."""
    size = int(np.prod(shape))
    return lambda rng: (rng.permutation(size) - size // 2 + rng.uniform(0.2, 0.4, size)).reshape(shape)


def whole(*shape: int, high: int = 5) -> Callable[[Rng], Any]:
    return lambda rng: rng.integers(0, high, shape)


def truth(*shape: int) -> Callable[[Rng], Any]:
    return lambda rng: rng.integers(0, 2, shape).astype(bool)


def one_hot(rows: int, columns: int) -> Callable[[Rng], Any]:
    return lambda rng: np.eye(columns, dtype=bool)[rng.integers(0, columns, rows)]


def definite(*shape: int) -> Callable[[Rng], Any]:
    """A well-conditioned symmetric matrix."""

    def make(rng: Rng) -> Any:
        a = rng.normal(size=shape)
        return a @ np.swapaxes(a, -1, -2) + 2 * np.eye(shape[-1])

    return make


def case(*makers: Any, analytic: bool = False, **params: Any) -> Case:
    return Case(lambda rng: tuple(m(rng) if callable(m) else m for m in makers), params, analytic)


def exact(*makers: Any, **params: Any) -> Case:
    return case(*makers, analytic=True, **params)


def pooled(first: Any) -> Case:
    """A case of ``(first, x, max_pool(x))``; what is largest does not change nearby, so x and y have no gradient."""
    how = {"axes": (2, 1), "size": (2, 2), "stride": (2, 2)}

    def make(rng: Rng) -> tuple[Any, ...]:
        x = rng.permutation(120).reshape(2, 4, 5, 3)
        return first(rng), x, PRIMITIVES["cutaway.ops.convolve.max_pool"].fn(x, **how)

    return Case(make, how, analytic=True)


A, B, V = real(3, 4), real(4), real(3, 1)
positive = real(3, 4, low=0.3, high=3.0)
inner = real(3, 4, low=-0.8, high=0.8)

CASES = MappingProxyType(
    {  # a proxy, since plain dicts are searched for arrays at every recording
        # one argument, analytic
        **{f"numpy.{n}": [exact(A)] for n in words("negative positive square exp exp2 expm1 sin cos sinh cosh tanh")},
        **{f"numpy.{n}": [exact(inner)] for n in words("tan arcsin arccos arctan arctanh arcsinh")},
        **{f"numpy.{n}": [exact(positive)] for n in words("sqrt reciprocal log log2 log10 log1p")},
        "numpy.arccosh": [exact(real(3, 4, low=1.2, high=4.0))],
        # one argument, real
        **{f"numpy.{n}": [case(A)] for n in words("degrees rad2deg radians deg2rad")},
        **{f"numpy.{n}": [case(apart(3, 4))] for n in words("cbrt absolute fabs sign floor ceil trunc rint round")},
        **{f"numpy.{n}": [case(apart(3, 4))] for n in words("signbit isnan isinf isfinite logical_not spacing i0")},
        # two arguments
        **{f"numpy.{n}": [exact(A, V), exact(A, 3.0)] for n in ["add", "subtract", "multiply"]},
        "numpy.divide": [exact(A, real(3, 1, low=0.5)), exact(2.0, positive)],
        "numpy.power": [exact(positive, V), exact(A, 3), exact(A, 2), exact(A, 0), exact(positive, 0.5), exact(2.0, A)],
        **{f"numpy.{n}": [case(A, V)] for n in words("logaddexp logaddexp2 arctan2 hypot")},
        **{f"numpy.{n}": [case(apart(3, 4), real(3, 1))] for n in words("maximum minimum fmax fmin copysign")},
        **{f"numpy.{n}": [case(apart(3, 4), real(3, 1, low=1.3, high=1.4))] for n in ["remainder", "fmod"]},
        **{f"numpy.{n}": [case(apart(3, 4), 1.7)] for n in ["floor_divide", "heaviside"]},
        "numpy.nextafter": [case(A, V)],
        "numpy.ldexp": [case(A, whole(3, 1))],
        "numpy.clip": [case(apart(3, 4), -1.0, 2.0), case(apart(3, 4), real(4, low=-2, high=-1), real(3, 1, low=1))],
        "numpy.where": [case(truth(3, 4), A, V), case(truth(3, 4), A, 0.0)],
        **{
            f"numpy.{n}": [case(apart(3, 4), real(3, 1))]
            for n in words("equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor")
        },
        **{
            f"numpy.{n}": [case(whole(3, 4), whole(3, 1))]
            for n in words("bitwise_and bitwise_or bitwise_xor left_shift right_shift gcd lcm")
        },
        **{f"numpy.{n}": [case(whole(3, 4))] for n in ["invert", "bitwise_count"]},
        # reductions
        **{
            f"numpy.{n}": [exact(A), exact(A, axis=0), exact(A, axis=1, keepdims=True)] for n in ["sum", "mean", "prod"]
        },
        **{
            f"numpy.{n}": [case(apart(3, 4)), case(apart(3, 4), axis=0), case(apart(3, 4), axis=1, keepdims=True)]
            for n in words("max min argmax argmin count_nonzero")
        },
        **{f"numpy.{n}": [case(truth(3, 4), axis=0)] for n in ["all", "any"]},
        **{f"numpy.{n}": [exact(A, axis=0), exact(A, axis=1)] for n in ["cumsum", "cumprod"]},
        # order
        "numpy.argsort": [case(apart(3, 4), axis=-1), case(apart(3, 4), axis=0, kind="stable")],
        "numpy.argpartition": [case(apart(3, 4), kth=1, axis=-1)],
        "numpy.searchsorted": [case(lambda rng: np.arange(5.0), A, side="right")],
        "numpy.digitize": [case(A, lambda rng: np.arange(-1.0, 1.0, 0.3))],
        # shapes
        "numpy.reshape": [exact(A, shape=(2, 6))],
        "numpy.transpose": [exact(A), exact(real(2, 3, 4), axes=(1, 2, 0))],
        "numpy.broadcast_to": [exact(V, shape=(2, 3, 4))],
        "numpy.copy": [exact(A)],
        "cutaway.ops.shape.astype": [case(A, dtype=np.dtype("float64"))],
        "cutaway.ops.shape.python_number": [case(real(1, 1)), case(lambda rng: np.float64(rng.normal()))],
        "cutaway.ops.join.concatenated": [exact(A, V, axis=1), exact(A, real(2, 4), axis=0)],
        # indexing
        "cutaway.ops.select.take_at": [
            exact(A, index=(slice(1, None), 2)),
            exact(A, lambda rng: np.array([0, 2, 2]), index=(Slot(0),)),
            exact(A, lambda rng: np.arange(12).reshape(3, 4) % 3 == 0, index=(Slot(0),)),
            exact(real(2, 3, 4), whole(5, high=2), whole(5, high=3), index=(Slot(0), Slot(1), None, ...)),
        ],
        "cutaway.ops.select.scatter": [
            exact(real(2), index=(slice(1, None), 2), shape=(3, 4)),
            exact(real(3, 4), lambda rng: np.array([0, 2, 2]), index=(Slot(0),), shape=(3, 4)),
        ],
        "cutaway.ops.select.put_at": [
            exact(A, real(2), index=(slice(1, None), 2)),
            exact(A, real(1, 1, 4), index=(1,)),
            exact(A, B, lambda rng: np.array([0, 2]), index=(Slot(0),)),
            exact(A, real(3, 4), lambda rng: np.array([0, 2, 2]), index=(Slot(0),)),
            exact(A, real(4), lambda rng: np.arange(12).reshape(3, 4) % 3 == 0, index=(Slot(0),)),
        ],
        "cutaway.ops.select.add_at": [exact(A, B, lambda rng: np.array([0, 2, 2]), index=(Slot(0),))],
        # linear algebra
        "numpy.matmul": [
            *(exact(real(*a), real(*b)) for a, b in [((3, 4), (4, 2)), ((3, 4), (4,)), ((4,), (4, 2)), ((4,), (4,))]),
            *(
                exact(real(*a), real(*b))
                for a, b in [((2, 3, 4), (4, 2)), ((4,), (2, 4, 3)), ((5, 1, 3, 4), (2, 4, 2))]
            ),
            exact(real(2, 3, 4), real(4)),
        ],
        "cutaway.ops.linear.contracted": [
            exact(real(3, 4), real(4, 2), subscripts="ij,jk->ik"),
            exact(real(3, 3), subscripts="ii->i"),
            exact(real(3, 4), real(4), real(3), subscripts="ij,j,i->"),
            exact(real(3, 4), subscripts="ij->"),
            exact(real(2, 3, 3), real(3), subscripts="aii,i->a"),
        ],
        "numpy.linalg.inv": [exact(definite(3, 3)), exact(definite(2, 3, 3))],
        "numpy.linalg.solve": [
            exact(definite(3, 3), real(3)),
            exact(definite(2, 3, 3), real(2, 3, 2)),
            exact(definite(2, 3, 3), real(3)),
        ],
        "numpy.linalg.det": [exact(definite(3, 3)), exact(definite(2, 3, 3))],
        "cutaway.ops.linalg.log_of_det": [case(definite(3, 3)), case(definite(2, 3, 3))],
        "cutaway.ops.linalg.sign_of_det": [case(definite(3, 3))],
        "numpy.linalg.cholesky": [case(definite(3, 3)), case(definite(2, 3, 3))],
        "numpy.linalg.norm": [case(A), case(A, axis=1), case(A, axis=(0, 1), keepdims=True)],
        # functions of networks
        "cutaway.ops.special.sigmoid": [exact(A)],
        "cutaway.ops.special.softplus": [case(A)],
        "cutaway.ops.special.cross_entropy_of_logits": [case(A, real(3, 4, low=0.1, high=0.9)), case(A, truth(3, 4))],
        "cutaway.ops.special.cross_entropy_of_scores": [case(A, one_hot(3, 4)), case(A, one_hot(3, 4), axis=1)],
        "cutaway.ops.special.erf": [exact(A)],
        "cutaway.ops.special.logsumexp": [case(A), case(A, axis=0), case(A, axis=1, keepdims=True)],
        "cutaway.ops.special.softmax": [case(A), case(A, axis=0)],
        "cutaway.ops.special.log_softmax": [case(A), case(A, axis=0)],
        # sparse matrices with recorded entries
        "cutaway.ops.sparse.csr_matmul": [
            exact(real(5), real(4, 2), lambda rng: np.array([0, 3, 3, 1, 0]), lambda rng: np.array([0, 2, 2, 5])),
            exact(real(2), real(2, 1), lambda rng: np.array([0, 0]), lambda rng: np.array([0, 1, 2])),
        ],
        "cutaway.ops.sparse.segment_softmax": [
            case(real(5, 2), lambda rng: np.array([0, 2, 2, 5])),
            case(real(4, 1), lambda rng: np.array([0, 4])),
        ],
        # sliding windows
        "cutaway.ops.convolve.patches": [
            exact(real(2, 5, 4, 3), axes=(2, 1), size=(3, 2), stride=(1, 2)),
            exact(real(7), axes=(0,), size=(3,), stride=(2,)),
        ],
        "cutaway.ops.convolve.fold": [
            exact(real(3, 2, 2, 2, 2, 3), axes=(2, 1), size=(3, 2), stride=(1, 2), shape=(2, 5, 4, 3)),
        ],
        "cutaway.ops.convolve.max_pool": [
            case(apart(2, 4, 5, 3), axes=(2, 1), size=(2, 2), stride=(2, 2)),
            case(apart(2, 4, 5, 3), axes=(2, 1), size=(2, 3), stride=(1, 1)),
        ],
        "cutaway.ops.convolve.unpool": [pooled(real(2, 2, 2, 3))],
        "cutaway.ops.convolve.pick": [pooled(real(2, 4, 5, 3))],
        "cutaway.ops.random.uniform": [case(7, 3, draw=1, shape=(2, 3))],
    }
)
SPARSE = "cutaway.ops.linear.sparse_matmul"  # its matrix is no array: tested in tests/tracing/test_sparse.py
each_case = pytest.mark.parametrize(
    ("name", "c"),
    [
        pytest.param(name, c, id=f"{name.removeprefix('numpy.')}-{i}")
        for name, cases in CASES.items()
        for i, c in enumerate(cases)
    ],
)


def test_every_primitive_has_a_case():
    assert set(PRIMITIVES) - {SPARSE} == set(CASES)


# The checker ------------------------------------------------------------------------------------------------------


def example(name: str, c: Case) -> tuple[tuple[Any, ...], list[int], Rng]:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    args = c.args(rng)
    return args, [i for i, a in enumerate(args) if np.result_type(a).kind == "f" and not isinstance(a, float)], rng


def weighted(prim: Primitive, params: dict[str, Any], weights: Any, call: Any = bind) -> Callable[..., Any]:
    """A number that depends on every entry of the result, and whose second derivative is that of the primitive."""
    return lambda *args: np.sum(weights * call(prim, *args, **params))


def plain(prim: Primitive, *args: Any, **params: Any) -> Any:
    return prim.fn(*args, **params)


def moved(args: tuple[Any, ...], wrt: list[int], vectors: list[Any], step: Any) -> tuple[Any, ...]:
    along = dict(zip(wrt, vectors, strict=True))
    return tuple(a + step * along[i] if i in along else a for i, a in enumerate(args))


def difference(f: Callable[[Any], Any], h: float = 1e-3) -> Any:
    """Derivative at 0 by central differences with one extrapolation: error of order h**4."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


def check_first_order(prim: Primitive, c: Case, args: tuple[Any, ...], wrt: list[int], rng: Rng) -> None:
    weights = rng.normal(size=np.shape(prim.fn(*args, **c.params)))
    vectors = [rng.normal(size=np.shape(args[i])) for i in wrt]
    numbers = weighted(prim, c.params, weights, plain)
    if c.analytic:
        expected = np.imag(numbers(*moved(args, wrt, vectors, 1e-30j))) / 1e-30
    else:
        expected = difference(lambda t: numbers(*moved(args, wrt, vectors, t)))
    grads = ca.grad(weighted(prim, c.params, weights), wrt=wrt)(*args)
    for i, g in zip(wrt, grads, strict=True):
        assert np.shape(g) == np.shape(args[i])
    found = sum(np.sum(g * v) for g, v in zip(grads, vectors, strict=True))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


def check_second_order(prim: Primitive, c: Case, args: tuple[Any, ...], wrt: list[int], rng: Rng) -> None:
    weights = rng.normal(size=np.shape(prim.fn(*args, **c.params)))
    vectors, others = ([rng.normal(size=np.shape(args[i])) for i in wrt] for _ in range(2))
    grad = ca.grad(weighted(prim, c.params, weights), wrt=wrt)

    def slope(*xs: Any) -> Any:
        return sum(np.sum(g * v) for g, v in zip(grad(*xs), vectors, strict=True))

    if not any(e.output.dtype.kind == "f" and e.inputs for e in ca.trace(slope, *args).eqns):
        return  # the gradient is a constant
    expected = difference(lambda t: slope(*moved(args, wrt, others, t)))

    def with_all(*xs: Any) -> Any:  # a slope that does not depend on an argument at all has no gradient to take
        return slope(*xs) + sum(np.sum(0.0 * xs[i]) for i in wrt)

    grads = ca.grad(with_all, wrt=wrt)(*args)
    found = sum(np.sum(g * v) for g, v in zip(grads, others, strict=True))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


def differentiable(prim: Primitive, wrt: list[int]) -> bool:
    return bool(wrt) and not any(prim.rule(i) in (UNDEFINED, NOT_WRITTEN) for i in wrt)


# The matrix -------------------------------------------------------------------------------------------------------


@each_case
def test_the_value_is_that_of_the_plain_call_and_one_equation(name, c):
    prim = PRIMITIVES[name]
    args, _, _ = example(name, c)
    inputs = tuple(np.asarray(a)[()] for a in args)
    graph = ca.trace(lambda *xs: bind(prim, *xs, **c.params), *inputs)
    assert [e.primitive for e in graph.eqns] == [prim]
    expected = prim.fn(*inputs, **c.params)
    (found,) = ca.run(graph, *inputs)
    assert np.result_type(found) == np.result_type(expected)
    np.testing.assert_array_equal(graph.outputs[0].value, expected)
    np.testing.assert_array_equal(found, expected)


numbers = np.random.default_rng(0).normal(size=1000)
ROUNDING = 0.0 if np.array_equal(numbers**2, np.power(numbers, 2)) else 1e-14  # older NumPy: ** is not np.power


@each_case
def test_the_printed_source_gives_the_same_bits(name, c):
    prim = PRIMITIVES[name]
    args, wrt, _ = example(name, c)
    graphs = [ca.trace(lambda *xs: bind(prim, *xs, **c.params), *args)]
    if differentiable(prim, wrt) and prim.vjp is not ZERO:
        from cutaway.interpreters.differentiate import gradient_graph

        graphs.append(gradient_graph(lambda *xs: np.sum(bind(prim, *xs, **c.params)), *args, wrt=wrt))
    for graph in graphs:
        graph.check()
        inputs = [v.value for v in graph.inputs]
        names: dict[str, Any] = {}
        exec(graph.source(), names)
        found = names[graph.source().split("def ")[1].split("(")[0]](*inputs, **graph.constants)
        expected = ca.run(graph, *inputs)
        for a, b in zip(found if len(expected) > 1 else (found,), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=ROUNDING, atol=ROUNDING)
            assert np.result_type(a) == np.result_type(b)


@each_case
def test_the_gradient_agrees_with_an_independent_reference(name, c):
    prim = PRIMITIVES[name]
    args, wrt, rng = example(name, c)
    if differentiable(prim, wrt) and np.result_type(prim.fn(*args, **c.params)).kind == "f":
        check_first_order(prim, c, args, wrt, rng)
    else:
        assert prim.vjp in (ZERO, UNDEFINED, NOT_WRITTEN) or not wrt, "an example without a gradient to test"


@each_case
def test_the_second_derivative_agrees_with_differences_of_the_first(name, c):
    prim = PRIMITIVES[name]
    args, wrt, rng = example(name, c)
    if differentiable(prim, wrt) and prim.vjp is not ZERO:
        check_second_order(prim, c, args, wrt, rng)


@each_case
def test_float32_gradients_are_float32_and_close_to_float64(name, c):
    prim = PRIMITIVES[name]
    args, wrt, _ = example(name, c)
    if not differentiable(prim, wrt) or prim.vjp is ZERO or "dtype" in c.params:
        return
    small = tuple(a.astype(np.float32) if i in wrt else a for i, a in enumerate(args))
    graph = ca.trace(lambda *xs: bind(prim, *xs, **c.params), *small)
    if name != "cutaway.ops.shape.python_number":
        assert np.result_type(graph.outputs[0].value) == np.float32
    again = tuple(a.astype(np.float64) if i in wrt else a for i, a in enumerate(small))
    grad = ca.grad(lambda *xs: np.sum(bind(prim, *xs, **c.params)), wrt=wrt)
    for found, expected in zip(grad(*small), grad(*again), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-4 * np.max(np.abs(expected), initial=1e-3))


BINARY = [
    n
    for n, cs in CASES.items()
    if PRIMITIVES[n].elementwise and len(example(n, cs[0])[0]) == 2 and example(n, cs[0])[1]
]


@pytest.mark.parametrize("name", [n for n in BINARY if not isinstance(PRIMITIVES[n].vjp, NoGradient)])
@hypothesis.settings(max_examples=6, derandomize=True, deadline=None)
@hypothesis.given(shapes=arrays_of.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
def test_gradients_of_broadcast_arguments_have_their_own_shapes(name, shapes):
    prim, c = PRIMITIVES[name], CASES[name][0]
    rng = np.random.default_rng(0)
    args = tuple(rng.uniform(0.5, 1.5, s) + 0.3 * i for i, s in enumerate(shapes.input_shapes))
    if name == "numpy.ldexp":
        args = (args[0], np.ones(np.shape(args[1]), int))
    wrt = [i for i, a in enumerate(args) if np.result_type(a).kind == "f"]
    if name in ("numpy.remainder", "numpy.fmod"):
        args = (args[0] * 0 + 1.3, args[1])  # away from the jumps
    assert np.shape(bind(prim, *args)) == shapes.result_shape
    check_first_order(prim, Case(lambda rng: args, c.params, c.analytic), args, wrt, rng)


# No gradient, for three reasons -----------------------------------------------------------------------------------


def test_zero_gradients_are_zeros():
    x = np.array([0.3, 1.7])
    np.testing.assert_array_equal(ca.grad(lambda x: np.sum(np.floor(x)))(x), [0.0, 0.0])
    np.testing.assert_array_equal(ca.grad(lambda x: np.sum(np.where(x > 1, 1.0, 0.0)))(x), [0.0, 0.0])


def test_an_undefined_gradient_is_an_error_that_names_the_operation_and_the_line():
    with pytest.raises(GradientUndefinedError, match=r"nextafter works on .* has no derivative .*test_rules\.py:\d+"):
        ca.grad(lambda x: np.sum(np.nextafter(x, 1.0)))(np.ones(2))


def test_a_gradient_that_is_not_written_is_an_error_of_its_own():
    with pytest.raises(GradientNotWrittenError, match=r"derivative of i0 is not written yet .*test_rules\.py:\d+"):
        ca.grad(lambda x: np.sum(np.i0(x)))(np.ones(2))


def test_the_three_reasons_are_kept_apart():
    reasons = {p.vjp.reason for p in PRIMITIVES.values() if isinstance(p.vjp, NoGradient)}
    assert reasons == {"zero", "undefined", "not written"}


# Awkward values ---------------------------------------------------------------------------------------------------

big = 1e300
AWKWARD = [
    ("abs at 0", lambda x: np.abs(x), [-1.0, 0.0, 1.0], [-1, 0, 1]),
    ("relu by maximum at 0", lambda x: np.maximum(x, 0), [-1.0, 0.0, 1.0], [0, 0, 1]),
    ("relu, number first", lambda x: np.maximum(0, x), [-1.0, 0.0, 1.0], [0, 0, 1]),
    ("ties between arrays", lambda x: np.maximum(x, np.zeros(3)), [-1.0, 0.0, 1.0], [0, 0.5, 1]),
    ("ties of minimum", lambda x: np.minimum(x, np.zeros(3)), [-1.0, 0.0, 1.0], [1, 0.5, 0]),
    ("clip at its bounds", lambda x: np.clip(x, -1, 1), [-1.5, -1.0, 1.0, 2.0], [0, 1, 1, 0]),
    ("clip below alone", lambda x: np.clip(x, 0, None), [-1.0, 0.0, 1.0], [0, 1, 1]),
    ("maximum of an axis shares ties", lambda x: np.max(x), [2.0, 2.0, 1.0], [0.5, 0.5, 0]),
    ("fmax passes NaN by", lambda x: np.fmax(x, np.nan), [1.0, 2.0], [1, 1]),
    ("square root at 0", lambda x: np.sqrt(x), [0.0, 4.0], [np.inf, 0.25]),
    ("power 0 at 0", lambda x: x**0, [0.0, 2.0], [0, 0]),
    ("power 1 at 0", lambda x: x**1, [0.0, 2.0], [1, 1]),
    ("power 2 of a negative", lambda x: x**2, [-3.0, 0.0], [-6, 0]),
    ("array power 0 at 0", lambda x: x ** np.zeros(2), [0.0, 2.0], [0, 0]),
    ("exponent at base 0", lambda x: np.zeros(2) ** x, [1.0, 2.0], [0, 0]),
    ("norm at 0", lambda x: np.linalg.norm(x), [0.0, 0.0], [0, 0]),
    ("hypot at 0", lambda x: np.hypot(x, 0.0), [0.0, 3.0], [0, 1]),
    ("product with one zero", lambda x: np.prod(x), [2.0, 0.0, 3.0], [0, 6, 0]),
    ("product with two zeros", lambda x: np.prod(x), [0.0, 0.0, 3.0], [0, 0, 0]),
    ("running product with a zero", lambda x: np.cumprod(x), [2.0, 0.0, 3.0], [1, 8, 0]),
    ("sigmoid far out", lambda x: ca_sigmoid(x), [-1000.0, 0.0, 1000.0], [0, 0.25, 0]),
    ("softplus far out", lambda x: ca_softplus(x), [-1000.0, 0.0, 1000.0], [0, 0.5, 1]),
    ("tanh far out", lambda x: np.tanh(x), [-big, 0.0, big], [0, 1, 0]),
    ("logaddexp far apart", lambda x: np.logaddexp(x, 0), [-1000.0, 1000.0], [0, 1]),
    ("divide by large", lambda x: 1 / x, [big, -big], [0, 0]),
    ("division where it is allowed", lambda x: np.divide(1, x, out=np.zeros(2), where=x != 0), [0.0, 2.0], [0, -0.25]),
    ("sinc at 0", lambda x: np.sinc(x), [0.0, 1.0], [0, -1]),
]


def ca_sigmoid(x: Any) -> Any:
    return cutaway.ops.special.sigmoid(x)


def ca_softplus(x: Any) -> Any:
    return cutaway.ops.special.softplus(x)


@pytest.mark.parametrize(("f", "x", "expected"), [pytest.param(*rest, id=name) for name, *rest in AWKWARD])
def test_awkward_values(f, x, expected):
    found = ca.grad(lambda x: np.sum(f(x)))(np.array(x))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("zeros", [0, 1, 2])
@pytest.mark.parametrize("f", [np.prod, lambda x: np.sum(np.cumprod(x))], ids=["prod", "cumprod"])
def test_second_derivatives_of_products_hold_at_zeros(f, zeros):
    x = np.array([2.0, 0.0, 3.0, 0.0])[: 4 - (2 - zeros)] if zeros else np.array([2.0, 1.0, 3.0])
    v = np.arange(1.0, 1 + x.size)
    found = ca.hessian_vector_product(f)(v, x)
    np.testing.assert_allclose(found, difference(lambda t: ca.grad(f)(x + t * v)), atol=1e-9)


# The checker is checked -------------------------------------------------------------------------------------------


def slightly_wrong(factor: float) -> Primitive:
    return Primitive("wrong", np.sin, [lambda g, y, a: g * np.cos(a) * factor], elementwise=True)


def frozen_slope() -> Primitive:
    """Right at first order; its own derivative is lost."""
    return Primitive("frozen", np.sin, [lambda g, y, a: g * np.cos(a.value)], elementwise=True)


@pytest.mark.parametrize("analytic", [True, False])
def test_the_checker_finds_a_rule_that_is_wrong_by_a_twentieth_of_a_percent(analytic):
    c = Case(lambda rng: (rng.normal(size=(3, 4)),), {}, analytic)
    args, wrt, rng = example("wrong", c)
    check_first_order(slightly_wrong(1.0), c, args, wrt, rng)
    with pytest.raises(AssertionError):
        check_first_order(slightly_wrong(1.0005), c, args, wrt, rng)
    check_second_order(slightly_wrong(1.0), c, args, wrt, rng)


def test_the_checker_finds_a_rule_whose_second_derivative_is_lost():
    c = Case(lambda rng: (rng.normal(size=(3, 4)),), {}, True)
    args, wrt, rng = example("frozen", c)
    check_first_order(frozen_slope(), c, args, wrt, rng)
    with pytest.raises(AssertionError):
        check_second_order(frozen_slope(), c, args, wrt, rng)
