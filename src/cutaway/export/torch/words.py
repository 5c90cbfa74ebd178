"""Numbers, dtypes and tensors as they stand in PyTorch's source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from cutaway.graph import Eqn, Var, literal

Write: TypeAlias = Callable[[list[str], Eqn, set[str]], str]
"""From the texts of the arguments; names of what has to be copied are put into the set."""


def number(value: Any) -> str:
    """A parameter or scalar as PyTorch's source."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return "torch.nan" if np.isnan(value) else "torch.inf" if value > 0 else "-torch.inf"
    return literal(value)


def dtype(kind: Any) -> str:
    """``torch.float64``."""
    return f"torch.{np.dtype(kind).name}"


def as_tensor(text: str, i: int, eqn: Eqn) -> str:
    """An argument as a tensor, if it is a number that stands in the program."""
    atom = eqn.inputs[i]
    if isinstance(atom, Var):
        return text
    others = [a.dtype for a in eqn.inputs if isinstance(a, Var)]
    return f"torch.tensor({text}, dtype={dtype(np.result_type(*others, type(atom)) if others else eqn.output.dtype)})"


def shape_of(eqn: Eqn, i: int) -> tuple[int, ...]:
    """Shape of an argument."""
    return np.shape(eqn.inputs[i].value) if isinstance(eqn.inputs[i], Var) else ()  # type: ignore[union-attr]
