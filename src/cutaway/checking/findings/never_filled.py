"""Gradients that are plain arrays: made of zeros, and filled with nothing of the loss, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.departures import Locator
from cutaway.checking.lines.origins import made_and_written
from cutaway.checking.lines.places import Where
from cutaway.checking.records import Finding

MOST = 2  # lines for one gradient


def never_filled(view: View, wrong: tuple[str, ...], locator: Locator, known: dict[str, Any]) -> Iterator[Finding]:
    """The lines that add to such a gradient what is none, or write it there; without any, those that make it."""
    found: dict[tuple[Where, ...], list[str]] = {}
    for name in wrong:
        made, written = made_and_written(locator.backward, locator.backward.outputs.get(name))
        spots = [*written[:MOST], *(made[:1] if not np.any(view.user[name]) else [])] if written else made[:MOST]
        if spots:
            found.setdefault(tuple(dict.fromkeys((s.file, s.line) for s in spots)), []).append(name)
    for places, names in found.items():
        zero = not any(np.any(view.user[n]) for n in names)
        what = "stays zero" if zero else "is made of plain numbers here"
        what += ", whatever this line adds to it" if zero and len(places) > 1 else ""
        first = Finding(
            "zero-gradient" if zero else "wrong-gradient",
            "gradient",
            f"The gradient of {', '.join(names)} {what}: nothing of the loss goes into it.",
            f"Compute {', '.join('d' + n for n in names)}",
            tuple(names),
            evidence={n: known[n] for n in names},
            hint=f"Where does the gradient of {names[0]} get its value?",
            **at(places[0]),
        )
        yield first
        for where in places[1:]:
            words = "Or here, where it is made." if zero else "Or here, where more is written into it."
            yield replace(first, message=words, certain=False, **at(where))
