"""The line that only gives a value the name of a gradient: ``db = delta``, ``grads["b"] = delta``, ``{"b": delta}``.

Nothing is computed there, so that no equation has this line; and where other gradients need the value too, and are
right, it is this line that is wrong.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from cutaway.checking.lines.backward import Backward, Spot
from cutaway.checking.lines.omissions import function_at
from cutaway.checking.lines.origins import names_of_value
from cutaway.checking.lines.places import name_of, whole_targets
from cutaway.graph import Eqn

BEFORE = ("d", "g", "grad", "delta")
GIVEN = ("append", "insert", "appendleft")


class Binding(NamedTuple):
    """A line that hands a value on: what it is called there, and the name that it gets."""

    spot: Spot
    source: str
    target: str


def binding(backward: Backward, eqn: Eqn, name: str) -> Binding | None:
    """Where the value of an equation, which other gradients need as well, is given as the gradient of one parameter."""
    if backward.reaches.get(eqn.output, frozenset()) <= {name}:
        return None
    found: list[tuple[int, int, Binding]] = []
    for spot, own in _named(backward, eqn):
        node = function_at(spot.file, spot.first_line)
        for rank, line, source, target in _handed_on(node, own, name) if node is not None else ():
            here = replace(spot, line=line, end_line=line, column=0, end_column=0)
            found.append((rank, -line, Binding(here, source, target)))
    return min(found, default=(0, 0, None), key=lambda f: f[:2])[2]


def _named(backward: Backward, eqn: Eqn) -> Iterator[tuple[Spot, str]]:
    """The functions in which a value has a name of its own, and these names."""
    seen: set[tuple[str, int, str]] = set()
    for spot, own in [*_assigned(backward, eqn), *names_of_value(backward, eqn.output)]:
        if own.isidentifier() and (spot.file, spot.first_line, own) not in seen:
            seen.add((spot.file, spot.first_line, own))
            yield spot, own


def _assigned(backward: Backward, eqn: Eqn) -> Iterator[tuple[Spot, str]]:
    """The names that a value gets on the very lines that compute it."""
    for spot in backward.stacks[eqn.output].spots:
        node = function_at(spot.file, spot.first_line)
        for inner in ast.walk(node) if node is not None else ():
            if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                value = inner.value
                if (value.lineno, value.col_offset) == (spot.line, spot.column) and (
                    value.end_lineno,
                    value.end_col_offset,
                ) == (spot.end_line, spot.end_column):
                    yield spot, inner.targets[0].id


def _handed_on(node: ast.AST, own: str, name: str) -> Iterator[tuple[int, int, str, str]]:
    """(rank, line, the name that is read, what it is handed to) in a function, the likeliest of the lowest rank."""
    for inner in ast.walk(node):
        for target, value in _pairs(inner):
            if not (isinstance(value, ast.Name) and value.id == own):
                continue
            text = ast.unparse(target)
            if isinstance(target, ast.Name):
                if target.id != own and not _computed_with(node, target.id):
                    yield (0 if is_gradient_of(text, name) else 1), value.lineno, own, text
            elif isinstance(inner, ast.Dict):
                if is_gradient_of(_last(target), name):
                    yield 3, value.lineno, own, text
            elif (isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Constant)) or is_gradient_of(
                _last(target), name
            ):
                yield 2, value.lineno, own, text
        if isinstance(inner, ast.Call):
            for k in inner.keywords:
                if k.arg and isinstance(k.value, ast.Name) and k.value.id == own and is_gradient_of(k.arg, name):
                    yield 3, k.value.lineno, own, k.arg
            last = inner.args[-1] if inner.args else None
            if isinstance(last, ast.Name) and last.id == own and name_of(inner.func) in GIVEN:
                yield 2, last.lineno, own, ast.unparse(inner.func)
        given = inner.value if isinstance(inner, ast.Return) else None
        if isinstance(given, ast.Tuple) and any(isinstance(e, ast.Name) and e.id == own for e in given.elts):
            yield 4, given.lineno, own, ""


def _pairs(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What an assignment gives to what, one by one; of a dict, the entries."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield ast.Subscript(ast.Name("", ast.Load()), key, ast.Load()), value
    for target in whole_targets(node) if isinstance(node, ast.Assign) else ():
        value = node.value  # type: ignore[attr-defined]
        if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
            if len(target.elts) == len(value.elts):
                yield from zip(target.elts, value.elts, strict=True)
        else:
            yield target, value


def _last(target: ast.expr) -> str:
    """The key or the attribute that something is kept under."""
    if isinstance(target, ast.Subscript):
        return str(target.slice.value) if isinstance(target.slice, ast.Constant) else ""
    return name_of(target)


def _computed_with(node: ast.AST, name: str) -> bool:
    """Whether a function does more with a name than to hand it on."""
    parts = (n for n in ast.walk(node) if isinstance(n, ast.BinOp | ast.AugAssign | ast.Compare | ast.Attribute))
    return any(
        isinstance(side, ast.Name) and side.id == name
        for part in parts
        for side in ast.iter_child_nodes(part)
        if not (isinstance(part, ast.AugAssign) and side is part.value and isinstance(part.target, ast.Name))
    )


def is_gradient_of(word: str, name: str) -> bool:
    """Whether something is called like a parameter, or like its gradient: ``db1``, ``grad_b1``, ``b1``."""
    plain, whole = (re.sub(r"[^a-z0-9]", "", w.lower().rpartition(".")[2]) for w in (word, name))
    layers = whole.rstrip("0123456789")  # each of which calls its own alike
    return any(plain in {w, f"{w}grad", f"{w}g", *(f"{p}{w}" for p in BEFORE)} for w in (whole, layers) if w)
