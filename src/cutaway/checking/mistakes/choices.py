"""Mistakes about maxima, as in pooling: the error belongs to the entry that was the largest, and to no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.backprop import Change
from cutaway.checking.mistakes.mistake import Mistake, Scene, variables
from cutaway.graph import Eqn


def choices(scene: Scene) -> Iterator[Mistake]:
    """Every way of giving the error of a maximum to the wrong entries."""
    numbers = [k for k, e in enumerate(scene.eqns) if e.primitive.name in ("max", "min") and scene.active(k, 0)]
    for group in scene.groups(numbers):
        eqns = [scene.eqns[k] for k in group]
        if len({e.primitive for e in eqns}) > 1:
            continue
        kind = eqns[0].primitive.name
        what = "largest" if kind == "max" else "smallest"
        for words, wrong, cost, share in (
            ("all entries", r"\delta \text{ for all}", 1.1, _all),
            ("all entries in equal parts", r"\delta / n", 1.1, _mean),
            ("the first entry", r"\delta \, [i = 1]", 1.2, _first),
            ("the last entry", r"\delta \, [i = n]", 1.2, _last),
            ("all entries but the one it belongs to", r"\delta \, [x < \max x]", 1.3, _others),
        ):
            changes: dict[Any, Change] = {(k, 0): _change(share, e) for k, e in zip(group, eqns, strict=True)}
            yield Mistake(
                "wrong-share-of-max",
                f"gives the error of {kind} at {scene.name(eqns[0].inputs[0])} to {words}",
                f"Give it to the {what} entry alone: delta * (x == x.{kind}(axis, keepdims=True))",
                changes,
                {},
                variables(eqns, 0),
                wrong,
                rf"\delta \, [x = \{kind} x]",
                cost,
            )


def _change(share: Any, eqn: Eqn) -> Change:
    x, axis, keepdims = np.asarray(eqn.inputs[0].value), eqn.params.get("axis"), eqn.params.get("keepdims", False)  # type: ignore[union-attr]
    axes = tuple(range(x.ndim)) if axis is None else tuple(a % x.ndim for a in np.atleast_1d(axis))
    top = np.expand_dims(np.asarray(eqn.output.value), axes) if not keepdims else np.asarray(eqn.output.value)

    def change(g: Any, part: Any) -> Any:
        g = np.asarray(g) if keepdims else np.expand_dims(np.asarray(g), axes)
        return share(np.broadcast_to(g, x.shape), x, top, axes)

    return change


def _all(g: Any, x: Any, top: Any, axes: tuple[int, ...]) -> Any:
    return g


def _mean(g: Any, x: Any, top: Any, axes: tuple[int, ...]) -> Any:
    return g / np.prod([x.shape[a] for a in axes])


def _first(g: Any, x: Any, top: Any, axes: tuple[int, ...]) -> Any:
    return g * np.all([_place(x.shape, a, 0) for a in axes], axis=0)


def _last(g: Any, x: Any, top: Any, axes: tuple[int, ...]) -> Any:
    return g * np.all([_place(x.shape, a, x.shape[a] - 1) for a in axes], axis=0)


def _others(g: Any, x: Any, top: Any, axes: tuple[int, ...]) -> Any:
    return g * (x != top)


def _place(shape: tuple[int, ...], axis: int, at: int) -> Any:
    return np.indices(shape)[axis] == at
