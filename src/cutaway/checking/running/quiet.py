"""Run the author's functions without leaving a trace: on copies, silently, with all random generators put back."""

from __future__ import annotations

import contextlib
import copy
import io
import random
import warnings
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np

from cutaway.tracing.walk import Walk


class _Nowhere(io.TextIOBase):
    """Takes what is printed, however much, and keeps nothing."""

    def write(self, text: str) -> int:
        return len(text)


NOWHERE = _Nowhere()
Reached = dict[int, tuple[Any, list[Any]]]
_REACHED: ContextVar[Reached | None] = ContextVar("generators that roots reach", default=None)


@contextlib.contextmanager
def quiet(*roots: Any) -> Iterator[None]:
    """While the block runs, nothing is printed or warned; random generators that ``roots`` reach are put back after.

    What a root reaches is looked up once while an outermost block runs: thousands of calls of one loss stand in it.
    """
    known = _REACHED.get()
    token = _REACHED.set({}) if known is None else None
    generators = _generators(roots)
    states = [_state(g) for g in generators]
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(NOWHERE),
            contextlib.redirect_stderr(NOWHERE),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for generator, state in zip(generators, states, strict=True):
            _restore(generator, state)
        if token is not None:
            _REACHED.reset(token)


def forget() -> None:
    """Look again at what functions reach: a program ran that may have made other generators."""
    known = _REACHED.get()
    if known is not None:
        known.clear()


def _generators(roots: tuple[Any, ...]) -> list[Any]:
    known = _REACHED.get()
    assert known is not None
    found: dict[int, Any] = {}
    for root in roots:
        if id(root) not in known:
            known[id(root)] = root, Walk(lambda _, value: value).visit(root)
        found |= {id(g): g for g in known[id(root)][1]}
    return list(found.values())


def _state(generator: Any) -> Any:
    if isinstance(generator, random.Random):
        return generator.getstate()
    if isinstance(generator, np.random.RandomState):
        return generator.get_state()
    return copy.deepcopy(generator.bit_generator.state)


def _restore(generator: Any, state: Any) -> None:
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        generator.bit_generator.state = state


def call(fn: Callable[..., Any], params: dict[str, Any], *args: Any) -> Any:
    """``fn(copies of params, *args)``, quietly."""
    with quiet(fn):
        return fn({name: np.array(value) for name, value in params.items()}, *args)
