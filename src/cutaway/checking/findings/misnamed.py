"""A wrong value that is only given a name: the line that names it, found by giving it another of the author's names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cutaway.checking.correction.namings import SECONDS, namings
from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.findings.rerun import Rerun
from cutaway.checking.lines.departures import Locator
from cutaway.checking.records import Case, Finding


def misnamed(
    case: Case, view: View, locator: Locator, known: dict[str, Any], seconds: float = SECONDS
) -> Iterator[Finding]:
    """The lines on which another name makes the gradients right, all of them together."""
    again = Rerun(case, view, locator)
    if not again.possible:
        return
    for one in namings(again.text, again.functions, again.wrong, again.still_wrong, seconds):
        right = tuple(n for n in view.exact if n in one.right)
        yield Finding(
            "wrong-operand",
            "gradient",
            f"{one.before} is not what is needed here: with {one.after} on this line the gradient of "
            f"{', '.join(right)} is right.",
            f"Write {one.after} instead of {one.before}",
            right,
            evidence={n: known[n] for n in right if n in known},
            corrected=one.corrected,
            hint="What does this name stand for, and what should it?",
            **at((case.file, one.line)),
        )
