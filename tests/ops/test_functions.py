"""Every NumPy function that is recorded through others: its value, and its gradient against differences.

The tables hold one small program for each; a function that is handled and has no program here fails a test.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.tracing import CONSTANTS, HANDLERS, PRIMITIVES

x = np.array([[0.31, -1.42, 2.53, 0.74], [-0.85, 1.66, -2.17, 1.98], [0.49, -0.11, 1.23, -1.36]])
v = np.array([0.9, -0.4, 1.7, 0.2, -1.3])
square = np.array([[4.0, 1.0, 0.5], [0.8, 3.0, -0.6], [0.3, 0.2, 5.0]])
i = np.array([2, 0, 1])
mask = np.array([[True, False, True, True], [False, True, False, True], [True, True, False, False]])
old = np.lib.NumpyVersion(np.__version__) < "2.1.0"  # functions that came with NumPy 2.1 and 2.2
words = str.split
window = np.lib.stride_tricks.sliding_window_view


def holes(x: Any) -> Any:
    return np.where(mask, x, np.nan)


def without_nan(name: str) -> Callable[[Any], Any]:
    return lambda x: getattr(np, f"nan{name}")(holes(x), axis=1)


def write(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A program around a function that writes into its argument."""

    def program(a: Any) -> Any:
        a = a.copy()
        f(a)
        return a

    return program


ELEMENTWISE = {
    "real": lambda x: np.real(x) * 2,
    "conjugate": lambda x: np.conjugate(x) * 2,
    "real_if_close": lambda x: np.real_if_close(x) * 2,
    "imag": lambda x: np.imag(x) + x,
    "angle": lambda x: np.angle(x) + np.angle(x, deg=True) + x,
    "float_power": lambda x: np.float_power(np.abs(x), 1.5),
    "divmod": lambda x: np.divmod(x, 0.77)[0] + np.divmod(x, 0.77)[1],
    "modf": lambda x: np.modf(x)[0] + 2 * np.modf(x)[1],
    "sinc": lambda x: np.sinc(x),
    "around": lambda x: np.around(1.03 * x, 1) + x,
    "round": lambda x: np.round(1.03 * x, 1) + x,
    "fix": lambda x: np.fix(x) + x,
    "nan_to_num": lambda x: np.nan_to_num(np.where(mask, x, np.nan)),
    "isposinf": lambda x: np.isposinf(x) + x,
    "isneginf": lambda x: np.isneginf(x) + x,
    "isclose": lambda x: np.isclose(x, x[0], equal_nan=True) + x,
    "allclose": lambda x: np.allclose(x, x) + x,
    "array_equal": lambda x: np.array_equal(x, x) + np.array_equal(x, x[0]) + x,
    "array_equiv": lambda x: np.array_equiv(x, x[:1]) + np.array_equiv(x, x[0, :3]) + x,
    "isin": lambda x: np.isin(x, [x[0, 0], 9.0]) + x,
    "bitwise_count": lambda x: np.bitwise_count((x > 0).astype(int)) + x,
    "lib.scimath.sqrt": lambda x: np.emath.sqrt(np.abs(x)),
    "lib.scimath.log": lambda x: np.emath.log(np.abs(x)),
    "lib.scimath.log2": lambda x: np.emath.log2(np.abs(x)),
    "lib.scimath.log10": lambda x: np.emath.log10(np.abs(x)),
    "lib.scimath.logn": lambda x: np.emath.logn(3, np.abs(x)),
    "lib.scimath.power": lambda x: np.emath.power(np.abs(x), 1.5),
    "lib.scimath.arcsin": lambda x: np.emath.arcsin(x / 3),
    "lib.scimath.arccos": lambda x: np.emath.arccos(x / 3),
    "lib.scimath.arctanh": lambda x: np.emath.arctanh(x / 3),
}
SHAPES = {
    "reshape": lambda x: np.reshape(x, (2, -1)) * np.reshape(x, (2, 6), order="F"),
    "transpose": lambda x: np.transpose(x) @ x,
    "permute_dims": lambda x: np.transpose(x[None], (1, 2, 0)),
    "ravel": lambda x: np.ravel(x) * np.ravel(x, order="F"),
    "matrix_transpose": lambda x: np.matrix_transpose(x),
    "linalg.matrix_transpose": lambda x: np.linalg.matrix_transpose(x),
    "swapaxes": lambda x: np.swapaxes(x[None], 0, 2),
    "moveaxis": lambda x: np.moveaxis(x[None], [0, 1], [-1, 0]),
    "rollaxis": lambda x: np.rollaxis(x[None], 2),
    "expand_dims": lambda x: np.expand_dims(x, (0, 2)),
    "squeeze": lambda x: np.squeeze(x[None, :, None], 0),
    "atleast_1d": lambda x: np.atleast_1d(x[0, 0]),
    "atleast_2d": lambda x: np.atleast_2d(x[0]),
    "atleast_3d": lambda x: np.atleast_3d(x),
    "broadcast_arrays": lambda x: np.broadcast_arrays(x, x[0])[1] * x,
    "meshgrid": lambda x: np.meshgrid(x[0], x[:, 0])[0] * np.meshgrid(x[0], x[:, 0], sparse=True)[1],
    "stack": lambda x: np.stack([x, x**2], axis=1),
    "vstack": lambda x: np.vstack([x, x[0]]),
    "hstack": lambda x: np.hstack([x, x**2]),
    "dstack": lambda x: np.dstack([x, x**2]),
    "column_stack": lambda x: np.column_stack([x, x[:, 0]]),
    "append": lambda x: np.append(np.append(x, x[:1], axis=0), 3.0),
    "block": lambda x: np.block([[x, x[:, :1]], [x[:2] ** 2, np.ones((2, 1))]]),
    "split": lambda x: np.split(x, [1, 3], axis=1)[1] * 2,
    "array_split": lambda x: np.array_split(x, 3, axis=1)[0] * 2,
    "vsplit": lambda x: np.vsplit(x, 3)[1] * 2,
    "hsplit": lambda x: np.hsplit(x, 2)[1] * 2,
    "dsplit": lambda x: np.dsplit(x[None], 2)[1] * 2,
    "unstack": lambda x: x[1] if old else np.unstack(x)[1],
    "astype": lambda x: np.float32(1) * x if old else np.astype(x, np.float64) * x,
    "concatenate": lambda x: np.concatenate([x, x[:1]], axis=None),
}
CHOICE = {
    "nonzero": lambda x: x[np.nonzero(x > 0)],
    "flatnonzero": lambda x: x.ravel()[np.flatnonzero(x > 0)],
    "argwhere": lambda x: x[tuple(np.argwhere(x > 0).T)],
    "select": lambda x: np.select([x > 1, x > 0], [x**2, -x], 0.5),
    "piecewise": lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda z: -z, lambda z: z**2]),
    "choose": lambda x: np.choose((x > 0).astype(int), [x, x**2]),
    "compress": lambda x: np.compress([True, False, True], x, axis=0) * x.compress([True, False, True], axis=0),
    "extract": lambda x: np.extract(x > 0, x),
    "take": lambda x: np.take(x, [0, 2, 2], axis=1) * np.take(x, [0, 5, -7], axis=1, mode="wrap"),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(x, axis=0), axis=0),
    "unravel_index": lambda x: x[np.unravel_index(np.argmax(x), x.shape)] ** 2,
    "ravel_multi_index": lambda x: x.ravel()[np.ravel_multi_index((i, i), x.shape)],
    "ix_": lambda x: x[np.ix_([0, 2], np.argsort(x[0])[:2])],
    "repeat": lambda x: np.repeat(x, [1, 0, 2], axis=0),
    "tile": lambda x: np.tile(x, (2, 1, 2)),
    "resize": lambda x: np.resize(x, (4, 5)),
    "roll": lambda x: np.roll(x, 5) + np.roll(x, (1, -1), axis=(0, 1)),
    "fft.fftshift": lambda x: np.fft.fftshift(x),
    "fft.ifftshift": lambda x: np.fft.ifftshift(x, axes=1),
    "flip": lambda x: np.flip(x) * np.flip(x, 0),
    "flipud": lambda x: np.flipud(x) * x,
    "fliplr": lambda x: np.fliplr(x) * x,
    "rot90": lambda x: np.rot90(x, 3) @ x,
    "delete": lambda x: np.delete(x, [0, 2], axis=1),
    "insert": lambda x: np.insert(np.insert(x, 1, x[0] ** 2, axis=0), [0, 2, 2], x[0, :3], axis=1),
    "pad": lambda x: np.pad(np.pad(x, ((1, 0), (2, 1)), constant_values=3.0), 1, mode="reflect"),
    "sort": lambda x: np.sort(x, axis=0) * np.sort(x),
    "partition": lambda x: np.partition(x, 1, axis=1)[:, 1],
    "argpartition": lambda x: x.ravel()[np.argpartition(x, 1, axis=1)[:, 1]],
    "lexsort": lambda x: x[0][np.lexsort((x[1], x[0]))] + np.arange(4) * x[1],
    "tril": lambda x: np.tril(x, 1),
    "triu": lambda x: np.triu(x),
    "diagonal": lambda x: np.diagonal(np.stack([x, x**2]), 1, 0, 2),
    "diag": lambda x: np.diag(np.diag(x), -1),
    "diagflat": lambda x: np.diagflat(x),
    "bincount": lambda x: np.bincount(i, weights=x[:, 0], minlength=5) ** 2,
}
REDUCTIONS = {
    "mean": lambda x: np.mean(x, axis=0, where=mask) + np.mean(x),
    "sum": lambda x: np.sum(x, axis=0, where=mask, initial=2.0),
    "max": lambda x: np.max(x, axis=1, keepdims=True) - x,
    "amax": lambda x: np.amax(x, axis=1, initial=1.0),
    "min": lambda x: np.min(x, axis=1),
    "amin": lambda x: np.amin(x, axis=(0, 1)),
    "var": lambda x: np.var(x, axis=0, ddof=1) + np.var(x, where=mask),
    "std": lambda x: np.std(x, axis=0, keepdims=True) + np.std(x, ddof=1, where=mask),
    "average": lambda x: np.average(x, axis=0, weights=x[:, 0] ** 2) + np.average(x),
    "ptp": lambda x: np.ptp(x, axis=0),
    "cov": lambda x: np.cov(x) + np.cov(x, rowvar=True, bias=True),
    "corrcoef": lambda x: np.corrcoef(x),
    "cumulative_sum": lambda x: x if old else np.cumulative_sum(x, axis=1, include_initial=True),
    "cumulative_prod": lambda x: x if old else np.cumulative_prod(x, axis=1, include_initial=True),
    "quantile": lambda x: np.quantile(x, [0.1, 0.6], axis=0) + np.quantile(x, 0.3, method="midpoint"),
    "percentile": lambda x: np.percentile(x, 37, axis=(0, 1), keepdims=True),
    "median": lambda x: np.median(x, axis=1) + np.median(x),
    "nanquantile": lambda x: np.nanquantile(holes(x), 0.3, axis=1),
    "nanpercentile": lambda x: np.nanpercentile(holes(x), [20, 70], axis=1, method="lower"),
    "nanmedian": lambda x: np.nanmedian(holes(x), axis=1, keepdims=True),
    **{f"nan{name}": without_nan(name) for name in words("sum prod max min cumsum cumprod mean var std")},
    "nanargmax": lambda x: x[np.arange(3), np.nanargmax(holes(x), axis=1)],
    "nanargmin": lambda x: x[np.arange(3), np.nanargmin(holes(x), axis=1)],
}
LINEAR = {
    "dot": lambda x: np.dot(x, x.T) + np.dot(2.0, x[:, :3]) + np.dot(x[0], x[1]),
    "vdot": lambda x: np.vdot(x, x**2),
    "inner": lambda x: np.inner(x, x**2),
    "outer": lambda x: np.outer(x[0], x[1] ** 2),
    "vecdot": lambda x: np.vecdot(x, x**2),
    "matvec": lambda x: x @ x[0] if old else np.matvec(x, x[0]),
    "vecmat": lambda x: x[0] @ x.T if old else np.vecmat(x[0], x.T),
    "tensordot": lambda x: np.tensordot(x, x**2, axes=([1], [1])) + np.tensordot(x, x.T, 1),
    "kron": lambda x: np.kron(x[:2], x[0]),
    "cross": lambda x: np.cross(x[:, :3], x[0, 1:]),
    "einsum": lambda x: np.einsum("...i,ji->...j", x, x**2) + np.einsum(x, [0, 1], x, [2, 1], [0, 2]),
    "trace": lambda x: np.trace(x, 1),
    "linalg.matmul": lambda x: np.linalg.matmul(x, x.T),
    "linalg.outer": lambda x: np.linalg.outer(x[0], x[1] ** 2),
    "linalg.vecdot": lambda x: np.linalg.vecdot(x, x**2),
    "linalg.tensordot": lambda x: np.linalg.tensordot(x, x.T, axes=1),
    "linalg.cross": lambda x: np.linalg.cross(x[:, :3], x[:, 1:] ** 2),
    "linalg.diagonal": lambda x: np.linalg.diagonal(np.stack([x, x**2]), offset=1),
    "linalg.trace": lambda x: np.linalg.trace(np.stack([x, x**2]), offset=1),
    "linalg.slogdet": lambda x: np.linalg.slogdet(x @ x.T).logabsdet + np.linalg.slogdet(x @ x.T)[0],
    "linalg.cholesky": lambda x: (
        np.linalg.cholesky(x @ x.T) + np.linalg.cholesky(x @ x.T, upper=True)
        if np.lib.NumpyVersion(np.__version__) >= "2.0.0"
        else x
    ),
    "linalg.matrix_power": lambda x: (
        np.linalg.matrix_power(square + x[:, :3] / 9, 3)
        + np.linalg.matrix_power(square + x[:, :3] / 9, -1)
        + np.linalg.matrix_power(x[:, :3], 0)
    ),
    "linalg.multi_dot": lambda x: np.linalg.multi_dot([x, x.T, x]),
    "linalg.tensorinv": lambda x: np.linalg.tensorinv((square + x[:, :3] / 9).reshape(3, 3, 1), ind=1),
    "linalg.tensorsolve": lambda x: np.linalg.tensorsolve((square + x[:, :3] / 9).reshape(3, 3, 1), x[:, 0]),
    "linalg.vector_norm": lambda x: sum(np.linalg.vector_norm(x, axis=1, ord=p) for p in (1, 2, 3, np.inf)),
    "linalg.norm": lambda x: np.linalg.norm(x) + np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf, axis=(0, 1)),
    "linalg.matrix_norm": lambda x: np.linalg.matrix_norm(x) + np.linalg.matrix_norm(x, ord=-1, keepdims=True),
}
NUMERIC = {
    "diff": lambda x: np.diff(np.diff(x, 2, axis=1), axis=0, prepend=0.0),
    "ediff1d": lambda x: np.ediff1d(x, to_begin=x[0, 0], to_end=[1.0, 2.0]),
    "trapezoid": lambda x: np.trapezoid(x, np.cumsum(x[0] ** 2), axis=1) + np.trapezoid(x, dx=0.1, axis=1),
    "gradient": lambda x: np.gradient(x)[0] + np.gradient(x, np.array([0.0, 1.0, 3.0, 3.5]), axis=1),
    "unwrap": lambda x: np.unwrap(4 * x),
    "interp": lambda x: np.interp(x, [-1.0, 0.1, 1.0], x[0, :3], left=3.0),
    "convolve": lambda x: sum(np.convolve(x[0], x[1, :3], mode)[:2] for mode in ("full", "same", "valid")),
    "correlate": lambda x: sum(np.correlate(x[1, :3], x[0], mode)[:2] for mode in ("full", "same", "valid")),
    "polyval": lambda x: np.polyval(x[0], x),
    "polyadd": lambda x: np.polyadd(x[0], x[1, :2]),
    "polysub": lambda x: np.polysub(x[0, :2], x[1]),
    "polymul": lambda x: np.polymul(x[0], x[1, :2]),
    "polyder": lambda x: np.polyder(x[0], 2),
    "polyint": lambda x: np.polyint(x[0]),
    "poly": lambda x: np.poly(x[0]),
    "vander": lambda x: np.vander(x[0], 3) + np.vander(x[0], 3, increasing=True),
    "linspace": lambda x: np.linspace(x[0], x[1], 5) + np.linspace(0.0, x[0, 0], 5, endpoint=False)[:, None],
    "logspace": lambda x: np.logspace(x[0], 1.0, 5),
    "geomspace": lambda x: np.geomspace(x[0] ** 2, 3.0, 5),
    "lib.stride_tricks.sliding_window_view": lambda x: window(x, (2, 3)) * window(x, 2, axis=0)[:, :2, :, None],
    "apply_along_axis": lambda x: np.apply_along_axis(lambda row: np.cumsum(row) * row[0], 0, x),
    "apply_over_axes": lambda x: np.apply_over_axes(np.sum, x**2, [0, 1]),
}
CREATED = {
    "full": lambda x: np.full((2, 4), x[0]) + np.full(4, 2.0),
    "full_like": lambda x: np.full_like(x, x[0, 0]) * x,
    "array": lambda x: np.array([[x[0, 0], 1.0], [2.0, x[1, 1]]]),
    "asarray": lambda x: np.asarray(x) * 2,
    "asanyarray": lambda x: np.asanyarray(x) * 2,
    "ascontiguousarray": lambda x: np.ascontiguousarray(x.T) * 2,
    "asfortranarray": lambda x: np.asfortranarray(x) * 2,
    "require": lambda x: np.require(x, np.float64) * 2,
    "copy": lambda x: np.copy(x) * 2,
}
IN_PLACE = {
    "copyto": write(lambda a: np.copyto(a, a**2, where=a > 0)),
    "putmask": write(lambda a: np.putmask(a, a > 0, a[0] ** 2)),
    "place": write(lambda a: np.place(a, a > 1, a[0, :2] ** 2)),
    "put": write(lambda a: np.put(a.T, [1, -2], a[0, :2] ** 2)),
    "put_along_axis": write(lambda a: np.put_along_axis(a, np.argmax(a, axis=1, keepdims=True), a[:, :1] ** 2, axis=1)),
    "fill_diagonal": write(lambda a: np.fill_diagonal(a, a[0, :2] ** 2)),
}
PROGRAMS: dict[str, Callable[[Any], Any]] = {
    **ELEMENTWISE,
    **SHAPES,
    **CHOICE,
    **REDUCTIONS,
    **LINEAR,
    **NUMERIC,
    **CREATED,
    **IN_PLACE,
}
NAMES_OF_OLDER_VERSIONS = {"numpy.in1d", "numpy.row_stack", "numpy.trapz"}


pytestmark = pytest.mark.filterwarnings("ignore:numpy.fix is deprecated")


def test_every_function_that_is_handled_has_a_program():
    handled = (
        {n for n in HANDLERS if n.startswith("numpy.") and "._" not in n}
        - set(PRIMITIVES)
        - CONSTANTS
        - NAMES_OF_OLDER_VERSIONS
    )
    assert handled - {f"numpy.{name}" for name in PROGRAMS} == set()


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_recorded_value_is_that_of_numpy(name):
    program = PROGRAMS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected, graph = program(x), ca.trace(program, x)
    value = graph.outputs[0].value
    assert np.shape(value) == np.shape(expected)
    assert np.result_type(value) == np.result_type(expected)
    np.testing.assert_allclose(value, expected, rtol=1e-13, atol=1e-13)
    graph.check()


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_gradient_agrees_with_differences(name):
    program, rng = PROGRAMS[name], np.random.default_rng(5)
    weights, direction = rng.normal(size=np.shape(program(x))), rng.normal(size=x.shape)
    found = ca.grad(lambda x: np.sum(weights * program(x)))(x)

    def along(t: float) -> Any:
        return np.sum(weights * program(x + t * direction))

    h = 1e-4
    expected = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
    np.testing.assert_allclose(np.sum(found * direction), expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "name", sorted(set(PROGRAMS) - set(CREATED) - {"astype", "cov", "corrcoef", "float_power", "poly"})
)
def test_float32_stays_float32(name):
    small = x.astype(np.float32)
    expected = np.result_type(PROGRAMS[name](small))
    assert np.result_type(ca.trace(PROGRAMS[name], small).outputs[0].value) == expected
