"""Small networks as people write them: every loss is recorded unmodified, and its gradient agrees with differences."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
import pytest

import cutaway as ca

# Written with a constant seed at the top of the module, as scripts are.
np.random.seed(7)
X = np.random.randn(30, 2)
y = (X[:, 0] * X[:, 1] > 0).astype(int)
Y = np.eye(2)[y]


def rows_with_functions(p):
    def relu(z):
        return np.maximum(z, 0)

    hidden = relu(X @ p["W1"] + p["b1"])
    scores = hidden @ p["W2"] + p["b2"]
    scores -= scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return -np.log(probabilities[np.arange(len(y)), y]).mean()


def columns_with_a_cache(p):
    m = X.shape[0]
    A, caches = X.T, []
    for layer in (1, 2):
        Z = np.dot(p[f"W{layer}"].T, A) + p[f"b{layer}"].reshape(-1, 1)
        caches.append((A, Z))
        A = 1 / (1 + np.exp(-Z)) if layer == 2 else np.where(Z > 0, Z, 0.01 * Z)
    cost = -np.sum(Y.T * np.log(A) + (1 - Y.T) * np.log(1 - A)) / m
    weights = 0
    for cached in caches:
        weights += 1e-3 * np.sum(np.square(cached[1])) / m
    return cost + weights


def one_sample_at_a_time(p):
    total = 0.0
    for x, target in zip(X[:6], y[:6], strict=True):
        hidden = []
        for j in range(p["b1"].shape[0]):
            z = p["b1"][j]
            for i in range(len(x)):
                z += x[i] * p["W1"][i, j]
            hidden.append(np.tanh(z))
        out = np.dot(np.array(hidden), p["W2"]) + p["b2"]
        total += np.sum((out - np.array([1 - target, target])) ** 2)
    return total / 2


def normalised_with_a_mask(p):
    Z = X.dot(p["W1"]) + p["b1"]
    Z_hat = (Z - Z.mean(axis=0)) / np.sqrt(Z.var(axis=0) + 1e-5)
    Z_hat[Z_hat < 0] = 0
    mask = np.random.RandomState(1).rand(*Z_hat.shape) < 0.8
    out = (Z_hat * mask / 0.8).dot(p["W2"]) + p["b2"]
    return np.mean(np.clip(out - Y, -1.5, 1.5) ** 2)


def augmented_with_ones(p):
    V1, V2 = np.vstack([p["b1"], p["W1"]]), np.vstack([p["b2"], p["W2"]])
    ones = np.ones((X.shape[0], 1))
    hidden = np.sin(np.hstack((ones, X)) @ V1)
    out = np.c_[ones, hidden] @ V2
    return np.linalg.norm(out - Y) ** 2 / len(X) + 0.01 * sum((V**2).sum() for V in (V1, V2))


class Layer:
    def __init__(self, W, b, activation=None):
        self.W, self.b, self.activation = W, b, activation

    def __call__(self, A):
        self.input = A
        self.Z = A @ self.W + self.b
        self.output = self.activation(self.Z) if self.activation else self.Z
        return self.output


def layers_as_objects(p):
    A = X
    layers = [Layer(p["W1"], p["b1"], np.tanh), Layer(p["W2"], p["b2"])]
    for layer in layers:
        A = layer(A)
    error = (A - Y).ravel()
    return 0.5 * error.dot(error) / len(X)


def unrolled_in_time(p):
    state = np.zeros((1, 3))
    outputs = []
    for x in X[:5]:
        state = np.tanh(x[None] @ p["W1"] + state @ p["W2"] @ p["W2"].T + p["b1"])
        outputs.append(state @ p["W2"] + p["b2"])
    return np.mean((np.concatenate(outputs) - Y[:5]) ** 2)


def images(p):
    pictures = X.reshape(5, 3, 4)
    kernel = p["W1"]
    maps = np.zeros((5, 2, 3))
    for i in range(2):
        for j in range(3):
            maps[:, i, j] = np.sum(pictures[:, i : i + 2, j : j + 2] * kernel[:, :2], axis=(1, 2))
    pooled = np.maximum(maps, 0).max(axis=2)
    return np.mean((pooled @ p["W2"][:2] + p["b2"]) ** 2)


NETWORKS = [
    *(rows_with_functions, columns_with_a_cache, one_sample_at_a_time, normalised_with_a_mask, augmented_with_ones),
    *(layers_as_objects, unrolled_in_time, images),
]


def parameters():
    rng = np.random.default_rng(11)
    shapes = {"W1": (2, 3), "b1": (3,), "W2": (3, 2), "b2": (2,)}
    return {k: rng.normal(size=s) * 0.7 + 0.1 for k, s in shapes.items()}


@pytest.mark.parametrize("loss", NETWORKS, ids=lambda f: f.__name__)
def test_network(loss, agrees):
    p = parameters()
    agrees(loss, p)
    graph = ca.trace(loss, p)
    moved = {k: v + 1e-6 for k, v in p.items()}
    np.testing.assert_allclose(ca.run(graph, *moved.values())[0], loss(moved), rtol=1e-12)


@pytest.mark.parametrize("loss", NETWORKS, ids=lambda f: f.__name__)
def test_second_derivatives_of_networks(loss):
    p, v = parameters(), {k: np.cos(w) for k, w in parameters().items()}
    found = ca.hessian_vector_product(loss)(v, p)
    h = 1e-5
    up, down = (ca.grad(loss)({k: w + s * h * v[k] for k, w in p.items()}) for s in (1, -1))
    for k in p:
        np.testing.assert_allclose(found[k], (up[k] - down[k]) / (2 * h), rtol=1e-4, atol=1e-6)


# Networks from a folder -------------------------------------------------------------------------------------------


def case_files():
    folder = os.environ.get("CUTAWAY_CASES")
    return sorted(Path(folder).glob("*.py")) if folder else []


def load_case(path):
    name = f"case_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.case()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("path", case_files() or [None], ids=lambda p: p.stem if p else "none")
def test_case_from_a_folder(path):
    if path is None:
        pytest.skip("CUTAWAY_CASES is not set: it names a folder of modules with a function case()")
    case = load_case(path)
    loss = case["loss"]
    p = {k: w.astype(float) if w.dtype.kind in "iu" else w for k, w in case["params"].items()}
    value, grads = ca.value_and_grad(loss)(p)
    np.testing.assert_allclose(value, loss(p), rtol=1e-6)
    precise, rng = {k: w.astype(float) for k, w in p.items()}, np.random.default_rng(0)
    smallest = 1e-8 * (1 + abs(value))  # what rounding leaves of a difference
    for k in p:
        assert grads[k].shape == p[k].shape and grads[k].dtype == p[k].dtype
        for _ in range(3):
            v = rng.normal(size=p[k].shape)
            h = 1e-6
            up, down = (loss(precise | {k: precise[k] + s * h * v}) for s in (1, -1))
            slope, back = (up - down) / (2 * h), np.sum(grads[k] * v)
            left, right = (up - loss(precise)) / h, (loss(precise) - down) / h
            kink = abs(left - right)  # a kink lies within the step: any slope between is right
            assert abs(slope - back) <= kink + smallest + 1e-5 * abs(slope)
