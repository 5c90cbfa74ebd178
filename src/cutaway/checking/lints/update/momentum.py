"""Momentum that does not carry on as it should: never decaying, growing, braking, or forgotten in every round."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cutaway.checking.lints.update.not_reset import never_reset
from cutaway.checking.lints.update.steps import HINT, Explained
from cutaway.checking.places import feeding, line_of_value, loop_around, root_of, statements_at, targets_of, text_of
from cutaway.checking.records import Finding


def momentum(explained: Explained) -> Iterator[Finding]:
    """A share of the last step that no textbook has: all of it, more than all, or the opposite."""
    rule, name = explained.rule, explained.seen.name
    if rule.name != "linear" or rule.rate < 0:
        return
    share, plain = rule.coefficients.get("last_step", 0.0), "last_gradient" not in rule.coefficients
    if abs(share - 1) < 1e-6 and plain:
        at, words = never_reset(explained)
        yield explained.finding(
            "gradient-not-reset",
            f"Each step of {name} is the last one plus the new gradient: gradients are added up from step to step "
            f"and never set back to zero{words}.",
            "Start every step from zeros: a new array, or array[...] = 0.",
            at,
        )
    elif share < -1e-3 and plain:
        for at in (*feeding(explained.case, explained.where), explained.where):
            yield explained.finding(
                "velocity-sign",
                f"The last step of {name} comes back with the opposite sign ({share:+.3g} of it): the "
                "velocity brakes instead of carrying on.",
                "Add the velocity with the sign of the step.",
                at,
            )
    elif share > 1 + 1e-6:
        yield explained.finding(
            "momentum-above-one",
            f"Each step of {name} contains {share:.4g} times the last one, so steps grow without end.",
            "Take a momentum below 1, such as 0.9.",
        )


def velocity_reset(explained: Explained) -> Iterator[Finding]:
    """Plain steps although the line multiplies a velocity by a momentum: it is made anew in every round."""
    case, one = explained.case, explained.seen
    if explained.rule.name != "sgd" or len(one.steps) < 3:
        return
    where = line_of_value(one.log, one.steps[0].after)
    around = loop_around(case, where)
    if around is None:
        return
    carried = {
        root_of(target)
        for place in (*feeding(case, where), where)
        for node in statements_at(case, place)
        for target in targets_of(node)
        if isinstance(node, ast.Assign) and _times_itself(node.value, ast.unparse(target))
    }
    for node in around:
        roots = {root_of(t) for t in targets_of(node)} & carried
        if not roots or not isinstance(node, ast.Assign) or "zeros" not in ast.unparse(node.value):
            continue
        at = (where[0], node.lineno)
        (velocity, *_) = roots
        yield Finding(
            "velocity-reset",
            "update",
            f"The steps of {one.name} are plain descent: {velocity} is made of zeros again in every round, so no step "
            "carries on.",
            f"Make {velocity} once, before the loop.",
            (one.name,),
            *at,
            {"steps": len(one.steps), "share_of_the_last_step": 0.0},
            text_of(case, at),
            hint=HINT,
        )


def _times_itself(value: ast.expr, target: str) -> bool:
    """Whether an expression has ``mu * target`` in it, with another name or a number below one."""
    for part in ast.walk(value):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            sides = [ast.unparse(part.left), ast.unparse(part.right)]
            other = [s for s in (part.left, part.right) if ast.unparse(s) != target]
            if target in sides and other and isinstance(other[0], ast.Name | ast.Attribute | ast.Constant):
                return True
    return False
