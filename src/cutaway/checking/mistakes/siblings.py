"""Mistakes between things that run beside each other: the gradient of one gate computed from the error of another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.backprop import Change, pull_back
from cutaway.checking.mistakes.mistake import Mistake, Scene, variables
from cutaway.graph import Eqn

MOST = 60  # pairs that are tried


def siblings(scene: Scene) -> Iterator[Mistake]:
    """A parameter's gradient from the error of another place of the same shape."""
    uses: dict[Any, list[tuple[int, int]]] = {}
    for k, eqn in enumerate(scene.eqns):
        if eqn.primitive.fn.__name__ in ("matmul", "add", "multiply"):
            for i, atom in enumerate(eqn.inputs):
                if atom in scene.graph.inputs and scene.active(k, i):
                    uses.setdefault((atom, eqn.primitive, i), []).append((k, i))
    made = 0
    for (mine, primitive, i), edges in uses.items():
        shape, full = mine.shape, scene.eqns[edges[0][0]].output.shape
        for (other, also, j), theirs in uses.items():
            if other is mine or also is not primitive or (i, len(edges), shape) != (j, len(theirs), other.shape):
                continue
            if scene.eqns[theirs[0][0]].output.shape != full or made >= MOST:
                continue
            made += 1
            eqns = [scene.eqns[k] for k, _ in edges]
            changes: dict[Any, Change] = {
                edge: _from(scene, scene.eqns[edge[0]], i, scene.eqns[k])
                for edge, (k, _) in zip(edges, theirs, strict=True)
            }
            me, it = scene.name(mine), scene.name(other)
            yield Mistake(
                "error-of-another",
                f"computes the gradient of {me} from the error at {it}",
                f"Use the error of the place where {me} stands",
                changes,
                {},
                variables(eqns, i)[:1],
                r"\delta_{\text{other}}",
                r"\delta",
                1.25,
            )


def _from(scene: Scene, eqn: Eqn, i: int, other: Eqn) -> Change:
    error = np.asarray(scene.true[other.output])
    return lambda g, part: pull_back(eqn, i, error)
