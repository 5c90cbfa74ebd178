"""Which of the arrays that a loop moves is a parameter, where all begin with the same zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.checking.running.log import Change
from cutaway.checking.running.trajectories import trajectories

LAYER = 7


def changes(name: str, values: list[Any], offset: int) -> list[Change]:
    """A row of values of one attribute of a layer, one in each round."""
    arrays = [np.asarray(v, dtype=float) for v in values]
    return [
        Change(10 * i + offset, (LAYER, (name,)), f"self.{name}", "f.py", offset, "step", 1, old, new, False, 0, ())
        for i, (old, new) in enumerate(zip([None, *arrays], arrays, strict=False))
    ]


def kept(*rows: list[Change]) -> dict[str, str]:
    params = {"W1": np.array([1.0, 2.0]), "b1": np.zeros(2)}
    log = sorted((c for row in rows for c in row), key=lambda c: c.at)
    return {name: found[0].name for name, found in trajectories(params, log).items()}


WEIGHTS = changes("W", [[1, 2], [0.9, 2.1], [0.7, 2.4], [0.4, 2.9]], 3)


def test_the_sum_that_moves_a_bias_is_no_bias() -> None:
    sums = [[0.0, 0.0], [1.0, -2.0], [1.5, -2.5], [3.0, -2.0]]
    biases = np.cumsum([[0.0, 0.0], *(-0.1 * np.array(s) for s in sums[1:])], axis=0)
    assert kept(WEIGHTS, changes("db", sums, 1), changes("shift", list(biases), 2)) == {
        "W1": "self.W",
        "b1": "self.shift",
    }


def test_what_is_set_back_to_zeros_is_no_bias() -> None:
    sums = changes("db", [[0, 0], [1, -2], [0, 0], [3, 1], [0, 0]], 1)
    assert kept(WEIGHTS, sums) == {"W1": "self.W"}


def test_a_bias_that_never_moves_is_known_by_its_name() -> None:
    sums = changes("db", [[0, 0], [1, -2], [2, 3], [2, 5]], 1)
    assert kept(WEIGHTS, sums, changes("b", [[0, 0]], 2)) == {"W1": "self.W", "b1": "self.b"}
