"""Time networks that are trained together against a loop over ``fit``, by the same engine in the same run.

Both are whole calls, recording and planning included. Rounds are interleaved, the first one is not counted, medians are
compared, and the ratio is the median of the ratios of the rounds. ``python bench/many.py`` prints the table.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import cutaway as ca


@dataclass(frozen=True)
class Work:
    """Some networks on a data set."""

    name: str
    networks: int
    layers: tuple[int, ...]
    epochs: int
    data: str = "moons"
    how: dict[str, Any] = field(default_factory=dict)

    def make(self) -> list[ca.Network]:
        """Return new networks."""
        classes = ca.data.load(self.data).n_classes
        last = ca.Dense(1, "sigmoid") if classes == 2 else ca.Dense(classes, "softmax")
        hidden = [ca.Dense(units, "tanh") for units in self.layers]
        return [ca.Network([*hidden, last], seed=seed) for seed in range(self.networks)]


MINI = {"batch_size": 32}
WORK = [
    Work("20 of 2-8-8-1, moons 500, batches of 32", 20, (8, 8), 20, how=MINI),
    Work("100 of 2-8-1, moons 500, batches of 32", 100, (8,), 10, how=MINI),
    Work("20 of 2-16-32-1, moons 500, batches of 32", 20, (16, 32), 20, how=MINI),
    Work("20 of 2-8-8-1, moons 500, all rows", 20, (8, 8), 200),
    Work("5 of 64-64-10, digits, batches of 32", 5, (64,), 3, "digits", MINI),
    Work("20 of 64-64-10, digits, batches of 32", 20, (64,), 3, "digits", MINI),
    Work("5 of 64-256-10, digits, batches of 100", 5, (256,), 3, "digits", {"batch_size": 100}),
]


def compare(work: Work, rounds: int) -> tuple[float, float, float]:
    """Median seconds of the loop and of the stack, and the median of their ratios."""
    data = ca.data.load(work.data)
    alone, together = [], []
    for _ in range(rounds + 1):
        many, each = work.make(), work.make()
        begin = time.perf_counter()
        for network in each:
            network.fit(data.X, data.y, epochs=work.epochs, engine="numpy", progress=False, **work.how)
        between = time.perf_counter()
        ca.fit_many(many, data.X, data.y, epochs=work.epochs, progress=False, **work.how)
        together.append(time.perf_counter() - between)
        alone.append(between - begin)
        difference = max(np.abs(a(data.X) - b(data.X)).max() for a, b in zip(many, each, strict=True))
        assert difference < 1e-2, (work.name, difference)  # float32, after hundreds of steps
    ratios = [a / t for a, t in zip(alone[1:], together[1:], strict=True)]
    return statistics.median(alone[1:]), statistics.median(together[1:]), statistics.median(ratios)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{'networks':<46}{'one by one, ms':>15}{'together, ms':>14}{'times faster':>14}")
    for work in WORK:
        alone, together, ratio = compare(work, rounds)
        print(f"{work.name:<46}{alone * 1e3:>15.0f}{together * 1e3:>14.0f}{ratio:>14.1f}")


if __name__ == "__main__":
    main()
