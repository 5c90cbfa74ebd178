"""One turn of the author's training loop, recorded: all parameters as variables, from their old values to their new.

A turn is an iteration of the innermost loop in which every parameter that moves gets its new value, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import Backward, record_backward
from cutaway.checking.records import Array, Case
from cutaway.checking.running.log import Change
from cutaway.checking.running.observe import watched
from cutaway.checking.running.program import Program
from cutaway.checking.running.trajectories import trajectories
from cutaway.checking.sources.replay import Replay, body_of
from cutaway.checking.sources.snapshots import Snapshot, get, take

ROUNDS = 2
LOOPS = 12  # whose state is kept


@dataclass(frozen=True)
class Turn:
    """A recorded turn.

    Attributes
    ----------
    record : Backward
        Its equations; the outputs are the new values.
    before, after : dict of arrays
        The parameters that move, as the loop itself had them.
    lines : dict
        Where each gets its new value.
    """

    record: Backward
    before: dict[str, Array]
    after: dict[str, Array]
    lines: dict[str, tuple[str, int]]


def turn_of(case: Case) -> Turn | None:
    """The first turn of the case's loop; None where it cannot be told apart or recorded."""
    if "turn" not in case.notes:
        try:
            case.notes["turn"] = _recorded(case)
        except Exception:  # whatever the author's code does with what it is not made for
            case.notes["turn"] = None
    found: Turn | None = case.notes["turn"]
    return found


def _recorded(case: Case) -> Turn | None:
    program = case.notes.get("program")
    if case.train is None or not isinstance(program, Program):
        return None
    snapshots: dict[int, Snapshot] = {}

    def first(loop: int, number: int, frame: Any) -> None:
        if loop not in snapshots and len(snapshots) < LOOPS:
            snapshots[loop] = take(loop, number, frame, program.namespace)

    _, log, problem = watched(case, case.train, ROUNDS, on_first=first)
    kept = trajectories(case.params, log.changes)
    moves = {n: changes[1:] for n, changes in kept.items() if len(changes) > 1}
    if problem is not None or len(moves) < 2:
        return None
    for snapshot in sorted(snapshots.values(), key=lambda s: -_depth(s, moves)):
        turns = {n: [(_iteration(snapshot, c), c) for c in changes] for n, changes in moves.items()}
        # a row of zeros moves some parameters only in the second or third iteration
        if not all(any(i is not None and i[0] < 4 for i, _ in own) for own in turns.values()):
            continue
        early, second = ({n for n, own in turns.items() if any(i and i[0] == k for i, _ in own)} for k in (0, 1))
        if early != set(turns) and not early & second:
            continue  # one layer in each iteration
        inside = {n: [(i[1], c) for i, c in own if i is not None and i[0] == 0] for n, own in turns.items()}
        if any(len({rest for rest, _ in own}) > 1 for own in inside.values()):
            return None  # moved more than once
        paths = {n: snapshot.path(*changes[0].slot) for n, changes in moves.items()}
        if any(p is None for p in paths.values()):
            return None
        ways = {n: p for n, p in paths.items() if p is not None}
        replay = Replay(program, snapshot, body_of(program.loops[snapshot.loop]), ways)

        def step(p: dict[str, Any], replay: Replay = replay, ways: Any = ways) -> dict[str, Any]:
            caught = replay.run(p)
            if caught.error is not None:
                raise caught.error
            return {n: get(caught.after, way) for n, way in ways.items()}

        before = {n: np.array(get(snapshot.state, way)) for n, way in ways.items()}
        after = {n: np.array(own[-1][1].new) if own else before[n] for n, own in inside.items()}
        record = record_backward(step, before)
        found = record.rerun({})
        if found is None or any(not np.allclose(found[n], after[n], rtol=1e-9, atol=1e-12) for n in after):
            return None  # what was recorded is not what the loop does
        lines = {n: (own[-1][1].file, own[-1][1].line) for n, own in inside.items() if own}
        return Turn(record, before, after, lines)
    return None


def _iteration(snapshot: Snapshot, c: Change) -> tuple[int, tuple[tuple[int, int, int], ...]] | None:
    """In which iteration of the snapshot's loop a change happened, and in which loops within it."""
    for i, (frame, loop, count) in enumerate(c.loops):
        if (frame, loop) == (snapshot.frame, snapshot.loop):
            return count, c.loops[i + 1 :]
    return None


def _depth(snapshot: Snapshot, moves: dict[str, list[Change]]) -> int:
    key = (snapshot.frame, snapshot.loop)
    return max((i for own in moves.values() for c in own for i, k in enumerate(c.loops) if k[:2] == key), default=-1)
