"""The look that all pictures share, and figures that need no pyplot.

Colours are those of Okabe and Ito, which people with any kind of colour vision can tell apart; classes differ by marker
shape as well. Every text keeps matplotlib's default sizes, none of them under 9 points.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#666666"
COLOURS = (
    *(BLUE, VERMILION, "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
    # four more for data sets of ten classes, chosen to lie no nearer to each other than the six above do
    *("#222222", "#5B2A86", "#7F3C00", "#F0E442"),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")
SEQUENTIAL = "cividis"
SMALL = 9  # points: the smallest text in any picture


def lighten(colour: str, share: float) -> tuple[float, float, float]:
    """Return a colour mixed with white; share 0 leaves it as it is, 1 makes it white."""
    from matplotlib.colors import to_rgb

    red, green, blue = (value + (1 - value) * share for value in to_rgb(colour))
    return red, green, blue


def diverging(share: float = 0.0) -> Colormap:
    """Return the map from blue over near-white to vermilion; its two ends are the colours of the first two classes."""
    from matplotlib.colors import LinearSegmentedColormap

    ends = [lighten(BLUE, share), (0.97, 0.97, 0.97), lighten(VERMILION, share)]
    return LinearSegmentedColormap.from_list("cutaway", ends)


@functools.cache
def _figure_class() -> type[Figure]:
    from io import BytesIO

    from matplotlib.figure import Figure

    class Picture(Figure):
        """A figure that notebooks show although pyplot was never loaded."""

        def _repr_png_(self) -> bytes:
            buffer = BytesIO()
            self.savefig(buffer, format="png")
            return buffer.getvalue()

    return Picture


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of that many inches, laid out so that nothing overlaps."""
    return _figure_class()(figsize=(width, height), layout="constrained")


def panels(
    names: Sequence[str], ax: Axes | Iterable[Axes] | None, *, size: tuple[float, float], columns: int = 3
) -> tuple[Figure, list[Axes], bool]:
    """Return a figure, one axes for each name, and whether the figure is new (not the caller's own)."""
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

    if columns < 1:
        raise UsageError("columns must be at least 1", received=str(columns))
    if ax is None:
        across = min(len(names), columns)
        down = math.ceil(len(names) / across)
        fig = figure(size[0] * across, size[1] * down)
        return fig, [fig.add_subplot(down, across, i + 1) for i in range(len(names))], True
    own = [ax] if isinstance(ax, Axes) else list(np.ravel(np.asarray(ax, dtype=object)))
    if not all(isinstance(a, Axes) for a in own):
        received = " and ".join(sorted({type(a).__name__ for a in own}))
        raise UsageError(
            "ax must be axes of matplotlib", received=received, instead="Write ax=figure.subplots(), or leave ax out"
        )
    if len(own) != len(names):
        raise UsageError(
            f"this picture has {len(names)} panel{'s' * (len(names) != 1)} ({', '.join(names[:6])})",
            received=f"{len(own)} axes",
            instead="Give ax= one axes for each panel, or leave ax out",
        )
    root = own[0].figure
    while isinstance(root, SubFigure):
        root = root.figure
    return root, own, False


def dress(ax: Axes, *, title: str | None = None, x: str = "", y: str = "", note: str = "", grid: bool = False) -> None:
    """Give axes their title and labels; a note becomes a second line under the x label, where it covers nothing."""
    if title:
        ax.set_title(title, loc="left")
    ax.set_xlabel("\n".join(part for part in (shortened(x, 60), plain(note)) if part))
    ax.set_ylabel(shortened(y, 60))
    ax.spines[["top", "right"]].set_visible(False)
    if grid:
        ax.grid(color="#DDDDDD", linewidth=0.8)
        ax.set_axisbelow(True)


def heading(fig: Figure, axes: Sequence[Axes], title: str | None, new: bool) -> None:
    """Put a title over the whole picture: over all panels of a new figure, else over the first if that has none."""
    if title and new and len(axes) > 1:
        fig.suptitle(title, x=0.01, horizontalalignment="left")
    elif title and (new or not axes[0].get_title(loc="left")):
        axes[0].set_title(title, loc="left")


def legend(fig: Figure, axes: Sequence[Axes], new: bool, handles: Sequence[Any] | None = None) -> None:
    """Explain the signs once for the whole picture: under the panels of a new figure, inside axes that were given."""
    found: list[Artist] = list(handles) if handles is not None else list(axes[0].get_legend_handles_labels()[0])
    if not found:
        return
    if not new:
        axes[-1].legend(handles=found)
        return
    longest = max(len(str(handle.get_label())) for handle in found)
    # about 7 points for a letter and 40 for the sign and the gaps around it
    fit = max(1, int(fig.get_size_inches()[0] * 72 / (7 * longest + 40)))
    columns = math.ceil(len(found) / math.ceil(len(found) / fit))  # rows of the same length
    fig.legend(
        handles=found, loc="outside lower center", ncols=columns, frameon=False, handletextpad=0.5, columnspacing=1.6
    )


def plain(text: object) -> str:
    """Return text from data as matplotlib takes it literally: a dollar in a name opens no formula."""
    return str(text).replace("$", r"\$")


def shortened(text: object, length: int = 24) -> str:
    """Return text from data for a label, cut in the middle if it is too long."""
    whole = str(text)
    return plain(whole if len(whole) <= length else f"{whole[: length - 9]}…{whole[-8:]}")


def class_title(name: str) -> str:
    """Return what a class is called in a picture: a bare number says nothing by itself."""
    return f"class {name}" if name.lstrip("-").isdigit() else shortened(name)


def ink(colour: Any) -> str:
    """Return black or white, whichever can be read on this background (relative luminance as in WCAG 2)."""
    from matplotlib.colors import to_rgb

    red, green, blue = ((c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in to_rgb(colour))
    return "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else "white"
