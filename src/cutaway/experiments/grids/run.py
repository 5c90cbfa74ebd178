"""Compare networks of many kinds on one split of a data set: train unit by unit, keep what was found, sum it up."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from cutaway._version import __version__
from cutaway.data import Dataset, load
from cutaway.errors import UsageError
from cutaway.experiments.baselines import Baseline, fit_baselines
from cutaway.experiments.grids.grid import Configuration, Grid, Unit, units
from cutaway.experiments.grids.log import RESULTS, Log, Record, digest
from cutaway.experiments.grids.result import Compared, network_of
from cutaway.experiments.grids.work import Done, Weights, work
from cutaway.experiments.parts import Parts, divide
from cutaway.experiments.settings import Settings


class Watcher(Protocol):
    """Who hears how a comparison goes."""

    def on_start(self, done: int, total: int) -> None:
        """So many networks are there already, of so many."""

    def on_epoch(self, unit: Unit, epoch: int, epochs: int) -> None:
        """A unit that is trained in this process has done so many epochs of at most so many."""

    def on_unit(self, records: Sequence[Record]) -> None:
        """These networks are done."""


class _Nobody:
    def on_start(self, done: int, total: int) -> None: ...

    def on_epoch(self, unit: Unit, epoch: int, epochs: int) -> None: ...

    def on_unit(self, records: Sequence[Record]) -> None: ...


def compare(
    data: Dataset | str,
    *,
    layers: Any = None,
    activation: Any = None,
    optimizer: Any = None,
    lr: Any = None,
    init: Any = None,
    folder: str | Path | None = None,
    resume: bool = False,
    jobs: int | None = None,
    watcher: Watcher | None = None,
    command: str | None = None,
    **settings: Any,
) -> Compared:
    """Compare networks: every combination of the choices, each with several seeds, on one split of the data.

    Networks of equal shape are trained together. The rows are divided once: a part to train on, a part that chooses the
    best epoch of each network and the best configuration, and a part held out, which chooses nothing and scores all.

    Parameters
    ----------
    data : Dataset or str
        As `cutaway.data.load` gives it, or the name of a built-in data set.
    layers : list of tuples of int, optional
        Units of hidden layers: ``[(4,), (8, 8)]`` are two networks, ``(8, 8)`` is one, ``()`` has no hidden layer.
    activation, optimizer : str or list of str, optional
    lr : float or list of float, optional
    init : str or list of str, optional
        Initializers: ``"he"``, ``"glorot"``, ``"orthogonal"``, ..., or a number for normal weights of that deviation.
        By default each layer takes its own.
    folder : path, optional
        Where each result is added to ``results.jsonl`` as it comes, with the best network of each configuration.
    resume : bool
        Whether to go on with the comparison in ``folder``, if there is one.
    jobs : int, optional
        How many units to train at once, in other processes; -1 for as many as there are processors. By default what
        ``joblib.parallel_config`` says, such as a Dask or Ray cluster; if nothing, one after the other here.
    watcher : Watcher, optional
        Hears how it goes.
    command : str, optional
        What was typed, for the first line of the results.
    **settings
        Of all networks alike, as in `cutaway.experiments.Settings`: ``seeds`` (5), ``epochs`` (200), ``patience`` (20),
        ``batch_size`` (32), ``seed``, ``test``, ``validation``, ``dropout``, ``schedule``, ``weight_decay``, ...

    Returns
    -------
    Compared
        With ``table()``, ``sentence``, ``plot()``, ``to_frame()`` and the ``records``. Ctrl-C ends it with those that
        there are, and ``interrupted`` says so.

    Raises
    ------
    UsageError
        If a choice is not allowed, or the folder holds something else.
    DataError
        If there are too few rows.
    KeyboardInterrupt
        If it was interrupted before any configuration was done.

    Examples
    --------
    >>> import cutaway as ca
    >>> found = ca.compare("moons", layers=[(4,), (8, 8)], lr=[0.003, 0.03], seeds=2, epochs=20)
    >>> len(found.rows), len(found.records)
    (4, 8)
    """
    given = load(data, seed=int(settings.get("seed", 0))) if isinstance(data, str) else data
    choices = {"activation": activation, "optimizer": optimizer, "lr": lr}
    grid = Grid.of(layers=layers, init=init, **choices, **settings)
    configurations = grid.configurations(given)
    base = _base(grid, given, configurations)
    for configuration in configurations:  # an impossible one is refused before anything is computed
        configuration.network(base, given, base.seed).build(given.X.shape[1:])
    parts = Parts.of(given, base, divide(given, base))
    log, records = _log(folder, resume, given, grid, command)
    work_left = _left(units(configurations, base), records)
    total = len(configurations) * base.seeds
    watcher = watcher or _Nobody()
    watcher.on_start(len(records), total)
    before = len(records)
    weights: dict[Configuration, Weights] = {}
    began, interrupted = time.perf_counter(), False
    known = {_cell(record) for record in records}
    try:
        for done in _all(parts, base, work_left, jobs, watcher):
            new = [record for record in done.records if _cell(record) not in known]
            weights |= done.weights
            if log is not None and folder is not None:
                _keep(Path(folder), parts, base, done.weights)
                log.add(new)
            records += new
            watcher.on_unit(new)
    except KeyboardInterrupt:
        interrupted = True
    seconds = time.perf_counter() - began
    baselines = _baselines(parts, base)
    order = {cell: i for i, cell in enumerate(c for unit in units(configurations, base) for c in _cells(unit))}
    records.sort(key=lambda record: order[_cell(record)])
    place = None if folder is None else Path(folder)
    found = Compared(given, grid, parts, records, baselines, seconds, interrupted, place, before, weights)
    if interrupted and not found.rows:
        raise KeyboardInterrupt
    return found


def _base(grid: Grid, data: Dataset, configurations: Sequence[Configuration]) -> Settings:
    """What all configurations share, with every choice made."""
    shared = {name: getattr(configurations[0].settings(grid.base).resolved(data), name) for name in _RESOLVED}
    return replace(grid.base, **shared)


_RESOLVED = ("dropout", "batch_size", "loss", "test", "validation")


def _log(
    folder: str | Path | None, resume: bool, data: Dataset, grid: Grid, command: str | None
) -> tuple[Log | None, list[Record]]:
    if folder is None:
        if resume:
            raise UsageError("To resume, a folder must be named", instead='Write folder="runs/moons"')
        return None, []
    path = Path(folder)
    head = {
        "data": {"name": data.name, "source": data.source, "rows": len(data), "digest": digest(data)},
        "settings": grid.to_json(),
        "command": command,
        "versions": {"cutaway": __version__, "numpy": np.__version__, "python": platform.python_version()},
    }
    log = Log(path / RESULTS, head)
    if (path / RESULTS).is_file():
        if not resume:
            raise UsageError(
                f"{path} holds a comparison already", instead="Go on with it (--resume), or name another folder"
            )
        return log, log.resume()
    if path.is_dir() and any(path.iterdir()):
        raise UsageError(
            f"{path} holds files that are not those of a comparison, and is left alone",
            instead="Name a folder that is empty, or that is not there yet",
        )
    log.begin()
    return log, []


def _cell(record: Record) -> tuple[Configuration, int]:
    return Configuration.from_json(record["configuration"]), int(record["seed"])


def _cells(unit: Unit) -> list[tuple[Configuration, int]]:
    return list(unit.cells())


def _left(every: Sequence[Unit], records: Sequence[Record]) -> list[Unit]:
    """The units of which a network is missing; they are done as a whole, for the same bits."""
    known = {_cell(record) for record in records}
    return [unit for unit in every if not known.issuperset(_cells(unit))]


def _all(parts: Parts, base: Settings, todo: Sequence[Unit], jobs: int | None, watcher: Watcher) -> Iterator[Done]:
    """Do all units, wherever joblib is told to; give each as it is done."""
    from joblib import Parallel, delayed, effective_n_jobs
    from joblib.parallel import get_active_backend

    backend = get_active_backend()[0]
    here = type(backend).__name__ in ("LokyBackend", "SequentialBackend", "ThreadingBackend")
    if here and effective_n_jobs(jobs) == 1:
        for unit in todo:
            yield work(parts, base, unit, partial(watcher.on_epoch, unit))
        return
    # Ray's backend, like that of multiprocessing, hands over everything at the end
    lazily = bool(getattr(backend, "supports_return_generator", False))
    parallel = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered" if lazily else "list")
    yield from parallel(delayed(work)(parts, base, unit) for unit in todo)


def _baselines(parts: Parts, base: Settings) -> dict[str, Baseline]:
    y = np.concatenate([part.y for part in parts.simpler])
    return fit_baselines(parts.features(*parts.simpler), y, parts.data.task, seed=base.seed)


def _keep(folder: Path, parts: Parts, base: Settings, weights: dict[Configuration, Weights]) -> None:
    """Write the best network of each configuration, before its records say that it is done."""
    from cutaway.experiments.grids.folder import network_path

    for configuration, own in weights.items():
        path = network_path(folder, configuration)
        path.parent.mkdir(parents=True, exist_ok=True)
        network_of(parts, base, configuration, own).save(path)
