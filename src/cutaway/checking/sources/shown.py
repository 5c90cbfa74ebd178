"""What a program only shows: numbers inside a text, ``"loss: " + str(np.mean(e ** 2))``, and samples drawn for it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import Any

SHOWN, NOT_RECORDED = "__cutaway_shown__", "__cutaway_not_recorded__"


def with_numbers_shown(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements, in which every value that goes into a text is given to :data:`SHOWN` with its place first.

    What only shows something may fail to be recorded, as a draw by recorded probabilities does.
    """
    if not any(isinstance(n, ast.Call | ast.JoinedStr | ast.BinOp) for s in statements for n in ast.walk(s)):
        return list(statements)
    return [_Shower().visit(_forgiven(copy.deepcopy(node), statements)) for node in statements]


def _forgiven(node: ast.stmt, statements: Sequence[ast.stmt]) -> ast.stmt:
    """The statement; where it prints and gives no other one a value, an error of the recording is passed over."""
    parts = list(ast.walk(node))
    prints = any(isinstance(n, ast.Name) and n.id == "print" for n in parts)
    if not prints or not isinstance(node, ast.If | ast.Expr) or any(isinstance(n, ast.Break) for n in parts):
        return node
    stored = {n.id for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    others = (n for other in statements if other.lineno != node.lineno for n in ast.walk(other))
    if stored & {n.id for n in others if isinstance(n, ast.Name)}:
        return node
    error = ast.Name(NOT_RECORDED, ast.Load())
    handler = ast.ExceptHandler(error, None, [ast.Pass()])
    attempt = ast.Try([node], [handler], [], [])
    for part in (attempt, handler, error, handler.body[0]):
        ast.copy_location(part, node)
    return attempt


class _Shower(ast.NodeTransformer):
    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        node.value = _given(self.visit(node.value))
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        plain = not node.keywords and not any(isinstance(a, ast.Starred) for a in node.args)
        if isinstance(node.func, ast.Name) and node.func.id in ("str", "repr", "format") and plain:
            node.args[:1] = [_given(a) for a in node.args[:1]]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format" and _is_text(node.func.value):
            node.args = [a if isinstance(a, ast.Starred) else _given(a) for a in node.args]
            for word in node.keywords:
                word.value = word.value if word.arg is None else _given(word.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod) and _is_text(node.left):
            if isinstance(node.right, ast.Tuple):
                node.right.elts = [e if isinstance(e, ast.Starred) else _given(e) for e in node.right.elts]
            else:
                node.right = _given(node.right)
        return node


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _given(value: ast.expr) -> ast.expr:
    """A call of :data:`SHOWN`, which returns the value as it is; names and constants are seen anyway."""
    if isinstance(value, ast.Constant | ast.Name):
        return value
    place = ast.Constant(value.lineno * 1000 + value.col_offset)
    call = ast.Call(ast.Name(SHOWN, ast.Load()), [place, value], [])
    for part in (call, call.func, place):
        ast.copy_location(part, value)
    return call
