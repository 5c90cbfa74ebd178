"""What the loops around a step make of it: an epoch's ``total / len(X) + penalty``, of the step's own rows.

The step is run up to its last update, then the lines behind its loop, with the parameters as they were given.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from cutaway.checking.running.watch import Watch
from cutaway.checking.sources.parameters import Step
from cutaway.checking.sources.replay import Caught, Replay, body_of, stored
from cutaway.checking.sources.snapshots import put


class Continued(Replay):
    """Lines behind the loop of a step, run after the step with what it has added up."""

    def __init__(self, step: Step, first: Replay, rows: dict[str, Any], rest: Sequence[ast.stmt]) -> None:
        own = step.replay
        super().__init__(own.program, step.snapshot, rest, own.parameters)
        self.first, self.state = first, rows
        self.made = stored(body_of(own.program.loops[step.snapshot.loop]))

    def run(self, values: dict[str, Any], state: dict[str, Any] | None = None, watch: Watch | None = None) -> Caught:
        before = self.first.run(values)
        if before.error is not None:
            return before
        rows = self.state if state is None else state
        parts: dict[str, Any] = {}
        for part, held in rows.items():
            after = before.after[part]
            made = {k: v for k, v in after.items() if k in self.made} if after is not None else {}
            parts[part] = None if held is None else {**held, **made}
        for way in self.parameters.values():
            if len(way) == 2 and way[1][1] in self.made:  # rebound by the step
                put(parts, way, rows[way[0][1]][way[1][1]])
        return super().run(values, parts, watch)
