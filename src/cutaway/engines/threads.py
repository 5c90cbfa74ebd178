"""BLAS on one thread while training: its threads share out the rows of a sum, and other shares round differently.

So a run gives the same bits whatever the machine's number of cores. Small products, which are what small networks are
made of, are no slower for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let BLAS use one thread inside the block."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
