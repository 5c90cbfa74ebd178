"""The work behind the commands: train several networks, compare them with simpler models, keep it all in a folder.

>>> from cutaway import data, experiments
>>> run = experiments.train(data.load("iris"), experiments.Settings(seeds=2))
>>> folder = experiments.write(run, "runs/iris")        # doctest: +SKIP
>>> experiments.read("runs/iris").predict([[5.1, 3.5, 1.4, 0.2]])        # doctest: +SKIP
array(['setosa'], dtype='<U10')
"""

from __future__ import annotations

from cutaway.experiments.comparison import Comparison
from cutaway.experiments.folder import check_folder, default_folder, describe, results, write
from cutaway.experiments.grids.grid import Configuration, Grid
from cutaway.experiments.grids.result import Compared
from cutaway.experiments.grids.run import compare
from cutaway.experiments.parts import Parts, divide
from cutaway.experiments.run import Run, Trained, train
from cutaway.experiments.saved import SavedRun, read
from cutaway.experiments.settings import Settings

__all__ = [
    "Compared",
    "Comparison",
    "Configuration",
    "Grid",
    "Parts",
    "Run",
    "SavedRun",
    "Settings",
    "Trained",
    "check_folder",
    "compare",
    "default_folder",
    "describe",
    "divide",
    "read",
    "results",
    "train",
    "write",
]
