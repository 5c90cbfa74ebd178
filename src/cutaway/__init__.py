"""See, check, train and trust neural networks written in plain NumPy.

Public names are imported when they are first used, so that ``import cutaway`` loads NumPy and nothing heavier.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cutaway.interpreters.differentiate import (
        grad as grad,
        hessian_vector_product as hessian_vector_product,
        jacobian as jacobian,
        value_and_grad as value_and_grad,
    )
    from cutaway.interpreters.run import run as run
    from cutaway.interpreters.simplify import simplify as simplify
    from cutaway.tracing import trace as trace

_NAMES = {
    "grad": "cutaway.interpreters.differentiate",
    "hessian_vector_product": "cutaway.interpreters.differentiate",
    "jacobian": "cutaway.interpreters.differentiate",
    "run": "cutaway.interpreters.run",
    "simplify": "cutaway.interpreters.simplify",
    "trace": "cutaway.tracing.record",
    "value_and_grad": "cutaway.interpreters.differentiate",
}


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        import cutaway.ops  # noqa: F401  (registers what NumPy's functions mean)

        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'cutaway' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_NAMES)
