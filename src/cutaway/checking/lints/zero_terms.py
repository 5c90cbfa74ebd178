"""A part of an activation that is zero whatever comes in, because its input was cut off at zero before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cutaway.checking.lines.places import at_each, place_of
from cutaway.checking.lints.graphs import plain
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Case, Finding
from cutaway.graph import Eqn, Var


def zero_terms(case: Case) -> Iterator[Finding]:
    """``x = np.maximum(x, 0)`` and then ``x - 0.1 * np.maximum(-x, 0)``: the second term is never anything but zero."""
    graph = recorded_loss(case)
    if graph is None:
        return
    made = {e.output: e for e in graph.eqns}
    told = set()
    for eqn in graph.eqns:
        cut = _spared(made, eqn)
        if cut is None or np.size(eqn.output.value) < 2:
            continue
        where, before = place_of(eqn), place_of(cut)
        if where in told:
            continue
        told.add(where)
        part = "this term" if eqn.primitive.name == "relu" else "what is meant"
        finding = Finding(
            "zero-term",
            "loss",
            f"What comes in here was cut off at zero before, in line {before[1]}: {part} for numbers below zero is "
            "never anything but zero.",
            "Keep the number that was not cut off, and take both parts of it.",
            evidence={"cut_off_in_line": before[1], "numbers": int(np.size(eqn.output.value))},
            hint="Print what each part of this activation gives for a number below zero.",
        )
        yield from at_each(case, finding, [where, before], "Or here, where the numbers below zero are cut off.")


def _spared(made: Mapping[Any, Eqn], eqn: Eqn) -> Eqn | None:
    """The ReLU after which a part of an activation is always zero: ``relu(-x)``, or a leaky ReLU of x."""
    kind = eqn.primitive.name.rpartition(".")[2]
    if kind not in ("relu", "leaky relu"):
        return None
    sign, cut = cut_off(made, eqn.inputs[0])
    return cut if sign == (-1 if kind == "relu" else 1) else None


def cut_off(made: Mapping[Any, Eqn], atom: Any) -> tuple[int, Eqn | None]:
    """The ReLU of which a value is a multiple, if it is one, and the sign of the multiple."""
    sign = 1
    while isinstance(atom, Var) and atom in made:
        eqn = made[atom]
        kind = eqn.primitive.name.rpartition(".")[2]
        numbers = [a for a in eqn.inputs if a not in made and np.ndim(plain(a)) == 0]
        if kind == "relu":
            return sign, eqn
        if kind == "negative":
            sign, atom = -sign, eqn.inputs[0]
        elif kind in ("multiply", "divide") and len(numbers) == 1:
            sign *= int(np.sign(plain(numbers[0])))
            atom = next(a for a in eqn.inputs if a is not numbers[0])
        else:
            break
    return 0, None
