"""Initializers: the variance and bounds that the papers state, exact copies of given arrays, and their names."""

import dataclasses
import math

import numpy as np
import pytest

from cutaway.errors import DataError, DtypeError, UsageError
from cutaway.nn import INITIALIZERS, Constant, Dense, Given, Normal, Orthogonal, Scaled, Uniform, find_initializer

INPUTS, UNITS = 300, 100


def draw(initializer, shape=(INPUTS, UNITS), seed=0):
    return find_initializer(initializer)(shape, np.random.default_rng(seed))


VARIANCES = {
    "normal": 0.05**2,
    "uniform": 0.05**2 / 3,
    "glorot_uniform": 2 / (INPUTS + UNITS),
    "glorot_normal": 2 / (INPUTS + UNITS),
    "he_uniform": 2 / INPUTS,
    "he_normal": 2 / INPUTS,
    "lecun_uniform": 1 / INPUTS,
    "lecun_normal": 1 / INPUTS,
}


@pytest.mark.parametrize("name", VARIANCES)
def test_mean_and_variance(name):
    w, variance = draw(name), VARIANCES[name]
    n = w.size
    assert w.dtype == np.float64
    assert abs(w.mean()) < 5 * math.sqrt(variance / n)
    assert w.var() == pytest.approx(variance, rel=5 * math.sqrt(2 / n))


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("glorot_uniform", math.sqrt(6 / (INPUTS + UNITS))),  # Glorot and Bengio (2010), equation 16
        ("he_uniform", math.sqrt(6 / INPUTS)),
        ("lecun_uniform", math.sqrt(3 / INPUTS)),
        ("uniform", 0.05),
    ],
)
def test_bounds_of_uniform(name, limit):
    size = np.abs(draw(name)).max()
    assert 0.999 * limit < size <= limit


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (6, 1)])
def test_orthogonal(shape):
    w = draw(Orthogonal(2.0), shape)
    gram = w.T @ w if shape[0] >= shape[1] else w @ w.T
    assert gram == pytest.approx(4 * np.eye(min(shape)), abs=1e-12)


def test_orthogonal_has_no_preferred_sign():
    first = [draw("orthogonal", (2, 2), seed)[0, 0] for seed in range(200)]
    assert 70 < sum(w > 0 for w in first) < 130


def test_constants():
    assert draw("zeros", (3,)).tolist() == [0.0] * 3
    assert draw("ones", (2,)).tolist() == [1.0] * 2
    assert draw(0.25, (2, 1)).tolist() == [[0.25], [0.25]]
    assert find_initializer(np.float32(0.5)) == Constant(0.5)


@pytest.mark.parametrize("name", INITIALIZERS)
def test_same_seed_same_weights(name):
    assert np.array_equal(draw(name, (4, 3), seed=7), draw(name, (4, 3), seed=7))


@pytest.mark.parametrize("name", sorted(set(INITIALIZERS) - {"zeros", "ones"}))
def test_another_seed_gives_other_weights(name):
    assert not np.array_equal(draw(name, (4, 3), seed=7), draw(name, (4, 3), seed=8))


def test_records_print_as_code_and_compare():
    for record in (Normal(0.5), Uniform(0.1), Constant(1.0), Orthogonal(), Scaled(2.0, "in", "normal")):
        assert eval(repr(record)) == record
        with pytest.raises(dataclasses.FrozenInstanceError):
            record.scale = 3.0


def test_given_array_is_copied_exactly_and_kept_from_harm():
    array = np.array([[1, -2], [3, 4]])
    layer = Dense(2, weights=array)
    array[0, 0] = 99
    w = layer.build((2,), np.random.default_rng(0)).params["W"]
    assert w.tolist() == [[1.0, -2.0], [3.0, 4.0]]
    assert w.dtype == np.float64, "integer weights would be truncated by the first update"
    w[0, 0] = 7  # what a network does with its weights must not reach the layer
    assert layer.build((2,), np.random.default_rng(0)).params["W"][0, 0] == 1.0


def test_given_compares_by_value():
    assert Given([1.0, 2.0]) == Given(np.array([1, 2]))
    assert Given([1.0]) != Given([2.0])
    assert Dense(1, weights=[[1.0]]) == Dense(1, weights=[[1.0]])
    assert hash(Given([1.0])) == hash(Given([1.0]))


def test_own_function():
    def stripes(shape, rng):
        return np.tile([1.0, -1.0], (shape[0], shape[1] // 2))

    layer = Dense(4, weights=stripes)
    assert layer.build((3,), np.random.default_rng(0)).params["W"][2].tolist() == [1.0, -1.0, 1.0, -1.0]
    assert repr(layer) == "Dense(4, weights=stripes)"


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: find_initializer("he_norm"), UsageError, "Did you mean 'he_normal'"),
        (lambda: find_initializer(True), UsageError, "bias=None leaves the biases out"),
        (lambda: Normal(0.0), UsageError, "scale of Normal must be a positive number; received 0.0"),
        (lambda: Uniform(-1.0), UsageError, "scale of Uniform must be a positive number"),
        (lambda: Constant(np.nan), UsageError, "value of Constant must be a finite number"),
        (lambda: Scaled(1.0, "out", "normal"), UsageError, "fan of Scaled is not known; received 'out'"),
        (lambda: Scaled(1.0, "in", "cauchy"), UsageError, "distribution of Scaled is not known"),
        (lambda: Given(["a"]), DtypeError, "must be real numbers"),
        (lambda: Given([1.0, np.inf]), DataError, "must be finite; received 1 values"),
        (lambda: draw("he_normal", (4,)), UsageError, "need a matrix"),
        (lambda: draw("orthogonal", (4,)), UsageError, "Orthogonal weights need a matrix"),
    ],
)
def test_refused(wrong, error, says):
    with pytest.raises(error, match=says):
        wrong()
