"""A loop that never comes to its second round, because it returns or breaks at the end of the first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cutaway.checking.lines.places import text_of
from cutaway.checking.lints.update.steps import HINT
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import log_of
from cutaway.checking.running.program import Program


def ends_at_once(case: Case, log: Log | None = None) -> Iterator[Finding]:
    """``return`` in the body of the loop that updates the parameters, under no condition.

    ``log`` is what was seen of a loop; without one, what was seen of that of the case.
    """
    log, program = log or log_of(case), case.notes.get("program")
    if log is None or not isinstance(program, Program):
        return
    for number, loop in program.loops.items():
        last = [n for n in loop.body if isinstance(n, ast.Return | ast.Break)]
        rounds = [count for (_, own), count in log.iterations.items() if own == number]
        inside = [c for c in log.changes if any(own == number for _, own, _ in c.loops)]
        moved = {c.name for c in inside if c.old is not None and _is_parameter(case, c.new)}
        if not last or not rounds or max(rounds) > 0 or not moved:
            continue
        where = (program.path, last[0].lineno)
        word = "returns" if isinstance(last[0], ast.Return) else "breaks"
        yield Finding(
            "loop-ends-at-once",
            "update",
            f"The loop of line {loop.lineno} {word} in its first round, each of the {len(rounds)} times that it was "
            f"entered: only {', '.join(sorted(moved)[:4])} changed in it.",
            "Indent the line less, so that it stands behind the loop.",
            (),
            *where,
            {"times_entered": len(rounds), "rounds": 1},
            text_of(case, where),
            hint=HINT,
        )


def _is_parameter(case: Case, value: object) -> bool:
    shape = getattr(value, "shape", None)
    return shape is not None and any(v.shape == shape for v in case.params.values())
