"""What needs no search: a constant times the true gradient, and penalties with a wrong weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.graph import Eqn, Graph, Var

if TYPE_CHECKING:
    from cutaway.checking.findings.diagnosis import View


APART = 1e-5  # a coefficient nearer to the true one is the true one
MOST = 3  # terms of one loss that are wrong; more of them are samples


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
        # a penalty whose gradient lies along the parameter too, as that of its norm, may have been given another one
        for other_penalty in (False, True):
            mixes = [
                _mix(view, name, parts, tolerance, other_penalty) for view, parts in zip(seen, per_view, strict=True)
            ]
            known = [m for m in mixes if m is not None]
            if name not in found and len(known) == len(mixes) > 1 and _few(off(known[0])) and _alike(known):
                found[name] = known[0]
    return found


def _alike(mixes: list[dict[str, float]]) -> bool:
    """Whether the coefficients are the same at every point."""
    first, *others = mixes
    return all(abs(m.get(k, np.inf) - c) <= 1e-4 * max(1.0, abs(c)) for m in others for k, c in first.items())


def _few(wrong: dict[str, float]) -> bool:
    """Whether there are wrong coefficients, and not as many as in a sum over samples."""
    return 0 < len(wrong) <= MOST


def off(mix: dict[str, float]) -> dict[str, float]:
    """The coefficients of a mix that are not those of the true gradient; none where the difference is another."""
    apart = {key: c for key, c in mix.items() if abs(c - key.startswith("term")) > APART}
    return {key: 0.0 if abs(c) < APART else float(f"{c:.7g}") for key, c in apart.items()}


def _mix(
    view: View, name: str, parts: list[dict[str, Any]], tolerance: float, other_penalty: bool
) -> dict[str, float] | None:
    """The coefficients with which the gradients of the terms, the parameter and its sign give the author's gradient."""
    user, own = view.user[name], view.point.params[name]
    if user.shape != own.shape or user.size < 4:
        return None
    columns = {f"term{i}": np.asarray(p[name], float).ravel() for i, p in enumerate(parts)}
    columns = {key: c for key, c in columns.items() if np.max(np.abs(c), initial=0.0) > 0}
    left_out: dict[str, float] = {}
    if np.max(np.abs(own)) > 0:
        for key, extra in (("own", own.ravel()), ("sign", np.sign(own.ravel()))):
            same = [k for k, c in columns.items() if k.startswith("term") and _parallel(c, extra)]
            if other_penalty:
                left_out |= dict.fromkeys(same, 0.0)
                columns = {k: c for k, c in columns.items() if k not in same}
            if not same or other_penalty:
                columns[key] = extra
    if other_penalty and not left_out:
        return None
    if not columns or len(columns) >= user.size:
        return None
    matrix = np.stack(list(columns.values()), axis=1)
    scale = np.max(np.abs(matrix), axis=0)
    solution, *_ = np.linalg.lstsq(matrix / scale, user.ravel(), rcond=None)
    solution = solution / scale
    if view.error(name, (matrix @ solution).reshape(user.shape), user) > tolerance:
        return None
    return left_out | {key: float(c) for key, c in zip(columns, solution, strict=True)}


def _parallel(a: Any, b: Any) -> bool:
    top = float(np.linalg.norm(a) * np.linalg.norm(b))
    return top > 0 and abs(abs(float(a @ b)) - top) < 1e-9 * top


_PASSING = ("negative", "reshape", "astype", "cutaway.ops.shape.python_number")


def terms(graph: Graph) -> list[tuple[Var, float]]:
    """The terms that a loss is the sum of, with their signs; with their factors, where a whole sum has one."""
    (output,) = graph.outputs
    producers = {e.output: e for e in graph.eqns if e.output.shape in ((), (1,), (1, 1))}
    found: list[tuple[Var, float]] = []
    todo: list[tuple[Any, float]] = [(output, 1.0)]
    while todo:
        atom, sign = todo.pop()
        eqn = producers.get(atom) if isinstance(atom, Var) else None
        name = eqn.primitive.name if eqn else ""
        if eqn is not None and name in ("add", "subtract"):
            todo += [(eqn.inputs[1], sign if name == "add" else -sign), (eqn.inputs[0], sign)]
        elif eqn is not None and name in _PASSING:
            todo.append((eqn.inputs[0], -sign if name == "negative" else sign))
        elif (scaled := _scaled_sum(eqn, producers, graph)) is not None:
            todo.append((scaled[0], sign * scaled[1]))
        elif isinstance(atom, Var):
            found.append((atom, sign))
    return found


def _scaled_sum(eqn: Eqn | None, producers: dict[Var, Eqn], graph: Graph) -> tuple[Var, float] | None:
    """A sum of numbers, and the constant by which an equation multiplies it."""
    if eqn is None or eqn.primitive.name not in ("multiply", "divide"):
        return None
    for i, atom in enumerate(eqn.inputs):
        of, other = producers.get(atom) if isinstance(atom, Var) else None, eqn.inputs[1 - i]
        if of is None or of.primitive.name not in ("add", "subtract") or other in producers or other in graph.inputs:
            continue
        k = float(np.ravel(other.value if isinstance(other, Var) else other)[0])
        if eqn.primitive.name == "multiply":
            return of.output, k
        if i == 0 and k:
            return of.output, 1 / k
    return None


def term_gradients(backprop: Backprop) -> list[dict[str, Any]]:
    """The gradients of the loss's terms, one after the other."""
    graph = backprop.graph
    place = {e.output: k for k, e in enumerate(graph.eqns)}
    parts = []
    for var, sign in terms(graph):
        if var not in backprop.live:
            continue
        alone = Backprop(Graph(graph.inputs, _needed(graph, place, var), (var,)))
        gradient = alone.inputs(alone.true)
        parts.append({name: sign * np.asarray(g) for name, g in gradient.items()})
    return parts


def _needed(graph: Graph, place: dict[Var, int], var: Var) -> tuple[Eqn, ...]:
    """The equations that a value is computed by: of one sample's loss, those of that sample."""
    found: set[int] = set()
    todo: list[Any] = [var]
    while todo:
        k = place.get(todo.pop())
        if k is not None and k not in found:
            found.add(k)
            todo += (a for a in graph.eqns[k].inputs if isinstance(a, Var))
    return tuple(graph.eqns[k] for k in sorted(found))
