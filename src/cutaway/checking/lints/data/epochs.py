"""The samples that each round of the loop gives to the gradient, beside those of which the case's gradient is computed.

Whoever shuffles, and however: what counts is which samples reach the function that the gradient comes from, as rows or
columns of arrays, as lists of pairs, or one at a time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.lines.places import Where, at_each, loop_around, name_of, statements_at, targets_of
from cutaway.checking.lints.data.rows import FEWEST, HINT, rows_of
from cutaway.checking.lints.data.taken import makers
from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Call, Log
from cutaway.checking.running.observe import calls_of, observe, watched

MOST = 20_000  # samples
SHARE = 0.2  # of the samples, that may never be seen
ENOUGH = 3  # draws for each sample: drawn at random, all but a few would have been seen
ROUNDS = 60  # of a loop without epochs
PARTED = 0.05  # of the samples: labels may be changed on purpose, but by chance they stay known ones
Sample: TypeAlias = "tuple[bytes, bytes]"  # its numbers and its label's


@dataclass
class Use:
    """Samples that were given to a function."""

    call: Call
    samples: list[Sample]


@dataclass
class Uses:
    """What a loop gave to one function of the author's, and what that is given for the whole gradient."""

    log: Log
    code: CodeType
    whole: list[Sample]
    parts: list[Use]

    @property
    def rounds(self) -> list[list[Use]]:
        """The uses in each round of the outermost loop."""
        found: dict[Any, list[Use]] = {}
        for use in self.parts:
            found.setdefault(use.call.loops[0], []).append(use)
        rounds = list(found.values())
        if all(len(r) == 1 for r in rounds) and len(self.parts[0].samples) < len(self.whole):
            every = -(-len(self.whole) // len(self.parts[0].samples))  # as many batches as would see everything
            return [self.parts[i : i + every] for i in range(0, len(self.parts) - every + 1, every)]
        return rounds


def uses_of(case: Case) -> Uses | None:
    """The outermost function that gets samples when the gradient is computed, and what the loop gives to it."""
    if "uses" not in case.notes:
        case.notes["uses"] = _uses(case)
    found: Uses | None = case.notes["uses"]
    return found


def _uses(case: Case) -> Uses | None:
    seen = observe(case)
    if seen is None or case.gradients is None:
        return None
    _, log, problem = calls_of(case, case.gradients)
    if problem is not None:
        return None
    loop = seen.log
    if all(len(c.loops) < 2 for c in loop.calls) and case.train is not None:  # no epochs: each round is one batch
        _, longer, trouble = watched(case, case.train, ROUNDS)
        loop = longer if trouble is None else loop
    own = {(v.shape, np.asarray(v, dtype=float).tobytes()) for v in case.params.values()}
    by_code: dict[CodeType, list[Call]] = {}
    for call in log.calls:
        by_code.setdefault(call.code, []).append(call)
    for code, calls in by_code.items():
        for axis in (None, 0, -1) if len(calls) >= FEWEST else (0, -1):
            whole = [s for call in calls[:MOST] for s in _samples(_given(call, own), axis)]
            if not FEWEST <= len(whole) <= MOST or (axis is not None and len(calls) > 1):
                continue
            known = {x for x, _ in whole}
            if len(known) < 0.7 * len(whole):
                continue
            parts = [Use(c, _samples(_given(c, own), axis)) for c in loop.calls if c.code is code and c.loops]
            parts = [u for u in parts if u.samples and all(x in known for x, _ in u.samples)]
            if any(len(u.samples) < len(whole) for u in parts):  # the others look at all: they judge
                parts = [u for u in parts if len(u.samples) < len(whole)]
            if parts:
                return Uses(loop, code, whole, parts)
    return None


def watched_gradients(case: Case) -> Iterator[tuple[str, Array, int, Log, list[Call]]]:
    """The function that gets the inputs when the gradient is computed.

    The argument's name, the inputs, the axis of their samples, and what was seen of that function in the loop.
    """
    seen, graph = observe(case), recorded_loss(case)
    if seen is None or case.gradients is None or graph is None:
        return
    inputs = [(plain(x), axis) for _, x, axis in inputs_of(graph)]
    _, log, problem = calls_of(case, case.gradients)
    for call in log.calls if problem is None else ():
        for name, value in call.arguments.items():
            for x, axis in inputs[:1]:
                if isinstance(value, np.ndarray) and value.shape == x.shape and np.array_equal(value, x):
                    yield name, value, axis, seen.log, [c for c in seen.log.calls if c.code is call.code]
                    return


def _given(call: Call, own: set[Any]) -> list[Any]:
    """What a function was given besides parameters, the largest first."""
    found: list[Any] = []
    for value in call.arguments.values():
        if type(value) is np.ndarray:  # a default that is kept may hold what was recorded
            numbers = value.dtype.kind in "fiub" and value.size
            if numbers and (value.shape, np.asarray(value, dtype=float).tobytes()) not in own:
                found.append(value)
        elif isinstance(value, float | int | np.number) and not isinstance(value, bool):
            found.append(np.asarray(value))
        elif isinstance(value, list | tuple) and value and all(_is_pair(v) for v in value):
            found.append(value)
    return sorted(found, key=lambda v: -np.size(v) if isinstance(v, np.ndarray) else -np.inf)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[0], np.ndarray | list | tuple)


def _bytes(value: Any) -> bytes:
    try:
        return np.asarray(value, dtype=float).tobytes()
    except (TypeError, ValueError):
        return b""


def _samples(given: list[Any], axis: int | None) -> list[Sample]:
    """The samples in what a function was given, along an axis of its arrays; all of it is one, for None."""
    if not given:
        return []
    if not isinstance(given[0], np.ndarray):
        return [(_bytes(x), _bytes(y)) for x, y in given[0]] if axis == 0 else []
    tables = [v for v in given if isinstance(v, np.ndarray)]
    if axis is None:
        return [(_bytes(tables[0]), b"".join(map(_bytes, tables[1:])))]
    x, *others = [v for v in tables if v.ndim] or tables
    if x.ndim < 2 or x.size > MOST * 1000:
        return []
    n = x.shape[axis]
    labels = [y for y in others if y.shape[0 if y.ndim == 1 else axis] == n]
    rows = [rows_of(v, 0 if axis == 0 or v.ndim == 1 else 1) for v in (x, *labels)]
    if axis == -1 and any(y.ndim > 1 and y.shape[0] == x.shape[0] and y.shape[-1] != n for y in others):
        return []  # the first axis is that of the samples
    return [(one, b"".join(rest)) for one, *rest in zip(*rows, strict=True)]


# Parted from their labels --------------------------------------------------------------------------------------------


def parted_in_calls(case: Case) -> Iterator[Finding]:
    """Samples that are given to the gradient with the label of another one."""
    uses = uses_of(case)
    if uses is None or not any(y for _, y in uses.whole):
        return
    labels: dict[bytes, set[bytes]] = {}
    for x, y in uses.whole:
        labels.setdefault(x, set()).add(y)
    values = {y for _, y in uses.whole}
    for uses_of_round in uses.rounds:
        samples = [s for use in uses_of_round for s in use.samples]
        if len(samples) < FEWEST or not all(y in values for _, y in samples):
            continue
        wrong = [any(y not in labels[x] for x, y in use.samples) for use in uses_of_round]
        count = sum(y not in labels[x] for x, y in samples)
        if count < max(1, PARTED * len(samples)):
            continue
        use = uses_of_round[wrong.index(True)]
        finding = Finding(
            "rows-separated-from-labels",
            "data",
            f"{count} of the {len(samples)} samples of one round reach {uses.code.co_name} with a label that "
            "belongs to another sample.",
            "Draw one permutation and use it for both: i = rng.permutation(len(X)); X = X[i]; y = y[i]",
            evidence={"samples": len(samples), "samples_with_a_label_of_another": count},
            hint=HINT,
        )
        yield from at_each(case, finding, made(case, uses.log, use.call), "Or here.")
        return


def made(case: Case, log: Log, call: Call) -> list[Where]:
    """The lines that made what a function is given, the last one first; that of the call, where there is none.

    A function that is called deep below the loop is given what the loop has made.
    """
    by_frame = {c.frame: c for c in log.calls}
    chain = [call]
    while chain[-1].caller != call.loops[0][0] and chain[-1].caller in by_frame:
        chain.append(by_frame[chain[-1].caller])
    above = by_frame.get(chain[-1].caller)
    file = above.code.co_filename if above is not None else call.code.co_filename
    place = file, chain[-1].caller_line
    found = _made_for(log, chain[-1]) or _assigned_before(case, place)
    places = found or [place]
    return list(dict.fromkeys([*makers(case, places[0]), *places]))[:3]


def _assigned_before(case: Case, where: Where) -> list[Where]:
    """The last lines of the same loop, before this one, that give the names in its calls their values."""
    calls = [n for s in statements_at(case, where) for n in ast.walk(s) if isinstance(n, ast.Call)]
    names = {n.id for call in calls for a in call.args for n in ast.walk(a) if isinstance(n, ast.Name)}
    nodes = [n for n in loop_around(case, where) or [] if isinstance(n, ast.Assign) and n.lineno < where[1]]
    lines = {name_of(t): n.lineno for n in sorted(nodes, key=lambda n: n.lineno) for t in targets_of(n)}
    return [(where[0], line) for name, line in lines.items() if name in names]


def _made_for(log: Log, call: Call) -> list[Where]:
    """The lines in the calling function at which the arguments of a call got their contents."""
    found: list[tuple[int, Where]] = []
    for value in call.arguments.values():
        first = value[0] if isinstance(value, list) and value else value
        wanted = first[0] if isinstance(first, tuple | list) and first else first
        if not isinstance(wanted, np.ndarray):
            continue
        for c in reversed(log.changes):
            here = c.at <= call.at and c.frame == call.caller and c.loops and isinstance(c.new, np.ndarray)
            if here and _bytes(c.new) == _bytes(wanted):
                found.append((c.at, (c.file, c.line)))
                break
    return [where for _, where in sorted(found, reverse=True)]


# Never seen ----------------------------------------------------------------------------------------------------------


def never_in_calls(case: Case) -> Iterator[tuple[Where, int, int, list[bytes], set[bytes]]]:
    """Where batches are made that leave samples out in every round; batches, rounds, all samples, those never seen."""
    uses = uses_of(case)
    if uses is None or uses.log.sampled:
        return
    rounds = [[frozenset(x for x, _ in use.samples) for use in part] for part in uses.rounds]
    known = {x for x, _ in uses.whole}
    unseen = known.difference(*(batch for part in rounds for batch in part))
    size = max(len(use.samples) for use in uses.parts)
    drawn = sum(len(use.samples) for use in uses.parts)
    alike = all(part == rounds[0] for part in rounds)
    if len(rounds) < 2 or len(rounds[0]) < 2 or (not alike and drawn < ENOUGH * len(known)):
        return
    # a rest that makes no full batch is often left out, but not so large a share, and not where small batches are used
    rest = not (alike and any(len(batch) < size for batch in rounds[0]))
    if rest and (len(unseen) < size or (len(unseen) < SHARE * len(known) and not (alike and len(known) % size == 0))):
        return
    if not unseen:
        return
    where = made(case, uses.log, uses.parts[0].call)[0]
    yield where, len(rounds[0]), len(rounds), [x for x, _ in uses.whole], unseen
