"""Adam and its kin with one part wrong: moments exchanged or not corrected, a root or a square that is missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import (
    NOWHERE,
    Where,
    constants_of,
    feeding,
    line_of_value,
    name_of,
    statements_at,
    tree_of,
    whole_targets,
)
from cutaway.checking.lints.update.steps import Explained, nearly
from cutaway.checking.optimizers import CORRECTIONS, WRONG_FIRSTS, WRONG_SECONDS, betas_of
from cutaway.checking.records import Array, Case, Finding

ADAM = (
    "Adam: m = b1 * m + (1 - b1) * g; v = b2 * v + (1 - b2) * g**2; "
    "step = lr * (m / (1 - b1**t)) / (sqrt(v / (1 - b2**t)) + eps), t = 1, 2, ..."
)
FIXES = {
    "is not corrected": "Divide m by (1 - beta1**t) and v by (1 - beta2**t), with t counted from 1.",
    "always 1": "Count t up by one in every step, before the corrections, and take the power beta**t.",
    "the root is missing": "Divide by sqrt(v) + eps.",
    "the moments are exchanged": "The step is m / (sqrt(v) + eps): m of the gradients, v of their squares.",
    "lacks the square": "v = b2 * v + (1 - b2) * g**2.",
}


def adaptive(explained: Explained) -> Iterator[Finding]:
    """Steps of Adam or a kin in which one part is not what the textbook has."""
    rule, one = explained.rule, explained.seen
    if not rule.mistake:
        return
    moved = one.steps[0].moved
    broken = int(np.sum(~np.isfinite(moved)))
    fix = next((fix for words, fix in FIXES.items() if words in rule.name), ADAM)
    places = _lines_of_moment(explained) or feeding(explained.case, explained.where)
    for at in dict.fromkeys((*places, explained.where)):
        yield explained.finding(
            "adaptive-rule",
            f"The steps of {one.name} are those of Adam or a kin with a mistake: {rule.name}. They agree with "
            f"that rule to rounding over {len(one.steps)} step{'s' if len(one.steps) > 1 else ''}"
            + (f"; {broken} of {moved.size} entries are NaN after the first." if broken else "."),
            fix,
            at,
            rule=rule.name,
            entries_that_are_nan_after_the_first_step=broken,
        )


def _lines_of_moment(explained: Explained) -> list[Where]:
    """Where the quantity with the mistake in it was computed, and where its count of steps is set."""
    case, one, rule = explained.case, explained.seen, explained.rule
    a, b = rule.coefficients["beta1"], rule.coefficients["beta2"]
    m = v = np.zeros(np.shape(one.steps[0].before))
    first = next((f for n, f in WRONG_FIRSTS.items() if n in rule.name), lambda m, g, a: a * m + (1 - a) * g)
    second = next((f for n, f in WRONG_SECONDS.items() if n in rule.name), lambda v, g, b: b * v + (1 - b) * g**2)
    found: list[Where] = []
    with np.errstate(all="ignore"):
        for t, step in enumerate(one.steps[:3], start=1):
            g = np.asarray(step.gradient, dtype=float)
            m, v = first(m, g, a), second(v, g, b)
            suspects: list[Array] = []
            for words, moment, own, other in (("first moment", m, a, b), ("second moment", v, b, a)):
                for correction, divisor in CORRECTIONS.items():
                    if correction and (
                        f"the {words} {correction}" in rule.name or f"each moment {correction}" in rule.name
                    ):
                        suspects.append(moment / divisor(own, other, t))
            for title, make in {**WRONG_FIRSTS, **WRONG_SECONDS}.items():
                if title in rule.name:  # of a single step, the rule does not tell which beta it was
                    betas = sorted(betas_of(constants_of(case)), reverse=title in WRONG_SECONDS)
                    suspects += [make(np.zeros_like(g), g, beta) for beta in betas if t == 1]
                    suspects.append(m if title in WRONG_FIRSTS else v)
            for array in suspects:
                if nearly(array, g):
                    continue
                where = line_of_value(one.log, array)
                if where != NOWHERE and where not in found:
                    found.append(where)
            if found and t > 1:
                break
    counts = (
        [w for where in list(found) for w in _count_of_steps(case, where)]
        if " t " in rule.name or "t were" in rule.name
        else []
    )
    return [*found, *(w for w in counts if w not in found)]


def _count_of_steps(case: Case, where: Where) -> list[Where]:
    """Where the exponent of a line's power is counted."""
    names = set()
    for statement in statements_at(case, where):
        for part in ast.walk(statement):
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow):
                names |= {n.id for n in ast.walk(part.right) if isinstance(n, ast.Name)} - {"self"}
                names |= {n.attr for n in ast.walk(part.right) if isinstance(n, ast.Attribute)}
    tree = tree_of(case, where[0])
    found = []
    for node in ast.walk(tree) if tree is not None else ():
        found += [(where[0], target.lineno) for target in whole_targets(node) if name_of(target) in names]
    return found[-1:]
