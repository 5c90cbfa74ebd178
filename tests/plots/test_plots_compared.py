"""Bars that start at a baseline, and curves with bands."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from cutaway import plots
from cutaway.errors import DataError, DtypeError, ShapeError, UsageError
from cutaway.plots import frame

SCORES = {"good": [0.9, 0.94], "bad": [0.7, 0.72, 0.8], "line": 0.8}


def bars_of(axes: object) -> list[Rectangle]:
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]  # type: ignore[attr-defined]


def test_bars_go_from_the_baseline_to_the_mean() -> None:
    (axes,) = plots.bars(SCORES, baseline="line").axes
    good, bad, line = bars_of(axes)
    for bar, mean in ((good, 0.92), (bad, 0.74), (line, 0.8)):
        assert bar.get_x() == pytest.approx(0.8)
        assert bar.get_x() + bar.get_width() == pytest.approx(mean)
    assert good.get_facecolor()[:3] == pytest.approx(frame.lighten(frame.BLUE, 0.25))
    assert bad.get_facecolor()[:3] == pytest.approx(frame.lighten(frame.VERMILION, 0.25))


def test_numbers_and_spread_stand_beside() -> None:
    (axes,) = plots.bars(SCORES, baseline="line").axes
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["0.920 ± 0.028", "0.740 ± 0.053", "0.800"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["good", "bad", "line"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1], "the first is on top"


def test_whiskers_are_the_standard_deviation() -> None:
    (axes,) = plots.bars(SCORES, baseline="line").axes
    spans = [np.ptp(line.get_segments()[0][:, 0]) for line in axes.collections if hasattr(line, "get_segments")]
    assert spans == pytest.approx([2 * np.std([0.9, 0.94], ddof=1), 2 * np.std([0.7, 0.72, 0.8], ddof=1)])


def test_marked_bars_are_darker() -> None:
    (axes,) = plots.bars(SCORES, baseline="line", marked=["good"]).axes
    good, bad, _ = bars_of(axes)
    assert good.get_facecolor()[:3] == pytest.approx(frame.lighten(frame.BLUE, 0.25))
    assert bad.get_facecolor()[:3] == pytest.approx(frame.lighten(frame.VERMILION, 0.6))
    assert [text.get_fontweight() for text in axes.texts] == ["bold", "normal", "normal"]


@pytest.mark.parametrize(
    ("scores", "how", "error"),
    [
        ({"a": 1.0}, {"baseline": "b"}, UsageError),
        ({"a": 1.0}, {"baseline": "a", "marked": ["c"]}, UsageError),
        ({"a": [1.0, np.nan]}, {"baseline": "a"}, DataError),
        ({"a": [[1.0]]}, {"baseline": "a"}, ShapeError),
        ({"a": ["x"]}, {"baseline": "a"}, DtypeError),
    ],
)
def test_mistakes_in_scores(scores: dict[str, object], how: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        plots.bars(scores, **how)  # type: ignore[arg-type]


RUNS = {"a": [[4.0, 2.0, 1.0], [4.0, 3.0]], "b": [[5.0, 6.0]]}


def test_the_mean_is_drawn_in_a_band() -> None:
    """What has ended keeps its lowest number."""
    first, second = plots.bands(RUNS).axes
    mean = first.get_lines()[-1]
    np.testing.assert_allclose(mean.get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(mean.get_ydata(), [4.0, 2.5, 2.0])
    (band,) = [c for c in first.collections if isinstance(c, PolyCollection)]
    assert band.get_paths()[0].vertices[:, 1].min() == 1.0
    assert not [c for c in second.collections if isinstance(c, PolyCollection)], "one run has no band"
    assert [axes.get_title(loc="left") for axes in (first, second)] == ["a", "b"]


def test_the_others_are_there_in_grey_on_the_same_scales() -> None:
    first, second = plots.bands(RUNS).axes
    np.testing.assert_allclose(first.get_lines()[0].get_ydata(), [5.0, 6.0])
    np.testing.assert_allclose(second.get_lines()[0].get_ydata(), [4.0, 2.5, 2.0])
    assert first.get_ylim() == second.get_ylim() and first.get_xlim() == second.get_xlim()


def test_a_logarithmic_scale_only_where_it_can_be() -> None:
    assert plots.bands(RUNS, log=True).axes[0].get_yscale() == "log"
    assert plots.bands({"a": [[1.0, 0.0]]}, log=True).axes[0].get_yscale() == "linear"


def test_numbers_that_are_not_finite_are_left_out() -> None:
    (axes,) = plots.bands({"a": [[3.0, np.inf, 2.0, np.nan]]}).axes
    np.testing.assert_allclose(axes.get_lines()[-1].get_ydata(), [3.0, 2.0])


@pytest.mark.parametrize(
    ("runs", "error"),
    [({}, UsageError), ({"a": []}, ShapeError), ({"a": [[np.nan]]}, DataError), ({"a": [1.0, 2.0]}, ShapeError)],
)
def test_mistakes_in_runs(runs: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        plots.bands(runs)  # type: ignore[arg-type]
