"""The number whose gradient a step follows: computed in the step, or in the loop around it on the same rows."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.checking.records import Case
from cutaway.checking.running.program import Program
from cutaway.checking.sources.after_step import split
from cutaway.checking.sources.batch_rows import rows_of_batch
from cutaway.checking.sources.continued import Continued
from cutaway.checking.sources.losses import COS, Loss, candidates, is_called_loss, ranked, scalar
from cutaway.checking.sources.parameters import Step
from cutaway.checking.sources.replay import Label, Replay
from cutaway.errors import UsageError


def find_loss(program: Program, step: Step, case: Case) -> Loss | None:
    """The best candidate of the step, or of the loops around it; None if none is near."""
    found = [_judged(case, *one) for one in _of_the_step(program, step)]
    best = ranked([f for f in found if f is not None])
    if best and _is_sure(best[0]):
        return best[0]
    for replay in _around(program, step):
        more = [_judged(case, replay, label) for label in candidates(replay, step.values)]
        best = ranked([*best, *(f for f in more if f is not None)])
        if best and _is_sure(best[0]):
            return best[0]
    return best[0] if best and best[0].cosine > 0.5 else None


def _is_sure(loss: Loss) -> bool:
    """Whether nothing better needs to be looked for: it has the name, or just the gradient."""
    return loss.named or (loss.cosine > 0.999 and abs(loss.factor - 1) < 1e-6)


def _of_the_step(program: Program, step: Step) -> list[tuple[Replay, Label]]:
    """The candidates of the step; what is computed behind the update is a function of the new parameters."""
    own = candidates(step.replay, step.values)
    parts = split(program, step)
    if parts is None:
        return [(step.replay, label) for label in own]
    before = set(candidates(parts[0], step.values))
    behind = candidates(parts[1], step.values)
    anew = {_uncounted(label) for label in behind}  # what is left is computed there of what was known before
    kept = [label for label in own if label in before or _uncounted(label) not in anew]
    return [*((step.replay, label) for label in kept), *((parts[1], label) for label in behind)]


def _uncounted(label: Label) -> Label:
    """A label without the number of the call."""
    return label if label[0] == "name" else label[:-1]


def _judged(case: Case, replay: Replay, label: Label) -> Loss | None:
    """How a candidate's exact gradient compares with the author's."""
    from cutaway.interpreters.differentiate import grad

    assert case.gradients is not None
    loss = Loss(label, replay, is_called_loss(label), 0.0, 0.0)
    try:
        with np.errstate(all="ignore"):
            exact = grad(loss_function(loss))(case.copies())
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


def loss_function(found: Loss) -> Callable[[dict[str, Any]], Any]:
    """A loss that was found, as a function of the parameters.

    A number without a name, that is shown and no more, may be any multiple of it: the learning rate makes up for that.
    """
    replay, label = found.replay, found.label
    only_shown = label[0] in ("shown", "print") and not found.named
    share = found.factor if only_shown and found.cosine > COS else 1.0
    state, root = replay.state, replay.root

    def loss(p: dict[str, Any]) -> Any:
        assert state is replay.state and root is replay.root
        caught = replay.run(p)
        if label not in caught.values:
            raise caught.error or UsageError("The loss was not computed again")
        value = scalar(caught.values[label])
        return value if share == 1.0 else share * value

    return loss


def _around(program: Program, step: Step) -> list[Replay]:
    """What the loops around the step, and the lines behind it, compute, with the step's rows for all rows."""
    own = program.loops[step.snapshot.loop]
    rows = rows_of_batch(step)
    parts = split(program, step)
    first = step.replay if parts is None else parts[0]
    found: list[Replay] = []
    behind: list[Replay] = []
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
        behind.append(Continued(step, first, rows, rest))
    return [*found, *behind]


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
