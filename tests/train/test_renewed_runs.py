"""A run that does another one with the steps that it compiled: the same bits as without, and only where it may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.train import loop
from cutaway.train.fit import prepared
from cutaway.train.loop import TrainingRun

RNG = np.random.default_rng(0)
LAYERS = [ca.Dense(5, "tanh"), ca.Dropout(0.3), ca.Dense(4), ca.BatchNorm(), ca.Dense(1)]


def run_of(numbers: int, **changed: Any) -> TrainingRun:
    """A run on rows, weights and rates of its own."""
    rng = np.random.default_rng(numbers)
    rows = changed.pop("rows", 40)
    X, y = rng.normal(size=(rows, 3)), rng.normal(size=rows)
    network = ca.Network(LAYERS, seed=numbers)
    network.layers = changed.pop("layers", None) or SHARED.layers
    network.build(3)
    settings: dict[str, Any] = {
        "loss": "mean_squared_error",
        "optimizer": ca.Adam(0.01 * (1 + numbers)),
        "lr": None,
        "epochs": 3 + numbers,
        "batch_size": 16,
        "shuffle": True,
        "validation": None,
        "sample_weight": rng.uniform(size=rows),
        "class_weight": None,
        "metrics": ("r2",),
        "seed": numbers,
        "engine": "numpy",
    }
    return prepared(network, X, y, rows=None, **{**settings, **changed})


SHARED = ca.Network(LAYERS)


def test_a_renewed_run_gives_the_same_bits_without_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    used = run_of(0)
    used.go([])
    compiled: list[int] = []
    original = loop.CompiledStep
    monkeypatch.setattr(loop, "CompiledStep", lambda run, rows: (compiled.append(rows), original(run, rows))[1])
    for numbers in (1, 2):
        other, anew = run_of(numbers), run_of(numbers)
        assert used.renewable and used.alike(other)
        used.renew(other)
        used.go([])
        assert not compiled
        anew.go([])
        assert sorted(compiled) == [8, 16]
        compiled.clear()
        assert all(np.array_equal(a, b) for a, b in zip(used.live(), anew.live(), strict=True))
        assert used.history is other.history and len(used.history) == 3 + numbers
        for name in set(anew.history.columns) - {"seconds"}:
            assert np.array_equal(used.history[name], anew.history[name])


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": 41},
        {"layers": ca.Network(LAYERS).layers},
        {"loss": "mean_absolute_error"},
        {"optimizer": ca.SGD(0.01)},
        {"optimizer": ca.AdamW(0.01, weight_decay=0.0)},
        {"optimizer": ca.Adam(0.01, weight_decay=0.1)},
        {"optimizer": ca.Adam(ca.Cosine(0.01))},
        {"batch_size": 20},
        {"sample_weight": None},
        {"metrics": ()},
        {"validation": 0.2},
        {"engine": "auto"},
    ],
    ids=lambda changed: "-".join(f"{name}" for name in changed),
)
def test_what_is_more_than_numbers_is_not_alike(changed: dict[str, Any]) -> None:
    assert run_of(0).alike(run_of(1)) and not run_of(0).alike(run_of(1, **changed))


def test_what_reads_other_numbers_than_arrays_cannot_be_renewed() -> None:
    for changed, expected in (
        ({}, True),
        ({"optimizer": ca.Adam(ca.Cosine(0.01))}, False),
        ({"validation": 0.2}, False),
    ):
        run = run_of(0, **changed)
        assert not run.renewable
        run.go([])
        assert run.renewable == expected
