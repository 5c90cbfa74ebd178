"""Findings about gradients that are wrong in a way that no mistake of the catalogue gives."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.correction import Correction, mended
from cutaway.checking.correction.rewrites import SECONDS
from cutaway.checking.findings.comparison import Comparison, at, function_place, source_line
from cutaway.checking.findings.crossings import crossing, right_aligned
from cutaway.checking.findings.diagnosis import LONG, View
from cutaway.checking.findings.exchanged import exchanged
from cutaway.checking.findings.misnamed import misnamed
from cutaway.checking.findings.misshapen import misshapen, summed
from cutaway.checking.findings.never_filled import never_filled
from cutaway.checking.findings.plainly import measures, said_of
from cutaway.checking.findings.rerun import Rerun
from cutaway.checking.findings.rewritten import loss_rewritten, rewritten
from cutaway.checking.findings.shared import or_shared, shared
from cutaway.checking.findings.superfluous import superfluous
from cutaway.checking.lines.backward import Spot, record_backward
from cutaway.checking.lines.departures import Departure, Locator
from cutaway.checking.lines.operands import narrowed, reshaped
from cutaway.checking.lines.origins import plainly_made
from cutaway.checking.lines.overwritten import overwritten
from cutaway.checking.lines.peeling import peel
from cutaway.checking.lines.pieces import of_pieces
from cutaway.checking.lines.placing import corrections
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.quiet import call


def unexplained(
    case: Case, view: View, result: Comparison, errors: dict[str, float], tolerance: float
) -> Iterator[Finding]:
    """No mistake of the catalogue fits: say which parameters, how wrong, and the first line that can be at fault."""
    wrong = tuple(result.wrong)
    known = measures(view, wrong, errors)
    locator = Locator(result.backward, view, list(wrong), tolerance) if result.backward else None
    swapped = list(exchanged(view, wrong, locator, known)) if locator is not None else []
    if locator is not None and swapped:
        named = list(misnamed(case, view, locator, known))
        if named:
            yield from named
            return
    yield from swapped
    wrong = tuple(n for n in wrong if not any(n in f.parameters for f in swapped))
    if not wrong:
        return
    early = [] if locator is None else _early(case, view, locator, wrong, known)
    if early:
        yield from early
        return
    changed = _changed(case, view, locator, wrong, known) if locator is not None and _is_long(locator) else []
    if changed:
        yield from changed
        return
    first = _departures(locator, wrong) if locator else []
    departures = [narrowed(locator, p) for d in first for p in of_pieces(locator, d)] if locator else []
    met = list(crossing(locator.eqns, locator.backward, wrong)) if locator else []
    yield from met
    if met and locator is not None and right_aligned(locator, wrong):
        return
    message = said_of(view, wrong)
    added = list(superfluous(case, locator, known)) if locator is not None else []
    if {n for f in added for n in f.parameters} >= set(wrong):
        yield from added
        return
    spoilt = [s for d in departures for s in overwritten(locator.backward, d)] if locator is not None else []
    if spoilt and locator is not None:
        yield from _overwritten(spoilt, departures[0], wrong, message, known)
        yield from or_shared(locator, {s.line for s in spoilt}, wrong)
        return
    seen: set[tuple[str, int]] = set()
    for finding in _mended(locator, departures, wrong, message, known) if locator else ():
        seen.add((finding.file, finding.line))
        yield finding
    proved = bool(seen)
    if proved and locator is not None:  # what follows from a wrong expression needs no word of its own
        departures = [d for d in departures if not locator.is_whole(d) and not _follows(locator, d, seen)]
        if not departures:
            return
    recorded = locator is not None and any(locator.of_output(n) is not None for n in wrong)
    if not proved and locator is not None and not _is_long(locator):
        changed = list(rewritten(case, view, locator, message, known, SECONDS if recorded else SECONDS / 3))
        if changed:
            yield from changed
            told = {(f.file, f.line) for f in changed}
            others = [(d.spot.file, d.spot.line) for d in departures[:1] if not locator.is_whole(d)]
            for where in (w for w in others if w not in told):
                yield _or_here(wrong, where, "Or here: this value is the first one that is wrong.")
            return
    other = [] if proved or locator is None or not recorded else list(loss_rewritten(case, view, locator, known))
    yield from other
    proved = proved or bool(other)
    if not departures or locator is None:
        shapes = [n for n in wrong if view.user[n].shape != view.exact[n].shape]
        if shapes and locator is not None:
            yield from misshapen(view, shapes, locator, known)
            return
        made = list(never_filled(view, wrong, locator, known)) if locator is not None else []
        yield from made
        wrong = tuple(n for n in wrong if not any(n in f.parameters for f in made))
        if not wrong:
            return
        places = [d for n in wrong if (d := locator.given_as(n)) is not None] if locator is not None else []
        place = {"file": places[-1].spot.file, "line": places[-1].spot.line} if places else function_place(case)
        yield Finding(
            "wrong-gradient",
            "gradient",
            message,
            "",
            wrong,
            evidence=known,
            hint=f"Look at the gradient of {wrong[-1]}.",
            **place,
        )
        return
    for departure in departures:
        reached = tuple(n for n in wrong if n in locator.backward.reaches[departure.eqn.output])
        for finding in _at(case, departure, locator, reached, message, known):
            if (finding.file, finding.line) not in seen:
                seen.add((finding.file, finding.line))
                yield replace(finding, certain=False) if proved else finding


def _or_here(wrong: tuple[str, ...], where: tuple[str, int], words: str) -> Finding:
    return Finding("wrong-value", "gradient", words, "", wrong, certain=False, **at(where))


def _early(case: Case, view: View, locator: Locator, wrong: tuple[str, ...], known: dict[str, Any]) -> list[Finding]:
    """What is soon proved: a gradient that is right when it is summed, two names that should not be one array."""
    if all(summed(view, n) for n in wrong):
        return list(misshapen(view, list(wrong), locator, known))
    return list(shared(Rerun(case, view, locator), known))


def _is_long(locator: Locator) -> bool:
    """Whether so many values are computed one by one that no single one shows the line at fault."""
    return len(locator.eqns) > LONG


def _changed(case: Case, view: View, locator: Locator, wrong: tuple[str, ...], known: dict[str, Any]) -> list[Finding]:
    return list(
        rewritten(case, view, locator, said_of(view, wrong), known, 2 * SECONDS if _is_long(locator) else SECONDS)
    )


def _follows(locator: Locator, departure: Departure, seen: set[tuple[str, int]]) -> bool:
    """Whether a value was computed from what a line gave that is named already."""
    stacks = (locator.backward.stacks.get(v) for v in locator.backward.ancestors(departure.eqn.output))
    return any((s.file, s.line) in seen for stack in stacks if stack is not None for s in stack.spots)


def _overwritten(
    spots: list[Spot], departure: Departure, wrong: tuple[str, ...], message: str, known: dict[str, Any]
) -> Iterator[Finding]:
    for where in dict.fromkeys((s.file, s.line) for s in spots):
        yield Finding(
            "overwritten-before-use",
            "gradient",
            f"This line writes over an array that line {departure.spot.line} still needs as it was. {message}",
            "Work on a copy: x = x.copy()",
            wrong,
            evidence=known,
            hint="Which arrays does a function change that it is given?",
            **at(where),
        )


def _mended(
    locator: Locator, departures: list[Departure], wrong: tuple[str, ...], message: str, known: dict[str, Any]
) -> Iterator[Finding]:
    """Expressions with which, changed a little, the gradients are right."""
    for one in mended(locator, [d.eqn for d in departures]):
        right = tuple(n for n in wrong if n in one.right)
        yield Finding(
            _code_of(one.correction),
            "gradient",
            f"{message} With {one.correction.after} on this line the gradient of {', '.join(right)} is right.",
            f"Write {one.correction.after} instead of {one.correction.before}",
            right,
            one.spot.file,
            one.spot.line,
            {n: known[n] for n in right},
            source_line(one.spot.file, one.spot.line),
            one.correction.line,
            hint="One expression on this line is not the one that is needed.",
        )
        for line, name in one.also:
            yield Finding(
                _code_of(one.correction),
                "gradient",
                f"Or here, where {name} gets its value.",
                parameters=right,
                certain=False,
                **at((one.spot.file, line)),
            )


def _departures(locator: Locator, wrong: tuple[str, ...]) -> list[Departure]:
    """The first wrong value; where there is none that spoils all wrong gradients alone, several that do together.

    A whole gradient is wrong only because its parts are, if it was put together in the passes of a loop.
    """
    first = locator.search()
    covers = first is not None and locator.backward.reaches[first.eqn.output] >= set(wrong)
    if first is not None and covers and not locator.is_whole(first):
        return [first]
    parts = peel(locator)
    if first is not None and any(d.eqn is first.eqn for d in parts):
        return [first] if covers else parts
    return parts or ([first] if first is not None else [])


def _at(
    case: Case,
    departure: Departure,
    locator: Locator,
    wrong: tuple[str, ...],
    message: str,
    known: dict[str, Any],
) -> Iterator[Finding]:
    """What is said about the first wrong value: its line, its correction where there is one, the line that calls it."""
    of = departure.of.name if departure.of is not None else None
    meaning = (
        f" On this line the derivative of the loss with respect to {of.removeprefix('self.')} is needed." if of else ""
    )
    for spot, correction, residual in corrections(departure, locator, ""):
        yield Finding(
            _code_of(correction),
            "gradient",
            message + meaning,
            f"Write {correction.after} instead of {correction.before}"
            if correction
            else f"Compute {'the derivative by ' + of if of else 'the true value'} here",
            wrong,
            spot.file,
            spot.line,
            {**known, "residual_after_correction": residual},
            source_line(spot.file, spot.line),
            correction.line if correction else "",
            residual=residual,
            hint="This value is the first one that is wrong.",
        )
    for made in plainly_made(locator.backward, departure.eqn):
        words = (
            "Or here: nothing that the parameters change goes into this value, which stands where the error belongs."
        )
        yield _or_here(wrong, made, words)
    below = (
        reshaped(locator.backward, departure)
        if np.size(departure.eqn.output.value) < np.size(departure.wanted)
        else None
    )
    if below is not None:
        yield _or_here(
            wrong, (below.file, below.line), "Or here: what is spread over the parameter comes from this line."
        )
    callers = locator.backward.stacks[departure.eqn.output].spots[1:2]
    for caller in callers:
        if caller.file == departure.spot.file == case.file and caller.line != departure.spot.line:
            yield _or_here(wrong, (caller.file, caller.line), "Or here, where it is called.")


def _code_of(correction: Correction | None) -> str:
    names = {
        "name": "wrong-operand",
        "transpose": "not-transposed",
        "factor": "wrong-factor",
        "axis": "wrong-axis",
        "number": "factor",
    }
    return names.get(correction.how, "wrong-expression") if correction else "wrong-value"


def failing(case: Case) -> Iterator[Finding]:
    """A backward pass that stops with an error: where, and whether a row met a column before."""
    assert case.gradients is not None
    try:
        call(case.gradients, case.params)
        return
    except Exception as error:
        stopped = error
    recorded = None
    try:
        record_backward(case.gradients, {n: np.array(v, float) for n, v in case.params.items()})
    except Exception as error:
        recorded = getattr(error, "recorded", None)
    if recorded is not None:
        found = list(crossing(recorded.eqns, recorded, tuple(case.params)))
        yield from found
        if found:
            return
    frames = [f for f in traceback.extract_tb(stopped.__traceback__) if f.filename == case.file]
    if frames:
        yield Finding(
            "gradients-fail",
            "gradient",
            f"The backward pass stops here with {type(stopped).__name__}: {str(stopped)[:200]}",
            "Print the shapes of the arrays on this line",
            (),
            frames[-1].filename,
            frames[-1].lineno or 0,
            {"error": type(stopped).__name__},
            source_line(frames[-1].filename, frames[-1].lineno or 0),
        )


def missing_gradient(case: Case, name: str) -> Finding:
    """A parameter for which no gradient is given."""
    return Finding(
        "missing-gradient",
        "gradient",
        f"No gradient is computed for {name}: it never changes.",
        f"Compute d{name} and update {name}",
        (name,),
        evidence={"gradients": 0},
        hint="Count the parameters, and count the gradients.",
        **function_place(case),
    )
