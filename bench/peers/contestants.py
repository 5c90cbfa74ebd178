"""Who takes part, in which workloads, with how many threads."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SMALL = ("W1", "W2", "W3", "W4")
_DENSE = (*SMALL, "W5")


@dataclass(frozen=True)
class Contestant:
    """A way to train.

    Parameters
    ----------
    make : str
        ``module:function`` that makes its loop for a workload.
    needs : str
        The package that must be installed.
    options : dict
        Further arguments of that function.
    threads : "one", "all" or "both"
        How many it is timed with.
    ours : bool
        Whether it is this library, which the harness's own Python runs.
    chunked : bool
        Whether its program is compiled for a number of epochs.
    """

    name: str
    make: str
    needs: str
    workloads: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    threads: str = "one"
    ours: bool = False
    chunked: bool = False


CONTESTANTS = (
    Contestant("native", "with_cutaway:fit", "cutaway", (*_DENSE, "W6"), {"engine": "native"}, "both", ours=True),
    Contestant("native", "with_cutaway:many", "cutaway", ("W7",), {"engine": "native"}, "both", ours=True),
    Contestant("native, own NumPy loss", "with_cutaway:own_loss", "cutaway", ("W1", "W2"), ours=True),
    Contestant("numpy", "with_cutaway:fit", "cutaway", (*_DENSE, "W6"), {"engine": "numpy"}, ours=True),
    Contestant("numpy", "with_cutaway:many", "cutaway", ("W7",), {"engine": "numpy"}, ours=True),
    Contestant("NumPy by hand", "with_numpy:by_hand", "numpy", _DENSE),
    Contestant("SciPy by hand", "with_numpy:by_hand", "scipy", ("W6",)),
    Contestant("NumPy by hand, one by one", "with_numpy:many", "numpy", ("W7",), {"sample": 4}),
    Contestant("JAX scan", "with_jax:scan", "jax", _DENSE, threads="both", chunked=True),
    Contestant("JAX scan, BCOO", "with_jax:scan", "jax", ("W6",), {"product": "bcoo"}, "both", chunked=True),
    Contestant("JAX scan, segment sums", "with_jax:scan", "jax", ("W6",), {"product": "sums"}, "both", chunked=True),
    Contestant("JAX vmap scan", "with_jax:scan_of_many", "jax", ("W7",), threads="both", chunked=True),
    Contestant("JAX jit per step", "with_jax:per_step", "jax", _DENSE, threads="all"),
    Contestant("PyTorch", "with_torch:eager", "torch", _DENSE, threads="both"),
    Contestant("PyTorch, DataLoader", "with_torch:eager", "torch", ("W5",), {"feed": "loader"}, "all"),
    Contestant("PyTorch, Dataset of items", "with_torch:eager", "torch", ("W5",), {"feed": "items"}, "all"),
    Contestant("PyTorch Geometric", "with_torch:geometric", "torch_geometric", ("W6",), threads="both"),
    Contestant("PyTorch, one by one", "with_torch:many", "torch", ("W7",), {"sample": 4}, "both"),
    Contestant("scikit-learn", "with_sklearn:classifier", "sklearn", _DENSE),
)
BLAS = Contestant("products of 1536 x 1536", "with_numpy:products", "numpy", ("W5",), threads="both")


@dataclass(frozen=True)
class Entry:
    """A contestant with a number of threads, in a workload."""

    contestant: Contestant
    workload: str
    threads: int

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.contestant.name if self.contestant.threads == "one" else f"{self.contestant.name}, {self.threads}"


def entries(workload: str, threads: int, *more: Contestant) -> list[Entry]:
    """Everybody who takes part in a workload."""
    found = []
    for contestant in (*CONTESTANTS, *more):
        counts = {"one": [1], "all": [threads], "both": sorted({1, threads})}[contestant.threads]
        found += [Entry(contestant, workload, n) for n in counts if workload in contestant.workloads]
    return found


def missing(package: str) -> str | None:
    """Why a contestant cannot be here, in words."""
    return None if importlib.util.find_spec(package) else f"{package} is not installed"


def version(package: str) -> str:
    """The package and its version."""
    name = {"sklearn": "scikit-learn"}.get(package, package)
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return name


def function(path: str) -> Callable[..., Any]:
    """The function that ``module:function`` names."""
    module, name = path.split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(f"peers.{module}"), name)
    return found
