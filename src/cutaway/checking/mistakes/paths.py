"""Mistakes about which error is used: that after the activation where that before it belongs, on one path alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.backprop import Change, Cotangents, Seeing, pull_back
from cutaway.checking.mistakes.mistake import ACTIVATIONS, Mistake, Scene, variables
from cutaway.graph import Eqn, Var

_THROUGH = frozenset(("add", "sum", "reshape", "stack", "subtract", "astype"))


def paths(scene: Scene) -> Iterator[Mistake]:
    """The slope of the layer above left out on the way to one argument: the others get it."""
    consumers: dict[Var, list[Eqn]] = {}
    for eqn in scene.eqns:
        for atom in eqn.inputs:
            if isinstance(atom, Var):
                consumers.setdefault(atom, []).append(eqn)
    for i in (0, 1):
        numbers = [
            k
            for k, e in enumerate(scene.eqns)
            if e.primitive.name in ("matmul", "multiply", "add")
            and len(e.inputs) > i
            and scene.active(k, i)
            and _above(e, consumers) is not None
        ]
        for group in scene.groups(numbers):
            eqns = [scene.eqns[k] for k in group]
            if len({e.primitive for e in eqns}) > 1:
                continue
            above = [_above(e, consumers) for e in eqns]
            changes: dict[Any, Change] = {
                (k, i): Seeing(_with_error_of(e, i, a))
                for k, e, a in zip(group, eqns, above, strict=True)
                if a is not None
            }
            me, top = scene.name(eqns[0].inputs[i]), scene.name(above[0])
            yield Mistake(
                "slope-missing-on-path",
                f"uses the error of {top}, from before the activation's slope, on the way to {me}",
                "Use the error after it was multiplied by the slope",
                changes,
                {},
                variables(eqns, i),
                r"\partial L / \partial a",
                r"\partial L / \partial z",
                1.3 if eqns[0].inputs[i] in scene.graph.inputs else 1.4,
            )


def _above(eqn: Eqn, consumers: dict[Var, list[Eqn]]) -> Var | None:
    """The activated value that the result of ``eqn`` becomes, with nothing but sums between."""
    at = eqn.output
    for _ in range(8):
        users = consumers.get(at, [])
        if len(users) != 1:
            return None
        kind = users[0].primitive.name.rpartition(".")[2]
        if kind in ACTIVATIONS and kind != "softmax":
            return users[0].output
        if kind not in _THROUGH:
            return None
        at = users[0].output
    return None


def _with_error_of(eqn: Eqn, i: int, above: Var) -> Any:
    def change(g: Any, part: Any, cotangents: Cotangents) -> Any:
        error = cotangents.get(above)
        if error is None:
            return part
        try:
            error = (
                np.broadcast_to(error, np.shape(g))
                if np.size(error) == 1 or np.shape(error) == np.shape(g)
                else np.reshape(error, np.shape(g))
            )
        except ValueError:
            return part
        return pull_back(eqn, i, error)

    return change
