"""The loss that a program follows without computing it: ``error = y - output``, and the error alone is sent back.

Half the squared error, where the slope of the output is in the delta; the cross-entropy, where it is not. What is said
of it is proved: its exact gradient has to be the author's, of one array of parameters at least.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.records import Array, Case
from cutaway.checking.sources.losses import Loss
from cutaway.checking.sources.parameters import NUDGE, Step
from cutaway.checking.sources.replay import Caught, Label, Replay
from cutaway.errors import UsageError

SECONDS = 6.0
MOST = 40  # pairs of an output and its targets that are tried
NEAR = 1e-7

TOLD = (
    "the program shows no loss that its gradients belong to. Compared was the one that its error implies: half the "
    "squared error, or the cross-entropy, of its output and its targets"
)

Measure = Callable[[Any, Array], Any]


@dataclass
class Implied:
    """A loss of an output and its targets.

    Attributes
    ----------
    replay : Replay
    outputs : list of Label
        The output, in every round of the step in which there is one.
    targets : list of arrays
        What each of them is compared with.
    measure : callable
        ``measure(output, targets)``.
    factor : float
        What the measure is multiplied by, so that its gradient is the author's.
    decays : dict
        The weight of half the square of a parameter that is added.
    fitting : list of str
        The parameters whose gradient is then the author's.
    """

    replay: Replay
    outputs: list[Label]
    targets: list[Array]
    measure: Measure
    factor: float
    decays: dict[str, float]
    fitting: list[str]

    def function(self) -> Callable[[dict[str, Any]], Any]:
        """The loss as a function of the parameters."""
        replay, found = self.replay, self
        state, root = replay.state, replay.root  # what a recording looks through

        def loss(p: dict[str, Any]) -> Any:
            assert state is replay.state and root is replay.root
            total = found.factor * _measured(replay, p, found.outputs, found.targets, found.measure)
            for name, weight in found.decays.items():
                total = total + weight / 2 * np.sum(p[name] ** 2)
            return total

        return loss


def implied_loss(step: Step, case: Case, *, whole: bool = False) -> Implied | None:
    """The loss whose gradient the author's error is; with ``whole``, of all parameters, else of one at least."""
    from cutaway.interpreters.differentiate import grad

    assert case.gradients is not None
    until = time.monotonic() + SECONDS
    replay, best = step.replay, None
    try:
        own = {n: np.asarray(g, dtype=float) for n, g in case.gradients(case.copies()).items()}
    except Exception:
        return None
    for outputs, targets in _pairs(step):
        for measure in _measures(replay.run(step.values), outputs, targets):
            if time.monotonic() > until:
                return best if best is not None and not whole else None

            def loss(p: dict[str, Any], outputs: Any = outputs, targets: Any = targets, measure: Any = measure) -> Any:
                return _measured(replay, p, outputs, targets, measure)

            try:
                with np.errstate(all="ignore"):
                    exact = {n: np.asarray(g, dtype=float) for n, g in grad(loss)(case.copies()).items()}
            except Exception:
                continue
            factor, decays, fitting = _fit(case, own, exact)
            if not fitting or (factor < 0 and len(fitting) < len(own)):
                continue
            found = Implied(replay, outputs, targets, measure, abs(factor), decays, fitting)
            if len(fitting) == len(own):
                return found
            if best is None or len(fitting) > len(best.fitting):
                best = found
    return None if whole else best


def is_only_shown(loss: Loss, implied: Implied, values: dict[str, Array]) -> bool:
    """Whether a number that is not called a loss is none: the mean of absolute errors, or of other data."""
    words = [part for part in loss.label[1:] if isinstance(part, str)]
    if loss.named and (loss.label[0] == "return" or not any("err" in w.lower() for w in words)):
        return False
    caught = implied.replay.run(values)
    errors = np.concatenate(
        [np.ravel(np.asarray(caught.values[k]) - t) for k, t in zip(implied.outputs, implied.targets, strict=True)]
    ).astype(float)
    value = loss.replay.run(values).scalars().get(loss.label)
    if value is None:
        return False
    counts = {1.0, float(errors.size), float(np.shape(implied.targets[0])[0] if np.ndim(implied.targets[0]) else 1)}
    absolute, squared = float(np.abs(errors).sum()), float((errors**2).sum())
    if any(abs(value - absolute / n) <= 1e-9 * absolute for n in counts):
        return True
    half = any(abs(value - part * squared / n) <= 1e-9 * squared for n in counts for part in (1.0, 0.5))
    return not loss.named and not half


def _measured(replay: Replay, p: dict[str, Any], outputs: list[Label], targets: list[Array], measure: Measure) -> Any:
    caught = replay.run(p)
    if any(label not in caught.values for label in outputs):
        raise caught.error or UsageError("The output was not computed again")
    total: Any = 0.0
    for label, target in zip(outputs, targets, strict=True):
        total = total + measure(caught.values[label], target)
    return total


def _pairs(step: Step) -> Iterator[tuple[list[Label], list[Array]]]:
    """Outputs that depend on every parameter, each with what its error says that it should be; then with other data."""
    rng = np.random.default_rng(1)
    base = _grouped(step.replay.run(step.values))
    moved = dict.fromkeys(base, 0)
    nudged: list[dict[Label, list[Array]]] = []
    for name, value in step.values.items():
        size = max(float(np.abs(value).max()), 1e-2)
        changed = (value + NUDGE * size * rng.normal(size=np.shape(value))).astype(value.dtype)
        nudged.append(_grouped(step.replay.run({**step.values, name: changed})))
        for key, arrays in nudged[-1].items():
            if key in base and not _same(arrays, base[key]):
                moved[key] += 1
    most = max(moved.values(), default=0)
    if not most:
        return
    outputs = [k for k, n in moved.items() if n == most]
    constants = [k for k, n in moved.items() if not n and all(k in held for held in nudged)]
    seen: set[tuple[bytes, ...]] = set()
    for far in (False, True):  # an error that the program holds first; then an output beside any data of its shape
        count = 0
        for key in outputs:
            for other in constants if far else outputs:
                own = base[key][: len(base[other])]  # what is called again is called to show something
                held_there = _in_shape(base[other], own) if far else base[other]
                if key == other or count >= MOST or not _alike(own, held_there):
                    continue
                for targets in [held_there] if far else _constant(key, other, base, nudged):
                    mark = tuple(np.ascontiguousarray(a).tobytes() for a in (*own, *targets))
                    if mark in seen or not np.isfinite(np.concatenate([np.ravel(t) for t in targets])).all():
                        continue
                    seen.add(mark)
                    count += 1
                    yield [(*key, i) if key[0] != "name" else key for i in range(len(own))], targets


def _constant(
    output: Label, error: Label, base: dict[Label, list[Array]], nudged: list[dict[Label, list[Array]]]
) -> Iterator[list[Array]]:
    """The targets, where the error and the output, added or subtracted, are the same whatever the parameters are."""
    for sign in (1, -1):

        def targets(held: dict[Label, list[Array]], sign: int = sign) -> list[Array]:
            return [o + sign * e for o, e in zip(held[output], held[error], strict=False)]

        first = targets(base)
        size = max(float(np.abs(a).max(initial=0)) for a in (*base[output], *base[error]))
        if all(
            output in held
            and error in held
            and _alike(held[output], base[output])
            and _alike(held[error], base[error])
            and all(np.abs(a - b).max(initial=0) <= 1e-12 * size for a, b in zip(targets(held), first, strict=True))
            for held in nudged
        ):
            digits = [np.round(t, 12) for t in first]
            yield digits


def _grouped(caught: Caught) -> dict[Label, list[Array]]:
    """The arrays and numbers of a run, those of the calls of a function together."""
    found: dict[Label, list[Array]] = {}
    for label, value in caught.values.items():
        array = np.asarray(value)
        if array.dtype.kind in "fiu" and array.size:
            found.setdefault(label if label[0] == "name" else label[:-1], []).append(array.astype(float))
    return found


def _alike(a: list[Array], b: list[Array]) -> bool:
    return len(a) == len(b) and all(np.shape(x) == np.shape(y) for x, y in zip(a, b, strict=True))


def _in_shape(a: list[Array], wanted: list[Array]) -> list[Array]:
    """A vector of targets as the column, or the row, that the outputs are."""
    if len(a) != len(wanted) or any(
        x.size != w.size or x.ndim != 1 or max(w.shape, default=0) != x.size for x, w in zip(a, wanted, strict=True)
    ):
        return a
    return [x.reshape(w.shape) for x, w in zip(a, wanted, strict=True)]


def _same(a: list[Array], b: list[Array]) -> bool:
    return _alike(a, b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _measures(caught: Caught, outputs: list[Label], targets: list[Array]) -> Iterator[Measure]:
    """Half the squared error; the cross-entropy, where the output may be shares."""
    yield _half_squares
    values = [np.asarray(caught.values[label]) for label in outputs]
    if any(v.min() <= 0 or v.max() >= 1 for v in values) or any(t.min() < 0 or t.max() > 1 for t in targets):
        return
    if any(abs(v.sum(axis=axis) - 1).max() < 1e-9 for v in values[:1] for axis in range(v.ndim) if v.shape[axis] > 1):
        yield _entropy
    yield _entropy_of_two


def _half_squares(output: Any, target: Array) -> Any:
    return 0.5 * np.sum((output - target) ** 2)


def _entropy(output: Any, target: Array) -> Any:
    return -np.sum(target * np.log(output))


def _entropy_of_two(output: Any, target: Array) -> Any:
    return -np.sum(target * np.log(output) + (1 - target) * np.log(1 - output))


def _fit(case: Case, own: dict[str, Array], exact: dict[str, Array]) -> tuple[float, dict[str, float], list[str]]:
    """The factor by which the most parameters' gradients are the author's, what decays, and these parameters."""
    fits: dict[str, tuple[float, float]] = {}
    for name, g in exact.items():
        mine = own.get(name)
        if mine is None or mine.shape != g.shape or g.size < 2 or not np.any(g) or not np.isfinite(g).all():
            continue
        one = float(np.sum(mine * g) / np.sum(g * g))
        if np.abs(mine - one * g).max() <= NEAR * np.abs(mine).max():
            fits[name] = one, 0.0
            continue
        table = np.stack([np.ravel(g), np.ravel(case.params[name])], axis=1).astype(float)
        if g.size < 4 or np.linalg.matrix_rank(table) < 2:
            continue
        (one, decay), *_ = np.linalg.lstsq(table, np.ravel(mine), rcond=None)
        if np.abs(table @ [one, decay] - np.ravel(mine)).max() <= NEAR * np.abs(mine).max():
            fits[name] = float(one), float(decay)
    groups = {
        round(np.log(abs(f)), 6): [n for n, (other, _) in fits.items() if abs(other - f) <= 1e-6 * abs(f)]
        for f, _ in fits.values()
        if f
    }
    if not groups:
        return 0.0, {}, []
    chosen = max(groups.values(), key=len)
    factor = fits[chosen[0]][0]
    for name, g in exact.items():  # single numbers fit anything: they count beside others
        mine = own.get(name)
        if mine is None or name in fits or mine.shape != g.shape:
            continue
        if np.abs(mine - factor * g).max(initial=0) <= 10 * NEAR * np.abs(mine).max(initial=0):
            chosen.append(name)
    return factor, {n: fits[n][1] for n in chosen if n in fits and fits[n][1]}, chosen
