"""Findings about gradients that are a constant times the true ones: the number that is missing, and its line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cutaway.checking.findings.comparison import at, function_place, loss_place
from cutaway.checking.findings.diagnosis import Explanation, View
from cutaway.checking.findings.factors import off
from cutaway.checking.findings.hints import hint_of
from cutaway.checking.findings.wording import in_words, sizes
from cutaway.checking.lines.departures import Departure, Locator
from cutaway.checking.lines.multipliers import multipliers
from cutaway.checking.lines.omissions import numbers
from cutaway.checking.lines.places import Where, return_lines
from cutaway.checking.lines.placing import corrections
from cutaway.checking.lines.scaled import better_placed, entrances, scaled
from cutaway.checking.records import Case, Finding
from cutaway.graph import Var


def of_factor(
    case: Case,
    view: View,
    k: float,
    names: list[str],
    errors: dict[str, float],
    locator: Locator | None,
    also: bool,
) -> Iterator[Finding]:
    """Gradients that are ``k`` times the true ones; ``also`` says that a mistake was found besides."""
    words, todo = in_words(k, view.backprop)
    everything = set(names) == set(view.exact)
    message = f"The gradient of {', '.join(names)} is {words}, at every point that was tried."
    if everything and k > 0:
        message += (
            " The loss and its gradient do not belong together: the learning rate means something else than it says."
        )
    evidence = {"factor": k, "relative_errors": {n: errors[n] for n in names}}
    if everything:
        yield from _loss_side(view, k, tuple(names), evidence, also)
    code = "wrong-sign" if k == -1 else "zero-gradient" if k == 0 else "factor"
    fix = f"{todo[0].upper()}{todo[1:]}"

    def finding(where: Where | None, message: str = message, fix: str = fix, **more: Any) -> Finding:
        place = at(where) if where is not None else function_place(case)
        own = {"parameters": tuple(names), "evidence": evidence, "hint": hint_of("factor"), **place, **more}
        return Finding(code, "gradient", message, fix, **own)

    if locator is None:
        yield finding(None)
        return
    departures = entrances(locator, names, k)
    if k and set(names) == set(locator.wrong):
        departures = better_placed(locator, departures, k)
    ends = [d for n in names if (d := locator.given_as(n)) is not None]
    seen: set[Where] = set()
    for spot, name, has, meant in numbers(
        locator.backward, [d.eqn for d in (*departures, *ends)], k, sizes(view.backprop)
    ):
        if (spot.file, spot.line) not in seen:
            seen.add((spot.file, spot.line))
            yield finding(
                (spot.file, spot.line),
                f"{message} Here {name} is {has:g}; with {meant:g} the gradient would be right.",
                f"Let {name} be {meant:g}",
                evidence={**evidence, "number": has, "needed": meant},
            )
    named = bool(seen)
    for certain, group in ((not named, departures), (False, ends if everything else [])):
        for d in group:
            if (d.spot.file, d.spot.line) in seen:
                continue
            seen.add((d.spot.file, d.spot.line))
            correction, residual = None, None
            if d.wanted is not None and certain:
                correction = next(corrections(d, locator, "factor"))[1]
                residual = locator.residual({d.eqn.output: d.wanted}, {}, locator.backward.reaches[d.eqn.output])
            reached = tuple(n for n in names if n in locator.backward.reaches[d.eqn.output])
            elsewhere = f"Or here, for {', '.join(reached)} alone, and likewise for the others."
            yield finding(
                (d.spot.file, d.spot.line),
                message if certain or group is departures else elsewhere,
                f"Write {correction.after} instead of {correction.before}" if correction else fix,
                parameters=reached,
                corrected=correction.line if correction else "",
                residual=residual,
                certain=certain,
                wrong=rf"{k:g} \, \nabla L",
                right=r"\nabla L",
            )
    for d in departures if not named else ():
        for spot in multipliers(d, locator):
            if (spot.file, spot.line) not in seen:
                seen.add((spot.file, spot.line))
                words = "Or here, where that by which the error is multiplied is made."
                yield finding((spot.file, spot.line), words, certain=False)
    around = (w for n in names if not everything and (w := _adapter(locator, n)) is not None)
    for where in dict.fromkeys((*_handed_on(case, departures, ends), *_taken_on(departures, locator), *around)):
        if where not in seen:
            yield finding(where, "Or here, where the value is handed on.", certain=False)


def of_powers(found: Explanation, errors: dict[str, float], locator: Locator) -> Iterator[Finding]:
    """Gradients that one number in one expression makes wrong: once in each layer, or in one term of the loss alone."""
    weights = {n: c for n, mix in found.terms.items() for c in off(mix).values()}
    if {*found.factors, *weights} != set(locator.wrong):
        return
    listed = ", ".join(locator.wrong)
    numbers = {round(k, 9) for k in (*found.factors.values(), *weights.values()) if k}
    for k in sorted(numbers, key=lambda k: abs(abs(k) - 1)):
        for d in scaled(locator, k):
            yield Finding(
                "wrong-sign" if k == -1 else "factor",
                "gradient",
                f"The gradients of {listed} are wrong in different ways, and all are right "
                f"{'with the other sign' if k == -1 else f'without the factor {k:.6g}'} of this expression, which they "
                "come through once, several times, or with a part of them.",
                "Change the sign" if k == -1 else f"Divide by {k:.6g}",
                tuple(locator.wrong),
                evidence={"factor": k, "factors": found.factors, "of_terms": weights, "relative_errors": errors},
                wrong=rf"{k:.4g} \, f'(z)",
                right=r"f'(z)",
                hint=hint_of("factor"),
                **at((d.spot.file, d.spot.line)),
            )
            return


def _loss_side(view: View, k: float, names: tuple[str, ...], evidence: dict[str, Any], also: bool) -> Iterator[Finding]:
    """The other side, where all gradients are the same multiple: the loss may be meant to be another."""
    if k == -1 and view.point.value < 0:
        yield Finding(
            "loss-sign",
            "loss",
            f"The loss is {view.point.value:.3g}: it lacks its minus sign, the gradient does not.",
            "Change the sign of the loss",
            names,
            evidence={**evidence, "loss": view.point.value},
            **at(loss_place(view)),
        )
    if k > 0 and not also:
        yield Finding(
            "factor",
            "loss",
            f"Or the loss is meant to be {k:.6g} times what it is: then its gradient is right.",
            "Compute the loss whose gradient is taken",
            names,
            evidence=evidence,
            certain=False,
            **at(loss_place(view)),
        )


def _handed_on(case: Case, departures: list[Departure], ends: list[Departure]) -> Iterator[Where]:
    """The returns of the functions in which values depart, where these are not the backward pass itself."""
    outside = {(d.spot.file, d.spot.first_line) for d in ends}
    for d in departures:
        if (d.spot.file, d.spot.first_line) not in outside:
            for line in return_lines(case, (d.spot.file, d.spot.line)):
                yield d.spot.file, line


def _adapter(locator: Locator, name: str) -> Where | None:
    """The line that puts a gradient into the shape that is asked for, in another function than its own."""
    end, atom = locator.of_output(name), locator.backward.outputs.get(name)
    spot = locator.backward.spot(atom) if isinstance(atom, Var) else None
    if end is None or spot is None or (spot.file, spot.first_line) == (end.spot.file, end.spot.first_line):
        return None
    return spot.file, spot.line


def _taken_on(departures: list[Departure], locator: Locator) -> Iterator[Where]:
    """The lines that call an expression which is right for other parameters: there the factor may be missing."""
    backward = locator.backward
    for d in departures:
        places = ((e, backward.spot(e.output)) for e in backward.relevant() if e.primitive is d.eqn.primitive)
        same = [e for e, s in places if s and (s.file, s.line, s.column) == (d.spot.file, d.spot.line, d.spot.column)]
        if any(not backward.reaches[e.output] <= locator.open for e in same):
            for s in backward.stacks[d.eqn.output].spots[1:]:
                yield s.file, s.line
