"""Weights of whole numbers: what the update adds to them is cut off."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, origin_of, statements_at, text_of
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.observe import observe, watched


def integer_weights(case: Case) -> Iterator[Finding]:
    """Weights of an integer dtype that the author's own update writes back as integers."""
    for name, value in case.params.items():
        if np.asarray(value).dtype.kind not in "iu":
            continue
        gradient = _gradient_of(case, name)
        kept, words = _stays_integer(case, name)
        where = origin_of(case, name)
        evidence: dict[str, Any] = {"dtype": str(np.asarray(value).dtype), "largest_gradient": gradient}
        yield Finding(
            "integer-weights",
            "data",
            f"{name} is an array of {np.asarray(value).dtype}"
            + (f", so {words}." if kept else "; if it is ever written to in place, fractions are cut off."),
            f"Make it an array of floats: {_floated(case, where) or 'np.array([0.0, ...])'}",
            (name,),
            *where,
            evidence,
            text_of(case, where),
            _floated(case, where),
            hint="Look at the dtype of the weights, and at what is left of a small step.",
            certain=kept,
        )


def _gradient_of(case: Case, name: str) -> float | None:
    try:
        assert case.gradients is not None
        floats = {n: np.asarray(v, dtype=float).copy() for n, v in case.params.items()}
        with np.errstate(all="ignore"):
            return float(np.abs(case.gradients(floats)[name]).max())
    except Exception:
        return None


def _stays_integer(case: Case, name: str) -> tuple[bool, str]:
    """Whether the author's loop or update keeps a parameter integer, and in words what that does."""
    value = np.asarray(case.params[name])
    seen = observe(case)
    if seen is not None:
        if seen.error is not None and "cast" in str(seen.error).lower():
            return True, f"the update stops: {type(seen.error).__name__}"
        of_shape = [c for c in seen.log.changes if isinstance(c.new, np.ndarray) and c.new.shape == value.shape]
        own = [c.slot for c in of_shape if c.new.dtype == value.dtype and np.array_equal(c.new, value)]
        moved = [c for c in of_shape if c.slot in own and c.old is not None]
        if own and all(c.new.dtype.kind in "iu" for c in moved):
            return True, (
                f"every new value is cut off to a whole number: after the first steps it has changed in "
                f"{len(moved)} of them"
            )
    if case.update is not None:
        given = {n: np.array(v) for n, v in case.params.items()}
        gradients = {n: np.full(np.shape(v), 0.37) for n, v in given.items()}
        result, _, problem = watched(case, case.update, given, gradients, case.lr)
        after = (result if isinstance(result, dict) else given).get(name)
        if problem is not None and "cast" in str(problem).lower():
            return True, f"the update stops: {type(problem).__name__}"
        if problem is None and np.asarray(after).dtype.kind in "iu":
            return True, "a step of 0.37 times the learning rate is cut off to a whole number"
    return False, ""


def _floated(case: Case, where: Where) -> str:
    """The line with its whole numbers inside ``np.array(...)`` written as floats."""
    text = text_of(case, where)
    for node in statements_at(case, where):
        calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
        for call in calls:
            assert isinstance(call.func, ast.Attribute)
            if call.func.attr == "array" and not call.keywords:
                source = ast.unparse(call)
                return f"{source[:-1]}, dtype=float)" if source else text
    return ""
