"""The author's gradients: what a method returns, what it keeps in attributes, or what it changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cutaway.checking.objects.copies import arrays_below, with_parameters
from cutaway.checking.objects.methods import EXAMPLE, called
from cutaway.checking.records import Array
from cutaway.checking.sources.snapshots import Path, clone, get
from cutaway.errors import UsageError


def gradients_of(
    net: Any, X: Array, y: Array, method: str, names: Mapping[str, Path], rate: float
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The author's gradients: what the method returns, what it keeps in attributes, or what it changes."""
    copy = clone(net, {})
    result = called(copy, method, X, y, rate)
    moved = {n for n, path in names.items() if not np.array_equal(get(copy, path), get(net, path))}
    if moved:

        def by_change(p: Mapping[str, Any]) -> dict[str, Any]:
            after = with_parameters(net, names, p)
            called(after, method, X, y, rate)
            return {n: (p[n] - get(after, path)) / rate for n, path in names.items()}

        return by_change
    shapes = {n: np.shape(get(net, path)) for n, path in names.items()}
    returned = _matched(shapes, _flat(result))
    if returned:

        def by_result(p: Mapping[str, Any]) -> dict[str, Any]:
            values = dict(_flat(called(with_parameters(net, names, p), method, X, y, rate)))
            return {n: values[way] for n, way in returned.items()}

        return by_result
    kept: dict[str, Path] = {}
    arrays_below(copy, (), kept, set())
    attributes = _matched(shapes, [(n, get(copy, path)) for n, path in kept.items() if n not in names])
    if attributes:

        def by_attribute(p: Mapping[str, Any]) -> dict[str, Any]:
            after = with_parameters(net, names, p)
            called(after, method, X, y, rate)
            return {n: get(after, kept[a]) for n, a in attributes.items()}

        return by_attribute
    raise UsageError(
        f"The gradients that {method} computes were not found: it returns none, keeps none in attributes "
        f"such as dW1, and "
        "changes no parameter",
        received=f"parameters {', '.join(names)}",
        instead=f"Return a dict of them, or write {EXAMPLE}",
    )


def _flat(value: Any, way: str = "") -> list[tuple[str, Any]]:
    """The arrays and numbers in what a method returned, with names."""
    if isinstance(value, Mapping):
        return [found for k, v in value.items() for found in _flat(v, f"{way}[{k!r}]" if way else str(k))]
    if isinstance(value, list | tuple):
        return [found for i, v in enumerate(value) for found in _flat(v, f"{way}[{i}]")]
    return [(way, value)] if isinstance(value, np.ndarray | float | np.floating) else []


def _matched(shapes: Mapping[str, tuple[int, ...]], arrays: list[tuple[str, Any]]) -> dict[str, str]:
    """Which array is the gradient of which parameter: by name, else by shape, in order."""
    found: dict[str, str] = {}
    free = dict(arrays)
    for name in shapes:
        own = re.sub(r"\W", "", name).lower()
        for way in list(free):
            word = re.sub(r"[\W_]", "", way).lower()
            if word in {own, f"d{own}", f"g{own}", f"grad{own}", f"{own}grad", f"delta{own}", f"nabla{own}"}:
                found[name] = way
                del free[way]
                break
    for name, shape in shapes.items():
        if name not in found:
            fitting = next((w for w, v in free.items() if np.shape(v) == shape), None)
            if fitting is not None:
                found[name] = fitting
                del free[fitting]
    return found if len(found) == len(shapes) else {}
