"""What a loop computes behind its update: a loss of the new parameters, not of those whose gradient was taken."""

from __future__ import annotations

import ast
from dataclasses import replace

import numpy as np

from cutaway.checking.running.program import Program
from cutaway.checking.sources.parameters import Step
from cutaway.checking.sources.replay import Replay, body_of
from cutaway.checking.sources.snapshots import get

LONGEST = 40  # statements of a loop's body


def split(program: Program, step: Step) -> tuple[Replay, Replay] | None:
    """The lines of the loop up to the last update, and those behind it with the parameters as they are given.

    None where nothing comes behind the update, or it cannot be told where that is.
    """
    body = body_of(program.loops[step.snapshot.loop])
    values, ways = step.values, step.replay.parameters
    whole = step.replay.run(values)
    if whole.error is not None or not 1 < len(body) <= LONGEST:
        return None
    for count in range(1, len(body)):
        first = Replay(program, step.snapshot, body_of(program.loops[step.snapshot.loop])[:count], ways)
        caught = first.run(values)
        if caught.error is not None or any(
            not _equal(get(caught.after, w), get(whole.after, w)) for w in ways.values()
        ):
            continue
        if all(_equal(get(caught.after, way), values[name]) for name, way in ways.items()):
            return None  # nothing moved at all
        rest = [node for node in body[count:] if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Return)]
        if not rest:
            return None
        return first, Replay(program, replace(step.snapshot, state=caught.after), rest, ways)
    return None


def _equal(a: object, b: object) -> bool:
    return bool(np.array_equal(np.asarray(a), np.asarray(b)))
