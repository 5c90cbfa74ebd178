"""Time the native engine against other frameworks: the same networks, data and numbers, in the same run.

Rounds are interleaved, the first is not counted, medians of ratios of neighbouring rounds are compared. What is timed
is the training loop: compilation and imports apart, data in memory, and the loss of every step kept. Peers that are not
installed are left out. ``--cold`` times whole processes, from start to trained weights; ``--many`` many
networks at once.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

Run = Callable[[], Any]
Case = dict[str, Any]
CASES: dict[str, Case] = {
    "W1 moons 500, 2-8-1 sigmoid, SGD": {"sizes": [2, 8, 1], "act": "sigmoid", "rows": 500, "lr": 0.5, "steps": 5000},
    "W2 moons 1000, 2-16-32-1 sigmoid, SGD": {
        "sizes": [2, 16, 32, 1], "act": "sigmoid", "rows": 1000, "lr": 1.0, "steps": 1000,
    },
    "W3 xor 4, 2-4-1 ReLU, Adam": {
        "sizes": [2, 4, 1], "act": "relu", "rows": 4, "lr": 0.1, "adam": True, "steps": 20000,
    },
    "W4 quadrants 1000, 2-10-1 ReLU, SGD": {"sizes": [2, 10, 1], "act": "relu", "rows": 1000, "lr": 0.1, "steps": 5000},
    "W5 60000 x 784, 784-128-10 ReLU, momentum, batch 100": {
        "sizes": [784, 128, 10], "act": "relu", "rows": 60000, "lr": 0.01, "batch": 100, "momentum": 0.9, "steps": 600,
    },
}  # fmt: skip


def data_of(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Samples and classes."""
    rng = np.random.default_rng(0)
    n, d = case["rows"], case["sizes"][0]
    if n == 4:
        return np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([0, 1, 1, 0])
    if d == 784:
        return rng.random((n, d), dtype=np.float32), rng.integers(0, 10, n)
    X = rng.standard_normal((n, d)).astype(np.float32)
    return X, (X[:, 0] * X[:, 1] > 0).astype(np.int64)


def start(sizes: list[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The first weights, the same for all."""
    rng = np.random.default_rng(0)
    made = []
    for a, b in pairwise(sizes):
        k = 1 / np.sqrt(a)
        made.append((rng.uniform(-k, k, (a, b)).astype(np.float32), rng.uniform(-k, k, b).astype(np.float32)))
    return made


def cutaway_engine(case: Case, threads: int) -> Run:
    """The training loop of this package, engine and loop alone."""
    import cutaway as ca
    from cutaway.nn import LOSSES
    from cutaway.train import native
    from cutaway.train.loop import TrainingRun
    from cutaway.train.steppers import NativeStepper

    native.cores = lambda: threads
    X, y = data_of(case)
    k = case["sizes"][-1]
    T = np.eye(k, dtype=np.float32)[y] if k > 1 else y.reshape(-1, 1).astype(np.float32)
    acts = [case["act"]] * (len(case["sizes"]) - 2) + ["softmax" if k > 1 else "sigmoid"]
    net = ca.Network([ca.Dense(b, a) for b, a in zip(case["sizes"][1:], acts, strict=True)]).build(len(X[0]))
    rule = ca.Adam(case["lr"]) if case.get("adam") else ca.SGD(case["lr"], momentum=case.get("momentum", 0.0))
    run = TrainingRun(
        net, LOSSES["categorical_cross_entropy" if k > 1 else "binary_cross_entropy"], rule, [X, T], None,
        epochs=1000 if "batch" in case else 10**6, batch_size=case.get("batch", len(X)), shuffle=True, seed=0,
        metrics=[],
    )  # fmt: skip
    begin = time.perf_counter()
    stepper = NativeStepper(run)
    case["compiled"] = time.perf_counter() - begin
    flat = np.concatenate([np.concatenate([W.ravel(), b]) for W, b in start(case["sizes"])])
    state = {k: v.copy() for k, v in run.optimizer_state.items()}

    def go() -> list[float]:
        run.theta[:] = flat
        for name, array in state.items():
            run.optimizer_state[name][...] = array
        losses: list[float] = []
        while len(losses) < case["steps"]:
            losses += stepper.do(len(losses), min(case["steps"] - len(losses), stepper.at_once())).losses
        return losses

    return go


def jax_scan(case: Case, threads: int) -> Run:
    """JAX with the whole loop in ``lax.scan``, and mini-batches gathered inside it."""
    import jax
    import jax.numpy as jnp

    X, y = (jnp.asarray(a) for a in data_of(case))
    k, lr, mu = case["sizes"][-1], case["lr"], case.get("momentum", 0.0)
    act = jax.nn.sigmoid if case["act"] == "sigmoid" else jax.nn.relu
    first = [(jnp.asarray(W), jnp.asarray(b)) for W, b in start(case["sizes"])]
    zeros = jax.tree_util.tree_map(jnp.zeros_like, first)
    map_ = jax.tree_util.tree_map

    def loss_of(P: Any, x: Any, t: Any) -> Any:
        for W, b in P[:-1]:
            x = act(x @ W + b)
        z = x @ P[-1][0] + P[-1][1]
        if k > 1:
            return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(z.shape[0]), t])
        z = z[:, 0]
        return jnp.mean(jnp.maximum(z, 0) - z * t + jnp.log1p(jnp.exp(-jnp.abs(z))))

    def step(state: Any, rows: Any) -> Any:
        P, M, V, t = state
        x, target = (X, y) if rows is None else (X[rows], y[rows])
        value, g = jax.value_and_grad(loss_of)(P, x, target)
        if case.get("adam"):
            t = t + 1
            M = map_(lambda m, d: 0.9 * m + 0.1 * d, M, g)
            V = map_(lambda v, d: 0.999 * v + 0.001 * d * d, V, g)
            P = map_(lambda p, m, v: p - lr * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), P, M, V)
        else:
            M = map_(lambda m, d: mu * m + d, M, g) if mu else g
            P = map_(lambda p, m: p - lr * m, P, M)
        return (P, M if mu or case.get("adam") else zeros, V, t), value

    batch = case.get("batch")

    @jax.jit
    def train(key: Any) -> Any:
        order = None
        if batch:
            order = jax.random.permutation(key, len(X))[: case["steps"] * batch].reshape(case["steps"], batch)
        return jax.lax.scan(step, (first, zeros, zeros, 0.0), order, length=case["steps"])[1]

    return lambda: train(jax.random.PRNGKey(0)).block_until_ready()


def torch_eager(case: Case, threads: int) -> Run:
    """PyTorch as its tutorials write it, with tensors in memory."""
    import torch

    torch.set_num_threads(threads)
    X, y = (torch.from_numpy(a) for a in data_of(case))
    k = case["sizes"][-1]
    target = y if k > 1 else y.float()[:, None]
    loss_of = torch.nn.CrossEntropyLoss() if k > 1 else torch.nn.BCEWithLogitsLoss()
    act = torch.nn.Sigmoid if case["act"] == "sigmoid" else torch.nn.ReLU

    def go() -> list[float]:
        layers: list[Any] = []
        for (a, b), (W, c) in zip(pairwise(case["sizes"]), start(case["sizes"]), strict=True):
            linear = torch.nn.Linear(a, b)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(W.T))
                linear.bias.copy_(torch.from_numpy(c))
            layers += [linear, act()]
        net = torch.nn.Sequential(*layers[:-1])
        kind = torch.optim.Adam if case.get("adam") else torch.optim.SGD
        how = {"momentum": case["momentum"]} if case.get("momentum") else {}
        optimizer = kind(net.parameters(), lr=case["lr"], **how)
        order = torch.randperm(len(X))
        size = case.get("batch")
        losses = []
        for i in range(min(case["steps"], 300)):
            rows = order[i * size : (i + 1) * size] if size else slice(None)
            optimizer.zero_grad()
            value = loss_of(net(X[rows]), target[rows])
            value.backward()
            optimizer.step()
            losses.append(value.item())
        return losses

    go.steps = min(case["steps"], 300)  # type: ignore[attr-defined]
    return go


PEERS: dict[str, Callable[[Case, int], Run]] = {"JAX, lax.scan": jax_scan, "PyTorch eager": torch_eager}


def seconds_of(run: Run, steps: int) -> float:
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) / getattr(run, "steps", steps)


def compare(name: str, case: Case, rounds: int, threads: int) -> None:
    """Print a line for each peer."""
    ours = cutaway_engine(case, threads)
    expected = ours()
    rivals: dict[str, Run] = {}
    for peer, make in PEERS.items():
        try:
            rivals[peer] = make(case, threads)
        except ImportError:
            continue
        losses = np.asarray(rivals[peer](), float).ravel()
        if "batch" not in case:
            np.testing.assert_allclose(losses[:20], expected[:20], rtol=1e-3, err_msg=peer)
    times: dict[str, list[float]] = {peer: [] for peer in ("cutaway", *rivals)}
    for r in range(rounds + 1):
        for peer, run in (("cutaway", ours), *rivals.items()):
            seconds = seconds_of(run, case["steps"])
            if r:
                times[peer].append(seconds)
    mine = statistics.median(times["cutaway"])
    line = f"{name:<54}{mine * 1e6:>9.2f} ({min(times['cutaway']) * 1e6:.2f})"
    for peer in rivals:
        ratio = statistics.median(b / a for a, b in zip(times["cutaway"], times[peer], strict=True))
        least = min(times[peer]) / min(times["cutaway"])
        line += f"   {peer} {statistics.median(times[peer]) * 1e6:.1f} ({ratio:.1f}; fastest rounds {least:.1f})"
    print(f"{line}   compiled in {case['compiled'] * 1e3:.0f} ms", flush=True)


COLD = """
import numpy as np, cutaway as ca
X = np.random.default_rng(0).standard_normal((%d, 2)).astype(np.float32)
y = (X[:, 0] * X[:, 1] > 0).astype(int)
net = ca.Network([%s, ca.Dense(1, "sigmoid")])
net.fit(X, y, optimizer=ca.SGD(1.0), epochs=%d, progress=False, metrics=(), engine="%s")
"""


def cold(rounds: int) -> None:
    """Whole processes: an empty cache of machine code, and a full one."""
    import tempfile

    cases = {"W1, 1000 epochs": (500, 'ca.Dense(8, "sigmoid")', 1000),
             "W2, 2000 epochs": (1000, 'ca.Dense(16, "sigmoid"), ca.Dense(32, "sigmoid")', 2000)}  # fmt: skip
    print(f"\n{'whole process, in milliseconds':<40}{'numpy':>10}{'native, first':>16}{'native, again':>16}")
    for name, (rows, layers, epochs) in cases.items():
        found: dict[str, list[float]] = {"numpy": [], "first": [], "again": []}
        for _ in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                for kind in found:
                    program = COLD % (rows, layers, epochs, "numpy" if kind == "numpy" else "native")
                    environment = {**os.environ, "CUTAWAY_CODE": f"{folder}/code"}
                    begin = time.perf_counter()
                    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
                    found[kind].append(time.perf_counter() - begin)
        numpy, first, again = (statistics.median(v) * 1e3 for v in found.values())
        print(f"{name:<40}{numpy:>10.0f}{first:>16.0f}{again:>16.0f}", flush=True)


def many(rounds: int) -> None:
    """64 networks like W2, 500 epochs each: side by side here, vectorised over networks in JAX."""
    import cutaway as ca

    case = CASES["W2 moons 1000, 2-16-32-1 sigmoid, SGD"]
    X, y = data_of(case)
    count, epochs = 64, 500

    def ours() -> None:
        layers = [ca.Dense(16, "sigmoid"), ca.Dense(32, "sigmoid"), ca.Dense(1, "sigmoid")]
        networks = [ca.Network(layers, seed=seed) for seed in range(count)]
        how = {"optimizer": ca.SGD(1.0), "epochs": epochs, "metrics": (), "progress": False, "engine": "native"}
        ca.fit_many(networks, X, y, **how)

    rivals: dict[str, Run] = {"cutaway": ours}
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        pass
    else:
        a, t = jnp.asarray(X), jnp.asarray(y)
        keys = jax.random.split(jax.random.PRNGKey(0), count)

        def one(key: Any) -> Any:
            P = []
            for k, (i, o) in zip(jax.random.split(key, 3), pairwise(case["sizes"]), strict=True):
                P.append((jax.random.normal(k, (i, o)) / i**0.5, jnp.zeros(o)))

            def loss_of(P: Any) -> Any:
                h = a
                for W, b in P[:-1]:
                    h = jax.nn.sigmoid(h @ W + b)
                z = (h @ P[-1][0] + P[-1][1])[:, 0]
                return jnp.mean(jnp.maximum(z, 0) - z * t + jnp.log1p(jnp.exp(-jnp.abs(z))))

            def step(P: Any, _: Any) -> Any:
                value, g = jax.value_and_grad(loss_of)(P)
                return jax.tree_util.tree_map(lambda p, d: p - d, P, g), value

            return jax.lax.scan(step, P, None, length=epochs)[1]

        train = jax.jit(jax.vmap(one))
        rivals["JAX, vmap and lax.scan"] = lambda: train(keys).block_until_ready()
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for r in range(rounds + 1):
        for name, run in rivals.items():
            begin = time.perf_counter()
            run()
            if r:
                times[name].append(time.perf_counter() - begin)
    for name, found in times.items():
        print(
            f"W7 64 networks, 500 epochs, {name:<30}{statistics.median(found):>8.2f} s ({min(found):.2f})", flush=True
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--many", action="store_true")
    given = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(given.threads)
    if given.threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if given.cold:
        cold(given.rounds)
        return
    if given.many:
        many(given.rounds)
        return
    print("microseconds for a step, median (fastest); peers, and how many times longer they take", end="; ")
    print(f"{given.threads} threads")
    for name, case in CASES.items():
        if given.only in name:
            compare(name, dict(case), given.rounds, given.threads)


if __name__ == "__main__":
    main()
