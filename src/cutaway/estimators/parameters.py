"""From the parameters of an estimator to layers and an optimizer; what is wrong with one is said here, at ``fit``."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.errors import UsageError, one_of
from cutaway.nn.activations import RELU_FAMILY
from cutaway.nn.layers import Activation, Dense, Dropout, Layer
from cutaway.nn.metrics import METRICS
from cutaway.nn.normalization import BatchNorm
from cutaway.nn.validate import real, shown, whole
from cutaway.train.optimizers import Optimizer
from cutaway.train.optimizers import optimizer as find_optimizer
from cutaway.train.schedules import Cosine, OneCycle, Schedule, schedule

SCHEDULES = {"constant": None, "cosine": Cosine, "one-cycle": OneCycle}
"""Schedules that need no more than a learning rate, by name."""


_SOME_DECAY = 1e-3  # as good as none, or better, on each of the small data sets that come with scikit-learn
_FEWEST, _MOST, _STEPS = 32, 200, 16  # rows of a batch, and batches of an epoch that are wanted: many for small data


def hidden_layers(sizes: Any, activation: Any, init: Any, dropout: Any, batch_norm: Any) -> list[Layer]:
    """The layers before the last one."""
    units = [sizes] if _is_single(sizes) else list(sizes)
    units = [whole(n, "an entry of hidden_layer_sizes") for n in units]
    activations = _each(activation, len(units), "activation")
    rates = _each(dropout, len(units), "dropout")
    found: list[Layer] = []
    for n, function, rate in zip(units, activations, rates, strict=True):
        if flag(batch_norm, "batch_norm"):
            found += [dense(n, "identity", init), BatchNorm(), Activation(function)]
        else:
            found.append(dense(n, function, init))
        if real(rate, "dropout", "[0, 1)", instead="Write for example dropout=0.2") > 0:
            found.append(Dropout(rate))
    return found


def dense(units: int, activation: Any, init: Any) -> Dense:
    """A layer with these first weights; they are not named where they are the usual ones."""
    usual = isinstance(init, str) and init == "glorot_uniform" and activation not in RELU_FAMILY
    return Dense(units, activation, weights=None if usual else init)


def is_lbfgs(optimizer: Any) -> bool:
    """Whether the training is led by L-BFGS, which is no rule for a gradient and takes all rows at once."""
    return isinstance(optimizer, str) and optimizer.lower().replace("-", "").replace("_", "") == "lbfgs"


def find_rule(optimizer: Any, learning_rate: Any, how: Any, weight_decay: Any) -> Optimizer:
    """The optimizer, with the learning rate and the weight decay that are named beside it."""
    rule = find_optimizer("sgd" if is_lbfgs(optimizer) else optimizer)
    if isinstance(how, Schedule):
        if learning_rate is not None:
            raise UsageError(
                "A schedule holds the learning rate itself",
                received=f"learning_rate={shown(learning_rate)} and schedule={how!r}",
                instead='Leave learning_rate out, or name the schedule: schedule="cosine"',
            )
        rate: Any = how
    else:
        known = str(how).lower().replace("_", "-").replace("onecycle", "one-cycle")
        if known not in SCHEDULES:
            raise one_of(how, SCHEDULES, name="schedule")
        kind = SCHEDULES[known]
        rate = rule.lr if learning_rate is None else learning_rate
        if kind is not None and isinstance(rate, Schedule):
            raise UsageError(
                "There are two schedules",
                received=f"the learning rate {rate!r} and schedule={how!r}",
                instead="Give a number as the learning rate, or leave schedule out",
            )
        rate = rate if kind is None else kind(rate)
    if not isinstance(weight_decay, str):
        rule = replace(rule, weight_decay=weight_decay)
    elif weight_decay != "auto":
        raise one_of(weight_decay, ("auto",), name="weight_decay")
    elif isinstance(optimizer, str) and not rule.weight_decay:
        rule = replace(rule, weight_decay=_SOME_DECAY)
    return replace(rule, lr=rate)


def at_epoch(rule: Optimizer, epoch: int, epochs: int) -> Optimizer:
    """The optimizer with the learning rate that it has in one epoch of all; after the last, with that of the last."""
    return replace(rule, lr=float(schedule(rule.lr).rates(1, epochs)[min(epoch, epochs - 1)]))


def batches(batch_size: Any, n: int, sparse: bool, batch_norm: bool) -> int:
    """Rows for each update; fewer where a single row would be left over for a batch normalisation."""
    if isinstance(batch_size, str) and batch_size == "auto":
        size = n if sparse else min(n, max(_FEWEST, min(_MOST, n // _STEPS)))
    elif isinstance(batch_size, str):
        raise UsageError("batch_size must be a whole number", received=repr(batch_size), instead='Or write "auto"')
    else:
        size = min(whole(batch_size, "batch_size"), n)
    if batch_norm and n < 2:
        raise UsageError("batch_norm needs at least two rows, as one sample has no variance", received=f"{n} sample")
    while batch_norm and n % size == 1:
        size = size - 1 if size > 2 else n
    return size


def watched(early_stopping: Any) -> str | None:
    """What is watched on held-out rows to end the training: the loss or a metric; None if nothing is."""
    if isinstance(early_stopping, str):
        if early_stopping != "loss" and early_stopping not in METRICS:
            raise one_of(early_stopping, ("loss", *METRICS), name="early_stopping")
        return early_stopping
    return "loss" if flag(early_stopping, "early_stopping") else None


def flag(value: Any, name: str) -> bool:
    """A truth; UsageError if it is something else."""
    if not isinstance(value, bool | np.bool):
        raise UsageError(f"{name} must be True or False", received=shown(value)[:60])
    return bool(value)


def patience(n_iter_no_change: Any) -> int | None:
    """How many epochs may pass without improvement; None if any number may."""
    if isinstance(n_iter_no_change, numbers.Real) and np.isposinf(float(n_iter_no_change)):
        return None
    return whole(n_iter_no_change, "n_iter_no_change")


def _is_single(value: Any) -> bool:
    return isinstance(value, str) or not isinstance(value, Iterable)


def _each(value: Any, n: int, name: str) -> list[Any]:
    """One value for each hidden layer."""
    if _is_single(value):
        return [value] * n
    values = list(value)
    if len(values) != n:
        raise UsageError(
            f"{name} must be one for all hidden layers, or one for each of them",
            received=f"{len(values)} for {n} hidden layers",
        )
    return values
