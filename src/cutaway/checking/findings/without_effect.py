"""A parameter that the loss does not depend on, though a gradient is computed for it: the function that forgets it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import numpy as np

from cutaway.checking.correction.edited import Text
from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.source import assignments
from cutaway.checking.records import Case, Finding


def without_effect(case: Case, seen: Sequence[View], wrong: Sequence[str]) -> Iterator[Finding]:
    """The lines where a function of the loss computes its result without one of its arguments."""
    names = [n for n in wrong if not any(np.any(v.exact[n]) for v in seen) and np.any(seen[0].user[n])]
    if not names or not case.file or seen[0].point.graph is None:
        return
    run = {(s.function, s.first_line) for stack in seen[0].point.stacks.values() for s in stack.spots}
    for function in Text(case.file, case.source).functions():
        unread = _unread(function) if (function.name, function.lineno) in run else None
        if unread is None:
            continue
        count = int(sum(np.size(seen[0].exact[n]) for n in names))
        for i, line in enumerate(_results(function)):
            yield Finding(
                "parameter-without-effect",
                "loss",
                f"The loss does not depend on {', '.join(names)}: {function.name} is given {unread} and never reads it."
                if i == 0
                else "Or here, where the result is given back.",
                f"Use {unread} here",
                tuple(names),
                evidence={"gradient_of_the_loss": 0.0, "numbers_without_effect": count},
                hint="Which parameters does the forward pass read?",
                certain=i == 0,
                **at((case.file, line)),
            )
        return


def _unread(function: ast.FunctionDef) -> str | None:
    """The only argument that a function does not read."""
    given = [a.arg for a in (*function.args.args, *function.args.kwonlyargs) if a.arg not in ("self", "cls")]
    read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    unread = [name for name in given if name not in read and not name.startswith("_")]
    return unread[0] if len(unread) == 1 else None


def _results(function: ast.FunctionDef) -> list[int]:
    """The lines that compute what is returned, and those that return it."""
    returned = [n for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
    names = [n.value.id for n in returned if isinstance(n.value, ast.Name)]
    made = [line for name in names for line in list(assignments(function, name))[-1:]]
    return list(dict.fromkeys([*made, *(n.lineno for n in returned)]))
