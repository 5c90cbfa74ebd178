"""``ca.check``: what users call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import cutaway.ops  # noqa: F401  (registers what NumPy's functions mean)
from cutaway.checking.findings.gradients import compare, compared_plainly
from cutaway.checking.findings.reasons import becauses
from cutaway.checking.findings.repairs import repaired
from cutaway.checking.guards import all_of, attempt, failures
from cutaway.checking.lints import LINTS
from cutaway.checking.lints.update.not_applied import noted
from cutaway.checking.records import Case, Finding, Report, Verdict
from cutaway.checking.running.quiet import quiet
from cutaway.checking.truth import Truth, find_truth
from cutaway.errors import UsageError


def check(
    loss: Any = None,
    gradients: Any = None,
    params: Any = None,
    *,
    update: Callable[..., Any] | None = None,
    train: Callable[..., Any] | None = None,
    lr: float = 0.1,
    steps: int = 100,
    data: Mapping[str, Any] | None = None,
) -> Report:
    """Check a backward pass that was written by hand; where it is wrong, name the mistake, the line and the correction.

    Parameters
    ----------
    loss : callable, or an object
        ``loss(params)`` returns the number that training makes small. Or a network object with a loss and a backward
        method: then ``gradients`` and ``params`` are the data ``X`` and ``y``.
    gradients : callable
        ``gradients(params)`` returns a dict with the gradient of each parameter.
    params : dict of arrays
        The parameters at which to look; mistakes are searched near them too.
    update : callable, optional
        ``update(params, grads, lr)``: one step of the author's; returns the new parameters, or changes them in place.
    train : callable, optional
        ``train(steps)``: the author's loop; returns ``(history, model)``.
    lr, steps : float, int
        Learning rate and number of steps.
    data : dict of arrays, optional
        ``X`` and ``y``, for what is looked at in them.

    Returns
    -------
    Report
        Prints as text; shows itself in a notebook; ``to_json()``, ``markdown()`` and ``html()`` give other forms.

    Raises
    ------
    UsageError
        If something that is needed was not given.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> X, y = np.array([[0.0, 1.0], [2.0, 3.0], [1.0, -1.0]]), np.array([[1.0], [0.0], [1.0]])
    >>> def loss(p):
    ...     return np.mean((np.tanh(X @ p["W"]) - y) ** 2)
    >>> def gradients(p):
    ...     a = np.tanh(X @ p["W"])
    ...     return {"W": X.T @ (2 * (a - y) / len(X))}
    >>> ca.check(loss, gradients, {"W": np.array([[0.1], [0.2]])}).findings[0].code
    'missing-slope'
    """
    an_object = loss is not None and (not callable(loss) or (params is None and not callable(gradients)))
    if an_object:
        from cutaway.checking.objects import case_of

        return examine(case_of(loss, gradients, params))
    if not callable(loss) or not callable(gradients) or not isinstance(params, Mapping) or not params:
        raise UsageError(
            "check needs a loss, the gradients and the parameters",
            received=f"loss={_said(loss)}, gradients={_said(gradients)}, params={_said(params)}",
            instead='Write ca.check(loss, gradients, {"W": W, "b": b}), where loss(p) returns a number and '
            "gradients(p) a dict of arrays with the same names",
        )
    arrays = {str(name): np.array(value) for name, value in params.items()}
    code = getattr(loss, "__code__", None)
    case = Case(
        arrays,
        loss,
        gradients,
        update,
        train,
        lr=lr,
        steps=steps,
        data={k: np.asarray(v) for k, v in (data or {}).items()},
        file=code.co_filename if code else "",
    )
    return examine(case)


def _said(x: Any) -> str:
    return "None" if x is None else type(x).__name__


def examine(case: Case, name: str = "") -> Report:
    """Check a case: its gradient, then everything that no gradient shows."""
    with quiet(case.loss, case.gradients, case.update, case.train):
        return _examined(case, name)


def _examined(case: Case, name: str) -> Report:
    truth = attempt(case, "the true gradient", lambda: find_truth(case), Truth([], "the true gradient is not known"))
    nothing: tuple[Truth, list[Finding]] = (truth, [])
    truth, findings = attempt(case, "the loss", partial(repaired, case, truth), nothing)
    comparison = attempt(case, "the comparison", partial(compare, case, truth), None) or compared_plainly(case, truth)
    findings = [*findings, *comparison.findings]
    for lint in LINTS if case.loss is not None else (noted,):
        findings += all_of(case, lint.__name__.replace("_", " "), partial(lint, case), forgiving=True)
    findings = _without_consequences(findings)
    reasons = [*comparison.reasons, *truth.notes, *failures(case)]
    doubtful = bool(case.notes.get("guessed")) and not any(p.verdict == "correct" for p in comparison.parameters)
    if doubtful and any(f.code in UNEXPLAINED for f in findings):
        findings = [replace(f, certain=False) if f.code in UNEXPLAINED else f for f in findings]
        reasons.append(DOUBTFUL)
    findings = _sorted(_distinct(findings))
    verdict: Verdict = "correct"
    if any(f.certain for f in findings):
        verdict = "faulty"
    elif (comparison.unclear or DOUBTFUL in reasons) and case.gradients is not None:
        verdict = "unclear"
    if verdict == "correct":
        reasons += all_of(case, "unusual code", lambda: becauses(case, comparison))
    return Report(
        verdict,
        tuple(findings),
        tuple(comparison.parameters),
        tuple(dict.fromkeys(reasons)),
        comparison.compared,
        name or case.file,
        truth.witnesses,
    )


ROOTS = ("softmax-axis", "statistic-axis", "step-in-path")
"""Lints about the loss because of which its gradient cannot agree with a backward pass that was derived by hand."""

UNEXPLAINED = ("wrong-gradient", "wrong-value", "zero-gradient", "penalty-missing")
"""What is said of a gradient whose numbers are no others than those that something else made of it."""


DOUBTFUL = (
    "No gradient agrees with that of the loss that was found, and no known mistake gives your numbers. This loss may "
    "not be the one that the steps belong to, or they are more than a rate times the gradient: a case() tells both"
)


def _without_consequences(findings: list[Finding]) -> list[Finding]:
    """Where the loss or the order is at fault, what is said of gradients is a note; so is what wrong ones lead to."""
    if any((f.code in ROOTS or f.code == "updated-too-early") and f.certain for f in findings):
        return [replace(f, certain=False) if _follows(f) else f for f in findings]
    if any(f.code == "fractions-cut-off" and f.kind == "gradient" for f in findings):  # cut off, it fits to nothing
        findings = [replace(f, certain=False) if f.code in UNEXPLAINED else f for f in findings]
    if any(f.kind == "gradient" and f.certain for f in findings):  # wrong gradients lead anywhere
        return [replace(f, certain=False) if _later(f) else f for f in findings]
    return findings


def _follows(f: Finding) -> bool:
    """Whether a finding may only be there because the loss is not the one that was meant."""
    of_the_loss = f.code in ("loss-and-delta", "labels-not-rewarded")
    return f.kind == "gradient" or of_the_loss or (f.code not in ROOTS and _later(f))


def _later(f: Finding) -> bool:
    """Whether training had to lead to what was found."""
    return bool((f.kind == "numerics" or f.code == "unscaled-inputs") and f.evidence.get("step", 0) > 0)


def _distinct(findings: list[Finding]) -> list[Finding]:
    seen: dict[Any, Finding] = {}
    for f in findings:
        seen.setdefault((f.code, f.kind, f.file, f.line, f.parameters), f)
    return list(seen.values())


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda f: not f.certain)
