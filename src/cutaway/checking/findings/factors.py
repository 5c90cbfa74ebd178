"""What needs no search: a constant times the true gradient, and penalties with a wrong weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.graph import Graph, Var

if TYPE_CHECKING:
    from cutaway.checking.findings.diagnosis import View


def constant_factor(seen: list[View], name: str, tolerance: float) -> float | None:
    """``k`` if the author's gradient is ``k`` times the true one at every point; None otherwise."""
    found: list[float] = []
    for view in seen:
        user, exact = view.user[name], view.exact[name]
        if user.shape != exact.shape or not np.isfinite(user).all():
            return None
        below = float(np.sum(exact * exact))
        if np.max(np.abs(exact), initial=0.0) <= 1e-9 * max(
            np.max(np.abs(g), initial=0.0) for g in view.exact.values()
        ):
            continue  # nothing can be read from zeros
        k = float(np.sum(user * exact)) / below
        if view.error(name, k * exact, user) > tolerance and np.max(np.abs(user), initial=0.0) > 0:
            return None
        found.append(k)
    if len(found) < 1 or (len(found) == 1 and np.size(seen[0].exact[name]) < 4):
        return None
    if max(found) - min(found) > 10 * tolerance * max(abs(k) for k in found):
        return None
    return round(found[0]) if abs(found[0] - round(found[0])) < 1e-6 * abs(found[0]) else found[0]


def terms_of(seen: list[View], names: list[str], tolerance: float) -> dict[str, dict[str, float]]:
    """For each parameter whose gradient is a mix of those of the loss's terms and of itself: the coefficients.

    The coefficients of the terms are 1 in the true gradient, that of the parameter itself (``"own"``) is 0. They must
    be the same at every point.
    """
    per_view = [term_gradients(view.backprop) for view in seen]
    found: dict[str, dict[str, float]] = {}
    for name in names:
        mixes = []
        for view, parts in zip(seen, per_view, strict=True):
            mix = _mix(view, name, parts, tolerance)
            if mix is None:
                break
            mixes.append(mix)
        else:
            if len(mixes) > 1 and all(
                abs(m[key] - mixes[0][key]) <= 1e-4 * max(1.0, abs(mixes[0][key])) for m in mixes[1:] for key in m
            ):
                found[name] = mixes[0]
    return found


def _mix(view: View, name: str, parts: list[dict[str, Any]], tolerance: float) -> dict[str, float] | None:
    user, own = view.user[name], view.point.params[name]
    if user.shape != own.shape or user.size < 4:
        return None
    columns = {f"term{i}": np.asarray(p[name], float).ravel() for i, p in enumerate(parts)}
    columns = {key: c for key, c in columns.items() if np.max(np.abs(c), initial=0.0) > 0}
    proportional = any(_parallel(c, own.ravel()) for c in columns.values())
    if not proportional and np.max(np.abs(own)) > 0:
        columns["own"] = own.ravel()
        columns["sign"] = np.sign(own.ravel())
    if not columns or len(columns) >= user.size:
        return None
    matrix = np.stack(list(columns.values()), axis=1)
    scale = np.max(np.abs(matrix), axis=0)
    solution, *_ = np.linalg.lstsq(matrix / scale, user.ravel(), rcond=None)
    solution = solution / scale
    if view.error(name, (matrix @ solution).reshape(user.shape), user) > tolerance:
        return None
    return {key: float(c) for key, c in zip(columns, solution, strict=True)}


def _parallel(a: Any, b: Any) -> bool:
    top = float(np.linalg.norm(a) * np.linalg.norm(b))
    return top > 0 and abs(abs(float(a @ b)) - top) < 1e-9 * top


def terms(graph: Graph) -> list[tuple[Var, float]]:
    """The terms that a loss is the sum of, with their signs."""
    (output,) = graph.outputs
    producers = {e.output: e for e in graph.eqns}
    found: list[tuple[Var, float]] = []
    todo: list[tuple[Any, float]] = [(output, 1.0)]
    while todo:
        atom, sign = todo.pop()
        eqn = producers.get(atom) if isinstance(atom, Var) else None
        name = eqn.primitive.name if eqn else ""
        if eqn is not None and name in ("add", "subtract") and eqn.output.shape in ((), (1,), (1, 1)):
            todo += [(eqn.inputs[1], sign if name == "add" else -sign), (eqn.inputs[0], sign)]
        elif eqn is not None and name in ("negative", "reshape", "astype") and eqn.output.shape in ((), (1,), (1, 1)):
            todo.append((eqn.inputs[0], -sign if name == "negative" else sign))
        elif isinstance(atom, Var):
            found.append((atom, sign))
    return found


def term_gradients(backprop: Backprop) -> list[dict[str, Any]]:
    """The gradients of the loss's terms, one after the other."""
    graph = backprop.graph
    parts = []
    for var, sign in terms(graph):
        if var not in backprop.live:
            continue
        alone = Backprop(Graph(graph.inputs, graph.eqns, (var,)))
        gradient = alone.inputs(alone.true)
        parts.append({name: sign * np.asarray(g) for name, g in gradient.items()})
    return parts
