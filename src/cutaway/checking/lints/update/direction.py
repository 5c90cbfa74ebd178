"""Steps up the gradient instead of down, a decay that makes weights grow, a step that is all that is left."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, at_each, exchanged, statements_at, text_of
from cutaway.checking.lints.update.steps import Explained, multiple
from cutaway.checking.records import Array, Finding


def ascent(explained: Explained) -> Iterator[Finding]:
    """A step along the gradient instead of against it."""
    rule, name = explained.rule, explained.seen.name
    if rule.name == "sgd" and rule.coefficients["largest"] < 0:
        yield explained.finding(
            "ascent",
            f"{name} moves along its gradient, not against it: the step is {-rule.rate:+.3g} times the gradient, "
            "so the loss rises.",
            "Subtract the step.",
            corrected=_sign_turned(explained),
        )
    elif rule.name == "linear" and rule.rate < 0:
        yield explained.finding(
            "ascent",
            f"{name} moves along its gradient, not against it: each step contains {-rule.rate:+.3g} times it.",
            "Turn the sign of the velocity, or of the step.",
        )
    elif rule.name != "linear" and not rule.mistake and rule.rate < 0:
        yield explained.finding(
            "ascent",
            f"{name} moves along its gradient, not against it ({rule.name}).",
            "Subtract the step.",
            corrected=_sign_turned(explained),
        )


def growing_weights(explained: Explained) -> Iterator[Finding]:
    """A decay that is added instead of subtracted."""
    share = explained.rule.coefficients.get("weights", 0.0)
    if explained.rule.name == "linear" and share > 1e-9:
        name = explained.seen.name
        finding = explained.finding(
            "decay-sign",
            f"Each step adds {share:.3g} times {name} to itself: the decay makes weights grow.",
            "Subtract the decay.",
        )
        places = [*_put_together(explained), explained.where]
        yield from at_each(explained.case, finding, places, f"Or here, where the step of {name} is taken.")


def overwritten(explained: Explained) -> Iterator[Finding]:
    """A parameter that becomes the step itself, where the step should be added to it."""
    share = explained.rule.coefficients.get("weights", 0.0)
    if explained.rule.name == "linear" and abs(share + 1) < 1e-6:
        name, step = explained.seen.name, explained.seen.steps[0]
        written = [(c.file, c.line) for c in explained.seen.log.changes if _is_part(c.new, step.before + step.moved)]
        finding = explained.finding(
            "parameter-overwritten",
            f"{name} becomes {-explained.rule.rate:.3g} times its gradient: what it was is lost in each step.",
            f"Add the step to {name}, with += or -=.",
        )
        places, words = [*written, explained.where], f"Or here, where {name} gets its value."
        yield from at_each(explained.case, finding, places, words, most=2)


def _is_part(new: object, whole: Array) -> bool:
    """Whether a value that was written is that of a parameter, or of a part of it."""
    return isinstance(new, np.ndarray) and new.shape == whole.shape and np.allclose(new, whole, rtol=1e-9, atol=0)


def _put_together(explained: Explained) -> list[Where]:
    """The line that makes gradient and decay into one step, if it has a line of its own."""
    step = explained.seen.steps[0]
    for c in explained.seen.log.changes:
        fits = isinstance(c.new, np.ndarray) and c.new.shape == np.shape(step.before) and step.before.size > 1
        if fits and multiple(np.asarray(c.new, dtype=float), step.moved) is not None:
            return [(c.file, c.line)]
    return []


def _sign_turned(explained: Explained) -> str:
    """``W += lr * dW`` as ``W -= lr * dW``, ``W = W + ...`` as ``W = W - ...``."""
    case, where = explained.case, explained.where
    for node in statements_at(case, where):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            return text_of(case, where).replace("+=", "-=", 1)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add):
            left = ast.unparse(node.value.left)
            return exchanged(case, where, node.value, f"{left} - {ast.unparse(node.value.right)}")
    return ""
