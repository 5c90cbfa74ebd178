"""Time a training step of the reference engine against a loop written by hand, on the same work in the same run.

Rounds are interleaved, the first ones are not counted, medians are compared. ``make bench`` prints the table.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hand_loops import Params, relu_softmax_mini_batch, sigmoid_full_batch

import cutaway as ca
from cutaway.nn import LOSSES
from cutaway.train.loop import TrainingRun


@dataclass
class Contest:
    """Two ways to do the same training steps."""

    name: str
    by_hand: Callable[[int], float]
    ours: Callable[[int], float]
    steps: int


def _start(layers: list[int], dtype: str) -> Params:
    rng = np.random.default_rng(0)
    return [(rng.normal(0, 1 / np.sqrt(a), (a, b)).astype(dtype), np.zeros(b, dtype)) for a, b in pairwise(layers)]


def _run(net: ca.Network, loss: str, rule: object, X: np.ndarray, T: np.ndarray, batch: int) -> TrainingRun:
    return TrainingRun(
        net, LOSSES[loss], rule, [X, T], None, epochs=10**6 if batch == len(X) else 1000, batch_size=batch,
        shuffle=True, seed=0, metrics=[],
    )  # fmt: skip


def full_batch(name: str, layers: list[int], rows: int, lr: float, dtype: str) -> Contest:
    """Two moons, sigmoid layers, gradient descent on all rows."""
    data = ca.data.load("moons", n_samples=rows, noise=0.2, seed=42)
    X, T = data.X.astype(dtype), data.y.reshape(-1, 1).astype(dtype)
    start = _start(layers, dtype)
    step, loss = sigmoid_full_batch(X, data.y, start, lr)
    net = ca.Network(
        [ca.Dense(b, "sigmoid", weights=W) for b, (W, _) in zip(layers[1:], start, strict=True)], dtype=dtype
    )
    run = _run(net.build(layers[0]), "binary_cross_entropy", ca.SGD(lr), X, T, rows)
    return _contest(name, run, lambda k: step(), loss, 300 if rows < 600 else 100)


def mini_batch(name: str, layers: list[int], batch: int, dtype: str) -> Contest:
    """Handwritten digits, ReLU, softmax cross-entropy, momentum."""
    data = ca.data.load("digits")
    X, T = (data.X / 16).astype(dtype), np.eye(10, dtype=dtype)[data.y]
    start = _start(layers, dtype)
    step, loss = relu_softmax_mini_batch(X, data.y, start, 0.01, 0.9, batch)
    kinds = ["relu"] * (len(layers) - 2) + ["softmax"]
    dense = [ca.Dense(b, a, weights=W) for b, a, (W, _) in zip(layers[1:], kinds, start, strict=True)]
    rows = len(X) // batch * batch
    rule = ca.SGD(0.01, momentum=0.9)
    run = _run(
        ca.Network(dense, dtype=dtype).build(layers[0]), "categorical_cross_entropy", rule, X[:rows], T[:rows], batch
    )

    def by_hand(k: int) -> None:
        start = k % run.steps_per_epoch * batch
        step(run._permutation(k // run.steps_per_epoch)[start : start + batch])

    return _contest(name, run, by_hand, loss, 200)


def _contest(name: str, run: TrainingRun, by_hand: Callable[[int], None], loss: np.ndarray, steps: int) -> Contest:
    position = {"hand": 0, "ours": 0}

    def timed(who: str, step: Callable[[int], object]) -> Callable[[int], float]:
        def go(count: int) -> float:
            first = position[who]
            begin = time.perf_counter()
            for k in range(first, first + count):
                step(k)
            position[who] += count
            return (time.perf_counter() - begin) / count

        return go

    contest = Contest(name, timed("hand", by_hand), timed("ours", run._step), steps)
    for _ in range(3):  # the same numbers: checked before anything is timed
        contest.by_hand(1)
        contest.ours(1)
        ours = float(next(iter(run._steps.values())).loss)
        assert abs(ours - float(loss)) < 1e-4 * abs(ours), (name, ours, float(loss))
    return contest


def compare(contest: Contest, rounds: int) -> tuple[float, float, float]:
    """Median seconds for a step by hand and by us, and the median of the ratios of neighbouring rounds."""
    hand, ours = [], []
    for r in range(rounds + 2):
        pair = [contest.by_hand(contest.steps), contest.ours(contest.steps)]
        if r >= 2:
            hand.append(pair[0])
            ours.append(pair[1])
    return (
        statistics.median(hand),
        statistics.median(ours),
        statistics.median(o / h for o, h in zip(ours, hand, strict=True)),
    )


def import_times() -> dict[str, float]:
    """Median seconds of whole processes: Python with NumPy, with cutaway, and ``cutaway --version``."""
    commands = {
        "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
        "python -c 'import cutaway'": [sys.executable, "-c", "import cutaway"],
        "cutaway --version": [sys.executable, "-m", "cutaway", "--version"],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(6):
        for name, command in commands.items():
            begin = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            found[name].append(time.perf_counter() - begin)
    return {name: statistics.median(times[1:]) for name, times in found.items()}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    contests = [
        full_batch("moons 500, 2-8-1 sigmoid, SGD, full batch, float32", [2, 8, 1], 500, 0.5, "float32"),
        full_batch("moons 500, 2-8-1 sigmoid, SGD, full batch, float64", [2, 8, 1], 500, 0.5, "float64"),
        full_batch("moons 1000, 2-16-32-1 sigmoid, SGD, full batch, float32", [2, 16, 32, 1], 1000, 1.0, "float32"),
        full_batch("moons 1000, 2-16-32-1 sigmoid, SGD, full batch, float64", [2, 16, 32, 1], 1000, 1.0, "float64"),
        mini_batch("digits, 64-128-10 ReLU, momentum, batch 100, float32", [64, 128, 10], 100, "float32"),
        mini_batch("digits, 64-128-10 ReLU, momentum, batch 100, float64", [64, 128, 10], 100, "float64"),
    ]
    print(f"{'one training step, in microseconds':<62}{'by hand':>10}{'cutaway':>10}{'ratio':>8}")
    with np.errstate(all="ignore"):
        for contest in contests:
            hand, ours, ratio = compare(contest, rounds)
            print(f"{contest.name:<62}{hand * 1e6:>10.1f}{ours * 1e6:>10.1f}{ratio:>8.2f}")
    print(f"\n{'whole process, in milliseconds':<62}")
    for name, seconds in import_times().items():
        print(f"{name:<62}{seconds * 1e3:>10.0f}")


if __name__ == "__main__":
    main()
