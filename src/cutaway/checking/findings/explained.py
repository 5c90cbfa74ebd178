"""Findings about mistakes that are known: their lines, corrections and proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.backprop import pull_back
from cutaway.checking.correction import Correction, mended
from cutaway.checking.correction.places import names_of, renamed
from cutaway.checking.findings.comparison import Comparison, at, function_place
from cutaway.checking.findings.diagnosis import Explanation, View
from cutaway.checking.findings.exchanged import exchanged
from cutaway.checking.findings.hints import hint_of
from cutaway.checking.findings.loss_terms import term_of_the_loss
from cutaway.checking.findings.losses import flipped_terms, loss_side, of_terms
from cutaway.checking.findings.misnamed import misnamed
from cutaway.checking.findings.multiples import of_factor, of_powers
from cutaway.checking.findings.rewritten import rewritten, written_over
from cutaway.checking.findings.zeros import zeroed
from cutaway.checking.lines.backward import Spot
from cutaway.checking.lines.departures import LEFT_OUT, OF_A_VALUE, Departure, Locator
from cutaway.checking.lines.multipliers import multipliers
from cutaway.checking.lines.omissions import stored
from cutaway.checking.lines.operands import mask_lines, slope_lines, slope_made
from cutaway.checking.lines.origins import added_up, constants_in, origins, plainly_made
from cutaway.checking.lines.places import Where, carried_over
from cutaway.checking.lines.placing import corrections, handed_on
from cutaway.checking.lines.scaled import better_placed
from cutaway.checking.lines.shelf import proportional
from cutaway.checking.mistakes import Mistake, Scene
from cutaway.checking.mistakes.heads import outputs
from cutaway.checking.records import Case, Finding
from cutaway.graph import Eqn, Var

OF_ANOTHER_LOSS = ("missing-slope", "slope-missing-at-output", "rule-left-out", "factor-forgotten", "factor-repeated")
"""Mistakes at the output that would be right with another loss: one without that slope, or without that factor."""

FACTORS = ("factor-forgotten", "factor-repeated")
SEVERAL = 6  # places of the same result that are compared
MATRICES = ("softmax-", "kernel-", "wrong-share-of-max")  # mistakes in what the error is multiplied by
MENDING = 1.5  # seconds for a corrected expression where the mistake is known already


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
    zeros = list(zeroed(found, result, errors, locator)) if locator is not None else []
    if zeros:
        yield from zeros
        return
    if [m.code for m in found.mistakes] == ["overwritten-not-added"] and locator is not None:
        through = [m for m in found.others if m.code == "path-left-out"]
        if through and not locator.dead_parts():
            found = replace(found, mistakes=(through[0],))
    if found.mistakes and locator is not None:
        kept = list(written_over(case, view, locator, {n: errors[n] for n in result.wrong}))
        if kept:
            yield from kept
            return
    if found.mistakes:
        found = _earliest(found, locator)
        places = locator.of_mistakes(found.mistakes, found.factors) if locator else [[] for _ in found.mistakes]
        if locator is not None and len(found.mistakes) == 1 and not found.factors:
            places = [_of_number(found.mistakes[0], places[0], locator)]
        if locator is not None and {m.code for m in found.mistakes} == {"error-of-another"}:
            swapped = list(exchanged(view, tuple(result.wrong), locator, errors))
            every = {n for f in swapped for n in f.parameters} >= set(result.wrong)
            named = list(misnamed(case, view, locator, errors)) or (swapped if every else [])
            if named:
                yield from named
                return
            both = replace(found.mistakes[0], words=" and ".join(m.words for m in found.mistakes))
            whole = _Account(case, view, both, [d for p in places for d in p], found, result, errors, locator)
            written = list(whole.mended(locator, 2 * MENDING))
            if written:
                yield from written
                return
        accounts = [
            _Account(case, view, mistake, departures, found, result, errors, locator)
            for mistake, departures in zip(found.mistakes, places, strict=True)
        ]
        said = [f for account in accounts for f in account.findings()]
        yield from _one_by_one(case, view, accounts, said) if locator is not None else said
        yield from term_of_the_loss(view, found, result)
    if found.terms and not found.mistakes:
        flipped = list(flipped_terms(view, found, errors))
        if flipped:
            yield from flipped
            return
    by_factor: dict[float, list[str]] = {}
    for name, k in found.factors.items():
        by_factor.setdefault(round(k, 9), []).append(name)
    if locator is not None and not found.mistakes and len(by_factor) + bool(found.terms) > 1:
        powers = list(of_powers(found, errors, locator))
        if powers:
            yield from powers
            return
    for k, names in by_factor.items():
        yield from of_factor(case, view, k, names, errors, locator, bool(found.mistakes))
    if found.terms:
        yield from of_terms(case, view, found.terms, result, errors, locator)


def _one_by_one(case: Case, view: View, accounts: list[_Account], said: list[Finding]) -> list[Finding]:
    """Findings of a rule that is broken at many numbers, one after the other: the line by a trial, where that finds it.

    Single numbers are too much alike to tell by their values where they are computed, and what is added up sample by
    sample may be no value of the true backward pass at all.
    """
    first, locator = accounts[0], accounts[0].locator
    single = all(np.size(v.value) == 1 for a in accounts for v in a.mistake.broken)
    if locator is None or any(f.corrected for f in said):
        return said
    if not single and not any(locator.is_whole(d) for a in accounts for d in a.departures):
        return said
    found = list(rewritten(case, view, locator, "", {}, MENDING))
    if not found:
        return said
    mistake = first.mistake
    named = {"code": mistake.code, "message": first.message, "wrong": mistake.wrong, "right": mistake.right}
    changed = [replace(f, **named, evidence=first.evidence, hint=hint_of(mistake.code)) for f in found]  # type: ignore[arg-type]
    told = {f.line for f in found}
    whole = {d.spot.line for a in accounts for d in a.departures if locator.is_whole(d)}
    rest = [f for f in said if f.line not in told and (f.kind != "gradient" or f.line not in whole)]
    return changed + [replace(f, certain=False) for f in rest]


def _of_number(mistake: Mistake, departures: list[Departure], locator: Locator) -> list[Departure]:
    """The places of a wrong sign or factor, where those that were found do not make everything right alone."""
    if mistake.code not in ("wrong-sign", *FACTORS) or not mistake.changes:
        return departures
    (number, i), change = next(iter(mistake.changes.items()))
    backprop = locator.view.backprop
    eqn = backprop.graph.eqns[number]
    g = backprop.true[eqn.output]
    right = np.asarray(pull_back(eqn, i, g))
    wrong = change(g, right)
    k = 0.0 if wrong is None else float(np.vdot(wrong, right) / max(float(np.vdot(right, right)), 1e-300))
    return better_placed(locator, departures, k) if k else departures


class _Account:
    """What is said of one mistake: where the author's computation leaves the true one, and where it may have to change.

    A line is named once; ``seen`` keeps those that were.
    """

    def __init__(
        self,
        case: Case,
        view: View,
        mistake: Mistake,
        departures: list[Departure],
        found: Explanation,
        result: Comparison,
        errors: dict[str, float],
        locator: Locator | None,
    ) -> None:
        self.case, self.view, self.mistake, self.result, self.locator = case, view, mistake, result, locator
        self.departures, self.found = departures, found
        if departures and all(d.incoming for d in departures):
            words = "multiplies a wrong error by a slope that is right"
            fix = "Compute the derivative of the loss by the activation here"
            mistake = self.mistake = replace(mistake, code="wrong-value", words=words, fix=fix, wrong="", right="")
        self._made: dict[Var, Any] | None = None
        self.wrong = tuple(result.wrong)
        self.seen: set[Where] = set()
        self.message = (
            f"The backward pass {mistake.words}. With this mistake made on purpose, backpropagation gives "
            f"your numbers to {found.residual:.0e}."
        )
        self.evidence: dict[str, Any] = {
            "relative_errors": {n: errors[n] for n in self.wrong},
            "difference_from_broken_run": found.residual,
            "mistakes_tried": found.tried,
        }

    def findings(self) -> Iterator[Finding]:
        """All of it, what is certain first."""
        locator, mistake = self.locator, self.mistake
        stores = sorted(self._stores(locator)) if locator is not None else []
        if stores:
            yield from (self._finding(where) for where in stores)
            return
        if locator is None:
            yield self._finding(None)
            return
        if mistake.code == "path-left-out":  # a part that is not there has no line; where the others go in has
            plain = [v for n in self.wrong for v in constants_in(locator.backward, n) if np.any(v.value)]
            written = [s for v in plain for s in origins(locator.backward, v)]
            for where in dict.fromkeys((s.file, s.line) for s in written):
                if self._new(where):
                    yield self._finding(where)
        if not self.departures:
            if not self.seen:
                yield self._finding(None)
            return
        if mistake.code in ("path-left-out", "rule-left-out") and len(self.found.mistakes) == 1:
            yield from self.mended(locator)
        for departure in self._of_each_expression(locator):
            yield from self._departure(departure, locator)
            if mistake.code.startswith(MATRICES):
                yield from self._made_of(departure, locator)
            if mistake.code in OF_A_VALUE or mistake.code.startswith("slope-"):
                yield from self._slope_made(departure, locator)
                for where in plainly_made(locator.backward, departure.eqn):
                    if self._new(where):
                        yield self._finding(where, "Or here, where the slope is made.", "", certain=False)
            if locator.is_whole(departure):
                yield from self._added_up(departure, locator)
        everything = set(self.wrong) == set(self.view.exact)
        if mistake.seeds or (mistake.code in OF_ANOTHER_LOSS and everything and self._at_output()):
            yield from loss_side(self.case, self.view, mistake, self.result)
        yield from self._next_round()
        if mistake.code in LEFT_OUT:
            yield from self._next_line(self.departures[0], locator)
        if len(self.departures) == 1:
            yield from self._or_here(locator)

    def _finding(self, where: Where | None, message: str = "", fix: str | None = None, **more: Any) -> Finding:
        mistake = self.mistake
        own: dict[str, Any] = {
            "parameters": self.wrong,
            "evidence": {} if message else self.evidence,
            "wrong": mistake.wrong,
            "right": mistake.right,
            "hint": hint_of(mistake.code),
            **(at(where) if where is not None else function_place(self.case)),
            **more,
        }
        return Finding(mistake.code, "gradient", message or self.message, mistake.fix if fix is None else fix, **own)

    def _theirs(self, file: str) -> bool:
        """Whether a line is one of the author's program, where that is one file."""
        return not (self.case.file and self.case.source) or file == self.case.file

    def _stores(self, locator: Locator) -> set[Where]:
        """The lines that store what should have been added."""
        if self.mistake.code != "overwritten-not-added":
            return set()
        outputs = locator.backward.outputs
        return {
            (s.file, s.line) for v in self.mistake.broken for s in stored(locator.backward, outputs.get(str(v.name)))
        }

    def _at_output(self) -> bool:
        """Whether a mistake is about the network's output: then the loss may be the side that is wrong."""
        return any(var in pair[:2] for pair in outputs(Scene(self.view.backprop)) for var in self.mistake.broken)

    def _of_each_expression(self, locator: Locator) -> Iterator[Departure]:
        """The departures, of each expression as called from the same lines only the first two: the rest is alike."""
        seen: dict[Any, int] = {}
        for departure in self.departures:
            spots = locator.backward.stacks[departure.eqn.output].spots
            key = tuple((s.file, s.line, s.column) for s in spots)
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= 2:
                yield departure

    def _departure(self, departure: Departure, locator: Locator) -> Iterator[Finding]:
        """The line at fault with its correction, and the one that hands the value on."""
        matrix = self.mistake.code.startswith("softmax-") and any(True for _ in multipliers(departure, locator))
        for spot, found, residual in corrections(departure, locator, self.mistake.code):
            correction = None if matrix else found  # the line that multiplies by a wrong matrix is not the wrong one
            missing = next(handed_on(departure, locator, self.mistake.code), None)
            if missing is not None and self._new((missing.file, missing.line)):
                yield self._finding((missing.file, missing.line), residual=residual)
            if not self._new((spot.file, spot.line)):
                continue
            order = list(self.view.exact).index
            reached = tuple(sorted(locator.backward.reaches[departure.eqn.output], key=order))
            if residual is not None:
                self.evidence = {**self.evidence, "residual_after_correction": residual}
            yield self._finding(
                (spot.file, spot.line),
                fix=f"Write {correction.after} instead of {correction.before}" if correction else None,
                parameters=reached,
                corrected=correction.line if correction else "",
                residual=residual,
            )
            if correction is not None:
                yield from self._renamed(spot, correction)

    def _renamed(self, spot: Spot, correction: Correction) -> Iterator[Finding]:
        """The line that gives the wrong value the name which the wrong expression reads."""
        for name in sorted(names_of(correction.before) - names_of(correction.after)):
            found = renamed(spot, name)
            if found is not None and self._new((spot.file, found[0])):
                message = f"Or here, where {name} gets its value."
                yield self._finding((spot.file, found[0]), message, "", certain=False, wrong="", right="")

    def mended(self, locator: Locator, seconds: float = MENDING) -> Iterator[Finding]:
        """An expression that, changed a little, makes everything right: it says more than the rule that is broken."""
        likely = "sum" if self.mistake.code == "path-left-out" else ""
        for one in mended(locator, [d.eqn for d in self.departures], seconds, likely):
            if self._new((one.spot.file, one.spot.line)):
                yield self._finding(
                    (one.spot.file, one.spot.line),
                    fix=f"Write {one.correction.after} instead of {one.correction.before}",
                    corrected=one.correction.line,
                )
                yield from self._renamed(one.spot, one.correction)

    def _new(self, where: Where) -> bool:
        """Whether a line of the author's was not named yet; from now on it is."""
        if where in self.seen or not self._theirs(where[0]):
            return False
        self.seen.add(where)
        return True

    def _next_round(self) -> Iterator[Finding]:
        """Lines from which the next round of the loop takes zeros."""
        if self.mistake.code in ("path-left-out", "overwritten-not-added"):
            for where in dict.fromkeys(w for s in sorted(self.seen) for w in carried_over(self.case, s)):
                message = "What the next round of the loop takes from this line does not depend on the error."
                yield self._finding(where, message)

    def _next_line(self, departure: Departure, locator: Locator) -> Iterator[Finding]:
        """The line that goes on with the value: what was left out may also be put in there."""
        users = [locator.backward.eqns[k] for k in locator.backward.users.get(departure.eqn.output, ())]
        users = [e for e in users if e.primitive.elementwise and locator.backward.reaches.get(e.output)]
        users.sort(key=lambda e: not self._goes_on(e, departure, locator))
        for eqn in users:
            spot = locator.backward.spot(eqn.output)
            if spot is not None and (spot.file, spot.line) not in self.seen:
                self.seen.add((spot.file, spot.line))
                message = "Or here, where the value is used next."
                yield self._finding((spot.file, spot.line), message, certain=False, wrong="", right="")
                return

    def _goes_on(self, eqn: Eqn, departure: Departure, locator: Locator) -> bool:
        """Whether an equation holds what flows back, with the mistake, from the value at which the author departs."""
        producer = locator.producers.get(departure.of) if departure.of is not None else None
        if producer is None:
            return False
        if self._made is None:
            self._made = self.view.backprop.broken(self.mistake.changes, self.mistake.seeds)
        below = [self._made.get(a) for a in producer.inputs if isinstance(a, Var)]
        return any(proportional(eqn.output.value, g) is not None for g in below if g is not None)

    def _slope_made(self, departure: Departure, locator: Locator) -> Iterator[Finding]:
        """The lines that make the wrong slope, where these are others: its formula, and what that is called with."""
        made = slope_made(locator, departure)
        for spot in slope_lines(locator, made) if made is not None else mask_lines(locator, departure):
            if spot.call != departure.spot.call and self._new((spot.file, spot.line)):
                yield self._finding((spot.file, spot.line), "Or here, where the slope is computed.", certain=False)
            elif self._new((spot.file, spot.line)):
                yield self._finding((spot.file, spot.line), "Or here, where the slope is made.", certain=False)
                return

    def _made_of(self, departure: Departure, locator: Locator) -> Iterator[Finding]:
        """The line that computes what the error is multiplied by, where that is another one."""
        for spot in multipliers(departure, locator):
            if self._new((spot.file, spot.line)):
                message = "Or here, where that by which the error is multiplied is made."
                yield self._finding((spot.file, spot.line), message, certain=False)

    def _added_up(self, departure: Departure, locator: Locator) -> Iterator[Finding]:
        """The lines at which the parts of a whole gradient are put together."""
        for name in sorted(locator.backward.reaches[departure.eqn.output]):
            for spot in added_up(locator.backward, name):
                if self._new((spot.file, spot.line)):
                    message = f"Or here, where the gradient of {name} is added up."
                    yield self._finding((spot.file, spot.line), message, "", certain=False, wrong="", right="")

    def _or_here(self, locator: Locator) -> Iterator[Finding]:
        """Another line, where another value alone would make everything right."""
        if not self.mistake.seeds and self.mistake.code not in ("slope-twice", "missing-slope", "rule-left-out"):
            return
        first = locator.search()
        if first is not None and (first.spot.file, first.spot.line) not in self.seen:
            yield self._finding(
                (first.spot.file, first.spot.line),
                "Or here: with another value on this line everything after it would be right too.",
                "",
                evidence={"residual_after_correction": first.residual},
                residual=first.residual,
                certain=False,
            )


def _earliest(found: Explanation, locator: Locator | None) -> Explanation:
    """Of a factor or a sign that may be missing at several places with the same result, the first one on the way."""
    (mistake, *more), others = found.mistakes, [m for m in found.others if m.code == found.mistakes[0].code]
    if locator is None or more or not others or mistake.code not in ("wrong-sign", *FACTORS):
        return found
    placed = []
    for m in (mistake, *others[:SEVERAL]):
        (departures,) = locator.of_mistakes((m,), found.factors)
        if departures and departures[0].residual <= locator.tolerance * 50:
            placed.append((locator.backward.place[departures[0].eqn.output], m))
    return replace(found, mistakes=(min(placed, key=lambda p: p[0])[1],)) if placed else found
