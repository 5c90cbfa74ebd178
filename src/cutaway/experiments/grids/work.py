"""One unit of a comparison: a stack of networks is trained and measured; plain records come back.

What is sent to a worker and what it returns are arrays, numbers and names, so that it does not matter whether it is
this process, another one, or another machine.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.errors import DivergenceWarning
from cutaway.experiments.grids.grid import Configuration, Unit
from cutaway.experiments.parts import Array, Parts
from cutaway.experiments.scores import contributions, scores
from cutaway.experiments.settings import Settings
from cutaway.nn.network import Network
from cutaway.train import EarlyStopping, History
from cutaway.train.callbacks import Listener
from cutaway.train.many import fit_many

Weights = list[list[dict[str, Array]]]
_DIGITS = 6  # of the numbers in a curve, which is for the eye


@dataclass(frozen=True)
class Done:
    """What a unit found out: a record of each network, and the weights of the best of each configuration."""

    unit: Unit
    records: list[dict[str, Any]]
    weights: dict[Configuration, Weights]


def work(parts: Parts, base: Settings, unit: Unit, tick: Callable[[int, int], Any] | None = None) -> Done:
    """Train and measure the networks of a unit.

    Parameters
    ----------
    parts : Parts
    base : Settings
    unit : Unit
    tick : callable, optional
        ``tick(epochs done, epochs at most)`` is called after each epoch.

    Raises
    ------
    KeyboardInterrupt
        If the training was interrupted: half of a unit is nothing to compare.
    """
    cells = list(unit.cells())
    networks = [configuration.network(base, parts.data, seed) for configuration, seed in cells]
    stop = "validation" in parts.fit

    def listeners(number: int) -> list[Listener]:
        own: list[Listener] = [EarlyStopping(patience=base.patience)] if stop else []
        if tick is not None:
            own.append(lambda record: tick(record["epoch"], base.epochs))
        return own

    began = time.perf_counter()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", DivergenceWarning)  # the records say it
        histories = fit_many(
            networks,
            **parts.fit,
            loss=base.loss,
            optimizer=[configuration.settings(base).resolved(parts.data).rule() for configuration, _ in cells],
            epochs=base.epochs,
            batch_size=base.batch_size or None,
            callbacks=listeners,
            engine="numpy",  # the same bits on every machine of a cluster, whatever is installed there
            progress=False,
        )
        if any(history.stopped == "interrupted" for history in histories):
            raise KeyboardInterrupt
        seconds = (time.perf_counter() - began) / len(cells)
        records = [
            _record(parts, configuration, seed, network, history, seconds)
            for (configuration, seed), network, history in zip(cells, networks, histories, strict=True)
        ]
    best: dict[Configuration, int] = {}
    for i, (configuration, _) in enumerate(cells):
        if configuration not in best or _rank(records[i]) < _rank(records[best[configuration]]):
            best[configuration] = i
    weights = {c: [networks[i].params, networks[i].state] for c, i in best.items()}
    return Done(unit, records, weights)


def _rank(record: dict[str, Any]) -> float:
    """The lower, the better on the validation rows; the first if there are none."""
    if not record["test"]:
        return math.inf
    found = (record["validation"] or {}).get("loss")
    return 0.0 if found is None else float(found)


def _record(
    parts: Parts, configuration: Configuration, seed: int, network: Network, history: History, seconds: float
) -> dict[str, Any]:
    parts.unit.into(network.params)
    outputs = network(parts.asked)[parts.held]
    test = parts.split.test
    finite = bool(np.isfinite(outputs).all()) and len(history) > 0
    predicted = np.asarray(network.predict(parts.asked))[parts.held]
    validated = "val_loss" in history and not np.isnan(history["val_loss"]).all()
    best = history.best("val_loss") if validated else history.last if len(history) else {}
    return {
        "configuration": configuration.to_json(),
        "seed": seed,
        "test": scores(test.task, test.y, predicted) if finite else {},
        "validation": _plain({k[4:]: v for k, v in best.items() if k.startswith("val_")}) if validated else None,
        "best_epoch": int(best.get("epoch", 0)),
        "epochs": len(history),
        "stopped": history.stopped,
        "parameters": network.n_params,
        "seconds": round(seconds, 4),
        "notes": list(history.notes) if history.stopped == "diverged" or not finite else [],
        "hits": _numbers(contributions(test.task, test.y, predicted)) if finite else None,
        "curves": {
            name: [_plain_number(v) for v in history[name]]
            for name in history.columns
            if name not in ("epoch", "lr", "seconds")
        },
    }


def _numbers(values: Array) -> list[float]:
    """What each row adds to the score: whole numbers, where rows are right or wrong, are written as such."""
    return [int(v) if v in (0.0, 1.0) else float(v) for v in values]


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _plain_number(value: float) -> float | None:
    """A number of a curve; JSON has none that is not finite."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
