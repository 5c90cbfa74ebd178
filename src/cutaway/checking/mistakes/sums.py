"""Mistakes about what broadcasting does on the way back: a bias's gradient is a sum over all samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.backprop import pull_back
from cutaway.checking.mistakes.mistake import Mistake, Scene, variables
from cutaway.graph import Eqn, Var

SHAPED = ("reshape", "expand_dims", "broadcast_to", "squeeze", "transpose", "take_at", "ravel")


def sums(scene: Scene) -> Iterator[Mistake]:
    """Every way of summing the gradient of something that was broadcast wrongly."""
    numbers = []
    for k, eqn in enumerate(scene.eqns):
        if not eqn.primitive.elementwise or len(eqn.inputs) != 2 or eqn.output.shape == ():
            continue
        numbers += [(k, i) for i in (0, 1) if scene.active(k, i) and eqn.inputs[i].shape != eqn.output.shape]  # type: ignore[union-attr]
    for i in (0, 1):
        for group in scene.groups([k for k, j in numbers if j == i]):
            yield from _of(scene, group, i)


def _of(scene: Scene, group: tuple[int, ...], i: int) -> Iterator[Mistake]:
    eqns = [scene.eqns[k] for k in group]
    name = scene.name(eqns[0].inputs[i]) if len(group) == 1 else "each bias"
    axes = _axes(eqns[0], i)
    what = f"axis {axes[0]}" if len(axes) == 1 else "the samples"
    right = rf"\sum_{{\text{{{what}}}}} \delta"

    def mistake(
        code: str, words: str, reduce: Callable[[Any, Any], Any], wrong: str, cost: float = 1.0
    ) -> Mistake | None:
        changes = {}
        for k, eqn in zip(group, eqns, strict=True):
            changes[k, i] = _change(eqn, i, reduce)
        if any(change is None for change in changes.values()):
            return None
        fix = (
            f"Sum over {what}: np.sum(..., axis={axes[0] if len(axes) == 1 else axes}, keepdims=True) if "
            f"{name} has that shape"
        )
        return Mistake(code, words, fix, changes, {}, variables(eqns, i), wrong, right, cost)

    choices = [
        mistake(
            "bias-summed-over-all",
            f"sums the gradient of {name} over everything: one number for all its entries",
            lambda g, axes: np.sum(g),
            r"\sum_{\text{all}} \delta",
        ),
        mistake(
            "bias-mean-over-all",
            f"takes the mean over everything for the gradient of {name}",
            lambda g, axes: np.mean(g),
            r"\mathrm{mean} \, \delta",
            1.1,
        ),
        mistake(
            "bias-mean",
            f"takes the mean over {what} for the gradient of {name} where the loss has a sum",
            lambda g, axes: np.mean(g, axis=axes),
            r"\mathrm{mean} \, \delta",
        ),
        mistake(
            "one-sample",
            f"uses the first sample alone for the gradient of {name}",
            lambda g, axes: _one(g, axes, 0),
            r"\delta_1",
        ),
        mistake(
            "one-sample",
            f"uses the last sample alone for the gradient of {name}",
            lambda g, axes: _one(g, axes, -1),
            r"\delta_n",
        ),
        mistake(
            "bias-wrong-axis",
            f"sums the gradient of {name} over the wrong axis",
            _other_axis,
            r"\sum_{\text{wrong axis}} \delta",
        ),
        mistake(
            "bias-largest",
            f"takes the largest entry for the gradient of {name}",
            lambda g, axes: np.max(g, axis=axes),
            r"\max \delta",
            1.5,
        ),
    ]
    # the largest of a few entries may be their only one, as in the sum of a softmax
    own = all(_is_bias(scene, eqn.inputs[i]) for eqn in eqns)
    yield from (c for c in choices if c is not None and (own or c.code != "bias-largest"))


def _is_bias(scene: Scene, atom: Any) -> bool:
    """Whether something is a parameter, or one in another shape."""
    while atom in scene.number and scene.eqns[scene.number[atom]].primitive.name.rpartition(".")[2] in SHAPED:
        atom = scene.eqns[scene.number[atom]].inputs[0]
    return atom in scene.graph.inputs


def _axes(eqn: Eqn, i: int) -> tuple[int, ...]:
    """Along which axes argument ``i`` was broadcast."""
    shape, full = eqn.inputs[i].shape, eqn.output.shape  # type: ignore[union-attr]
    extra = len(full) - len(shape)
    return tuple(j for j in range(len(full)) if j < extra or (shape[j - extra] == 1 and full[j] != 1))


def _one(g: Any, axes: tuple[int, ...], which: int) -> Any:
    for axis in sorted(axes, reverse=True):
        g = np.take(g, which, axis=axis)
    return g


def _other_axis(g: Any, axes: tuple[int, ...]) -> Any:
    return np.sum(g, axis=tuple(j for j in range(np.ndim(g)) if j not in axes))


def _change(eqn: Eqn, i: int, reduce: Callable[[Any, Any], Any]) -> Any:
    """The rule of one argument up to its sum, then the wrong sum."""
    mine = eqn.inputs[i]
    assert isinstance(mine, Var)
    axes = _axes(eqn, i)

    def unsummed(g: Any) -> Any:
        """The cotangent as it would be if the argument had the full shape."""
        full = Var(np.broadcast_to(mine.value, eqn.output.shape))
        inputs = tuple(full if j == i else a for j, a in enumerate(eqn.inputs))
        return pull_back(Eqn(eqn.primitive, inputs, eqn.params, eqn.output), i, g)

    def change(g: Any, part: Any) -> Any:
        total = np.asarray(reduce(np.broadcast_to(unsummed(g), eqn.output.shape), axes))
        if total.size == mine.value.size:
            return total.reshape(mine.shape)
        return np.broadcast_to(total, mine.shape) if total.size == 1 else np.full(mine.shape, np.nan)

    return change if axes else None
