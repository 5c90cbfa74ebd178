"""One mistake, and the scene in which mistakes are made: a recorded loss with its true backward pass."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutaway.checking.backprop import Backprop, Change, Edge
from cutaway.graph import Eqn, Var

LAYERS = 6  # passes of a loop that may be layers, of which one alone can be wrong; longer ones go over time or samples
LONGEST = 48  # letters of an expression that stands for its value in a sentence
ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky relu", "softmax")


@dataclass(frozen=True, eq=False)
class Mistake:
    """A named change of the rules.

    Attributes
    ----------
    code : str
        Its name: ``missing-slope``.
    words : str
        What was done, as the end of "the backward pass ...".
    fix : str
        What to do instead, as an order.
    changes : mapping
        The rules that are replaced.
    seeds : mapping
        The cotangents that are set by force, for mistakes about the loss itself.
    broken : tuple of Var
        The values whose cotangents are the first to be wrong.
    wrong, right : str
        The wrong and the right term, in LaTeX.
    cost : float
        How far-fetched it is: of two that explain the same numbers, the cheaper one is reported.
    """

    code: str
    words: str
    fix: str
    changes: Mapping[Edge, Change] = field(default_factory=dict)
    seeds: Mapping[Var, Any] = field(default_factory=dict)
    broken: tuple[Var, ...] = ()
    wrong: str = ""
    right: str = ""
    cost: float = 1.0


class Scene:
    """A recorded loss, its true backward pass, and what mistakes are made of.

    Parameters
    ----------
    backprop : Backprop
        Holds the graph and the true cotangents.
    lr : float
        The author's learning rate, for weights that were updated too early.
    stacks : mapping, optional
        Where each value of the loss was computed.
    given : sequence of (name, array)
        What the author's backward pass reads and the loss may not: other targets.
    """

    def __init__(
        self,
        backprop: Backprop,
        lr: float = 0.1,
        stacks: Mapping[Var, Any] | None = None,
        given: Sequence[tuple[str, Any]] = (),
    ) -> None:
        self.stacks, self.given = stacks or {}, given
        self.backprop, self.graph, self.true, self.lr = backprop, backprop.graph, backprop.true, lr
        self.eqns = backprop.graph.eqns
        self.live = backprop.live
        self.number = {eqn.output: k for k, eqn in enumerate(self.eqns)}
        self._written: dict[Var, str] = {}
        self._alike: dict[tuple[int, ...], list[tuple[str, Any]]] | None = None

    def name(self, atom: Any) -> str:
        """What the author calls a value; what it is, where it has no name."""
        if not isinstance(atom, Var):
            return str(atom)
        if atom.name:
            return atom.name.removeprefix("self.")
        eqn = self.eqns[self.number[atom]] if atom in self.number else None
        if eqn is None:
            return "a constant"
        if atom not in self._written:
            self._written[atom] = self._expression(eqn)
        return self._written[atom]

    def _expression(self, eqn: Eqn) -> str:
        """The author's own expression, where it is short; which operation it is, on which line, where it is not."""
        from cutaway.checking.correction import expression

        stack = self.stacks.get((eqn.of or eqn).output)
        node = expression(stack.spots[0])[0] if stack and stack.spots else None
        text = ast.unparse(node) if node is not None else ""
        if 0 < len(text) <= LONGEST:
            return text
        line = f" of line {eqn.where.line}" if eqn.where else ""
        return f"the {eqn.primitive.name} result{line}"

    def active(self, k: int, i: int) -> bool:
        """Whether a gradient flows through argument ``i`` of equation ``k``."""
        eqn = self.eqns[k]
        atom = eqn.inputs[i]
        return isinstance(atom, Var) and atom in self.live and eqn.output in self.true

    def groups(self, numbers: list[int], layers: bool = False) -> Iterator[tuple[int, ...]]:
        """Each equation alone, then all that stand on one line and do the same: a loop's passes; then all of them.

        Where a loop over samples has one over ``layers`` inside, those of one layer are such a group too.
        """
        if len(self.eqns) < 300:
            passes = Counter(self._path(self.eqns[k]) for k in numbers)
            yield from ((k,) for k in numbers if passes[self._path(self.eqns[k])] <= LAYERS)
        seen: set[tuple[int, ...]] = set()
        depths = self._depths(set(numbers)) if layers else {}

        def layer(eqn: Eqn) -> Any:
            depth = depths.get(eqn.output, 0)
            return self._path(eqn), depth if depth <= LAYERS else 0  # what is longer goes over time

        for key in (self._path, layer, _site, _kind):
            together: dict[Any, list[int]] = {}
            for k in numbers:
                together.setdefault(key(self.eqns[k]), []).append(k)
            for group in map(tuple, together.values()):
                if group not in seen and (len(group) > 1 or len(self.eqns) >= 300):
                    seen.add(group)
                    yield group

    def _depths(self, numbers: set[int]) -> dict[Var, int]:
        """For each of these equations, how many of them are on the longest way to it, itself included."""
        depths: dict[Var, int] = {}
        for k, eqn in enumerate(self.eqns):
            before = max((depths.get(a, 0) for a in eqn.inputs if isinstance(a, Var)), default=0)
            if before or k in numbers:
                depths[eqn.output] = before + (k in numbers)
        return depths

    def _path(self, eqn: Eqn) -> Any:
        """The line of an equation and of all calls around it."""
        stack = self.stacks.get((eqn.of or eqn).output)
        lines = tuple((spot.file, spot.line, spot.column) for spot in stack.spots) if stack else eqn.where
        return eqn.primitive.name, lines

    def alike(self, shape: tuple[int, ...]) -> list[tuple[str, Any]]:
        """Named forward values, constants and parameters of a shape: what could be taken for one another."""
        if self._alike is None:
            self._alike = {}
            seen: set[int] = set()
            sources = [v for v in self.graph.inputs]
            sources += [a for e in self.eqns for a in (*e.inputs, e.output) if isinstance(a, Var)]
            for var in sources:
                if id(var) in seen or np.ndim(var.value) == 0 or np.asarray(var.value).dtype.kind not in "fiub":
                    continue
                seen.add(id(var))
                entries = self._alike.setdefault(np.shape(var.value), [])
                if len(entries) < 40:
                    entries.append((self.name(var), var.value))
        return self._alike.get(shape, [])


def _site(eqn: Eqn) -> Any:
    return (eqn.primitive.name, eqn.where and (eqn.where.file, eqn.where.line))


def _kind(eqn: Eqn) -> Any:
    return eqn.primitive.name


def same(a: Any, b: Any) -> bool:
    """Whether two arrays hold the same numbers, up to rounding."""
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-10, atol=1e-12))


def variables(eqns: Sequence[Eqn], i: int) -> tuple[Var, ...]:
    """Argument ``i`` of each equation, where it is a variable."""
    return tuple(atom for eqn in eqns if isinstance(atom := eqn.inputs[i], Var))
