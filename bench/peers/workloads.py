"""What is trained: the same data and the same first weights for everybody, made from seeds with NumPy alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np

Params = list[tuple[np.ndarray, np.ndarray]]
CHECKED = 200  # steps whose losses are compared


@dataclass(frozen=True)
class Workload:
    """A network, its data, and how it is trained.

    Parameters
    ----------
    layers : tuple of int
        Features, units of each layer.
    hidden : str
        Activation of the hidden layers.
    output : str
        "sigmoid" with binary cross-entropy, "logits" with the same from logits, "softmax" with categorical
        cross-entropy.
    epochs : int
        Of the whole training.
    chunk : int
        Epochs of one call of a loop that is compiled for a number of them.
    networks : int
        How many are trained: 8 learning rates, and seeds.
    """

    name: str
    title: str
    data: str
    layers: tuple[int, ...]
    hidden: Literal["sigmoid", "relu"]
    output: Literal["sigmoid", "logits", "softmax"]
    rule: Literal["sgd", "momentum", "adam"]
    lr: float
    epochs: int
    chunk: int
    batch: int | None = None
    decay: float = 0.0
    dropout: float = 0.0
    networks: int = 1
    rows: int | None = None  # only the first rows of the data

    @property
    def graph(self) -> bool:
        """Whether the layers are those of a graph network."""
        return self.data == "citations"

    @cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        """The data: X (n, features) float32 and y (n,) int64; of the graph, the parts of sparse matrices."""
        found = _kept(self.data)
        return found if self.rows is None else {k: v[: self.rows] for k, v in found.items()}

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.arrays["y"])

    @property
    def steps(self) -> int:
        """Steps in an epoch of one network."""
        return 1 if self.batch is None else self.n // self.batch

    def start(self, seed: int = 0) -> Params:
        """First weights (inputs, units) and biases (units,), drawn as PyTorch does; those of graphs by Glorot."""
        rng, params = np.random.default_rng(seed), []
        for a, b in pairwise(self.layers):
            if self.graph:
                edge = np.sqrt(6 / (a + b))
                params.append((rng.uniform(-edge, edge, (a, b)).astype(np.float32), np.zeros(b, np.float32)))
            else:
                edge = 1 / np.sqrt(a)
                W, bias = rng.uniform(-edge, edge, (a, b)), rng.uniform(-edge, edge, b)
                params.append((W.astype(np.float32), bias.astype(np.float32)))
        return params

    def members(self) -> list[tuple[float, int]]:
        """Learning rate and seed of each network."""
        if self.networks == 1:
            return [(self.lr, 0)]
        rates = np.geomspace(0.1, 2.0, 8).astype(np.float32).tolist()
        return [(rates[i % 8], i // 8) for i in range(self.networks)]

    def order(self, epoch: int) -> np.ndarray:
        """The order of the rows in an epoch, the same for everybody."""
        return np.random.default_rng([0, epoch]).permutation(self.n)

    def to_check(self) -> tuple[Workload, int]:
        """A version whose first losses can be compared, and its number of epochs.

        Dropout draws from each library's own generator, so it is left out. Of mini-batches the means of epochs are
        compared, of ten steps each; of many networks, eight.
        """
        smaller = replace(self, dropout=0.0, networks=min(self.networks, 8))
        if self.batch is None:
            return replace(smaller, chunk=CHECKED), CHECKED
        return replace(smaller, rows=10 * self.batch, chunk=1), CHECKED // 10


_NETS = (
    Workload("W1", "moons 500, 2-8-1 sigmoid, SGD", "moons500", (2, 8, 1), "sigmoid", "sigmoid", "sgd", 0.5, 1000,
             2000),
    Workload("W2", "moons 1000, 2-16-32-1 sigmoid, SGD", "moons1000", (2, 16, 32, 1), "sigmoid", "sigmoid", "sgd", 1.0,
             2000, 500),
    Workload("W3", "xor, 4 rows, 2-4-1 ReLU, Adam", "xor", (2, 4, 1), "relu", "sigmoid", "adam", 0.1, 1000, 5000),
    Workload("W4", "quadrants 1000, 2-10-1 ReLU, logits, SGD", "quadrants", (2, 10, 1), "relu", "logits", "sgd", 0.1,
             2000, 1000),
    Workload("W5", "60,000 images, 784-128-10 ReLU, momentum, batch 100", "images", (784, 128, 10), "relu", "softmax",
             "momentum", 0.01, 1, 1, batch=100),
    Workload("W6", "graph of 2708 papers, 1433-16-7, sparse, Adam", "citations", (1433, 16, 7), "relu", "softmax",
             "adam", 0.01, 200, 200, decay=5e-4, dropout=0.5),
    Workload("W7", "64 networks like W2", "moons1000", (2, 16, 32, 1), "sigmoid", "sigmoid", "sgd", 1.0, 500, 100,
             networks=64),
)  # fmt: skip
WORKLOADS = {w.name: w for w in _NETS}
MOMENTUM = 0.9


# Data --------------------------------------------------------------------------------------------------------------


def prepare(folder: Path, names: set[str]) -> None:
    """Write the data of these workloads, so that contestants read the same bytes in no time."""
    for name in sorted(WORKLOADS[w].data for w in names):
        if not (folder / name).is_dir():
            (folder / name).mkdir(parents=True)
            for key, array in _SOURCES[name]().items():
                np.save(folder / name / f"{key}.npy", array)


def _kept(name: str) -> dict[str, np.ndarray]:
    folder = os.environ.get("PEERS_DATA")
    if folder is None:
        return _SOURCES[name]()
    return {file.stem: np.load(file) for file in sorted((Path(folder) / name).glob("*.npy"))}


def _moons(n: int) -> dict[str, np.ndarray]:
    angle, rng = np.linspace(0, np.pi, n // 2), np.random.default_rng(42)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    X = np.concatenate([upper, [1.0, 0.5] - upper]) + rng.normal(0, 0.2, (n, 2))
    order = rng.permutation(n)
    return {"X": X[order].astype(np.float32), "y": np.repeat([0, 1], n // 2)[order]}


def _xor() -> dict[str, np.ndarray]:
    return {"X": np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), "y": np.array([0, 1, 1, 0])}


def _quadrants() -> dict[str, np.ndarray]:
    X = np.random.default_rng(0).standard_normal((1000, 2)).astype(np.float32)
    return {"X": X, "y": (X[:, 0] * X[:, 1] > 0).astype(np.int64)}


def _images() -> dict[str, np.ndarray]:
    """MNIST if it is there, else numbers of the same shape: a step takes as long."""
    file = Path(os.environ.get("CUTAWAY_DATA", "")) / "mnist.npz"
    if "CUTAWAY_DATA" in os.environ and file.is_file():
        with np.load(file, allow_pickle=False) as z:
            return {
                "X": z["x_train"].reshape(60_000, 784).astype(np.float32) / np.float32(255),
                "y": z["y_train"].astype(np.int64),
            }
    rng = np.random.default_rng(0)
    return {"X": rng.random((60_000, 784), np.float32), "y": rng.integers(0, 10, 60_000)}


def _citations() -> dict[str, np.ndarray]:
    """A graph with the numbers of Cora: 2708 papers, 1433 words of which some are frequent, 5429 links, 7 subjects.

    The adjacency is that of Kipf and Welling, ``D^-1/2 (A + I) D^-1/2``, as rows of a sparse matrix.
    """
    n, words, links, subjects = 2708, 1433, 5429, 7
    rng = np.random.default_rng(0)
    y = rng.integers(0, subjects, n)
    frequent = 1 / (np.arange(words) + 20.0)
    columns = [np.empty(0, np.int64)] * n
    for i in range(n):
        share = frequent * np.where(np.arange(words) % subjects == y[i], 3.0, 1.0)
        columns[i] = np.sort(rng.choice(words, max(1, rng.poisson(18)), replace=False, p=share / share.sum()))
    counts = np.array([len(c) for c in columns])
    edges: set[tuple[int, int]] = set()
    while len(edges) < links:
        a, b = rng.integers(0, n, 2).tolist()
        if a != b and (y[a] == y[b] or rng.random() < 0.04):
            edges.add((min(a, b), max(a, b)))
    pairs = np.array(sorted(edges))
    row = np.concatenate([pairs[:, 0], pairs[:, 1], np.arange(n)])
    column = np.concatenate([pairs[:, 1], pairs[:, 0], np.arange(n)])
    order = np.lexsort((column, row))
    row, column = row[order], column[order]
    root = 1 / np.sqrt(np.bincount(row, minlength=n))
    return {
        "y": y,
        "edges": pairs,
        "known": np.sort(np.concatenate([np.flatnonzero(y == c)[:20] for c in range(subjects)])),
        "words": np.concatenate(columns).astype(np.int32),
        "word_counts": counts,
        "values": np.repeat(1 / counts, counts).astype(np.float32),
        "row": row.astype(np.int32),
        "column": column.astype(np.int32),
        "link": (root[row] * root[column]).astype(np.float32),
    }


_SOURCES: dict[str, Callable[[], dict[str, np.ndarray]]] = {
    "moons500": lambda: _moons(500),
    "moons1000": lambda: _moons(1000),
    "xor": _xor,
    "quadrants": _quadrants,
    "images": _images,
    "citations": _citations,
}
