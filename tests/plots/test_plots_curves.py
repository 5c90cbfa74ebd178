"""Curves of training: panels, validation, several runs, logarithmic scales."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from cutaway import plots
from cutaway.errors import DataError, ShapeError, UsageError

LOSS = [0.7, 0.4, 0.2, 0.1]
RUN = {
    "epoch": [1, 2, 3, 4],
    "loss": LOSS,
    "accuracy": [0.5, 0.7, 0.8, 0.9],
    "val_loss": [0.7, None, 0.4, 0.4],
    "val_accuracy": [0.5, 0.6, 0.7, 0.7],
    "lr": [0.1] * 4,
    "seconds": [0.0, 0.1, 0.2, 0.3],
    "note": ["a", "b", "c", "d"],
}
RECORDS = [{name: values[i] for name, values in RUN.items()} for i in range(4)]


class Recorded:
    """What a history is: columns, each of which can be asked for."""

    columns = tuple(RUN)

    def __getitem__(self, name: str) -> Any:
        return RUN[name]


def points(fig: Figure, panel: int, line: int) -> list[list[float]]:
    return np.column_stack(fig.axes[panel].get_lines()[line].get_data()).tolist()


@pytest.mark.parametrize("history", [RUN, RECORDS, Recorded()], ids=["mapping", "records", "history"])
def test_loss_and_metrics_have_a_panel_each_with_validation(history: object) -> None:
    fig = plots.curves(history, title="a run")
    assert [axes.get_ylabel() for axes in fig.axes] == ["loss", "accuracy"]
    assert [axes.get_xlabel() for axes in fig.axes] == ["epoch", "epoch"]
    assert points(fig, 0, 0) == [[1, 0.7], [2, 0.4], [3, 0.2], [4, 0.1]]
    assert points(fig, 0, 1) == [[1, 0.7], [3, 0.4], [4, 0.4]]  # where nothing was recorded there is no point
    training, validation = fig.axes[0].get_lines()
    assert training.get_linestyle() == "-" != validation.get_linestyle()
    assert training.get_color() != validation.get_color()
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["training", "validation"]
    assert fig.get_suptitle() == "a run"


def test_training_alone_needs_no_legend_and_epochs_start_at_one() -> None:
    fig = plots.curves({"loss": LOSS}, title="alone")
    assert points(fig, 0, 0)[0] == [1, 0.7]
    assert fig.legends == []
    assert fig.axes[0].get_title(loc="left") == "alone"


def test_several_runs_differ_in_colour_and_validation_in_dashes() -> None:
    fig = plots.curves({"slow": RUN, "fast": {"loss": LOSS[:2], "val_loss": LOSS[:2]}})
    colours = [line.get_color() for line in fig.axes[0].get_lines()]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert len(fig.axes[1].get_lines()) == 2  # the second run has no accuracy
    words = [text.get_text() for text in fig.legends[0].get_texts()]
    assert words == ["slow", "fast", "training", "validation"]


def test_chosen_metrics() -> None:
    assert [axes.get_ylabel() for axes in plots.curves(RUN, metrics=["lr"]).axes] == ["lr"]
    assert [axes.get_ylabel() for axes in plots.curves(RUN, metrics="accuracy").axes] == ["accuracy"]


def test_a_logarithmic_scale_is_for_losses_and_has_plain_numbers() -> None:
    fig = plots.curves(RUN, log=True)
    assert [axes.get_yscale() for axes in fig.axes] == ["log", "linear"]
    fig.draw_without_rendering()
    labels = [text.get_text() for text in fig.axes[0].get_yticklabels() if text.get_text()]
    assert {"0.1", "0.2", "0.5"} <= set(labels)


def test_a_loss_that_diverged_is_drawn_as_far_as_it_goes() -> None:
    fig = plots.curves({"loss": [0.7, 3.0, np.inf, np.nan]}, log=True)
    assert points(fig, 0, 0) == [[1, 0.7], [2, 3.0]]


def test_own_axes() -> None:
    own = Figure()
    both = own.subplots(2)
    assert plots.curves(RUN, ax=both, title="mine") is own
    assert [len(axes.get_lines()) for axes in both] == [2, 2]
    assert both[0].get_title(loc="left") == "mine"
    assert both[1].get_legend() is not None


REFUSED = {
    "a number": (lambda: plots.curves(3.0), UsageError, "curves takes a history.*type float"),
    "a list of numbers": (lambda: plots.curves(LOSS), UsageError, "curves takes a history.*type list"),
    "no records": (lambda: plots.curves([]), DataError, "nothing was recorded"),
    "an empty column": (lambda: plots.curves({"loss": []}), DataError, "nothing was recorded"),
    "no metric": (lambda: plots.curves({"epoch": [1], "lr": [0.1]}), DataError, "no loss and no metric.*epoch, lr"),
    "lengths": (lambda: plots.curves({"loss": [1.0], "accuracy": [1, 2]}), ShapeError, "loss 1, accuracy 2"),
    "two axes": (lambda: plots.curves({"loss": np.ones((2, 2))}), ShapeError, r"'loss'.*shape \(2, 2\)"),
    "unknown": (lambda: plots.curves(RUN, metrics=["acuracy"]), UsageError, "Did you mean 'accuracy'"),
    "log of 0": (lambda: plots.curves({"loss": [1.0, 0.0]}, log=True), DataError, "smallest value of 0.*log=True"),
    "axes": (lambda: plots.curves(RUN, ax=Figure().subplots()), UsageError, r"2 panels \(loss, accuracy\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_named(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()
