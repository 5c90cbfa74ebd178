"""Schedules: the rates as printed in a textbook; that they are PyTorch's is tested with the optimizers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.train.schedules import Constant, Cosine, Exponential, OneCycle, Schedule, Step, WarmUp, schedule


def test_a_number_is_a_constant_schedule() -> None:
    assert schedule(0.5) == Constant(0.5)
    cosine = Cosine(0.5)
    assert schedule(cosine) is cosine
    np.testing.assert_array_equal(schedule(0.5).rates(2, 3), np.full(6, 0.5))


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Step(1.0, every=2), [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1]),
        (Step(1.0, 3, 0.5), [1, 1, 1, 1, 1, 1, 0.5, 0.5]),
        (Exponential(1.0, 0.5), [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]),
        (Cosine(1.0), np.repeat([1, (1 + 2**-0.5) / 2, 0.5, (1 - 2**-0.5) / 2], 2)),
        (Cosine(1.0, floor=0.5), np.repeat([1, (3 + 2**-0.5) / 4, 0.75, (3 - 2**-0.5) / 4], 2)),
        (WarmUp(1.0, epochs=2), [0.25, 0.5, 0.75, 1, 1, 1, 1, 1]),
        (WarmUp(1.0, epochs=1.5), [1 / 3, 2 / 3, 1, 1, 1, 1, 1, 1]),
        (WarmUp(1.0, epochs=0.01), [1, 1, 1, 1, 1, 1, 1, 1]),
        (WarmUp(1.0, steps=16), np.arange(1, 9) / 16),
        (WarmUp(Step(1.0, every=2), steps=4), [0.25, 0.5, 0.75, 1, 0.1, 0.1, 0.1, 0.1]),
    ],
    ids=str,
)
def test_rates_of_two_steps_in_four_epochs(schedule: Schedule, expected: list[float]) -> None:
    rates = schedule.rates(steps_per_epoch=2, epochs=4)
    assert rates.dtype == np.float64
    np.testing.assert_allclose(rates, expected, rtol=1e-15)


def test_one_cycle_rises_to_its_peak_and_falls_to_its_end() -> None:
    rates = OneCycle(0.5, rise=0.25, start=0.1, end=0.01).rates(steps_per_epoch=10, epochs=4)
    assert rates.argmax() == 9 and rates[9] == 0.5
    assert rates[0] == pytest.approx(0.05) and rates[-1] == pytest.approx(0.005)
    assert (np.diff(rates[:10]) > 0).all() and (np.diff(rates[9:]) < 0).all()


@pytest.mark.parametrize("rise", [0.0, 0.1, 0.25, 0.3, 0.5, 0.99])
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 10])
def test_one_cycle_of_very_few_steps_stays_within_its_rates(rise: float, steps: int) -> None:
    rates = OneCycle(1.0, rise=rise).rates(steps, 1)
    assert rates.shape == (steps,)
    assert (rates >= 1 / 25 / 1e4 * 0.999).all() and (rates <= 1).all()


@given(
    steps=st.integers(1, 7),
    epochs=st.integers(0, 9),
    kind=st.sampled_from(
        [
            Constant(0.3),
            Step(0.3, 2),
            Exponential(0.3, 0.9),
            Cosine(0.3, floor=0.1),
            OneCycle(0.3),
            WarmUp(Cosine(0.3), epochs=3),
            WarmUp(OneCycle(0.3), steps=2),
        ]
    ),
)
def test_there_is_one_finite_rate_for_each_step(steps: int, epochs: int, kind: Schedule) -> None:
    rates = kind.rates(steps, epochs)
    assert rates.shape == (steps * epochs,)
    assert np.isfinite(rates).all() and (rates >= 0).all() and (rates <= 0.3).all()
