"""What the training loop of a case does, step by step: its parameters, the gradients it was given, the changes it made.

The loop runs for a few steps under the watch. A parameter is recognised by its numbers and its shape, the gradient by
the function that the case's own ``gradients`` calls.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.records import Array, Case
from cutaway.checking.running.log import Change, Log, arrays_in
from cutaway.checking.running.program import Program, listen
from cutaway.checking.running.quiet import forget
from cutaway.checking.running.trajectories import same, trajectories
from cutaway.checking.running.watch import Watch, listeners

STEPS = 4  # of the author's own counting, often epochs
MOST = 24  # updates that are looked at
Source: TypeAlias = "dict[str, tuple[CodeType, int]]"  # of each parameter: the function and which of its arrays


@dataclass
class Step:
    """One update of one parameter."""

    before: Array
    after: Array
    gradient: Array | None
    changes: list[Change]

    @property
    def moved(self) -> Array:
        moved: Array = np.asarray(self.after, dtype=float) - np.asarray(self.before, dtype=float)
        return moved


@dataclass
class Observation:
    """What was seen of a loop.

    Attributes
    ----------
    log : Log
    history : list of float
        What the loop returned as its history, or nothing.
    result : object
        All that it returned.
    error : Exception, optional
        What stopped it.
    steps : dict
        The updates of each parameter that was recognised, empty for one that never changed.
    first : dict
        The first change of each: where the loop got it from.
    """

    log: Log
    result: Any = None
    history: list[float] = field(default_factory=list)
    error: Exception | None = None
    steps: dict[str, list[Step]] = field(default_factory=dict)
    first: dict[str, Change] = field(default_factory=dict)

    def values(self, t: int) -> dict[str, Array]:
        """All parameters before update ``t``."""
        found = {}
        for name, first in self.first.items():
            steps = self.steps[name]
            found[name] = steps[t].before if t < len(steps) else steps[-1].after if steps else first.new
        return found


def observe(case: Case) -> Observation | None:
    """Run the case's loop once under the watch; None if it has none."""
    if "observation" not in case.notes:
        if case.train is None:
            return None
        case.notes["observation"] = None  # a loop that cannot be understood is not run for each lint again
        case.notes["observation"] = _observed(case)
    found: Observation | None = case.notes["observation"]
    return found


def log_of(case: Case) -> Log | None:
    """What was seen of the case's loop, or of the one in which its program trains."""
    seen = observe(case)
    return seen.log if seen is not None else case.notes.get("loop_log")


def logs_of(case: Case) -> list[Log]:
    """What was seen of the case's file, then what was seen of its loop."""
    return [log for log in (case.notes.get("log"), log_of(case)) if log is not None]


def kept_of(case: Case, log: Log) -> dict[str, list[Change]]:
    """The changes of each parameter in a log, in the one place where it is kept; looked for once."""
    known: dict[int, Any] = case.notes.setdefault("trajectories", {})
    if id(log) not in known:
        known[id(log)] = log, trajectories(case.params, log.changes)
    found: dict[str, list[Change]] = known[id(log)][1]
    return found


@contextmanager
def undisturbed() -> Iterator[None]:
    """Leave the global random generators as they were."""
    kept, numpy_kept = random.getstate(), np.random.get_state()  # noqa: NPY002 - what old code draws from
    try:
        yield
    finally:
        random.setstate(kept)
        np.random.set_state(numpy_kept)  # noqa: NPY002 - what old code draws from


def calls_of(case: Case, fn: Any) -> tuple[Any, Log, Exception | None]:
    """The calls that one of the case's functions makes at the initial parameters; called once, however many ask."""
    known: dict[int, Any] = case.notes.setdefault("calls", {})
    if id(fn) not in known:
        known[id(fn)] = fn, watched(case, fn, case.copies(), calls_only=True)
    found: tuple[Any, Log, Exception | None] = known[id(fn)][1]
    return found


def watched(
    case: Case,
    fn: Any,
    *args: Any,
    on_first: Callable[[int, int, FrameType], None] | None = None,
    calls_only: bool = False,
) -> tuple[Any, Log, Exception | None]:
    """Call a function of the author's under the watch; ``on_first`` is called when a loop begins."""
    program: Program | None = case.notes.get("program")
    watch = Watch(program.namespace if program is not None else getattr(fn, "__globals__", None), calls_only)
    watch.on_first = on_first
    listen(*listeners(watch))
    result, problem = None, None
    with undisturbed(), np.errstate(all="ignore"):
        try:
            with watch:
                result = fn(*args)
        except Exception as error:
            problem = error
    forget()
    return result, watch.log, problem


def _observed(case: Case) -> Observation:
    result, log, problem = watched(case, case.train, STEPS)
    if isinstance(problem, TypeError) and not log.changes:
        result, log, problem = watched(case, case.train)
    found = Observation(log, result, history_of(result), problem)
    called = {c.code for c in log.calls}
    possible = gradient_sources(case)
    source = {n: next((s for s in own if s[0] in called), own[0]) for n, own in possible.items()}
    calls = [c for c in log.calls if c.returned >= 0 and any(c.code is code for code, _ in source.values())]
    for name, changes in kept_of(case, log).items():
        found.first[name] = changes[0]
        found.steps[name] = _steps(name, changes, source, calls)
    return found


def gradient_sources(case: Case) -> dict[str, list[tuple[CodeType, int]]]:
    """Which of the author's functions return the gradient of each parameter, and where in what they return.

    One may return the gradient of all rows, or that of one of them: then its results add up to a multiple of it.
    """
    if case.gradients is None:
        return {}
    result, log, problem = watched(case, case.gradients, case.copies())
    if problem is not None or not hasattr(result, "items"):
        return {}
    found: dict[str, list[tuple[CodeType, int]]] = {}
    for call in reversed(log.calls):  # the innermost function is the author's own, those around it are adapters
        arrays = [array for _, array in arrays_in(call.result)]
        taken: set[int] = set()
        for name, gradient in result.items():
            at = next((i for i, a in enumerate(arrays) if i not in taken and same(a, gradient)), None)
            if at is not None:
                taken.add(at)
                if all(code is not call.code for code, _ in found.get(name, ())):
                    found.setdefault(name, []).append((call.code, at))
    for source, total in _sums_of_results(log).items():
        for name, gradient in result.items():
            if _multiple_of(total, gradient):
                found.setdefault(name, []).append(source)
                break
    sure = {code for name, own in found.items() if np.any(result[name]) for code, _ in own}
    return {n: own for n, all_ in found.items() if (own := [s for s in all_ if s[0] in sure or np.any(result[n])])}


def _sums_of_results(log: Log) -> dict[tuple[CodeType, int], Array]:
    """Of functions that were called for row after row: the sums of the arrays that they returned."""
    found: dict[tuple[CodeType, int], Array] = {}
    counts: dict[CodeType, int] = {}
    for call in log.calls:
        counts[call.code] = counts.get(call.code, 0) + 1
        for i, (_, array) in enumerate(arrays_in(call.result)):
            key = (call.code, i)
            if array.dtype.kind != "f" or (key in found and np.shape(found[key]) != array.shape):
                continue
            found[key] = found[key] + array if key in found else array
    return {key: total for key, total in found.items() if counts[key[0]] > 1}


def _multiple_of(total: Array, gradient: Any) -> bool:
    """Whether a sum is a gradient times a positive number."""
    wanted = np.asarray(gradient, dtype=float)
    if total.shape != wanted.shape or not np.any(wanted):
        return False
    times = float(np.sum(total * wanted) / np.sum(wanted * wanted))
    return times > 0 and bool(np.abs(total - times * wanted).max() <= 1e-9 * np.abs(total).max())


def _steps(name: str, changes: list[Change], source: Source, calls: list[Any]) -> list[Step]:
    """The updates of one parameter: entries that were written one after the other with one gradient are one update."""
    code, index = source.get(name, (None, 0))
    own = [c for c in calls if c.code is code]
    steps: list[Step] = []
    last: Any = None
    for change in changes[1:]:
        if change.old is None:
            continue
        call = next((c for c in reversed(own) if c.returned <= change.at), None)
        turn = id(call) if call is not None else change.loops[-1:] if change.inplace else change.at
        if steps and turn == last:
            steps[-1].after = change.new
            steps[-1].changes.append(change)
            continue
        if len(steps) >= MOST:
            break
        arrays = [array for _, array in arrays_in(call.result)] if call is not None else []
        gradient = arrays[index] if index < len(arrays) else None
        steps.append(Step(change.old, change.new, gradient, [change]))
        last = turn
    return steps


def history_of(result: Any) -> list[float]:
    """The numbers that a loop returns first, if it returns any."""
    first = result[0] if isinstance(result, tuple) and result else result
    try:
        numbers = np.asarray(first, dtype=float)
    except (TypeError, ValueError):
        return []
    return [float(x) for x in numbers] if numbers.ndim == 1 else []
