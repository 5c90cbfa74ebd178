"""Train many networks at once: those of equal shape become one stack, whose steps are computed together.

Each network has a run of its own, which keeps what it alone knows: weights, seed, learning rates, history, listeners. A
stack joins the arrays of its runs along a leading axis and does their steps; each run then reads and writes its own row
of them. So the numbers are those of :meth:`cutaway.nn.Network.fit`, to rounding, and everything that listens to a run
can listen here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import ShapeError, TraceError, UsageError
from cutaway.nn.inputs import as_input, to_dtype
from cutaway.nn.layers import Layer
from cutaway.nn.network import Metrics, Network
from cutaway.nn.sparse import is_sparse
from cutaway.train.callbacks import Listener
from cutaway.train.callbacks import callbacks as as_callbacks
from cutaway.train.fit import prepared
from cutaway.train.history import History
from cutaway.train.loop import TrainingRun
from cutaway.train.side_by_side import compile_together, train_side_by_side
from cutaway.train.stack import Stack
from cutaway.train.stacked import sizes_of_layers
from cutaway.train.training import Training

Listeners = Callable[[int], Iterable[Listener] | Listener]
_NUMBERS = 2**23  # in one step of a stack: beyond the caches, nothing is gained by doing more at once


def fit_many(
    networks: Iterable[Network],
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Any = None,
    optimizer: Any = "adam",
    lr: Any = None,
    epochs: int = 100,
    batch_size: int | None = None,
    shuffle: bool = True,
    rows: ArrayLike | None = None,
    validation: Any = None,
    sample_weight: ArrayLike | None = None,
    class_weight: Any = None,
    metrics: Metrics = None,
    callbacks: Listeners | None = None,
    seed: int | Sequence[int] | None = None,
    engine: str = "auto",
    progress: bool = True,
) -> list[History]:
    """Train networks on the same data, each as `Network.fit` would train it, those of equal shape together.

    Networks are trained together if they have the same layers but for their first weights, and optimizers with the same
    settings but for the learning rate. Others are trained in a stack of their own, or by themselves; if it is because a
    layer or loss cannot be stacked, the history's notes say so.

    Parameters
    ----------
    networks : iterable of Network
        Different objects. Their seeds are those of their first weights, of shuffling and of dropout.
    X, y, loss, epochs, batch_size, shuffle, rows, validation, sample_weight, class_weight, metrics
        As in `Network.fit`, the same for all. A *share* for validation is drawn for each network by its own seed; give
        ``(X, y)`` to have the same rows for all.
    optimizer : str or Optimizer, or a sequence of them
        One for all, or one for each network.
    lr : float or Schedule, or a sequence of them, optional
        One for all, or one for each network.
    callbacks : callable, optional
        Gives the listeners of a network by its number, from 0: ``lambda i: [EarlyStopping(patience=10)]``.
    seed : int or sequence of int, optional
        Of shuffling and dropout; by default that of each network.
    engine : {"auto", "numpy", "native"}
        "native" trains the networks one by one in machine code; otherwise stacks are computed by NumPy.
    progress : bool
        Whether to show a progress bar, of mean numbers, in a terminal or notebook.

    Returns
    -------
    list of History
        One for each network. ``seconds`` is the time of the stack divided by the number of its networks.

    Raises
    ------
    UsageError
        If a network occurs twice, a list has another length than ``networks``, or `Network.fit` would raise it.

    Warns
    -----
    DivergenceWarning
        For each network whose loss stopped being finite: its last finite weights are kept, the others go on.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> networks = [ca.Network([ca.Dense(4, "tanh"), ca.Dense(1, "sigmoid")], seed=seed) for seed in range(20)]
    >>> histories = ca.fit_many(networks, X, [0, 1, 1, 0], lr=0.1, epochs=200, progress=False)
    >>> sum(history.last["accuracy"] == 1 for history in histories) > 15
    True
    """
    several = list(networks)
    if not several or not all(isinstance(network, Network) for network in several):
        raise UsageError("fit_many takes networks", received=f"{len(several)} objects", instead="Write [Network(...)]")
    if len({id(network) for network in several}) < len(several):
        raise UsageError(
            "A network occurs twice", instead="Make one for each: [Network(layers, seed=i) for i in range(5)]"
        )
    n = len(several)
    optimizers, lrs, seeds = (
        _each(value, n, name) for name, value in (("optimizer", optimizer), ("lr", lr), ("seed", seed))
    )
    given: Any = X if is_sparse(X) else as_input(X, "X")
    same: dict[Any, Any] = {}  # of X in each dtype, so that the networks share their rows
    if not is_sparse(X):
        same = {dtype: to_dtype(given, dtype, "X") for dtype in {network.dtype for network in several}}
    runs: list[TrainingRun] = []
    for i, network in enumerate(several):
        run = prepared(
            network,
            same.get(network.dtype, given),
            y,
            loss=loss,
            optimizer=optimizers[i],
            lr=lrs[i],
            epochs=epochs,
            batch_size=batch_size,
            shuffle=shuffle,
            rows=rows,
            validation=validation,
            sample_weight=sample_weight,
            class_weight=class_weight,
            metrics=metrics,
            seed=seeds[i],
            engine=engine,
        )
        _share(run, runs)
        runs.append(run)
    listeners = [as_callbacks(callbacks(i)) if callbacks else [] for i in range(n)]
    for run in runs:
        run.network.loss, run.network.training = run.loss, Training.of(run)
    _train(runs, listeners, progress, engine)
    return [run.history for run in runs]


def _train(runs: list[TrainingRun], listeners: list[Any], progress: bool, engine: str) -> None:
    for group in groups(runs):
        together: Stack | None = None
        members = [runs[i] for i in group]
        bar: list[Any] = []
        if progress:
            from cutaway.train.reporters import ProgressBar

            bar = [ProgressBar()]
        compiled = len(group) > 1 and compile_together(members, engine)
        if compiled and not any(listeners[i] for i in group):
            train_side_by_side(members, bar)
            if any(run.history.stopped == "interrupted" for run in members):
                break
            continue
        if not compiled and engine != "native" and len(group) > 1:
            try:
                together = Stack(members)
            except TraceError as error:
                for run in members:
                    run.history.notes.append(f"Trained by itself, not in a stack: {error}")
        if together is None:
            for i in group:
                runs[i].go([*bar, *listeners[i]])
                if runs[i].history.stopped == "interrupted":
                    break
        else:
            together.go([listeners[i] for i in group], bar)
        if any(run.history.stopped == "interrupted" for run in members):
            break
    for run in runs:
        run.history.stopped = run.history.stopped or "interrupted"


def groups(runs: Sequence[TrainingRun]) -> list[list[int]]:
    """The numbers of the runs that can be done together, in the order of the first of each group."""
    found: list[list[int]] = []
    for i, run in enumerate(runs):
        home = next((group for group in found if _alike(runs[group[0]], run)), None)
        if home is None:
            found.append([i])
        else:
            home.append(i)
    return [part for group in found for part in _small(group, runs[group[0]])]


def _small(group: list[int], run: TrainingRun) -> list[list[int]]:
    """A group in parts of a size that depends on the work alone."""
    numbers = run.batch_size * sum(sizes_of_layers(run)) + run.theta.size
    most = max(1, _NUMBERS // numbers)
    return [part.tolist() for part in np.array_split(np.array(group), -(-len(group) // most))]


def _alike(a: TrainingRun, b: TrainingRun) -> bool:
    """Whether one graph is the training step of both, for other values of its inputs."""
    fixed = [(run.objective.fixed, run.held_objective.fixed) for run in (a, b)]
    return (
        len(a.network.layers) == len(b.network.layers)
        and all(_same_layer(p, q) for p, q in zip(a.network.layers, b.network.layers, strict=True))
        and _arrays(a) == _arrays(b)
        and a.loss == b.loss
        and type(a.optimizer) is type(b.optimizer)
        and dataclasses.replace(a.optimizer, lr=0.0) == dataclasses.replace(b.optimizer, lr=0.0)
        and (a.epochs, a.batch_size, a.shuffle) == (b.epochs, b.batch_size, b.shuffle)
        and all(p is q for p, q in zip(*fixed, strict=True))
    )


def _arrays(run: TrainingRun) -> Any:
    """Names, shapes and dtypes of all that a run is made of."""
    layers = [[(k, v.shape, v.dtype) for k, v in part.items()] for part in (*run.network.params, *run.network.state)]
    data = [(a.shape, a.dtype) for a in (*run.data, *(run.held_out or ()))]
    return layers, data, run.held_out is None


def _same_layer(a: Layer, b: Layer) -> bool:
    """Whether two layers do the same, though they may start from other weights."""
    if type(a) is not type(b) or not dataclasses.is_dataclass(a):
        return a is b
    fields = [f.name for f in dataclasses.fields(a) if "Weighting" not in str(f.type)]
    return all(_equal(getattr(a, name), getattr(b, name)) for name in fields)


def _equal(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if any(isinstance(x, np.ndarray) or is_sparse(x) for x in (a, b)):
        return False
    return type(a) is type(b) and bool(a == b)


def _share(run: TrainingRun, others: Sequence[TrainingRun]) -> None:
    """Let a run have the very arrays of an earlier one where the contents are the same."""
    first = next((other for other in others if other.network.dtype == run.network.dtype), None)
    if first is None:
        return
    run.data = [_first_of(a, b) for a, b in zip(run.data, first.data, strict=True)]
    if run.held_out is not None and first.held_out is not None:
        run.held_out = [_first_of(a, b) for a, b in zip(run.held_out, first.held_out, strict=True)]
    for name in ("objective", "held_objective"):
        mine, its = getattr(run, name), getattr(first, name)
        if mine.fixed is not its.fixed and _same_matrix(mine.fixed, its.fixed):
            setattr(run, name, dataclasses.replace(mine, fixed=its.fixed))


def _first_of(mine: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    same = mine is other or (mine.dtype == other.dtype and np.array_equal(mine, other))
    return other if same else mine


def _same_matrix(a: Any, b: Any) -> bool:
    if is_sparse(a) and is_sparse(b):
        parts = ((a.data, b.data), (a.indices, b.indices), (a.indptr, b.indptr))
        return a.shape == b.shape and a.dtype == b.dtype and all(np.array_equal(p, q) for p, q in parts)
    dense = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
    return dense and a.dtype == b.dtype and np.array_equal(a, b)


def _each(value: Any, n: int, name: str) -> list[Any]:
    """One value for each network: from a list of them, or the same for all."""
    if not isinstance(value, (list, tuple, np.ndarray)):
        return [value] * n
    values = value.tolist() if isinstance(value, np.ndarray) else list(value)
    if not isinstance(values, list) or len(values) != n:
        received = f"{len(values)} for {n} networks" if isinstance(values, list) else "a single number in an array"
        raise ShapeError(f"{name} must be one for all networks, or a list of one for each", received=received)
    return values
