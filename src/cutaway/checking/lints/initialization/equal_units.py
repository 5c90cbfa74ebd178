"""Hidden units that start equal, and get equal gradients, stay copies of one unit for ever."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each
from cutaway.checking.lints.graphs import multiplied
from cutaway.checking.lints.initialization import MADE, made_at
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding, Params

STEPS = 5
ROUNDING = 1e-15  # of a gradient that is a sum of errors which cancel
OF_ONE = 3


def equal_units(case: Case) -> Iterator[Finding]:
    """Hidden units that start equal, get equal gradients, and so stay copies of one unit for ever."""
    weights = {n: np.asarray(v, dtype=float) for n, v in case.params.items()}
    matrices = {n: w for n, w in weights.items() if w.ndim >= 2 and min(w.shape) >= 1 and max(w.shape) >= 2}
    if len(matrices) + sum(w.ndim == 1 for w in weights.values()) < 2:
        return  # one layer: there are no hidden units
    if "seeded alike" in case.notes:
        return  # that is why
    graph = recorded_loss(case)
    factors = multiplied(graph) if graph is not None else set(weights)
    alike = [w for w in matrices.values() if any(True for _ in _units(w, w))]
    repeated = [weights[n].tobytes() for n in factors if n in weights and weights[n].size > 1]
    if not alike and len(set(repeated)) == len(repeated):
        return
    path = descended(case, weights)
    if path is None:
        return
    last, moved = path
    for name, units, shape in _alike(weights, matrices, last, moved):
        partner = _partner(name, units, {n: w for n, w in weights.items() if n in factors}, last)
        if partner is None:
            continue
        finding = Finding(
            "equal-units",
            "initialization",
            f"The {units} hidden units behind {name} start with equal weights and get equal gradients: after {STEPS} "
            f"steps they are still {units} copies of one unit.",
            "Draw the weights at random, each another: rng.normal(0, 1 / sqrt(number of inputs), shape).",
            (name, partner),
            evidence={"units": units, "largest_difference_between_units": 0.0, "steps": STEPS, "shape": list(shape)},
            hint="Look at the numbers that the parameters start with.",
        )
        places = made_at(case, name, partner)
        yield from at_each(case, finding, places, MADE, most=3)
        return


def _alike(
    weights: Params, matrices: dict[str, Array], last: Params, moved: dict[str, bool]
) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """Weights that treat several units alike, before and after: name, units, shape; a unit may have its own array."""
    for name, w in matrices.items():
        yield from ((name, units, w.shape) for units in _units(w, last[name]) if moved[name])
    groups: dict[tuple[tuple[int, ...], bytes], list[str]] = {}
    for name, w in weights.items():
        if w.ndim and w.size > 1 and moved[name]:
            groups.setdefault((w.shape, w.tobytes()), []).append(name)
    for (shape, _), names in groups.items():
        if len(names) > 1 and all(np.allclose(last[n], last[names[0]], rtol=1e-10, atol=1e-12) for n in names):
            yield names[0], len(names), shape


def _units(w: Array, last: Array, of_one: int = OF_ONE) -> Iterator[int]:
    """How many units a matrix treats alike, at first and at last: its rows, or its columns; of kernels, the filters.

    Units that have but one weight each count if there are ``of_one`` of them: two numbers are easily the same.
    """
    turned = (0, 1) if w.ndim == 2 else (1, 0)  # filters stand along the first axis, or along the last one
    for axis in turned:
        shape = w.shape if w.ndim == 2 else (len(w), -1) if axis else (-1, w.shape[-1])
        one, other = w.reshape(shape), last.reshape(shape)
        units, each = one.shape[1 - axis], one.shape[axis]
        if units > 1 and (each > 1 or units >= of_one) and all_equal(one, axis) and all_equal(other, axis):
            yield units


def _partner(name: str, units: int, weights: Params, last: Params) -> str | None:
    """Other weights that treat so many units alike: those on the other side of the hidden layer.

    Those behind filters have weights for each of their places.
    """
    if name not in weights:
        return None
    for other, w in weights.items():
        if w.shape == (units,) and other != name and np.ptp(w) == 0 and all_equal(last[other][None], 0):
            return other
    filters = weights[name].ndim > 2
    for other, w in weights.items():
        one = w.ndim >= 2 and other != name and max(w.shape) > 1
        if one and (units in _units(w, last[other], of_one=2) or (filters and _in_blocks(w, last[other], units))):
            return other
    return None


def _in_blocks(w: Array, last: Array, units: int) -> bool:
    """Whether a matrix has the same weights for all filters at each of their places, at first and at last."""
    for turned in ((w, last), (w.T, last.T)):
        count = len(turned[0])
        shapes = [(units, count // units, -1), (count // units, units, -1)] if count % units == 0 else []
        for axis, shape in enumerate(shapes):
            spreads = [float(np.ptp(v.reshape(shape), axis).max(initial=0)) for v in turned]
            if max(spreads) <= 1e-10 * max(float(np.abs(v).max(initial=0)) for v in turned):
                return True
    return False


def all_equal(w: Array, axis: int) -> bool:
    """Whether all slices across ``axis`` are the same: of columns for ``axis=0``."""
    slices = w if axis == 1 else w.T
    spread = float(np.ptp(slices, axis=0).max(initial=0))
    return spread <= 1e-10 * max(float(np.abs(w).max(initial=0)), 1e-12)


def descended(case: Case, start: Params) -> tuple[Params, dict[str, bool]] | None:
    """Parameters after some steps along the true gradient, and which of them moved; None if it is not known."""
    from cutaway.interpreters.differentiate import grad

    if case.loss is None:
        return None
    p = {n: v.copy() for n, v in start.items()}
    moved = dict.fromkeys(p, False)
    try:
        with np.errstate(all="ignore"):
            for _ in range(STEPS):
                g = grad(case.loss)({n: v.copy() for n, v in p.items()})
                for n in p:
                    if not np.isfinite(g[n]).all():
                        return None
                    scale = float(np.abs(g[n]).max(initial=0))
                    if scale <= ROUNDING:
                        continue
                    moved[n] = True
                    p[n] = p[n] - 0.1 * g[n] / max(scale, 1.0)
    except Exception:
        return None
    return p, moved
