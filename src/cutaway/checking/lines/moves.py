"""Gradients that are read from what a step changed: the steps themselves in the recorded backward pass.

``p - after`` says where: ``after`` is what the step made of the parameter, and each value that it was computed from by
adding or subtracting is a move. A parameter that no step touches comes back as it was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutaway.checking.lines.backward import Backward, Spot
from cutaway.graph import Eqn, Var

COPIES = frozenset(
    (
        *("reshape", "astype", "copy", "transpose", "stacked", "concatenated", "python_number", "take_at", "put_at"),
        *("broadcast_to", "swapaxes"),
    )
)
SCALES = frozenset(("multiply", "divide", "negative"))
SUMS = frozenset(("add", "sum", "mean"))
MOVES = frozenset(("add", "subtract", "add_at", "put_at"))


def kind_of(eqn: Eqn) -> str:
    """The name of what an equation computes."""
    return eqn.primitive.name.rpartition(".")[2]


def given_back(backward: Backward, name: str, atom: Any) -> bool:
    """Whether a value is made of a parameter's entries alone, and nothing was computed with them."""
    todo, found = [atom], False
    while todo:
        a = todo.pop()
        if not isinstance(a, Var):
            continue
        eqn = backward.producer.get(a)
        if eqn is None:
            if str(a.name) not in backward.inputs or backward.inputs[str(a.name)] is not a:
                continue
            if str(a.name) != name:
                return False
            found = True
        elif kind_of(eqn) not in COPIES:
            return False
        else:
            todo += eqn.inputs
    return found


def moved(backward: Backward, name: str) -> list[Var]:
    """What each step made of a parameter, if its gradient is the sum of what steps changed; nothing otherwise."""
    todo, found, of_it = [backward.outputs.get(name)], list[Var](), _made_of(backward, name)
    while todo:
        atom = todo.pop()
        eqn = backward.producer.get(atom) if isinstance(atom, Var) else None
        if eqn is None:
            return []
        kind, above = kind_of(eqn), [a for a in eqn.inputs if a in of_it]
        after = _step(backward, name, eqn) if kind in ("subtract", "add") else None
        if after is not None:
            found.append(after)
        elif kind in SCALES:
            todo += above[:1]
        elif kind in COPIES | SUMS and not (
            kind == "add" and any(np.any(_value(a)) for a in eqn.inputs if a not in above)
        ):
            todo += above[::-1]
        else:
            return []
    return found


def _step(backward: Backward, name: str, eqn: Eqn) -> Var | None:
    """What a difference takes from a parameter, or to which it adds it."""
    for before, after in (eqn.inputs, eqn.inputs[::-1]):
        if isinstance(after, Var) and given_back(backward, name, before):
            return after
    return None


def _value(atom: Any) -> Any:
    return atom.value if isinstance(atom, Var) else atom


def _made_of(backward: Backward, name: str) -> set[Any]:
    """A parameter, and all values that were computed from it."""
    todo, found = [v for v in [backward.inputs.get(name)] if v is not None], set[Any]()
    while todo:
        a = todo.pop()
        if a not in found:
            found.add(a)
            todo += (backward.eqns[k].output for k in backward.users.get(a, ()))
    return found


@dataclass(frozen=True)
class Move:
    """An equation that moves a parameter, or some of its entries; ``base`` is which of its inputs it moves."""

    eqn: Eqn
    base: int
    path: tuple[tuple[str, int], ...]

    @property
    def line(self) -> tuple[str, int]:
        return self.path[0]


def moves(backward: Backward, name: str, after: Any) -> list[Move]:
    """The equations by which a value comes from a parameter, or is put together otherwise: the last one first."""
    source = backward.inputs.get(name)
    found: list[Move] = []
    todo, seen = [after], set[Var]()
    while todo:
        a = todo.pop()
        eqn = backward.producer.get(a) if isinstance(a, Var) and a not in seen else None
        if eqn is None:
            continue
        seen.add(eqn.output)
        kind = kind_of(eqn)
        if kind in ("add", "subtract", "add_at"):
            base = _base(backward, eqn, source)
            if base is None:
                continue
            found += _move(backward, eqn, base)
            todo.append(eqn.inputs[base])
        elif kind == "put_at":
            found += _move(backward, eqn, 0)
            todo += eqn.inputs[:2]
        elif kind in COPIES:
            todo += eqn.inputs
        elif kind in SCALES and source is not None:
            todo += [i for i in eqn.inputs if isinstance(i, Var) and i in backward.producer][:1]
    return sorted(found, key=lambda m: -backward.place[m.eqn.output])


def _base(backward: Backward, eqn: Eqn, source: Var | None) -> int | None:
    """Which of two terms goes on being moved: the one that comes from the parameter by few steps."""
    sizes = []
    for k, a in enumerate(eqn.inputs[:2]):
        if isinstance(a, Var) and (a is source or a in backward.producer):
            depth = _depth(backward, a, source)
            if depth is not None:
                sizes.append((depth, k))
    return min(sizes)[1] if sizes else None


def _depth(backward: Backward, atom: Var, source: Var | None, most: int = 400) -> int | None:
    """How many equations lie between a parameter and a value, by way of copies, multiples and moves alone."""
    todo, seen = [(0, atom)], set[Var]()
    while todo and len(seen) < most:
        depth, a = todo.pop(0)
        if a is source:
            return depth
        eqn = backward.producer.get(a) if a not in seen else None
        seen.add(a)
        if eqn is not None and kind_of(eqn) in COPIES | SCALES | MOVES:
            todo += [(depth + 1, i) for i in eqn.inputs if isinstance(i, Var)]
    return None


def _move(backward: Backward, eqn: Eqn, base: int) -> Iterator[Move]:
    stack = backward.stacks.get(eqn.output)
    if stack is not None and stack.spots:
        yield Move(eqn, base, tuple((s.file, s.line) for s in stack.spots))


def spot_of(backward: Backward, move: Move) -> Spot | None:
    """The expression of a move."""
    return backward.spot(move.eqn.output)
