"""The same comparison on a Dask cluster: the same code, the same bits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cutaway as ca
from cutaway import data

distributed = pytest.importorskip("distributed", reason="Dask's distributed is not installed")
pytestmark = [
    pytest.mark.dask,
    # what its event loops and sockets leave for the garbage collector is theirs
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

SMALL: dict[str, Any] = {"layers": [(2,), (5, 4), (6,)], "lr": [0.01, 0.1], "dropout": 0.1, "seeds": 2, "epochs": 8}


def test_a_local_cluster_gives_the_same_bits(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib", reason="joblib is not installed")
    moons = data.load("moons", n_samples=120, noise=0.2)
    here = ca.compare(moons, **SMALL)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", local_directory=tmp_path
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        with joblib.parallel_config(backend="dask"):
            there = ca.compare(moons, **SMALL, folder=tmp_path / "run")
        workers = client.run(_loaded)
    assert any(workers.values()), "the networks were trained on the cluster"

    def plain(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{k: v for k, v in record.items() if k != "seconds"} for record in records]

    assert plain(there.records) == plain(here.records)
    for configuration, (params, _) in here.weights.items():
        for mine, other in zip(params, there.weights[configuration][0], strict=True):
            assert all(mine[name].tobytes() == other[name].tobytes() for name in mine)
    assert there.sentence == here.sentence


def _loaded() -> bool:
    import sys

    return "cutaway.train.stack" in sys.modules
