"""Adam and its kin with one part wrong: moments exchanged or not corrected, a root or a square that is missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cutaway.checking.adaptive_rules import MAY_BE_SIGN, Recipe
from cutaway.checking.adaptive_search import betas_of
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
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Log

MOST = 4  # places that are named
ADAM = (
    "Adam: m = b1 * m + (1 - b1) * g; v = b2 * v + (1 - b2) * g**2; "
    "step = lr * (m / (1 - b1**t)) / (sqrt(v / (1 - b2**t)) + eps), t = 1, 2, ..."
)
FIXES = {
    "stored": "Give the corrected moments names of their own, m_hat = m / (1 - beta1**t); carry on m and v themselves.",
    "is not corrected": "Divide m by (1 - beta1**t) and v by (1 - beta2**t), with t counted from 1.",
    "always 1": "Count t up by one in every step, before the corrections, and take the power beta**t.",
    "every parameter": "Count t up once in a step, before the loop over the parameters.",
    "the root of the correction is missing": "step = lr * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + eps).",
    "where 1 - beta**t belongs": "step = lr * sqrt(1 - beta2**t) / (1 - beta1**t) * m / (sqrt(v) + eps).",
    "the root": "Divide by sqrt(v) + eps.",
    "the moments are exchanged": "The step is m / (sqrt(v) + eps): m of the gradients, v of their squares.",
    "lacks the square": "v = b2 * v + (1 - b2) * g**2.",
    "of the first moment": "v = b2 * v + (1 - b2) * g**2.",
    "sum of squares": "s = s + g**2.",
}


def adaptive(explained: Explained) -> Iterator[Finding]:
    """Steps of Adam or a kin in which one part is not what the textbook has."""
    rule, one = explained.rule, explained.seen
    if rule.recipe is None:
        return
    if not rule.mistake:
        yield from _unscaled(explained, rule.recipe)
        return
    moved = one.steps[0].moved
    broken = int(np.sum(~np.isfinite(moved)))
    fix = next((fix for words, fix in FIXES.items() if words in rule.name), ADAM)
    places = _lines_of_mistake(explained)
    if not places and (MAY_BE_SIGN in rule.name or (_of_schedule(rule.recipe) and not _written(explained))):
        return  # the sign may be meant; the rate may go from step to step as it likes
    usable = one.sequence()
    count = len(usable.changes) if usable is not None else 1
    missed = _missed(explained, _sound(rule.recipe))
    places = places or feeding(explained.case, explained.where)[:MOST]
    for at in list(dict.fromkeys((*places, explained.where)))[:MOST]:
        yield explained.finding(
            "adaptive-rule",
            f"The steps of {one.name} are those of Adam or a kin with a mistake: {rule.name}. They agree with "
            f"that rule to rounding over {count} step{'s' if count > 1 else ''}"
            + (
                f"; {broken} of {moved.size} entries are NaN after the first."
                if broken
                else f", and with the textbook's they differ by up to {missed:.0%}."
                if missed is not None
                else "."
            ),
            fix,
            at,
            rule=rule.name,
            entries_that_are_nan_after_the_first_step=broken,
            difference_from_the_textbook=missed,
        )


def _unscaled(explained: Explained, recipe: Recipe) -> Iterator[Finding]:
    """A moment without its ``1 - beta``: all that it changes is the rate, which is then not the one that is written."""
    case, rule = explained.case, explained.rule
    plain = recipe.denominator == "" and recipe.two == ""
    lacks = [("first", 1 - recipe.a)] * (recipe.numerator == "") + [("second", (1 - recipe.b) ** -0.5)] * plain
    if len(explained.seen.steps) < 3 or _is_written(case, rule.rate):
        return
    gradients = [np.asarray(s.gradient, dtype=float) for s in explained.seen.steps[:3]]
    for word, times in lacks:
        if not _is_written(case, rule.rate * times):
            continue
        share = 1 - (recipe.a if word == "first" else recipe.b)
        array = recipe.moments(gradients)[word == "second"][1] / share
        where = line_of_value(explained.seen.log, array)
        for at in dict.fromkeys((where, explained.where)) if where != NOWHERE else ():
            yield explained.finding(
                "adaptive-rule",
                f"The {word} moment of {explained.seen.name} lacks (1 - beta): its steps are those of Adam or a kin "
                f"with a rate of {rule.rate:.4g}, where {rule.rate * times:.4g} is written.",
                ADAM,
                at,
                rule=f"the {word} moment lacks (1 - beta)",
            )


def _is_written(case: Case, rate: float) -> bool:
    return any(abs(rate - r) <= 1e-5 * abs(r) for r in (case.lr, *constants_of(case)))


def _of_schedule(recipe: Recipe) -> bool:
    """Whether all that is wrong is how the lengths of the steps go, and not for the lack of a correction."""
    words = {w for w in (recipe.one, recipe.two) if w not in ("", "is not corrected")}
    return recipe.count != (1, 1) or any(w in m for w in words for m in recipe.mistakes)


def _written(explained: Explained) -> bool:
    """Whether the rate stands in the program, and a line that moves the parameter, or feeds it, divides by a lack."""
    case = explained.case
    return _is_written(case, abs(explained.rule.rate)) and any(
        isinstance(part, ast.BinOp)
        and isinstance(part.op, ast.Div)
        and any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow | ast.Sub) for n in ast.walk(part.right))
        for where in (explained.where, *feeding(case, explained.where))
        for statement in statements_at(case, where)
        for part in ast.walk(statement)
    )


def _sound(recipe: Recipe) -> Recipe:
    """The textbook's rule with the same numbers."""
    plain = recipe.numerator == "gradient" and recipe.one != ""
    return Recipe(
        "gradient" if plain else "",
        recipe.denominator if recipe.denominator == "adagrad" else "",
        True,
        "is not corrected" if plain else "",
        recipe.two if plain and recipe.two == "is not corrected" else "",
        recipe.a,
        recipe.b,
        recipe.eps,
    )


def _missed(explained: Explained, sound: Recipe) -> float | None:
    """How far the textbook's rule, with the author's numbers and the best rate, is from the steps."""
    sequence = explained.seen.sequence()
    if sequence is None or not sequence.finite or len(sequence.changes) < 2:
        return None
    with np.errstate(all="ignore"):
        _, u = next(sound.directions(sequence.gradients))
    directions, d = np.stack(u), np.stack(sequence.changes)
    below = float(np.sum(directions**2))
    if not np.isfinite(below) or below == 0:
        return None
    off = np.abs(d - np.sum(directions * d) / below * directions).max()
    return float(off / np.abs(d).max())


def _lines_of_mistake(explained: Explained) -> list[Where]:
    """Where the quantity with the mistake in it was computed, and where its count of steps is set."""
    case, one = explained.case, explained.seen
    recipe = explained.rule.recipe
    assert recipe is not None
    usable = one.sequence()
    count = min(3, len(usable.changes)) if usable is not None else 0
    gradients = [np.asarray(s.gradient, dtype=float) for s in one.steps[:count]]
    found: list[Where] = []
    with np.errstate(all="ignore"):
        # of the first step, many rules have the same numbers
        for t in (t for t in (1, 2, 0) if t < count):
            for array in _suspects(case, recipe, gradients, t):
                where = NOWHERE if nearly(array, gradients[t]) else line_of_value(one.log, array)
                if where != NOWHERE and where not in found:
                    found.append(where)
                    if len(gradients) == 1:
                        return found
            found += [w for w in _of_numbers(one.log, recipe, explained.rule.rate, len(one.steps)) if w not in found]
            if found:
                break
    name = explained.rule.name
    if " t " in name or "t were" in name:
        found += [w for where in list(found) for w in _count_of_steps(case, where) if w not in found]
    return found


def _suspects(case: Case, recipe: Recipe, gradients: list[Array], t: int) -> Iterator[Array]:
    """The arrays of a step that are not what they should be."""
    wrong = " ".join(recipe.mistakes)
    if len(gradients) == 1:  # of a single step, the rule does not tell which beta it was
        for which, words in enumerate(("first moment", "second moment")):
            for beta in sorted(betas_of(constants_of(case)), reverse=which == 1) if words in wrong else ():
                yield replace(recipe, a=beta, b=beta).moments(gradients)[which][0]
        return
    if MAY_BE_SIGN in wrong:
        yield gradients[t] ** 2
    if "stands in for the first moment" in wrong:
        yield (1 - recipe.a) * gradients[t]
    moments, factors = recipe.moments(gradients), recipe.factors(len(gradients))
    for which, words in enumerate(("first moment", "second moment")):
        if words not in wrong and "each moment" not in wrong:
            continue
        correction = (recipe.one, recipe.two)[which]
        if (correction and correction in wrong) or recipe.count != (1, 1):
            yield moments[which][t] / factors[which][t]
        else:
            yield moments[which][t]


def _of_numbers(log: Log, recipe: Recipe, rate: float, steps: int) -> list[Where]:
    """Where a number is set that goes as a wrong correction, or as the step size with it, from step to step."""
    wrong = " ".join(recipe.mistakes)
    if "correct" not in wrong and "1 - beta**t" not in wrong and "every parameter" not in wrong:
        return []
    one, two = recipe.factors(steps)
    root = np.sqrt(two)
    series = [rate * root / one, root / one, rate / one, *((root, two, 1 / two) if recipe.two in wrong else ())]
    series += [one, 1 / one] if recipe.one and recipe.one in wrong else []
    found: list[Where] = []
    seen: dict[tuple[str, int], list[float]] = {}
    for c in log.changes:
        if isinstance(c.new, float | np.floating):
            seen.setdefault((c.file, c.line), []).append(float(c.new))
    for wanted in series:
        if np.ptp(wanted) == 0 or not np.isfinite(wanted).all():
            continue
        for where, values in seen.items():
            own = list(dict.fromkeys(values))[: len(wanted)]
            if len(own) > 1 and where not in found and np.allclose(own, wanted[: len(own)], rtol=1e-9, atol=0):
                found.append(where)
    return found


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
