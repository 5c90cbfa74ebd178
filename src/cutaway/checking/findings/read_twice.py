"""A parameter that the loss does not depend on, because another one of its shape is read where it is meant.

The forward pass reads ``p["bo"]`` in all gates, ``p["bf"]`` in none: nothing that is computed of ``bf`` can be right.
The proof is a trial: with the names exchanged, the author's gradients are those of the author's loss.
"""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import permutations
from typing import Any

import numpy as np

from cutaway.checking.correction.edited import Part, Text, within
from cutaway.checking.correction.vocabulary import READS
from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.diagnosis import View
from cutaway.checking.findings.rerun import LONGEST, is_gradient
from cutaway.checking.records import Case, Finding
from cutaway.checking.running.contents import Contents
from cutaway.checking.running.limits import at_most
from cutaway.checking.running.quiet import call

SECONDS = 2.0  # for all trials
TOGETHER, MOST = 3, 6  # parameters that are not read, and places at which another one is


def read_twice(case: Case, seen: Sequence[View], wrong: Sequence[str]) -> Iterator[Finding]:
    """The lines where another parameter is read, if all is right with the one that is meant."""
    view = seen[0]
    names = [n for n in wrong if not any(np.any(v.exact[n]) for v in seen) and np.any(view.user[n])]
    if not case.file or case.gradients is None or case.loss is None or not 0 < len(names) <= TOGETHER:
        return
    text, kept = Text(case.file, case.source), Contents(case.gradients, case.loss)
    others = [n for n in view.exact if n not in names and view.exact[n].shape == view.exact[names[0]].shape]
    started = time.process_time()
    for other in others if kept.whole else ():
        places = _places(view, text, other)
        if not len(names) < len(places) <= MOST:
            continue
        for chosen in permutations(places, len(names)):
            if time.process_time() - started > SECONDS:
                return
            with ExitStack() as stack:
                for part, name in zip(chosen, names, strict=True):
                    stack.enter_context(part.instead(_named(part.node, name)))
                done = stack.enter_context(text.running())
                good = done and _belong(case, view, kept)
            if good:
                yield from _said(case, view, names, chosen, wrong)
                return


def _places(view: View, text: Text, name: str) -> list[Part]:
    """Where functions that the loss runs through read a parameter by its name."""
    run = {s.first_line for stack in view.point.stacks.values() for s in stack.spots if s.file == text.file}
    functions = (f for f in text.functions() if min([f.lineno, *(d.lineno for d in f.decorator_list)]) in run)
    parts = (p for f in functions for p in within(f) if isinstance(p.node, READS) and isinstance(p.node.ctx, ast.Load))
    found = {(p.node.lineno, p.node.col_offset): p for p in parts if _name(p.node) == name}
    return [found[key] for key in sorted(found)]


def _name(node: ast.expr) -> str:
    """The name of a parameter as it is read: a key, an attribute, or a name alone."""
    if isinstance(node, ast.Subscript):
        return str(node.slice.value) if isinstance(node.slice, ast.Constant) else ""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _named(node: ast.expr, name: str) -> ast.expr:
    other: Any = copy.copy(node)
    if isinstance(node, ast.Subscript):
        other.slice = ast.copy_location(ast.Constant(name), node.slice)
    elif isinstance(node, ast.Attribute):
        other.attr = name
    else:
        other.id = name
    return other  # type: ignore[no-any-return]


def _belong(case: Case, view: View, kept: Contents) -> bool:
    """Whether the author's gradients, as they are now, are those of the loss as it is now."""
    assert case.gradients is not None
    params = view.point.params
    try:
        with at_most(LONGEST):
            given = dict(call(case.gradients, params))
        numbers = {n: np.reshape(np.asarray(given[n], dtype=float), np.shape(params[n])) for n in view.exact}
        return is_gradient(case, params, numbers)
    except Exception:
        return False
    finally:
        kept.put_back()


def _said(
    case: Case, view: View, names: Sequence[str], chosen: Sequence[Part], wrong: Sequence[str]
) -> Iterator[Finding]:
    for part, name in zip(chosen, names, strict=True):
        before, after = ast.unparse(part.node), ast.unparse(_named(part.node, name))
        yield Finding(
            "parameter-without-effect",
            "loss",
            f"The loss does not depend on {name}: {before} is read here, as in other places. With {after} on "
            f"{'this line' if len(names) == 1 else 'these lines'} the gradients are those of the loss.",
            f"Write {after} instead of {before}",
            tuple(wrong),
            evidence={"gradient_of_the_loss": 0.0, "numbers_without_effect": int(np.size(view.exact[name]))},
            hint="Which parameters does the forward pass read, and how often?",
            **at((case.file, part.node.lineno)),
        )
