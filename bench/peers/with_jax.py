"""JAX: the step compiled, or the whole loop in ``lax.scan``; ``vmap`` over networks; sparse products in two ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import sparse

from peers.loops import Done, Loop, timed
from peers.workloads import MOMENTUM, Workload

Loss = Callable[[Any, Any, Any], Any]  # of parameters, data, and what is new at a step
_map = jax.tree_util.tree_map


def _from_logits(workload: Workload, z: Any, y: Any) -> Any:
    """The loss from logits, where it cannot overflow."""
    if workload.output == "softmax":
        return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(y)), y])
    return jnp.mean(jnp.maximum(z, 0) - z * y + jnp.log1p(jnp.exp(-jnp.abs(z))))


def _dense(workload: Workload) -> tuple[Loss, Any]:
    """Loss and data of dense layers."""
    activation = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[workload.hidden]
    X, y = workload.arrays["X"], workload.arrays["y"]
    labels = jnp.asarray(y, jnp.int32) if workload.output == "softmax" else jnp.asarray(y[:, None], jnp.float32)

    def loss(params: Any, data: Any, rows: Any) -> Any:
        x, y = data if rows is None else (data[0][rows], data[1][rows])
        for W, b in params[:-1]:
            x = activation(x @ W + b)
        W, b = params[-1]
        return _from_logits(workload, x @ W + b, y)

    return loss, (jnp.asarray(X), labels)


def _graph(workload: Workload, product: str) -> tuple[Loss, Any]:
    """Loss and data of two graph layers; sparse products by BCOO, or by sums over the entries of each row."""
    a = workload.arrays
    n, words = workload.n, workload.layers[0]
    y, known = jnp.asarray(a["y"][a["known"]], jnp.int32), jnp.asarray(a["known"])
    row_of_word = np.repeat(np.arange(n), a["word_counts"]).astype(np.int32)
    parts = ((a["values"], row_of_word, a["words"], words), (a["link"], a["row"], a["column"], n))
    if product == "bcoo":
        data = [
            sparse.BCOO(
                (jnp.asarray(v), jnp.asarray(np.stack([i, j], axis=1))),
                shape=(n, width), indices_sorted=True, unique_indices=True,
            )
            for v, i, j, width in parts
        ]  # fmt: skip

        def times(matrix: Any, W: Any) -> Any:
            return matrix @ W
    else:
        data = [(jnp.asarray(v), jnp.asarray(i), jnp.asarray(j)) for v, i, j, _ in parts]

        def times(matrix: Any, W: Any) -> Any:
            v, i, j = matrix
            return jax.ops.segment_sum(v[:, None] * W[j], i, num_segments=n, indices_are_sorted=True)

    def loss(params: Any, data: Any, key: Any) -> Any:
        X, A = data
        (W1, b1), (W2, b2) = params
        h = jax.nn.relu(times(A, times(X, W1)) + b1)
        if workload.dropout:
            share = 1 - workload.dropout
            h = h * (jax.random.bernoulli(key, share, h.shape) / share)
        return _from_logits(workload, (times(A, h @ W2) + b2)[known], y)

    return loss, data


def _problem(workload: Workload, product: str) -> tuple[Loss, Any, Callable[[int, int], Any]]:
    """Loss, data, and what is new at each step of some epochs: rows, a key, or nothing."""
    if workload.graph:
        loss, data = _graph(workload, product)
        return loss, data, lambda first, count: jax.random.split(jax.random.PRNGKey(first), count)
    loss, data = _dense(workload)
    if workload.batch is None:
        return loss, data, lambda first, count: None
    shape = (workload.steps, workload.batch)
    return (
        loss,
        data,
        lambda first, count: jnp.asarray(
            np.concatenate([workload.order(e).astype(np.int32).reshape(shape) for e in range(first, first + count)])
        ),
    )


def _step(workload: Workload, loss: Loss) -> Callable[[Any, Any, Any, Any], tuple[Any, Any]]:
    """The training step: state, data, learning rate and what is new give the next state and the loss."""

    def step(state: Any, data: Any, lr: Any, new: Any) -> tuple[Any, Any]:
        params, m, v, t = state
        value, g = jax.value_and_grad(loss)(params, data, new)
        if workload.decay:
            g = _map(lambda d, p: d + workload.decay * p, g, params)
        if workload.rule == "sgd":
            params = _map(lambda p, d: p - lr * d, params, g)
        elif workload.rule == "momentum":
            m = _map(lambda m, d: MOMENTUM * m + d, m, g)
            params = _map(lambda p, m: p - lr * m, params, m)
        else:
            t = t + 1
            m = _map(lambda m, d: 0.9 * m + 0.1 * d, m, g)
            v = _map(lambda v, d: 0.999 * v + 0.001 * d * d, v, g)
            one, two = 1 - 0.9**t, 1 - 0.999**t
            params = _map(lambda p, m, v: p - lr * (m / one) / (jnp.sqrt(v / two) + 1e-8), params, m, v)
        return (params, m, v, t), value

    return step


def _state(workload: Workload, seed: int = 0) -> Any:
    params = [(jnp.asarray(W), jnp.asarray(b)) for W, b in workload.start(seed)]
    zeros = _map(jnp.zeros_like, params)
    return (
        params,
        None if workload.rule == "sgd" else zeros,
        zeros if workload.rule == "adam" else None,
        jnp.float32(0),
    )


def per_step(workload: Workload, product: str = "bcoo") -> Loop:
    """One compiled step, called from Python; the losses are looked at in the end."""
    loss, data, news = _problem(workload, product)
    step = _step(workload, loss)
    compiled = jax.jit(lambda state, data, new: step(state, data, workload.lr, new))
    state, done = _state(workload), 0

    def go(epochs: int) -> Done:
        def work() -> list[float]:
            nonlocal state, done
            new = news(done, epochs)
            done += epochs
            losses = []
            for i in range(epochs * workload.steps):
                state, value = compiled(state, data, None if new is None else new[i])
                losses.append(value)
            jax.block_until_ready(state)
            return [float(value) for value in losses]

        return timed(epochs * workload.steps, work)

    return go


def scan(workload: Workload, product: str = "bcoo") -> Loop:
    """All steps in one compiled program."""
    loss, data, news = _problem(workload, product)
    step, chunk = _step(workload, loss), workload.chunk

    @jax.jit
    def train(state: Any, data: Any, new: Any) -> Any:
        return lax.scan(lambda s, x: step(s, data, workload.lr, x), state, new, length=chunk * workload.steps)

    state, done = _state(workload), 0

    def go(epochs: int) -> Done:
        def work() -> np.ndarray:
            nonlocal state, done
            losses = []
            for _ in range(epochs // chunk):
                state, values = train(state, data, news(done, chunk))
                done += chunk
                losses.append(np.asarray(values))
            return np.concatenate(losses)

        return timed(epochs * workload.steps, work)

    return go


def scan_of_many(workload: Workload) -> Loop:
    """All steps of all networks in one compiled program."""
    loss, data, _ = _problem(workload, "")
    step, chunk = _step(workload, loss), workload.chunk
    rates, seeds = zip(*workload.members(), strict=True)

    def one(state: Any, lr: Any, data: Any) -> Any:
        return lax.scan(lambda s, _: step(s, data, lr, None), state, None, length=chunk)

    train = jax.jit(jax.vmap(one, in_axes=(0, 0, None)))
    state = _map(lambda *parts: jnp.stack(parts), *(_state(workload, seed) for seed in seeds))
    lrs = jnp.asarray(rates, jnp.float32)

    def go(epochs: int) -> Done:
        def work() -> np.ndarray:
            nonlocal state
            losses = []
            for _ in range(epochs // chunk):
                state, values = train(state, lrs, data)
                losses.append(np.asarray(values))
            return np.concatenate(losses, axis=1)

        return timed(epochs * workload.networks, work)

    return go


def one_row(workload: Workload) -> Callable[[], Any]:
    """The compiled outputs for one row."""
    activation = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[workload.hidden]
    params, _, _, _ = _state(workload)
    row = workload.arrays["X"][:1]

    @jax.jit
    def outputs(params: Any, x: Any) -> Any:
        for W, b in params[:-1]:
            x = activation(x @ W + b)
        return jax.nn.sigmoid(x @ params[-1][0] + params[-1][1])

    return lambda: np.asarray(outputs(params, row))
