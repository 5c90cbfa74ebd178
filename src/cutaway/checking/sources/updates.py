"""Whether the update or the gradient is at fault, where a step does not follow the gradient of its loss."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from cutaway.checking.lines.places import NOWHERE, line_of_value, statements_at, text_of, where_of
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Log, bare
from cutaway.checking.sources.losses import Gradients
from cutaway.checking.sources.parameters import Step
from cutaway.interpreters.differentiate import grad


def right_array_not_used(case: Case, step: Step, found: Gradients, log: Log) -> None:
    """Where the gradient was computed and the update takes another array: the gradient is right."""
    found_both = _gradients(case)
    if found_both is None:
        return
    exact, own = found_both
    arrays = step.replay.run(step.values).arrays()
    descent = any(label is not None for label in found.labels.values())  # no array is followed where moments are
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
        if still and not right and found.labels[name] is None:
            case.notes.setdefault("findings", []).append(_never_moves(case, step, name, truth, log))
            found.labels.pop(name)
            continue
        if not right:
            continue
        taken, found.labels[name], found.factors[name] = found.labels[name], right[0], 1.0
        if still or (taken is None and (not descent or _decays(step.values[name], used - truth, slack))):
            continue  # the lints of updates say that it never moves, or by which rule it does
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


def _decays(value: Array, rest: Array, slack: float) -> bool:
    """Whether what a step takes beside the gradient is a part of the parameter itself."""
    size = float(np.sum(value * value))
    return size > 0 and float(np.abs(rest - value * (np.sum(rest * value) / size)).max()) <= slack


def _never_moves(case: Case, step: Step, name: str, truth: Array, log: Log) -> Finding:
    """A parameter that has no gradient in the program and never changes: it is left out of the comparison."""
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


def turn_ascents(case: Case, step: Step, found: Gradients, log: Log) -> None:
    """Where a gradient without a name is added by a ``+``, a step up the loss is the update's fault."""
    found_both = _gradients(case)
    if found_both is None:
        return
    exact, own = found_both
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


def _gradients(case: Case) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The exact gradients and the author's, at the parameters of the step; None where one of them fails."""
    assert case.loss is not None and case.gradients is not None
    try:
        with np.errstate(all="ignore"):
            return grad(case.loss)(case.copies()), case.gradients(case.copies())
    except Exception:
        return None
