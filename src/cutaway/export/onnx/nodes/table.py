"""The table of what each primitive becomes in ONNX; filled by the families, read by the exporter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from cutaway.export.onnx.nodes.builder import Builder, Term
from cutaway.export.onnx.rows import Step

Rule: TypeAlias = Callable[[Builder, Step], Term]
"""The nodes of one step; its term has the dtype of the step's output, or is converted to it."""

RULES: dict[str, Rule] = {}
"""What is exported, by the full name of the primitive's function."""

REFUSED: dict[str, str] = {}
"""What is not, and why."""


def exports(*names: str) -> Callable[[Rule], Rule]:
    """Register a rule for primitives, by the full names of their functions."""

    def register(rule: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


def refuse(reason: str, *names: str) -> None:
    """Declare that primitives are not exported."""
    REFUSED.update(dict.fromkeys(names, reason))


def axis_of(step: Step) -> Any:
    """The axis of a reduction: None, a number or a tuple, counted from the front."""
    axis = step.params.get("axis")
    ndim = step.inputs[0].ndim
    return tuple(i % ndim for i in axis) if isinstance(axis, tuple) else axis if axis is None else axis % max(ndim, 1)
