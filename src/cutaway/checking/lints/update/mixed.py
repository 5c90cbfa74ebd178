"""A step that is computed of two states of the network: of a parameter as it was, and of the same one already moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cutaway.checking.lines.backward import Backward
from cutaway.checking.lines.places import NOWHERE, Where, at_each
from cutaway.checking.lints.update.steps import HINT
from cutaway.checking.records import Case, Finding
from cutaway.checking.sources.turns import Turn, turn_of
from cutaway.graph import Atom, Var

MOST = 3  # places
LEAST = 1e-6  # of a step: what the moved value must change in it


def moved_before_read(case: Case) -> Iterator[Finding]:
    """A parameter that has its new value when the steps of others are computed, which depend on its old one as well.

    The proof is the author's own loop, recorded: with the old value in that place, the other step is another.
    """
    if case.notes.get("named too early") or case.notes.get("stepped from another"):
        return
    turn = turn_of(case)
    if turn is None:
        return
    found: dict[Where, Finding] = {}
    for name in turn.before:
        late = {other: share for other in turn.before if other != name and (share := _share(turn, name, other))}
        if not late:
            continue
        moved = turn.record.outputs[name]
        assert isinstance(moved, Var)
        made = _where(turn.record, moved)
        places = [turn.lines.get(name, made), *_readers(turn, moved, list(late)), made]
        other, share = max(late.items(), key=lambda item: item[1])
        finding = Finding(
            "updated-too-early",
            "update",
            f"{name} gets its new value here, and after that the step of {', '.join(late)} is computed with it, "
            f"though all the rest of that step belongs to the old one. With the old {name}, the step of {other} "
            f"would be another, by {share:.2%}.",
            "Compute all gradients first, then update all parameters.",
            (name,),
            evidence={"steps_that_would_be_others": late},
            hint=HINT,
        )
        words = f"Or here: {name} is read when it has already moved."
        for f in at_each(case, finding, places, words, most=MOST, certain=True):
            known = found.get((f.file, f.line))
            found[f.file, f.line] = replace(known, parameters=(*known.parameters, name)) if known else f
    yield from found.values()


def _share(turn: Turn, name: str, other: str) -> float:
    """How much of the step of ``other`` is due to ``name`` having moved before, if it depends on both its values."""
    record = turn.record
    old, new, goal = record.inputs.get(name), record.outputs.get(name), record.outputs.get(other)
    if old is None or not isinstance(new, Var) or not isinstance(goal, Var) or new is old or goal is new:
        return 0.0
    above = _above(turn, goal)
    if new not in above or old not in above:
        return 0.0
    found = record.rerun({new: turn.before[name]})
    if found is None:
        return 0.0
    step = np.abs(np.asarray(turn.after[other] - turn.before[other], dtype=float)).max(initial=0)
    change = np.abs(np.asarray(found[other] - turn.after[other], dtype=float)).max(initial=0)
    return float(change / step) if step > 0 and change > LEAST * step else 0.0


def _above(turn: Turn, goal: Var) -> set[Var]:
    """All that ``goal`` was computed from; what the new values of parameters were computed from does not count."""
    record = turn.record
    ends = {record.outputs[n] for n in turn.before}
    found: set[Var] = set()
    todo: list[Atom] = [goal]
    while todo:
        a = todo.pop()
        if isinstance(a, Var) and a not in found:
            found.add(a)
            if (a is goal or a not in ends) and a in record.producer:
                todo += record.producer[a].inputs
    return found


def _readers(turn: Turn, moved: Var, others: list[str]) -> list[Where]:
    """The lines that read a moved value on the way to the steps of others."""
    record = turn.record
    above: set[Var] = set()
    for other in others:
        goal = record.outputs[other]
        above |= _above(turn, goal) if isinstance(goal, Var) else set()
    eqns = [record.eqns[k] for k in record.users.get(moved, ())]
    return list(dict.fromkeys(_where(record, e.output) for e in eqns if e.output in above))


def _where(record: Backward, var: Var) -> Where:
    spot = record.spot(var)
    return (spot.file, spot.line) if spot is not None else NOWHERE
