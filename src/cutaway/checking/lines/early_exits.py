"""Loops that are left at the end of their first pass: a ``return`` or a ``break`` that stands too far to the right."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

EXITS = (ast.Return, ast.Break)


@dataclass(frozen=True)
class EarlyExit:
    """A statement under no condition at the end of a loop's body.

    Attributes
    ----------
    loop : ast.For
    leaves : ast.Return or ast.Break
    around : tuple of lists of statements
        The bodies that the loop stands in, innermost first, each with the statement of it that holds the loop.
    """

    loop: ast.For
    leaves: ast.Return | ast.Break
    around: tuple[tuple[list[ast.stmt], ast.stmt], ...]

    @property
    def word(self) -> str:
        """What the statement does."""
        return "returns" if isinstance(self.leaves, ast.Return) else "breaks"

    @contextmanager
    def moved(self, level: int = 0) -> Iterator[None]:
        """While the block runs, the ``return`` stands ``level + 1`` loops further out; a ``break`` is not there."""
        body, kept = self.loop.body, list(self.loop.body)
        outer, holder = self.around[level]
        outside = list(outer)
        body[:] = [s for s in kept if s is not self.leaves] or [ast.copy_location(ast.Pass(), self.leaves)]
        if isinstance(self.leaves, ast.Return):
            outer.insert(outer.index(holder) + 1, self.leaves)
        try:
            yield
        finally:
            outer[:] = outside
            body[:] = kept


def early_exits(function: ast.AST) -> Iterator[EarlyExit]:
    """Those of a function, or of what stands outside of all functions; not the search for a first item."""
    yield from _in(getattr(function, "body", []), ())


def _in(body: list[ast.stmt], around: tuple[tuple[list[ast.stmt], ast.stmt], ...]) -> Iterator[EarlyExit]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            continue
        inner = ((body, statement), *around)
        if isinstance(statement, ast.For) and len(statement.body) > 1 and isinstance(statement.body[-1], EXITS):
            yield EarlyExit(statement, statement.body[-1], inner)
        for part in ("body", "orelse", "finalbody"):
            yield from _in(getattr(statement, part, []), inner)
