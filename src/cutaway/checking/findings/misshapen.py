"""A gradient whose shape does not fit its parameter: at the line that gives it, with the sum that is missing there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.crossings import crossing
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.bindings import binding
from cutaway.checking.lines.departures import Locator
from cutaway.checking.records import Finding
from cutaway.checking.truth import fit


def misshapen(view: View, shapes: list[str], locator: Locator, known: dict[str, Any]) -> Iterator[Finding]:
    """A finding for each gradient of a wrong shape."""
    if any(crossing(locator.eqns, locator.backward, ())):
        return
    found: dict[tuple[str, int, str], list[str]] = {}
    for name in shapes:
        d = locator.given_as(name)
        bound = binding(locator.backward, d.eqn, name) if d is not None else None
        where = (d.spot.file, d.spot.line) if d is not None else ("", 0)
        found.setdefault((*where, bound.source if bound is not None else ""), []).append(name)
    for (file, line, source), names in found.items():
        sums = {summed(view, n) for n in names}
        one = sums.pop() if len(sums) == 1 else ""
        shaped = (
            f"the gradient of {n} has the shape {view.user[n].shape}, {n} has {view.exact[n].shape}" for n in names
        )
        message = f"{'; '.join(shaped)}."
        fix = f"Sum over the samples, so that d{names[0]} has the shape of {names[0]}"
        if source and one:
            fix = f"Write {source}.{one} instead of {source}"
        yield Finding(
            "wrong-shape",
            "gradient",
            message[0].upper() + message[1:] + (f" With .{one} it is right." if one else ""),
            fix,
            tuple(names),
            evidence={n: known[n] for n in names if n in known},
            hint="Compare the shapes of each parameter and its gradient.",
            **at((file, line)),
        )


def summed(view: View, name: str) -> str:
    """The sum or mean over one axis that makes a gradient right; empty if there is none."""
    user, exact = np.asarray(view.user[name]), view.exact[name]
    for verb in ("sum", "mean"):
        for axis in range(user.ndim):
            for keep in (False, True):
                got = getattr(user, verb)(axis=axis, keepdims=keep)
                if got.shape != exact.shape:
                    continue
                fitted = fit(got, exact.shape)
                if fitted is not None and view.error(name, fitted, exact) <= 10 * view.point.tolerance:
                    return f"{verb}(axis={axis}{', keepdims=True' if keep else ''})"
    return ""
