"""One velocity, or one pair of moments, for several parameters: each step carries on that of another parameter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import NOWHERE, Where, at_each, constants_of, line_of_value
from cutaway.checking.lints.update.steps import Explained, Seen
from cutaway.checking.lints.update.velocities import velocities
from cutaway.checking.optimizers import Rule, rule_of
from cutaway.checking.records import Case, Finding

MOST = 3  # places


def shared_state(case: Case, unexplained: list[Seen]) -> Iterator[Finding]:
    """Steps that no rule gives of one parameter alone, and one rule gives of several taken in turns."""
    shapes = {np.shape(one.steps[0].before) for one in unexplained if one.steps}
    for shape in shapes:
        group = [one for one in unexplained if one.steps and np.shape(one.steps[0].before) == shape]
        if len(group) < 2 or any(s.gradient is None for one in group for s in one.steps):
            continue
        steps = sorted((s for one in group for s in one.steps), key=lambda s: s.changes[0].at if s.changes else 0)
        together = Seen(", ".join(one.name for one in group), steps, group[0].log, group[0].rate)
        sequence = together.sequence()
        rule = rule_of(sequence, constants_of(case)) if sequence is not None else None
        if rule is None or rule.name == "sgd" or (rule.mistake and sequence is not None and len(sequence.changes) < 6):
            continue
        explained = Explained(case, together, rule)
        finding = explained.finding(
            "shared-state",
            f"No rule gives the steps of {together.name} one by one; taken in turns, they are those of "
            f"{'momentum' if rule.name == 'linear' else rule.name}, to rounding over {len(steps)} steps: all "
            "of them carry on one and the same velocity, each that of another.",
            "Keep a velocity, and moments, for each parameter.",
        )
        places = (*_kept(together, rule), explained.where)
        words = "Or here, where what is shared is made or used."
        yield from at_each(case, finding, places, words, most=MOST, certain=True)


def _kept(one: Seen, rule: Rule) -> list[Where]:
    """Where what is shared is carried on, and the line that makes what holds it."""
    if rule.recipe is None:
        found = [v.where for v in velocities(one, rule.coefficients.get("last_step", 0.0))]
    else:
        gradients = [np.asarray(s.gradient, dtype=float) for s in one.steps[:3]]
        found = [w for m in rule.recipe.moments(gradients) if (w := line_of_value(one.log, m[1])) != NOWHERE]
    found = [*_second_names(one), *found]
    owners = {c.slot[0] for c in one.log.changes if (c.file, c.line) in found}
    makers = (c for c in one.log.calls if c.code.co_name == "__init__" and id(c.arguments.get("self")) in owners)
    return found[:2] + [(c.code.co_filename, c.caller_line) for c in makers][:1]


def _second_names(one: Seen) -> list[Where]:
    """Where an array that the steps write to got its second name beside the first: ``v1 = v2 = np.zeros(n)``."""
    moved = {c.identity for step in one.steps for c in step.changes}
    last = one.steps[-1].changes[-1].at if one.steps[-1].changes else -1
    shape = np.shape(one.steps[0].before)
    written = {c.identity for c in one.log.changes if c.inplace and c.at <= last and np.shape(c.new) == shape} - moved
    named: dict[tuple[int, int], dict[Any, Where]] = {}
    for c in one.log.changes:
        if c.identity in written and not c.inplace:
            named.setdefault((c.identity, c.slot[0]), {}).setdefault(c.slot, (c.file, c.line))
    return [list(slots.values())[1] for slots in named.values() if len(slots) > 1][:1]
