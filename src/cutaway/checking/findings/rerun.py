"""What trials of a changed program need: its text, the functions of its backward pass, and what is wrong by a trial."""

from __future__ import annotations

import ast
from functools import cached_property

import numpy as np

from cutaway.checking.correction.edited import Text
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.lines.departures import Locator
from cutaway.checking.lines.origins import made_and_written
from cutaway.checking.records import Array, Case, Params
from cutaway.checking.running.contents import Contents
from cutaway.checking.running.limits import at_most
from cutaway.checking.running.quiet import call
from cutaway.checking.truth import fit

STEP, SAME = 1e-4, 1e-6  # of a difference, and how well it must agree, relative to the gradient
MOST = 2000  # entries of an array that are told apart
LONGEST = 1.0  # seconds for one trial


class Rerun:
    """A case whose functions are run with other texts.

    Attributes
    ----------
    text : Text
    wrong : frozenset of str
        The gradients that are wrong as the program stands.
    """

    def __init__(self, case: Case, view: View, locator: Locator) -> None:
        self.case, self.view, self.locator = case, view, locator
        self.wrong = frozenset(locator.wrong)
        sizes = [np.size(view.exact[n]) for n in self.wrong]
        self.entries = len(sizes) == 1 and 1 < sizes[0] <= MOST  # one vector of all parameters, in most cases
        self.text = Text(case.file, case.source)
        self._numbers: Array | None = None
        self._kept = Contents(case.gradients, case.loss)

    @property
    def possible(self) -> bool:
        """Whether there is a text, a loss and gradients, none of which should be zero: much gives zeros by chance."""
        known = bool(self.case.file) and self.case.gradients is not None and self.case.loss is not None
        return known and self._kept.whole and all(np.any(self.view.exact[n]) for n in self.wrong)

    @cached_property
    def functions(self) -> list[ast.FunctionDef]:
        """Those that the backward pass runs through and the loss does not, those that call others last."""
        forward = {(s.function, s.first_line) for stack in self.view.point.stacks.values() for s in stack.spots}
        backward = self.locator.backward
        recorded = all(backward.outputs.get(n) in backward.producer for n in self.wrong)
        stacks = [backward.stacks[e.output].spots for e in (self.locator.eqns if recorded else backward.relevant())]
        depth = {
            (s.function, s.first_line): len(spots) - k
            for spots in stacks for k, s in enumerate(spots) if s.file == self.case.file
        }  # fmt: skip
        own = {key: depth[key] for key in depth if key not in forward}
        found = {(f.name, _first_line(f)): f for f in self.text.functions()}
        return [found[key] for key in sorted(own, key=lambda key: -own[key]) if key in found]

    @cached_property
    def of_both(self) -> list[ast.FunctionDef]:
        """The functions that both the loss and the backward pass run through."""
        run = {(s.function, s.first_line) for stack in self.view.point.stacks.values() for s in stack.spots}
        return [f for f in self.text.functions() if (f.name, _first_line(f)) in run and f not in self.of_the_loss]

    @cached_property
    def of_the_loss(self) -> list[ast.FunctionDef]:
        """The functions that the loss runs through and the backward pass does not."""
        stacks = self.locator.backward.stacks.values()
        backward = {(s.function, s.first_line) for stack in stacks for s in stack.spots}
        spots = (s for stack in self.view.point.stacks.values() for s in stack.spots if s.file == self.case.file)
        own = dict.fromkeys((s.function, s.first_line) for s in spots)
        found = {(f.name, _first_line(f)): f for f in self.text.functions()}
        return [found[key] for key in own if key not in backward and key in found]

    @cached_property
    def lines(self) -> frozenset[int]:
        """Where something is computed that only what is wrong depends on, or where plain numbers are added to it."""
        backward = self.locator.backward
        suspects = (e.output for e in self.locator.eqns if backward.reaches[e.output] <= self.wrong)
        computed = {s.line for v in suspects for s in backward.stacks[v].spots if s.file == self.case.file}
        plain = (made_and_written(backward, backward.outputs.get(n))[1] for n in self.wrong)
        return frozenset(computed | {s.line for spots in plain for s in spots if s.file == self.case.file})

    def still_wrong(self) -> frozenset[str] | None:
        """Which gradients are wrong with the functions as they are now; None if they fail, or if the loss changes."""
        view, params = self.view, self.view.point.params
        assert self.case.gradients is not None and self.case.loss is not None
        try:
            with at_most(LONGEST):
                numbers = call(self.case.gradients, params)
            self._numbers = None
            fitted = {n: fit(np.asarray(numbers[n], dtype=float), e.shape) for n, e in view.exact.items()}
            most = 5 * self.locator.tolerance
            self._numbers = fitted[next(iter(self.wrong))] if self.entries else None
            bad = frozenset(
                n for n, g in fitted.items() if g is None or not view.error(n, g, view.exact[n]) <= most
            )  # fmt: skip
            if bad < self.wrong:
                change = abs(float(np.asarray(call(self.case.loss, params))) - view.point.value)
                if change > 1e-9 * abs(view.point.value):
                    return None
        except Exception:
            return None
        finally:
            self._kept.put_back()
        return bad

    @cached_property
    def left(self) -> frozenset[str]:
        """What is wrong, entry by entry where all parameters stand in one array."""
        return self.entries_left() or self.wrong

    def entries_left(self) -> frozenset[str] | None:
        """As :meth:`still_wrong`, entry by entry where all parameters stand in one array."""
        found = self.still_wrong()
        if found != self.wrong or self._numbers is None:
            return found
        (name,) = self.wrong
        target, most = self.view.exact[name], 5 * self.locator.tolerance
        top = most * max(float(np.max(np.abs(target))), 1e-300)
        return frozenset(f"{name}\0{i}" for i in np.flatnonzero(~(np.abs(self._numbers - target) <= top)))

    def loss_differs(self) -> frozenset[str] | None:
        """Empty if the author's gradients are those of the loss as it is now: along two directions, by differences."""
        own = {n: g for n, g in self.view.user.items() if n in self.view.exact}
        try:
            same = is_gradient(self.case, self.view.point.params, own)
        except Exception:
            return None
        finally:
            self._kept.put_back()
        return frozenset() if same else frozenset(("loss",))


def is_gradient(case: Case, params: Params, gradients: Params) -> bool:
    """Whether these gradients are those of the loss as it is now: along two directions, by differences."""
    assert case.loss is not None
    random = np.random.default_rng(0)
    for _ in range(2):
        way = {n: random.normal(size=np.shape(params[n])) for n in gradients}
        slope = sum(float(np.vdot(way[n], gradients[n])) for n in way)
        size = sum(float(np.linalg.norm(way[n]) * np.linalg.norm(gradients[n])) for n in way)
        values = []
        for step in (STEP, -STEP):
            there = {n: params[n] + step * way[n] if n in way else params[n] for n in params}
            with at_most(LONGEST):
                values.append(float(np.asarray(call(case.loss, there))))
        if not abs((values[0] - values[1]) / (2 * STEP) - slope) <= SAME * size:
            return False
    return True


def _first_line(function: ast.FunctionDef) -> int:
    return min([function.lineno, *(d.lineno for d in function.decorator_list)])
