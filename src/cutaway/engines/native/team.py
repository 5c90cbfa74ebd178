"""Threads that run machine code; they are started once, when the first large program wants them."""

from __future__ import annotations

import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor


def cores() -> int:
    """How many threads may run at once here; ``OMP_NUM_THREADS`` limits them, as it does those of BLAS."""
    try:
        available = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        available = os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(available, int(limit))) if limit.isdigit() and int(limit) else available


BUSY = threading.Lock()
"""Held by the program that the team works for: two that share it would wait for each other's helpers for ever."""


@functools.cache
def team() -> ThreadPoolExecutor:
    """The helpers."""
    return ThreadPoolExecutor(max_workers=max(1, cores() - 1), thread_name_prefix="cutaway")


def _alone() -> None:
    """A process that was forked off has none of its parent's threads."""
    global BUSY
    BUSY = threading.Lock()
    team.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_alone)


class Crew:
    """How many threads to take: all that may run, or one, where others leave no core for them.

    The numbers are the same for any number of threads, so what is measured may decide. Both ways are tried, and the
    slower one again from time to time.
    """

    def __init__(self, threads: int) -> None:
        self._paces = {1: 0.0, threads: 0.0}  # seconds of a step
        self._turn = 0
        self._last = threads

    def size(self, count: int) -> int:
        """Threads for the next ``count`` steps."""
        self._turn += 1
        best = min(self._paces, key=lambda n: (self._paces[n], -n))
        self._last = max(self._paces) if self._turn % _AGAIN == 0 else best
        return self._last

    def took(self, seconds: float, count: int) -> None:
        """Hear how long a step took."""
        old = self._paces[self._last]
        self._paces[self._last] = seconds if not old else 0.5 * (old + seconds)


_AGAIN = 32
