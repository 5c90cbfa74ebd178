"""The arrays that are carried on from step to step: which lines keep a velocity, found by its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checking.lines.places import Where
from cutaway.checking.lints.update.steps import Seen, multiple, nearly
from cutaway.checking.records import Array
from cutaway.checking.running.log import Change

LOOKED_AT = 4  # steps


@dataclass(frozen=True)
class Velocity:
    """An array that a line carries on: ``share`` of the last one plus ``times`` the gradient."""

    where: Where
    name: str
    share: float
    times: float


def velocities(one: Seen, share: float) -> list[Velocity]:
    """The lines whose arrays are ``share`` of what they were in the last step, plus a multiple of the gradient."""
    found: dict[Where, Velocity] = {}
    kept: list[list[Change]] = [list(_between(one, t)) for t in range(min(len(one.steps), LOOKED_AT))]
    for before, now, step in zip(kept, kept[1:], one.steps[1:], strict=False):
        g = np.asarray(step.gradient, dtype=float)
        last: dict[Where, list[Array]] = {}
        for c in before:
            last.setdefault((c.file, c.line), []).append(c.new)
        for c in now:
            where = c.file, c.line
            for old in last.get(where, ()):
                added = c.new - share * old
                times = multiple(added, g) if not nearly(c.new, g) else None
                if times is not None and where not in found and float(np.abs(share * old).max()) > 1e-9:
                    found[where] = Velocity(where, c.name, share, times)
    return list(found.values())


def _between(one: Seen, t: int) -> Iterator[Change]:
    """The arrays of the parameter's shape that appeared since its last step, until this one."""
    start = one.steps[t - 1].changes[-1].at if t and one.steps[t - 1].changes else -1
    end = one.steps[t].changes[0].at if one.steps[t].changes else -1
    shape = np.shape(one.steps[t].before)
    for c in one.log.changes:
        if start < c.at <= end and isinstance(c.new, np.ndarray) and c.new.shape == shape and c.new.dtype.kind == "f":
            yield c
