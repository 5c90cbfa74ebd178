"""Callbacks: listeners to the records of a training run.

Training emits one record for each epoch; whoever wants to draw, log, save or stop listens. A listener is a `Callback`,
or any function of a record. The loop knows none of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np

from cutaway.errors import UsageError
from cutaway.train.checkpoints import Array, write_checkpoint
from cutaway.train.history import History, Record, higher_is_better
from cutaway.train.settings import Count, NotNegative, check_numbers


class Run(Protocol):
    """What a callback sees of the training run."""

    @property
    def network(self) -> Any:
        """The network in training."""

    @property
    def epoch(self) -> int:
        """How many epochs are done."""

    @property
    def epochs(self) -> int:
        """How many epochs the run will have."""

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps in an epoch."""

    @property
    def history(self) -> History:
        """The records so far, the one just emitted included."""

    def snapshot(self) -> Any:
        """Return a copy of the weights and the state of the layers."""

    def restore(self, snapshot: Any) -> None:
        """Put a snapshot back into the network."""

    def checkpoint(self) -> tuple[Mapping[str, Array], Mapping[str, Any]]:
        """Return all that the run needs to continue: arrays, and values for JSON."""


class Callback:
    """A listener. Subclass it and give the methods that you need; each does nothing by itself.

    `on_end` is called once for each `on_start`, however the run ends.

    Examples
    --------
    >>> class GoodEnough(Callback):
    ...     def on_epoch(self, record, run):
    ...         return record["loss"] < 0.1
    """

    every_epoch: ClassVar[bool] = True
    """Whether it must hear of each epoch before the next one begins. If False, the engine may do several at once, and
    `on_epoch` hears of the last of them."""

    def on_start(self, run: Run) -> None:
        """Hear that a run begins, or goes on from a checkpoint: then ``run.history`` holds the earlier records."""

    def on_epoch(self, record: Record, run: Run) -> bool | None:
        """Hear the record of an epoch, which is the last of ``run.history``; return True to end the training."""

    def on_end(self, history: History) -> None:
        """Hear that the run has ended, and why: ``history.stopped``."""


Listener: TypeAlias = Callback | Callable[[Record], Any]


@dataclass
class _Function(Callback):
    function: Callable[[Record], Any]

    def on_epoch(self, record: Record, run: Run) -> bool:
        answer = self.function(record)
        # a function that returns some number (a loss, say) does not mean to stop
        return isinstance(answer, bool | np.bool_) and bool(answer)


def callbacks(listeners: Listener | Iterable[Listener]) -> list[Callback]:
    """Return callbacks for what a user gave: callbacks, and functions of a record; one alone is taken too.

    Raises
    ------
    UsageError
        If one is neither.
    """
    if isinstance(listeners, Callback) or not isinstance(listeners, Iterable):
        listeners = [listeners]
    return [_callback(listener) for listener in listeners]


def _callback(listener: object) -> Callback:
    if isinstance(listener, Callback):
        return listener
    if isinstance(listener, type) or not callable(listener):
        name = listener.__name__ if isinstance(listener, type) else None
        raise UsageError(
            "a callback must be a Callback or a function of a record",
            received=f"the class {name}" if name else type(listener).__name__,
            instead=f"Write {name or 'EarlyStopping'}(...), or lambda record: print(record)",
        )
    return _Function(listener)


@dataclass
class EarlyStopping(Callback):
    """End the training when a metric has not improved for some epochs.

    Parameters
    ----------
    metric : str
        What is watched.
    patience : int
        For how many epochs in a row it may fail to improve.
    min_delta : float
        What counts as an improvement: better than the best so far by more than this.
    restore_best : bool
        Whether the network ends with the weights of its best epoch, also if all epochs ran.
    higher : bool, optional
        Whether more is better; by default the name tells (``accuracy``, ``r2``: more; anything else: less).
    """

    metric: str = "val_loss"
    _: KW_ONLY
    patience: Count = 10
    min_delta: NotNegative = 0.0
    restore_best: bool = True
    higher: bool | None = None
    best: Record | None = field(default=None, init=False, repr=False)
    _waited: int = field(default=0, init=False, repr=False)
    _weights: Any = field(default=None, init=False, repr=False)
    _run: Run | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the numbers."""
        check_numbers(self)

    def on_start(self, run: Run) -> None:
        """Forget an earlier run; of a run that continues, count its earlier epochs."""
        self.best, self._waited, self._weights, self._run = None, 0, None, run
        for record in run.history:
            self._improved(record)

    def on_epoch(self, record: Record, run: Run) -> bool:
        """Keep the weights if this epoch is the best; say whether patience is at an end."""
        if self._improved(record) and self.restore_best:
            self._weights = run.snapshot()
        return self._waited >= self.patience

    def on_end(self, history: History) -> None:
        """Put the best weights back."""
        run, self._run = self._run, None
        weights, self._weights = self._weights, None
        if run is None or not self.restore_best or self.best is None or self.best["epoch"] == history.last["epoch"]:
            return
        epoch, value = self.best["epoch"], self.best[self.metric]
        if weights is None:
            history.notes.append(
                f"The best {self.metric} ({value:.4g}) was at epoch {epoch}, before the run continued."
            )
        else:
            run.restore(weights)
            history.notes.append(f"The weights are those of epoch {epoch}, with the best {self.metric} ({value:.4g}).")

    def _improved(self, record: Record) -> bool:
        value = metric_of(record, self.metric, who="EarlyStopping")
        best = None if self.best is None else self.best[self.metric]
        if _is_better(value, best, self.metric, self.higher, self.min_delta):
            self.best, self._waited = record, 0
            return True
        self._waited += 1
        return False


@dataclass
class Checkpoint(Callback):
    """Write the state of the run to a file, from which it can continue to the same bits.

    Parameters
    ----------
    path : str or Path
        The file; each checkpoint replaces the one before, atomically.
    every : int
        After how many epochs. The last epoch is written too.
    keep_best : str, optional
        A metric, such as ``"val_loss"``: the state of its best epoch is kept beside, as ``name.best.safetensors``.
    higher : bool, optional
        Whether more of that metric is better; by default its name tells.
    """

    path: str | Path
    _: KW_ONLY
    every: Count = 1
    keep_best: str | None = None
    higher: bool | None = None
    _best: float | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the numbers."""
        check_numbers(self)
        self.path = Path(self.path)

    @property
    def best_path(self) -> Path:
        """The file of the best epoch."""
        path = Path(self.path)
        return path.with_name(f"{path.stem}.best{path.suffix}")

    def on_start(self, run: Run) -> None:
        """Take the best value of a run that continues from its history."""
        self._best = None
        if self.keep_best and self.keep_best in run.history and not np.isnan(run.history[self.keep_best]).all():
            self._best = run.history.best(self.keep_best, higher=self.higher)[self.keep_best]

    def on_epoch(self, record: Record, run: Run) -> None:
        """Write what is due."""
        due = record["epoch"] % self.every == 0 or record["epoch"] >= run.epochs
        value = metric_of(record, self.keep_best, who="Checkpoint") if self.keep_best else math.nan
        best = self.keep_best is not None and _is_better(value, self._best, self.keep_best, self.higher, 0.0)
        if not (due or best):
            return
        arrays, meta = run.checkpoint()
        if due:
            write_checkpoint(self.path, arrays, meta)
        if best:
            self._best = value
            write_checkpoint(self.best_path, arrays, meta)


def metric_of(record: Record, metric: str, *, who: str) -> float:
    """Return a metric of a record as a float.

    Raises
    ------
    UsageError
        If the record lacks it.
    """
    if metric not in record:
        hint = "Give fit validation=0.2, or name" if metric.startswith("val_") else "Name"
        raise UsageError(
            f"{who} watches {metric!r}, which the records lack",
            received=f"records with {', '.join(record)}",
            instead=f"{hint} one of these",
        )
    return float(record[metric])


def _is_better(value: float, best: float | None, metric: str, higher: bool | None, min_delta: float) -> bool:
    """Return whether a value improves on the best; NaN never does."""
    if best is None or math.isnan(best):
        return not math.isnan(value)
    sign = 1 if (higher_is_better(metric) if higher is None else higher) else -1
    return sign * value > sign * best + min_delta
