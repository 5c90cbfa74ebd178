"""What confirms the exact gradient from outside: differences of the loss, and the complex step.

Both look at the loss along random directions. Differences know nothing of the recording, and are lost at kinks, in
cancellation and in single precision. The complex step runs the recorded graph at ``x + i h v`` with a tiny ``h``: its
imaginary part over ``h`` is the slope, without any subtraction (Squire and Trapp, SIAM Review 40(1), 1998). It takes
every kink on the side of the real part, and is possible only where each function is that of a complex variable. A
witness that proves nothing says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cutaway.checking.records import Array, Params, Witness
from cutaway.checking.running.quiet import call
from cutaway.graph import ZERO, Eqn, Graph, Var

STEP = 1e-5  # of a central difference, relative to the parameters: its error is about 1e-10 in double precision
ENOUGH = 1e-4  # agreement of two central differences that makes them a witness
TINY = 1e-20  # the complex step: its square is lost beside 1
DIRECTIONS = 3
LARGEST = 20_000_000  # numbers in a graph that is run in complex arithmetic
DIFFERENCES, COMPLEX = "differences", "complex step"

Direction = dict[str, Array]


def directions(params: Params) -> list[Direction]:
    """Random directions, the same for both witnesses, in which every parameter changes by about its own size."""
    rng = np.random.default_rng(0)
    return [{n: rng.standard_normal(v.shape) * (1 + np.abs(v)) for n, v in params.items()} for _ in range(DIRECTIONS)]


def slope(loss: Callable[..., Any], params: Params, direction: Direction, h: float) -> float:
    """The central difference of the loss along a direction."""
    values = []
    for sign in (1, -1):
        moved = {n: v + sign * h * direction[n] for n, v in params.items()}
        values.append(float(np.asarray(call(loss, moved))))
    return (values[0] - values[1]) / (2 * h)


def along(exact: Mapping[str, Array], direction: Direction) -> tuple[float, float]:
    """The exact slope along a direction, and the sum of its parts without their signs: its scale."""
    parts = [exact[n] * direction[n] for n in direction]
    return sum(float(np.sum(p)) for p in parts), sum(float(np.sum(np.abs(p))) for p in parts) + 1e-300


# Differences ----------------------------------------------------------------------------------------------------------


def by_differences(
    loss: Callable[..., Any], params: Params, exact: Mapping[str, Array], value: float, narrowest: str
) -> Witness:
    """Central differences with two steps: where the two disagree, they prove nothing."""
    single = narrowest != "float64"
    noise = 1e-16 * abs(value) / STEP * (1e8 if single else 1)
    worst, kinked, drowned, still = 0.0, 0, 0, 0
    for direction in directions(params):
        near, far = (slope(loss, params, direction, h) for h in (STEP, 3 * STEP))
        true, size = along(exact, direction)
        if abs(near - far) > ENOUGH * size + noise or not np.isfinite(near + far):
            kinked += 1
            continue
        if size < 1e-200 and abs(near) > noise:
            return Witness(DIFFERENCES, float("inf"), False, "the loss changes and its gradient is zero: a kink")
        still += size < 1e-200
        drowned += noise > ENOUGH * size
        worst = max(worst, max(0.0, abs(near - true) - noise) / size)
    of = f"in {kinked} of {DIRECTIONS} directions" if kinked < DIRECTIONS else "in every direction"
    if kinked:
        why = f"two step sizes disagree {of}: a kink within the step, or noise"
    elif still == DIRECTIONS:
        why = "the gradient is zero here, as where everything is saturated: there is nothing to compare"
    elif drowned and single:
        why = f"the loss is computed in {narrowest}: its rounding is as large as its change over a step"
    elif drowned:
        why = "cancellation: the loss is so large beside its slope that the difference keeps too few digits"
    else:
        why = ""
    return Witness(DIFFERENCES, worst, DIRECTIONS not in (kinked, still) and not drowned, why)


# The complex step -----------------------------------------------------------------------------------------------------


class _NotPossibleError(Exception):
    """The loss has no complex step, and why."""


def by_complex_step(graph: Graph, params: Params, exact: Mapping[str, Array]) -> Witness:
    """The slopes of the recorded loss along the same directions, from its imaginary part."""
    if sum(np.size(e.output.value) for e in graph.eqns) > LARGEST:
        return Witness(COMPLEX, float("nan"), False, "the loss is too large to be run in complex arithmetic")
    worst, notes = 0.0, set[str]()
    with np.errstate(all="ignore"):
        for direction in directions(params):
            true, size = along(exact, direction)
            try:
                found = _run(graph, params, direction, notes)
            except _NotPossibleError as error:
                return Witness(COMPLEX, float("nan"), False, str(error))
            if size < 1e-200 and not notes:
                return Witness(COMPLEX, float("nan"), False, "the gradient is zero here: there is nothing to compare")
            if not np.isfinite(found):
                return Witness(COMPLEX, float("nan"), False, "it is not finite in complex arithmetic")
            worst = max(worst, abs(found - true) / size)
    kinks = sorted(note for note in notes if "kink" in note)
    return Witness(COMPLEX, worst, not kinks, "; ".join(kinks or sorted(notes)))


def _run(graph: Graph, params: Params, direction: Direction, notes: set[str]) -> float:
    """The imaginary part of the loss at ``x + i h v``, over ``h``."""
    values: dict[Var, Any] = {v: params[str(v.name)] + 1j * TINY * direction[str(v.name)] for v in graph.inputs}
    for eqn in graph.eqns:
        if not any(a in values for a in eqn.inputs if isinstance(a, Var)):
            continue
        args = [_promoted(values.get(a, a.value)) if isinstance(a, Var) else a for a in eqn.inputs]
        name = eqn.primitive.name.rsplit(".", 1)[-1]
        if name in EDGES and EDGES[name](*map(_pair, args)):
            notes.add(f"{name} stands exactly on its kink{_line(eqn)}")
        if eqn.primitive.vjp is ZERO or (name == "astype" and eqn.params["dtype"].kind not in "fc"):
            continue  # piecewise constant: what was recorded holds near here
        values[eqn.output] = _complex(eqn, name, args, notes)
    (output,) = graph.outputs
    assert isinstance(output, Var)
    return float(np.asarray(np.imag(values[output])).reshape(-1)[0]) / TINY if output in values else 0.0


def _promoted(x: Any) -> Any:
    return np.asarray(x).astype(complex) if np.asarray(x).dtype.kind == "f" else x


def _complex(eqn: Eqn, name: str, args: list[Any], notes: set[str]) -> Any:
    if name == "astype":
        if eqn.params["dtype"].itemsize < 8:
            notes.add(f"the program rounds to {eqn.params['dtype'].name}{_line(eqn)}, the complex step does not")
        return args[0]
    fn = BRANCHES.get(name, eqn.primitive.fn if name in ANALYTIC else None)
    if fn is None:
        raise _NotPossibleError(f"{name}{_line(eqn)} is no function of a complex variable")
    try:
        return fn(*args, **eqn.params)
    except (TypeError, ValueError) as error:
        raise _NotPossibleError(f"{name}{_line(eqn)} does not take complex numbers") from error


def _line(eqn: Eqn) -> str:
    return f" in line {eqn.where.line}" if eqn.where else ""


def _pair(x: Any) -> Any:
    return np.asarray(x)


def _tie(a: Any, b: Any) -> bool:
    """Whether two arguments are equal somewhere and leave each other along the direction."""
    return bool(np.any((a.real == b.real) & (a.imag != b.imag)))


def _of_zero(a: Any, *_: Any) -> bool:
    return _tie(a, np.asarray(0.0))


def _limits(a: Any, low: Any, high: Any) -> bool:
    return _tie(a, low) or _tie(a, high)


EDGES: dict[str, Callable[..., bool]] = {
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin", "greater", "greater_equal", "less", "less_equal"), _tie),
    **dict.fromkeys(("absolute", "fabs", "sign"), _of_zero),
    "clip": _limits,
}
"""Functions with kinks or jumps: whether the arguments stand on one."""


def _chosen(pick: Callable[..., Any]) -> Callable[..., Any]:
    """The largest or smallest entries, by their real parts."""

    def reduced(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        mask = a.real == pick(a.real, axis=axis, keepdims=True)
        return np.sum(np.where(mask, a, 0), axis=axis, keepdims=keepdims) / np.sum(mask, axis=axis, keepdims=keepdims)

    return reduced


def _softplus(z: Any) -> Any:
    return np.where(z.real > 0, z, 0) + np.log1p(np.exp(np.where(z.real > 0, -z, z)))


BRANCHES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("maximum", "fmax"), lambda a, b: np.where(np.real(a) >= np.real(b), a, b)),
    **dict.fromkeys(("minimum", "fmin"), lambda a, b: np.where(np.real(a) <= np.real(b), a, b)),
    **dict.fromkeys(("absolute", "fabs"), lambda a: np.where(a.real < 0, -a, a)),
    "clip": lambda a, low, high: np.where(
        np.real(a) < np.real(low), low, np.where(np.real(a) > np.real(high), high, a)
    ),
    "max": _chosen(np.max),
    "min": _chosen(np.min),
    "sigmoid": lambda z: np.where(
        z.real > 0, 1 / (1 + np.exp(np.where(z.real > 0, -z, 0))), np.exp(np.where(z.real > 0, 0, z)) / (1 + np.exp(z))
    ),
    "softplus": _softplus,
    "cross_entropy_of_logits": lambda z, y: _softplus(z) - z * y,
}
"""Functions with branches, each taken on the side of the real part."""

_ARITHMETIC = ("add", "subtract", "multiply", "divide", "negative", "positive", "square", "sqrt", "reciprocal", "power")
_POWERS = ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "softmax", "log_softmax", "logsumexp")
_ANGLES = ("sin", "cos", "tan", "arcsin", "arccos", "arctan")
_HYPERBOLIC = ("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh")
_SUMS = ("sum", "mean", "prod", "cumsum", "cumprod", "cross_entropy_of_scores")
_PRODUCTS = ("matmul", "contracted", "csr_matmul", "sparse_matmul", "det", "inv", "solve")
_SHAPES = ("reshape", "transpose", "broadcast_to", "copy", "concatenated", "patches", "fold", "python_number")
_PLACES = ("take_at", "put_at", "add_at", "scatter", "where")
ANALYTIC = frozenset((*_ARITHMETIC, *_POWERS, *_ANGLES, *_HYPERBOLIC, *_SUMS, *_PRODUCTS, *_SHAPES, *_PLACES))
"""Primitives whose NumPy function is that of a complex variable, or moves its arguments as they are."""


def own_complex_slope(loss: Callable[..., Any], params: Params, direction: Direction) -> float | None:
    """The complex step through the author's own function, for a loss that cannot be recorded; None if it fails."""
    try:
        value = np.asarray(call(loss, {n: v + 1j * TINY * direction[n] for n, v in params.items()}))
    except Exception:
        return None
    if value.dtype.kind != "c" or value.size != 1 or not np.isfinite(value).all():
        return None
    return float(value.reshape(-1)[0].imag) / TINY
