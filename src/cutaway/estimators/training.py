"""The training behind an estimator: rows in units of their own spread go into a run, the best of several is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DataError, UsageError
from cutaway.estimators import parameters
from cutaway.estimators.parts import Progress
from cutaway.estimators.scaling import Columns, composed
from cutaway.nn.network import Network
from cutaway.nn.sparse import is_sparse
from cutaway.nn.validate import real, whole
from cutaway.train.callbacks import Callback, EarlyStopping
from cutaway.train.callbacks import callbacks as as_callbacks
from cutaway.train.fit import prepared
from cutaway.train.history import History, Record, higher_is_better
from cutaway.train.lbfgs import descend
from cutaway.train.many import fit_many

if TYPE_CHECKING:
    from cutaway.estimators.base import NetworkEstimator

Array = NDArray[Any]
Floats = NDArray[np.float64]


class Part(NamedTuple):
    """Rows with their targets, (n, k), and weights, (n,)."""

    X: Any
    targets: Floats
    weights: Floats | None

    def rows(self, places: Array) -> Part:
        """Some of them."""
        return Part(self.X[places], self.targets[places], None if self.weights is None else self.weights[places])


def split(part: Part, share: float, groups: Array | None, random: Any) -> tuple[Part, Part]:
    """Rows to train on, and a share of the rows that is held out, drawn from each group alike."""
    from sklearn.model_selection import train_test_split

    n = len(part.targets)
    least = 2 if groups is None else max(2, len(np.unique(groups)))
    count = max(math.ceil(share * n), least)
    if n - count < least:
        raise UsageError(
            "The validation set is too small, or nothing is left to train on",
            received=f"n_samples = {n}, of which {count} would be held out",
            instead="Give X_val and y_val, or write early_stopping=False",
        )
    kept, held = train_test_split(np.arange(n), test_size=count, random_state=random, stratify=groups)
    return part.rows(kept), part.rows(held)


@dataclass(frozen=True)
class Units:
    """What is known of the columns of inputs and targets, whose spread is the unit of the training."""

    X: Columns | None
    y: Columns | None

    @classmethod
    def of(cls, part: Part, *, inputs: bool, targets: bool) -> Units:
        """Of these rows; None where columns stay as they are."""
        return cls(
            Columns.of(part.X, part.weights) if inputs else None,
            Columns.of(part.targets, part.weights) if targets else None,
        )

    def joined(self, other: Units) -> Units:
        """Of the rows of both."""
        return Units(self.X and other.X and self.X.joined(other.X), self.y and other.y and self.y.joined(other.y))

    def rows(self, part: Part) -> tuple[Any, Floats]:
        """Inputs and targets in these units."""
        X = part.X if self.X is None else self.X.standardised(part.X)
        return X, part.targets if self.y is None else self.y.standardised(part.targets)

    def inside(self, network: Network) -> Network:
        """The network in these units, of one that takes and gives columns as the user has them."""
        X = None if self.X is None else self.X.standardised.inverse
        return composed(None if self.y is None else self.y.standardised, network, X)

    def outside(self, network: Network) -> Network:
        """The network that takes and gives columns as the user has them, of one in these units."""
        y = None if self.y is None else self.y.standardised.inverse
        return composed(y, network, None if self.X is None else self.X.varied)


def train(
    estimator: NetworkEstimator,
    networks: list[Network],
    part: Part,
    held: Part | None,
    units: Units,
    progress: Progress | None = None,
) -> list[History]:
    """Train networks as the parameters of the estimator say, each with its own seed.

    With ``progress`` it is a single one, for one epoch that goes on from there. Several are trained together, unless
    there are listeners who would hear them all at once.
    """
    e = estimator
    rule = parameters.find_rule(e.optimizer, e.learning_rate, e.schedule, e.weight_decay)
    epochs, metric = whole(e.max_iter, "max_iter"), parameters.watched(e.early_stopping)
    led = parameters.is_lbfgs(e.optimizer)
    heard = as_callbacks(() if e.callbacks is None else e.callbacks)
    if e.verbose:
        heard = [*as_callbacks(printed), *heard]
    later = 0 if progress is None else progress.calls
    if progress is not None:
        rule, epochs = parameters.at_epoch(rule, later, epochs), 1
    X, targets = units.rows(part)
    n = len(targets)
    settings: dict[str, Any] = {
        "loss": e._last()[1],
        "optimizer": rule,
        "lr": None,
        "epochs": epochs,
        "batch_size": n if led else parameters.batches(e.batch_size, n, is_sparse(X), e.batch_norm),
        "shuffle": parameters.flag(e.shuffle, "shuffle"),
        "rows": None,
        "validation": None if held is None else (*units.rows(held), held.weights),
        "sample_weight": part.weights,
        "class_weight": None,
        "metrics": () if metric in (None, "loss") else metric,
        "engine": e.engine,
    }

    def listeners(_: int = 0) -> list[Callback]:
        stops = progress is None and (metric is not None or not led)
        return [*heard, *(_stopping(metric, e.tol, e.n_iter_no_change) if stops else [])]

    if len(networks) > 1 and not heard and not led:
        return _closed(fit_many(networks, X, targets, **settings, callbacks=listeners, progress=False), settings)
    histories = []
    for network in networks:
        run = prepared(network, X, targets, **settings, seed=network.seed + later)
        network.loss = run.loss
        if led:
            limit = None if e.max_fun is None else whole(e.max_fun, "max_fun")
            descend(run, listeners(), tol=e.tol or 0.0, max_fun=limit)
        elif progress is None:
            run.go(listeners())
        else:
            progress.go(run, listeners())
        histories.append(run.history)
    return _closed(histories, settings)


def _closed(histories: list[History], settings: dict[str, Any]) -> list[History]:
    """The histories; of those that diverged, with a record of the epoch in which they did."""
    names = ["loss", *([settings["metrics"]] if settings["metrics"] else [])]
    names += [] if settings["validation"] is None else [f"val_{name}" for name in names]
    for history in histories:
        if history.stopped == "diverged":
            history.append({"epoch": len(history) + 1, **dict.fromkeys(names, math.nan)})
    return histories


def check_learned(history: History, part: Part, standardized: bool) -> None:
    """DataError if the training diverged before its first epoch was whole, so that there is nothing to keep."""
    if len(history) and not np.isfinite(history["loss"]).any():
        raise DataError(
            "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
            "preprocessed",
            received=f"X up to {abs(part.X).max():.2g} and targets up to {abs(part.targets).max():.2g}",
            instead=f"Write {'' if standardized else 'standardize=True, or '}a smaller learning_rate",
        )


def best(networks: list[Network], histories: list[History], metric: str | None) -> tuple[Network, History]:
    """The best one, by the loss at the end, or by the metric that stops the training, at its best."""

    def badness(history: History) -> float:
        name = "loss" if "val_loss" not in history else f"val_{metric or 'loss'}"
        if not len(history) or np.isnan(history[name]).all():
            return math.inf
        value = history.last[name] if metric is None else history.best(name)[name]
        return math.inf if math.isnan(value) else float(-value if higher_is_better(name) else value)

    place = int(np.argmin([badness(history) for history in histories]))
    return networks[place], histories[place]


def _stopping(metric: str | None, tol: Any, n_iter_no_change: Any) -> list[Callback]:
    """What ends a training that no longer improves: by the held-out metric, or else by the loss."""
    patience = parameters.patience(n_iter_no_change)
    if patience is None or (metric is None and tol is None):
        return []
    least = 0.0 if tol is None else real(tol, "tol", "[0, inf)")
    name = "loss" if metric is None else f"val_{metric}"
    return [EarlyStopping(name, patience=patience, min_delta=least, restore_best=metric is not None)]


def printed(record: Record) -> None:
    """Print the record of an epoch."""
    numbers = ", ".join(f"{k} = {v:.8f}" for k, v in record.items() if k not in ("epoch", "seconds", "lr"))
    print(f"Iteration {record['epoch']}, {numbers}")
