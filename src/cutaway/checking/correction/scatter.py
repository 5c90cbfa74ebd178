"""Rows that are written several times: ``dE[words] += delta`` keeps one of them, ``np.add.at`` adds up all."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from cutaway.checking.correction.scope import Scope
from cutaway.checking.correction.search import Correction, alike
from cutaway.checking.lines.backward import Spot, Stack
from cutaway.checking.lines.source import parts, text_in


def scattered(stack: Stack, wanted: Any) -> Correction | None:
    """``np.add.at`` in the place of an assignment to rows, if it gives what is wanted."""
    spot = stack.spots[0]
    statement = _assignment(spot)
    if statement is None or wanted is None:
        return None
    target, value = statement
    array, index, rows = (ast.unparse(part) for part in (target.value, target.slice, value))
    scope = Scope(stack.names[0], stack.globals[0])
    before, where, what = (scope.value(text) for text in (array, index, rows))
    if before is None or where is None or what is None or where.dtype.kind not in "iu":
        return None
    total = np.array(before, float)
    try:
        np.add.at(total, where, what)
    except (ValueError, IndexError):
        return None
    if not alike(total, wanted):
        return None
    text = f"np.add.at({array}, {index}, {rows})"
    return Correction(f"{array}[{index}] {'+=' if _adds(spot) else '='} {rows}", text, text, total, "operator")


def _adds(spot: Spot) -> bool:
    return any(isinstance(n, ast.AugAssign) and n.lineno == spot.line for n in parts(text_in(spot.file)))


def _assignment(spot: Spot) -> tuple[ast.Subscript, ast.expr] | None:
    """What is written on a line of the form ``x[i] += y`` or ``x[i] = y``."""
    for node in parts(text_in(spot.file)):
        if isinstance(node, (ast.AugAssign, ast.Assign)) and node.lineno == spot.line:
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            if isinstance(target, ast.Subscript) and target.col_offset == spot.column:
                return target, node.value
    return None
