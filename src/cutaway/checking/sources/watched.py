"""A file without ``case()``: it runs as its user runs it, its training loop is watched, and one step of it is checked.

The step is run again from a snapshot with other parameters, so that its loss and its gradients become functions of the
parameters, with the author's own lines.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import record_loss
from cutaway.checking.records import Array, Case
from cutaway.checking.running.child import OutOfTimeError, alarm
from cutaway.checking.running.log import Log
from cutaway.checking.running.program import Program
from cutaway.checking.running.watch import Watch, listeners
from cutaway.checking.sources.batch_rows import counted_as_batch
from cutaway.checking.sources.declared import origins
from cutaway.checking.sources.drawn import WORDS, drawn_in_step_alone
from cutaway.checking.sources.implied import TOLD, implied_loss, is_only_shown
from cutaway.checking.sources.loss_search import find_loss, loss_function
from cutaway.checking.sources.losses import COS, Gradients, Loss, find_gradients
from cutaway.checking.sources.observed import observation
from cutaway.checking.sources.parameters import Step, add_frozen, find_steps
from cutaway.checking.sources.resting import resting_case
from cutaway.checking.sources.snapshots import Snapshot, get, take
from cutaway.checking.sources.updates import right_array_not_used, turn_ascents
from cutaway.errors import UsageError
from cutaway.graph import Var


def watched_cases(program: Program, seconds: float) -> list[Case]:
    """Run the file and return the network that its training loop trains."""
    watch = Watch()
    snapshots: dict[int, Snapshot] = {}

    def first(loop: int, number: int, frame: Any) -> None:
        if loop not in snapshots:
            snapshots[loop] = take(loop, number, frame, program.namespace)

    watch.on_first = first
    program.prepare("__main__", *listeners(watch))
    watch.namespace = program.namespace
    problem: Exception | None = None
    alarm(seconds)
    try:
        with contextlib.suppress(OutOfTimeError, SystemExit), watch:
            program.run()
    except Exception as error:
        problem = error
    alarm(0)
    watch.on_first = None
    first_step: Step | None = None
    for step in find_steps(program, watch.log, snapshots):
        try:
            return [case_of_step(program, step, watch.log)]
        except UsageError:  # a loop that only adds up what the loop around it needs
            first_step = first_step or step
    resting = resting_case(program, watch.log) if first_step is None and problem is None else None
    if resting is not None:
        return [resting]
    if first_step is None or problem is not None:
        raise problem or nothing_found(program, watch.log)
    return [_without_loss(program, first_step, watch.log)]


def case_of_step(program: Program, step: Step, log: Log) -> Case:
    """The case that a step of a watched loop makes.

    Raises
    ------
    UsageError
        If no loss is found in the loop or around it.
    """
    add_frozen(step, log)
    case, found = _case_and_gradients(program, step, log)
    loss = find_loss(program, step, case)
    if loss is not None and abs(loss.cosine) <= COS:
        loss = _of_the_batch(program, step, case, found) or loss
    if loss is not None and found.guessed and loss.cosine > COS:
        found.times_rate(loss.factor)  # nothing says what the gradient is, and what the rate
        case.lr, loss.factor = found.rate, 1.0
    implied = None
    exact = loss is not None and loss.cosine > COS and abs(loss.factor - 1) < 1e-6
    drawn = not exact and loss is not None and drawn_in_step_alone(step, case, loss)
    if drawn or (not exact and (loss is None or not (loss.named and loss.label[0] == "return"))):
        implied = implied_loss(step, case, whole=loss is not None)
    if loss is None and implied is None:
        raise _no_loss(program, step)
    if implied is not None and (loss is None or drawn or is_only_shown(loss, implied, step.values)):
        case.loss = implied.function()
        case.notes.setdefault("failures", []).append(WORDS if drawn else TOLD)
    elif loss is not None:
        case.loss = loss_function(loss)
    _set_apart(step, found, case)
    turn_ascents(case, step, found, log)
    right_array_not_used(case, step, found, log)
    descent = all(label is not None for label in found.labels.values())
    case.notes["guessed"] = not (descent and loss is not None and loss.replay is step.replay)
    case.notes["observation"] = observation(step, found, log)
    case.notes["watch_step"] = lambda: _watched_step(step)
    return case


def _set_apart(step: Step, found: Gradients, case: Case) -> None:
    """What the loss does not read, and no array is subtracted from, is no parameter: moments, a rate that decays."""
    assert case.loss is not None
    try:
        with np.errstate(all="ignore"):
            graph, _ = record_loss(case.loss, case.copies())
    except Exception:
        return
    live = {a for a in graph.outputs if isinstance(a, Var)}
    for eqn in reversed(graph.eqns):
        if eqn.output in live:
            live |= {a for a in eqn.inputs if isinstance(a, Var)}
    apart = [str(v.name) for v in graph.inputs if v not in live and found.labels.get(str(v.name)) is None]
    for name in apart if len(apart) < len(case.params) else ():
        step.state[name] = step.replay.parameters.pop(name)
        for kept in (case.params, step.values, step.slots, found.labels):
            kept.pop(name, None)


def _case_and_gradients(program: Program, step: Step, log: Log) -> tuple[Case, Gradients]:
    case = Case(
        params={n: _as_it_was(step, n) for n in step.values},
        file=program.path,
        source=program.source,
        origins=origins(step.values, log),
        notes={"program": program, "log": log, "loop_log": log},
    )
    found = find_gradients(step, log, case)
    case.lr = found.rate
    case.gradients = _gradients(step, found)
    return case, found


def _without_loss(program: Program, step: Step, log: Log) -> Case:
    """The case of a step whose loss is not found: no gradient can be judged, only what needs none."""
    case, found = _case_and_gradients(program, step, log)
    case.notes["observation"] = observation(step, found, log)
    line = program.loops[step.snapshot.loop].lineno
    case.notes["failures"] = [
        f"the loop in line {line} changes {', '.join(step.values)}, and no loss was "
        "found that goes with it: no number that it computes or shows, and no squared error or cross-entropy whose "
        "gradient is what it applies; so the gradients cannot be judged. A function case() that returns a dict with "
        "params, loss and grads says what the loss is"
    ]
    return case


def _of_the_batch(program: Program, step: Step, case: Case, found: Gradients) -> Loss | None:
    """The loss of a world in which the samples of the step's batch are all: where the step then follows it."""
    state, counted = step.replay.state, counted_as_batch(step)
    if counted is None:
        return None
    step.replay.state = counted
    case.gradients = _gradients(step, found)
    loss = find_loss(program, step, case)
    if loss is not None and abs(loss.cosine) > COS:
        return loss
    step.replay.state = state
    case.gradients = _gradients(step, found)
    return None


def _as_it_was(step: Step, name: str) -> Array:
    """A parameter as it was when the step began: of whole numbers, if the program has made it so."""
    value = np.array(step.values[name])
    own = np.array(get(step.snapshot.state, step.replay.parameters[name]))
    return own if own.dtype.kind == "i" and np.array_equal(own, value) else value


def _gradients(step: Step, found: Gradients) -> Callable[[dict[str, Any]], dict[str, Any]]:
    # what a recording looks through: the data of the step, and the module's names behind its code
    state, root = step.replay.state, step.replay.root

    def gradients(p: dict[str, Any]) -> dict[str, Any]:
        assert state is step.replay.state and root is step.replay.root
        caught = step.replay.run(p)
        if caught.error is not None:
            raise caught.error
        return found.of(step, caught, p)

    return gradients


def _watched_step(step: Step) -> Log:
    watch = Watch(step.replay.program.namespace)
    step.replay.run(step.values, watch=watch)
    return watch.log


# Errors -------------------------------------------------------------------------------------------------------------


def nothing_found(program: Program, log: Log) -> UsageError:
    """What was looked for, what was seen, and what to write."""
    from cutaway.checking.sources import ADAPTER

    loops = len(log.iterations)
    return UsageError(
        f"No training loop was found in {program.path}: a loop that changes arrays of floats step by step, and "
        f"computes with "
        "them before it changes them; nor a function case()",
        received=f"{loops} running loop{'' if loops == 1 else 's'}, {len(log.calls)} calls of its functions",
        instead=ADAPTER,
    )


def _no_loss(program: Program, step: Step) -> UsageError:
    from cutaway.checking.sources import ADAPTER

    where = program.loops[step.snapshot.loop].lineno
    return UsageError(
        f"The training loop in line {where} of {program.path} was found, but no loss: a number that it computes from "
        f"{', '.join(step.values)} (a name, a returned value or something printed)",
        received="no such number in the loop, nor around it",
        instead=ADAPTER,
    )
