"""A line that adds what is in a gradient already: without it, the gradient is right."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.moved import often
from cutaway.checking.lines.departures import Locator
from cutaway.checking.lines.moves import kind_of
from cutaway.checking.records import Case, Finding
from cutaway.checking.truth import fit
from cutaway.graph import Eqn, Var

SECONDS = 0.5  # for all trials
ADDS = ("put_at", "add_at", "add", "subtract")


def superfluous(case: Case, locator: Locator, known: Mapping[str, Any]) -> Iterator[Finding]:
    """The last line that writes or adds to a wrong gradient such that all that it reaches is right without it."""
    backward, view = locator.backward, locator.view
    groups: dict[Any, list[Eqn]] = {}
    for eqn in reversed(locator.eqns):
        base, stack = eqn.inputs[0], backward.stacks[eqn.output]
        if kind_of(eqn) in ADDS and isinstance(base, Var) and base.shape == eqn.output.shape and base.shape:
            groups.setdefault(tuple((s.file, s.line) for s in stack.spots), []).append(eqn)
    started = time.process_time()
    for path, group in groups.items():
        names = frozenset().union(*(backward.reaches[e.output] for e in group))
        if time.process_time() - started > SECONDS or not names <= set(locator.wrong) or locator.is_forward(group[0]):
            continue
        numbers = backward.rerun({}, {e.output: _as_before(e.inputs[0]) for e in group})
        fitted = {n: fit(numbers[n], view.exact[n].shape) for n in names} if numbers is not None else {}
        if not fitted or any(
            g is None or not view.error(n, g, view.exact[n]) <= 5 * locator.tolerance for n, g in fitted.items()
        ):
            continue
        said = tuple(n for n in view.exact if n in names)
        changed = sum(int(np.count_nonzero(view.user[n] - view.exact[n])) for n in said)
        again = all(often(view, n) for n in said)
        yield Finding(
            "counted-twice" if again else "superfluous-term",
            "gradient",
            f"Without this line the gradient of {', '.join(said)} is right: what it adds "
            f"{'is in it already' if again else 'is no part of it'}.",
            "Leave the line out.",
            said,
            evidence={**{n: known[n] for n in said if n in known}, "entries_changed": changed},
            hint="What does each line add to the gradient?",
            **at(path[0]),
        )
        return


def _as_before(base: Any) -> Any:
    return lambda now: now.get(base, base.value)
