"""Mistakes about means and variances, as in batch normalisation: taken for constants, though the inputs move them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cutaway.checking.backprop import Change
from cutaway.checking.mistakes.mistake import Mistake, Scene
from cutaway.graph import Eqn, Var

_STATISTICS = ("mean", "sum", "var", "std", "max", "min")
NEAR = 10  # equations between a statistic and the array that it comes back to


def statistics(scene: Scene) -> Iterator[Mistake]:
    """All statistics of one array, by which it is shifted and divided, without a way back."""
    users: dict[Var, list[Eqn]] = {}
    for eqn in scene.eqns:
        for atom in eqn.inputs:
            if isinstance(atom, Var):
                users.setdefault(atom, []).append(eqn)
    found: dict[Var, list[int]] = {}
    for k, eqn in enumerate(scene.eqns):
        name = eqn.primitive.fn.__name__
        if name in _STATISTICS and scene.active(k, 0) and _comes_back(eqn, users):
            found.setdefault(_root(scene, eqn.inputs[0]), []).append(k)
    for root, group in found.items():
        if len(group) < 2:
            continue
        changes: dict[Any, Change] = {(k, 0): _nothing for k in group}
        name = scene.name(root)
        yield Mistake(
            "path-left-out",
            f"takes the mean and the variance of {name} for constants: the error goes back through them too",
            f"Add what goes back through the mean and the variance of {name}: with N samples "
            "dx = (N * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (N * std)",
            changes,
            {},
            (root,),
            r"\hat\delta / \sigma",
            r"(N \hat\delta - \sum \hat\delta - \hat x \sum \hat\delta \hat x) / (N \sigma)",
            1.4,
        )


def _comes_back(eqn: Eqn, users: dict[Var, list[Eqn]]) -> bool:
    """Whether a statistic is combined with the array that it was taken of, or with one of its shape."""
    shape = eqn.inputs[0].shape  # type: ignore[union-attr]
    if len(shape) < 2 or eqn.output.shape == shape:
        return False
    todo, seen = [eqn.output], {eqn.output}
    while todo and len(seen) < NEAR:
        for user in users.get(todo.pop(), ()):
            if not user.primitive.elementwise and user.primitive.fn.__name__ not in ("reshape", "transpose", "take_at"):
                continue
            if user.output.shape == shape:
                return True
            if user.output not in seen:
                seen.add(user.output)
                todo.append(user.output)
    return False


def _root(scene: Scene, atom: Any) -> Var:
    """The array itself, before anything was subtracted from it."""
    for _ in range(NEAR):
        eqn = scene.eqns[scene.number[atom]] if atom in scene.number else None
        if eqn is None or eqn.primitive.fn.__name__ not in ("subtract", "square", "power", "multiply", "absolute"):
            break
        atom = next((a for a in eqn.inputs if isinstance(a, Var) and a in scene.live), atom)
    root: Var = atom
    return root


def _nothing(g: object, part: object) -> None:
    return None
