"""A line of plain numbers, computed one by one, that is wrong: found by writing it a little differently."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from cutaway.checking.correction.rewrites import SECONDS, Rewrite, rewrites, unshared
from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.findings.rerun import Rerun
from cutaway.checking.findings.shared import shared
from cutaway.checking.lines.departures import Locator
from cutaway.checking.records import Case, Finding


def rewritten(
    case: Case, view: View, locator: Locator, message: str, known: dict[str, Any], seconds: float = SECONDS
) -> Iterator[Finding]:
    """The lines with whose changed text the gradients are right, all of them together."""
    again = Rerun(case, view, locator)
    if not again.possible:
        return
    for one in rewrites(again.text, again.functions, again.lines, again.left, again.entries_left, seconds):
        named = {key.partition("\0")[0] for key in one.right}
        right = tuple(n for n in view.exact if n in named)
        if one.moved_before:
            yield from _moved(case, one, right, message, known)
            continue
        yield Finding(
            "wrong-expression",
            "gradient",
            f"{message} With {one.after} on this line the gradient of {', '.join(right)} is right.".strip(),
            f"Write {one.after} instead of {one.before}",
            right,
            evidence={n: known[n] for n in right if n in known},
            corrected=one.corrected,
            hint="One expression on this line is not the one that is needed.",
            **at((case.file, one.line)),
        )


def _moved(case: Case, one: Rewrite, right: tuple[str, ...], message: str, known: dict[str, Any]) -> Iterator[Finding]:
    """A statement that stands too far down: what it reads has another value by then."""
    names = ", ".join(right)
    yield Finding(
        "computed-too-late",
        "gradient",
        f"{message} With this statement before line {one.moved_before} the gradient of {names} is right.".strip(),
        f"Move it up, before line {one.moved_before}",
        right,
        evidence={n: known[n] for n in right if n in known},
        hint="Which values does this line read, and what has become of them by then?",
        **at((case.file, one.line)),
    )
    yield Finding(
        "computed-too-late",
        "update",
        "Or here: this line changes what is still needed as it was.",
        parameters=right,
        certain=False,
        **at((case.file, one.moved_before)),
    )


def loss_rewritten(case: Case, view: View, locator: Locator, known: dict[str, Any]) -> Iterator[Finding]:
    """The line of the loss with whose changed text the author's gradient is its gradient."""
    again = Rerun(case, view, locator)
    if not again.possible or again.loss_differs() != frozenset(("loss",)):
        return
    functions = again.of_the_loss
    lines = {n.lineno for f in functions for n in ast.walk(f) if isinstance(n, ast.stmt)}
    for one in rewrites(again.text, functions, lines, frozenset(("loss",)), again.loss_differs):
        if not one.moved_before:
            yield Finding(
                "loss-and-gradient",
                "loss",
                f"The gradient is that of another loss: with {one.after} on this line the two belong together.",
                f"Write {one.after} instead of {one.before}, or compute the gradient of the loss as it is",
                tuple(locator.wrong),
                evidence=known,
                corrected=one.corrected,
                hint="Differentiate each term of the loss on paper, and compare.",
                **at((case.file, one.line)),
            )


def written_over(case: Case, view: View, locator: Locator, known: dict[str, Any]) -> Iterator[Finding]:
    """The line that writes its result over a value which the backward pass still reads."""
    again = Rerun(case, view, locator)
    if not again.possible:
        return
    apart = list(shared(again, known))
    if apart:
        yield from apart
        return
    for one in unshared(again.text, [*again.of_both, *again.functions], again.still_wrong):
        yield Finding(
            "overwritten-before-use",
            "gradient",
            f"This line writes over an array that the backward pass still needs as it was: with {one.after} here the "
            f"gradient of {', '.join(locator.wrong)} is right.",
            f"Write {one.after} instead of {one.before}",
            tuple(locator.wrong),
            evidence=known,
            corrected=one.corrected,
            hint="Which arrays does a function change that it is given?",
            **at((case.file, one.line)),
        )
