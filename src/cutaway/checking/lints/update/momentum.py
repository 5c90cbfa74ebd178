"""Momentum that does not carry on as it should: never decaying, growing, braking, or forgotten in every round."""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checking.lines.places import feeding
from cutaway.checking.lints.update.not_reset import never_reset
from cutaway.checking.lints.update.steps import Explained
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
