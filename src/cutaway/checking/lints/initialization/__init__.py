"""Can training get away from where it starts? One file for each way of being stuck at the first step."""

from __future__ import annotations

import ast
from typing import Any

from cutaway.checking.lines.places import Where, loop_around, name_of, origin_of, text_of
from cutaway.checking.records import Case, Finding

SEEDING = ("default_rng", "RandomState", "seed")


def seeded_in_loop(case: Case, where: Where) -> list[Where]:
    """The lines that seed a generator in the loop that a line stands in."""
    parts = loop_around(case, where) or []
    calls = [n for n in parts if isinstance(n, ast.Call) and name_of(n.func) in SEEDING]
    return list(dict.fromkeys((where[0], n.lineno) for n in calls))


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
