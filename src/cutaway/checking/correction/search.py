"""The search for the changed expression that gives what is wanted, cheapest changes first."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from cutaway.checking.correction.scope import Scope
from cutaway.checking.correction.variants import variants
from cutaway.checking.correction.written import Variant, Written
from cutaway.checking.lines.backward import Backward, Spot, Stack
from cutaway.checking.lines.source import parts, spliced, text_in
from cutaway.graph import Var

CLOSE = 1e-6  # relative difference of a correction from what is wanted
MOST = 4000  # texts that are tried
LARGEST = 200_000  # entries of an array for which texts are tried at all


@dataclass(frozen=True)
class Correction:
    """A changed expression.

    Attributes
    ----------
    before, after : str
        The expression as it stands, and corrected.
    line : str
        The corrected line.
    value : array
        What the corrected expression gives.
    how : str
        What was changed: ``"name"``, ``"transpose"``, ``"factor"``, ``"axis"``, ``"number"``, ``"operator"``.
    """

    before: str
    after: str
    line: str
    value: Any
    how: str


def correct(
    stack: Stack,
    level: int,
    current: Any,
    accept: Callable[[Any], bool],
    slopes: bool = True,
    elsewhere: Callable[[str], bool] = lambda text: True,
    shape: tuple[int, ...] | None = None,
) -> Correction | None:
    """Correct the expression at one level of a stack such that ``accept(value)`` holds; None if nothing does.

    ``elsewhere(text)`` says whether the corrected expression is right wherever else it is computed; ``shape`` is the
    one that its value should have, if that is another.
    """
    if level >= len(stack.spots) or level >= len(stack.names) or np.size(current) > LARGEST:
        return None
    spot = stack.spots[level]
    node, source = expression(spot)
    if node is None or source is None:
        return None
    written = Written(node, source, Scope(stack.names[level], stack.globals[level]))
    if not alike(written.value, current):
        return None
    for _, how, candidate in sorted(limited(variants(written, slopes, shape)), key=lambda c: c[0]):
        value = written.scope.value(candidate)
        if value is not None and accept(value) and elsewhere(candidate):
            return Correction(written.text, candidate, corrected_line(source, spot, candidate), value, how)
    return None


def limited(candidates: Iterator[Variant]) -> Iterator[Variant]:
    """Each text once, and not too many."""
    seen: set[str] = set()
    for candidate in candidates:
        if candidate[2] not in seen:
            seen.add(candidate[2])
            yield candidate
        if len(seen) >= MOST:
            return


def alike(a: Any, b: Any) -> bool:
    """Whether two arrays are the same up to rounding."""
    if a is None or np.shape(a) != np.shape(b):
        return False
    if np.asarray(a).dtype.kind == "b" or np.asarray(b).dtype.kind == "b":
        return bool(np.array_equal(a, b))
    top = float(np.max(np.abs(b), initial=0.0))
    return bool(np.max(np.abs(np.asarray(a) - b), initial=0.0) <= CLOSE * max(top, 1e-300))


@lru_cache(maxsize=64)
def _expressions(source: str) -> dict[tuple[int, int, int, int], ast.expr]:
    nodes = (node for node in parts(source) if isinstance(node, ast.expr))
    return {(n.lineno, n.end_lineno or 0, n.col_offset, n.end_col_offset or 0): n for n in nodes}


def expression(spot: Spot) -> tuple[ast.expr | None, str | None]:
    """The syntax tree of the expression at a place, and the source that it stands in."""
    source = text_in(spot.file)
    if not source:
        return None, None
    return _expressions(source).get((spot.line, spot.end_line, spot.column, spot.end_column)), source


def corrected_line(source: str, spot: Spot, after: str) -> str:
    """The line with the corrected expression in it; the expression alone if it goes over several lines."""
    line = source.splitlines()[spot.line - 1]
    if spot.end_line != spot.line:
        return after
    return spliced(line, spot.column, spot.end_column, after).strip()


def rerun_accepts(backward: Backward, var: Var, good: Callable[[dict[str, Any]], bool]) -> Callable[[Any], bool]:
    """Whether the gradients become right when a value is replaced by what a changed expression gives."""

    def accept(value: Any) -> bool:
        numbers = backward.rerun({var: value})
        return numbers is not None and good(numbers)

    return accept
