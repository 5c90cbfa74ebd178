"""Writing a picture to a file, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cutaway.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf", "jpg", "webp")


def save(fig: Figure, path: str | os.PathLike[str], *, dpi: float = 150) -> Path:
    """Write a figure to a file; the suffix says the format. The same picture gives the same bytes.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The picture.
    path : str or path
        Where to; folders that are missing are made, a file that is there is replaced in one step.
    dpi : float
        Dots for each inch, of formats made of dots.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UsageError
        If the suffix names no known format, ``fig`` is no figure, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from cutaway import plots
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plots.save(plots.data([[0, 0], [1, 1]], [0, 1]), folder + "/points.png").name
    'points.png'
    """
    import matplotlib
    from matplotlib.figure import Figure

    from cutaway.files import replacing

    if not isinstance(fig, Figure):
        raise UsageError("save takes a matplotlib figure", received=f"an object of type {type(fig).__name__}")
    path = Path(path)
    form = path.suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if form not in FORMATS:
        raise UsageError(
            "the suffix of the file must name a picture format",
            received=repr(path.name),
            instead=f"Choose one of: {', '.join('.' + name for name in FORMATS)}",
        )
    # no date and no random names inside the file: the same picture gives the same bytes
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(form)
    with replacing(path) as temporary, matplotlib.rc_context({"svg.hashsalt": "cutaway"}):
        fig.savefig(temporary, format=form, dpi=dpi, metadata=undated)
    return path
