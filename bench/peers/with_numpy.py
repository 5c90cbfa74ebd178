"""NumPy by hand: every operation into a buffer that is kept, nothing allocated; SciPy's products for the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hand_loops import relu_softmax_mini_batch, sigmoid_full_batch

from peers.loops import Done, Loop, in_turn, timed
from peers.workloads import MOMENTUM, Workload

Step = Callable[[], float]


def by_hand(workload: Workload) -> Loop:
    """The loop that suits the workload."""
    if workload.graph:
        step = _graph(workload)
    elif workload.batch is not None:
        return _mini_batch(workload)
    elif workload.hidden == "sigmoid":
        step = _sigmoid(workload, workload.lr, 0)
    else:
        step = _relu(workload)

    def go(epochs: int) -> Done:
        with np.errstate(all="ignore"):
            return timed(epochs, lambda: [step() for _ in range(epochs)])

    return go


def many(workload: Workload, sample: int | None = None) -> Loop:
    """One network after the other; a round may take a sample of them, since their times add up."""
    some = in_turn([_sigmoid(workload, lr, seed) for lr, seed in workload.members()], sample)

    def go(epochs: int) -> Done:
        chosen = some()
        with np.errstate(all="ignore"):
            return timed(epochs * len(chosen), lambda: [[step() for _ in range(epochs)] for step in chosen])

    return go


def _sigmoid(workload: Workload, lr: float, seed: int) -> Step:
    a = workload.arrays
    step, loss = sigmoid_full_batch(a["X"], a["y"], workload.start(seed), lr)

    def go() -> float:
        step()
        return float(loss)

    return go


def _mini_batch(workload: Workload) -> Loop:
    a, batch, done = workload.arrays, workload.batch or 0, 0
    step, loss = relu_softmax_mini_batch(a["X"], a["y"], workload.start(), workload.lr, MOMENTUM, batch)

    def go(epochs: int) -> Done:
        def work() -> list[float]:
            nonlocal done
            losses = []
            for _ in range(epochs):
                order = workload.order(done)
                for first in range(0, len(order), batch):
                    step(order[first : first + batch])
                    losses.append(float(loss))
                done += 1
            return losses

        return timed(epochs * workload.steps, work)

    return go


def _update(workload: Workload, theta: np.ndarray, grad: np.ndarray) -> Callable[[], None]:
    """Gradient descent or Adam on one vector of all parameters."""
    f, t = theta.dtype.type, 0
    if workload.rule == "sgd":
        rate = f(workload.lr)

        def descend() -> None:
            np.multiply(grad, rate, grad)
            np.subtract(theta, grad, theta)

        return descend
    m, v, part, root = (np.zeros_like(theta) for _ in range(4))
    decay = f(workload.decay)

    def adam() -> None:
        nonlocal t
        t += 1
        if workload.decay:
            np.multiply(theta, decay, part)
            np.add(grad, part, grad)
        np.multiply(m, f(0.9), m)
        np.multiply(grad, f(0.1), part)
        np.add(m, part, m)
        np.multiply(grad, grad, part)
        np.multiply(part, f(0.001), part)
        np.multiply(v, f(0.999), v)
        np.add(v, part, v)
        np.multiply(v, f(1 / (1 - 0.999**t)), root)
        np.sqrt(root, root)
        np.add(root, f(1e-8), root)
        np.multiply(m, f(workload.lr / (1 - 0.9**t)), part)
        np.divide(part, root, part)
        np.subtract(theta, part, theta)

    return adam


def _views(shapes: list[tuple[int, ...]]) -> tuple[np.ndarray, list[np.ndarray]]:
    """One vector, and views of it in these shapes."""
    sizes = [int(np.prod(s)) for s in shapes]
    flat = np.zeros(sum(sizes), np.float32)
    parts = np.split(flat, np.cumsum(sizes)[:-1])
    return flat, [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


def _relu(workload: Workload) -> Step:
    """One hidden ReLU layer and one output, laid out feature-major; the loss is taken from the logits."""
    X, y, n = workload.arrays["X"], workload.arrays["y"], workload.n
    (W0, b0), (V0, c0) = workload.start()
    inputs, k = W0.shape
    shapes = [(k, inputs), (k, 1), (1, k), (1, 1)]
    theta, (W, b, V, c) = _views(shapes)
    grad, (dW, db, dV, dc) = _views(shapes)
    W[...], b[...], V[...], c[...] = W0.T, b0[:, None], V0.T, c0[:, None]
    update = _update(workload, theta, grad)
    A, T = np.ascontiguousarray(X.T), y[None].astype(np.float32)
    H, D = np.empty((2, k, n), np.float32)
    z, e, p, d = np.empty((4, 1, n), np.float32)
    mask, total = np.empty((k, n), bool), np.zeros((), np.float32)
    zero, one, ones, share = np.float32(0), np.float32(1), np.ones(n, np.float32), np.float32(1 / n)

    def step() -> float:
        np.dot(W, A, H)
        np.add(H, b, H)
        np.maximum(H, zero, out=H)
        np.dot(V, H, z)
        np.add(z, c, z)
        np.negative(z, d)
        np.exp(d, d)
        np.add(d, one, d)
        np.reciprocal(d, d)
        np.subtract(d, T, d)
        np.multiply(d, share, d)
        np.absolute(z, e)
        np.negative(e, e)
        np.exp(e, e)
        np.log1p(e, e)
        np.multiply(z, T, p)
        np.maximum(z, zero, out=z)
        np.subtract(z, p, z)
        np.add(z, e, z)
        np.add.reduce(z, None, None, total)
        np.dot(d, H.T, dV)
        np.dot(d, ones, dc[:, 0])
        np.greater(H, zero, mask)
        np.multiply(V.T, d, D)
        np.multiply(D, mask, D)
        np.dot(D, X, dW)
        np.dot(D, ones, db[:, 0])
        update()
        return float(total) / n

    return step


def _graph(workload: Workload) -> Step:
    """Two graph layers with SciPy's sparse products."""
    from scipy import sparse

    a, n = workload.arrays, workload.n
    words, hidden, subjects = workload.layers
    starts = np.concatenate([[0], np.cumsum(a["word_counts"])])
    X = sparse.csr_array((a["values"], a["words"], starts), (n, words))
    A = sparse.csr_array((a["link"], (a["row"], a["column"])), (n, n))
    XT, known = X.T.tocsr(), a["known"]
    y, every = a["y"][known], np.arange(len(known))
    shapes = [(words, hidden), (hidden,), (hidden, subjects), (subjects,)]
    theta, (W1, b1, W2, b2) = _views(shapes)
    grad, (dW1, db1, dW2, db2) = _views(shapes)
    for target, value in zip((W1, b1, W2, b2), (p for pair in workload.start() for p in pair), strict=True):
        target[...] = value
    update, rng, keep = _update(workload, theta, grad), np.random.default_rng(0), np.float32(1 - workload.dropout)
    D = np.zeros((n, subjects), np.float32)

    def step() -> float:
        H = A @ (X @ W1)
        np.add(H, b1, H)
        mask = H > 0
        if workload.dropout:
            mask &= rng.random(H.shape, np.float32) < keep
        np.multiply(H, mask, H)
        np.divide(H, keep, H)
        z = (A @ (H @ W2))[known]
        np.add(z, b2, z)
        np.subtract(z, z.max(axis=1, keepdims=True), z)
        logs = np.log(np.exp(z).sum(axis=1, keepdims=True))
        np.subtract(z, logs, z)
        loss = -float(z[every, y].mean())
        np.exp(z, z)
        z[every, y] -= 1
        np.divide(z, np.float32(len(known)), z)
        D[known] = z
        G = A @ D  # the graph's matrix is symmetric
        np.dot(H.T, G, dW2)
        np.sum(D, axis=0, out=db2)
        E = G @ W2.T
        np.multiply(E, mask, E)
        np.divide(E, keep, E)
        np.sum(E, axis=0, out=db1)
        dW1[...] = XT @ (A @ E)
        update()
        return loss

    return step


def one_row(workload: Workload) -> Callable[[], Any]:
    """The outputs for one row."""
    params, row = workload.start(), workload.arrays["X"][:1]

    def predict() -> Any:
        x = row
        for W, b in params:
            x = 1 / (1 + np.exp(-(x @ W + b)))
        return x

    return predict


def products(workload: Workload) -> Loop:
    """No training: how many products of large matrices BLAS does, which says what the machine can do."""
    size = 1536
    A, B, C = np.ones((3, size, size), np.float32)

    def go(epochs: int) -> Done:
        return timed(epochs, lambda: [float(np.dot(A, B, C)[0, 0]) for _ in range(epochs)])

    return go
