"""Training loops as a patient expert writes them in NumPy: every operation into a buffer of its own, nothing allocated.

Full batch is laid out feature-major (one row for each unit), because NumPy's inner loops are then long; mini-batches
are row-major. All parameters lie in one vector, so that the update is two or three calls.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

Params = list[tuple[np.ndarray, np.ndarray]]


def _flat(layers: list[int], dtype: np.dtype) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    """One vector, and for each layer views of it: weights (units, inputs) and biases (units, 1)."""
    total = sum((a + 1) * b for a, b in pairwise(layers))
    flat, views, at = np.zeros(total, dtype), [], 0
    for a, b in pairwise(layers):
        views.append((flat[at : at + a * b].reshape(b, a), flat[at + a * b : at + a * b + b].reshape(b, 1)))
        at += (a + 1) * b
    return flat, views


def sigmoid_full_batch(X: np.ndarray, y: np.ndarray, start: Params, lr: float) -> tuple[Callable[[], None], np.ndarray]:
    """Sigmoid layers, binary cross-entropy, gradient descent on all rows. Returns the step and the loss it fills."""
    n, dtype = len(X), X.dtype
    layers = [X.shape[1], *(W.shape[1] for W, _ in start)]
    theta, params = _flat(layers, dtype)
    grad, grads = _flat(layers, dtype)
    for (W, b), (W0, b0) in zip(params, start, strict=True):
        W[...], b[...] = W0.T, b0.reshape(-1, 1)
    A = [np.ascontiguousarray(X.T), *(np.empty((k, n), dtype) for k in layers[1:])]
    D = [np.empty((k, n), dtype) for k in layers]
    T = [np.empty((k, n), dtype) for k in layers]
    target = np.ascontiguousarray(y.reshape(1, -1).astype(dtype))
    ones, loss = np.ones(n, dtype), np.zeros((), dtype)
    logits, part, rest = (np.empty((1, n), dtype) for _ in range(3))
    one, zero = np.asarray(1, dtype), np.asarray(0, dtype)
    rate, rows = np.asarray(lr / n, dtype), np.asarray(n, dtype)
    last = len(params)
    add, dot, multiply, subtract = np.add, np.dot, np.multiply, np.subtract
    negative, exp, reciprocal, reduce = np.negative, np.exp, np.reciprocal, np.add.reduce

    def step() -> None:
        for i, (W, b) in enumerate(params):
            z = A[i + 1] if i + 1 < last else logits
            a = A[i + 1]
            dot(W, A[i], z)
            add(z, b, z)
            negative(z, a)
            exp(a, a)
            add(a, one, a)
            reciprocal(a, a)
        np.absolute(logits, part)  # max(z, 0) - z y + log(1 + exp(-|z|)), which no logit overflows
        negative(part, part)
        exp(part, part)
        np.log1p(part, part)
        multiply(logits, target, rest)
        np.maximum(logits, zero, out=logits)
        subtract(logits, rest, logits)
        add(logits, part, logits)
        reduce(logits, None, None, loss)
        np.divide(loss, rows, loss)
        subtract(A[last], target, D[last])
        for i in range(last - 1, -1, -1):
            dW, db = grads[i]
            dot(D[i + 1], A[i].T, dW)
            dot(D[i + 1], ones, db[:, 0])
            if i:
                a, t = A[i], T[i]
                dot(params[i][0].T, D[i + 1], D[i])
                subtract(one, a, t)
                multiply(t, a, t)
                multiply(D[i], t, D[i])
        multiply(grad, rate, grad)
        subtract(theta, grad, theta)

    return step, loss


def relu_softmax_mini_batch(
    X: np.ndarray, labels: np.ndarray, start: Params, lr: float, momentum: float, batch: int
) -> tuple[Callable[[np.ndarray], None], np.ndarray]:
    """ReLU layers, softmax cross-entropy, momentum. The step takes the rows of its batch."""
    dtype = X.dtype
    layers = [X.shape[1], *(W.shape[1] for W, _ in start)]
    total = sum((a + 1) * b for a, b in pairwise(layers))
    theta, grad, velocity = (np.zeros(total, dtype) for _ in range(3))
    params, grads, at = [], [], 0
    for a, b in pairwise(layers):
        for flat, views in ((theta, params), (grad, grads)):
            views.append((flat[at : at + a * b].reshape(a, b), flat[at + a * b : at + a * b + b]))
        at += (a + 1) * b
    for (W, b), (W0, b0) in zip(params, start, strict=True):
        W[...], b[...] = W0, b0
    hot = np.eye(layers[-1], dtype=dtype)[labels]
    A = [np.empty((batch, k), dtype) for k in layers]
    D = [np.empty((batch, k), dtype) for k in layers]
    masks = [np.empty((batch, k), bool) for k in layers]
    target, edge, ones = np.empty((batch, layers[-1]), dtype), np.empty((batch, 1), dtype), np.ones(batch, dtype)
    zero, mu, rate = np.asarray(0, dtype), np.asarray(momentum, dtype), np.asarray(lr, dtype)
    scale, loss, last = np.asarray(1 / batch, dtype), np.zeros((), dtype), len(params)

    def step(rows: np.ndarray) -> None:
        np.take(X, rows, 0, A[0], "clip")
        np.take(hot, rows, 0, target, "clip")
        for i, (W, b) in enumerate(params):
            np.dot(A[i], W, A[i + 1])
            np.add(A[i + 1], b, A[i + 1])
            if i + 1 < last:
                np.maximum(A[i + 1], zero, out=A[i + 1])
        z, d = A[last], D[last]
        np.maximum.reduce(z, 1, None, edge, True)
        np.subtract(z, edge, z)
        np.exp(z, d)
        np.add.reduce(d, 1, None, edge, True)
        np.divide(d, edge, d)
        np.log(edge, edge)
        np.subtract(z, edge, z)
        np.multiply(z, target, z)
        np.add.reduce(z, None, None, loss)
        np.multiply(loss, -scale, loss)
        np.subtract(d, target, d)
        np.multiply(d, scale, d)
        for i in range(last - 1, -1, -1):
            dW, db = grads[i]
            np.dot(A[i].T, D[i + 1], dW)
            np.dot(ones, D[i + 1], db)
            if i:
                np.dot(D[i + 1], params[i][0].T, D[i])
                np.greater(A[i], zero, masks[i])
                np.multiply(D[i], masks[i], D[i])
        np.multiply(velocity, mu, velocity)
        np.add(velocity, grad, velocity)
        np.multiply(velocity, rate, grad)
        np.subtract(theta, grad, theta)

    return step, loss
