"""Findings about an error that becomes zero: a mask that is never true, a value that is taken from itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.findings.comparison import Comparison, at
from cutaway.checking.findings.diagnosis import Explanation
from cutaway.checking.lines.departures import Departure, Locator
from cutaway.checking.lines.origins import origins
from cutaway.checking.records import Finding
from cutaway.graph import Var


def zeroed(found: Explanation, result: Comparison, errors: dict[str, float], locator: Locator) -> Iterator[Finding]:
    """The line that gives nothing but zeros where the derivative of the loss belongs."""
    missing = any(c == 0 for mix in found.terms.values() for c in mix.values())
    if not missing and any(np.any(locator.view.user[n]) for n in result.wrong):
        return
    first = _first(locator, frozenset(result.wrong))
    if first is None:
        return
    count = np.size(first.eqn.output.value)
    plain = [a for a in first.eqn.inputs if isinstance(a, Var) and not np.any(a.value)]
    made = [(s.file, s.line) for a in plain for s in origins(locator.backward, a)]
    stack = locator.backward.stacks[first.eqn.output]
    of = f" {first.of.name.removeprefix('self.')}" if first.of is not None and first.of.name else ""
    for i, where in enumerate(dict.fromkeys([*made, *((s.file, s.line) for s in stack.spots[:1])])):
        yield Finding(
            "zero-error",
            "gradient",
            f"All {count} numbers of this value are 0, where the derivative of the loss by"
            f"{of or ' it'} belongs: no error reaches {', '.join(result.wrong)}."
            if i == 0
            else "Or here, where the zeros go on.",
            "Compute the error here: is a comparison the wrong way round, or a value compared with itself?",
            tuple(result.wrong),
            evidence={"numbers": int(count), "of_them_zero": int(count)}
            | {"relative_errors": {n: errors[n] for n in result.wrong}},
            hint="Print the error on its way back through the layers.",
            certain=i == 0,
            **at(where),
        )


def _first(locator: Locator, wrong: frozenset[str]) -> Departure | None:
    """The first value of zeros that all these gradients depend on, computed from what is not zero."""
    found = locator.search()
    if found is not None and not np.any(found.eqn.output.value) and locator.backward.reaches[found.eqn.output] >= wrong:
        return found
    for eqn in locator.eqns:
        held = [a.value if isinstance(a, Var) else a for a in eqn.inputs]
        if locator.is_forward(eqn):
            continue
        flows = eqn.output.dtype.kind == "f" and locator.backward.reaches[eqn.output] >= wrong
        if flows and np.size(eqn.output.value) > 1 and not np.any(eqn.output.value) and any(map(np.any, held)):
            return locator.departure(eqn, None, None)
    return None
