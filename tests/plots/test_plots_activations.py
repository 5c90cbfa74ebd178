"""Activation functions: their curves, their derivatives, their guide lines."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cutaway import plots
from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.plots.activations import derivative

Z = np.linspace(-3, 3, 50)


def curve(axes: Axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    (line,) = (line for line in axes.get_lines() if line.get_label() == label)
    return np.asarray(line.get_xdata()), np.asarray(line.get_ydata())


def guides(axes: Axes) -> set[float]:
    return {float(line.get_ydata()[0]) for line in axes.get_lines() if line.get_linestyle() == ":"}


def test_named_activations_with_derivatives_and_limits() -> None:
    fig = plots.activations()
    assert [axes.get_title(loc="left") for axes in fig.axes] == ["sigmoid", "tanh", "relu"]
    z, values = curve(fig.axes[0], "activation")
    np.testing.assert_allclose(values, 1 / (1 + np.exp(-z)), atol=1e-12)
    z, slope = curve(fig.axes[0], "derivative")
    np.testing.assert_allclose(slope, np.exp(-z) / (1 + np.exp(-z)) ** 2, atol=1e-12)
    assert [guides(axes) for axes in fig.axes] == [{1.0}, {-1.0, 1.0}, set()]
    assert "steepest slope: 0.25" in fig.axes[0].get_xlabel()
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["activation", "derivative"]


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (np.tanh, 1 - np.tanh(Z) ** 2),
        (lambda z: np.where(z > 0, z, 0.1 * z), np.where(Z > 0, 1.0, 0.1)),
        (lambda z: z**2 * np.exp(-z), (2 * Z - Z**2) * np.exp(-Z)),
        (math.tanh, 1 - np.tanh(Z) ** 2),
        (lambda z: max(0.0, z), np.where(Z > 0, 1.0, 0.0)),
    ],
    ids=["numpy", "where", "own", "math", "python"],
)
def test_derivative(function: object, slope: np.ndarray) -> None:
    np.testing.assert_allclose(derivative(function, Z), slope, atol=1e-8)  # type: ignore[arg-type]


def test_a_jump_is_a_gap_and_a_straight_line_is_whole() -> None:
    fig = plots.activations({"step": lambda z: np.where(z > 0, 1.0, 0.0), "line": lambda z: 2.0 * z})
    _, values = curve(fig.axes[0], "activation")
    assert np.isnan(values).sum() == 1
    for label in ("activation", "derivative"):
        assert np.isfinite(curve(fig.axes[1], label)[1]).all()


def test_functions_of_single_numbers_are_drawn_too() -> None:
    fig = plots.activations([math.atan, lambda z: max(0.0, z)], limits=(-2, 2))
    z, values = curve(fig.axes[0], "activation")
    np.testing.assert_allclose(values, np.arctan(z))
    assert (z[0], z[-1]) == (-2.0, 2.0)
    assert [axes.get_title(loc="left") for axes in fig.axes] == ["atan", "<lambda>"]


def test_two_functions_of_the_same_name_have_a_panel_each() -> None:
    fig = plots.activations([lambda z: z, lambda z: 2 * z])
    assert len(fig.axes) == 2


def test_own_axes() -> None:
    own = Figure()
    axes = own.subplots()
    assert plots.activations("tanh", ax=axes) is own
    assert axes.get_title(loc="left") == "tanh"


REFUSED = {
    "unknown": (lambda: plots.activations("sigmoit"), UsageError, "Did you mean 'sigmoid'"),
    "none": (lambda: plots.activations([]), UsageError, "at least one function"),
    "no function": (lambda: plots.activations({"a": 3}), UsageError, "'a' is not a function; received a int"),
    "softmax": (lambda: plots.activations("softmax"), UsageError, "'softmax' is not elementwise"),
    "shape": (lambda: plots.activations(lambda z: np.ones((len(z), 2))), ShapeError, r"\(1000, 2\) for \(1000,\)"),
    "NaN": (lambda: plots.activations({"root": np.sqrt}), DataError, "'root' is NaN.*500 such values"),
    "limits": (lambda: plots.activations(limits=(5, -5)), UsageError, r"in order; received \(5, -5\)"),
    "infinite limits": (lambda: plots.activations(limits=(0, np.inf)), UsageError, "limits must be two numbers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_named(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()
