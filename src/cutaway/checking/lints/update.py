"""Does the update do what its gradients say? Watched in the author's loop, and tried with random numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.observe import Observation, Step, observe, watched
from cutaway.checking.optimizers import CORRECTIONS, WRONG_FIRSTS, WRONG_SECONDS, Rule, Steps, betas_of, rule_of
from cutaway.checking.places import (
    NOWHERE,
    Where,
    constants_of,
    exchanged,
    feeding,
    line_of_value,
    loop_around,
    root_of,
    statements_at,
    targets_of,
    text_of,
    tree_of,
    where_of,
)
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.watch import Log, arrays_in, bare

TRIALS = 6
HINT = "Follow one parameter through one step of the loop: what it is before, what is added, and where the sum is kept."


@dataclass(frozen=True)
class Seen:
    """The steps of one parameter and what was seen around them."""

    name: str
    steps: list[Step]
    log: Log
    rate: float  # what the author calls the learning rate
    sure: bool = True  # whether this is certainly where the program keeps the parameter

    def sequence(self) -> Steps | None:
        """The steps as numbers, if every one has a gradient."""
        known = [s for s in self.steps if s.gradient is not None]
        if not known or len(known) < len(self.steps):
            return None
        gradients = [np.asarray(s.gradient) for s in known]
        return Steps.of([s.before for s in known], gradients, [s.moved for s in known])


def updates(case: Case) -> Iterator[Finding]:
    """What is wrong in the steps that the author's loop, or the update alone, made."""
    found: set[str] = set()
    for seen in (_tried(case), _watched(case)):
        for finding in _judged(case, seen):
            if finding.code not in found:
                yield finding
        found |= {f.code for f in _judged(case, seen)}


def _judged(case: Case, seen: list[Seen]) -> list[Finding]:
    findings: list[Finding] = []
    constants = constants_of(case)
    rules: dict[str, tuple[Seen, Rule]] = {}
    still: list[Seen] = []
    for one in seen:
        steps = one.sequence()
        if steps is None:
            continue
        if not any(np.any(d) for d in steps.changes):
            if any(np.abs(g).max(initial=0) > 1e-12 for g in steps.gradients):
                still.append(one)
            continue
        if len(steps.changes) < 2 and steps.finite:
            continue  # one step fits too many rules
        rule = rule_of(steps, constants, len(seen))
        if rule is not None:
            rules[one.name] = one, rule
    largest = max((s.changes[0].size for one in seen if (s := one.sequence()) is not None), default=0)
    rules = {n: (o, r) for n, (o, r) in rules.items() if not r.mistake or _tells(o, r, largest, rules)}
    findings += list(_exchanged(case, [one for one in seen if one.name not in rules]))
    findings += [f for one in still for f in _not_applied(case, one, seen, rules)]
    for name, (one, rule) in rules.items():
        findings += _broken(case, name, one, rule)
        if rule.name == "sgd" and len(one.steps) > 2:
            findings += _without_memory(case, name, one)
    return _joined(findings)


def _exchanged(case: Case, unexplained: list[Seen]) -> Iterator[Finding]:
    """Steps along the gradient of another parameter of the same shape."""
    for one in unexplained:
        steps = one.sequence()
        if steps is None or len(steps.changes) < 3 or steps.changes[0].size < 2:
            continue
        for other in unexplained:
            theirs = other.sequence()
            if (
                other is one
                or theirs is None
                or [g.shape for g in theirs.gradients] != [g.shape for g in steps.gradients]
            ):
                continue
            ratios = [_multiple(d, g) for d, g in zip(steps.changes, theirs.gradients, strict=True)]
            known = [r for r in ratios if r is not None]
            if len(known) < len(ratios) or np.ptp(known) > 1e-6 * abs(known[0]):
                continue
            where = line_of_value(one.log, one.steps[0].after)
            yield Finding(
                "gradient-of-another",
                "update",
                f"Each step of {one.name} is {known[0]:.3g} times the gradient of {other.name}: the gradients "
                "are taken in another order than the parameters.",
                "Keep gradients and parameters in one order.",
                (one.name,),
                *where,
                {"steps": len(steps.changes), "multiplier_of_the_gradient": known[0], "gradient_of": other.name},
                text_of(case, where),
                hint=HINT,
            )
            break


def _tells(one: Seen, rule: Rule, largest: int, rules: Mapping[str, tuple[Seen, Rule]]) -> bool:
    """Whether a rule with a mistake is more than chance: a few numbers fit many rules, and other parameters know."""
    size = one.steps[0].before.size
    if size < min(4, largest):
        return False
    return not any(not r.mistake and o.steps[0].before.size > size for o, r in rules.values())


# Watched and tried -------------------------------------------------------------------------------------------------


def _watched(case: Case) -> list[Seen]:
    """The steps of the author's own loop."""
    seen = observe(case)
    if seen is None or not seen.steps:
        return []
    owners = {seen.first[n].slot[0] for n, steps in seen.steps.items() if steps}
    return [
        Seen(n, _with_gradients(case, seen, n), seen.log, case.lr, seen.first[n].slot[0] in owners) for n in seen.steps
    ]


def _with_gradients(case: Case, seen: Observation, name: str) -> list[Step]:
    """The steps with their gradients: those that the loop had computed, or the author's at the same parameters.

    A parameter that never moved gets one step, on the spot.
    """
    steps = seen.steps[name]
    if steps and all(s.gradient is not None for s in steps):
        return steps
    complete = set(seen.first) == set(case.params)
    if case.gradients is None or not complete:
        return steps
    count = max((len(s) for s in seen.steps.values()), default=0)
    if not steps:
        if count < 2:
            return []
        first = seen.first[name].new
        return [Step(first, first, _gradient(case, seen.values(0), name), [seen.first[name]])]
    gradients = [_gradient(case, seen.values(t), name) for t in range(len(steps))]
    return [Step(s.before, s.after, g, s.changes) for s, g in zip(steps, gradients, strict=True)]


def _gradient(case: Case, values: Mapping[str, Any], name: str) -> Array | None:
    assert case.gradients is not None
    copies = {n: np.array(v) for n, v in values.items()}
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(case.gradients(copies)[name], dtype=float)
    except Exception:
        return None
    return np.broadcast_to(found, np.shape(values[name])) if found.size <= np.size(values[name]) else None


def _tried(case: Case) -> list[Seen]:
    """Steps of the author's update on random gradients, each from where the last one ended."""
    if case.update is None:
        return []
    rng = np.random.default_rng(0)
    inputs: list[tuple[dict[str, Array], dict[str, Array]]] = []
    outputs: list[dict[str, Array]] = []
    update = case.update

    def run() -> None:
        values = {n: np.array(v) + rng.normal(size=np.shape(v)).astype(_float(v)) for n, v in case.params.items()}
        for _ in range(TRIALS):
            gradients = {n: rng.normal(size=np.shape(v)).astype(v.dtype) for n, v in values.items()}
            given = {n: v.copy() for n, v in values.items()}
            inputs.append(({n: v.copy() for n, v in values.items()}, gradients))
            result = update(given, {n: g.copy() for n, g in gradients.items()}, case.lr)
            result = given if not isinstance(result, Mapping) else result
            outputs.append({n: np.array(result[n]) for n in values if n in result})
            values = {n: outputs[-1].get(n, v) for n, v in values.items()}

    _, log, problem = watched(case, run)
    if problem is not None or not outputs:
        return []
    found = []
    for name in case.params:
        if not all(name in out for out in outputs):
            continue
        steps: list[Step] = []
        for (values, gradients), out in zip(inputs, outputs, strict=True):
            if np.shape(out[name]) != np.shape(values[name]):
                steps = []
                break
            steps.append(Step(values[name], out[name], gradients[name], []))
        if steps:
            found.append(Seen(name, steps, log, case.lr))
    return found


def _float(value: Array) -> Any:
    return value.dtype if np.asarray(value).dtype.kind == "f" else float


# What the rule says ------------------------------------------------------------------------------------------------


def _not_applied(
    case: Case, one: Seen, all_seen: list[Seen], rules: Mapping[str, tuple[Seen, Rule]]
) -> Iterator[Finding]:
    """A parameter that stays where it is although it has a gradient and others move."""
    if not rules and len(all_seen) > 1:
        return
    rate = next((r.rate for _, r in rules.values() if r.name == "sgd"), one.rate)
    first = one.steps[0]
    assert first.gradient is not None
    where, other = _kept_elsewhere(case, one, rate)
    evidence = {
        "steps": max((len(s.steps) for s in all_seen), default=1),
        "largest_change": 0.0,
        "largest_gradient": float(np.abs(first.gradient).max()),
    }
    if other is None and not one.sure:
        return
    if other is None:
        for last in _forgotten(case, one, rules):
            yield Finding(
                "update-not-applied",
                "update",
                f"{one.name} never changes, though its gradient is up to {evidence['largest_gradient']:.3g}.",
                f"Update it as the others: {one.name} = {one.name} - lr * its gradient.",
                (one.name,),
                *last,
                evidence,
                text_of(case, last),
                hint=HINT,
            )
        return
    corrected = ""
    for node in statements_at(case, where):
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        if isinstance(target, ast.Name) and target.id == other:
            corrected = exchanged(case, where, target, _own_name(node, one.name))
    yield Finding(
        "update-to-another-name",
        "update",
        f"The updated {one.name} is kept as {other}; {one.name} itself never changes.",
        f"Assign it to {one.name}" + (f": {corrected}" if corrected else "."),
        (one.name,),
        *where,
        evidence,
        text_of(case, where),
        corrected,
        hint=HINT,
    )


def _own_name(node: ast.stmt, name: str) -> str:
    """The parameter as this line calls it."""
    value = node.value if isinstance(node, ast.Assign) else None
    names = [n.id for n in ast.walk(value) if isinstance(n, ast.Name)] if value is not None else []
    return name if name in names or not names else names[0]


def _kept_elsewhere(case: Case, one: Seen, rate: float) -> tuple[Where, str | None]:
    """The line that computed the new value, and the name that got it."""
    for step in one.steps:
        if step.gradient is None:
            continue
        wanted = np.asarray(step.before, dtype=float) - rate * np.asarray(step.gradient, dtype=float)
        if not np.any(wanted != step.before):
            continue
        for change in one.log.changes:
            if not isinstance(change.new, np.ndarray) or change.new.shape != wanted.shape:
                continue
            if np.allclose(change.new, wanted, rtol=1e-9, atol=1e-12 * np.abs(wanted).max(initial=0)):
                return (change.file, change.line), bare(change.name)
    return NOWHERE, None


def _forgotten(case: Case, one: Seen, rules: Mapping[str, tuple[Seen, Rule]]) -> list[Where]:
    """Where a parameter is forgotten: its own line among those that update the others, or a list that lacks it."""
    near: list[Where] = []
    for other, _ in rules.values():
        where = line_of_value(other.log, other.steps[0].after)
        where = where if where != NOWHERE else where_of(c for step in other.steps for c in step.changes)
        near += [where] * (where != NOWHERE and where not in near)
    found: list[Where] = []
    for file, line in near:
        tree = tree_of(case, file)
        for function in ast.walk(tree) if tree is not None else ():
            body = getattr(function, "body", None)
            if not isinstance(function, ast.FunctionDef | ast.For | ast.While) or not isinstance(body, list):
                continue
            if function.lineno <= line <= (function.end_lineno or 0):
                for node in ast.walk(function):
                    thrown = isinstance(node, ast.Expr) and isinstance(node.value, ast.BinOp)  # computed, not kept
                    if thrown and any(_plain_name(n) == bare(one.name) for n in ast.walk(node)):
                        found.insert(0, (file, node.lineno))  # type: ignore[attr-defined]
                    targets = (
                        node.targets
                        if isinstance(node, ast.Assign)
                        else [node.target]
                        if isinstance(node, ast.AugAssign)
                        else []
                    )
                    for target in targets:
                        if _plain_name(target) == bare(one.name) and (file, target.lineno) not in found:
                            found.append((file, target.lineno))
    keys: dict[Any, dict[Any, Where]] = {}
    for c in one.log.changes:
        if len(c.slot[1]) > 1 and isinstance(c.new, np.ndarray):
            keys.setdefault((c.slot[0], c.slot[1][:-1]), {}).setdefault(c.slot[1][-1], (c.file, c.line))
    for entries in keys.values():
        if one.name not in entries and len(rules) > 1 and all(name in entries for name in rules):
            where = next(iter(entries.values()))
            found += [where] * (where not in found)
    return found[:3] or near[:1] or [NOWHERE]


def _plain_name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def not_kept(case: Case) -> Iterator[Finding]:
    """A loop in which nothing changes, because what the update returns goes nowhere."""
    seen = observe(case)
    if seen is None or seen.steps or seen.error is not None:
        return
    shapes = {n: np.shape(v) for n, v in case.params.items()}
    for call in seen.log.calls:
        arrays = [a for _, a in arrays_in(call.result)]
        if sorted(np.shape(a) for a in arrays) != sorted(shapes.values()) or not call.loops:
            continue
        where = (call.code.co_filename, call.caller_line)
        thrown = [
            n
            for n in statements_at(case, where)
            if isinstance(n, ast.Expr)
            and isinstance(n.value, ast.Call)
            and _plain_name(n.value.func) == call.code.co_name
        ]
        if not thrown:
            continue
        before = [np.asarray(v) for v in case.params.values()]
        if all(any(np.array_equal(a, b) for b in before) for a in arrays):
            continue
        yield Finding(
            "result-not-kept",
            "update",
            f"{call.code.co_name} returns new values for {', '.join(shapes)}, and nobody takes them: no "
            f"parameter changes in "
            "the loop.",
            f"Assign what it returns to the parameters: params = {ast.unparse(thrown[0].value)}",
            tuple(shapes),
            *where,
            {"calls": sum(c.code is call.code for c in seen.log.calls), "parameters_that_changed": 0},
            text_of(case, where),
            hint=HINT,
        )
        return


def kept_in_a_local_name(case: Case) -> Iterator[Finding]:
    """``for w, g in zip(weights, gradients): w = w - lr * g``: a name of the loop gets the new value, no parameter."""
    seen = observe(case)
    if seen is None or seen.steps or seen.error is not None or case.gradients is None:
        return
    with np.errstate(all="ignore"):
        own = {n: np.asarray(g, dtype=float) for n, g in case.gradients(case.copies()).items()}
    places: dict[Where, dict[str, str]] = {}
    for c in seen.log.changes:
        for name, value in case.params.items():
            if not isinstance(c.new, np.ndarray) or not c.loops or c.new.shape != np.shape(value) or name not in own:
                continue
            moved, g = c.new - np.asarray(value, dtype=float), own[name]
            below = float(np.sum(g * g)) if g.shape == moved.shape else 0.0
            k = float(np.sum(moved * g)) / below if below > 0 else 0.0
            if k and _near_equal(moved, k * g):
                places.setdefault((c.file, c.line), {})[name] = c.name
    for where, names in places.items():
        if len(names) < min(2, len(case.params)):
            continue
        local = next(iter(names.values()))
        yield Finding(
            "update-to-another-name",
            "update",
            f"{local} gets the new value, and with the next round of the loop it is gone: {', '.join(names)} "
            "never change.",
            f"Write into the array, {local} -= ..., or put the new one back into the list.",
            tuple(names),
            *where,
            {"parameters_that_changed": 0},
            text_of(case, where),
            hint=HINT,
        )


def sums_kept(case: Case) -> Iterator[Finding]:
    """Sums of gradients that are made before the loop, applied in it, and never set back."""
    seen = observe(case)
    if seen is None:
        return
    for name, steps in seen.steps.items():
        if len(steps) < 3:
            continue
        for slot, changes in _sums(case, seen.log).items():
            shown = [_last_before(changes, s.changes[0].at) for s in steps]
            if any(x is None or x.shape != s.moved.shape for x, s in zip(shown, steps, strict=True)):
                continue
            ratios = [_multiple(s.moved, x) for s, x in zip(steps, shown, strict=True)]
            known = [r for r in ratios if r is not None]
            if len(known) < len(ratios) or np.ptp(known) > 1e-6 * abs(known[0]) or slot == seen.first[name].slot:
                continue
            for c in (changes[0], changes[-1]):
                where = (c.file, c.line)
                yield Finding(
                    "gradient-not-reset",
                    "update",
                    f"Each step of {name} is {known[0]:.3g} times {c.name}, the sum of all gradients "
                    "since the loop began: it is made before the loop and never set back to zero.",
                    f"Set {c.name} to zeros at the start of every round.",
                    (name,),
                    *where,
                    {"steps": len(steps), "multiplier_of_the_sum": known[0], "times_reset": 0},
                    text_of(case, where),
                    hint=HINT,
                )
            break


def _sums(case: Case, log: Log) -> dict[Any, list[Any]]:
    """Arrays that begin as zeros outside of the loop in which they are only ever added to."""
    slots: dict[Any, list[Any]] = {}
    for c in log.changes:
        if isinstance(c.new, np.ndarray) and c.new.dtype.kind == "f":
            slots.setdefault(c.slot, []).append(c)
    found = {}
    for slot, changes in slots.items():
        first, rest = changes[0], changes[1:]
        if len(rest) < 3 or np.any(first.new) or len(first.loops) >= len(rest[-1].loops):
            continue
        lines = {(c.file, c.line) for c in rest}
        target = bare(first.name)
        if all(any(_adds(n, target) for n in statements_at(case, w)) for w in lines):
            found[slot] = changes
    return found


def _adds(node: ast.stmt, name: str) -> bool:
    """``name += ...`` or ``name = name + ...``."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add) and bare(ast.unparse(node.target)) == name
    if (
        not isinstance(node, ast.Assign)
        or not isinstance(node.value, ast.BinOp)
        or not isinstance(node.value.op, ast.Add)
    ):
        return False
    return ast.unparse(node.targets[0]) == ast.unparse(node.value.left) and bare(ast.unparse(node.targets[0])) == name


def _last_before(changes: list[Any], at: int) -> Array | None:
    earlier = [c.new for c in changes if c.at < at]
    return np.asarray(earlier[-1], dtype=float) if earlier else None


def _multiple(a: Array, b: Any) -> float | None:
    below = float(np.sum(b * b))
    k = float(np.sum(a * b)) / below if below > 0 else 0.0
    return k if k and _near_equal(a, k * b) else None


def too_early(case: Case) -> Iterator[Finding]:
    """A parameter that gets its new value while gradients that need its old one are still to be computed.

    The proof: backpropagation through the loss, with the new value in the place of the old one on the way back alone,
    gives the author's numbers.
    """
    from cutaway.checking.backward import record_loss
    from cutaway.interpreters.differentiate import differentiate
    from cutaway.tracing.recorder import Recorder

    if case.gradients is None or case.loss is None:
        return
    watcher = case.notes.get("watch_step")
    log: Log = watcher() if watcher is not None else watched(case, case.gradients, case.copies())[1]
    moved: dict[str, Any] = {}
    for c in log.changes:
        for name, value in case.params.items():
            if (
                (
                    c.old is not None
                    and isinstance(c.new, np.ndarray)
                    and np.array_equal(c.old, value)
                    and name not in moved
                )
                and c.slot not in {m.slot for m in moved.values()}
                and not np.array_equal(c.new, value)
            ):
                moved[name] = c
                break
    if not moved:
        return
    with np.errstate(all="ignore"):
        own = {n: np.asarray(g, dtype=float) for n, g in case.gradients(case.copies()).items()}
    graph, _ = record_loss(case.loss, case.copies())
    recorder = Recorder.reopen(graph)
    (output,) = graph.outputs
    forward = len(recorder.eqns)
    exact = differentiate(recorder, output, graph.inputs)  # type: ignore[arg-type]
    names = [str(v.name) for v in graph.inputs]
    outputs = [g.variable if hasattr(g, "variable") else g for g in exact]

    def with_new(chosen: tuple[str, ...]) -> dict[str, Array]:
        values: dict[Any, Any] = {}
        late: dict[Any, Any] = {v: moved[str(v.name)].new for v in graph.inputs if str(v.name) in chosen}
        for i, e in enumerate(recorder.eqns):
            known = [
                (late[a] if i >= forward and a in late else values.get(a, a.value))
                if hasattr(a, "value") and hasattr(a, "name")
                else a
                for a in e.inputs
            ]
            values[e.output] = e.primitive.fn(*known, **e.params)
        return {
            n: np.asarray(values.get(o, getattr(o, "value", o)), dtype=float)
            for n, o in zip(names, outputs, strict=True)
        }

    def agrees(found: dict[str, Array]) -> bool:
        return all(
            own[n].shape == found[n].shape
            and np.abs(own[n] - found[n]).max(initial=0) <= 1e-6 * np.abs(found[n]).max(initial=1e-300)
            for n in own
            if n in found
        )

    if agrees(with_new(())):
        return
    every = tuple(moved)
    for chosen in (*((n,) for n in moved), every):
        if agrees(with_new(chosen)):
            for name in chosen:
                c = moved[name]
                where = (c.file, c.line)
                yield Finding(
                    "updated-too-early",
                    "update",
                    f"{name} gets its new value here, before the gradients of the layers below were computed "
                    f"with its old one. "
                    "Backpropagation with the new value on the way back gives exactly your numbers.",
                    "Compute all gradients first, then update all parameters.",
                    (name,),
                    *where,
                    {"largest_change": float(np.abs(c.new - c.old).max())},
                    text_of(case, where),
                    hint=HINT,
                )
            return


def _broken(case: Case, name: str, one: Seen, rule: Rule) -> Iterator[Finding]:
    """What a rule says that no textbook has."""
    where = line_of_value(one.log, one.steps[0].after)
    if where == NOWHERE:
        where = where_of(c for s in one.steps for c in s.changes)
    about: dict[str, Any] = {
        "steps": len(one.steps),
        "learning_rate": case.lr,
        "multiplier_of_the_gradient": -rule.rate,
        **rule.coefficients,
    }

    def finding(code: str, message: str, fix: str, at: Where = where, **more: Any) -> Finding:
        return Finding(code, "update", message, fix, (name,), *at, about, text_of(case, at), hint=HINT, **more)

    if rule.name == "sgd" and rule.coefficients["largest"] < 0:
        yield finding(
            "ascent",
            f"{name} moves along its gradient, not against it: the step is {-rule.rate:+.3g} times the gradient, "
            "so the loss rises.",
            "Subtract the step.",
            corrected=_sign_turned(case, where),
        )
    elif rule.name == "linear":
        momentum = rule.coefficients.get("last_step", 0.0)
        if rule.rate < 0:
            yield finding(
                "ascent",
                f"{name} moves along its gradient, not against it: each step contains {-rule.rate:+.3g} times it.",
                "Turn the sign of the velocity, or of the step.",
            )
        elif abs(momentum - 1) < 1e-6 and "last_gradient" not in rule.coefficients:
            at, words = _never_reset(case, one, rule, where)
            yield finding(
                "gradient-not-reset",
                f"Each step of {name} is the last one plus the new gradient: gradients are added up from step to step "
                f"and never set back to zero{words}.",
                "Start every step from zeros: a new array, or array[...] = 0.",
                at,
            )
        elif momentum < -1e-3 and "last_gradient" not in rule.coefficients:
            for at in (*feeding(case, where), where):
                yield finding(
                    "velocity-sign",
                    f"The last step of {name} comes back with the opposite sign ({momentum:+.3g} of it): the "
                    "velocity brakes instead of carrying on.",
                    "Add the velocity with the sign of the step.",
                    at,
                )
        elif momentum > 1 + 1e-6:
            yield finding(
                "momentum-above-one",
                f"Each step of {name} contains {momentum:.4g} times the last one, so steps grow without end.",
                "Take a momentum below 1, such as 0.9.",
            )
        if rule.coefficients.get("weights", 0.0) > 1e-9:
            yield finding(
                "decay-sign",
                f"Each step adds {rule.coefficients['weights']:.3g} times {name} to itself: the decay makes "
                f"weights grow.",
                "Subtract the decay.",
            )
    elif rule.mistake:
        moved = one.steps[0].moved
        broken = int(np.sum(~np.isfinite(moved)))
        about["rule"] = rule.name
        about["entries_that_are_nan_after_the_first_step"] = broken
        places = _lines_of_moment(case, one, rule)
        for at in dict.fromkeys((*places, *(feeding(case, where) if len(places) < 1 else ()), where)):
            yield finding(
                "adaptive-rule",
                f"The steps of {name} are those of Adam or a kin with a mistake: {rule.name}. They agree with "
                f"that rule to "
                f"rounding over {len(one.steps)} step{'s' if len(one.steps) > 1 else ''}"
                + (f"; {broken} of {moved.size} entries are NaN after the first." if broken else "."),
                next((fix for words, fix in ADAPTIVE_FIX.items() if words in rule.name), ADAM),
                at,
            )
    elif rule.rate < 0:
        yield finding(
            "ascent",
            f"{name} moves along its gradient, not against it ({rule.name}).",
            "Subtract the step.",
            corrected=_sign_turned(case, where),
        )


ADAM = (
    "Adam: m = b1 * m + (1 - b1) * g; v = b2 * v + (1 - b2) * g**2; "
    "step = lr * (m / (1 - b1**t)) / (sqrt(v / (1 - b2**t)) + eps), t = 1, 2, ..."
)
ADAPTIVE_FIX = {
    "is not corrected": "Divide m by (1 - beta1**t) and v by (1 - beta2**t), with t counted from 1.",
    "always 1": "Count t up by one in every step, before the corrections, and take the power beta**t.",
    "the root is missing": "Divide by sqrt(v) + eps.",
    "the moments are exchanged": "The step is m / (sqrt(v) + eps): m of the gradients, v of their squares.",
    "lacks the square": "v = b2 * v + (1 - b2) * g**2.",
}


def _sign_turned(case: Case, where: Where) -> str:
    """``W += lr * dW`` as ``W -= lr * dW``, ``W = W + ...`` as ``W = W - ...``."""
    for node in statements_at(case, where):
        if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            return text_of(case, where).replace("+=", "-=", 1)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.Add):
            left = ast.unparse(node.value.left)
            return exchanged(case, where, node.value, f"{left} - {ast.unparse(node.value.right)}")
    return ""


def _without_memory(case: Case, name: str, one: Seen) -> Iterator[Finding]:
    """Plain steps although the line multiplies a velocity by a momentum: it is made anew in every round."""
    where = line_of_value(one.log, one.steps[0].after)
    around = loop_around(case, where)
    if around is None:
        return
    carried = {
        root_of(target)
        for place in (*feeding(case, where), where)
        for node in statements_at(case, place)
        for target in targets_of(node)
        if isinstance(node, ast.Assign) and _times_itself(node.value, ast.unparse(target))
    }
    for node in around:
        roots = {root_of(t) for t in targets_of(node)} & carried
        if not roots or not isinstance(node, ast.Assign) or "zeros" not in ast.unparse(node.value):
            continue
        at = (where[0], node.lineno)
        (velocity, *_) = roots
        yield Finding(
            "velocity-reset",
            "update",
            f"The steps of {name} are plain descent: {velocity} is made of zeros again in every round, so no step "
            "carries on.",
            f"Make {velocity} once, before the loop.",
            (name,),
            *at,
            {"steps": len(one.steps), "share_of_the_last_step": 0.0},
            text_of(case, at),
            hint=HINT,
        )


def _times_itself(value: ast.expr, target: str) -> bool:
    """Whether an expression has ``mu * target`` in it, with another name or a number below one."""
    for part in ast.walk(value):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult):
            sides = [ast.unparse(part.left), ast.unparse(part.right)]
            other = [s for s in (part.left, part.right) if ast.unparse(s) != target]
            if target in sides and other and isinstance(other[0], ast.Name | ast.Attribute | ast.Constant):
                return True
    return False


def _never_reset(case: Case, one: Seen, rule: Rule, otherwise: Where) -> tuple[Where, str]:
    """Where the running sum is kept: the line that gives it a second name, or the one that adds to it."""
    last = one.steps[-1]
    total = -last.moved / rule.rate
    for change in one.log.changes:
        if (
            change.inplace
            and isinstance(change.new, np.ndarray)
            and change.new.shape == total.shape
            and _near_equal(change.new, total)
        ):
            keepers = [c for c in one.log.changes if c.identity == change.identity and not c.inplace]
            names = list(dict.fromkeys(c.name for c in keepers if c.slot[0] == keepers[0].slot[0]))
            if len(names) > 1:
                second = next(c for c in keepers if c.name == names[1])
                return (second.file, second.line), f": {names[1]} is {names[0]}, the same array under two names"
            return (change.file, change.line), ""
    for change in one.log.changes:
        if isinstance(change.new, np.ndarray) and change.new.shape == total.shape and _near_equal(change.new, total):
            return (change.file, change.line), ""
    return otherwise, ""


def _near_equal(a: Array, b: Array) -> bool:
    scale = float(np.abs(b).max(initial=0))
    return scale > 0 and bool(np.all(np.abs(a - b) <= 1e-6 * scale))


def _lines_of_moment(case: Case, one: Seen, rule: Rule) -> list[Where]:
    """Where the quantity with the mistake in it was computed, and where its count of steps is set."""
    a, b = rule.coefficients["beta1"], rule.coefficients["beta2"]
    m = v = np.zeros(np.shape(one.steps[0].before))
    first = next((f for n, f in WRONG_FIRSTS.items() if n in rule.name), lambda m, g, a: a * m + (1 - a) * g)
    second = next((f for n, f in WRONG_SECONDS.items() if n in rule.name), lambda v, g, b: b * v + (1 - b) * g**2)
    found: list[Where] = []
    with np.errstate(all="ignore"):
        for t, step in enumerate(one.steps[:3], start=1):
            g = np.asarray(step.gradient, dtype=float)
            m, v = first(m, g, a), second(v, g, b)
            suspects: list[Array] = []
            for words, moment, own, other in (("first moment", m, a, b), ("second moment", v, b, a)):
                for correction, divisor in CORRECTIONS.items():
                    if correction and (
                        f"the {words} {correction}" in rule.name or f"each moment {correction}" in rule.name
                    ):
                        suspects.append(moment / divisor(own, other, t))
            for title, make in {**WRONG_FIRSTS, **WRONG_SECONDS}.items():
                if title in rule.name:  # of a single step, the rule does not tell which beta it was
                    betas = sorted(betas_of(constants_of(case)), reverse=title in WRONG_SECONDS)
                    suspects += [make(np.zeros_like(g), g, beta) for beta in betas if t == 1]
                    suspects.append(m if title in WRONG_FIRSTS else v)
            for array in suspects:
                if _near_equal(array, g):
                    continue
                where = line_of_value(one.log, array)
                if where != NOWHERE and where not in found:
                    found.append(where)
            if found and t > 1:
                break
    counts = (
        [w for where in list(found) for w in _count_of_steps(case, where)]
        if " t " in rule.name or "t were" in rule.name
        else []
    )
    return [*found, *(w for w in counts if w not in found)]


def _count_of_steps(case: Case, where: Where) -> list[Where]:
    """Where the exponent of a line's power is counted."""
    names = set()
    for statement in statements_at(case, where):
        for part in ast.walk(statement):
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow):
                names |= {n.id for n in ast.walk(part.right) if isinstance(n, ast.Name)} - {"self"}
                names |= {n.attr for n in ast.walk(part.right) if isinstance(n, ast.Attribute)}
    tree = tree_of(case, where[0])
    found = []
    for node in ast.walk(tree) if tree is not None else ():
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        for target in targets:
            if (isinstance(target, ast.Attribute) and target.attr in names) or (
                isinstance(target, ast.Name) and target.id in names
            ):
                found.append((where[0], target.lineno))
    return found[-1:]


def _joined(findings: list[Finding]) -> list[Finding]:
    """One finding for all parameters that have the same one on the same line."""
    from dataclasses import replace

    found: dict[tuple[str, str, int, str], Finding] = {}
    for f in findings:
        key = (f.code, f.file, f.line, f.fix if f.code.startswith("update") else "")
        same = [
            k
            for k, other in found.items()
            if k[0] == f.code == "adaptive-rule"
            and other.evidence.get("rule") == f.evidence["rule"]
            and other.parameters[0] != f.parameters[0]
        ]
        if same and key not in found:
            for k in same[:1]:
                found[k] = replace(found[k], parameters=tuple(dict.fromkeys((*found[k].parameters, *f.parameters))))
        elif key in found:
            found[key] = replace(found[key], parameters=tuple(dict.fromkeys((*found[key].parameters, *f.parameters))))
        else:
            found[key] = f
    return list(found.values())


def noted(case: Case) -> Iterator[Finding]:
    """What was found while the program's loop was looked for."""
    yield from case.notes.get("findings", ())


LINTS = (updates, sums_kept, not_kept, kept_in_a_local_name, too_early, noted)
