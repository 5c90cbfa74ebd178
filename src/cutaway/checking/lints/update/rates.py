"""Learning rates that go the wrong way: growing until the loss climbs, or gone before anything is learned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, line_of_value, text_of
from cutaway.checking.lints.trials import descent, whole_history
from cutaway.checking.lints.update.steps import HINT, Seen, one_multiple, watched_steps
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import Log, by_slot
from cutaway.checking.running.observe import STEPS, observe, watched
from cutaway.checking.running.quiet import call
from cutaway.checking.running.trajectories import trajectories

MOST = 200  # steps that are tried
CLIMB = 2.0  # times the smallest loss, at the end of a loop whose rate grew too far
FALLEN = 0.02  # of the first rate, after the few steps that are watched
LONGER = 16  # rounds of a loop that takes one step in each
FLAT = 1e-3  # of the loss: what a loop still changes whose rate is gone
WORTH = 0.7  # of the loss: what as many steps with the first rate would leave


def rates(case: Case) -> Iterator[Finding]:
    """Compare the learning rate of each step with the next, and what comes of it with a rate that stays."""
    seen = observe(case)
    if seen is None or case.loss is None or case.gradients is None or seen.log.sampled:
        return
    for one in watched_steps(case):
        found = _rates_of(one)
        if len(found) < 3:
            continue
        each = max(1, len(found) // STEPS)
        if each == 1 and np.all(np.diff(found) < 0):
            found = _more(case, one.name) or found
        where = _line_of(seen.log, found) or line_of_value(seen.log, one.steps[1].after)
        ratios = np.array(found[1:]) / np.array(found[:-1])
        if (ratios > 1 + 1e-9).all():
            yield from _rising(case, one, found, where)
        elif found[-1] < FALLEN * found[0] and (ratios < 1 + 1e-9).all():
            yield from _vanishing(case, one, found, where, each)
        return


def _rates_of(one: Seen) -> list[float]:
    """What each step multiplies its gradient by; none if a step is no multiple of it."""
    found = []
    for step in one.steps:
        if step.gradient is None or np.size(step.before) < 2:
            return []
        rate = one_multiple([-step.moved], [np.asarray(step.gradient, dtype=float)])
        if rate is None or rate <= 0:
            return []
        found.append(rate)
    return found


def _more(case: Case, name: str) -> list[float]:
    """The rates of more steps, where the loop makes only one in a round."""
    _, log, problem = watched(case, case.train, min(LONGER, case.steps))
    kept = trajectories(case.params, log.changes) if problem is None else {}
    if set(kept) != set(case.params) or len({len(changes) for changes in kept.values()}) != 1 or case.gradients is None:
        return []
    found = []
    for t in range(len(kept[name]) - 1):
        before = {n: np.array(changes[t].new) for n, changes in kept.items()}
        moved = kept[name][t + 1].new - before[name]
        rate = one_multiple([-moved], [np.asarray(call(case.gradients, before)[name], dtype=float)])
        if rate is None or rate <= 0:
            break  # the rate has become too small to be read from the steps
        found.append(rate)
    return found


def _line_of(log: Log, wanted: list[float]) -> Where | None:
    """Where a number is set that goes through these values one after the other."""
    numbers = (c for c in log.changes if isinstance(c.new, float | np.floating))
    for changes in by_slot(numbers).values():
        values = [float(c.new) for c in changes]
        for skip in (0, 1):
            own = values[: len(wanted) - skip]
            if len(own) >= 3 and np.allclose(own, wanted[skip:][: len(own)], rtol=1e-6, atol=0):
                where = changes[1].file, changes[1].line
                return where
    return None


def _rising(case: Case, one: Seen, found: list[float], where: Where) -> Iterator[Finding]:
    shown = whole_history(case)
    if len(shown) < 3:
        return
    finite = np.where(np.isfinite(shown), shown, np.inf)
    least, last = float(finite.min()), float(finite[-1])
    steady = descent(case, case.params, found[0], len(shown))
    if not steady or not np.isfinite(steady[-1]) or steady[-1] > steady[0]:
        return
    if last <= CLIMB * max(least, 1e-12) or last <= CLIMB * max(steady[-1], 1e-12):
        return
    yield _finding(
        case,
        "rising-rate",
        one,
        where,
        f"The learning rate grows with every step: {_row(found)}. The loss falls to {least:.3g} in round "
        f"{int(finite.argmin()) + 1} and is {_said(shown[-1])} in round {len(shown)}; with the first rate throughout, "
        f"as many steps end at {steady[-1]:.3g}.",
        "Divide where it multiplies: lr = lr0 / (1 + decay * epoch).",
        {"rates": found, "smallest_loss": least, "last_loss": shown[-1], "last_loss_with_first_rate": steady[-1]},
    )


def _vanishing(case: Case, one: Seen, found: list[float], where: Where, each: int) -> Iterator[Finding]:
    shown = whole_history(case)
    if len(shown) < 4 or not np.isfinite(shown).all():
        return
    later = shown[len(shown) // 2 :]
    if np.ptp(later) > FLAT * abs(shown[-1]):
        return
    steady = descent(case, case.params, found[0], min(MOST, each * len(shown)))
    if not steady or not steady[-1] < WORTH * shown[-1]:
        return
    yield _finding(
        case,
        "vanishing-rate",
        one,
        where,
        f"The learning rate falls from {found[0]:.3g} to {found[-1]:.3g} in {len(found)} steps: {_row(found)}. From "
        f"round {len(shown) // 2 + 1} on the loss stays at {shown[-1]:.4g}; with the first rate throughout, "
        f"{len(steady) - 1} steps on all rows end at {steady[-1]:.3g}.",
        "Let it fall once in an epoch, not in every step, and more slowly.",
        {"rates": found, "last_loss": shown[-1], "last_loss_with_first_rate": steady[-1], "steps": len(steady) - 1},
    )


def _row(found: list[float]) -> str:
    return ", ".join(f"{r:.3g}" for r in found[:4])


def _said(x: float) -> str:
    return f"{x:.3g}" if np.isfinite(x) else "no number any more"


def _finding(
    case: Case, code: str, one: Seen, where: Where, message: str, fix: str, evidence: dict[str, Any]
) -> Finding:
    return Finding(code, "update", message, fix, (one.name,), *where, evidence, text_of(case, where), hint=HINT)
