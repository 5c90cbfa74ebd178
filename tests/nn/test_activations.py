"""Activations: values, dtypes, and silence at any size of input; those of the user's own."""

import functools

import numpy as np
import pytest

from cutaway.errors import ShapeError, UsageError
from cutaway.nn import ACTIVATIONS, activate, activation_name, find_activation
from cutaway.nn.activations import elu, leaky_relu

HUGE = np.array([[-1e4, -1e3, -800.0, -100.0, -1.0, -1e-30, 0.0, 1e-30, 1.0, 100.0, 800.0, 1e3, 1e4]])
UNBOUNDED = {"identity", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus"}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_silent_finite_and_of_the_same_dtype(name, dtype):
    z = HUGE.astype(dtype)
    kept = z.copy()
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        a = ACTIVATIONS[name](z)
    assert a.dtype == dtype
    assert a.shape == z.shape
    assert np.isfinite(a).all()
    assert np.array_equal(z, kept), "the input was written to"
    if name in UNBOUNDED:
        assert a[0, -1] == pytest.approx(1e4)
    else:
        assert a.min() >= -1
        assert a.max() <= 1


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"step", "softmax"}))
def test_nan_is_passed_on(name):
    assert np.isnan(ACTIVATIONS[name](np.array([np.nan, 1.0]))[0])


def test_published_values_of_sigmoid():
    assert ACTIVATIONS["sigmoid"](np.array([-5.0, -1, 0, 1, 5])).round(4).tolist() == [
        0.0067,
        0.2689,
        0.5,
        0.7311,
        0.9933,
    ]


def test_sigmoid_keeps_its_relative_accuracy_far_out():
    z = np.array([-700.0, -100.0, -40.0])
    assert ACTIVATIONS["sigmoid"](z) == pytest.approx(np.exp(z), rel=1e-13, abs=0)


def test_step_is_the_slope_of_relu():
    assert ACTIVATIONS["step"](np.array([-1.0, 0.0, 2.0])).tolist() == [0.0, 0.0, 1.0]


def test_softmax_is_over_the_last_axis():
    a = ACTIVATIONS["softmax"](np.arange(12.0).reshape(2, 2, 3))
    assert a.sum(axis=-1) == pytest.approx(np.ones((2, 2)))


def test_options_by_partial():
    z = np.array([-2.0, 3.0])
    assert activate(functools.partial(leaky_relu, slope=0.5), z).tolist() == [-1.0, 3.0]
    assert activate(functools.partial(elu, alpha=2.0), z) == pytest.approx([2 * np.expm1(-2), 3.0])


def test_own_function_serves_like_a_name():
    assert find_activation(np.sin) is np.sin
    assert activation_name(np.sin) == "sin"
    assert activate(lambda z: z**2, np.array([3.0])).tolist() == [9.0]


def test_own_function_must_keep_the_shape():
    def total(z):
        return z.sum(axis=1)

    with pytest.raises(ShapeError, match=r"activation total changes the shape.*\(4,\) for an input of shape \(4, 2\)"):
        activate(total, np.ones((4, 2)))


@pytest.mark.parametrize("wrong", [3, None, np.ones(2), dict])
def test_neither_name_nor_function(wrong):
    with pytest.raises(UsageError, match="must be a name or a function"):
        find_activation(wrong)
