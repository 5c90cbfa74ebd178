"""Plain NumPy in all its spellings is recorded: each program's gradient agrees with differences."""

from __future__ import annotations

import builtins
import json
import math
from functools import partial

import numpy as np
import pytest
from numpy import array, concatenate, exp, zeros
from numpy import sum as np_sum

import cutaway as ca

rng = np.random.default_rng(0)
X = rng.normal(size=(5, 3))
y = rng.integers(0, 2, size=(5, 1))
W = rng.normal(size=(3, 2)) / 2
v = np.array([0.7, -1.2, 2.1])


def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))


METHODS = {
    "T dot sum": lambda W: X.dot(W).T.sum(),
    "dot of traced": lambda W: W.T.dot(W).sum(),
    "mean reshape": lambda W: W.reshape(2, 3).mean(axis=1).sum() + W.reshape((6,)).mean(),
    "ravel flatten copy": lambda W: (W.ravel() * W.flatten()[::-1] * W.copy().ravel()).sum(),
    "max min": lambda W: W.max() - W.min(axis=0).sum() + W.max(axis=1, keepdims=True).mean(),
    "argmax": lambda W: W[np.arange(3), W.argmax(axis=1)].sum(),
    "clip round": lambda W: (W.clip(-0.3, 0.3) + W.round(2) * 0).sum(),
    "item": lambda W: W.sum().item() * W[0, 0].item() + W.item(3) + W.item(1, 1) ** 2,
    "std var prod": lambda W: W.std() + W.var(axis=0).sum() + W.prod(),
    "cumsum trace diagonal": lambda W: W.cumsum(axis=0).sum() + (W @ W.T).trace() + (W @ W.T).diagonal().prod(),
    "swapaxes transpose squeeze": lambda W: (
        W[None].swapaxes(0, 2).squeeze().sum() + W[None].transpose(2, 0, 1)[0].sum()
    ),
    "repeat take": lambda W: (W.repeat(2, axis=0) * W.take([0, 0, 1, 1, 2, 2], axis=0)).sum(),
    "nbytes size": lambda W: W.sum() * W.size + W.nbytes * W.mean() + W.itemsize,
    "real conj": lambda W: W.real.sum() + W.conj().sum() + W.imag.sum(),
    "flat": lambda W: sum(w * w for w in W.flat) + W.flat[3] ** 2,
    "tolist": lambda W: W.tolist()[0][1] ** 2 + sum(W[0].tolist()),
    "sort in place": lambda W: (sorted_copy(W)[0] ** 2).sum(),
    "fill": lambda W: W.sum() * filled(W).sum(),
    "dunder abs neg pos": lambda W: (abs(W) + (-W) ** 2 + (+W)).sum(),
}


def sorted_copy(W):
    W = W.copy()
    W.sort(axis=0)
    return W


def filled(W):
    W = W.copy()
    W.fill(W[0, 0])
    return W


OPERATORS = {
    "arithmetic": lambda W: ((2 * W - 1) / (W**2 + 1) + W // 10 + W % 0.7).sum(),
    "reflected": lambda W: (1 - W + 2 / (3 + W**2) + 2**W).sum(),
    "matmul": lambda W: (X @ W @ W.T).sum() + (v @ W).sum() + (W.T @ v).prod(),
    "plain on the left": lambda W: (X.dot(W) * y).sum() + (X[:3, :2] * W).sum() + np.ones((3, 2)).__mul__(W).sum(),
    "comparison as number": lambda W: ((W > 0) * W**2 + (W <= 0) * W).sum(),
    "and or not": lambda W: np.where((W > 0) & ~(W > 0.5) | (W < -1), W**2, W).sum(),
    "indexing": lambda W: (W[0] * W[-1] + W[:, 0][:2] + W[1:, ::-1][0] + W[..., None][0, :, 0]).sum(),
    "fancy indexing": lambda W: (
        (W[[0, 2, 2], [1, 0, 0]] ** 2).sum() + W[W > 0].sum() + W[np.array([True, False, True])].sum()
    ),
    "divmod": lambda W: sum(part.sum() for part in divmod(W, 0.7)),
    "unpacking": lambda W: unpacked(W),
    "chained": lambda W: (lambda a, b: a * b)(*W.T).sum(),
}


def unpacked(W):
    first, *rest = W
    (a, b), c = first, rest[1]
    return a * b + (c**2).sum()


FUNCTIONS = {
    "outer inner": lambda W: np.outer(W[0], W[1]).sum() + np.inner(W, W).sum(),
    "einsum tensordot": lambda W: np.einsum("ij,kj->ik", W, W).sum() + np.tensordot(X, W, axes=1).sum(),
    "where maximum sign": lambda W: (
        np.where(W > 0, W, 0.1 * W) + np.maximum(0, W) + np.minimum(W, 0.1) * np.sign(W)
    ).sum(),
    "joining": lambda W: (np.vstack([W, W]) ** 2).sum() + np.hstack((W, np.ones((3, 1)))).prod(),
    "c_ and r_": lambda W: (np.c_[W, np.ones(3)] ** 2).sum() + np.r_[W[0], 3.0, W[1]].prod() + np.c_[W[:, 0], v].sum(),
    "insert append pad": lambda W: (
        (np.insert(W, 0, 1.0, axis=1) * np.append(v[:, None], W, axis=1)).sum() + np.pad(W, 1).sum()
    ),
    "repeat tile split": lambda W: (np.tile(W, 2) * np.repeat(W, 2, axis=1)).sum() + np.split(W, 3)[1].sum(),
    "linalg": lambda W: np.linalg.norm(W) + np.linalg.det(W.T @ W) + np.linalg.inv(W.T @ W).sum(),
    "solve": lambda W: np.linalg.solve(W.T @ W + np.eye(2), W.T @ v).sum(),
    "likes": lambda W: (W * np.ones_like(W) + np.zeros_like(W) + np.full_like(W, W[0, 0])).sum() + np.eye(3, 2).sum(),
    "sum of a list": lambda W: np.sum([W[0, 0], W[1, 1] ** 2]) + np.mean([W[0], W[1]]) + np.max([W[0, 0], 0.0]),
    "builtin sum": lambda W: sum([w @ w for w in W]) + sum(W[0]) + sum(sum(row) for row in W),
    "builtin max min abs": lambda W: max(W[0, 0], W[1, 1]) ** 2 + min(W[0, 1], 0.0) + abs(W[2, 0]),
    "builtin round": lambda W: round(W[0, 0], 2) * 0 + W.sum() + round(float(W[0, 1])) * 0,
    "builtin pow": lambda W: pow(W, 2).sum() + pow(2.0, W[0, 0]),
    "array of scalars": lambda W: (
        np.array([W[0, 0] ** 2, W[1, 0], 3.0]) @ v + np.array([[W[0, 0], 1], [2, W[1, 1]]]).sum()
    ),
    "array of rows": lambda W: np.array([row * 2 for row in W]).sum() + np.asarray([W[0], W[1]]).prod(),
    "fromiter": lambda W: np.fromiter((w * w for w in W.ravel()), float).sum(),
    "names of their own": lambda W: np_sum(exp(array([W[0, 0], 2.0]))) + concatenate([W[0], zeros(2)]).sum(),
    "math": lambda W: math.exp(W[0, 0]) + math.sqrt(W[1, 1] ** 2) + math.tanh(W[2, 0]) + math.log(4.0 + W[0, 1]),
    "math, more": lambda W: (
        math.log(4.0 + W[0, 1], 2) + math.pow(2.0 + W[0, 0], 3) + math.fsum(W[0]) + math.floor(W[0, 0])
    ),
    "math of numbers": lambda W: W.sum() * math.pi * math.factorial(3) + math.gcd(4, 6),
    "float": lambda W: float(np.sum(W**2)) + float(W[0, 0]) * float("2.5"),
    "float in a program": lambda W: [float(w) for w in W[0]][1] ** 2,
    "vectorize": lambda W: VECTORIZED(W, 2.0).sum(),
    "partial": lambda W: partial(np.sum, axis=0)(W).prod(),
    "np.vdot in loops": lambda W: loops(W),
    "ufunc methods": lambda W: (
        np.add.reduce(W, axis=0).prod() + np.add.outer(W[0], W[1]).prod() + np.multiply.reduce(W[0])
    ),
    "dtype and where of ufuncs": lambda W: (
        np.add(W, 1, dtype=np.float64).sum() + np.log(W, where=W > 0, out=np.zeros((3, 2))).sum()
    ),
    "linspace": lambda W: np.linspace(0, W[0, 0], 4).sum(),
    "object arrays": lambda W: (
        np.array([W, W[0]], dtype=object)[1].sum() + sum(p.sum() for p in np.array([W, X], dtype=object))
    ),
    "piecewise select": lambda W: np.select([W > 0.2, W < -0.2], [W, W**2], 0).sum(),
    "shape helpers": lambda W: W[np.unravel_index(W.argmax(), W.shape)] ** 2 + W[np.triu_indices_from(W[:2])].sum(),
    "shuffled": lambda W: (W[SHUFFLED.permutation(3)] * np.arange(6.0).reshape(3, 2)).sum(),
}
VECTORIZED = np.vectorize(lambda z, power: z**power if z > 0 else 0.1 * z)
SHUFFLED = np.random.RandomState(3)


def loops(W):
    total, count = 0.0, 0
    for row in W:
        for k, w in enumerate(row):
            total += w * k
            count += 1
    i = 0
    while i < count:
        total = total + np.vdot(W[i % 3], W[0]) / count
        i += 1
    return total


PROGRAMS = {**METHODS, **OPERATORS, **FUNCTIONS}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, agrees):
    if name == "shuffled":
        SHUFFLED.seed(3)
        value, grad = ca.value_and_grad(PROGRAMS[name])(W)
        SHUFFLED.seed(3)
        assert value == PROGRAMS[name](W)
        assert sorted(grad.ravel()) == [0, 1, 2, 3, 4, 5]
        return
    agrees(PROGRAMS[name], W)


# What the author's code asks about an array -----------------------------------------------------------------------


def test_isinstance_answers_as_for_the_value():
    seen = {}

    def loss(W, b):
        seen["array"] = isinstance(W, np.ndarray) and not isinstance(W, float)
        seen["scalar"] = isinstance(b, float) and isinstance(b, np.floating) and not isinstance(b, np.ndarray)
        seen["number"] = isinstance(W.sum().item(), float) and isinstance(float(W[0, 0]), (int, float))
        seen["count"] = isinstance(W.argmax().item(), int)
        seen["asarray"] = np.asarray(W) is W and np.array(W) is not W
        seen["scalar type"] = np.isscalar(b) and not np.isscalar(W) and np.issubdtype(W.dtype, float)
        return W.sum() * b

    ca.grad(loss)(W, np.float64(2.0))
    assert all(seen.values()), seen


def test_the_path_for_arrays_is_taken():
    def loss(W):
        if isinstance(W, np.ndarray):
            return (W**2).sum()
        return 0.0

    np.testing.assert_allclose(ca.grad(loss)(W), 2 * W)


def test_shapes_and_dtypes_are_plain_python():
    def loss(W):
        rows, columns = W.shape
        assert (rows, W.ndim, len(W), np.shape(W), np.size(W)) == (3, 2, 3, (3, 2), 6)
        assert W.dtype == np.float64 and W.flags.c_contiguous and np.result_type(W, np.float32) == np.float64
        return W.sum() / rows / columns + sum(range(W.shape[0]))

    graph = ca.trace(loss, W)
    assert graph.peeks == ()


def test_comparison_with_none_is_no_error():
    assert ca.grad(lambda x: 0.0 if x is None or x == None else x**2)(3.0) == 6.0  # noqa: E711


def test_float32_stays_float32_through_python_numbers():
    graph = ca.trace(lambda W: 2 * W + float(W[0, 0]) * W + W.sum().item() * W + math.pi * W, W.astype(np.float32))
    assert graph.outputs[0].value.dtype == np.float32


# Containers -------------------------------------------------------------------------------------------------------


def test_lists_and_dicts_of_arrays(agrees):
    def loss(p):
        a = X
        for layer in p["layers"]:
            a = np.tanh(a @ layer["W"] + layer["b"])
        penalty = sum(np.sum(w**2) for layer in p["layers"] for w in layer.values())
        return np.mean((a - y) ** 2) + 0.1 * penalty

    layers = [{"W": W, "b": np.zeros(2)}, {"W": rng.normal(size=(2, 1)), "b": np.zeros((1, 1))}]
    agrees(loss, {"layers": layers, "unused": (np.ones(2),)})


def test_json_of_a_traced_value_is_an_error_not_a_frozen_number():
    with pytest.raises((TypeError, ValueError)):
        ca.grad(lambda W: W.sum() + len(json.dumps(W[0, 0])))(W)


class Network:
    """A network in the class style, with parameters, activations and a helper as attributes."""

    def __init__(self, seed=1):
        np.random.seed(seed)
        self.W1 = np.random.randn(3, 4) * 0.5
        self.b1 = np.zeros((1, 4))
        self.W2 = np.random.randn(4, 1) * 0.5
        self.activation = np.tanh
        self.history = []

    @property
    def depth(self):
        return 2

    @staticmethod
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def forward(self, X):
        self.Z1 = X.dot(self.W1) + self.b1
        self.A1 = self.activation(self.Z1)
        self.A2 = self.sigmoid(self.A1.dot(self.W2))
        return self.A2

    def loss(self, W1, X, y):
        self.W1 = W1
        p = self.forward(X)
        value = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) * self.depth
        self.history.append(float(value))
        return value


def test_a_class_with_parameters_as_attributes(agrees):
    network = Network()
    W1 = network.W1.copy()
    graph = agrees(network.loss, W1, X, y)
    assert {"self.W2", "self.Z1", "self.A1", "self.A2"} <= {
        v.name for v in [*graph._constant_vars, *(e.output for e in graph.eqns)]
    }
    assert type(network.Z1) is np.ndarray and all(isinstance(h, builtins.float) for h in network.history)


def test_columns_as_samples(agrees):
    def loss(p):
        Z1 = np.dot(p["W1"], X.T) + p["b1"]
        A1 = np.maximum(0, Z1)
        Z2 = p["W2"] @ A1 + p["b2"]
        A2 = logistic(Z2)
        m = X.shape[0]
        cost = -(1 / m) * np.sum(np.multiply(np.log(A2), y.T) + np.multiply(1 - y.T, np.log(1 - A2)))
        return np.squeeze(cost)

    shapes = {"W1": (4, 3), "b1": (4, 1), "W2": (1, 4), "b2": (1, 1)}
    agrees(loss, {k: rng.normal(size=s) for k, s in shapes.items()})


# scipy.special ----------------------------------------------------------------------------------------------------


def test_scipy_special(agrees):
    import scipy.special
    from scipy.special import logsumexp, softmax

    W1 = np.abs(W) / 4 + 0.1

    def loss(W):
        a = scipy.special.expit(W) + scipy.special.log_expit(W) + scipy.special.logit(W) + scipy.special.erf(W)
        b = scipy.special.xlogy(W, W) + scipy.special.xlog1py(W, W) + scipy.special.entr(W) + scipy.special.erfc(W)
        c = scipy.special.rel_entr(W, 1 - W) + scipy.special.kl_div(W, 1 - W)
        d = softmax(W, axis=1) + softmax(W) + scipy.special.log_softmax(W, axis=0) + scipy.special.log_softmax(W)
        e = logsumexp(W, axis=1, keepdims=True) + logsumexp(W) + logsumexp(W, b=[[1.0, 2.0]], axis=0)
        return np.sum((a + b + c + d + e) ** 2)

    agrees(loss, W1)


def test_xlogy_at_zero():
    from scipy.special import xlogy

    assert ca.grad(lambda p: xlogy(p, p) + xlogy(0.0, p))(1.0) == 1.0
    assert ca.grad(lambda p: xlogy(0.0, p) + p)(0.0) == 1.0
