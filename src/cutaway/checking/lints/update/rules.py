"""Each step is explained by a rule, plain descent, momentum, Adam; what no textbook has in its rule is a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from cutaway.checking.lines.places import constants_of
from cutaway.checking.lints.update.adaptive import adaptive
from cutaway.checking.lints.update.direction import ascent, growing_weights, overwritten
from cutaway.checking.lints.update.divided import divided_again
from cutaway.checking.lints.update.ends_at_once import ends_at_once
from cutaway.checking.lints.update.entries import odd_entries
from cutaway.checking.lints.update.momentum import behind, first_velocity, momentum
from cutaway.checking.lints.update.never_stored import never_stored
from cutaway.checking.lints.update.not_applied import not_applied
from cutaway.checking.lints.update.order import exchanged
from cutaway.checking.lints.update.shared import shared_state
from cutaway.checking.lints.update.steps import Explained, Seen, tried_steps, watched_steps
from cutaway.checking.lints.update.unequal import unequal_rates
from cutaway.checking.lints.update.unused import unused_velocity
from cutaway.checking.optimizers import Rule, rule_of
from cutaway.checking.records import Case, Finding

OF_RULES = (
    ascent,
    momentum,
    first_velocity,
    behind,
    growing_weights,
    overwritten,
    adaptive,
    unused_velocity,
    never_stored,
)


def updates(case: Case) -> Iterator[Finding]:
    """What is wrong in the steps that the author's loop, or the update alone, made."""
    found: set[str] = set()
    for seen in (tried_steps(case), watched_steps(case)):
        judged = _judged(case, seen)
        yield from (finding for finding in judged if finding.code not in found)
        found |= {f.code for f in judged}


def _judged(case: Case, seen: list[Seen]) -> list[Finding]:
    findings: list[Finding] = []
    constants = constants_of(case)
    rules: dict[str, tuple[Seen, Rule]] = {}
    still: list[Seen] = []
    single = 0
    # many numbers tell more than few, whose rule is likely the same
    largest = max((np.size(one.steps[0].before) for one in seen if one.steps), default=0)
    for one in sorted(seen, key=lambda o: -np.size(o.steps[0].before) if o.steps else 0):
        steps = one.sequence()
        if steps is None:
            continue
        if not any(np.any(d) for d in steps.changes):
            if any(np.abs(g).max(initial=0) > 1e-12 for g in steps.gradients):
                still.append(one)
            continue
        if len(steps.changes) < 2 and steps.finite:
            continue  # one step fits too many rules
        known = [r for _, r in rules.values() if r.recipe is not None]
        size = np.size(one.steps[0].before)
        rule = rule_of(steps, constants, len(seen), known, min(4, largest) if single < 3 else 4)
        single += rule is None and size < 4  # of a network of single numbers, the first ones tell
        if rule is not None:
            rules[one.name] = one, rule
    rules = {one.name: rules[one.name] for one in seen if one.name in rules}
    rules = {n: (o, r) for n, (o, r) in rules.items() if not r.mistake or _tells(o, r, largest, rules)}
    findings += list(exchanged(case, [one for one in seen if one.name not in rules], seen))
    unexplained = [one for one in seen if one.name not in rules and all(one is not s for s in still)]
    findings += list(odd_entries(case, unexplained, seen, rules)) if not findings else []
    findings += list(shared_state(case, [one for one in seen if one.name not in rules]))
    early = [f for one in still[:1] for f in ends_at_once(case, one.log)]
    findings += early or [f for one in still for f in not_applied(case, one, seen, rules)]
    for one, rule in rules.values():
        explained = Explained(case, one, rule)
        findings += [f for lint in OF_RULES for f in lint(explained)]
    findings += list(unequal_rates(case, rules)) or list(divided_again(case, rules))
    return _joined(findings)


def _tells(one: Seen, rule: Rule, largest: int, rules: Mapping[str, tuple[Seen, Rule]]) -> bool:
    """Whether a rule with a mistake is more than chance: a few numbers fit many rules, and other parameters know."""
    size = np.size(one.steps[0].before)
    if size < min(4, largest):
        return False
    return not any(not r.mistake and np.size(o.steps[0].before) > size for o, r in rules.values())


def _joined(findings: list[Finding]) -> list[Finding]:
    """One finding for all parameters that have the same one on the same line."""
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
