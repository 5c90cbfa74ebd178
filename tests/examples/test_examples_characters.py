"""The example that reads and writes characters, on a part of its text."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np


def test_the_network_needs_fewer_bits_than_counting_pairs(example: Callable[[str], ModuleType], capsys: object) -> None:
    module = example("characters")
    found, text = module.run(length=30_000, epochs=2, drawn=40)
    assert found["the network"] < found["pairs of characters"] - 0.5
    assert found["pairs of characters"] < found["single characters"] - 0.5
    assert len(text) == 40
    assert len(set(text)) > 5


def test_a_fair_coin_costs_one_bit(example: Callable[[str], ModuleType]) -> None:
    assert example("characters").bits(np.array([0.5, 0.5, 0.5])) == 1


def test_counting_looks_at_the_same_characters_as_the_network(example: Callable[[str], ModuleType]) -> None:
    """After 0 there always is a 1 and after 1 a 0; what is counted starts after the first window."""
    module = example("characters")
    codes = np.arange(2000) % 2
    singles, pairs = module.counting(codes, codes, 2)
    assert abs(singles - 1) < 1e-6
    assert 0 < pairs < 0.01
    X, y = module.windows(codes)
    assert len(X) == len(y) == 2000 - module.CONTEXT
    assert np.array_equal(X[5], codes[5 : 5 + module.CONTEXT])
    assert np.array_equal(y, codes[module.CONTEXT :])
