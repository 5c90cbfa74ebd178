"""Constant factors in words: 200 is the number of samples, one half is the square's, -1 is a sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.graph import Var
from cutaway.ops.linear import MATMUL
from cutaway.ops.reduce import count

_BACK = {"2": 0.5, "1/2": 2.0, "4": 0.25, "1/4": 4.0}


def sizes(backprop: Backprop) -> dict[float, str]:
    """Numbers that a network brings with it, and what they count; the likeliest meaning of each."""
    found: dict[float, str] = {}
    eqns = [e for e in backprop.graph.eqns if e.output in backprop.true]
    for eqn in eqns:
        x = eqn.inputs[0] if eqn.inputs else None
        if eqn.primitive.name in ("mean", "sum") and isinstance(x, Var):
            found.setdefault(
                float(count(x.value, eqn.params.get("axis"))),
                f"the number of values in the {eqn.primitive.name} of the loss",
            )
    products = [e for e in eqns if e.primitive is MATMUL]
    if products:
        first, last = products[0], products[-1]
        shapes = [a.shape for a in first.inputs if isinstance(a, Var) and a not in backprop.live]
        for shape in shapes:
            if len(shape) == 2:
                inner = 1 if first.inputs[1] in backprop.graph.inputs else 0
                found[float(shape[1 - inner])] = "the number of samples"
        for n in last.output.shape:
            found.setdefault(float(n), "the number of outputs")
    for eqn in eqns:
        for n in eqn.output.shape:
            found.setdefault(float(n), "the length of an axis")
    found.pop(1.0, None)
    found.pop(0.0, None)
    return found


def in_words(k: float, backprop: Backprop) -> tuple[str, str]:
    """(what the gradient is, what to do): ``("200 times too large", "divide by the number of samples")``."""
    if k == 0:
        return "zero", "compute it"
    known = sizes(backprop)
    simple = {1.0: "", 2.0: "2", 0.5: "1/2", 4.0: "4", 0.25: "1/4"}
    for sign in (1, -1):
        for extra, shown in simple.items():
            for power in (1, -1):
                for n, what in {**{1.0: ""}, **known}.items():
                    if not what and power == -1:
                        continue
                    if abs(k - sign * extra * n**power) <= 1e-6 * abs(k):
                        return _told(k, sign, shown, n, what, power)
    return f"{k:.6g} times the true one", f"divide by {k:.6g}"


def _told(k: float, sign: int, shown: str, n: float, what: str, power: int) -> tuple[str, str]:
    minus = "minus " if sign < 0 else ""
    if not what and not shown:
        return f"{minus}the true one", "change its sign"
    turn = " and change the sign" if sign < 0 else ""
    if not what:
        return f"{minus}{shown} times the true one", (
            f"divide by {shown}" if shown in ("2", "4") else f"multiply by {_BACK[shown]:g}"
        ) + turn
    size = f"{n:g}, {what},"
    if power == 1:
        product = f"{shown} times {size}" if shown else size
        return f"{minus}the true one times {product.rstrip(',')}", f"divide by {product.rstrip(',')}{turn}"
    over = f"{shown} times the true one" if shown else "the true one"
    back = f" (and multiply by {_BACK[shown]:g})" if shown else ""
    return f"{minus}{over} divided by {size.rstrip(',')}", f"do not divide by {size.rstrip(',')}{back}{turn}"


def cosine(a: Any, b: Any) -> float:
    """The cosine of the angle between two arrays."""
    a, b = np.ravel(a), np.ravel(b)
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else 0.0
