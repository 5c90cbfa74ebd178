"""A trial with other statements: the author's own functions, run again as if their text were another.

Some mistakes leave no equation that could be computed in another way: a name for the wrong value, a ``return`` that
ends a loop. The functions that the program made get the code of the changed text for as long as the trial takes.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, TypeAlias, cast

from cutaway.checking.lines.source import text_in

Key: TypeAlias = "tuple[str, int, tuple[int, ...]]"


@dataclass(eq=False)
class Part:
    """A part of a program, where it stands in the tree."""

    parent: Any
    field: str
    index: int | None
    node: Any

    def put(self, other: Any) -> None:
        """Let something else stand there, at its own place in the text, or at that of what it stands in."""
        if isinstance(other, ast.AST) and other is not self.node:
            near = self.parent if hasattr(self.parent, "lineno") else self.node
            ast.fix_missing_locations(ast.copy_location(ast.Expr(cast(ast.expr, other)), near))
        if self.index is None:
            setattr(self.parent, self.field, other)
        else:
            getattr(self.parent, self.field)[self.index] = other

    @contextmanager
    def instead(self, other: ast.AST) -> Iterator[None]:
        """While the block runs, something else stands there."""
        self.put(other)
        try:
            yield
        finally:
            self.put(self.node)


def within(root: ast.AST) -> Iterator[Part]:
    """All parts of a piece of a program, but for loops that a change may keep from ending."""
    endless = {id(n) for loop in ast.walk(root) if isinstance(loop, ast.While) for n in ast.walk(loop)}
    for parent in ast.walk(root):
        if id(parent) in endless:
            continue
        for field, value in ast.iter_fields(parent):
            for index, node in enumerate(value) if isinstance(value, list) else ((None, value),):
                if isinstance(node, ast.AST):
                    yield Part(parent, field, index, node)


class Text:
    """A program's text, to be changed and put back: its tree is nobody else's.

    Attributes
    ----------
    file, source : str
    tree : ast.Module
    """

    def __init__(self, file: str, source: str = "") -> None:
        self.file = file
        self.source = source or text_in(file)
        try:
            self.tree = ast.parse(self.source)
        except SyntaxError:
            self.tree = ast.Module([], [])
        self._functions: dict[Key, list[FunctionType]] | None = None

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Every function that the program defines with ``def``."""
        return (n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef))

    def _alive(self) -> dict[Key, list[FunctionType]]:
        """The functions of this file that exist, by their name and first line."""
        if self._functions is None:
            self._functions = {}
            for one in gc.get_objects():
                if type(one) is FunctionType and one.__code__.co_filename == self.file:
                    self._functions.setdefault(_key(one.__code__), []).append(one)
        return self._functions

    def _compiled(self) -> CodeType:
        try:
            return compile(self.tree, self.file, "exec", dont_inherit=True)
        except TypeError:  # something was put in without a place
            return compile(ast.fix_missing_locations(self.tree), self.file, "exec", dont_inherit=True)

    @contextmanager
    def running(self) -> Iterator[bool]:
        """While the block runs, the program's functions do what the tree now says; False if there are none such."""
        put: list[tuple[FunctionType, CodeType]] = []
        try:
            code = self._compiled()
        except (SyntaxError, ValueError):
            yield False
            return
        for other in _codes(code):
            alive = self._alive().get(_key(other), ())
            put += [(f, other) for f in alive if f.__code__.co_freevars == other.co_freevars]
        old = [(f, f.__code__) for f, _ in put]
        try:
            for f, other in put:
                f.__code__ = other
            yield bool(put)
        finally:
            for f, kept in old:
                f.__code__ = kept


def _key(code: CodeType) -> Key:
    """What a function is known by: several may stand on one line, if they have no name."""
    begins = ((line, column) for line, _, column, _ in code.co_positions() if line and column)
    return code.co_qualname, code.co_firstlineno, min(begins, default=()) if code.co_name == "<lambda>" else ()


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)
