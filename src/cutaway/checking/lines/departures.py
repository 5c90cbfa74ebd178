"""Where the author's backward pass leaves the true one.

The values of the author's equations are compared with the true cotangents and with those of the run with the mistake.
The equation that holds the first wrong cotangent is the place; the proof is that the gradient becomes right when its
value is replaced by the true one and everything after it is computed again.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cutaway.checking.backprop import pull_back, values
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.backward import Backward, Spot
from cutaway.checking.lines.bindings import binding
from cutaway.checking.lines.misread import misread
from cutaway.checking.lines.operands import incoming, unspread
from cutaway.checking.lines.shelf import ALIKE, Shelf, proportional
from cutaway.checking.mistakes import Mistake
from cutaway.checking.mistakes.slopes import OF_INPUT
from cutaway.checking.truth import fit
from cutaway.graph import Eqn, Var
from cutaway.interpreters.rewriting import without_dead

SECONDS = 2.0  # for the search of a line without a diagnosis
VOID = 1e-9  # of the largest gradient
MANY = 600  # equations of a program that goes through samples or steps one by one: there it is hardly one of them
OF_A_VALUE = ("slope-misspelt", "slope-at-output", "slope-of-preactivation")  # that the slope is not what it should be
WRAPPED = ("reshape", "astype", "copy", "transpose", "stack", "concatenated", "python_number")
LEFT_OUT = ("missing-slope", "rule-left-out", "not-through-weights", "slope-missing-on-path", "path-left-out")


@dataclass
class Departure:
    """Where the author's computation leaves the true one.

    Attributes
    ----------
    eqn : Eqn
        The author's equation.
    wanted : array
        What its value should be.
    of : Var or None
        The value of the loss whose cotangent it should be.
    residual : float
        Largest relative error of the gradients when the value is replaced by what is wanted.
    others : tuple of (Eqn, array)
        The other passes of the same loop, and what is wanted of them.
    incoming : bool
        Whether it is the error that comes into a slope which is right.
    """

    eqn: Eqn
    wanted: Any
    of: Var | None
    residual: float
    spot: Spot
    others: tuple[tuple[Eqn, Any], ...] = ()
    incoming: bool = False


def _plain(c: float) -> bool:
    """Whether a factor may be one of counts: every array with one entry is a multiple of every other one like it."""
    return any(abs(x - round(x)) <= ALIKE * abs(x) and round(x) for x in (2 * c, 2 / c if c else 0.5))


class Locator:
    """Finds departures in one recorded backward pass."""

    def __init__(self, backward: Backward, view: View, wrong: list[str], tolerance: float) -> None:
        self.backward, self.view, self.wrong, self.tolerance = backward, view, wrong, tolerance
        self.eqns = [  # what the checker itself computes around the author's functions has no place in them
            e
            for e in backward.relevant()
            if backward.reaches[e.output] & set(wrong) and backward.spot(e.output) is not None
        ]
        top = max((float(np.max(np.abs(g), initial=0.0)) for g in view.exact.values()), default=0.0)
        void = {n for n, g in view.exact.items() if float(np.max(np.abs(g), initial=0.0)) <= VOID * top}
        self.open = frozenset(wrong) | void  # zero whatever flows back, as of a bias before normalisation: not right
        self.true = {v: np.asarray(g) for v, g in view.backprop.true.items() if np.size(g)}
        graph = view.backprop.graph
        self.producers = {e.output: e for e in graph.eqns}
        self._shelf = Shelf(e.output.value for e in self.eqns)
        self.truths = Shelf(self.true.values())
        self._forward: dict[Var, bool] = {}
        self._taken: set[Var] = set()  # two numbers may be equal by chance: each is at home in another equation
        found: dict[tuple[str, int], list[Any]] = {}
        recorded = without_dead(view.point.graph).eqns if view.point.graph else ()  # one function may hold both passes
        for e in (*graph.eqns, *recorded):
            if e.where:
                found.setdefault((e.where.file, e.where.line), []).append(e.output.value)
        self._values = {where: Shelf(held) for where, held in found.items()}

    @cached_property
    def _counts(self) -> tuple[float, ...]:
        """By what a number may be multiplied: a mean over samples that are taken one by one, and the 2 of a square."""
        graph = self.view.backprop.graph
        lines = Counter((e.where.file, e.where.line, e.primitive) for e in graph.eqns if e.where)
        n = float(max(lines.values(), default=1))
        return tuple({c * k for c in (1.0, 2.0, 0.5) for k in (1.0, n, 1 / n)} - {1.0}) if n > 2 else ()

    @cached_property
    def slopes(self) -> Shelf:
        """The true slopes of the loss's activations."""
        eqns = [(e, e.primitive.name.rpartition(".")[2]) for e in self.view.backprop.graph.eqns]
        return Shelf(OF_INPUT[kind](np.asarray(values(e.inputs)[0], float)) for e, kind in eqns if kind in OF_INPUT)

    @cached_property
    def true_parts(self) -> Shelf:
        """What flows back to a value from each of its uses, where it has several."""
        graph, true = self.view.backprop.graph, self.view.backprop.true
        uses = Counter(a for e in graph.eqns for a in e.inputs if isinstance(a, Var))
        edges = [(e, i) for e in graph.eqns if e.output in true for i, a in enumerate(e.inputs)]
        several = [(e, i) for e, i in edges if isinstance(a := e.inputs[i], Var) and uses[a] > 1 and a in true]
        parts = [pull_back(e, i, true[e.output]) for e, i in several[:MANY]]
        return Shelf(p for p in parts if p is not None)

    # With a diagnosis ------------------------------------------------------------------------------------------

    def of_mistakes(self, mistakes: tuple[Mistake, ...], factors: dict[str, float]) -> list[list[Departure]]:
        """The departures of each mistake; an empty list where no line was found."""
        changes = {edge: change for m in mistakes for edge, change in m.changes.items()}
        seeds = {var: seed for m in mistakes for var, seed in m.seeds.items()}
        parts: dict[Any, Any] = {}
        self._taken.clear()
        made = self.view.backprop.broken(changes, seeds, parts)
        found = []
        for m in mistakes:
            late = m.code in LEFT_OUT
            edges = list(m.changes) if len(m.changes) == len(m.broken) else [None] * len(m.broken)
            group = []
            for var, edge in zip(m.broken, edges, strict=True):
                if self._unharmed(var, made):
                    continue
                d = self._of_part(var, edge, parts, factors, late) or self._along(var, made, factors, late)
                if d is not None:
                    group += misread(self, incoming(self, d) if m.code in OF_A_VALUE else d)
                    self._taken.add(d.eqn.output)
            if not group and len(mistakes) == 1:
                departure = self._of_smaller(m.broken) or self.search(factors)
                group = [departure] if departure is not None else []
            found.append(group)
        everything = {d.eqn.output: d.wanted for group in found for d in group if d.wanted is not None}
        residual = self.residual(everything, factors)
        if residual > self.tolerance * 50 and len(mistakes) == 1:  # the values agree by chance
            departure = self.search(factors)
            if departure is not None and not (found[0] and self.is_whole(departure)):
                return [[departure]]
        for group in found:
            passes: dict[Any, list[Departure]] = {}
            for d in group:
                d.residual = residual
                passes.setdefault((d.spot.file, d.spot.line, d.spot.column, d.spot.end_column), []).append(d)
            for same in passes.values():
                same[0].others = tuple((d.eqn, d.wanted) for d in same[1:])
        return found

    def _unharmed(self, var: Var, made: dict[Var, Any]) -> bool:
        """Whether a mistake changes nothing here, as where the error is zero: then no value can show its line."""
        right, wrong = self.true.get(var), made.get(var)
        if right is None or wrong is None or var in self.view.backprop.graph.inputs:
            return False
        return bool(np.max(np.abs(wrong - right), initial=0.0) <= 1e-9 * np.max(np.abs(right), initial=0.0))

    def _of_part(
        self, var: Var, edge: Any, parts: dict[Any, Any], factors: dict[str, float], late: bool
    ) -> Departure | None:
        """Of a value that is used several times: the equation that holds what flows back from one of the uses."""
        graph = self.view.backprop.graph
        if edge is None or parts.get(edge) is None or sum(a is var for e in graph.eqns for a in e.inputs) < 2:
            return None
        eqn = graph.eqns[edge[0]]
        right = pull_back(eqn, edge[1], self.view.backprop.true[eqn.output])
        return self._holder(var, parts[edge], factors, late, right)

    def _along(
        self, var: Var, made: dict[Var, Any], factors: dict[str, float], late: bool, depth: int = 4
    ) -> Departure | None:
        """The author's equation that holds the wrong cotangent of ``var``, or of what it flows to next."""
        found = self._holder(var, made.get(var), factors, late)
        if found is not None or depth == 0:
            return found
        producer = self.producers.get(var)
        for atom in producer.inputs if producer is not None else ():
            if isinstance(atom, Var) and atom in self.true:
                found = self._along(atom, made, factors, late, depth - 1)
                if found is not None:
                    return found
        return None

    def _holder(
        self, var: Var, wrong: Any, factors: dict[str, float], late: bool, right: Any = None
    ) -> Departure | None:
        right = self.true.get(var) if right is None else np.asarray(right)
        if right is None:
            return None
        if wrong is None:
            wrong = np.zeros(right.shape)
        parameter = str(var.name) if var in self.view.backprop.graph.inputs else None
        allowed = (
            self.backward.ancestors(self.backward.outputs[parameter]) if parameter in self.backward.outputs else None
        )
        found: list[tuple[bool, bool, int, int, Eqn, Any]] = []
        for k in self._shelf.multiples(wrong, self._counts):
            eqn = self.eqns[k]
            reaches = self.backward.reaches[eqn.output]
            if allowed is not None and (eqn.output not in allowed or reaches != {parameter}):
                continue
            if not reaches <= self.open:
                continue
            match = proportional(eqn.output.value, wrong, self._counts)
            if match is not None and np.count_nonzero(wrong) == 1 and not _plain(match[0]):
                continue
            wanted = self._wanted(eqn, right, match) if match is not None else None
            if wanted is not None and not self._changes_nothing(eqn):
                order = self.is_forward(eqn), eqn.output in self._taken, -len(reaches), -k if late else k
                found.append((*order, eqn, wanted))
        found.sort(key=lambda f: f[:4])
        if found and found[0][0] and not all(f[0] for f in found):
            found = [f for f in found if not f[0]]
        best: tuple[float, Departure] | None = None
        for *_, eqn, wanted in found[:6]:
            residual = self.residual({eqn.output: wanted}, factors, self.backward.reaches[eqn.output])
            if best is None or (residual < 1e-3 * best[0] and best[0] > self.tolerance * 50):
                best = residual, self.departure(eqn, wanted, var)
        return best[1] if best else None

    def _changes_nothing(self, eqn: Eqn) -> bool:
        """Whether a value is only handed on: times 1, plus 0, in another shape, or read from where it was put."""
        kind = eqn.primitive.name.rpartition(".")[2]
        first = self.backward.producer.get(eqn.inputs[0]) if isinstance(eqn.inputs[0], Var) else None
        if kind == "take_at" and first is not None and first.primitive.name.endswith("put_at"):
            return np.size(eqn.output.value) == 1
        if kind in ("reshape", "copy", "astype") and first is not None:
            return not self.is_forward(first)
        if kind not in ("multiply", "divide", "add", "subtract"):
            return False
        for mine, other in (eqn.inputs, eqn.inputs[::-1]):
            before = self.backward.producer.get(mine) if isinstance(mine, Var) else None
            number = np.size(other.value if isinstance(other, Var) else other) == 1
            if before is not None and number and np.array_equal(before.output.value, eqn.output.value):
                return not self.is_forward(before)
        return False

    def is_forward(self, eqn: Eqn) -> bool:
        """Whether an equation computes on a line of the loss what the loss computes there: the forward pass.

        A function that both passes call, or that gives the slope as well, stands on lines of the loss too.
        """
        if eqn.output not in self._forward:
            there = self._values.get((eqn.where.file, eqn.where.line)) if eqn.where else None
            self._forward[eqn.output] = there is not None and there.has(eqn.output.value)
        return self._forward[eqn.output]

    def _wanted(self, eqn: Eqn, right: Any, match: tuple[float, Any]) -> Any:
        c, turned = match
        target = right.T if turned else right
        if target.size == np.size(eqn.output.value):
            return c * np.reshape(target, eqn.output.shape)
        return c * target if turned is None else None

    # Without one -----------------------------------------------------------------------------------------------

    def search(self, factors: dict[str, float] | None = None) -> Departure | None:
        """The first equation that makes all wrong gradients right when its value is replaced by a true cotangent."""
        best: tuple[int, Departure] | None = None
        started = time.process_time()
        for eqn in sorted(self.eqns, key=self.is_forward):
            if time.process_time() - started > (SECONDS if len(self.eqns) < MANY else SECONDS / 2):
                break
            reaches = self.backward.reaches[eqn.output]
            if not reaches <= self.open or eqn.output.dtype.kind != "f" or not np.size(eqn.output.value):
                continue
            reaches &= set(self.wrong)
            none = self.backward.rerun({eqn.output: np.zeros(eqn.output.shape)})
            if none is None:
                continue
            for var, right in self.true.items():
                if var in self.view.backprop.graph.inputs and self.backward.reaches[eqn.output] != {str(var.name)}:
                    continue
                wanted = self._solved(eqn, right, reaches, none)
                if wanted is None:
                    continue
                if best is None or len(reaches) > best[0]:
                    departure = self.departure(eqn, wanted, var)
                    departure.residual = self.residual({eqn.output: wanted}, factors or {}, reaches)
                    best = len(reaches), departure
                    break
            if best is not None and best[0] == len(self.wrong):
                break
        return best[1] if best else None

    def is_whole(self, departure: Departure) -> bool:
        """Whether the value is a whole gradient, as it is handed over: that it is wrong says nothing of where."""
        return departure.of in self.view.backprop.graph.inputs

    def _solved(self, eqn: Eqn, right: Any, reaches: frozenset[str], none: dict[str, Any]) -> Any:
        """``c * right`` such that the gradients that depend on ``eqn`` become right; they are linear in it.

        ``none`` are the gradients if the value were zero.
        """
        shapes = [right] + ([right.T] if right.ndim == 2 and 1 not in right.shape else [])
        for target in shapes:
            if target.size != np.size(eqn.output.value) or target.size < 2:
                continue
            if tuple(n for n in target.shape if n != 1) != tuple(n for n in eqn.output.shape if n != 1):
                continue
            value = target.reshape(eqn.output.shape)
            one = self.backward.rerun({eqn.output: value})
            if one is None:
                continue
            c = self._factor(none, one, reaches)
            if c is None:
                continue
            if self.residual({eqn.output: c * value}, {}, reaches) <= self.tolerance * 5:
                return c * value
        return None

    def _factor(self, none: dict[str, Any], one: dict[str, Any], reaches: frozenset[str]) -> float | None:
        above = below = 0.0
        for n in reaches:
            truth = self.view.exact[n]
            a, b = fit(none[n], truth.shape), fit(one[n], truth.shape)
            if a is None or b is None or not (np.isfinite(a).all() and np.isfinite(b).all()):
                return None
            slope = (b - a) / self.view.point.scale(n)
            above += float(np.sum(slope * (truth - a) / self.view.point.scale(n)))
            below += float(np.sum(slope * slope))
        return above / below if below > 0 and np.isfinite(below) else None

    def of_output(self, name: str) -> Departure | None:
        """The equation that computes the gradient of a parameter, as far as one can go back without a change."""
        atom = self.backward.outputs.get(name)
        if not isinstance(atom, Var) or atom not in self.backward.producer:
            return None
        eqn = self.backward.producer[atom]
        while self.backward.spot(eqn.output) is None or (
            eqn.primitive.name.rpartition(".")[2] in WRAPPED and len(eqn.inputs) == 1
        ):
            below = next((a for a in reversed(eqn.inputs) if isinstance(a, Var) and a in self.backward.producer), None)
            if below is None:
                break
            eqn = self.backward.producer[below]
        return self.departure(eqn, None, None) if self.backward.spot(eqn.output) else None

    def given_as(self, name: str) -> Departure | None:
        """As :meth:`of_output`, at the line that hands a value over which is right for other gradients."""
        found = self.of_output(name)
        bound = binding(self.backward, found.eqn, name) if found is not None else None
        return found if found is None or bound is None else replace(found, spot=bound.spot)

    def _of_smaller(self, broken: tuple[Var, ...]) -> Departure | None:
        """The equation that computes the gradient of a parameter, where it has fewer entries than the parameter."""
        found = self.of_output(str(broken[0].name)) if len(broken) == 1 else None
        wanted = self.true[broken[0]] if found is not None and broken[0] in self.view.backprop.graph.inputs else None
        if found is None or wanted is None or np.size(found.eqn.output.value) >= np.size(wanted):
            return None
        return self.departure(found.eqn, wanted, broken[0])

    def dead_parts(self) -> bool:
        """Whether the author computes parts of these gradients that then go nowhere: they were overwritten."""
        lines = {spot.line for e in self.eqns if not self.is_forward(e) and (spot := self.backward.spot(e.output))}
        dead = [e for e in self.backward.eqns if e.output not in self.backward.reaches]
        return any(
            (spot := self.backward.spot(e.output)) is not None and spot.line in lines and np.any(e.output.value)
            for e in dead
        )

    def departure(self, eqn: Eqn, wanted: Any, var: Var | None) -> Departure:
        """An equation as a departure, with its place; of one that only spreads a smaller value, that of the latter."""
        if wanted is not None and np.ndim(wanted):
            eqn, wanted = unspread(self.backward, eqn, wanted)
        spot = self.backward.spot(eqn.output) or Spot("", 0, 0, 0, 0, "", 0, 0)
        return Departure(eqn, wanted, var, float("nan"), spot)

    def residual(
        self, replaced: dict[Var, Any], factors: dict[str, float], names: frozenset[str] | None = None
    ) -> float:
        """Largest relative error of the wrong gradients after the replacement."""
        numbers = self.backward.rerun(replaced)
        if numbers is None:
            return float("inf")
        worst = 0.0
        for n in self.wrong if names is None else names:
            truth = self.view.exact[n] * factors.get(n, 1.0)
            got = fit(numbers[n], truth.shape)
            worst = max(worst, float("inf") if got is None else self.view.error(n, got, truth))
        return worst
