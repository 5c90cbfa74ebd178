"""What holds for every picture: no pyplot, readable text, nothing overlapping, saved whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from cutaway import plots
from cutaway.errors import UsageError
from cutaway.plots import frame
from cutaway.train import LossSurface, RangeTest

X = np.random.default_rng(0).normal(size=(40, 2))
Y = (X[:, 0] > 0).astype(int)
RING = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]])
IMAGES = np.arange(4 * 9.0).reshape(4, 9)

PICTURES: dict[str, Callable[[], Figure]] = {
    "data": lambda: plots.data(X, Y, title="data"),
    "boundary": lambda: plots.boundary(lambda x: x[:, 0], X, Y, resolution=20, title="boundary"),
    "boundaries": lambda: plots.boundaries({"a": lambda x: x[:, 0], "b": lambda x: x[:, 1]}, X, Y, resolution=20),
    "curves": lambda: plots.curves({"a": {"loss": [2.0, 1.0]}, "b": {"loss": [3.0, 2.0]}}, log=True),
    "activations": lambda: plots.activations(["tanh", "relu"]),
    "weights": lambda: plots.weights({"W": np.eye(3), "V": np.ones((20, 20))}),
    "images of weights": lambda: plots.weights(np.eye(9), image_shape=(3, 3)),
    "gallery": lambda: plots.gallery(IMAGES, [0, 1, 2, 3], [0, 1, 2, 2]),
    "confusion": lambda: plots.confusion([0, 1, 1], [0, 0, 1], class_names=["a long name of a class", "b"]),
    "predictions": lambda: plots.predictions(X[:, 0], X[:, 1]),
    "comparison": lambda: plots.comparison({"a": [0.5, 0.6], "b": 0.7}, baseline="b"),
    "bars": lambda: plots.bars({"a long name of a network": [0.5, 0.6], "b": 0.7}, baseline="b", title="bars"),
    "bands": lambda: plots.bands({"a": [[2.0, 1.0], [3.0]], "b": [[1.0]], "c": [[1.0, 1.5]], "d": [[2.0]]}, log=True),
    "graph": lambda: plots.graph(RING, [0, 0, 1, 1, 1], [0, 1, 1, 1, 1], title="graph"),
    "embedding": lambda: plots.embedding(X, Y, title="embedding"),
    "lr_range": lambda: plots.lr_range(RangeTest(X[:5, 0] ** 2 + 1, *([np.arange(5.0)] * 2), False), title="rates"),
    "surface": lambda: plots.surface(LossSurface(np.arange(4.0), np.arange(5.0), IMAGES[:, :5].T, 1.0), title="map"),
}


def test_every_public_picture_is_in_the_table() -> None:
    assert set(plots.__all__) - {"save", "layout"} <= set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_text_is_at_least_nine_points_and_inside_the_figure(name: str) -> None:
    fig = PICTURES[name]()
    fig.draw_without_rendering()
    texts = [t for t in fig.findobj(Text) if t.get_visible() and t.get_text().strip()]
    assert texts
    assert min(t.get_fontsize() for t in texts) >= 9
    width, height = fig.bbox.size
    for axes in fig.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= -2 and box.y0 >= -2 and box.x1 <= width + 2 and box.y1 <= height + 2


@pytest.mark.parametrize("name", PICTURES)
def test_the_same_input_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    first = plots.save(PICTURES[name](), tmp_path / "first.png", dpi=40).read_bytes()
    assert first == plots.save(PICTURES[name](), tmp_path / "second.png", dpi=40).read_bytes()


ALONE = """
import sys
import numpy as np
from cutaway import plots
assert not any(name.split(".")[0] in ("matplotlib", "scipy", "sklearn") for name in sys.modules), "heavy import"
X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
figures = [
    plots.data(X, y),
    plots.boundary(lambda x: x[:, 0], X, y, resolution=9),
    plots.curves({"loss": [2.0, 1.0]}),
    plots.activations(np.tanh),
    plots.weights(X),
    plots.gallery(X.reshape(10, 4)),
    plots.confusion(y, y),
    plots.predictions(X[:, 0], X[:, 1]),
    plots.comparison({"a": 1.0}),
]
for i, figure in enumerate(figures):
    plots.save(figure, sys.argv[1] + f"/{i}.png", dpi=30)
assert "matplotlib.pyplot" not in sys.modules
"""


def test_pyplot_is_never_loaded_and_importing_loads_no_matplotlib(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", ALONE, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(list(tmp_path.iterdir())) == 9


def smallest_difference(colours: list[str]) -> float:
    """Return how far the two nearest colours are apart, for whoever sees least of it.

    Seen with full colour vision and without one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1);
    distances in Oklab (Ottosson 2020).
    """
    sight = [
        np.eye(3),
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ]
    cones = np.array([[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]])
    lab = np.array([[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]])
    rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in colours])
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = [np.cbrt(np.clip(light @ np.transpose(eye), 0, 1) @ cones.T) @ lab.T for eye in sight]
    apart = np.min([np.linalg.norm(x[:, None] - x[None], axis=-1) for x in seen], axis=0)
    return float(apart[np.triu_indices(len(colours), 1)].min())


def test_colours_can_be_told_apart_by_everybody() -> None:
    okabe_ito = list(frame.COLOURS[:6])
    assert smallest_difference(["#FF0000", "#00A000"]) > smallest_difference(["#A05000", "#608000"])  # a sane measure
    assert smallest_difference(list(frame.COLOURS)) >= smallest_difference(okabe_ito) > 0.07


def test_a_figure_shows_itself_in_a_notebook() -> None:
    assert plots.data(X)._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "jpg", "jpeg", "webp", "PNG"])
def test_save_writes_every_format_twice_the_same(suffix: str, tmp_path: Path) -> None:
    first = plots.save(plots.data(X, Y), tmp_path / f"new folder/a.{suffix}")
    second = plots.save(plots.data(X, Y), str(tmp_path / f"b.{suffix}"))
    assert first.read_bytes() == second.read_bytes() != b""
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [f"b.{suffix}"]


def test_save_leaves_the_old_file_when_drawing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("old")
    fig = plots.data(X, Y, title="$x^{$")  # no formula
    with pytest.raises(ValueError, match="Expected"):
        plots.save(fig, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a.bmp", "a", "a.png.txt", ".png"])
def test_save_names_the_formats_it_knows(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"received '{name}'. Choose one of: .png, .svg"):
        plots.save(plots.data(X), tmp_path / name)


def test_save_takes_figures_only(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="save takes a matplotlib figure; received an object of type Axes"):
        plots.save(plots.data(X).axes[0], tmp_path / "a.png")  # type: ignore[arg-type]
