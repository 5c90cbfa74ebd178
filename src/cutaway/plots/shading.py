"""A field as colours, with the line where a model changes its mind, and the data on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cutaway.plots import frame
from cutaway.plots.field import Field, evaluate
from cutaway.plots.inputs import Array, Samples
from cutaway.plots.plane import Plane
from cutaway.plots.points import scatter, subsample_note

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

PALE = 0.5  # how far a field is mixed with white, so that the points stand out from it


@dataclass(frozen=True)
class Scene:
    """The data and the grid of a picture, the same for every model that is drawn on it."""

    table: Samples
    view: Plane
    xy: Array
    across: Array
    up: Array
    kept: Array

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the picture."""
        return float(self.across[0]), float(self.across[-1]), float(self.up[0]), float(self.up[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        return len(self.up), len(self.across)

    def grid(self) -> Array:
        """Return the samples (N, n_features) at the points of the grid, row after row from the bottom."""
        a, b = np.meshgrid(self.across, self.up)
        return self.view.lift(np.column_stack([a.ravel(), b.ravel()]))

    def names(self, classes: Array) -> tuple[list[str], list[int]]:
        """Return the name and the colour number of each class: as in the data, unknown ones after them."""
        known = {} if self.table.classes is None else {label: i for i, label in enumerate(self.table.classes.tolist())}
        unknown = [label for label in classes.tolist() if label not in known]
        names = [str(label) if label in unknown else self.table.class_names[known[label]] for label in classes.tolist()]
        spare = {label: len(known) + i for i, label in enumerate(unknown)}
        return names, [spare[label] if label in spare else known[label] for label in classes.tolist()]


@dataclass(frozen=True)
class Shading:
    """A field that was drawn, and what its colour bar says."""

    mappable: ScalarMappable
    label: str
    ticks: Sequence[float] | None = None
    tick_labels: Sequence[str] | None = None
    extend: str = "neither"

    def same_bar(self, other: Shading) -> bool:
        """Say whether one colour bar explains both."""
        mine, its = self.mappable.get_clim(), other.mappable.get_clim()
        return (self.label, self.tick_labels, mine) == (other.label, other.tick_labels, its)

    def colour_bar(self, fig: Figure, axes: Sequence[Axes]) -> None:
        """Put the colour bar beside the axes, thin: it explains, it isn't the picture."""
        bar = fig.colorbar(self.mappable, ax=list(axes), extend=self.extend, aspect=30, pad=0.02, label=self.label)
        bar.outline.set_visible(False)
        if self.ticks is not None:
            bar.set_ticks(list(self.ticks), labels=self.tick_labels)
        if self.tick_labels is not None:  # classes have no places between them
            bar.ax.tick_params(which="both", length=0)


def draw(ax: Axes, predict: object, scene: Scene, kind: str, title: str | None) -> Shading:
    """Ask the model about every point of the grid; draw its answer, its boundary and the data."""
    field = evaluate(predict, scene.grid(), scene.table, kind)
    shading = {"regions": _regions, "value": _values}.get(field.kind, _numbers)(ax, field, scene)
    note = "" if field.kind == "value" else _lines(ax, field, scene)
    limits = shading.mappable.get_clim() if field.kind == "value" else None
    scatter(ax, scene.xy, scene.table, scene.kept, limits=limits)
    left, right, low, high = scene.extent
    ax.set(xlim=(left, right), ylim=(low, high))
    notes = [note, scene.view.lift_note, subsample_note(len(scene.xy), scene.kept)]
    frame.dress(ax, title=title, x=scene.view.labels[0], y=scene.view.labels[1], note="\n".join(filter(None, notes)))
    return shading


def _numbers(ax: Axes, field: Field, scene: Scene) -> Shading:
    """Draw a probability from 0 to 1, or a score around 0."""
    second = _pair(field, scene)[1]
    if field.kind == "probability":
        image = _image(ax, field.values, scene, frame.diverging(PALE), 0.0, 1.0)
        return Shading(image, f"probability of {second}", (0, 0.25, 0.5, 0.75, 1))
    # scores may be huge in the corners; a robust end keeps the colours where the decision is made
    end = float(np.quantile(np.abs(field.values), 0.95)) or 1.0
    extend = "both" if float(np.abs(field.values).max()) > end else "neither"
    image = _image(ax, field.values, scene, frame.diverging(PALE), -end, end)
    return Shading(image, f"score of {second}", extend=extend)


def _values(ax: Axes, field: Field, scene: Scene) -> Shading:
    """Draw a quantity on the colour scale of the data."""
    known = field.values if scene.table.y is None or scene.table.classes is not None else scene.table.y
    image = _image(ax, field.values, scene, frame.SEQUENTIAL, float(known.min()), float(known.max()))
    outside = field.values.min() < known.min() or field.values.max() > known.max()
    return Shading(
        image, f"predicted {frame.shortened(scene.table.target_name)}", extend="both" if outside else "neither"
    )


def _regions(ax: Axes, field: Field, scene: Scene) -> Shading:
    """Draw the regions of classes, paler where the model is less sure."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm, ListedColormap

    assert field.classes is not None
    names, order = scene.names(field.classes)
    count = len(names)
    pale = [frame.lighten(frame.COLOURS[i % len(frame.COLOURS)], PALE) for i in order]
    sure = np.ones(len(field.values))
    if field.kind_of_shares == "probability" and field.shares is not None:
        sure = 0.3 + 0.7 * np.clip((field.shares.max(axis=1) - 1 / count) / (1 - 1 / count), 0, 1)
    colours = 1 - sure[:, None] * (1 - np.array(pale)[field.values])
    ax.imshow(
        colours.reshape(*scene.shape, 3), extent=scene.extent, origin="lower", aspect="auto", interpolation="nearest"
    )
    bar = ScalarMappable(BoundaryNorm(np.arange(count + 1) - 0.5, count), ListedColormap(pale))
    return Shading(bar, "predicted class", range(count), [frame.shortened(name) for name in names])


def _lines(ax: Axes, field: Field, scene: Scene) -> str:
    """Draw the line of the boundary, for many classes around each; return a sentence if there is none."""
    if field.kind != "regions":
        if field.values.min() < field.level < field.values.max():
            _contour(ax, field.values, field.level, scene)
            return ""
        return f"no boundary here: {_pair(field, scene)[int(field.values.max() > field.level)]} everywhere"
    assert field.classes is not None
    present = np.unique(field.values)
    for index in present if len(present) > 2 else present[1:]:
        _contour(ax, field.margin(int(index)), 0.0, scene)
    if len(present) > 1:
        return ""
    return f"no boundary here: {frame.class_title(scene.names(field.classes)[0][present[0]])} everywhere"


def _contour(ax: Axes, values: Array, level: float, scene: Scene) -> None:
    image = values.reshape(scene.shape)
    ax.contour(scene.across, scene.up, image, [level], colors="#222222", linewidths=1.5, linestyles="-")


def _image(ax: Axes, values: Array, scene: Scene, colours: object, low: float, high: float) -> ScalarMappable:
    return ax.imshow(
        values.reshape(scene.shape),
        extent=scene.extent,
        origin="lower",
        aspect="auto",
        cmap=colours,  # type: ignore[arg-type]  # a name or a map
        vmin=low,
        vmax=high if high > low else low + 1.0,
        interpolation="bilinear",
    )


def _pair(field: Field, scene: Scene) -> tuple[str, str]:
    assert field.classes is not None
    first, second = scene.names(field.classes)[0]
    return frame.class_title(first), frame.class_title(second)
