"""Mistakes about kernels, which have more axes than a matrix: two of them exchanged, or turned round.

On the way back an error goes through a convolution with the kernel turned round and with its channels exchanged. Where
one of the two is forgotten, the shapes often fit all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from cutaway.checking.backprop import Change, pull_back
from cutaway.checking.mistakes.mistake import Mistake, Scene
from cutaway.graph import Eqn, Var

_PRODUCTS = ("matmul", "contracted", "multiply")
_MOVES = ("reshape", "transpose", "take_at", "copy", "astype", "concatenated", "patches", "put_at")
LARGEST = 50_000  # numbers in a kernel; what is larger is no kernel

Turn = Callable[[Any], Any]


def kernels(scene: Scene) -> Iterator[Mistake]:
    """The error passed back through a kernel, or the kernel's own gradient, with axes exchanged or turned round."""
    producers = {e.output: e for e in scene.eqns}
    for i in (0, 1):
        ways = {}
        for k, eqn in enumerate(scene.eqns):
            if eqn.primitive.fn.__name__ in _PRODUCTS and len(eqn.inputs) == 2 and scene.active(k, 1 - i):
                chain = _from_parameter(eqn.inputs[1 - i], producers, scene)
                if chain is not None and scene.active(k, i):
                    ways[k] = chain
        for group in scene.groups(list(ways)):
            if len({ways[k][0] for k in group}) == 1:
                yield from _through(scene, group, i, ways)
    for name in scene.graph.inputs:
        edges = [
            (k, i) for k, e in enumerate(scene.eqns) for i, a in enumerate(e.inputs) if a is name and scene.active(k, i)
        ]
        if edges and _is_kernel(name):
            yield from _own(scene, name, edges)


def _is_kernel(atom: Any) -> bool:
    return isinstance(atom, Var) and 3 <= np.ndim(atom.value) <= 6 and np.size(atom.value) <= LARGEST


def _from_parameter(atom: Any, producers: dict[Var, Eqn], scene: Scene) -> tuple[Var, tuple[Eqn, ...]] | None:
    """The parameter that a value is a view of, and the equations between."""
    chain: list[Eqn] = []
    while isinstance(atom, Var) and atom in producers and len(chain) < 6:
        eqn = producers[atom]
        if eqn.primitive.fn.__name__ not in _MOVES or len(eqn.inputs) != 1:
            return None
        chain.append(eqn)
        atom = eqn.inputs[0]
    if isinstance(atom, Var) and atom in scene.graph.inputs and _is_kernel(atom):
        return atom, tuple(reversed(chain))
    return None


def _through(scene: Scene, group: tuple[int, ...], i: int, ways: dict[int, Any]) -> Iterator[Mistake]:
    kernel: Var = ways[group[0]][0]
    name = scene.name(kernel)
    broken = tuple(dict.fromkeys(_source(scene, scene.eqns[k].inputs[i]) for k in group))
    for code, what, turn, cost in _turns(np.shape(kernel.value)):
        turned: dict[tuple[Eqn, ...], Any] = {}
        changes: dict[Any, Change] = {}
        for k in group:
            chain = ways[k][1]
            if chain not in turned:
                turned[chain] = _along(turn(kernel.value), chain)
            changes[k, i] = _with_other(scene.eqns[k], i, turned[chain])
        yield Mistake(
            code,
            f"passes the error back through {name} with {what}",
            f"Go back through {name} with every axis where it was: {_advice(code, what)}",
            changes,
            {},
            broken,
            cost=cost,
        )


def _own(scene: Scene, kernel: Var, edges: list[tuple[int, int]]) -> Iterator[Mistake]:
    name = scene.name(kernel)
    for code, what, turn, cost in _turns(np.shape(kernel.value)):
        yield Mistake(
            code,
            f"has the gradient of {name} with {what}",
            f"Give the gradient of {name} the axes of {name}",
            {edge: _after(turn) for edge in edges},
            {},
            (kernel,),
            cost=cost + 0.05,
        )


def _turns(shape: tuple[int, ...]) -> Iterator[tuple[str, str, Turn, float]]:
    """(code, in words, what is done, cost): pairs of equal axes exchanged, one or two axes turned round, and both."""
    swaps = [(a, b) for a, b in combinations(range(len(shape)), 2) if shape[a] == shape[b] > 1]
    flips = [axes for n in (2, 1) for axes in combinations(range(len(shape)), n) if all(shape[a] > 1 for a in axes)]
    for a, b in swaps:
        yield "kernel-axes", f"axes {a} and {b} exchanged", partial(np.swapaxes, axis1=a, axis2=b), 1.2
    for axes in flips:
        yield "kernel-not-turned", f"{_said(axes)} turned round", partial(np.flip, axis=axes), 1.25
    for a, b in swaps:
        for axes in flips:
            if len(axes) == 2:
                words = f"axes {a} and {b} exchanged and {_said(axes)} turned round"
                yield "kernel-axes", words, partial(_both, a=a, b=b, axes=axes), 1.4


def _both(w: Any, a: int, b: int, axes: tuple[int, ...]) -> Any:
    return np.flip(np.swapaxes(w, a, b), axes)


def _said(axes: tuple[int, ...]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"axes {' and '.join(map(str, axes))}"


def _advice(code: str, what: str) -> str:
    if code == "kernel-axes":
        return f"it has {what}; np.swapaxes puts them back"
    return "in a convolution of the error it has to be turned round once, np.flip(W, axes), not twice and not never"


def _along(value: Any, chain: tuple[Eqn, ...]) -> Any:
    for eqn in chain:
        value = eqn.primitive.fn(value, **eqn.params)
    return value


def _with_other(eqn: Eqn, i: int, value: Any) -> Change:
    other = Var(value)
    inputs = (eqn.inputs[0], other) if i == 0 else (other, eqn.inputs[1])
    turned = Eqn(eqn.primitive, inputs, eqn.params, eqn.output)
    return lambda g, part: pull_back(turned, i, g)


def _after(turn: Turn) -> Change:
    return lambda g, part: turn(np.asarray(part))


def _source(scene: Scene, atom: Any) -> Var:
    """The value that patches were cut from."""
    for _ in range(12):
        eqn = scene.eqns[scene.number[atom]] if atom in scene.number else None
        if eqn is None or eqn.primitive.fn.__name__ not in _MOVES:
            break
        atom = next((a for a in eqn.inputs if isinstance(a, Var) and a in scene.live), atom)
    found: Var = atom
    return found
