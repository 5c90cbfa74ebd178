"""Data sets: generated, real ones that need no network, and tables from files.

Everything ends as a `Dataset`: rows are samples, columns are numbers, and the names are kept.
"""

from __future__ import annotations

from cutaway.data.adjacency import adjacency
from cutaway.data.catalogue import catalogue, load, load_rows
from cutaway.data.dataset import Dataset, Split
from cutaway.data.download import get
from cutaway.data.encoding import Rows
from cutaway.data.graphs import GraphDataset
from cutaway.data.schema import Column, Schema, Target
from cutaway.data.standardize import Standardizer
from cutaway.data.tables import read_rows, read_table

__all__ = [
    "Column",
    "Dataset",
    "GraphDataset",
    "Rows",
    "Schema",
    "Split",
    "Standardizer",
    "Target",
    "adjacency",
    "catalogue",
    "get",
    "load",
    "load_rows",
    "read_rows",
    "read_table",
]
