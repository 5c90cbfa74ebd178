"""Run the author's functions without leaving a trace: on copies, silently, with all random generators put back."""

from __future__ import annotations

import contextlib
import copy
import io
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutaway.tracing.walk import Walk


@contextlib.contextmanager
def quiet(*roots: Any) -> Iterator[None]:
    """While the block runs, nothing is printed or warned; random generators that ``roots`` reach are put back after."""
    generators = Walk(lambda _, value: value).visit(*roots)
    states = [_state(g) for g in generators]
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for generator, state in zip(generators, states, strict=True):
            _restore(generator, state)


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
