"""Parameters, or entries of one, that step from the value of another, along the gradient of another, or twice.

``w2 = w1 - lr * dw2``: the step is right and starts from the wrong place. What an array's other entries do, or its
other parameters, tells the rate; an entry is explained only if all its steps are, to rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.lines.places import NOWHERE, Where, at_each, where_of
from cutaway.checking.lints.update.steps import HINT, Seen
from cutaway.checking.optimizers import ENTRIES, Rule
from cutaway.checking.records import Array, Case, Finding

FEWEST = 3  # steps
EQUAL = 1e-9  # of the largest value
MOST = 3  # places
OFTEN = 4  # how often a step is taken, at most


@dataclass(frozen=True)
class _Track:
    """All entries of one parameter, step by step: before, after, gradients."""

    seen: Seen
    before: Array
    after: Array
    gradients: Array

    @classmethod
    def of(cls, one: Seen) -> _Track | None:
        steps = [s for s in one.steps if s.gradient is not None]
        size = np.size(one.steps[0].before) if one.steps else 0
        if not FEWEST <= len(steps) == len(one.steps) or not 0 < size <= ENTRIES:
            return None
        parts: list[list[Any]] = [[s.before for s in steps], [s.after for s in steps], [s.gradient for s in steps]]
        if any(np.size(a) != size for part in parts for a in part):
            return None
        found = [np.stack([np.ravel(np.asarray(a, dtype=float)) for a in part]) for part in parts]
        return cls(one, *found) if all(np.isfinite(a).all() for a in found) else None

    def names(self) -> list[str]:
        """What to call the entries."""
        shape = np.shape(self.seen.steps[0].before)
        if self.before.shape[1] == 1:
            return [self.seen.name]
        return [f"{self.seen.name}[{', '.join(map(str, index))}]" for index in np.ndindex(shape)]


def odd_entries(
    case: Case, unexplained: list[Seen], every: list[Seen], rules: Mapping[str, tuple[Seen, Rule]]
) -> Iterator[Finding]:
    """Parameters of which each entry takes a plain step, some of them from elsewhere, along another's, or twice."""
    tracks = [t for one in every if (t := _Track.of(one)) is not None]
    plain = [r.rate for _, r in rules.values() if r.name == "sgd" and r.rate > 0]
    common = max(plain, key=plain.count, default=case.lr)
    for track in tracks:
        of_another = [
            r.rate for o, r in rules.values() if o is track.seen and r.name == "sgd" and r.rate > 1.5 * common
        ]
        if all(track.seen is not one for one in unexplained) and not of_another:
            continue
        for rate in dict.fromkeys((common,) if of_another else (*plain[:1], *_rates(track), case.lr)):
            odd = _odd(track, tracks, rate)
            if odd:
                yield from _told(case, track, rate, odd)
                break


def _rates(track: _Track) -> list[float]:
    """The rates of entries that move by the same multiple of their gradient in every step, the commonest first."""
    found: list[float] = []
    for d, g in zip((track.after - track.before).T, track.gradients.T, strict=True):
        below = float(g @ g)
        r = -float(g @ d) / below if below > 0 else 0.0
        if r > 0 and np.abs(d + r * g).max() <= EQUAL * np.abs(d).max() + 1e-15 * np.abs(track.before).max():
            found.append(float(f"{r:.9g}"))
    return sorted(set(found), key=lambda r: -found.count(r))


def _odd(track: _Track, tracks: list[_Track], rate: float) -> dict[int, tuple[str, Any]]:
    """What is odd about each entry that is; nothing if one of them has no explanation, or none is odd."""
    steps = rate * track.gradients
    moved = track.after - track.before
    scale = max(float(np.abs(a).max(initial=0)) for t in tracks for a in (t.before, t.after))
    found: dict[int, tuple[str, Any]] = {}
    for i in range(moved.shape[1]):
        slack = EQUAL * max(float(np.abs(steps[:, i]).max()), float(np.abs(moved[:, i]).max()), 1e-6 * scale)
        if np.abs(moved[:, i] + steps[:, i]).max() <= slack:
            continue
        start = track.after[:, i] + steps[:, i]
        told = (
            _from(track, i, start, tracks, EQUAL * scale)
            or _along(track, i, moved[:, i], tracks, rate, slack)
            or next(
                (("often", k) for k in range(2, OFTEN + 1) if np.abs(moved[:, i] + k * steps[:, i]).max() <= slack),
                None,
            )
        )
        if told is None or not np.any(steps[:, i]):
            return {}
        found[i] = told
    return found


def _from(track: _Track, i: int, start: Array, tracks: list[_Track], slack: float) -> tuple[str, Any] | None:
    """Another entry, of the same parameter or of another, whose value every step starts from."""
    for other in (track, *(t for t in tracks if t is not track)):
        if len(other.before) != len(start):
            continue
        for values in (other.before, other.after):
            for j, name in enumerate(other.names()):
                value = values[:, j]
                if (other is track and i == j) or np.abs(value - start).max() > slack:
                    continue
                if (
                    np.count_nonzero(np.abs(value - track.before[:, i]) > 1e3 * slack) > 1
                    and np.ptp(value) > 1e3 * slack
                ):
                    return "from", name
    return None


def _along(
    track: _Track, i: int, moved: Array, tracks: list[_Track], rate: float, slack: float
) -> tuple[str, Any] | None:
    """Another entry along whose gradient every step goes."""
    for other in (track, *(t for t in tracks if t is not track)):
        for j, name in enumerate(other.names()) if len(other.before) == len(moved) else ():
            g = rate * other.gradients[:, j]
            if (other is not track or i != j) and np.any(g) and np.abs(moved + g).max() <= slack:
                return "along", name
    return None


WORDS = {
    "from": "the new value of {own} is that of {other} less its own step",
    "along": "{own} moves along the gradient of {other}",
    "often": "{own} moves {other} times as far as its gradient and the rate say",
}
FIXES = {
    "from": "Start each step from the value that moves: {own} = {own} - rate * its gradient.",
    "along": "Move {own} by its own gradient.",
    "often": "Take the step of {own} once.",
}
CODES = {"from": "stepped-from-another", "along": "gradient-of-another", "often": "updated-twice"}


def _told(case: Case, track: _Track, rate: float, odd: dict[int, tuple[str, Any]]) -> Iterator[Finding]:
    names, groups = track.names(), dict[str, list[int]]()
    for i, (what, _) in odd.items():
        groups.setdefault(what, []).append(i)
    for what, entries in groups.items():
        places = list(_lines(track, entries) if what != "often" else _moves(track, entries, rate))
        if what == "often" and len(places) < 2:
            continue  # a rate of its own: nothing shows that it was not meant
        if what == "from":
            case.notes["stepped from another"] = True
        said = [WORDS[what].format(own=names[i], other=odd[i][1]) for i in entries[:3]]
        others = {str(odd[i][1]).partition("[")[0] for i in entries}
        whole = len(entries) == len(names) > 1 and len(others) == 1 and others != {track.seen.name}
        if whole:
            said = [WORDS[what].format(own=track.seen.name, other=others.pop())]
        finding = Finding(
            CODES[what],
            "update",
            f"In each of {len(track.before)} steps {', and '.join(said)}; all else moves by {rate:.3g} times its "
            "gradient.",
            FIXES[what].format(own=track.seen.name if whole else names[entries[0]]),
            (track.seen.name,),
            evidence={"steps": len(track.before), "learning_rate": rate, "entries": len(entries)},
            hint=HINT,
        )
        yield from at_each(
            case, finding, places, "Or here, where the new value is kept.", most=MOST, certain=what == "often"
        )


def _lines(track: _Track, entries: list[int]) -> Iterator[Where]:
    """The lines at which the new values of these entries are first seen: as numbers, or in an array."""
    step, log = track.seen.steps[0], track.seen.log
    new = np.ravel(np.asarray(step.after, dtype=float))
    single = [where_of(c for c in log.changes if _is(c.new, new[i])) for i in entries]
    if NOWHERE not in single:
        yield from single
        return
    shape = np.shape(step.after)
    whole = (c for c in log.changes if isinstance(c.new, np.ndarray) and c.new.shape == shape)
    first = where_of(c for c in whole if all(_is(np.ravel(c.new)[i], new[i]) for i in entries))
    returned = sorted((at, file, line) for a, line, _, file, at in log.first.values() if _equal(a, step.after))
    yield from (first,) if first != NOWHERE else ((file, line) for _, file, line in returned[:1])


def _moves(track: _Track, entries: list[int], rate: float) -> Iterator[Where]:
    """The lines at which an array like this one has had one more of its steps: the last one first."""
    step, log = track.seen.steps[0], track.seen.log
    old, g = (np.ravel(np.asarray(a, dtype=float)) for a in (step.before, step.gradient))
    for k in range(OFTEN, 0, -1):
        new = old - k * rate * g
        if not all(abs(new[i] - old[i]) > 0 for i in entries):
            return
        alike = (c for c in log.changes if np.shape(c.new) == np.shape(step.before) and np.size(c.new) == len(old))
        where = where_of(c for c in alike if all(_near(np.ravel(c.new)[i], new[i], g[i] * rate) for i in entries))
        if where != NOWHERE:
            yield where


def _near(a: Any, b: float, step: float) -> bool:
    return isinstance(a, float | np.floating) and abs(float(a) - b) <= 1e-7 * abs(step)


def _is(a: Any, b: float) -> bool:
    return isinstance(a, float | np.floating) and abs(float(a) - b) <= 1e-12 * abs(b)


def _equal(a: Any, b: Any) -> bool:
    return isinstance(a, np.ndarray) and np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-12, atol=0)
