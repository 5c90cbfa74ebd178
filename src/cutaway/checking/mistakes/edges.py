"""Mistakes that can be made at any equation: its rule left out, its path left out, its sign, its number forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.backprop import Change
from cutaway.checking.mistakes.mistake import ACTIVATIONS, Mistake, Scene, variables
from cutaway.graph import Eqn, Var
from cutaway.ops.reduce import count

_QUIET = frozenset(("reshape", "astype", "copy", "transpose", "broadcast_to", "positive"))


def edges(scene: Scene) -> Iterator[Mistake]:
    """A rule left out, a path left out, a sign, or a number, at each equation."""
    for i in (0, 1):
        numbers = [
            k
            for k, e in enumerate(scene.eqns)
            if len(e.inputs) > i and scene.active(k, i) and e.primitive.name not in _QUIET
        ]
        for group in scene.groups(numbers):
            eqns = [scene.eqns[k] for k in group]
            if len({e.primitive for e in eqns}) == 1:
                yield from _of(scene, group, eqns, i)


def _of(scene: Scene, group: tuple[int, ...], eqns: list[Eqn], i: int) -> Iterator[Mistake]:
    eqn = eqns[0]
    mine = eqn.inputs[i]
    name, kind = scene.name(mine), eqn.primitive.name.rpartition(".")[2]
    line = f" (line {eqn.where.line})" if eqn.where else ""
    broken: Any = variables(eqns, i)

    def mistake(code: str, words: str, fix: str, change: Change, wrong: str = "", cost: float = 2.0) -> Mistake:
        return Mistake(code, words, fix, {(k, i): change for k in group}, {}, broken, wrong, "", cost)

    if kind == "multiply" and all(e.inputs[0] is e.inputs[1] for e in eqns):  # a square: each factor has half of it
        words = f"leaves out the factor 2 of the square of {name}{line}"
        yield mistake("factor-forgotten", words, "Multiply by 2", lambda g, part: None, r"\delta", 1.1)
        return
    for dim, factor in _numbers(eqn):
        if factor > 0:
            yield mistake(
                "factor-forgotten",
                f"leaves out the factor {_write(1 / factor)} of the {kind}{line} {dim}",
                f"Multiply by {_write(1 / factor)}",
                _scaled(factor),
                cost=1.1,
            )
            yield mistake(
                "factor-repeated",
                f"applies the factor {_write(1 / factor)} of the {kind}{line} {dim} twice",
                f"Divide by {_write(1 / factor)} once",
                _scaled(1 / factor),
                cost=1.1,
            )
    if kind not in ACTIVATIONS and kind not in ("add", "subtract", "negative"):
        yield mistake(
            "rule-left-out",
            f"leaves out the derivative of {kind}{line}",
            f"Apply the derivative of {kind}{line}",
            _passed,
            r"\delta",
            1.6,
        )
    uses = sum(1 for e in scene.eqns for a in e.inputs if a is mine and e.output in scene.true)
    if uses > 1 or len(group) > 1:
        yield mistake(
            "path-left-out",
            f"does not pass the error back through {kind}{line} to {name}",
            f"Add the part that flows through {kind}{line}",
            lambda g, part: None,
            "0",
            1.5,
        )
    yield mistake(
        "wrong-sign",
        f"has the wrong sign at {kind}{line}",
        "Change the sign",
        lambda g, part: -np.asarray(part),
        r"-\delta",
        1.7,
    )


def _numbers(eqn: Eqn) -> Iterator[tuple[str, float]]:
    """The constant factors that a rule brings in, which are easily forgotten."""
    kind = eqn.primitive.name
    x = eqn.inputs[0]
    if kind == "mean" and isinstance(x, Var):
        n = count(x.value, eqn.params.get("axis"))
        yield f"over {n} values", float(n)
    elif kind in ("power", "square"):
        exponent = 2 if kind == "square" else eqn.inputs[1]
        if type(exponent) in (int, float) and exponent not in (0, 1):
            yield "", 1 / float(exponent)  # type: ignore[arg-type]
    elif kind in ("multiply", "divide"):
        for other in eqn.inputs:
            if type(other) in (int, float) and other not in (0, 1, -1):
                yield "", float(other) if kind == "divide" else 1 / float(other)  # type: ignore[arg-type]


def _scaled(factor: float) -> Change:
    return lambda g, part: np.asarray(part) * factor


def _passed(g: Any, part: Any) -> Any:
    try:
        return np.broadcast_to(g, np.shape(part))
    except ValueError:
        return None


def _write(factor: float) -> str:
    return f"1/{1 / factor:g}" if 0 < factor < 1 and abs(1 / factor - round(1 / factor)) < 1e-9 else f"{factor:g}"
