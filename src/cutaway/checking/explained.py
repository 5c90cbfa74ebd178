"""Findings about mistakes that are known: their lines, corrections and proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from cutaway.checking.comparison import Comparison, function_place, loss_place, source_line
from cutaway.checking.diagnosis import Explanation, View
from cutaway.checking.hints import hint_of
from cutaway.checking.lines import LEFT_OUT, Departure, Locator
from cutaway.checking.losses import flipped_terms, loss_side, of_terms
from cutaway.checking.mistakes import Mistake, Scene
from cutaway.checking.mistakes.heads import outputs
from cutaway.checking.omissions import numbers, stored
from cutaway.checking.places import carried_over, return_lines
from cutaway.checking.placing import corrections, handed_on
from cutaway.checking.records import Case, Finding
from cutaway.checking.wording import in_words, sizes


def explained(
    case: Case,
    view: View,
    found: Explanation | None,
    result: Comparison,
    errors: dict[str, float],
    tolerance: float,
) -> Iterator[Finding]:
    """The findings that an explanation amounts to."""
    if found is None:
        return
    locator = Locator(result.backward, view, result.wrong, tolerance) if result.backward else None
    if [m.code for m in found.mistakes] == ["overwritten-not-added"] and locator is not None:
        through = [m for m in found.others if m.code == "path-left-out"]
        if through and not locator.dead_parts():
            found = replace(found, mistakes=(through[0],))
    if found.mistakes:
        places = locator.of_mistakes(found.mistakes, found.factors) if locator else [[] for _ in found.mistakes]
        for mistake, departures in zip(found.mistakes, places, strict=True):
            yield from _of_mistake(case, view, mistake, departures, found, result, errors, locator)
    if found.terms and not found.mistakes:
        flipped = list(flipped_terms(view, found, errors))
        if flipped:
            yield from flipped
            return
    by_factor: dict[float, list[str]] = {}
    for name, k in found.factors.items():
        by_factor.setdefault(round(k, 9), []).append(name)
    for k, names in by_factor.items():
        yield from of_factor(case, view, k, names, result, errors, locator, bool(found.mistakes))
    if found.terms:
        yield from of_terms(case, view, found.terms, result, errors, locator)


def _of_mistake(
    case: Case,
    view: View,
    mistake: Mistake,
    departures: list[Departure],
    found: Explanation,
    result: Comparison,
    errors: dict[str, float],
    locator: Locator | None,
) -> Iterator[Finding]:
    wrong = tuple(result.wrong)
    common: dict[str, Any] = {
        "wrong": mistake.wrong,
        "right": mistake.right,
        "hint": hint_of(mistake.code),
    }
    evidence = {
        "relative_errors": {n: errors[n] for n in wrong},
        "difference_from_broken_run": found.residual,
        "mistakes_tried": found.tried,
    }
    message = (
        f"The backward pass {mistake.words}. With this mistake made on purpose, backpropagation gives "
        f"your numbers to {found.residual:.0e}."
    )
    if mistake.code == "overwritten-not-added" and locator is not None:
        places = {
            (s.file, s.line)
            for v in mistake.broken
            for s in stored(locator.backward, locator.backward.outputs.get(str(v.name)))
        }
        for file, line in sorted(places):
            yield Finding(
                mistake.code,
                "gradient",
                message,
                mistake.fix,
                wrong,
                file,
                line,
                evidence,
                source_line(file, line),
                **common,
            )
        if places:
            return
    if not departures or locator is None:
        yield Finding(
            mistake.code, "gradient", message, mistake.fix, wrong, evidence=evidence, **common, **function_place(case)
        )
        return
    seen: set[tuple[str, int]] = set()
    for departure in departures:
        for place, correction, residual in corrections(departure, locator, mistake.code):
            spot = place
            missing = next(handed_on(departure, locator, mistake.code), None)
            if missing is not None and (missing.file, missing.line) not in seen and _theirs(case, missing.file):
                seen.add((missing.file, missing.line))
                yield Finding(
                    mistake.code,
                    "gradient",
                    message,
                    mistake.fix,
                    wrong,
                    missing.file,
                    missing.line,
                    evidence,
                    source_line(missing.file, missing.line),
                    residual=residual,
                    **common,
                )
            if (spot.file, spot.line) in seen or not _theirs(case, spot.file):
                continue
            seen.add((spot.file, spot.line))
            reached = (
                tuple(sorted(result.backward.reaches[departure.eqn.output], key=list(view.exact).index))
                if result.backward
                else wrong
            )
            fix = f"Write {correction.after} instead of {correction.before}" if correction else mistake.fix
            if residual is not None:
                evidence = {**evidence, "residual_after_correction": residual}
            yield Finding(
                mistake.code,
                "gradient",
                message,
                fix,
                reached,
                spot.file,
                spot.line,
                evidence,
                excerpt=source_line(spot.file, spot.line),
                corrected=correction.line if correction else "",
                residual=residual,
                **common,
            )
    if mistake.seeds or (set(wrong) == set(view.exact) and _at_output(view, mistake)):
        yield from loss_side(case, view, mistake, result)
    if mistake.code in ("path-left-out", "overwritten-not-added"):
        for file, line in dict.fromkeys(w for s in sorted(seen) for w in carried_over(case, s)):
            yield Finding(
                mistake.code,
                "gradient",
                "What the next round of the loop takes from this line does not depend on the error.",
                mistake.fix,
                wrong,
                file,
                line,
                {},
                source_line(file, line),
                **common,
            )
    if mistake.code in LEFT_OUT and len(departures) == 1:
        yield from _next_line(departures[0], locator, seen, mistake, wrong)
    first = (
        locator.search() if mistake.seeds or mistake.code in ("slope-twice", "missing-slope", "rule-left-out") else None
    )
    if first is not None and (first.spot.file, first.spot.line) not in seen and len(departures) == 1:
        spot = first.spot
        yield Finding(
            mistake.code,
            "gradient",
            "Or here: with another value on this line everything after it would be right too.",
            "",
            wrong,
            spot.file,
            spot.line,
            {"residual_after_correction": first.residual},
            source_line(spot.file, spot.line),
            residual=first.residual,
            certain=False,
            **common,
        )


def _theirs(case: Case, file: str) -> bool:
    """Whether a line is one of the author's program, where that is one file."""
    return not (case.file and case.source) or file == case.file


def _at_output(view: View, mistake: Mistake) -> bool:
    """Whether a mistake is about the network's output: then the loss may be the side that is wrong."""
    return any(var in pair[:2] for pair in outputs(Scene(view.backprop)) for var in mistake.broken)


def _next_line(
    departure: Departure, locator: Locator, seen: set[tuple[str, int]], mistake: Mistake, wrong: tuple[str, ...]
) -> Iterator[Finding]:
    """The line that goes on with the value: what was left out may also be put in there."""
    for eqn in locator.eqns:
        spot = locator.backward.spot(eqn.output)
        if departure.eqn.output not in eqn.inputs or spot is None or (spot.file, spot.line) in seen:
            continue
        if eqn.primitive.elementwise:
            seen.add((spot.file, spot.line))
            yield Finding(
                mistake.code,
                "gradient",
                "Or here, where the value is used next.",
                mistake.fix,
                wrong,
                spot.file,
                spot.line,
                {},
                source_line(spot.file, spot.line),
                certain=False,
                hint=hint_of(mistake.code),
            )
        return


def of_factor(
    case: Case,
    view: View,
    k: float,
    names: list[str],
    result: Comparison,
    errors: dict[str, float],
    locator: Locator | None,
    also: bool,
) -> Iterator[Finding]:
    """Gradients that are a constant times the true ones."""
    words, todo = in_words(k, view.backprop)
    everything = set(names) == set(view.exact)
    listed = ", ".join(names)
    message = f"The gradient of {listed} is {words}, at every point that was tried."
    if everything and k > 0:
        message += (
            " The loss and its gradient do not belong together: the learning rate means something else than it says."
        )
    evidence = {"factor": k, "relative_errors": {n: errors[n] for n in names}}
    code = "wrong-sign" if k == -1 else "zero-gradient" if k == 0 else "factor"
    fix = f"{todo[0].upper()}{todo[1:]}"
    if k == -1 and everything and view.point.value < 0:
        place = loss_place(view)
        yield Finding(
            "loss-sign",
            "loss",
            f"The loss is {view.point.value:.3g}: it lacks its minus sign, the gradient does not.",
            "Change the sign of the loss",
            tuple(names),
            evidence={**evidence, "loss": view.point.value},
            excerpt=source_line(*place) if place[1] else "",
            file=place[0],
            line=place[1],
        )
    if everything and k > 0 and not also:
        file, line = loss_place(view)
        yield Finding(
            "factor",
            "loss",
            f"Or the loss is meant to be {k:.6g} times what it is: then its gradient is right.",
            "Compute the loss whose gradient is taken",
            tuple(names),
            file,
            line,
            evidence,
            source_line(file, line) if line else "",
            certain=False,
        )
    if locator is None:
        yield Finding(
            code,
            "gradient",
            message,
            fix,
            tuple(names),
            evidence=evidence,
            hint=hint_of("factor"),
            **function_place(case),
        )
        return
    departures = locator.of_factor(names, k)
    ends = [d for n in names if (d := locator.of_output(n)) is not None]
    seen: set[tuple[str, int]] = set()
    suspects = [d.eqn for d in (*departures, *ends)]
    for spot, name, has, meant in numbers(locator.backward, suspects, k, sizes(view.backprop)):
        if (spot.file, spot.line) not in seen:
            seen.add((spot.file, spot.line))
            yield Finding(
                code,
                "gradient",
                f"{message} Here {name} is {has:g}; with {meant:g} the gradient would be right.",
                f"Let {name} be {meant:g}",
                tuple(names),
                spot.file,
                spot.line,
                {**evidence, "number": has, "needed": meant},
                source_line(spot.file, spot.line),
                hint=hint_of("factor"),
            )
    named = bool(seen)
    outside = {(d.spot.file, d.spot.first_line) for d in ends}
    returned = [
        (d.spot.file, line)
        for d in departures
        if (d.spot.file, d.spot.first_line) not in outside
        for line in return_lines(case, (d.spot.file, d.spot.line))
    ]
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
            yield Finding(
                code,
                "gradient",
                message
                if certain or group is departures
                else f"Or here, for {', '.join(reached)} alone, and likewise for the others.",
                f"Write {correction.after} instead of {correction.before}" if correction else fix,
                reached,
                d.spot.file,
                d.spot.line,
                evidence,
                source_line(d.spot.file, d.spot.line),
                correction.line if correction else "",
                residual=residual,
                hint=hint_of("factor"),
                certain=certain,
                wrong=rf"{k:g} \, \nabla L",
                right=r"\nabla L",
            )
    for file, line in dict.fromkeys(returned):
        if (file, line) not in seen:
            yield Finding(
                code,
                "gradient",
                "Or here, where the value is handed on.",
                fix,
                tuple(names),
                file,
                line,
                evidence,
                source_line(file, line),
                hint=hint_of("factor"),
                certain=False,
            )
