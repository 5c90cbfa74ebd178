"""Time a training step of a small LeNet here and in PyTorch: the same network, batch, optimizer and numbers.

Rounds are interleaved, the first ones are not counted, medians are compared. Both start from the same weights and take
the same batches; their losses are compared before anything is timed. Here BLAS has one thread while training, whatever
the machine has; PyTorch is timed with one and with two.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import cutaway as ca
from cutaway.engines.threads import one_blas_thread
from cutaway.nn import LOSSES
from cutaway.train.loop import TrainingRun

RATE, ROWS = 0.001, 6000
Step = Callable[[int], float]


def layers() -> list[Any]:
    return [
        ca.Conv2D(6, 5, "relu"),
        ca.MaxPool2D(2),
        ca.Conv2D(16, 5, "relu"),
        ca.MaxPool2D(2),
        ca.Flatten(),
        ca.Dense(120, "relu"),
        ca.Dense(84, "relu"),
        ca.Dense(10, "softmax"),
    ]


def ours(net: ca.Network, X: np.ndarray, y: np.ndarray, batch: int) -> tuple[TrainingRun, Step]:
    """One step of the training loop, with all that it does around the arithmetic."""
    T = np.eye(10, dtype=np.float32)[y]
    run = TrainingRun(
        net, LOSSES["categorical_cross_entropy"], ca.Adam(RATE), [X, T], None, epochs=10_000, batch_size=batch,
        shuffle=True, seed=0, metrics=[],
    )  # fmt: skip
    return run, lambda k: float(run._step(k).loss)


def theirs(net: ca.Network, X: np.ndarray, y: np.ndarray, run: TrainingRun) -> Step:
    """A step as PyTorch's users write it: rows picked, forward, loss, backward, update, the loss read."""
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    start = [p for p in net.params if p]
    for module, p in zip([m for m in model if hasattr(m, "weight")], start, strict=True):
        W = p["W"].transpose(3, 2, 0, 1) if p["W"].ndim == 4 else p["W"].T
        if W.shape == (120, 256):  # it flattens (channels, height, width)
            W = W.reshape(120, 4, 4, 16).transpose(0, 3, 1, 2).reshape(120, 256)
        module.weight.data = torch.from_numpy(W.copy())
        module.bias.data = torch.from_numpy(p["b"].copy())
    rule, loss_of = torch.optim.Adam(model.parameters(), RATE), nn.CrossEntropyLoss()
    images, labels = torch.from_numpy(X)[:, None], torch.from_numpy(y)

    def step(k: int) -> float:
        epoch, position = divmod(k, run.steps_per_epoch)
        rows = torch.from_numpy(run._permutation(epoch)[position * run.batch_size : (position + 1) * run.batch_size])
        rule.zero_grad()
        loss = loss_of(model(images[rows]), labels[rows])
        loss.backward()
        rule.step()
        return float(loss.item())

    return step


def timed(step: Step, first: int, count: int) -> float:
    begin = time.perf_counter()
    for k in range(first, first + count):
        step(k)
    return (time.perf_counter() - begin) / count


def contest(batch: int, rounds: int, count: int, threads: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.random((ROWS, 28, 28), np.float32), rng.integers(0, 10, ROWS)
    net = ca.Network(layers(), seed=0).build((28, 28))
    run, step = ours(net, X, y, batch)
    other = theirs(net, X, y, run)
    for k in range(5):  # the same numbers
        a, b = step(k), other(k)
        assert abs(a - b) < 1e-4, (k, a, b)
    seconds: dict[str, list[float]] = {"cutaway": [], **{f"torch, {n} threads": [] for n in threads}}
    for r in range(rounds + 2):
        first = 5 + r * count
        with one_blas_thread(), np.errstate(all="ignore"):  # as the training loop does
            found = {"cutaway": timed(step, first, count)}
        for n in threads:
            torch.set_num_threads(n)
            found[f"torch, {n} threads"] = timed(other, first, count)
        if r >= 2:
            for name, value in found.items():
                seconds[name].append(value)
    for name, values in seconds.items():
        ratio = statistics.median(o / v for o, v in zip(seconds["cutaway"], values, strict=True))
        steps = 60_000 / batch
        middle, best = statistics.median(values), min(values)
        print(
            f"batch {batch:<5}{name:<18}{middle * 1e3:>9.2f} ms a step (best {best * 1e3:.2f}), "
            f"{middle * steps:.1f} s an epoch of MNIST; cutaway takes {ratio:.2f} of it"
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=20, help="steps in a round")
    parser.add_argument("--batch", type=int, action="append", help="may be repeated; 64 and 100 by default")
    parser.add_argument("--threads", type=int, action="append", help="of PyTorch; 1 and 2 by default")
    options = parser.parse_args()
    for batch in options.batch or (64, 100):
        contest(batch, options.rounds, options.steps, tuple(options.threads or (1, 2)))


if __name__ == "__main__":
    main()
