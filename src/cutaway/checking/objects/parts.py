"""The parts of a network object: which of its methods is the loss, which the backward pass, and its parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.checking.objects.copies import arrays_below, composed
from cutaway.checking.objects.methods import BACKWARD, EXAMPLE, LOSSES, TRAIN, called, has
from cutaway.checking.records import Array
from cutaway.checking.sources.losses import LOSS, scalar
from cutaway.checking.sources.snapshots import Path, clone, get
from cutaway.errors import UsageError


def loss_of(net: Any, X: Array, y: Array) -> str:
    """The method that gives one number for X and y."""
    methods = _methods(net)
    named = [m for m in LOSSES if m in methods]
    named += [m for m in methods if LOSS.search(m) and m not in named and "grad" not in m and "deriv" not in m]
    for method in named:
        try:
            value = np.asarray(called(clone(net, {}), method, X, y))
        except Exception:
            continue
        if value.size == 1 and value.dtype.kind == "f":
            return method
    raise UsageError(
        "No loss was found in the object: a method called loss, cost or the like, that gives one number for X and y; "
        f"nor one in the loop of a method called {', '.join(TRAIN[:-1])} or {TRAIN[-1]}",
        received=f"{type(net).__name__} with {', '.join(methods) or 'no methods'}",
        instead=f"Give it one, or write {EXAMPLE}",
    )


def backward_of(net: Any, X: Array, y: Array) -> str:
    """The method that computes gradients, or updates the parameters."""
    methods = _methods(net)
    for method in (*BACKWARD, *TRAIN):
        if method not in methods:
            continue
        try:
            called(clone(net, {}), method, X, y)
        except Exception:
            continue
        return method
    raise UsageError(
        f"No backward pass was found in the object: a method called {', '.join(BACKWARD[:5])} or the like, "
        f"that can be "
        "called with X and y",
        received=f"{type(net).__name__} with {', '.join(methods) or 'no methods'}",
        instead=f"Give it one, or write {EXAMPLE}",
    )


def parameters_of(net: Any, X: Array, y: Array, loss: str) -> dict[str, Path]:
    """The arrays of floats among the attributes on which the loss depends."""
    found: dict[str, Path] = {}
    arrays_below(net, (), found, set())
    base = float(np.asarray(scalar(called(clone(net, {}), loss, X, y))))
    rng = np.random.default_rng(0)
    chosen: dict[str, Path] = {}
    for name, path in found.items():
        value = np.asarray(get(net, path))
        size = max(float(np.abs(value).max(initial=0)), 1e-2)
        for _ in range(2):
            nudged = (value + 1e-2 * size * rng.normal(size=value.shape)).astype(value.dtype)
            try:
                changed = float(np.asarray(scalar(composed(net, X, y, loss, {name: path})({name: nudged}))))
            except Exception:
                break
            if changed != base:
                chosen[name] = path
                break
    if not chosen:
        raise UsageError(
            f"No parameters were found in the object: attributes that are arrays of floats on which {loss} depends",
            received=", ".join(found) or "no arrays of floats",
            instead=f"Write {EXAMPLE}",
        )
    return chosen


def _methods(net: Any) -> list[str]:
    return [m for m in dir(net) if not m.startswith("__") and has(net, m)]
