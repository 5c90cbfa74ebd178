"""Expressions of the author's that are computed once more, from what the names on their line were seen to mean."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from cutaway.checking.lines.places import name_of
from cutaway.checking.records import Case
from cutaway.checking.running.log import Change, Log
from cutaway.checking.running.observe import undisturbed

_RANDOM = (np.random.Generator, np.random.RandomState)


def safely(file: str, node: ast.expr, known: dict[str, Any]) -> Any:
    """An expression of the author's, computed once more; None if it draws random numbers or fails."""
    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    if any(isinstance(known.get(n), _RANDOM) for n in used):
        return None
    if any(name_of(n) in ("random", "rand", "randn", "input", "open") for n in ast.walk(node)):
        return None
    code = compile(ast.fix_missing_locations(ast.Expression(node)), file, "eval")
    try:
        with undisturbed(), np.errstate(all="ignore"):
            return eval(code, dict(known))
    except Exception:
        return None


def names_at(case: Case, log: Log, c: Change, at: int | None = None) -> dict[str, Any]:
    """What the names meant on the line of a change, or later in its frame: those of the module, then those seen."""
    program = case.notes.get("program")
    known: dict[str, Any] = {"math": math, **(program.namespace if program is not None else {})}
    for earlier in log.changes:
        if earlier.at >= c.at if at is None else earlier.at > at:
            break
        if len(earlier.slot[1]) == 1 and earlier.slot[0] in (0, c.frame):
            known[earlier.name] = earlier.new
    return known


def with_attributes(
    log: Log, node: ast.expr, known: Mapping[str, Any], at: int, others: Mapping[str, Any]
) -> tuple[ast.expr, dict[str, Any]]:
    """An expression whose attributes are names, and what these mean beside those that are ``known``.

    ``others`` are names and attributes, as the author writes them, that mean something else.
    """
    seen = {c.name: c.new for c in log.changes if "." in c.name and c.at <= at} | dict(others)
    names = {text: f"_attribute_{i}" for i, text in enumerate(seen) if "." in text}
    copy = ast.parse(ast.unparse(node), mode="eval").body
    expression: ast.expr = _Plain(names).visit(copy)
    return expression, {**known, **{names.get(text, text): value for text, value in seen.items()}}


class _Plain(ast.NodeTransformer):
    """Attributes whose values were seen, ``self.images``, as names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        text = ast.unparse(node)
        return ast.Name(self.names[text], ast.Load()) if text in self.names else self.generic_visit(node)
