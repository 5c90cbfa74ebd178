"""Can training get away from where it starts? One file for each way of being stuck at the first step."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, loop_around, name_of, origin_of, statements_at, text_of
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.observe import logs_of

FILLED = frozenset(("zeros", "ones", "full", "zeros_like", "ones_like", "full_like"))
MADE = "Or here, where these weights are made."
SEEDING = ("default_rng", "RandomState", "seed")


def seeded_in_loop(case: Case, where: Where) -> list[Where]:
    """The lines that seed a generator in the loop that a line stands in."""
    parts = loop_around(case, where) or []
    calls = [n for n in parts if isinstance(n, ast.Call) and name_of(n.func) in SEEDING]
    return list(dict.fromkeys((where[0], n.lineno) for n in calls))


def made_at(case: Case, *names: str) -> list[Where]:
    """Where the program made the first of these parameters, or the parts that it was put together of: the first ones.

    Parameters that are gathered from objects or lists are new arrays; the numbers in them were there before.
    """
    found: list[Where] = []
    for name in names:
        value = np.asarray(case.params[name], dtype=float)
        parts = [value, *(np.take(value, 0, axis) for axis in range(value.ndim) if value.ndim > 1)]
        same = float(value.flat[0]) if value.size and np.ptp(value) == 0 else None
        alike = [
            (c.at, (c.file, c.line))
            for log in logs_of(case)[:1]
            for c in log.changes
            if (isinstance(c.new, np.ndarray) and any(np.array_equal(c.new, part) for part in parts if part.size > 1))
            or (isinstance(c.new, float) and len(c.slot[1]) > 1 and c.new == same)
        ]
        found += [where for _, where in sorted(alike)[:1]]
    own = origin_of(case, *names)
    found += _asked_for(case, names[0], own)
    calls = [name_of(n.func) for s in statements_at(case, own) for n in ast.walk(s) if isinstance(n, ast.Call)]
    return list(dict.fromkeys([own, *found] if FILLED.intersection(calls) else [*found[:1], own, *found[1:]]))


def _asked_for(case: Case, name: str, made: Where) -> list[Where]:
    """Where a function is called that makes a parameter on a line and returns it."""
    value = case.params[name]
    return [
        (made[0], call.caller_line)
        for log in logs_of(case)[:1]
        for call in log.calls
        if (call.code.co_filename, call.result_line) == made and call.caller_line
        if isinstance(call.result, np.ndarray) and np.array_equal(call.result, value)
    ][:1]


def at_the_start(
    case: Case,
    code: str,
    names: list[str],
    message: str,
    evidence: dict[str, Any],
    fix: str = "Draw the weights at random, each another: rng.normal(0, 1 / sqrt(number of inputs), shape).",
) -> Finding:
    """A finding about the numbers that parameters start with, on the line that makes the first of them."""
    where = origin_of(case, *names)
    return Finding(
        code,
        "initialization",
        message,
        fix,
        tuple(names),
        *where,
        evidence,
        text_of(case, where),
        hint="Look at the numbers that the parameters start with.",
    )
