"""Hidden units that start equal stay copies of one unit for ever; weights of zero pass nothing on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cutaway.checking.lints.initialization import at_the_start
from cutaway.checking.records import Array, Case, Finding, Params

STEPS = 5


def equal_units(case: Case) -> Iterator[Finding]:
    """Hidden units that start equal, get equal gradients, and so stay copies of one unit for ever."""
    weights = {n: np.asarray(v, dtype=float) for n, v in case.params.items()}
    matrices = {n: w for n, w in weights.items() if w.ndim == 2 and min(w.shape) >= 1 and max(w.shape) >= 2}
    if len(matrices) < 2:
        return  # one layer: there are no hidden units
    alike = [w for w in matrices.values() for a in (0, 1) if min(w.shape) > 1 and all_equal(w, a)]
    if not alike and any(np.any(w) for w in matrices.values()):
        return
    path = descended(case, weights)
    if path is None:
        return
    last, moved = path
    if all(not np.any(w) for w in matrices.values()):
        stuck = [n for n in matrices if not np.any(last[n])]
        if stuck and any(moved.values()):
            words = f"{', '.join(stuck)} {'is' if len(stuck) == 1 else 'are'}"
            yield at_the_start(
                case,
                "zero-weights",
                stuck,
                f"All weights start at zero, and after {STEPS} steps {words} still exactly zero: "
                "no layer passes an error on to the other.",
                {"steps": STEPS, "largest_weight_after": 0.0},
            )
            return
    for name, w in matrices.items():
        if min(w.shape) < 2:
            continue
        for axis in (0, 1):
            if w.shape[1 - axis] < 2 or not all_equal(w, axis) or not all_equal(last[name], axis):
                continue
            if not moved[name]:
                continue
            partner = _partner(name, w.shape[1 - axis], matrices, last)
            if partner is None:
                continue
            units = w.shape[1 - axis]
            yield at_the_start(
                case,
                "equal-units",
                [name, partner],
                f"The {units} hidden units behind {name} start with equal weights and get equal gradients: "
                f"after {STEPS} "
                f"steps they are still {units} copies of one unit.",
                {"units": units, "largest_difference_between_units": 0.0, "steps": STEPS, "shape": list(w.shape)},
            )
            return


def _partner(name: str, units: int, matrices: dict[str, Array], last: Params) -> str | None:
    """Another weight matrix that treats so many units alike: the one on the other side of the hidden layer."""
    for other, w in matrices.items():
        if other != name and any(
            w.shape[1 - a] == units and all_equal(w, a) and all_equal(last[other], a) for a in (0, 1)
        ):
            return other
    return None


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
                    moved[n] |= bool(np.any(g[n]))
                    scale = max(float(np.abs(g[n]).max()), 1e-12)
                    p[n] = p[n] - 0.1 * g[n] / max(scale, 1.0)
    except Exception:
        return None
    return p, moved
