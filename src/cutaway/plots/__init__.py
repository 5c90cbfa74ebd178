"""Pictures of data, models and training: matplotlib figures, made without pyplot and without any global state.

Every function returns a ``matplotlib.figure.Figure`` and draws into axes of your own with ``ax=``. matplotlib is loaded
by the first picture, not by importing this package.
"""

from cutaway.plots.activations import activations
from cutaway.plots.boundary import boundaries, boundary
from cutaway.plots.compared import bands, bars
from cutaway.plots.curves import curves
from cutaway.plots.graphs import embedding, graph, layout
from cutaway.plots.images import gallery
from cutaway.plots.landscape import lr_range, surface
from cutaway.plots.points import data
from cutaway.plots.save import save
from cutaway.plots.scores import comparison, confusion, predictions
from cutaway.plots.weights import weights

__all__ = [
    "activations",
    "bands",
    "bars",
    "boundaries",
    "boundary",
    "comparison",
    "confusion",
    "curves",
    "data",
    "embedding",
    "gallery",
    "graph",
    "layout",
    "lr_range",
    "predictions",
    "save",
    "surface",
    "weights",
]
