"""Ctrl-C while training: the step at hand is finished, and everything is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Interruptible(Protocol):
    """What can be asked to stop."""

    stop: bool


class Asked:
    """Only that: whether it was asked to stop."""

    stop = False


@contextmanager
def catch_interrupt(run: Interruptible) -> Iterator[None]:
    """Let Ctrl-C end the training after the step at hand, so that nothing is lost; a second one ends it at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(signum: int, frame: Any) -> None:
        if run.stop:
            raise KeyboardInterrupt
        run.stop = True

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
