"""Where gradients are read from what a step changes, the step itself may be at fault, and no backward pass.

A parameter that is never moved, an entry that two lines move, a step that starts from the value of another parameter:
each is proved by the recorded step, run again with that one thing as it should be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.findings.comparison import Comparison, at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.backward import Backward
from cutaway.checking.lines.moves import COPIES, Move, given_back, kind_of, moved, moves
from cutaway.checking.lines.places import NOWHERE, Where, at_each
from cutaway.checking.records import Case, Finding
from cutaway.checking.truth import fit
from cutaway.graph import Eqn, Var

SECONDS = 1.0  # for the trials
MOST = 3  # places
ENTRIES = 60  # of a parameter, any of which a step may start from
HINT = "Follow one parameter through one step: what it is before, what is added, and where the sum is kept."


def of_steps(case: Case, seen: list[View], result: Comparison, tolerance: float) -> Iterator[Finding]:
    """What is wrong with the steps from which the wrong gradients are read."""
    backward = result.backward
    if backward is None:
        return
    each = {n: a for n in backward.outputs if (a := moved(backward, n))}
    after = {n: a[0] for n, a in each.items()}
    wrong = [n for n in result.wrong if n in after]
    if not wrong:
        return
    still = [n for n in wrong if not any(np.any(v.user[n]) for v in seen)]
    still = [n for n in still if all(given_back(backward, n, a) for a in each[n])]
    yield from _never_moved(case, seen[0], backward, after, still)
    trial = _Trial(seen[0], backward, 5 * tolerance)
    for name in wrong:
        if name not in still:
            steps = moves(backward, name, after[name])
            found = list(_twice(case, trial, name, steps)) or list(_from_another(case, trial, name, after[name]))
            yield from found


class _Trial:
    """The recorded step, run again with other values."""

    def __init__(self, view: View, backward: Backward, tolerance: float) -> None:
        self.view, self.backward, self.tolerance = view, backward, tolerance
        self.ends = time.process_time() + SECONDS

    def rights(self, name: str, computed: Mapping[Var, Callable[[Mapping[Var, Any]], Any]]) -> bool:
        """Whether the gradient of a parameter is right if some values are computed otherwise."""
        if not computed or time.process_time() > self.ends:
            return False
        numbers = self.backward.rerun({}, computed)
        got = fit(numbers[name], self.view.exact[name].shape) if numbers is not None and name in numbers else None
        return got is not None and self.view.error(name, got, self.view.exact[name]) <= self.tolerance


# Never moved ----------------------------------------------------------------------------------------------------------


def _never_moved(
    case: Case, view: View, backward: Backward, after: Mapping[str, Any], still: list[str]
) -> Iterator[Finding]:
    if not still:
        return
    steps = [m for name, end in after.items() if name not in still for m in moves(backward, name, end)]
    lost = _lost(backward, still, steps)
    places = {m.line: None for m in steps if kind_of(m.eqn) != "put_at"}
    slopes = {n: float(np.abs(view.exact[n]).max(initial=0)) for n in still}
    many = len(still) > 1
    finding = Finding(
        "update-not-applied",
        "update",
        f"{', '.join(still)} never change{'' if many else 's'}: a step leaves {'them' if many else 'it'} as "
        f"{'they were' if many else 'it was'}, though the derivative of the loss is up to {max(slopes.values()):.3g}. "
        + ("The new value is computed here, and kept nowhere." if lost else "Here the others get their new values."),
        "Keep the new value as those of the others: give it to the parameter itself."
        if lost
        else f"Move {', '.join(still)} as the others, each along its own gradient.",
        tuple(still),
        evidence={"largest_derivatives": slopes, "largest_change": 0.0},
        hint=HINT,
    )
    own = [*lost, *sorted(w for w in places if w[0] == case.file or not case.file)]
    yield from at_each(case, finding, own or [NOWHERE], "Or here, where others get their new values.", most=MOST)


def _lost(backward: Backward, still: list[str], steps: list[Move]) -> list[Where]:
    """Where the functions that move the others compute a new value of these parameters which nothing goes on with."""
    functions = {spot.first_line for m in steps if (spot := backward.spot(m.eqn.output)) is not None}
    found: dict[Where, None] = {}
    for eqn in backward.eqns:
        spot = backward.spot(eqn.output)
        if eqn.output in backward.reaches or spot is None or spot.first_line not in functions:
            continue
        if kind_of(eqn) in ("add", "subtract") and any(given_back(backward, n, eqn.inputs[0]) for n in still):
            found[spot.file, spot.line] = None
    return list(found)


# Moved twice ----------------------------------------------------------------------------------------------------------


def _twice(case: Case, trial: _Trial, name: str, steps: list[Move]) -> Iterator[Finding]:
    """Two lines that move the same entries: without one of them, or with both from the old value, all fits."""
    groups: dict[Any, list[Move]] = {}
    for m in steps:
        groups.setdefault(m.path, []).append(m)
    if len(groups) < 2:
        return
    for path, group in groups.items():
        skipped = {
            m.eqn.output: _handing_on(m.eqn.inputs[m.base]) for m in group if isinstance(m.eqn.inputs[m.base], Var)
        }
        times = often(trial.view, name)
        left_out = times is not None and trial.rights(name, skipped)
        if not left_out and not trial.rights(name, _from_the_start(trial.backward, name, group)):
            continue
        places = [_apart(path, p) for p in groups if p != path]
        lines = list(dict.fromkeys([_apart(path, next(p for p in groups if p != path), mine=True), *places]))
        entries = int(np.count_nonzero(_off(trial.view, name)))
        size = np.size(trial.view.exact[name])
        what = name if entries == size else f"{entries} of the {size} entries of {name}"
        finding = Finding(
            "updated-twice",
            "update",
            f"{what} {'move' if entries > 1 and what != name else 'moves'} twice in one step: here, and in line "
            f"{' and '.join(str(line) for _, line in lines[1:3])}. "
            + ("Without one of the two, the step is" if left_out else "Moved once from the old value, the step is")
            + " that of the gradient.",
            "Take the step in one of the two places.",
            (name,),
            evidence={"lines": [line for _, line in lines], "entries": entries},
            hint=HINT,
        )
        yield from at_each(case, finding, lines, "Or here, where it moves as well.", most=MOST, certain=True)
        return


def _apart(path: tuple[Where, ...], other: tuple[Where, ...], mine: bool = False) -> Where:
    """The innermost line at which two ways to an equation part."""
    chosen = path if mine else other
    for a, b in zip(path, other, strict=False):
        if a != b:
            return a if mine else b
    return chosen[0]


def _off(view: View, name: str) -> Any:
    """By how much each entry of a gradient is wrong; zero where it is right."""
    user = fit(view.user[name], view.exact[name].shape)
    difference = np.zeros(()) if user is None else user - view.exact[name]
    return np.where(np.abs(difference) > 1e-6 * view.point.scale(name), difference, 0.0)


def often(view: View, name: str) -> int | None:
    """How often a gradient counts where it is wrong, if that is a whole number of times."""
    off, exact = _off(view, name), view.exact[name]
    chosen = off != 0
    if np.shape(off) != exact.shape or not chosen.any() or not np.all(exact[chosen]):
        return None
    ratios = off[chosen] / exact[chosen]
    k = round(float(ratios[0]))
    return k + 1 if k >= 1 and np.abs(ratios - k).max() <= 1e-5 * k else None


def _handing_on(base: Any) -> Callable[[Mapping[Var, Any]], Any]:
    return lambda now: now.get(base, base.value)


def _from_the_start(backward: Backward, name: str, group: list[Move]) -> dict[Var, Callable[[Mapping[Var, Any]], Any]]:
    """Entries that a line reads again, of a parameter that has moved: as they were at first."""
    start = np.asarray(backward.inputs[name].value)
    found: dict[Var, Callable[[Mapping[Var, Any]], Any]] = {}
    for m in group:
        base = m.eqn.inputs[m.base]
        if kind_of(m.eqn) != "put_at" or not isinstance(base, Var) or base.shape != start.shape:
            continue
        for a in backward.ancestors(m.eqn.inputs[1]):
            eqn = backward.producer.get(a)
            if eqn is not None and kind_of(eqn) == "take_at" and eqn.inputs[0] is base:
                found[a] = _again(eqn, 0, start)
    return found


def _again(eqn: Eqn, position: int, value: Any) -> Callable[[Mapping[Var, Any]], Any]:
    """An equation with another value in one place."""

    def compute(now: Mapping[Var, Any]) -> Any:
        args = [now.get(a, a.value) if isinstance(a, Var) else a for a in eqn.inputs]
        args[position] = value
        return eqn.primitive.fn(*args, **eqn.params)

    return compute


# Moved from elsewhere -------------------------------------------------------------------------------------------------


def _from_another(case: Case, trial: _Trial, name: str, after: Any) -> Iterator[Finding]:
    """A step that starts from another parameter, or another entry: from its own, it is that of the gradient."""
    backward = trial.backward
    own = np.asarray(backward.inputs[name].value)
    for eqn in _ends(backward, after):
        for k, a in enumerate(eqn.inputs[:2]):
            source = next((n for n in backward.inputs if given_back(backward, n, a)), None)
            if source is None or not isinstance(a, Var) or (source == name and np.size(eqn.output.value) == own.size):
                continue
            starts = (
                [own] if own.size == np.size(a.value) else list(own.ravel()[:ENTRIES]) if np.size(a.value) == 1 else []
            )
            for value in starts:
                other = np.reshape(value, np.shape(a.value))
                if not trial.rights(name, {eqn.output: _again(eqn, k, other)}):
                    continue
                stack = backward.stacks.get(eqn.output)
                where = (stack.spots[0].file, stack.spots[0].line) if stack is not None and stack.spots else NOWHERE
                finding = Finding(
                    "stepped-from-another",
                    "update",
                    f"The new value of {name} is computed here from that of "
                    f"{source if source != name else 'another entry'}. From its own, the step is that of the gradient.",
                    "Start each step from the value that moves.",
                    (name,),
                    evidence={"started_from": source},
                    hint=HINT,
                )
                yield replace(finding, **at(where))
                return


def _ends(backward: Backward, after: Any) -> Iterator[Eqn]:
    """The sums and differences that new values, or their entries, are."""
    todo, seen = [after], set[Var]()
    while todo:
        a = todo.pop()
        eqn = backward.producer.get(a) if isinstance(a, Var) and a not in seen else None
        if eqn is None:
            continue
        seen.add(eqn.output)
        if kind_of(eqn) in ("add", "subtract"):
            yield eqn
        elif kind_of(eqn) in COPIES:
            todo += eqn.inputs
