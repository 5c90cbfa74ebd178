"""Guards of a logarithm that do nothing in the precision of the program: ``1 - 1e-8`` is 1 in single precision."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.lines.places import NOWHERE, Where, assigned, place_of, statements_at, text_of
from cutaway.checking.records import Case, Finding
from cutaway.graph import Eqn, Graph, Var

LIMITS = {"clip": (1, 2), "minimum": (1,), "maximum": (1,), "add": (), "subtract": ()}
"""What may guard a logarithm, with the places of its limits; an epsilon that is added may stand on either side."""

WAY = ("subtract", "add", "multiply", "negative", "reshape", "astype", "take_at", "transpose", "copy", "squeeze")
DEPTH, TINY = 8, 1e-3
CALLS = ("clip", "minimum", "maximum", "fmin", "fmax")


@dataclass(frozen=True)
class _Guard:
    """A guard that lets through what it should hold back."""

    eqn: Eqn
    words: str
    evidence: dict[str, Any]


def lost_guards(case: Case, graph: Graph, log: Eqn, step: int) -> Iterator[Finding]:
    """The guards in front of a logarithm of zero, and where their limits are made, each as a note."""
    made = {e.output: e for e in graph.eqns}
    places: dict[Where, tuple[_Guard, str]] = {}
    for guard in _above(made, log):
        where = place_of(guard.eqn)
        if where == NOWHERE:
            continue
        places.setdefault(where, (guard, guard.words))
        for name in _limits_at(case, where):
            for place in list(assigned(case, name))[:1]:
                places.setdefault(place, (guard, f"Or here, where {name} is made: {guard.words}"))
    for where, (guard, words) in list(places.items())[:3]:
        yield Finding(
            "guard-without-effect",
            "numerics",
            words,
            f"Take a limit that {guard.evidence['dtype']} can tell from 0 and from 1, such as "
            f"{_enough(guard.evidence['dtype'])}, or compute the loss from the pre-activation",
            (),
            *where,
            {"step": step, **guard.evidence},
            text_of(case, where),
            hint="What is the limit in the precision of these numbers?",
            certain=False,
        )


def _above(made: dict[Any, Eqn], log: Eqn) -> Iterator[_Guard]:
    """The useless guards between a logarithm and the function whose values it takes."""
    stack: list[tuple[Any, int]] = [(log.inputs[0], 0)]
    while stack:
        atom, depth = stack.pop()
        eqn = made.get(atom)
        if eqn is None or depth > DEPTH:
            continue
        name = eqn.primitive.name.rpartition(".")[2]
        guard = _useless(eqn, name) if name in LIMITS else None
        if guard is not None:
            yield guard
        if name in WAY or name in LIMITS:
            stack += [(a, depth + 1) for a in eqn.inputs if isinstance(a, Var)]


def _useless(eqn: Eqn, name: str) -> _Guard | None:
    result = np.asarray(eqn.output.value)
    if result.dtype.kind != "f" or not result.ndim:
        return None
    dtype = str(result.dtype)
    spacing = float(np.finfo(result.dtype).eps)
    about: dict[str, Any] = {"dtype": dtype, "spacing_below_one": spacing / 2}
    if name in ("add", "subtract"):
        small = [k for k, a in enumerate(eqn.inputs) if np.ndim(_value(a)) == 0 and 0 <= abs(float(_value(a))) < TINY]
        other = [np.asarray(_value(a), dtype=float) for k, a in enumerate(eqn.inputs) if k not in small]
        if len(small) != 1 or not other or not isinstance(eqn.inputs[1 - small[0]], Var):
            return None
        e = abs(float(_value(eqn.inputs[small[0]])))
        zero = bool(np.any((result == 0) & (other[0] == 0)))
        one = name == "subtract" and small[0] == 1 and bool(np.any((result == 1) & (other[0] == 1))) and e > 0
        if zero:
            words = f"What is added here, {e:.3g}, is 0 in {dtype}: the zeros stay zeros."
        elif one:
            words = f"Taking {e:.3g} off 1 leaves 1 in {dtype}."
        else:
            return None
        return _Guard(eqn, words, {**about, "epsilon": e})
    for k in LIMITS[name]:
        limit = _value(eqn.inputs[k]) if k < len(eqn.inputs) else None
        if limit is None or np.ndim(limit) or not np.isfinite(float(limit)):
            continue
        rounded = float(np.asarray(limit, dtype=result.dtype))
        upper = (name == "clip" and k == 2) or name == "minimum"
        bound = 1.0 if upper else 0.0
        at = int(np.sum(result == rounded))
        if rounded == bound and at:
            away = "below 1" if upper else "above 0"
            tiny = f" (the numbers next to 1 are {spacing / 2:.2g} away from it)" if upper else ""
            words = (
                f"The limit of this {name} is exactly {bound:g} in {dtype}{tiny}, so it cannot keep its argument "
                f"{away}: {at} of {result.size} numbers are {bound:g}."
            )
            return _Guard(eqn, words, {**about, "limit": rounded, "at_the_limit": at})
    return None


def _value(atom: Any) -> Any:
    return atom.value if isinstance(atom, Var) else atom


def _enough(dtype: str) -> str:
    return {"float32": "1e-6", "float16": "1e-3"}.get(dtype, "1e-12")


def _limits_at(case: Case, where: Where) -> list[str]:
    """The names in the limits of the guard on a line: not the array that it guards."""
    found: list[str] = []
    for statement in statements_at(case, where):
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in CALLS:
                method = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) not in ("np", "numpy")
                limits = [*node.args[0 if method else 1 :], *(k.value for k in node.keywords)]
                found += [n.id for limit in limits for n in ast.walk(limit) if isinstance(n, ast.Name)]
    return [n for n in dict.fromkeys(found) if n not in ("np", "numpy")]
