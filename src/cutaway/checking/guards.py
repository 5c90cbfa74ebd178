"""A part of a check that fails, or for which no time is left, costs only itself: the report says so and holds the rest.

Code that a lint or the search does not understand may make it fail. Tests set :data:`OPEN`: they see every failure.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from cutaway.checking.records import Case
from cutaway.checking.running.authored import authored
from cutaway.checking.running.child import OutOfTimeError, alarm

OPEN = "CUTAWAY_CHECK_UNGUARDED"
"""The environment variable that lets failures through."""

T = TypeVar("T")


def all_of(case: Case, part: str, make: Callable[[], Iterable[T]], *, forgiving: bool = False) -> list[T]:
    """What ``make`` gives until it comes to its end or fails; for the arguments see :func:`attempt`."""
    found: list[T] = []

    def collect() -> None:
        for one in make():  # one by one: what was found before a failure is kept
            found.append(one)

    attempt(case, part, collect, None, forgiving=forgiving)
    return found


def attempt(case: Case, part: str, make: Callable[[], T], otherwise: T, *, forgiving: bool = False) -> T:
    """What ``make`` returns; ``otherwise`` if it fails or no time is left for it.

    ``part`` says in the report what failed. If ``forgiving``, nothing is said where the author's own code stops with
    the error: it was not meant to be called in that way.
    """
    if case.notes.get("out of time"):
        return otherwise
    try:
        return make()
    except OutOfTimeError:
        case.notes["out of time"] = True
        _note(case, f"the time was up during one part of the check ({part}): what comes after it was not looked at")
    except Exception as error:
        if not (forgiving and any(authored(f.filename) for f in traceback.extract_tb(error.__traceback__))):
            if os.environ.get(OPEN):
                raise
            what = f"{type(error).__name__}: {error}"[:200]
            _note(case, f"one part of the check failed and says nothing ({part}): {what}")
    return otherwise


def failures(case: Case) -> list[str]:
    """What is to be said of the parts that failed."""
    return list(case.notes.get("failures", ()))


def _note(case: Case, words: str) -> None:
    case.notes.setdefault("failures", []).append(words)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Give what is done here so many seconds."""
    alarm(max(seconds, 0.1))
    try:
        yield
    finally:
        alarm(0)
