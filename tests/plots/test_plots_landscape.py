"""Range tests and loss surfaces as pictures: what is drawn, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from cutaway import plots
from cutaway.errors import DataError, UsageError
from cutaway.train import LossSurface, RangeTest

RATES = np.geomspace(1e-4, 1, 5)
LOSSES = np.array([1.0, 0.9, 0.4, 0.5, 40.0])
AXIS = np.linspace(-1, 1, 9)
BOWL = 0.1 + AXIS[:, None] ** 2 + AXIS**2


def labels(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.legends[0].get_texts()]


def test_the_rate_that_is_suggested_is_marked() -> None:
    fig = plots.lr_range(RangeTest(RATES, LOSSES, LOSSES, True), title="which")
    steps, means, suggested = fig.axes[0].get_lines()
    assert np.array_equal(steps.get_ydata(), LOSSES) and np.array_equal(means.get_xdata(), RATES)
    assert list(np.asarray(suggested.get_xdata(), float)) == [0.001, 0.001]
    assert labels(fig) == ["each step", "running mean", "suggested: 0.001"]
    assert fig.axes[0].get_xlabel() == "learning rate\nended at 1, where the loss exploded"
    assert fig.axes[0].get_ylim()[1] < 2  # an explosion does not flatten the rest
    assert fig.axes[0].get_title(loc="left") == "which"


def test_where_nothing_falls_nothing_is_suggested() -> None:
    flat = np.ones(5)
    fig = plots.lr_range(RangeTest(RATES, flat, flat, False))
    assert len(fig.axes[0].get_lines()) == 2
    assert "did not fall" in fig.axes[0].get_xlabel()


def test_a_range_test_without_a_step_cannot_be_drawn() -> None:
    none = np.zeros(0)
    with pytest.raises(DataError, match="not finite at the lowest rate"):
        plots.lr_range(RangeTest(none, none, none, True))
    with pytest.raises(UsageError, match="draws a range test; received an object of type list"):
        plots.lr_range([1, 2])  # type: ignore[arg-type]


def test_the_network_and_its_path_are_marked() -> None:
    path = np.array([[0.9, 0.8], [0.3, 0.4], [0.0, 0.0]])
    fig = plots.surface(LossSurface(AXIS, AXIS, BOWL, 0.1, path, 0.974, ("right", "up")), title="bowl")
    axes = fig.axes[0]
    assert labels(fig) == ["training", "start", "the network, 0.1"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("right\n97 % of the path lies in this plane", "up")
    *_, way, start, here = axes.get_lines()
    np.testing.assert_array_equal(way.get_xydata(), path)
    np.testing.assert_array_equal(start.get_xydata(), path[:1])
    np.testing.assert_array_equal(here.get_xydata(), [[0, 0]])


def test_contours_grow_by_a_factor_where_walls_are_high() -> None:
    even = plots.surface(LossSurface(AXIS, AXIS, BOWL, 0.1)).axes[0].collections[0]
    steep = plots.surface(LossSurface(AXIS, AXIS, np.exp(5 * BOWL) - 1.6, 0.01)).axes[0].collections[0]
    differences = np.diff(even.levels)
    factors = steep.levels[1:] / steep.levels[:-1]
    np.testing.assert_allclose(differences, differences[0])
    np.testing.assert_allclose(factors, factors[0])


@pytest.mark.parametrize(
    "losses", [np.full((9, 9), 0.7), np.where(BOWL > 1, np.inf, BOWL), -BOWL], ids=["plain", "walls", "below zero"]
)
def test_plains_and_infinite_walls_can_be_drawn(losses: np.ndarray) -> None:
    plots.surface(LossSurface(AXIS, AXIS, losses, 0.1)).draw_without_rendering()


def test_it_draws_into_axes_of_yours() -> None:
    fig = Figure()
    assert plots.surface(LossSurface(AXIS, AXIS, BOWL, 0.1), ax=fig.add_subplot()) is fig


def test_a_surface_without_a_number_cannot_be_drawn() -> None:
    with pytest.raises(DataError, match="nowhere finite"):
        plots.surface(LossSurface(AXIS, AXIS, BOWL * np.nan, np.nan))
    with pytest.raises(UsageError, match="draws a loss surface; received an object of type ndarray"):
        plots.surface(BOWL)  # type: ignore[arg-type]
