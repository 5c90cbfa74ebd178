"""Data sets on a graph: the samples are its nodes, and masks say which of them to train and to test on.

Zachary's karate club (1977) is small enough to stand here. Cora is read from ``cora.npz``, which is made from PyTorch
Geometric's copy so::

    d = torch_geometric.datasets.Planetoid(".", "Cora")[0]
    numpy.savez("cora.npz", x=d.x, y=d.y, edge_index=d.edge_index)
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from cutaway.data.adjacency import adjacency
from cutaway.data.dataset import Dataset, Split
from cutaway.data.download import folders
from cutaway.errors import DataError, DataMissingError, ShapeError, UsageError

Mask = NDArray[np.bool]

GRAPHS = {
    "karate": "34 members of a karate club and their friendships; the side each took later",
    "cora": "2708 papers on machine learning, which cite each other, by subject",
}
"""Names of the data sets on a graph, one line about each."""


@dataclass(frozen=True, eq=False, repr=False)
class GraphDataset(Dataset):
    """The nodes of a graph, with their features and labels.

    Parameters
    ----------
    name, X, y, task, feature_names, ...
        As for `Dataset`, one row for each node; X may be a sparse matrix, and then becomes CSR.
    adjacency : sparse matrix, array_like or graph
        The graph; see `adjacency`.
    train, validation, test : array of bool, shape (n_nodes,)
        The nodes for each purpose, as they were published.

    Raises
    ------
    ShapeError
        When there is not one row, and one truth in each mask, for every node.
    """

    X: Any
    _: KW_ONLY
    adjacency: Any
    train: Mask
    validation: Mask
    test: Mask

    def __post_init__(self) -> None:
        """Check the parts against each other."""
        super().__post_init__()
        object.__setattr__(self, "adjacency", adjacency(self.adjacency))
        sizes = {"adjacency": self.adjacency.shape[0]}
        for name in ("train", "validation", "test"):
            mask = np.asarray(getattr(self, name), np.bool)
            object.__setattr__(self, name, mask)
            sizes[name] = mask.size
        for name, size in sizes.items():
            if size != len(self):
                raise ShapeError(f"{name} does not fit the rows of X", received=f"{size} nodes for {len(self)} rows")

    @property
    def n_edges(self) -> int:
        """Number of edges; one in both directions counts once."""
        graph = self.adjacency
        return int((abs(graph) + abs(graph.T)).nnz + np.count_nonzero(graph.diagonal())) // 2

    def subset(self, indices: Iterable[int] | NDArray[Any]) -> NoReturn:
        """Refuse: the nodes of a graph belong together."""
        raise UsageError(
            "The nodes of a graph cannot be taken apart",
            instead="Train on some of them with net.fit(data.X, data.y, rows=data.train, validation=data.validation)",
        )

    def split(self, test: float = 0.2, validation: float = 0.0, seed: int = 0) -> Split:
        """Refuse: the masks are the split."""
        self.subset(())

    def summary(self) -> dict[str, Any]:
        """Return a description that `json.dumps` takes."""
        parts = {name: int(getattr(self, name).sum()) for name in ("train", "validation", "test")}
        return super().summary() | {"n_edges": self.n_edges} | parts


def load_graph(name: str, data_dir: str | os.PathLike[str] | None = None) -> GraphDataset:
    """Return the data set on a graph of that name, one of `GRAPHS`.

    Examples
    --------
    >>> load_graph("karate")
    GraphDataset('karate': 34 samples x 34 features; binary side: Mr. Hi 17, Officer 17)
    """
    return _karate() if name == "karate" else _cora(data_dir)


# The karate club ---------------------------------------------------------------------------------------------------

# Friends of each member, those with a higher number, all counted from 0. Source: W. W. Zachary, An information flow
# model for conflict and fission in small groups, Journal of Anthropological Research 33 (1977), figures 1 and 3.
_FRIENDS = {
    0: "1 2 3 4 5 6 7 8 10 11 12 13 17 19 21 31",
    1: "2 3 7 13 17 19 21 30",
    2: "3 7 8 9 13 27 28 32",
    3: "7 12 13",
    4: "6 10",
    5: "6 10 16",
    6: "16",
    8: "30 32 33",
    9: "33",
    13: "33",
    14: "32 33",
    15: "32 33",
    18: "32 33",
    19: "33",
    20: "32 33",
    22: "32 33",
    23: "25 27 29 32 33",
    24: "25 27 31",
    25: "31",
    26: "29 33",
    27: "33",
    28: "31 33",
    29: "32 33",
    30: "32 33",
    31: "32 33",
    32: "33",
}
_WITH_THE_OFFICER = [9, 14, 15, 18, 20, *range(22, 34)]


def _karate() -> GraphDataset:
    """Each member is known by its number alone; the two leaders have said where they stand."""
    from scipy.sparse import eye_array

    n = 34
    side = np.isin(np.arange(n), _WITH_THE_OFFICER)
    leaders = np.isin(np.arange(n), [0, n - 1])
    return GraphDataset(
        name="karate",
        X=eye_array(n, format="csr"),
        y=side.astype(np.int64),
        task="binary",
        feature_names=tuple(f"member {i}" for i in range(n)),
        class_names=("Mr. Hi", "Officer"),
        target_name="side",
        description=GRAPHS["karate"],
        source="Zachary (1977)",
        adjacency=[(a, int(b)) for a, friends in _FRIENDS.items() for b in friends.split()],
        train=leaders,
        validation=np.zeros(n, np.bool),
        test=~leaders,
    )


# Cora --------------------------------------------------------------------------------------------------------------

_SUBJECTS = {  # and how many papers are about each
    "theory": 351,
    "reinforcement learning": 217,
    "genetic algorithms": 418,
    "neural networks": 818,
    "probabilistic methods": 426,
    "case-based": 298,
    "rule learning": 180,
}
_UNREADABLE = (OSError, EOFError, KeyError, ValueError, zlib.error, zipfile.BadZipFile)


def _cora(data_dir: str | os.PathLike[str] | None) -> GraphDataset:
    """Features are words that occur or do not, in rows that sum to 1, as Kipf and Welling (2017) use them.

    The split is that of Yang, Cohen and Salakhutdinov (2016): 20 papers of each subject to train on, the next 500 to
    validate, the last 1000 to test.
    """
    from scipy.sparse import diags_array

    roots = [*folders(data_dir)]
    path = next((p for r in roots for p in (r / "cora" / "cora.npz", r / "cora.npz") if p.is_file()), None)
    if path is None:
        raise DataMissingError(
            f"The data set 'cora' is not here. Looked for cora.npz in {', '.join(map(str, roots))}",
            instead="Make it from PyTorch Geometric's copy: d = Planetoid('.', 'Cora')[0]; "
            "numpy.savez('cora.npz', x=d.x, y=d.y, edge_index=d.edge_index); then name its folder by data_dir= or in "
            "CUTAWAY_DATA",
        )
    words, labels, graph = _read_cora(path)
    place = np.arange(words.shape[0])
    return GraphDataset(
        name="cora",
        X=(diags_array(1 / words.sum(axis=1)) @ words).tocsr(),
        y=labels,
        task="multiclass",
        feature_names=tuple(f"word {i}" for i in range(words.shape[1])),
        class_names=tuple(_SUBJECTS),
        target_name="subject",
        description=GRAPHS["cora"],
        source=f"real data, from {path}",
        adjacency=graph,
        train=place < 140,
        validation=(place >= 140) & (place < 640),
        test=place >= 1708,
    )


def _read_cora(path: Path) -> tuple[Any, NDArray[Any], Any]:
    """Which words occur in each paper, subjects and citations; DataError unless they are those of Cora."""
    from scipy.sparse import csr_array

    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: Mapping[str, NDArray[Any]] = dict(file)
        if "edges" in arrays:
            indices, indptr = arrays["indices"].astype(np.int64), arrays["indptr"].astype(np.int64)
            words = csr_array((np.ones(len(indices)), indices, indptr), shape=tuple(arrays["shape"].tolist()))
            words.check_format()
            graph, labels = adjacency(arrays["edges"]), arrays["label"]
        else:
            words, labels = csr_array((arrays["x"] > 0).astype(np.float64)), arrays["y"]
            graph = adjacency(arrays["edge_index"])
        found = (*words.shape, words.nnz, graph.nnz, *np.bincount(labels), *np.bincount(labels[:140]))
    except _UNREADABLE as error:
        raise DataError(f"{path} cannot be read as Cora", received=str(error) or type(error).__name__) from error
    if found != (2708, 1433, 49_216, 2 * 5278, *_SUBJECTS.values(), *[20] * 7):
        received = f"{found[0]} papers, {found[1]} words, {graph.nnz} citations both ways"
        raise DataError(f"{path} is not Cora as it was published", received=received)
    return words, labels.astype(np.int64), graph
