"""Compare the gradients that the author gives with the true ones, and hand what is wrong on to be explained."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from cutaway.checking.findings.comparison import Comparison, function_place
from cutaway.checking.findings.diagnosis import Explanation, Search, View, views
from cutaway.checking.findings.explained import explained
from cutaway.checking.findings.left_early import left_early
from cutaway.checking.findings.moved import of_steps
from cutaway.checking.findings.plainly import plainly_wrong
from cutaway.checking.findings.read_twice import read_twice
from cutaway.checking.findings.unexplained import failing, missing_gradient, unexplained
from cutaway.checking.findings.without_effect import without_effect
from cutaway.checking.findings.wording import cosine, in_words
from cutaway.checking.guards import all_of, attempt
from cutaway.checking.lines.backward import record_backward
from cutaway.checking.lines.shelf import proportional
from cutaway.checking.records import Case, Finding, ParameterVerdict
from cutaway.checking.truth import Truth

SURE = 1e-3  # an unexplained difference above this is a defect; below it could be an approximation


READABLE = 4000  # equations of a loss up to which a right backward pass is recorded too, to say why it is right
NOTED = 1e-5  # an unexplained difference above this is worth a word


def compare(case: Case, truth: Truth, seconds: float = 4.0) -> Comparison:
    """Compare, and where the author's gradient is wrong, say why and on which line."""
    result = Comparison()
    if case.gradients is None or case.loss is None or not truth.points:
        result.unclear = True
        return result
    seen = result.seen = views(truth)
    if not any(p.user for p in truth.points):
        result.findings = list(failing(case))
        result.unclear = not result.findings
        result.reasons += [truth.points[0].why] if truth.points[0].why and result.findings == [] else []
        if result.findings:
            return result
    if not seen:
        _without_recording(case, truth, result)
        return result
    names = list(seen[0].exact)
    errors = {n: max((_error(v, n) for v in seen), default=float("nan")) for n in names}
    tolerance = {n: max(v.point.tolerance for v in seen) for n in names}
    wrong = result.wrong = [n for n in names if not errors[n] <= tolerance[n] and n in seen[0].user]
    missing = [n for n in names if n not in seen[0].user]
    size = len(seen[0].backprop.graph.eqns)
    try:
        if wrong or size <= READABLE:
            result.backward = record_backward(case.gradients, seen[0].point.params)
    except Exception as error:
        if wrong:
            result.reasons.append(f"the backward pass cannot be recorded, so lines are not exact: {error}")
    found: Explanation | None = None
    if wrong:
        shaped = [n for n in wrong if all(v.user[n].shape == v.exact[n].shape for v in seen if n in v.user)]
        given = result.backward.given() if result.backward is not None else []
        search = Search(seen, case.lr, _deadline(seconds), given)
        result.findings += all_of(case, "what has no effect", lambda: without_effect(case, seen, wrong))
        if not result.findings:
            result.findings += all_of(case, "what is read twice", lambda: read_twice(case, seen, wrong))
        if not result.findings:
            result.findings += all_of(case, "loops", lambda: left_early(case, seen, wrong, search.tolerance))
        if not result.findings:
            result.findings += all_of(case, "the step", lambda: of_steps(case, seen, result, search.tolerance))
        told = {n for f in result.findings for n in f.parameters}
        rest = replace(result, wrong=[n for n in wrong if n not in told])
        if told and rest.wrong:  # what is left is another mistake, or what no step shows
            left = [replace(v, user={n: g for n, g in v.user.items() if n not in told}) for v in seen]
            search = Search(left, case.lr, _deadline(seconds), given)
        if len(shaped) == len(wrong) and (rest.wrong or not told):
            found = attempt(case, "the search for the mistake", search.run, None)
        result.findings += all_of(
            case, "the mistake's line", lambda: explained(case, search.view, found, rest, errors, search.tolerance)
        )
        if not result.findings:
            largest = max(errors[n] for n in wrong)
            if largest < NOTED:
                result.reasons.append(
                    f"a difference of {largest:.0e} of the gradient's scale is left: rounding, or an epsilon"
                )
                wrong = result.wrong = []
            elif largest < SURE:
                result.unclear = True
                result.reasons.append(
                    f"the gradients differ by {largest:.0e} of their scale, and no known mistake explains it"
                )
            else:
                result.findings += all_of(
                    case, "the line", lambda: unexplained(case, seen[0], result, errors, search.tolerance)
                ) or plainly_wrong(case, seen[0], result, errors, search.tolerance)
    result.findings += [missing_gradient(case, n) for n in missing]
    result.parameters = [_verdict(seen, n, errors[n], n in wrong, n in missing) for n in names]
    _say_compared(truth, seen, errors, result)
    return result


def compared_plainly(case: Case, truth: Truth) -> Comparison:
    """What the numbers alone say, where comparing more closely failed."""
    result = Comparison(unclear=case.gradients is None)
    if case.gradients is not None:
        attempt(case, "the numbers", lambda: _without_recording(case, truth, result), None)
        result.unclear = not result.parameters
    return result


def _deadline(seconds: float) -> float:
    return time.process_time() + seconds


def _error(view: View, name: str) -> float:
    """The relative error, by the loss with or without the guards of its logarithms, whichever is nearer."""
    if name not in view.user:
        return float("inf")
    found = [view.point.error(name, view.user[name])]
    if view.point.unguarded:
        found.append(view.point.error(name, view.user[name], view.point.unguarded))
    return min(found)


def _verdict(seen: list[View], name: str, error: float, wrong: bool, missing: bool) -> ParameterVerdict:
    shape = tuple(seen[0].point.params[name].shape)
    if missing:
        return ParameterVerdict(name, shape, float("inf"), "missing", "no gradient is given")
    if not wrong:
        return ParameterVerdict(name, shape, error, "correct")
    words = ""
    view = seen[0]
    raw = view.point.raw.get(name)
    if view.user[name].shape != shape:
        words = f"has the shape {view.user[name].shape}"
    elif raw is not None and raw.shape != shape:
        words = f"has the shape {raw.shape}; "
    if view.user[name].shape == shape and np.isfinite(view.user[name]).all():
        match = proportional(view.user[name], view.exact[name]) if view.user[name].size > 1 else None
        if match is not None:
            words += in_words(round(match[0], 9), view.backprop)[0]
        else:
            words += f"cosine {cosine(view.user[name], view.exact[name]):.2f} with the true one"
    return ParameterVerdict(name, shape, error, "wrong", words)


def _say_compared(truth: Truth, seen: list[View], errors: dict[str, float], result: Comparison) -> None:
    worst = max((errors[v] for v in errors if v not in result.wrong and np.isfinite(errors[v])), default=float("nan"))
    where = f"at {len(seen)} points" if len(seen) > 1 else "at the initial parameters"
    agree = (
        ""
        if result.wrong and np.isnan(worst)
        else f"; {'the right ones agree' if result.wrong else 'they agree'} to {worst:.0e}"
    )
    result.compared = (
        f"your gradients with the exact gradient of your own loss, {where}{agree}, relative to the largest "
        f"entry of each array"
    )


def _without_recording(case: Case, truth: Truth, result: Comparison) -> None:
    """The loss cannot be recorded: differences of losses decide, where they can be trusted."""
    trusted = [p for p in truth.trusted if p.user]
    why = truth.problem or (truth.points[0].why if truth.points else "")
    result.reasons.append(why) if why else None
    if not trusted:
        result.unclear = True
        return
    errors = {n: max(p.error(n, p.user[n]) if n in p.user else float("inf") for p in trusted) for n in trusted[0].exact}
    wrong = result.wrong = [n for n, e in errors.items() if e > SURE]
    result.parameters = [
        ParameterVerdict(n, trusted[0].exact[n].shape, e, "wrong" if n in wrong else "correct")
        for n, e in errors.items()
    ]
    result.compared = f"your gradients with differences of your loss, entry by entry, at {len(trusted)} points"
    if wrong:
        evidence = {
            n: {"relative_error": errors[n], "cosine": cosine(trusted[0].user[n], trusted[0].exact[n])}
            for n in wrong
            if n in trusted[0].user
        }
        result.findings.append(
            Finding(
                "wrong-gradient",
                "gradient",
                f"The gradient of {', '.join(wrong)} is not that of the loss.",
                parameters=tuple(wrong),
                evidence=evidence,
                hint=f"Look at the gradient of {wrong[-1]}.",
                **function_place(case),
            )
        )
