"""The right gradient under the wrong name: what is handed over as that of one parameter is that of another."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.departures import Locator
from cutaway.checking.lines.omissions import function_at, returns_of
from cutaway.checking.lines.places import Where
from cutaway.checking.lines.scaled import is_sum_of_passes
from cutaway.checking.records import Finding


def exchanged(view: View, wrong: tuple[str, ...], locator: Locator, known: Mapping[str, Any]) -> Iterator[Finding]:
    """Each wrong gradient that is, to rounding, the true one of another parameter of the same shape."""
    found: dict[Where, dict[str, str]] = {}
    for name in wrong:
        user = view.user[name]
        if user.size < 2 or user.shape != view.exact[name].shape:
            continue
        others = (n for n in view.exact if n != name and view.exact[n].shape == user.shape)
        other = next((n for n in others if _is(view, name, n, locator) and _changed(view, name, n, locator)), None)
        for where in _handed_over(locator, name) if other is not None else ():
            found.setdefault(where, {})[name] = str(other)
    for where, names in found.items():
        said = ", and as ".join(f"the gradient of {n} is that of {o}" for n, o in names.items())
        yield Finding(
            "wrong-operand",
            "gradient",
            f"What is given here as {said}.",
            f"Give {' and '.join(names)} {'each its' if len(names) > 1 else 'its'} own gradient",
            tuple(names),
            evidence={n: known[n] for n in names},
            hint="Which gradient is which?",
            **at(where),
        )


def _is(view: View, name: str, other: str, locator: Locator) -> bool:
    """Whether what is given as the gradient of one parameter is the true one of another."""
    return view.error(other, view.user[name], view.exact[other]) <= locator.tolerance


def _changed(view: View, name: str, other: str, locator: Locator) -> bool:
    """Whether the two changed places, or the same array is given twice: if not, it was computed wrongly."""
    outputs = locator.backward.outputs
    return outputs.get(name) is outputs.get(other) or (other in view.user and _is(view, other, name, locator))


def _handed_over(locator: Locator, name: str) -> Iterator[Where]:
    """The lines that read the value by its name after it was computed; without one, its function's return, and it."""
    end = locator.of_output(name)
    if end is None or is_sum_of_passes(locator, end.eqn):  # its parts may be those of another
        return
    node = function_at(end.spot.file, end.spot.first_line)
    called = (end.eqn.output.name or "").removeprefix("self.")
    lines = {
        n.lineno
        for n in (ast.walk(node) if node is not None else ())
        if isinstance(n, ast.Name | ast.Attribute)
        and isinstance(n.ctx, ast.Load)
        and (n.id if isinstance(n, ast.Name) else n.attr) == called
        and n.lineno > end.spot.end_line
    }
    unnamed = [*returns_of(end.spot.file, end.spot.first_line)[-1:], end.spot.line]
    for line in sorted(lines)[-2:] or unnamed:
        yield end.spot.file, line
