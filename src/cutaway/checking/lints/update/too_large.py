"""A learning rate with which the author's own right gradients lead away from the minimum."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, at_each, tree_of
from cutaway.checking.lints.trials import descent, whole_history
from cutaway.checking.lints.update.steps import HINT
from cutaway.checking.records import Case, Finding
from cutaway.checking.truth import look

STEPS = 40
UP = 100.0  # times the first loss
SMALLER = (0.1, 0.01, 0.001)
RATES = ("lr", "alpha", "eta", "rate", "learning_rate", "step_size", "step", "learningrate", "lr0", "epsilon")


def too_large(case: Case) -> Iterator[Finding]:
    """Descent with the rate throws the loss up; with a tenth of it, or less, it falls in as many steps."""
    point = look(case) if case.loss is not None and case.gradients is not None else None
    if point is None or not point.trusted or any(e > 1e-3 for e in point.errors(point.user).values()):
        return
    if case.update is not None and case.train is None:
        return  # the rate may belong to another rule than plain descent
    own = whole_history(case)
    if case.train is not None and (len(own) < 3 or not _thrown_up(own)):
        return
    losses = descent(case, case.params, case.lr, min(case.steps, STEPS))
    if len(losses) < 3 or not np.isfinite(losses[0]) or not _thrown_up(losses):
        return
    for share in SMALLER:
        slower = descent(case, case.params, share * case.lr, min(case.steps, STEPS))
        if len(slower) == min(case.steps, STEPS) + 1 and np.all(np.isfinite(slower)) and slower[-1] < 0.9 * slower[0]:
            break
    else:
        return
    smaller, last = share * case.lr, slower[-1]
    finding = Finding(
        "rate-too-large",
        "update",
        f"With the learning rate {case.lr:g} the loss goes {_row(losses)} in the first steps; with "
        f"{smaller:g} it falls from {slower[0]:.3g} to {last:.3g} in {len(slower) - 1}.",
        "Take a smaller learning rate, or scale the inputs.",
        evidence={"learning_rate": case.lr, "losses": losses[:8], "smaller_rate": smaller, "last_loss": last},
        hint=HINT,
    )
    yield from at_each(case, finding, _places(case), f"The rate {case.lr:g} stands here too.")


def _thrown_up(losses: list[float]) -> bool:
    return not np.isfinite(losses[-1]) or losses[-1] > UP * max(abs(losses[0]), 1e-12)


def _row(losses: list[float]) -> str:
    return ", ".join(f"{v:.3g}" for v in losses[:4])


def _places(case: Case) -> list[Where]:
    """The lines that say the rate: by the name that they give it."""
    tree = tree_of(case, case.file) if case.file else None
    found: list[int] = []
    for node in ast.walk(tree) if tree is not None else ():
        named: list[tuple[str, ast.expr | None]] = []
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in node.args.args]
            named = list(zip(names[len(names) - len(node.args.defaults) :], node.args.defaults, strict=True))
        elif isinstance(node, ast.Call):
            named = [(k.arg or "", k.value) for k in node.keywords]
        elif isinstance(node, ast.Assign):
            named = [(ast.unparse(t).rsplit(".", 1)[-1], node.value) for t in node.targets]
        for name, value in named:
            if name.lower() in RATES and isinstance(value, ast.Constant) and value.value == case.lr:
                found.append(value.lineno)
    return [(case.file, line) for line in dict.fromkeys(found)][:4]
