"""Two names for one array, of which one is written into: with an array of its own for it, the gradients are right."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from typing import Any

from cutaway.checking.correction.edited import Part, within
from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.rerun import Rerun
from cutaway.checking.lines.departures import Locator
from cutaway.checking.lines.sharing import Sharing, sharings
from cutaway.checking.records import Finding

SECONDS = 1.5  # for all trials


def shared(again: Rerun, known: dict[str, Any]) -> Iterator[Finding]:
    """The line from which on two names are one array, if all is right with two arrays; then the line that writes."""
    found = [s for s in sharings(again.locator.backward) if s.where[0] == again.case.file]
    started = time.process_time()
    for one in found if again.possible else ():
        for part in _parts(again, one):
            for after in _own_arrays(again, one.source):
                if time.process_time() - started > SECONDS:
                    return
                with part.instead(ast.parse(after, mode="eval").body), again.text.running() as done:
                    now = again.still_wrong() if done else None
                if now is not None and not now:
                    yield from _found(again, one, after, known)
                    return


def or_shared(locator: Locator, lines: set[int], wrong: tuple[str, ...]) -> Iterator[Finding]:
    """The same without a proof: a further place of what these lines write over."""
    for one in sharings(locator.backward):
        if one.written[1] in lines and one.where[1] not in lines:
            words = f"Or here: {_said(one)[0].lower()}{_said(one)[1:]}."
            yield Finding("overwritten-before-use", "gradient", words, parameters=wrong, certain=False, **at(one.where))


def _found(again: Rerun, one: Sharing, after: str, known: dict[str, Any]) -> Iterator[Finding]:
    right = tuple(n for n in again.view.exact if n in again.wrong)
    evidence = {n: known[n] for n in right if n in known}
    yield Finding(
        "overwritten-before-use",
        "gradient",
        f"{_said(one)}, and line {one.written[1]} writes into it. "
        f"With {after} here the gradient of {', '.join(right)} is right.",
        f"Write {after} instead of {one.source}",
        right,
        evidence=evidence,
        hint="Which names stand for the same array?",
        **at(one.where),
    )
    words = (
        f"Or here: this line writes into the array that is {one.source}{' and ' + one.target if one.target else ''}."
    )
    if one.written != one.where:
        yield Finding("overwritten-before-use", "gradient", words, "", right, certain=False, **at(one.written))


def _said(one: Sharing) -> str:
    if not one.target:
        return f"{one.source} is given here to two arguments, which are one array then"
    return f"From this line on {one.target} is the same array as {one.source}"


def _parts(again: Rerun, one: Sharing) -> list[Part]:
    functions = again.text.functions()
    return [
        part
        for function in functions
        for part in within(function)
        if isinstance(part.node, ast.expr)
        and (part.node.lineno, part.node.col_offset) == (one.where[1], one.column)
        and ast.unparse(part.node) == one.source
    ][:1]


def _own_arrays(again: Rerun, source: str) -> Iterator[str]:
    """What the other name may have been meant to be."""
    library = next((w for w in ("np", "numpy") if f"{w}." in again.text.source), "np")
    yield f"{source}.copy()"
    yield f"{library}.zeros_like({source})"
