"""A file without ``case()``: it runs as its user runs it, its training loop is watched, and one step of it is checked.

The step is run again from a snapshot with other parameters, so that its loss and its gradients become functions of the
parameters, with the author's own lines.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.checking.records import Array, Case
from cutaway.checking.running.child import OutOfTimeError, alarm
from cutaway.checking.running.log import Log
from cutaway.checking.running.program import Program
from cutaway.checking.running.watch import Watch, listeners
from cutaway.checking.sources.declared import origins
from cutaway.checking.sources.loss_search import find_loss, loss_function
from cutaway.checking.sources.losses import Gradients, find_gradients
from cutaway.checking.sources.observed import observation
from cutaway.checking.sources.parameters import Step, add_frozen, find_steps
from cutaway.checking.sources.snapshots import Snapshot, get, take
from cutaway.checking.sources.updates import right_array_not_used, turn_ascents
from cutaway.errors import UsageError


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
    refused: UsageError | None = None
    for step in find_steps(program, watch.log, snapshots):
        try:
            return [case_of_step(program, step, watch.log)]
        except UsageError as error:  # a loop that only adds up what the loop around it needs
            refused = refused or error
    raise refused or problem or nothing_found(program, watch.log)


def case_of_step(program: Program, step: Step, log: Log) -> Case:
    """The case that a step of a watched loop makes.

    Raises
    ------
    UsageError
        If no loss is found in the loop or around it.
    """
    add_frozen(step, log)
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
    loss = find_loss(program, step, case)
    if loss is None:
        raise _no_loss(program, step)
    case.loss = loss_function(loss)
    turn_ascents(case, step, found, log)
    right_array_not_used(case, step, found, log)
    case.notes["observation"] = observation(step, found, log)
    case.notes["watch_step"] = lambda: _watched_step(step)
    return case


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
