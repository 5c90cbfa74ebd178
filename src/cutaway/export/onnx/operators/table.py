"""The table of ONNX operators: what each computes, in plain NumPy on whole arrays, so that it can be recorded.

An operator is a function of its :class:`Call` (attributes, version) and its inputs; inputs that are left out are None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from cutaway.errors import DataError
from cutaway.ops.shape import known

Operator: TypeAlias = Callable[..., Any]

OPERATORS: dict[str, Operator] = {}
"""What computes an operator of the standard domain, by its name."""


@dataclass(frozen=True)
class Call:
    """One node of a model as its operator sees it.

    Attributes
    ----------
    kind, name : str
        The operator, and what the node is called.
    attributes : dict
        Numbers, texts, tuples, arrays, dtypes, and bodies of nodes.
    opset : int
        Version of the operators.
    n_outputs : int
        How many outputs the node names.
    graph : callable
        ``graph(body, *inputs)`` computes a body among the attributes.
    """

    kind: str
    name: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    opset: int = 21
    n_outputs: int = 1
    graph: Callable[..., Any] = lambda *_: None

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute."""
        return self.attributes.get(name, default)

    def refuse(self, what: str) -> DataError:
        """The error for something that this operator can do and cutaway can't."""
        return DataError(f"{self}: {what} is not supported")

    def __str__(self) -> str:
        return f"node {self.name or '?'} ({self.kind})"


def operator(*names: str) -> Callable[[Operator], Operator]:
    """Register what computes operators."""

    def register(fn: Operator) -> Operator:
        OPERATORS.update(dict.fromkeys(names, fn))
        return fn

    return register


def plain(fn: Operator) -> Operator:
    """An operator that looks at its inputs alone."""
    return lambda call, *inputs: fn(*inputs)


def numbers(x: Any) -> Any:
    """Sizes, axes and the like, which decide about shapes, as whole numbers or nested lists of them."""
    return np.asarray(known(x)).tolist()


def axes_of(call: Call, given: Any, name: str = "axes") -> tuple[int, ...] | None:
    """Axes from an input, or in older versions from an attribute."""
    axes = numbers(given) if given is not None else call.get(name)
    return None if axes is None else tuple(axes) if isinstance(axes, (list, tuple)) else (axes,)


def like(value: Any, x: Any) -> Any:
    """A number in the dtype of ``x``."""
    return np.asarray(value, x.dtype)[()]
