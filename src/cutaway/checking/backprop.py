"""Backpropagation through a recorded loss with plain numbers, in which single rules can be broken.

The values are those of the recording, so a pass costs only its backward half. The true pass keeps what was known before
each equation: a broken pass starts there, where it begins to differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from cutaway.graph import Eqn, Graph, NoGradient, Var
from cutaway.ops.shape import unbroadcast

Edge: TypeAlias = tuple[int, int]
"""An equation's number and that of one of its arguments: there one rule is applied."""

Change: TypeAlias = "Callable[[Any, Any], Any]"
"""``change(g, part)``: what is passed on instead of ``part``, where ``g`` came in; None passes nothing."""

Cotangents: TypeAlias = "dict[Var, Any]"


class Seeing:
    """A change that looks at the other cotangents too: ``change(g, part, cotangents)``."""

    def __init__(self, fn: Callable[[Any, Any, Cotangents], Any]) -> None:
        self.fn = fn

    def __call__(self, g: Any, part: Any, cotangents: Cotangents | None = None) -> Any:
        """What is passed on; ``part`` where nothing is known."""
        return part if cotangents is None else self.fn(g, part, cotangents)


_SNAPSHOTS = 400  # equations; longer programs are run through from the start


def values(args: Any) -> list[Any]:
    """The numbers behind atoms."""
    return [a.value if isinstance(a, Var) else a for a in args]


class Backprop:
    """The true backward pass of a graph of one output, and broken ones.

    Attributes
    ----------
    graph : Graph
        The recorded loss.
    live : set of Var
        Floating-point values that depend on the inputs.
    true : dict
        The cotangent of every live variable that the loss depends on.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        (output,) = graph.outputs
        assert isinstance(output, Var)
        self.output = output
        self.live: set[Var] = set(graph.inputs)
        for eqn in graph.eqns:
            if eqn.output.dtype.kind == "f" and any(a in self.live for a in eqn.inputs if isinstance(a, Var)):
                self.live.add(eqn.output)
        self._before: dict[int, Cotangents] = {}
        self._rules = [_rules(eqn, self.live) if eqn.output in self.live else [] for eqn in graph.eqns]
        self.true = self._run({}, keep=len(graph.eqns) <= _SNAPSHOTS)

    def inputs(self, cotangents: Mapping[Var, Any]) -> dict[str, Any]:
        """The gradient of each input, by name."""
        return {
            str(v.name): np.broadcast_to(np.asarray(cotangents.get(v, 0.0), float), v.shape) for v in self.graph.inputs
        }

    def broken(
        self,
        changes: Mapping[Edge, Change],
        seeds: Mapping[Var, Any] | None = None,
        parts: dict[Edge, Any] | None = None,
    ) -> Cotangents:
        """The cotangents if the rules at ``changes`` are replaced, and the cotangents in ``seeds`` set by force.

        What the replaced rules gave is put into ``parts``.
        """
        return self._run(changes, seeds or {}, parts=parts)

    def _run(
        self,
        changes: Mapping[Edge, Change],
        seeds: Mapping[Var, Any] | None = None,
        keep: bool = False,
        parts: dict[Edge, Any] | None = None,
    ) -> Cotangents:
        eqns = self.graph.eqns
        start, cotangents = len(eqns), {self.output: np.ones(self.output.shape, self.output.dtype)}
        if self._before and not seeds and changes:
            start = max(k for k, _ in changes) + 1
            cotangents = dict(self._before[start - 1])
        done: Cotangents = {}
        changed = {k for k, _ in changes}
        with np.errstate(all="ignore"):
            for k in range(start - 1, -1, -1):
                eqn = eqns[k]
                if keep:
                    self._before[k] = dict(cotangents)
                g = cotangents.get(eqn.output)
                if seeds and eqn.output in seeds:
                    g = seeds[eqn.output]
                if g is None or eqn.output not in self.live:
                    continue
                done[eqn.output] = g
                for i, atom, rule in self._rules[k]:
                    part = rule(g)
                    if part is not None and k in changed and (k, i) in changes:
                        change = changes[k, i]
                        part = change(g, part, cotangents) if isinstance(change, Seeing) else change(g, part)
                        if parts is not None:
                            parts[k, i] = part
                    if part is None:
                        continue
                    before = cotangents.get(atom)
                    cotangents[atom] = part if before is None else before + part
        if self._before and not keep:
            done = {**self.true, **done}
        return {**done, **{v: cotangents[v] for v in self.graph.inputs if v in cotangents}}


def _rules(eqn: Eqn, live: set[Var]) -> list[tuple[int, Var, Callable[[Any], Any]]]:
    """What each argument that a gradient flows to gets from the cotangent of the result; found once, applied often."""
    found = [(i, a, _rule(eqn, i)) for i, a in enumerate(eqn.inputs) if isinstance(a, Var) and a in live]
    return [(i, a, rule) for i, a, rule in found if rule is not None]


def _rule(eqn: Eqn, i: int) -> Callable[[Any], Any] | None:
    rule = eqn.primitive.rule(i)
    if isinstance(rule, NoGradient):
        return None
    args, y, params = values(eqn.inputs), eqn.output.value, eqn.params
    if eqn.primitive.fn.__name__ == "sparse_matmul":
        return lambda g: args[0].T @ g
    if eqn.primitive.elementwise and not params and all(np.shape(a) == np.shape(y) for a in args):
        own = _OWN.get((eqn.primitive.fn.__name__, i))
        if own is not None:
            return own(*args)  # the same, without looking at shapes again
    return lambda g: rule(g, y, *args, **params)


_OWN: dict[tuple[str, int], Callable[..., Callable[[Any], Any]]] = {
    ("add", 0): lambda a, b: lambda g: g,
    ("add", 1): lambda a, b: lambda g: g,
    ("subtract", 0): lambda a, b: lambda g: g,
    ("subtract", 1): lambda a, b: lambda g: -g,
    ("multiply", 0): lambda a, b: lambda g: g * b,
    ("multiply", 1): lambda a, b: lambda g: g * a,
    ("negative", 0): lambda a: lambda g: -g,
}
"""Rules of operations on arrays of one shape, which loops over samples are full of."""


def pull_back(eqn: Eqn, i: int, g: Any) -> Any:
    """The cotangent of argument ``i`` from ``g``, that of the result; None where none flows."""
    rule = _rule(eqn, i)
    return None if rule is None else rule(g)


def gathered(g: Any, like: Var) -> Any:
    """``g`` summed over the axes along which ``like`` was broadcast."""
    return unbroadcast(np.asarray(g), like.value)
