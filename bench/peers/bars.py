"""What is to be reached, and whether it is: ratios of medians of rounds that were done in turn."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from peers.contest import Result

Timings = dict[str, dict[str, Any]]


@dataclass
class Measured:
    """Everything that was measured."""

    workloads: dict[str, dict[str, Result]] = field(default_factory=dict)
    cold: dict[str, Timings] = field(default_factory=dict)
    compiling: Timings = field(default_factory=dict)
    one_row: Timings = field(default_factory=dict)
    baseline: float | None = None  # MB


@dataclass(frozen=True)
class Bar:
    """A claim, and what became of it.

    Parameters
    ----------
    wanted : float
        At least this ratio; if ``most``, at most this number.
    found : float, optional
        None if it could not be measured; ``note`` says why.
    """

    what: str
    wanted: float
    found: float | None
    unit: str = "x"
    most: bool = False
    note: str = ""

    @property
    def verdict(self) -> str:
        """One word."""
        if self.found is None:
            return "not measured"
        return "reached" if (self.found <= self.wanted if self.most else self.found >= self.wanted) else "missed"


_SCAN = ("JAX scan", "JAX scan, BCOO", "JAX scan, segment sums")
_RATIOS: tuple[tuple[str, int, str, tuple[str, ...], float], ...] = (
    ("W1", 1, "JAX, whole loop in scan", _SCAN, 5),
    ("W1", 1, "PyTorch", ("PyTorch",), 100),
    ("W2", 1, "JAX, whole loop in scan", _SCAN, 2.5),
    ("W3", 1, "JAX, whole loop in scan", _SCAN, 10),
    ("W4", 1, "JAX, whole loop in scan", _SCAN, 6),
    ("W5", 2, "JAX, whole loop in scan", _SCAN, 1.6),
    ("W5", 2, "PyTorch, tensors in memory", ("PyTorch",), 3),
    ("W5", 2, "PyTorch, Dataset of items", ("PyTorch, Dataset of items",), 5),
    ("W6", 2, "JAX, sparse products in scan", _SCAN, 4),
    ("W6", 2, "PyTorch Geometric", ("PyTorch Geometric",), 15),
    ("W7", 2, "JAX, vmap of scan", ("JAX vmap scan",), 4),
    ("W7", 2, "PyTorch, one by one", ("PyTorch, one by one",), 15),
)


def ratio(theirs: Result, ours: Result) -> float:
    """How many times faster we are: the median of the ratios of neighbouring rounds."""
    return statistics.median(a / b for a, b in zip(theirs.seconds, ours.seconds, strict=False))


def native(results: dict[str, Result], threads: int) -> Result | None:
    """Our machine code with so many threads, or with the most that there are."""
    found = [r for r in results.values() if r.entry.contestant.name == "native" and r.seconds]
    found = [r for r in found if r.entry.threads <= threads]
    return max(found, key=lambda r: r.entry.threads, default=None)


def _fastest(results: dict[str, Result], names: Sequence[str]) -> Result | None:
    found = [r for r in results.values() if r.entry.contestant.name in names and r.seconds]
    return min(found, key=lambda r: r.median, default=None)


def bars(m: Measured) -> list[Bar]:
    """All claims about what was measured."""
    return [*_of_steps(m), *_of_own_losses(m), *_of_processes(m), *_of_compiling(m)]


def _of_steps(m: Measured) -> list[Bar]:
    found = []
    for name, threads, what, peers, wanted in _RATIOS:
        if name not in m.workloads:
            continue
        ours, theirs = native(m.workloads[name], threads), _fastest(m.workloads[name], peers)
        title = f"{name}, {threads} thread{'s' * (threads > 1)}: faster than {what}"
        if ours is None or theirs is None:
            who = "native" if ours is None else peers[0]
            found.append(Bar(title, wanted, None, note=_why(m.workloads[name], who)))
        else:
            fewer = ours.entry.threads < threads
            found.append(Bar(title, wanted, ratio(theirs, ours), note="with one thread" if fewer else ""))
    if "W2" in m.workloads:
        one, two = native(m.workloads["W2"], 1), native(m.workloads["W2"], 2)
        both = one is not None and two is not None and two.entry.threads == 2
        value = ratio(one, two) if both and one and two else None
        found.append(Bar("W2: two threads faster than one", 1.7, value, note="" if both else "one thread"))
    return found


def _why(results: dict[str, Result], who: str) -> str:
    reasons = [r.missing for r in results.values() if r.entry.contestant.name == who and r.missing]
    return reasons[0] if reasons else f"{who} does not take part"


def _of_own_losses(m: Measured) -> list[Bar]:
    found = []
    for name, results in m.workloads.items():
        own, layers = results.get("native, own NumPy loss"), native(results, 1)
        if own is not None:
            value = ratio(own, layers) if own.seconds and layers is not None else None
            title = f"{name}: a NumPy loss of one's own takes of the time of layers"
            found.append(Bar(title, 1.2, value, most=True, note=own.missing or ""))
    return found


def _of_processes(m: Measured) -> list[Bar]:
    found = []
    for name, timings in m.cold.items():
        ours = timings.get("auto", {})
        for cache in ("empty", "filled"):
            peers = {k: statistics.median(v[cache]) for k, v in timings.items() if k in _FRAMEWORKS and v[cache]}
            title = f"{name}, whole process, {cache} cache: faster than the fastest framework"
            if not peers or not ours.get(cache):
                found.append(Bar(title, 3, None, note=ours.get("missing", "no framework is installed")))
                continue
            best = min(peers, key=lambda k: peers[k])
            value = statistics.median(a / b for a, b in zip(timings[best][cache], ours[cache], strict=False))
            found.append(Bar(title, 3, value, note=best))
    if m.baseline is not None and m.cold.get("W2", {}).get("native", {}).get("memory"):
        more = statistics.median(m.cold["W2"]["native"]["memory"]) - m.baseline
        found.append(Bar("W2: memory over Python with NumPy", 60, more, "MB", most=True))
    return found


_FRAMEWORKS = ("JAX scan", "JAX jit per step", "PyTorch", "scikit-learn")


def _of_compiling(m: Measured) -> list[Bar]:
    found = []
    for cache, most in (("empty", 150.0), ("filled", 10.0)):
        times = {k: v[cache]["machine code"] * 1e3 for k, v in m.compiling.items() if "missing" not in v}
        if times:
            worst = max(times, key=lambda k: times[k])
            found.append(Bar(f"machine code, {cache} cache", most, times[worst], "ms", most=True, note=worst))
    return found
