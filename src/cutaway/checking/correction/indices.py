"""An entry of another array, by other indices: what may have been meant by ``w_hidden[h][k]`` in a sum over ``k``.

Who takes the weights of another layer mostly has to turn the indices as well: one of the two changes alone gives
nothing that fits. So both are made together.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator
from typing import Any

from cutaway.checking.correction.edited import Part
from cutaway.checking.correction.vocabulary import READS, Words, expr

FEW = 6  # other arrays with which single indices are changed as well


def entries(node: ast.expr, part: Part, words: Words) -> Iterator[tuple[float, ast.AST]]:
    """The entry with both of its last indices changed, or that of an array that is read alike."""
    if part.field == "value" and isinstance(part.parent, ast.Subscript | ast.Attribute):
        return  # it is looked at as a whole
    slots = _slots(node)
    if len(slots) < 2:
        return
    (_, first), (_, second) = slots[1], slots[0]
    if any(isinstance(i, ast.Slice) or not isinstance(i, ast.Name | ast.Constant | ast.BinOp) for i in (first, second)):
        return
    base = _base(node, 2)
    others = _others(base, words)
    turned = not _same(first, second)
    for k, other in enumerate(others):
        if turned:
            yield 1.2 + 0.01 * k, _with(node, other, (second, first))
    names = [ast.Name(name, ast.Load()) for name in words.loops]
    for pair in itertools.permutations(names, 2):
        if not _same(pair[0], first) and not _same(pair[1], second):
            yield 1.3, _with(node, base, pair)
    for k, other in enumerate(others[:FEW]):
        for one in names:
            for changed in ((one, second), (first, one), (one, first), (second, one)):
                yield 1.4 + 0.01 * k, _with(node, other, changed)


def _slots(node: ast.expr) -> list[tuple[ast.Subscript, ast.expr]]:
    """The indices of an entry, the last one first: those of ``w[i][j]``, of ``w[i, j]``, of ``units[i].weights[j]``."""
    found: list[tuple[ast.Subscript, ast.expr]] = []
    at: Any = node
    while isinstance(at, ast.Subscript | ast.Attribute):
        if isinstance(at, ast.Subscript):
            index = at.slice
            found += [(at, one) for one in (index.elts[::-1] if isinstance(index, ast.Tuple) else [index])]
        at = at.value
    return found


def _base(node: Any, left: int) -> Any:
    """What the last indices are taken of."""
    while left > 0:
        if isinstance(node, ast.Subscript):
            left -= len(node.slice.elts) if isinstance(node.slice, ast.Tuple) else 1
        node = node.value
    return node


def _others(base: ast.expr, words: Words) -> list[ast.expr]:
    """What is read as the base is, and the neighbours of an entry that it is."""
    if not isinstance(base, READS):
        return []
    found: list[ast.expr] = []
    if isinstance(base, ast.Subscript):
        index = base.slice
        if isinstance(index, ast.Constant) and type(index.value) is int:
            near: list[ast.expr] = [ast.Constant(index.value + k) for k in (1, -1) if index.value + k >= 0]
        elif isinstance(index, ast.Name):
            near = [ast.BinOp(index, op, ast.Constant(1)) for op in (ast.Add(), ast.Sub())]
        else:
            near = [index.left] if isinstance(index, ast.BinOp) else []
        found = [ast.Subscript(base.value, one, ast.Load()) for one in near]
    return found + [expr(text) for text in words.alike(base) if text not in words.loops]


def _with(node: ast.expr, base: ast.expr, indices: tuple[ast.expr, ast.expr]) -> ast.expr:
    """The entry of another base by other last indices."""
    whole = copy.deepcopy(node)
    (outer, _), (inner, _) = _slots(whole)[0], _slots(whole)[1]
    first, second = copy.deepcopy(indices)
    if outer is inner and isinstance(outer.slice, ast.Tuple):
        outer.slice.elts[-2:] = [first, second]
    else:
        outer.slice, inner.slice = second, first
    inner.value = copy.deepcopy(base)
    return whole


def _same(a: ast.expr, b: ast.expr) -> bool:
    return ast.unparse(a) == ast.unparse(b)
