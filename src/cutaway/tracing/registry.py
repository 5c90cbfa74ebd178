"""What happens when a NumPy function meets a traced array; filled by :mod:`cutaway.ops`, read while recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from cutaway.graph import NOT_WRITTEN, NoGradient, Primitive, Rule, function_name

F = TypeVar("F", bound=Callable[..., Any])

PRIMITIVES: dict[str, Primitive] = {}
"""Every primitive, by the full name of its function."""

HANDLERS: dict[str, Callable[..., Any]] = {}
"""What is called instead of a NumPy or SciPy function that meets a traced array, by the function's full name."""

CONSTANTS: set[str] = set()
"""Functions that are answered from shapes and dtypes alone."""

REFUSED: dict[str, str] = {}
"""Functions that cannot be recorded: why, and what to write instead."""

STAND_INS: dict[tuple[str, str], Callable[..., Any]] = {}
"""Functions that no protocol reaches, by (module, attribute): what stands in for them while a recording is made.
``stand_in(original, *args, **kwargs)``."""


def primitive(
    fn: Callable[..., Any],
    vjp: Sequence[Rule | NoGradient] | NoGradient = NOT_WRITTEN,
    *,
    elementwise: bool | None = None,
    infix: tuple[str, int] | None = None,
    show: Callable[..., str] | None = None,
) -> Primitive:
    """Register ``fn`` as a primitive. How NumPy functions lead to it is said by :func:`handles`."""
    name = function_name(fn)
    if elementwise is None:
        elementwise = isinstance(fn, np.ufunc) and fn.signature is None
    record = PRIMITIVES[name] = Primitive(name.removeprefix("numpy."), fn, vjp, elementwise, infix, show)
    return record


def handles(*names: str) -> Callable[[F], F]:
    """Register a function as what is called when one of ``names`` (``"numpy.sum"``) meets a traced array."""

    def register(fn: F) -> F:
        HANDLERS.update(dict.fromkeys(names, fn))
        return fn

    return register


def answers(*names: str) -> Callable[[F], F]:
    """Like :func:`handles`, for functions that look at shapes and dtypes alone."""
    CONSTANTS.update(names)
    return handles(*names)


def stands_in_for(*places: str) -> Callable[[F], F]:
    """Register a function as the stand-in of ``"module:attribute"`` while a recording is made."""

    def register(fn: F) -> F:
        for place in places:
            module, _, attribute = place.partition(":")
            STAND_INS[module, attribute] = fn
        return fn

    return register
