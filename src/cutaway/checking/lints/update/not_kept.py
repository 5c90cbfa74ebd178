"""A loop in which nothing changes: what the update returns is thrown away, or kept in a name of the loop alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, name_of, statements_at, text_of
from cutaway.checking.lints.update.steps import HINT, multiple, own_gradients
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.log import arrays_in
from cutaway.checking.running.observe import observe


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
            if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and name_of(n.value.func) == call.code.co_name
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
    own = own_gradients(case)
    places: dict[Where, dict[str, str]] = {}
    for c in seen.log.changes:
        for name, value in case.params.items():
            if not isinstance(c.new, np.ndarray) or not c.loops or c.new.shape != np.shape(value) or name not in own:
                continue
            moved, g = c.new - np.asarray(value, dtype=float), own[name]
            times = multiple(moved, g) if g.shape == moved.shape else None
            # from zeros, the gradient itself is a multiple of it too
            if times is not None and (times < 0 or np.any(value)):
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
