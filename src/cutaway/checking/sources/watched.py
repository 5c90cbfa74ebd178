"""A file without ``case()``: it runs as its user runs it, its training loop is watched, and one step of it is checked.

The step is run again from a snapshot with other parameters, so that its loss and its gradients become functions of the
parameters, with the author's own lines.
"""

from __future__ import annotations

import ast
import bisect
import contextlib
import itertools
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from cutaway.checking.child import OutOfTimeError, alarm
from cutaway.checking.log import Log, bare
from cutaway.checking.observe import Observation
from cutaway.checking.observe import Step as Update
from cutaway.checking.program import Program
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.sources.declared import origins
from cutaway.checking.sources.losses import (
    Gradients,
    Loss,
    candidates,
    find_gradients,
    is_called_loss,
    ranked,
    scalar,
)
from cutaway.checking.sources.parameters import Step, add_frozen, find_step
from cutaway.checking.sources.replay import Caught, Label, Replay
from cutaway.checking.sources.snapshots import Snapshot, take
from cutaway.checking.watch import Watch, listeners
from cutaway.errors import UsageError

MOST_UPDATES = 24


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
    step = find_step(program, watch.log, snapshots)
    if step is None:
        if problem is not None:
            raise problem
        raise nothing_found(program, watch.log)
    return [_case(program, step, watch.log)]


def _case(program: Program, step: Step, log: Log) -> Case:
    add_frozen(step, log)
    case = Case(
        params={n: np.array(v) for n, v in step.values.items()},
        file=program.path,
        source=program.source,
        origins=origins(step.values, log),
        notes={"program": program, "log": log, "loop_log": log},
    )
    found = find_gradients(step, log, case)
    case.lr = found.rate
    case.gradients = _gradients(step, found)
    loss = find_loss(program, step, case, log)
    if loss is None:
        raise _no_loss(program, step)
    case.loss = _loss(loss)
    _turn_ascents(case, step, found, log)
    _right_array_not_used(case, step, found, log)
    case.notes["observation"] = _observation(step, found, log)
    case.notes["watch_step"] = lambda: _watched_step(step)
    return case


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


def _loss(found: Loss) -> Callable[[dict[str, Any]], Any]:
    replay, label = found.replay, found.label
    state, root = replay.state, replay.root

    def loss(p: dict[str, Any]) -> Any:
        assert state is replay.state and root is replay.root
        caught = replay.run(p)
        if label not in caught.values:
            raise caught.error or UsageError("The loss was not computed again")
        return scalar(caught.values[label])

    return loss


def _watched_step(step: Step) -> Log:
    watch = Watch(step.replay.program.namespace)
    step.replay.run(step.values, watch=watch)
    return watch.log


def _right_array_not_used(case: Case, step: Step, found: Gradients, log: Log) -> None:
    """Where the gradient was computed and the update takes another array: the gradient is right."""
    from cutaway.checking.places import NOWHERE, line_of_value, text_of
    from cutaway.interpreters.differentiate import grad

    assert case.loss is not None and case.gradients is not None
    try:
        with np.errstate(all="ignore"):
            exact, own = grad(case.loss)(case.copies()), case.gradients(case.copies())
    except Exception:
        return
    arrays = step.replay.run(step.values).arrays()
    for name in list(step.values):
        truth, used = np.asarray(exact[name], dtype=float), np.asarray(own[name], dtype=float)
        slack = 1e-6 * np.abs(truth).max(initial=0)
        still = not any(c.slot == step.slots[name] and c.old is not None for c in log.changes)
        if slack < 1e-16 or (used.shape == truth.shape and np.abs(used - truth).max() <= slack):
            continue
        new = step.values[name] - found.rate * truth
        kept = [
            k
            for k, v in arrays.items()
            if still and v.shape == new.shape and np.abs(v - new).max() <= found.rate * slack
        ]
        if kept:
            found.kept[name] = kept[0]
            continue
        right = [k for k, v in arrays.items() if v.shape == truth.shape and np.abs(v - truth).max() <= slack]
        if still and not right:
            case.notes.setdefault("findings", []).append(_never_moves(case, step, name, truth, log))
            found.labels.pop(name)
            continue
        if not right:
            continue
        found.labels[name], found.factors[name] = right[0], 1.0
        if still:
            continue  # the lint of updates says that it never moves
        changes = [c for c in log.changes if c.slot == step.slots[name] and c.old is not None]
        where = (changes[0].file, changes[0].line) if changes else line_of_value(log, step.values[name])
        if where == NOWHERE or any(
            np.abs(truth - exact[o]).max() <= slack for o in exact if o != name and np.shape(exact[o]) == truth.shape
        ):
            continue
        word = bare(next((str(p) for p in reversed(right[0]) if isinstance(p, str)), name))
        case.notes.setdefault("findings", []).append(
            Finding(
                "update-with-another-array",
                "update",
                f"The gradient of {name} is computed, in {word}, and is right; the update of {name} takes "
                f"something else.",
                f"Update {name} with {word}.",
                (name,),
                *where,
                {
                    "relative_difference": float(np.abs(used - truth).max() / np.abs(truth).max())
                    if used.shape == truth.shape
                    else None
                },
                text_of(case, where),
                hint="Compare each update with the name of what it updates.",
            )
        )


def _never_moves(case: Case, step: Step, name: str, truth: Array, log: Log) -> Finding:
    """A parameter that has no gradient in the program and never changes: it is left out of the comparison."""
    from cutaway.checking.places import text_of, where_of

    case.params.pop(name)
    others = {step.slots[n] for n in case.params}
    where = where_of(c for c in log.changes if c.slot in others and c.old is not None)
    step.replay.parameters.pop(name)
    return Finding(
        "update-not-applied",
        "update",
        f"{name} never changes, and no gradient of it is computed; it would be up to {np.abs(truth).max():.3g}.",
        f"Compute its gradient and update {name} as the others.",
        (name,),
        *where,
        {"largest_change": 0.0, "largest_gradient": float(np.abs(truth).max())},
        text_of(case, where),
        hint="Which of your parameters are the same before and after a step?",
    )


def _turn_ascents(case: Case, step: Step, found: Gradients, log: Log) -> None:
    """Where a gradient without a name is added by a ``+``, a step up the loss is the update's fault."""
    from cutaway.checking.places import statements_at
    from cutaway.interpreters.differentiate import grad

    assert case.loss is not None and case.gradients is not None
    try:
        with np.errstate(all="ignore"):
            exact, own = grad(case.loss)(case.copies()), case.gradients(case.copies())
    except Exception:
        return
    for name, label in found.labels.items():
        a, b = np.ravel(np.asarray(exact[name], dtype=float)), np.ravel(np.asarray(own[name], dtype=float))
        if a.shape != b.shape or not np.any(a) or np.abs(a + b).max() > 1e-6 * np.abs(a).max():
            continue
        if label is not None:
            found.factors[name] *= -1.0 if found.factors[name] < 0 else 1.0
            continue
        lines = {(c.file, c.line) for c in log.changes if c.slot == step.slots[name] and c.old is not None}
        added = [
            node
            for where in lines
            for node in statements_at(case, where)
            if (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add))
            or (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.BinOp)
                and isinstance(node.value.op, ast.Add)
            )
        ]
        if added:
            found.factors[name] = -1.0


# The loss -----------------------------------------------------------------------------------------------------------


def find_loss(program: Program, step: Step, case: Case, log: Log) -> Loss | None:
    """The number whose gradient the step follows: computed in the step, or in the loop around it on the same rows."""
    found = [_judged(case, step.replay, label) for label in candidates(step.replay, step.values)]
    best = ranked([f for f in found if f is not None])
    if best and (best[0].named or best[0].cosine > 0.999):
        return best[0]
    for replay in _around(program, step):
        more = [_judged(case, replay, label) for label in candidates(replay, step.values)]
        best = ranked([*best, *(f for f in more if f is not None)])
        if best and (best[0].named or best[0].cosine > 0.999):
            return best[0]
    return best[0] if best and best[0].cosine > 0.5 else None


def _judged(case: Case, replay: Replay, label: Label) -> Loss | None:
    """How a candidate's exact gradient compares with the author's."""
    from cutaway.interpreters.differentiate import grad

    assert case.gradients is not None
    loss = Loss(label, replay, is_called_loss(label), 0.0, 0.0)
    try:
        with np.errstate(all="ignore"):
            exact = grad(_loss(loss))(case.copies())
            own = case.gradients(case.copies())
        a = np.concatenate([np.ravel(np.asarray(exact[n], dtype=float)) for n in case.params])
        b = np.concatenate(
            [np.ravel(np.broadcast_to(np.asarray(own[n], dtype=float), np.shape(exact[n]))) for n in case.params]
        )
    except Exception:
        return loss if loss.named else None
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    if norms > 0 and np.isfinite(norms):
        loss.cosine = float(a @ b) / norms
        loss.factor = float(np.linalg.norm(b) / np.linalg.norm(a))
    return loss if loss.named or np.any(a) else None


def _around(program: Program, step: Step) -> list[Replay]:
    """What the loops around the step, and the lines behind it, compute, with the step's rows for all rows."""
    own = program.loops[step.snapshot.loop]
    rows = _rows(step)
    found: list[Replay] = []
    for body in _enclosing(program.tree, own):
        at = next(i for i, node in enumerate(body) if own.lineno in range(node.lineno, (node.end_lineno or 0) + 1))
        rest = [node for node in body[at + 1 :] if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Return)]
        if not rest:
            continue
        try:
            replay = Replay(program, step.snapshot, rest, step.replay.parameters)
        except (SyntaxError, ValueError):
            continue
        replay.state = rows
        found.append(replay)
    return found


def _enclosing(tree: ast.Module, loop: ast.stmt) -> list[list[ast.stmt]]:
    """The lists of statements that the loop stands in, innermost first, as far as its function."""
    found: list[list[ast.stmt]] = []

    def visit(body: list[ast.stmt]) -> None:
        for node in body:
            inside = node.lineno <= loop.lineno <= (node.end_lineno or 0)
            if not inside:
                continue
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.clear()
            else:
                found.append(body)
            for part in ("body", "orelse", "finalbody"):
                if node.lineno != loop.lineno:
                    visit(getattr(node, part, []) or [])

    visit(tree.body)
    return found[::-1]


def _rows(step: Step) -> dict[str, Any]:
    """The step's state with the rows of its batch in the place of all rows."""
    caught = step.replay.run(step.values)
    whole: dict[int, Array] = {}

    def visit(value: Any, depth: int = 0) -> None:
        if type(value) is np.ndarray and value.ndim:
            whole[id(value)] = value
        elif isinstance(value, dict) and depth < 3:
            for part in list(value.values())[:200]:
                visit(part, depth + 1)
        elif isinstance(value, list | tuple) and depth < 3:
            for part in value[:64]:
                visit(part, depth + 1)
        elif hasattr(value, "__dict__") and depth < 3 and not callable(value):
            for part in vars(value).values():
                visit(part, depth + 1)

    visit(step.replay.state)
    chosen = _chosen(list(whole.values()), caught)
    if chosen is None:
        return step.replay.state
    axis, count, index = chosen
    from cutaway.checking.sources.snapshots import clone

    memo: dict[int, Any] = {}
    protected = {id(v) for v in _parameters(step)}
    for key, array in whole.items():
        if (
            key not in protected
            and array.ndim > min(axis, array.ndim - 1)
            and array.shape[min(axis, array.ndim - 1)] == count
        ):
            memo[key] = np.take(array, index, axis=min(axis, array.ndim - 1))
    for value in _parameters(step):
        memo[id(value)] = value
    return {
        part: None if held is None else {k: clone(v, memo) for k, v in held.items()}
        for part, held in step.replay.state.items()
    }


def _parameters(step: Step) -> list[Any]:
    from cutaway.checking.sources.snapshots import get

    return [get(step.replay.state, path) for path in step.replay.parameters.values()]


def _chosen(whole: list[Array], caught: Caught) -> tuple[int, int, Array] | None:
    """Which rows of the data the batch is: the axis, how many there are, and their numbers."""
    for batch in caught.arrays().values():
        for data in whole:
            for axis in (0, 1):
                if batch.ndim != 2 or data.ndim != 2 or batch.shape[1 - axis] != data.shape[1 - axis]:
                    continue
                if not 0 < batch.shape[axis] < data.shape[axis] or data.shape[1 - axis] < 2:
                    continue
                a, b = (np.moveaxis(x, axis, 0) for x in (batch, data))
                places = {np.ascontiguousarray(row).tobytes(): i for i, row in enumerate(b)}
                index = [places.get(np.ascontiguousarray(row, dtype=b.dtype).tobytes()) for row in a]
                if all(i is not None for i in index):
                    return axis, data.shape[axis], np.array(index, dtype=int)
    return None


# What the lints look at ---------------------------------------------------------------------------------------------


def _observation(step: Step, found: Gradients, log: Log) -> Observation:
    """The updates that the program itself made, with the gradients that it had."""
    seen = Observation(log)
    for name, slot in step.slots.items():
        changes = [c for c in log.changes if c.slot == slot]
        label = found.labels.get(name)
        updates: list[Update] = []
        for before, change in itertools.pairwise(changes):
            if len(updates) == MOST_UPDATES:
                break
            if change.old is None or not np.any(change.loops):
                continue
            gradient = None
            if label is not None:
                gradient = _seen(log, label, before.at, change.at, np.shape(change.new))
            if gradient is not None:
                gradient = gradient * found.factors[name]
            updates.append(Update(np.asarray(change.old), np.asarray(change.new), gradient, [change]))
        seen.first[name] = changes[0]
        if log.sampled:
            updates = updates[:5]
        seen.steps[name] = updates
    return seen


_at = attrgetter("at")


def _seen(log: Log, label: Label, start: int, end: int, shape: tuple[int, ...]) -> Array | None:
    """What the log has for a label between two events."""
    words = [part for part in label if isinstance(part, str)]
    last = words[-1] if words else ""
    found: Array | None = None
    turn = label[-1] if isinstance(label[-1], int) and label[0] == "local" else 0
    matches = []
    if label[0] in ("local", "name"):
        for c in log.changes[bisect.bisect_left(log.changes, start, key=_at) :]:
            if c.at > end:
                break
            if (
                bare(c.name) == bare(last)
                and isinstance(c.new, np.ndarray)
                and c.new.shape == shape
            ) and (label[0] == "name" or c.function == str(label[1]).rsplit(".", 1)[-1]):
                matches.append(c.new)
    if matches:
        found = matches[min(turn, len(matches) - 1)] if label[0] == "local" and len(matches) > turn else matches[-1]
    return found


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
