"""Momentum that does not carry on as it should: never decaying, growing, climbing, braking.

What one gradient does to the steps that follow is a row of numbers, the *response* of the rule. In every textbook it
pushes down for ever, less and less; a response that climbs, or that never ends, is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each, constants_of, feeding, where_of
from cutaway.checking.lints.update.not_reset import BEFORE, never_reset, sums_kept
from cutaway.checking.lints.update.steps import Explained, multiple
from cutaway.checking.lints.update.velocities import velocities
from cutaway.checking.records import Finding

MOST = 3  # places
LEAST = 0.4  # of a momentum that is worth its name


def momentum(explained: Explained) -> Iterator[Finding]:
    """A share of the last step that no textbook has: all of it, more than all, or the opposite."""
    rule, name = explained.rule, explained.seen.name
    if rule.name != "linear" or rule.rate < 0:
        return
    share, old = rule.coefficients.get("last_step", 0.0), rule.coefficients.get("last_gradient", 0.0)
    plain = "last_gradient" not in rule.coefficients
    second = old - share * rule.rate  # what a gradient does to the step after its own
    if abs(share - 1) < 1e-6 and plain:
        yield from _never_ends(explained)
    elif (share < -1e-3 and plain) or (share > 1e-3 and second > 1e-3 * rule.rate):
        response = [-rule.rate, *(second * share**k for k in range(3))]
        kept = [v.where for v in velocities(explained.seen, share)]
        kept = (kept or feeding(explained.case, explained.where))[: MOST - 1]
        for at in dict.fromkeys((*kept, explained.where)):
            yield explained.finding(
                "velocity-sign",
                f"The last step of {name} comes back with the opposite sign ({share:+.3g} of it): the "
                "velocity brakes instead of carrying on."
                if plain
                else f"The velocity of {name} climbs: what a gradient takes off in its own step comes back in the "
                f"next ones, {', '.join(f'{r:+.3g}' for r in response)}, ... times the gradient.",
                "Give the gradient the same sign in the velocity as in the step: v = mu * v - lr * g; w = w + v.",
                at,
                response=response,
            )
    elif plain and (momentum := _with_rate(explained, share)) is not None:
        kept = [v.where for v in velocities(explained.seen, share)][: MOST - 1]
        for at in dict.fromkeys((*kept, explained.where)):
            yield explained.finding(
                "momentum-times-rate",
                f"Each step of {name} contains {share:.4g} times the last one, which is {momentum:g} times the rate "
                f"{rule.rate:g}: the last step had its rate already, so next to nothing is carried on.",
                "Multiply the gradient alone by the rate: v = mu * v + lr * g; w = w - v.",
                at,
                momentum=momentum,
                rate=rule.rate,
            )
    elif share > 1 + 1e-6:
        kept = [v.where for v in velocities(explained.seen, share)][: MOST - 1]
        for at in dict.fromkeys((*kept, explained.where)):
            yield explained.finding(
                "momentum-above-one",
                f"Each step of {name} contains {share:.4g} times the last one, so steps grow without end.",
                "Take a momentum below 1, such as 0.9.",
                at,
            )


def first_velocity(explained: Explained) -> Iterator[Finding]:
    """The velocity begins with the gradient as it is, while each later one is multiplied by the rate."""
    rule, seen = explained.rule, explained.seen
    if rule.name != "first step apart" or abs(rule.coefficients["first"] - 1) > 1e-6:
        return
    if abs(1 - rule.coefficients["last_step"] - rule.rate) <= 1e-6:
        return  # a mean of gradients that begins with the first
    g, after = seen.steps[0].gradient, seen.steps[0].after
    arrays = [c for c in seen.log.changes if isinstance(c.new, np.ndarray) and c.new.shape == np.shape(after)]
    moved = next((c.at for c in arrays if np.array_equal(c.new, after)), 0)
    begun = [c for c in arrays if c.at < moved and abs(abs(multiple(c.new, g) or 0.0) - 1) <= 1e-6]
    yield explained.finding(
        "first-velocity",
        f"The first step of {seen.name} is its gradient as it is; in all later ones the gradient is multiplied by "
        f"{rule.rate:.3g}. So the velocity begins {1 / rule.rate:.3g} times too large, and keeps it for long.",
        "Multiply the gradient by the rate in the first velocity too, or begin with zeros.",
        where_of(begun[-1:]) if begun else explained.where,
        first=rule.coefficients["first"],
        rate=rule.rate,
        momentum=rule.coefficients["last_step"],
    )


def behind(explained: Explained) -> Iterator[Finding]:
    """The step is taken along the velocity before this step's gradient has come into it."""
    rule, seen = explained.rule, explained.seen
    if rule.name != "one step behind":
        return
    share = rule.coefficients["last_step"]
    what = "velocity as it was before" if abs(share) > 1e-6 else "gradient of the step before"
    yield explained.finding(
        "velocity-of-last-step",
        f"The first step of {seen.name} moves nothing, and each later one is {rule.rate:.3g} times the gradient of the "
        f"step before it" + (f", plus {share:.3g} times the last step" if abs(share) > 1e-6 else "") + f": the {what} "
        "is used, not the new one.",
        "Bring the gradient into the velocity first, then take the step along the new velocity: v = mu * v + g; "
        "w = w - lr * v.",
        rate=rule.rate,
        momentum=share,
        first_step=0.0,
    )


def _with_rate(explained: Explained, share: float) -> float | None:
    """The momentum that the program names, if a share is that times the rate; None if it is not."""
    written = constants_of(explained.case)
    if share <= 0 or any(abs(c - share) <= 1e-6 * share for c in written):
        return None
    return next((c for c in written if LEAST <= c < 1 and abs(c * explained.rule.rate - share) <= 1e-6 * share), None)


def _never_ends(explained: Explained) -> Iterator[Finding]:
    """The last step comes back whole: a velocity that is never made smaller, or sums that are never set back."""
    if any(True for _ in sums_kept(explained.case)):
        return  # they are named there
    name = explained.seen.name
    kept = velocities(explained.seen, 1.0)
    scaled = [v for v in kept if abs(v.times - 1) > 1e-6]
    if kept and len(scaled) == len(kept):
        for v in kept[: MOST - 1]:
            yield explained.finding(
                "velocity-never-decays",
                f"{v.name} is all that it was in the last step plus {v.times:.3g} times the gradient: nothing makes "
                f"the velocity of {name} smaller, so steps grow for ever.",
                f"Multiply the old velocity by the momentum, not the gradient: {v.name} = mu * {v.name} + gradient.",
                v.where,
            )
        return
    places, words = never_reset(explained)
    finding = explained.finding(
        "gradient-not-reset",
        f"Each step of {name} is the last one plus the new gradient: gradients are added up from step to step "
        f"and never set back to zero{words}.",
        "Start every step from zeros: a new array, or array[...] = 0.",
    )
    one = explained.case.notes.setdefault("never reset", name)  # all places for one parameter are enough
    more = f"Or here: in each round, the sum {BEFORE}"
    yield from at_each(explained.case, finding, places if one == name else places[:1], more, certain=True)
