"""Weights of whole numbers: what an update adds to them is cut off, or what a gradient writes into arrays like them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, at_each, origin_of, root_of, statements_at, text_of, whole_targets
from cutaway.checking.records import Array, Case, Finding, Params
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.observe import observe, watched

OFF = 1e-6  # relative: more than rounding
TINY = 1e-12  # in an array: what is added to find a slope by differences is small
MOST = 5  # places


def integer_weights(case: Case) -> Iterator[Finding]:
    """Weights of an integer dtype that the author's own update or gradient keeps and writes as integers."""
    whole = [n for n, v in case.params.items() if np.asarray(v).dtype.kind in "iu"]
    cut, through = _cut_in_functions(case) if whole else ("", [])
    for name in whole:
        dtype = np.asarray(case.params[name]).dtype
        kept, words, written = _stays_integer(case, name)
        where = origin_of(case, name)
        said = f", so {words}" if kept else cut and f", and arrays made like it cut fractions off: {cut}"
        finding = Finding(
            "integer-weights",
            "data",
            f"{name} is an array of {dtype}"
            + (f"{said}." if said else "; written to in place, it cuts fractions off."),
            f"Make it an array of floats: {_floated(case, where) or 'np.array([0.0, ...])'}",
            (name,),
            evidence={"dtype": str(dtype), "largest_gradient": _gradient_of(case, name)},
            corrected=_floated(case, where),
            hint="Look at the dtype of the weights, and at what is left of a small step.",
            certain=bool(said),
        )
        others = "Or here, where fractions are cut off, or an array is made that cannot hold them."
        yield from at_each(case, finding, [where, *written, *through], others, most=MOST, corrected="")


def _gradient_of(case: Case, name: str) -> float | None:
    try:
        assert case.gradients is not None
        with np.errstate(all="ignore"):
            return float(np.abs(case.gradients(_floats(case))[name]).max())
    except Exception:
        return None


def _floats(case: Case) -> Params:
    return {n: np.asarray(v, dtype=float).copy() for n, v in case.params.items()}


def _stays_integer(case: Case, name: str) -> tuple[bool, str, list[Where]]:
    """Whether the author's loop or update keeps a parameter integer, in words what that does, and the lines."""
    value = np.asarray(case.params[name])
    seen = observe(case)
    if seen is not None:
        if seen.error is not None and "cast" in str(seen.error).lower():
            return True, f"the update stops: {type(seen.error).__name__}", []
        of_shape = [c for c in seen.log.changes if isinstance(c.new, np.ndarray) and c.new.shape == value.shape]
        own = [c.slot for c in of_shape if c.new.dtype == value.dtype and np.array_equal(c.new, value)]
        moved = [c for c in of_shape if c.slot in own and c.old is not None]
        if own and all(c.new.dtype.kind in "iu" for c in moved):
            return (
                True,
                f"every new value is cut off to a whole number: after the first steps it has changed in "
                f"{len(moved)} of them",
                [(c.file, c.line) for c in moved if c.inplace][:1],
            )
    if case.update is not None:
        given = {n: np.array(v) for n, v in case.params.items()}
        gradients = {n: np.full(np.shape(v), 0.37) for n, v in given.items()}
        result, log, problem = watched(case, case.update, given, gradients, case.lr)
        after = (result if isinstance(result, dict) else given).get(name)
        if problem is not None and "cast" in str(problem).lower():
            return True, f"the update stops: {type(problem).__name__}", []
        if problem is None and np.asarray(after).dtype.kind in "iu":
            lines = [(c.file, c.line) for c in log.changes if c.inplace and np.shape(c.new) == value.shape]
            return True, "a step of 0.37 times the learning rate is cut off to a whole number", lines[:1]
    return False, "", []


# What is computed from whole numbers and from floats of the same values ----------------------------------------------


def _cut_in_functions(case: Case) -> tuple[str, list[Where]]:
    """Where gradient or loss differ between the parameters as they are and as floats: in words, and the lines."""
    for of, fn in (("gradient", case.gradients), ("loss", case.loss)):
        if fn is None:
            continue
        given, own, problem = watched(case, fn, case.copies())
        meant, other, worse = watched(case, fn, _floats(case))
        if problem is not None or worse is not None:
            continue
        pairs = [(given[n], meant[n]) for n in meant] if hasattr(meant, "items") else [(given, meant)]
        for a, b in pairs:
            got, right = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
            off = np.abs(got - right) if got.shape == right.shape else np.zeros(1)
            if not np.isfinite(right).all() or not np.max(off, initial=0) > OFF * np.max(np.abs(right), initial=1e-300):
                continue
            i = int(np.argmax(off))
            words = f"the {of} comes out as {np.ravel(got)[i]:.4g} where floats of the same values give "
            return f"{words}{np.ravel(right)[i]:.4g}", _cutting(case, own, other)
    return "", []


def _cutting(case: Case, own: Log, other: Log) -> list[Where]:
    """The lines that make arrays of whole numbers, where floats make arrays of floats that get other numbers."""
    found = []
    meant = _held(other)
    for key, (maker, held) in _held(own).items():
        floats = meant[key][1] if key in meant else []
        pairs = [(a, b) for a, b in zip(held, floats, strict=False) if a.shape == b.shape]
        cut = any(a.dtype.kind in "iu" and b.dtype.kind == "f" and np.any(np.abs(a - b) > TINY) for a, b in pairs)
        if cut and _makes(case, maker):
            found.append((maker.file, maker.line))
    return list(dict.fromkeys(found))


def _held(log: Log) -> dict[tuple[str, int, str], tuple[Change, list[Array]]]:
    """What the arrays held one after the other that a line gave a name, with the first time that it did."""
    makers: dict[Any, Change] = {}
    found: dict[tuple[str, int, str], tuple[Change, list[Array]]] = {}
    for c in log.changes:
        if isinstance(c.new, np.ndarray):
            maker = makers[c.slot] = makers.get(c.slot, c) if c.inplace else c
            found.setdefault((maker.file, maker.line, maker.name), (maker, []))[1].append(c.new)
    return found


def _makes(case: Case, first: Change) -> bool:
    """Whether the line assigns to the name of an array, and not just goes through it."""
    targets = [t for node in statements_at(case, (first.file, first.line)) for t in whole_targets(node)]
    return any(root_of(t).rpartition(".")[2] == first.name.rpartition(".")[2].partition("[")[0] for t in targets)


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
