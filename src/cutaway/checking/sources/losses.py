"""Which number of a step is the loss, and which arrays are the gradients that the step applies."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cutaway.checking.lines.places import statements_at
from cutaway.checking.records import Array, Case
from cutaway.checking.running.log import Log
from cutaway.checking.sources.parameters import NUDGE, Step, named_by_loops
from cutaway.checking.sources.replay import Caught, Label, Replay
from cutaway.checking.sources.snapshots import get
from cutaway.tracing import Traced

LOSS = re.compile(r"loss|cost|err|mse|nll|bce|entropy|objective|^j$|^l$|^e$", re.IGNORECASE)
RATE = re.compile(r"^(lr|learning_?rate|alpha|eta|rate|step_?size|l_rate|learn_?rate|a)$", re.IGNORECASE)
OTHER = re.compile(r"lambd|lmbda|^lam|reg|decay|moment|beta|eps|^mu$", re.IGNORECASE)  # what no learning rate is called
MOST = 12  # candidates for the loss that are differentiated
COS = 1 - 1e-9


@dataclass
class Gradients:
    """How the author's gradient of each parameter is got from a run of the step.

    Attributes
    ----------
    labels : dict
        The array that holds it, or None where it is worked out from the change of the parameter.
    factors : dict
        What that array is multiplied by.
    rate : float
        The learning rate.
    """

    labels: dict[str, Label | None]
    factors: dict[str, float]
    rate: float
    kept: dict[str, Label] = field(default_factory=dict)  # new values that were put somewhere else
    guessed: bool = False  # whether no number of the program was found to be the rate

    def times_rate(self, k: float) -> None:
        """Let the rate be ``k`` times what it was: the steps stay as they are."""
        self.rate *= k
        self.factors = {n: f if self.labels[n] is None else f / k for n, f in self.factors.items()}

    def of(self, step: Step, caught: Caught, values: dict[str, Any]) -> dict[str, Any]:
        """The gradients of one run."""
        found: dict[str, Any] = {}
        for name, label in self.labels.items():
            if name in self.kept:
                found[name] = (values[name] - caught.values[self.kept[name]]) / self.rate
            elif label is not None and label in caught.values:
                value = caught.values[label]
                found[name] = value if self.factors[name] == 1 else value * self.factors[name]
            else:
                after = get(caught.after, step.replay.parameters[name])
                found[name] = (values[name] - after) / (self.rate * self.factors[name])
        return found


def find_gradients(step: Step, log: Log, case: Case) -> Gradients:
    """Match every array of the step with the changes that the step makes."""
    caught = step.replay.run(step.values)
    arrays = {k: v for k, v in caught.arrays().items() if v.ndim or any(s.ndim == 0 for s in step.values.values())}
    rates = _rates(step, log, case)
    fits: dict[str, list[tuple[Label, float]]] = {}
    for name, old in step.values.items():
        new = np.asarray(get(caught.after, step.replay.parameters[name]), dtype=float)
        delta = new - old
        fits[name] = []
        for label, g in arrays.items():
            if g.shape == new.shape and np.array_equal(g, new):
                continue  # the new value itself: of a bias that was zero, it looks like a gradient
            factor = _ratio(delta, g, old)
            if factor is not None:
                fits[name].append((label, factor))
    counts: dict[float, int] = {}
    for found in fits.values():
        for factor in {_round(f) for _, f in found}:
            counts[factor] = counts.get(factor, 0) + 1
    known = {_round(r): r for r in rates}
    ranked = sorted(
        (f for f in counts if f != 1.0 or 1.0 in known),
        key=lambda f: (abs(f) in known, counts[f], f > 0),
        reverse=True,
    )
    rate = next((known[abs(f)] for f in ranked if abs(f) in known), None)
    guessed = rate is None and not rates
    if rate is None:
        rate = rates[0] if rates else abs(ranked[0]) if ranked else 1.0
    plain = not step.state or all(np.ndim(get(step.snapshot.state, p)) == 0 for p in step.state.values())
    labels: dict[str, Label | None] = {}
    factors: dict[str, float] = {}
    for name, found in fits.items():
        labels[name], factors[name] = None, 1.0
        exact = [(k, f) for k, f in found if _round(f) == _round(rate)]
        turned = [(k, f) for k, f in found if _round(f) == _round(-rate)]
        if exact:
            labels[name] = exact[0][0]
        elif turned:
            labels[name], factors[name] = turned[0][0], -1.0
        elif (zeros := _of_zeros(step, caught, name, arrays)) is not None:
            labels[name] = zeros
        elif not plain:
            labels[name] = named_gradient(name, arrays, step.values[name]) or (
                found[0][0] if found and step.values[name].size > 1 else None  # any number is a multiple of any other
            )
    return Gradients(labels, factors, rate, guessed=guessed)


def _round(x: float) -> float:
    return float(f"{x:.6e}")


def _ratio(delta: Array, g: Array, old: Array) -> float | None:
    """The number f with ``delta == -f * g``, if there is one."""
    if g.shape != delta.shape:
        return None
    norm = float(np.sum(g.astype(float) ** 2))
    top = float(np.abs(delta).max(initial=0))
    if not np.isfinite(norm) or norm == 0 or top == 0:
        return None
    factor = -float(np.sum(delta * g)) / norm
    single = old.dtype == np.float32 or g.dtype == np.float32
    slack = (1e-3 if single else 1e-7) * top + (1e-6 if single else 1e-15) * 4 * float(np.abs(old).max(initial=0))
    return factor if factor and np.all(np.abs(delta + factor * g) <= slack) else None


def named_gradient(name: str, arrays: dict[Label, Array], value: Array) -> Label | None:
    """An array that is called like the gradient of a parameter."""
    own = re.sub(r"\W", "", name.rsplit(".", 1)[-1]).lower()
    wanted = {f"d{own}", f"g{own}", f"grad{own}", f"{own}grad", f"delta{own}", f"d_{own}", f"grad_{own}", f"{own}_grad"}
    for label, array in arrays.items():
        if array.shape == value.shape and wanted & {part.lower() for part in label if isinstance(part, str)}:
            return label
    return None


def _of_zeros(step: Step, caught: Caught, name: str, arrays: dict[Label, Array]) -> Label | None:
    """The gradient of a parameter that does not move, where it is an array of zeros that is called like it."""
    moved = not np.array_equal(get(caught.after, step.replay.parameters[name]), step.values[name])
    own = None if moved else named_gradient(name, arrays, step.values[name])
    return own if own is not None and not np.any(arrays[own]) else None


def _rates(step: Step, log: Log, case: Case) -> list[float]:
    """Numbers that may be the learning rate: those called so first, then those that the updating lines name.

    Of those called so, the ones that these lines name come first. What they divide by comes last: it is the number of
    samples rather.
    """
    named: dict[float, bool] = {}
    others: dict[float, None] = {}
    divisors: set[float] = set()
    below: set[str] = set()
    wanted = set(step.slots.values())
    lines = {(c.file, c.line) for c in log.changes if c.slot in wanted and c.old is not None}
    mentioned: set[str] = set()
    for where in lines:
        for statement in statements_at(case, where):
            for node in ast.walk(statement):
                number = node.value if isinstance(node, ast.Constant) else None
                if isinstance(number, float | int) and not isinstance(number, bool) and number:
                    others[abs(float(number))] = None
                divided = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv)
                for part in ast.walk(node.right) if isinstance(node, ast.BinOp) and divided else ():
                    if isinstance(part, ast.Constant) and isinstance(part.value, float | int):
                        divisors.add(abs(float(part.value)))
                    below |= {part.id} if isinstance(part, ast.Name) else set()
                mentioned |= {node.id} if isinstance(node, ast.Name) else set()
                mentioned |= {node.attr} if isinstance(node, ast.Attribute) else set()
    scalars = [(c.name.rsplit(".", 1)[-1], c.new) for c in log.changes if isinstance(c.new, float | int | np.number)]
    for call in log.calls:
        scalars += [(k, v) for k, v in call.arguments.items() if type(v) in (float, int)]
    data = named_by_loops(step.replay.program)
    for name, value in scalars:
        if not np.isfinite(value) or value == 0 or name in data:
            continue
        if RATE.match(name):
            named[abs(float(value))] = name in mentioned or named.get(abs(float(value)), False)
        elif name in mentioned and not OTHER.search(name):
            others[abs(float(value))] = None
            divisors |= {abs(float(value))} if name in below else set()
    first = sorted(named, key=lambda rate: not named[rate])
    return list(dict.fromkeys([*first, *sorted(others, key=lambda rate: rate in divisors)]))


# The loss -----------------------------------------------------------------------------------------------------------


@dataclass
class Loss:
    """A number that depends on the parameters, and how well its gradient agrees with the author's."""

    label: Label
    replay: Replay
    named: bool
    cosine: float
    factor: float
    substitute: Callable[[], dict[str, Any]] | None = None


def candidates(replay: Replay, values: dict[str, Array]) -> list[Label]:
    """The numbers of a run that depend on the parameters, those called like a loss first."""
    base = replay.run(values).scalars()
    rng = np.random.default_rng(1)
    moved: dict[Label, int] = dict.fromkeys(base, 0)
    for name, value in values.items():
        size = max(float(np.abs(value).max()), 1e-2)
        nudged = (value + NUDGE * size * rng.normal(size=value.shape)).astype(value.dtype)
        for label, number in replay.run({**values, name: nudged}).scalars().items():
            moved[label] = moved.get(label, 0) + (label in base and number != base[label])
    most = max(moved.values(), default=0)
    if not most:
        return []
    after = replay.run(values).after
    ends = [get(after, way) for way in replay.parameters.values()] if len(values) > MOST else []
    seen = {float(x) for x in (*values.values(), *ends) if np.ndim(x) == 0 and len(values) > MOST}  # no loss is one
    found: list[Label] = []
    for label in sorted((k for k, n in moved.items() if n == most), key=lambda k: (not is_called_loss(k), len(k))):
        if base[label] not in seen:
            seen.add(base[label])
            found.append(label)
    return found[:MOST]


def is_called_loss(label: Label) -> bool:
    """Whether a number has the name of a loss, or is returned by a function that has."""
    # a variable of a function called so is none yet
    words = [part for part in label[2 if label[0] == "local" else 1 :] if isinstance(part, str)]
    return any(LOSS.search(word.rsplit(".", 1)[-1]) for word in words) and not any("acc" in w.lower() for w in words)


def scalar(value: Any) -> Any:
    """One number of an array of one entry."""
    if np.ndim(value) == 0:
        return value
    return value.reshape(-1)[0] if type(value) is Traced else np.asarray(value).reshape(-1)[0]


def ranked(losses: list[Loss]) -> list[Loss]:
    """The best candidate first: the author's gradient is its gradient, or it is called a loss."""
    return sorted(
        losses,
        key=lambda x: (
            x.named and x.cosine > COS,
            x.cosine > COS and abs(x.factor - 1) < 1e-6,
            x.cosine > COS,
            x.named,
            x.cosine,
        ),
        reverse=True,
    )
