"""What a comparison has found so far, and small helpers that all who write findings need."""

from __future__ import annotations

import linecache
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.backward import Backward
from cutaway.checking.lines.omissions import returns_of
from cutaway.checking.records import Case, Finding, ParameterVerdict


@dataclass
class Comparison:
    """The outcome of comparing the author's gradient with the true one."""

    findings: list[Finding] = field(default_factory=list)
    parameters: list[ParameterVerdict] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    compared: str = ""
    unclear: bool = False
    backward: Backward | None = None
    seen: list[View] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def source_line(file: str, line: int) -> str:
    """A line of a program as it stands there, without its indentation and comment."""
    text = linecache.getline(file, line).strip()
    return text


def at(where: tuple[str, int]) -> dict[str, Any]:
    """A line as a finding has it: its place and its text."""
    file, line = where
    return {"file": file, "line": line, "excerpt": source_line(file, line) if line else ""}


def function_place(case: Case) -> dict[str, Any]:
    """The first line of the author's gradients, where nothing better is known."""
    code = getattr(case.gradients, "__code__", None)
    return {"file": code.co_filename, "line": code.co_firstlineno} if code else {"file": case.file, "line": 0}


def crossed(eqn: Any) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The shapes of two arguments that broadcast as a row and a column of the same length."""
    if not eqn.primitive.elementwise or len(eqn.inputs) < 2:
        return None
    shapes = [np.shape(a.value if hasattr(a, "value") else a) for a in eqn.inputs]
    for i, a in enumerate(shapes):
        for b in shapes[i + 1 :]:
            for row, column in ((a, b), (b, a)):
                if len(row) == 1 and len(column) == 2 and column[1] == 1 and row[0] == column[0] > 1:
                    return a, b
    return None


def loss_place(view: View) -> tuple[str, int]:
    """The line at which the loss becomes one number."""
    for eqn in reversed(view.backprop.graph.eqns):
        if eqn.where and eqn.primitive.name in ("mean", "sum", "subtract", "multiply", "divide", "negative", "add"):
            return eqn.where.file, eqn.where.line
    return "", 0


def return_place(view: View) -> tuple[str, int]:
    """The line at which the function that computes the loss returns it."""
    for eqn in reversed(view.point.graph.eqns if view.point.graph else ()):
        stack = view.point.stacks.get(eqn.output)
        if stack and stack.spots:
            spot = stack.spots[0]
            lines = returns_of(spot.file, spot.first_line)
            return spot.file, lines[-1] if lines else spot.line
    return "", 0
