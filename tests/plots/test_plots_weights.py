"""Weights as heat maps and as images."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from cutaway import plots
from cutaway.errors import DataError, DtypeError, ShapeError, UsageError

RNG = np.random.default_rng(0)
W1, B1, W2 = RNG.normal(size=(2, 8)), RNG.normal(size=8), RNG.normal(size=(8, 1))


def titles(fig: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in fig.axes if axes.get_title(loc="left")]


def test_a_mapping_has_a_panel_for_each_array_zero_is_white() -> None:
    fig = plots.weights({"W1": W1, "b1": B1, "W2": W2}, title="weights")
    assert titles(fig) == ["W1 (2, 8)", "b1 (8,)", "W2 (8, 1)"]
    for axes, array in zip(fig.axes, (W1, B1, W2), strict=False):
        image = axes.images[0]
        np.testing.assert_array_equal(np.ravel(image.get_array()), np.ravel(array))
        low, high = image.get_clim()
        assert low == -high == -np.abs(array).max()
        assert min(image.cmap(0.5)[:3]) > 0.96
    assert fig.get_suptitle() == "weights"


def test_small_arrays_are_written_out_with_readable_ink() -> None:
    fig = plots.weights(np.array([[1.0, -0.25], [0.0, 2.0]]))
    texts = fig.axes[0].texts
    assert [text.get_text() for text in texts] == ["1", "-0.25", "0", "2"]
    assert texts[2].get_color() == "black"
    assert fig.axes[0].texts[0].get_position() == (0, 0) and texts[1].get_position() == (1, 0)
    assert len(plots.weights(np.ones((9, 9))).axes[0].texts) == 0


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (SimpleNamespace(weights={"layer1": {"W": W1, "b": B1}, "layer2": {"W": W2}}), ["layer1.W", "layer2.W"]),
        (SimpleNamespace(params=lambda: {"W1": W1, "b1": B1, "W2": W2}), ["W1", "W2"]),
        (SimpleNamespace(coefs_=[W1, W2]), ["coefs_[0]", "coefs_[1]"]),
        (SimpleNamespace(params=[{"W": W1, "b": B1}, {}, {"W": W2}]), ["params[0].W", "params[2].W"]),
        ([W1, W2], ["[0]", "[1]"]),
        ([[1.0, 2.0], [3.0, 4.0]], [""]),
        (B1, [""]),
    ],
    ids=["nested", "method", "scikit-learn", "layers", "list", "rows", "vector"],
)
def test_arrays_are_found_in_whatever_holds_them(network: object, expected: list[str]) -> None:
    found = [title.split("(")[0].strip() for title in titles(plots.weights(network))]
    assert found == expected


def test_arrays_of_many_axes_are_drawn_as_a_matrix() -> None:
    assert plots.weights(np.ones((4, 3, 2))).axes[0].images[0].get_array().shape == (4, 6)


def test_chosen_arrays() -> None:
    assert titles(plots.weights({"W1": W1, "W2": W2}, names=["W2"])) == ["W2 (8, 1)"]


@pytest.mark.parametrize("transposed", [False, True])
def test_first_layer_as_images_in_either_convention(transposed: bool) -> None:
    W = RNG.normal(size=(12, 5))
    fig = plots.weights({"W": W.T if transposed else W}, image_shape=(3, 4))
    mosaic = np.asarray(fig.axes[0].images[0].get_array().filled(np.nan))
    np.testing.assert_array_equal(mosaic[:3, :4], W[:, 0].reshape(3, 4))
    np.testing.assert_array_equal(mosaic[:3, 5:9], W[:, 1].reshape(3, 4))
    assert np.isnan(mosaic[:3, 4]).all()  # a gap between the images
    assert np.isfinite(mosaic).sum() == 60
    assert titles(fig) == ["W: 5 units, 3 x 4 inputs each"]


def test_more_units_than_the_limit_are_said() -> None:
    assert titles(plots.weights(np.ones((4, 9)), image_shape=(2, 2), limit=6)) == ["6 of 9 units, 2 x 2 inputs each"]


REFUSED = {
    "no arrays": (lambda: plots.weights(SimpleNamespace()), UsageError, "type SimpleNamespace without arrays"),
    "an unbuilt network": (
        lambda: plots.weights(SimpleNamespace(params=[])),
        UsageError,
        "once it is built or trained",
    ),
    "a number": (lambda: plots.weights(3.0), UsageError, "type float without arrays"),
    "text": (lambda: plots.weights(np.array(["a"])), DtypeError, "must hold real numbers"),
    "NaN": (lambda: plots.weights({"W": np.array([[1, np.nan]])}), DataError, "W has values that are NaN"),
    "empty": (lambda: plots.weights({"W": np.ones((0, 3))}), ShapeError, r"W is empty; received shape \(0, 3\)"),
    "unknown": (lambda: plots.weights({"W1": W1}, names=["W2"]), UsageError, "array is not known; received 'W2'"),
    "image shape": (
        lambda: plots.weights({"W1": W1}, image_shape=(8, 8)),
        ShapeError,
        r"W1, has 8 x 8 = 64 entries; received shape \(2, 8\)",
    ),
    "image of one axis": (lambda: plots.weights(W1, image_shape=(8,)), UsageError, r"\(height, width\)"),
    "limit": (lambda: plots.weights(np.ones((4, 9)), image_shape=(2, 2), limit=0), UsageError, "limit must be"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_named(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()


@pytest.mark.torch
def test_weights_of_a_torch_module() -> None:
    torch = pytest.importorskip("torch", reason="reads the weights of a PyTorch module")
    module = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    assert titles(plots.weights(module)) == ["0.weight (4, 2)", "2.weight (1, 4)"]
