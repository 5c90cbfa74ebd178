"""Findings about the loss, where the loss and its gradient do not belong together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.findings.comparison import Comparison, function_place, loss_place, return_place, source_line
from cutaway.checking.findings.diagnosis import Explanation, View
from cutaway.checking.findings.factors import off, term_gradients, terms
from cutaway.checking.findings.hints import hint_of
from cutaway.checking.lines.departures import Locator
from cutaway.checking.lines.shelf import proportional
from cutaway.checking.mistakes import Mistake, Scene
from cutaway.checking.mistakes.heads import errors_at_output, labels, outputs
from cutaway.checking.records import Case, Finding


def flipped_terms(view: View, explained: Explanation, errors: dict[str, float]) -> Iterator[Finding]:
    """A term of the loss that is negative while its gradient, in every parameter, has the other sign."""
    parts = [(var, sign) for var, sign in terms(view.backprop.graph) if var in view.backprop.live]
    for i, (var, sign) in enumerate(parts):
        signs = [mix.get(f"term{i}") for mix in explained.terms.values()] + [k for k in explained.factors.values()]
        if sign * float(np.ravel(var.value)[0]) >= 0 or any(c is None or abs(c + 1) > 1e-5 for c in signs):
            continue
        eqn = next((e for e in view.backprop.graph.eqns if e.output is var), None)
        file, line = (eqn.where.file, eqn.where.line) if eqn is not None and eqn.where else loss_place(view)
        value = sign * float(np.ravel(var.value)[0])
        yield Finding(
            "loss-sign",
            "loss",
            f"This term of the loss is {value:.3g}: it lacks its minus sign, its gradient does not.",
            "Change the sign of this term",
            tuple(errors),
            file,
            line,
            {"term": value},
            source_line(file, line) if line else "",
            wrong=r"\sum y \log p",
            right=r"-\sum y \log p",
            hint="Can this loss be negative?",
        )


def of_terms(
    case: Case, view: View, mixes: dict[str, Any], result: Comparison, errors: dict[str, float], locator: Locator | None
) -> Iterator[Finding]:
    """Gradients in which a term of the loss has the wrong weight, or that hold a penalty that the loss lacks."""
    grouped: dict[tuple[Any, ...], list[str]] = {}
    for name, mix in mixes.items():
        grouped.setdefault(tuple(sorted(off(mix).items())), []).append(name)
    for apart, names in grouped.items():
        listed = ", ".join(names)
        parts, code, lacks = [], "penalty", False
        for key, c in apart:
            if key in ("own", "sign"):
                parts.append(f"it holds {c:g} times {_KINDS[key]}, a penalty that the loss does not have")
                code, lacks = "penalty-not-in-loss", True
            elif c == 0:
                parts.append("the gradient of one term of the loss is missing")
                code = "penalty-missing"
            else:
                parts.append(
                    f"the gradient of one term of the loss counts {c:g} times"
                    if c != -1
                    else "one term of the loss has the wrong sign"
                )
        swapped = [key for key, c in apart if key.startswith("term") and c == 0] if lacks else []
        if swapped:
            kinds = [f"{c:g} times {_KINDS[key]}" for key, c in apart if key in _KINDS]
            parts = [f"where the loss has its penalty, the gradient holds {' and '.join(kinds)}: that of another one"]
            code, lacks = "other-penalty", False
        message = f"The gradient of {listed} does not belong to the loss: {'; '.join(parts)}."
        fix = _term_fix(view, apart, names)
        evidence = {"coefficients": dict(apart), "relative_errors": {n: errors[n] for n in names}}
        seen: set[tuple[str, int]] = set()
        for name in names:
            d = locator.given_as(name) if locator else None
            where: dict[str, Any] = {"file": d.spot.file, "line": d.spot.line} if d else function_place(case)
            end: tuple[str, int] = (where["file"], where["line"])
            for place in [*(_penalties(view, locator, name, dict(apart)) if locator else ()), end]:
                if place in seen:
                    continue
                seen.add(place)
                yield Finding(
                    code,
                    "gradient",
                    message,
                    fix,
                    tuple(names),
                    place[0],
                    place[1],
                    evidence,
                    source_line(*place),
                    hint="Differentiate the penalty: which parameters does it contain, and with which factor?",
                )
        weighed = [key for key, c in apart if key.startswith("term") and c and not lacks]
        other = f"Or here: this penalty of {listed} is not the one whose gradient is taken."
        weight = f"Or here: the gradient of {listed} is that of the loss with another weight of this term."
        for code, message, fix, keys in (
            ("other-penalty", other, "Compute the penalty whose gradient is taken", swapped),
            ("term-of-the-loss", weight, "Give this term of the loss the weight that its gradient has", weighed),
        ):
            for file, line in dict.fromkeys(_term_place(view, int(key[4:])) for key in keys):
                text = source_line(file, line)
                yield Finding(code, "loss", message, fix, tuple(names), file, line, evidence, text, certain=False)
        if lacks:
            for file, line in dict.fromkeys((return_place(view), loss_place(view))):
                yield Finding(
                    "loss-lacks-penalty",
                    "loss",
                    f"The loss has no penalty of {listed}, its gradient has one: the loss that is shown is not "
                    f"the one that is made small.",
                    "Add the penalty to the loss",
                    tuple(names),
                    file,
                    line,
                    evidence,
                    source_line(file, line) if line else "",
                    certain=False,
                )


_KINDS = {"own": "the parameter itself", "sign": "the parameter's sign"}


def _term_place(view: View, number: int) -> tuple[str, int]:
    """The line that computes one term of the loss."""
    alive = [var for var, _ in terms(view.backprop.graph) if var in view.backprop.live]
    eqn = next((e for e in view.backprop.graph.eqns if e.output is alive[number]), None)
    return (eqn.where.file, eqn.where.line) if eqn is not None and eqn.where else loss_place(view)


def _penalties(view: View, locator: Locator, name: str, apart: dict[str, float]) -> Iterator[tuple[str, int]]:
    """The line that computes that part of a gradient which the loss does not have, where it has a line of its own."""
    own, of_terms = view.point.params[name], term_gradients(view.backprop)
    kinds = {"own": own, "sign": np.sign(own), **{f"term{i}": np.asarray(g[name]) for i, g in enumerate(of_terms)}}
    wanted = [c * kinds[key] for key, c in apart.items()]
    for eqn in locator.eqns:
        spot = locator.backward.spot(eqn.output)
        value = np.asarray(eqn.output.value)
        for part in [np.sum(wanted, axis=0), *wanted]:
            if spot is not None and value.shape == part.shape and np.any(part) and _equal(value, part):
                yield spot.file, spot.line
                return


def _equal(a: Any, b: Any) -> bool:
    """Whether two arrays are equal, or one is minus the other."""
    slack = 1e-6 * float(np.max(np.abs(b)))
    return bool(np.all(np.abs(a - b) <= slack) or np.all(np.abs(a + b) <= slack))


def _term_fix(view: View, apart: tuple[Any, ...], names: list[str]) -> str:
    """What to do about terms whose gradients have the wrong weights: in numbers, where one penalty is at fault."""
    (key, c), *more = apart
    if any(k in ("own", "sign") for k, _ in apart) and any(k.startswith("term") and not c for k, c in apart):
        return "Take the gradient of the penalty that the loss has, or give the loss the penalty whose gradient this is"
    if any(k in ("own", "sign") for k, _ in apart):
        what = f"{c:g} * {names[0]}" if key == "own" and not more else "this term"
        return f"Leave {what} out of the gradient, or add the penalty to the loss"
    own, part = view.point.params[names[0]], term_gradients(view.backprop)[int(key[4:])][names[0]]
    size = float(np.sum(own * own))
    weight = float(np.sum(own * part)) / size if size else 0.0
    if more or not weight or np.max(np.abs(part - weight * own)) > 1e-6 * np.max(np.abs(part)):
        return "Give each term of the loss its own gradient, with the weight that it has in the loss"
    right = " and ".join(f"{weight:.6g} * {n}" for n in names)
    if c == 0:
        return f"Add the gradient of the penalty: {right}"
    return f"Add {right}, not {' and '.join(f'{c * weight:.6g} * {n}' for n in names)}, for the penalty"


def _data_place(view: View, mistake: Mistake) -> tuple[str, int]:
    """The line at which the losses of the samples become one number."""
    reached: set[Any] = set(mistake.seeds)
    for eqn in view.backprop.graph.eqns:
        if any(a in reached for a in eqn.inputs):
            reached.add(eqn.output)
            if eqn.primitive.name in ("mean", "sum") and np.size(eqn.output.value) == 1 and eqn.where:
                return eqn.where.file, eqn.where.line
    return loss_place(view)


def loss_side(case: Case, view: View, mistake: Mistake, result: Comparison) -> Iterator[Finding]:
    """The other side of a loss and an error that do not belong together: the loss."""
    file, line = _data_place(view, mistake)
    unusual = bool(mistake.seeds) and not usual(view)
    yield Finding(
        "loss-and-delta",
        "loss",
        "The loss is not the one whose error the backward pass starts from"
        + (": this is none of the usual losses." if unusual else ", so one of the two has to change."),
        "Compute the loss that belongs to the backward pass",
        tuple(result.wrong),
        file,
        line,
        {"loss": view.point.value},
        source_line(file, line) if line else "",
        certain=unusual,
        hint=hint_of("loss-and-delta"),
    )


def usual(view: View) -> bool:
    """Whether the true error at the output is that of squared error or of cross-entropy."""
    scene = Scene(view.backprop)
    for z, a, kind in outputs(scene):
        p = np.asarray(a.value, float)
        for _, y in labels(scene, p.shape):
            for code, _, delta in errors_at_output(p, y, kind):
                if code == "loss-and-delta" and z in scene.true and proportional(scene.true[z], delta):
                    return True
    return False
