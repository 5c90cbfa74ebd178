"""BLAS on one thread while training: its threads share out the rows of a sum, and other shares round differently.

So a run gives the same bits whatever the machine's number of cores. Small products, which are what small networks are
made of, are no slower for it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_BRINGERS = ("numpy", "scipy.linalg", "torch")  # modules that come with a BLAS of their own


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS use one thread inside the block."""
    with _controller(tuple(name for name in _BRINGERS if name in sys.modules)).limit(limits=1, user_api="blas"):
        yield


@cache
def _controller(bringers: tuple[str, ...]) -> Any:
    """What sets the threads of the libraries that are loaded; to look for them takes as long as a short training."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
