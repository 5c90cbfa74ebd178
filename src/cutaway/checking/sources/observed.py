"""The updates that a watched program itself made, with the gradients that it had: what the lints look at."""

from __future__ import annotations

import bisect
import itertools
from operator import attrgetter
from typing import Any

import numpy as np

from cutaway.checking.records import Array
from cutaway.checking.running.log import Change, Log, bare
from cutaway.checking.running.observe import MOST, Observation
from cutaway.checking.running.observe import Step as Update
from cutaway.checking.sources.losses import Gradients
from cutaway.checking.sources.parameters import Step
from cutaway.checking.sources.replay import Label, titled


def observation(step: Step, found: Gradients, log: Log) -> Observation:
    """The updates that the program itself made, with the gradients that it had."""
    seen = Observation(log)
    for name, slot in step.slots.items():
        changes = [c for c in log.changes if c.slot == slot]
        label = found.labels.get(name)
        updates: list[Update] = []
        for before, change in itertools.pairwise(changes):
            if len(updates) == MOST:
                break
            if change.old is None or not np.any(change.loops):
                continue
            gradient = None
            if label is not None:
                gradient = _seen(log, label, before.at, change.at, change)
            if gradient is not None:
                gradient = gradient * found.factors[name]
            updates.append(Update(np.asarray(change.old), np.asarray(change.new), gradient, [change]))
        seen.first[name] = changes[0]
        if log.sampled:
            updates = updates[:5]
        seen.steps[name] = updates
    return seen


_at = attrgetter("at")


def _seen(log: Log, label: Label, start: int, end: int, moved: Change) -> Array | None:
    """What the log has for a label between two events, of the shape of what moves: not the parameter itself."""
    shape = np.shape(moved.new)
    words = [part for part in label if isinstance(part, str)]
    last = words[-1] if words else ""
    found: Array | None = None
    turn = label[-1] if isinstance(label[-1], int) and label[0] == "local" else 0
    matches, exact = [], []
    if label[0] in ("local", "name"):
        for c in log.changes[bisect.bisect_left(log.changes, start, key=_at) :]:
            if c.at > end:
                break
            if not isinstance(c.new, np.ndarray) or c.new.shape != shape or c.slot == moved.slot:
                continue
            if label[0] == "name" and c.slot[1] == label[2:]:  # just this item, not one of its name elsewhere
                exact.append(c.new)
            own = label[0] == "name" or c.function == str(label[1]).rsplit(".", 1)[-1]
            if own and bare(c.name) == bare(last):
                matches.append(c.new)
    if label[0] == "return":
        _, title, way, turn = label
        if title.endswith("comp>"):
            return None  # several may be called so
        calls = [c for c in log.calls if start <= c.returned <= end and titled(c.code) == title]
        matches = [a for c in calls if (a := _part(c.result, way)) is not None and a.shape == shape]
        return matches[min(turn, len(matches) - 1)] if matches else None
    matches = exact or matches
    if matches:
        found = matches[min(turn, len(matches) - 1)] if label[0] == "local" and len(matches) > turn else matches[-1]
    return found


def _part(result: Any, way: tuple[Any, ...]) -> Array | None:
    """The array at some place in what a function returned."""
    try:
        for key in way:
            result = result[key]
    except (KeyError, IndexError, TypeError):
        return None
    return result if isinstance(result, np.ndarray) else None
