"""A gallery of images: what is drawn where, and how a wrong one is marked."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from cutaway import plots
from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.plots import frame

RNG = np.random.default_rng(0)
IMAGES = RNG.random((6, 8, 8))
TRUE, SAID = [0, 1, 2, 3, 4, 5], [0, 1, 7, 3, 9, 5]


def captions(fig: Figure) -> list[str]:
    return [text.get_text() for text in fig.axes[0].texts]


def title(fig: Figure) -> str:
    return fig.axes[0].get_title(loc="left")


def test_wrong_ones_have_a_frame_and_the_true_label() -> None:
    fig = plots.gallery(IMAGES, TRUE, SAID)
    assert captions(fig) == ["0", "1", "7 (true 2)", "3", "9 (true 4)", "5"]
    framed = [to_hex(patch.get_edgecolor()).upper() == frame.VERMILION for patch in fig.axes[0].patches]
    assert framed == [False, False, True, False, True, False]
    assert fig.axes[0].texts[2].get_weight() == "bold"
    assert title(fig) == "2 of 6 wrong"


def test_images_are_drawn_as_they_are_dark_on_white() -> None:
    fig = plots.gallery(IMAGES)
    for drawn, image in zip(fig.axes[0].images, IMAGES, strict=True):
        np.testing.assert_array_equal(drawn.get_array(), image)
        assert drawn.cmap.name == "gray_r"
        assert drawn.get_clim() == (IMAGES.min(), IMAGES.max())  # one scale for all
    assert captions(fig) == [] and title(fig) == ""


@pytest.mark.parametrize("images", [IMAGES.reshape(6, 64), IMAGES[..., None], IMAGES.tolist()])
def test_other_shapes_of_the_same_images(images: object) -> None:
    np.testing.assert_array_equal(plots.gallery(images).axes[0].images[3].get_array(), IMAGES[3])


def test_rows_of_pixels_with_a_shape() -> None:
    drawn = plots.gallery(IMAGES.reshape(6, 64), image_shape=(4, 16)).axes[0].images[0]
    np.testing.assert_array_equal(drawn.get_array(), IMAGES[0].reshape(4, 16))


def test_colour_images() -> None:
    colours = RNG.integers(0, 256, (2, 5, 7, 3)).astype(np.uint8)
    drawn = plots.gallery(colours).axes[0].images[1]
    np.testing.assert_allclose(drawn.get_array(), colours[1] / 255)


def test_tiles_do_not_overlap_and_captions_lie_above_their_own() -> None:
    fig = plots.gallery(IMAGES, TRUE, SAID, columns=3)
    boxes = [image.get_extent() for image in fig.axes[0].images]
    assert len({(left, top) for left, _, _, top in boxes}) == 6
    assert len({top for _, _, _, top in boxes}) == 2  # two rows of three
    for text, (left, right, _, top) in zip(fig.axes[0].texts, boxes, strict=True):
        x, y = text.get_position()
        assert left < x < right and top - 2 < y < top


def test_class_names_and_long_captions() -> None:
    fig = plots.gallery(IMAGES[:2], [0, 1], [0, 0], class_names=["a setosa", "a versicolor"])
    assert captions(fig) == ["a setosa", "a setosa\n(true a versicolor)"]


def test_labels_alone_are_written() -> None:
    assert captions(plots.gallery(IMAGES[:2], ["cat", "dog"])) == ["cat", "dog"]
    assert captions(plots.gallery(IMAGES[:2], predicted=[1, 0])) == ["1", "0"]


def test_the_limit_and_only_the_wrong_ones() -> None:
    fig = plots.gallery(IMAGES, TRUE, SAID, limit=3)
    assert len(fig.axes[0].images) == 3 and title(fig) == "2 of 6 wrong, the first 3 shown"
    fig = plots.gallery(IMAGES, TRUE, SAID, wrong_only=True)
    assert captions(fig) == ["7 (true 2)", "9 (true 4)"] and title(fig) == "2 of 6 wrong"
    fig = plots.gallery(IMAGES, TRUE, SAID, wrong_only=True, limit=1)
    assert captions(fig) == ["7 (true 2)"] and title(fig) == "2 of 6 wrong, the first 1 shown"
    fig = plots.gallery(IMAGES, TRUE, TRUE, wrong_only=True)
    assert captions(fig) == [] and title(fig) == "0 of 6 wrong"
    assert title(plots.gallery(IMAGES, limit=2)) == "the first 2 of 6"


def test_own_axes() -> None:
    own = Figure()
    axes = own.subplots()
    assert plots.gallery(IMAGES, ax=axes) is own
    assert len(axes.images) == 6


REFUSED = {
    "one image": (lambda: plots.gallery(IMAGES[0, 0]), ShapeError, r"received shape \(8,\).*images\[None\]"),
    "not square": (lambda: plots.gallery(np.ones((2, 60))), ShapeError, r"rows of 60 pixels.*image_shape=\(28, 28\)"),
    "wrong shape": (lambda: plots.gallery(np.ones((2, 64)), image_shape=(7, 9)), ShapeError, "not images of 7 x 9"),
    "channels first": (lambda: plots.gallery(np.ones((2, 3, 8, 8))), ShapeError, "channels come last"),
    "none": (lambda: plots.gallery(np.ones((0, 8, 8))), ShapeError, "there is no image"),
    "labels": (lambda: plots.gallery(IMAGES, [1, 2]), ShapeError, "6 in images and 2 in labels"),
    "predicted": (lambda: plots.gallery(IMAGES, TRUE, np.ones((6, 10))), ShapeError, r"predicted.argmax\(axis=1\)"),
    "NaN": (lambda: plots.gallery(np.full((1, 2, 2), np.nan)), DataError, "images has values that are NaN"),
    "colours": (lambda: plots.gallery(np.full((1, 2, 2, 3), 200.0)), UsageError, "from 0 to 1, or bytes"),
    "limit": (lambda: plots.gallery(IMAGES, limit=0), UsageError, "limit=0"),
    "columns": (lambda: plots.gallery(IMAGES, columns=0), UsageError, "columns=0"),
    "wrong only": (lambda: plots.gallery(IMAGES, TRUE, wrong_only=True), UsageError, "needs labels and predicted"),
    "names": (lambda: plots.gallery(IMAGES, TRUE, class_names=["a"]), UsageError, "1 names for the classes 0, 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_named(case: str) -> None:
    call, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        call()
