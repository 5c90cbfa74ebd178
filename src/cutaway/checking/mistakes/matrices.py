"""Softmax's derivative filled entry by entry, ``J[i, j] = a[i] * (delta_ij - a[j])``, with some of the entries wrong.

Two loops with an ``if i == j`` write the diagonal on one line and the rest on another: either can go wrong alone, and
both can take the scores where the outputs belong.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from cutaway.checking.backprop import Change
from cutaway.checking.mistakes.jacobians import RIGHT
from cutaway.checking.mistakes.mistake import Mistake, Scene, variables

DIAGONAL: tuple[tuple[str, Any], ...] = (
    ("a_i (1 - a_i)", lambda a, z: a * (1 - a)),
    ("a_i (1 - z_i)", lambda a, z: a * (1 - z)),
    ("z_i (1 - a_i)", lambda a, z: z * (1 - a)),
    ("z_i (1 - z_i)", lambda a, z: z * (1 - z)),
    ("a_i", lambda a, z: a),
    ("1 - a_i", lambda a, z: 1 - a),
    ("-a_i (1 - a_i)", lambda a, z: -a * (1 - a)),
    ("a_i (1 + a_i)", lambda a, z: a * (1 + a)),
    ("1 - a_i^2", lambda a, z: 1 - a**2),
)
"""What stands on the diagonal: the right entries first."""

BESIDE: tuple[tuple[str, Any], ...] = (
    ("-a_i a_j", lambda a, z: (-a, a)),
    ("-a_i z_j", lambda a, z: (-a, z)),
    ("-z_i a_j", lambda a, z: (-z, a)),
    ("-z_i z_j", lambda a, z: (-z, z)),
    ("a_i a_j", lambda a, z: (a, a)),
    ("-a_i", lambda a, z: (-a, 1.0)),
    ("-a_j", lambda a, z: (-1.0, a)),
    ("a_i (1 - a_j)", lambda a, z: (a, 1 - a)),
)
"""What stands beside it in row i and column j, as a factor of each."""


def matrices(scene: Scene) -> Iterator[Mistake]:
    """Every way of getting some entries of a softmax's derivative wrong."""
    numbers = [k for k, e in enumerate(scene.eqns) if e.primitive.fn.__name__ == "softmax" and scene.active(k, 0)]
    for group in scene.groups(numbers):
        eqns = [scene.eqns[k] for k in group]
        z, a = scene.name(eqns[0].inputs[0]), scene.name(eqns[0].output)
        a = a if a.isidentifier() else "a"
        for (d, on), (o, off) in product(DIAGONAL, BESIDE):
            wrong_on, wrong_off = on is not DIAGONAL[0][1], off is not BESIDE[0][1]
            scores = "z" in d and "z" in o
            if wrong_on == wrong_off and not scores:
                continue
            code = "softmax-of-scores" if "z" in d + o else "softmax-entries"
            parts = [f"{d} on the diagonal"] * wrong_on + [f"{o} beside it"] * wrong_off
            said = f"takes {' and '.join(parts)} for the derivative a_i (delta_ij - a_j) of softmax at {z}"
            if "z" in d + o:
                said += f": the scores z = {z} stand where its outputs a = {a} belong"
            fix = f"Write {a}[i] * (1 - {a}[i]) on the diagonal and -{a}[i] * {a}[j] beside it"
            changes: dict[Any, Change] = {(k, 0): _change(on, off, e) for k, e in zip(group, eqns, strict=True)}
            latex = rf"J_{{ii}} = {d}, \; J_{{ij}} = {o}"
            yield Mistake(code, said, fix, changes, {}, variables(eqns, 0), latex, RIGHT, 1.4)


def _change(on: Any, off: Any, eqn: Any) -> Change:
    z, a = np.asarray(eqn.inputs[0].value, float), np.asarray(eqn.output.value, float)
    axis = eqn.params.get("axis", -1)

    def change(g: Any, part: Any) -> Any:
        g = np.asarray(g)
        row, column = off(a, z)
        weighted = g * row
        return g * on(a, z) + column * (np.sum(weighted, axis=axis, keepdims=True) - weighted)

    return change
