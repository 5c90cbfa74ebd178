"""What can be said where nothing better is known: which gradients are wrong, by how much, where they are computed."""

from __future__ import annotations

from typing import Any

from cutaway.checking.findings.comparison import Comparison, at, function_place
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.findings.wording import cosine
from cutaway.checking.guards import attempt
from cutaway.checking.lines.departures import Locator
from cutaway.checking.records import Case, Finding


def measures(view: View, names: tuple[str, ...], errors: dict[str, float]) -> dict[str, Any]:
    """How far each of these gradients is from the true one."""
    found = {}
    for n in names:
        alike = view.user[n].shape == view.exact[n].shape
        found[n] = {"relative_error": errors[n], "cosine": cosine(view.user[n], view.exact[n]) if alike else None}
    return found


def said_of(view: View, wrong: tuple[str, ...]) -> str:
    """Which gradients are wrong, and which are right."""
    right = [n for n in view.exact if n not in wrong]
    rest = f" The gradient of {', '.join(right)} is right." if right else ""
    return f"The gradient of {', '.join(wrong)} is not that of the loss.{rest}"


def plainly_wrong(
    case: Case, view: View, result: Comparison, errors: dict[str, float], tolerance: float
) -> list[Finding]:
    """One finding for the wrong gradients of each line that computes some."""
    wrong = tuple(result.wrong)

    def located() -> dict[str, tuple[str, int]]:
        if result.backward is None:
            return {}
        locator = Locator(result.backward, view, list(wrong), tolerance)
        ends = {n: locator.given_as(n) for n in wrong}
        return {n: (d.spot.file, d.spot.line) for n, d in ends.items() if d is not None}

    nowhere = function_place(case)
    unknown: dict[str, tuple[str, int]] = {}
    places = attempt(case, "the line of a gradient", located, unknown)
    by_place: dict[tuple[str, int], list[str]] = {}
    for n in wrong:
        by_place.setdefault(places.get(n, (nowhere["file"], nowhere["line"])), []).append(n)
    return [
        Finding(
            "wrong-gradient",
            "gradient",
            said_of(view, wrong),
            "",
            tuple(names),
            evidence=measures(view, tuple(names), errors),
            hint=f"Look at the gradient of {names[-1]}.",
            **at(where),
        )
        for where, names in by_place.items()
    ]
