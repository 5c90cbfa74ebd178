"""Small changes of a program's text, told from the text alone: what somebody may have meant to write there.

Other than ``variants``, they need no values. So they can be tried where a line computes thousands of plain numbers, one
sample and one neuron after the other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cutaway.checking.correction.changes import changes_of
from cutaway.checking.correction.edited import Part, within
from cutaway.checking.correction.vocabulary import READS, Words

FURTHEST = 4  # statements over which one is moved


@dataclass(frozen=True, eq=False)
class Edit:
    """A change: where, what should stand there, and how far-fetched it is.

    ``moved`` is a statement that should stand before another one; then the part is the block of both.
    """

    part: Part
    other: Any
    cost: float
    moved: ast.stmt | None = None
    before: ast.stmt | None = None

    @property
    def line(self) -> int:
        """Where it is made."""
        return int((self.moved or self.part.node).lineno)


def edits(function: ast.FunctionDef, program: ast.AST) -> list[Edit]:
    """All changes of a function's text that are tried, in the order in which they stand."""
    words = Words(function, program)
    found: list[Edit] = []
    for part in within(function):
        if isinstance(part.parent, ast.arguments | ast.arg) or part.field in ("decorator_list", "returns"):
            continue
        seen: set[str] = set()
        for cost, other in changes_of(part, words):
            text = ast.unparse(ast.copy_location(other, part.node))
            if not seen:
                seen.add(ast.unparse(part.node))
            if text not in seen:
                seen.add(text)
                found.append(Edit(part, other, cost))
    return [*found, *_moves(function)]


def copies(function: ast.FunctionDef) -> list[Edit]:
    """Changes after which a function writes over nothing that somebody else may still need."""
    found: list[Edit] = []
    for part in within(function):
        node = part.node
        if isinstance(node, ast.Call) and any(k.arg == "out" for k in node.keywords):
            kept = [k for k in node.keywords if k.arg != "out"]
            found.append(Edit(part, ast.copy_location(ast.Call(node.func, node.args, kept), node), 1.0))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            whole = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            found.append(Edit(part, ast.copy_location(ast.Assign([node.target], whole), node), 1.1))
        elif isinstance(node, ast.Assign) and isinstance(node.value, READS):
            copied = ast.Call(ast.Attribute(node.value, "copy", ast.Load()), [], [])
            found.append(Edit(part, ast.copy_location(ast.Assign(node.targets, copied), node), 1.2))
    return found


def _moves(function: ast.FunctionDef) -> Iterator[Edit]:
    """Statements a few places further up in their block."""
    for parent in ast.walk(function):
        block = getattr(parent, "body", None)
        if not isinstance(parent, ast.FunctionDef | ast.For) or not isinstance(block, list):
            continue
        for i, one in enumerate(block):
            for j in range(max(0, i - FURTHEST), i):
                if not any(isinstance(n, ast.Return | ast.FunctionDef | ast.While) for n in block[j : i + 1]):
                    order = [*block[:j], one, *block[j:i], *block[i + 1 :]]
                    yield Edit(Part(parent, "body", None, block), order, 1.3, one, block[j])
