"""At which expression the fault lies, and how it is written correctly.

The wrong value may come from the expression itself, from a function that it calls, or from the call that it runs in:
a helper that works elsewhere is right, and its caller is not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.correction import Correction, Scope, correct, expression, rerun_accepts, scattered
from cutaway.checking.lines.backward import Backward, Stack
from cutaway.checking.lines.departures import LEFT_OUT, Departure, Locator
from cutaway.checking.lines.omissions import omissions, returns
from cutaway.checking.truth import fit
from cutaway.graph import Var

_PASSES = 16  # of a loop, in which a correction has to be right as well


def handed_on(departure: Departure, locator: Locator, code: str) -> Iterator[Any]:
    """Lines at which a value goes on without the operation that is missing."""
    if code in LEFT_OUT:
        yield from omissions(locator.backward, departure.eqn)


def corrections(
    departure: Departure, locator: Locator, code: str
) -> Iterator[tuple[Any, Correction | None, float | None]]:
    """Where the fault lies, its correction, and the error that is left after it."""
    backward = locator.backward
    stack = backward.stacks[departure.eqn.output]
    spot = departure.spot
    wanted = departure.wanted
    residual: float | None = departure.residual if np.isfinite(departure.residual) else None
    if not stack.spots:
        yield spot, None, residual
        return

    def accept(value: Any) -> bool:
        return wanted is not None and _gives(value, wanted)

    def elsewhere(text: str) -> bool:
        others = ((backward.stacks[eqn.output], value) for eqn, value in departure.others[:_PASSES])
        return all(_gives(Scope(s.names[0], s.globals[0]).value(text), value) for s, value in others if s.names)

    shape = None if wanted is None or np.shape(wanted) == departure.eqn.output.shape else np.shape(wanted)
    found = correct(stack, 0, departure.eqn.output.value, accept, True, elsewhere, shape) or scattered(stack, wanted)
    twin = _twin(departure, locator) if len(stack.spots) > 1 else None
    if twin is not None and (found is None or not _suits(found, backward.stacks[twin], twin.value)):
        level = _parting(stack, backward.stacks[twin])
        if level:
            yield stack.spots[level], correct(stack, level, departure.eqn.output.value, accept), residual
            return
    if found is None or found.how in ("factor", "operator") or code == "rule-left-out":
        for line, file in _constant_helper(departure, locator):
            yield replace(spot, file=file, line=line, end_line=line), None, residual
    helper = _helper(departure, backward)
    if helper is not None and (found is None or found.how in ("factor", "operator")):
        inner = _in_helper(departure, helper, locator)
        if inner is not None:
            yield inner[0], inner[1], residual
            yield spot, found, residual
            return
    if found is None and len(stack.spots) > 1 and stack.spots[1].file == spot.file:
        outer = correct(stack, 1, departure.eqn.output.value, accept)
        if outer is not None:
            yield stack.spots[1], outer, residual
            return
    yield spot, found, residual


def _gives(value: Any, wanted: Any) -> bool:
    """Whether a value is the wanted one, up to its shape and rounding."""
    fitted = None if value is None else fit(value, np.shape(wanted))
    if fitted is None:
        return False
    top = float(np.max(np.abs(wanted), initial=0.0))
    return bool(np.max(np.abs(fitted - wanted), initial=0.0) <= 1e-6 * max(top, 1e-300))


def _twin(departure: Departure, locator: Locator) -> Any:
    """The value that the same expression gave in another call of its function, where it was right."""
    backward = locator.backward
    here = _place(backward, departure.eqn.output)
    call = departure.spot.call
    for eqn in locator.backward.relevant():
        stack = backward.stacks.get(eqn.output)
        if eqn.output is departure.eqn.output or not stack or not stack.spots or stack.spots[0].call == call:
            continue
        right = not backward.reaches[eqn.output] <= set(locator.wrong)
        if _place(backward, eqn.output) == here and eqn.primitive is departure.eqn.primitive and right:
            return eqn.output
    return None


def _parting(stack: Stack, other: Stack) -> int:
    """The innermost call at which two computations come from different lines; 0 if they come from the same ones."""
    for level, (mine, theirs) in enumerate(zip(stack.spots, other.spots, strict=False)):
        if (mine.file, mine.line) != (theirs.file, theirs.line):
            return level
    return 0


def _suits(found: Correction, stack: Any, value: Any) -> bool:
    """Whether a corrected expression leaves a value as it is."""
    again = Scope(stack.names[0], stack.globals[0]).value(found.after)
    again = None if again is None else fit(again, np.shape(value))
    return again is not None and bool(np.allclose(again, value, rtol=1e-6, atol=1e-12))


def _constant_helper(departure: Departure, locator: Locator) -> Iterator[tuple[int, str]]:
    """A function in the wrong expression whose result does not depend on the parameters: a slope that is constant."""
    stack = locator.backward.stacks[departure.eqn.output]
    node, _ = expression(stack.spots[0])
    inputs = [a for a in departure.eqn.inputs if isinstance(a, Var) and a not in locator.backward.producer]
    if not isinstance(node, (ast.BinOp, ast.Call)) or not inputs:
        return
    scope = Scope(stack.names[0], stack.globals[0])
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
            fn = {**stack.globals[0], **stack.names[0]}.get(inner.func.id)
            code = getattr(fn, "__code__", None)
            value = scope.value(ast.unparse(inner)) if code is not None and code.co_argcount == 1 else None
            if code is not None and any(np.array_equal(value, a.value) for a in inputs if value is not None):
                for line in returns(fn)[-1:]:
                    yield line, code.co_filename


def _helper(departure: Departure, backward: Backward) -> Any:
    """A factor of the wrong product that was computed in a function of its own."""
    here = departure.spot
    for atom in departure.eqn.inputs:
        stack = backward.stacks.get(atom) if isinstance(atom, Var) else None
        if stack and stack.spots and stack.spots[0].call != here.call and len(stack.spots) > 1:
            inside = any(s.call == here.call and here.line <= s.line <= here.end_line for s in stack.spots[1:])
            if inside and departure.eqn.primitive.name in ("multiply", "divide"):
                return atom
    return None


def _in_helper(departure: Departure, atom: Any, locator: Locator) -> tuple[Any, Correction | None] | None:
    """The correction inside the function that computes the factor, if its formula is wrong whatever it is given."""
    backward = locator.backward
    others = [a for a in departure.eqn.inputs if a is not atom]
    stack = backward.stacks[atom]
    here = _place(backward, atom)
    elsewhere = (e.output for e in backward.eqns if e.output is not atom and _place(backward, e.output) == here)
    if not others or any(locator.slopes.has(v.value) for v in elsewhere):
        return None
    reaches = backward.reaches[departure.eqn.output]

    def good(numbers: dict[str, Any]) -> bool:
        for n in reaches:
            truth = locator.view.exact[n]
            got = fit(numbers[n], truth.shape)
            if got is None or locator.view.error(n, got, truth) > locator.tolerance * 5:
                return False
        return True

    level = _innermost_wrong(stack, departure, locator)
    return stack.spots[level], correct(stack, level, atom.value, rerun_accepts(backward, atom, good))


def _innermost_wrong(stack: Stack, departure: Departure, locator: Locator) -> int:
    """The innermost of the calls whose line is not right elsewhere: a function that the forward pass calls too is."""
    backward = locator.backward
    elsewhere = [
        backward.stacks[e.output]
        for e in backward.relevant()
        if not backward.reaches[e.output] <= set(locator.wrong) and e.output in backward.stacks
    ]
    right = {(s.file, s.line, s.column) for k in (*elsewhere, *locator.view.point.stacks.values()) for s in k.spots}
    for level, spot in enumerate(stack.spots):
        if spot.call == departure.spot.call:
            break
        if (spot.file, spot.line, spot.column) not in right:
            return level
    return 0


def _place(backward: Backward, var: Any) -> Any:
    stack = backward.stacks.get(var)
    return (stack.spots[0].file, stack.spots[0].line, stack.spots[0].column) if stack and stack.spots else None
