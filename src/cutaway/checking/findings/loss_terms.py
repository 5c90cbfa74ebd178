"""The other side of a sign or a factor that is wrong in one term of the loss: the line of the loss where it stands.

What the author gives is the gradient of the loss in which that term has another sign or weight: the term can be at
fault as well as the backward pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cutaway.checking.findings.comparison import Comparison, source_line
from cutaway.checking.findings.losses import usual
from cutaway.checking.mistakes import Mistake
from cutaway.checking.records import Finding
from cutaway.graph import Eqn, Var

if TYPE_CHECKING:
    from cutaway.checking.findings.diagnosis import Explanation, View

WORDS = {
    "wrong-sign": ("the other sign", "Change the sign of this term of the loss"),
    "factor-forgotten": ("another factor", "Give this term of the loss the factor that its gradient has"),
    "factor-repeated": ("another factor", "Give this term of the loss the factor that its gradient has"),
}
LINEAR = ("negative", "sum", "mean", "reshape", "astype", "transpose", "copy", "cutaway.ops.shape.python_number")
MOST = 3  # lines


def term_of_the_loss(view: View, found: Explanation, result: Comparison) -> Iterator[Finding]:
    """Where the term stands, if the mistake is the sign or factor of one that goes into the loss as it is."""
    if len(found.mistakes) != 1 or found.mistakes[0].code not in WORDS or found.terms:
        return
    places: list[tuple[str, int]] = []
    for mistake in (*found.mistakes, *found.others):
        if mistake.code == found.mistakes[0].code:
            places += [p for p in _places(view, mistake) if p not in places]
    if not places:
        return
    what, fix = WORDS[found.mistakes[0].code]
    certain = found.mistakes[0].code == "wrong-sign" and not usual(view)
    for i, (file, line) in enumerate(places[:MOST]):
        yield Finding(
            "term-of-the-loss",
            "loss",
            f"With {what} of this term of the loss, your gradient is exactly that of the loss"
            + (": as it stands, this is none of the usual losses." if certain else ".")
            if i == 0
            else "The term goes into the loss here.",
            fix,
            tuple(result.wrong),
            file,
            line,
            {"loss": view.point.value},
            source_line(file, line),
            hint="Which sign and which weight does each term of the loss have?",
            certain=certain and i == 0,
        )


def _places(view: View, mistake: Mistake) -> Iterator[tuple[str, int]]:
    """The line on which the term is added to others, then that which computes it; nothing if it is no term."""
    eqns = view.backprop.graph.eqns
    joins: list[Eqn] = []
    firsts = [eqns[k] for k, _ in mistake.changes]
    for (k, i), first in zip(mistake.changes, firsts, strict=True):
        met = _on_the_way(view, first, k)
        if met is None:
            return
        joins += [first] if first.primitive.name in ("add", "subtract") and _joins(view, first, i) else met
    if joins and not mistake.seeds:
        for eqn in (*joins[:1], *firsts[:1]):
            if eqn.where is not None:
                yield eqn.where.file, eqn.where.line


def _on_the_way(view: View, eqn: Eqn, number: int) -> list[Eqn] | None:
    """The sums of terms that a value goes through on its one way to the loss; None if it does not go in as it is."""
    eqns, live = view.backprop.graph.eqns, view.backprop.live
    at: Any = eqn.output
    met = []
    for later in eqns[number + 1 :]:
        where = [i for i, a in enumerate(later.inputs) if a is at]
        if not where or later.output not in view.backprop.true:
            continue
        name = later.primitive.name
        others = [a for i, a in enumerate(later.inputs) if i not in where and isinstance(a, Var) and a in live]
        if len(where) > 1:
            return None
        if name in ("add", "subtract"):
            met += [later] if _joins(view, later, where[0]) else []
        elif name in ("multiply", "divide"):
            if others or (name == "divide" and where[0] == 1):
                return None
        elif name not in LINEAR:
            return None
        at = later.output
    return met if at is view.backprop.output else None


def _joins(view: View, eqn: Eqn, i: int) -> bool:
    """Whether an equation adds a term to another one that depends on the parameters."""
    other = eqn.inputs[1 - i] if len(eqn.inputs) == 2 else None
    return isinstance(other, Var) and other in view.backprop.live
